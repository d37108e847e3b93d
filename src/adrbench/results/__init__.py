"""The results folder: what is stored, and every figure that is derived from it."""
