"""A tagger of adrbench's own: a student that learns from texts that a teacher has labelled."""
