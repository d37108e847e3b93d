"""Searching good values of a tagger's parameters, in the training part of a fold only."""
