"""How plugins are found, described, checked and made."""
