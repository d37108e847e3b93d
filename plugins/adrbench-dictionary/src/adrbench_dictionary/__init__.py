"""A dictionary as a tagger: what was annotated in training, found again wherever it stands."""
