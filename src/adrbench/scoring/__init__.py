"""How predictions are scored: evaluators, statistics, and the output of other systems."""
