"""A linear-chain conditional random field over hand-made features: the classic of named entity recognition."""
