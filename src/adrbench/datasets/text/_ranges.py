"""Ranges of characters: how words and sentences are told."""

Range = tuple[int, int]
Tokens = tuple[Range, ...]
