"""A static site of several results folders: a page for each corpus and each method, and rankings over corpora."""
