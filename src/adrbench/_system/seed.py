"""The default seed of everything that is drawn at random: folds, taggers, resamples."""

DEFAULT_SEED = 13
