"""The Python calls: each does what the command of the same name does."""
