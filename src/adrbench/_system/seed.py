"""The seed of whatever is drawn at random, unless a benchmark file gives another: folds, taggers, resamples."""

DEFAULT_SEED = 13
