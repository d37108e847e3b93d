"""Corpora: how they are found, read, and made ready for every tagger alike."""
