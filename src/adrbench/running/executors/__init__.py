"""Where cells run. An executor takes tasks and gives outcomes back, in whatever order they finish."""
