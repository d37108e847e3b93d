"""Cells of adrbench as jobs of a Slurm cluster."""
