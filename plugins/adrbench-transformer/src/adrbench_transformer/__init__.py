"""Any Hugging Face token classifier as an adrbench tagger: fine-tuned in full, windowed where a document is long."""
