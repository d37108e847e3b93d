"""The forms in which annotated text is released, each with its reader and, where it makes sense, its writer."""
