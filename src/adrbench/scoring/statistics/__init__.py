"""How sure a figure is, and whether a difference is real. Pure functions of scores and counts."""
