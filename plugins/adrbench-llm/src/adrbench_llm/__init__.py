"""A large language model behind an OpenAI-compatible endpoint, asked for mentions and aligned to the text."""
