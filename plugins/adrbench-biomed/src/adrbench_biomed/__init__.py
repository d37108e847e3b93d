"""Named biomedical corpora, and the formats of two of them, as dataset plugins of adrbench."""
