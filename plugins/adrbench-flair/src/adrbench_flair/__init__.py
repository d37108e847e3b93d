"""flair's sequence tagger for adrbench, in an environment of its own."""
