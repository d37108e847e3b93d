"""GLiNER2 as a tagger: labels and their descriptions are part of its input, so that it works without training."""
