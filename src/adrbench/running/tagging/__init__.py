"""A kept tagger at work: texts in, tagged texts out, in batches that survive an interruption."""
