"""What a corpus is in figures: counted, laid out as tables, drawn. Counting knows nothing of how it is shown."""
