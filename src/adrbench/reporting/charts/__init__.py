"""Charts: what matplotlib is told to draw. Pure functions of names and numbers; values in percent, seconds, bytes."""
