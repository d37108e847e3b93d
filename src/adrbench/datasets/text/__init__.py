"""Text as taggers see it: words, sentences, subwords."""
