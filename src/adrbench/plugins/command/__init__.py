"""A tagger that is any program: it reads and writes JSON lines on its standard streams."""
