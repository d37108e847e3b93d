"""A tagger of adrbench's own: another tagger whose scores are calibrated on held-out training text."""
