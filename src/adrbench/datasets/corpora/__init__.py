"""Named biomedical corpora."""
