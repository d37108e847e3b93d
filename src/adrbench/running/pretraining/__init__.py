"""Pre-training: learning from text without gold before a tagger is fitted."""
