"""spaCy's transition-based named entity recogniser, trained from a blank pipeline."""
