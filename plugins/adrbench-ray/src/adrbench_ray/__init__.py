"""Cells of adrbench on a Ray cluster."""
