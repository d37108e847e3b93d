"""How predictions are judged. Everything here is pure: spans in, counts and figures out."""
