"""Documents of the harness as spaCy's, and back: the words are the harness's, no tokeniser of spaCy looks at a text."""

from __future__ import annotations

from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from adrbench.api import Annotated, Document, Span, encode


def visible(document: Document) -> list[tuple[int, int]]:
    """The tokens that are not white space alone: spaCy lets no mention begin or end with one that is."""
    return [(start, end) for start, end in document.tokens if not document.text[start:end].isspace()]


def as_doc(vocab: Vocab, document: Document, tags: list[str] | None = None) -> Doc:
    """The document's visible words; with ``tags``, one for each in BIO, the mentions as well."""
    tokens = visible(document)
    # What UTF-8 cannot hold (lone surrogates) becomes ``?``.
    words = [document.text[start:end].encode("utf-8", "replace").decode("utf-8") for start, end in tokens]
    spaces = [document.text[end : end + 1].isspace() for _, end in tokens]
    return Doc(vocab, words=words, spaces=spaces, ents=tags)


def as_example(vocab: Vocab, annotated: Annotated) -> Example:
    """What spaCy learns from: the words alone, and the words with their mentions."""
    tags = encode(visible(annotated.document), annotated.spans)
    return Example(as_doc(vocab, annotated.document), as_doc(vocab, annotated.document, tags))


def spans_of(document: Document, doc: Doc) -> list[Span]:
    """The mentions of a ``Doc`` that was made from the document, in characters of its text."""
    tokens = visible(document)
    return [Span(tokens[ent.start][0], tokens[ent.end - 1][1], ent.label_) for ent in doc.ents]
