"""Learning from text without gold before a tagger is fitted: which text, and a checkpoint that is made once."""
