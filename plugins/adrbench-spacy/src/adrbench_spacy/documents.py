"""Documents of the harness as spaCy's, and back: the words are the harness's, no tokeniser of spaCy looks at a text."""

from __future__ import annotations

from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from adrbench.api import Annotated, Document, Span, encode


def visible(document: Document) -> list[tuple[int, int]]:
    """List the tokens that are not white space alone. spaCy lets no mention begin or end with white space.

    Args:
        document: The document.

    Returns:
        Their character ranges, in order.
    """
    return [(start, end) for start, end in document.tokens if not document.text[start:end].isspace()]


def as_doc(vocab: Vocab, document: Document, tags: list[str] | None = None) -> Doc:
    """Make spaCy's ``Doc`` of the document's visible words.

    Args:
        vocab: The pipeline's vocabulary.
        document: The document.
        tags: A BIO tag for each visible word, for a ``Doc`` with mentions.

    Returns:
        The ``Doc``, with mentions if there are tags.
    """
    tokens = visible(document)
    # What UTF-8 cannot hold (lone surrogates) becomes ``?``.
    words = [document.text[start:end].encode("utf-8", "replace").decode("utf-8") for start, end in tokens]
    spaces = [document.text[end : end + 1].isspace() for _, end in tokens]
    return Doc(vocab, words=words, spaces=spaces, ents=tags)


def as_example(vocab: Vocab, annotated: Annotated) -> Example:
    """Make spaCy's training example of a document.

    Args:
        vocab: The pipeline's vocabulary.
        annotated: The document with its gold.

    Returns:
        The words alone, paired with the words and their mentions.
    """
    tags = encode(visible(annotated.document), annotated.spans)
    return Example(as_doc(vocab, annotated.document), as_doc(vocab, annotated.document, tags))


def spans_of(document: Document, doc: Doc) -> list[Span]:
    """Read the mentions of a ``Doc`` as spans.

    Args:
        document: The document that ``doc`` was made from.
        doc: The ``Doc``.

    Returns:
        The spans, in characters of the document's text.
    """
    tokens = visible(document)
    return [Span(tokens[ent.start][0], tokens[ent.end - 1][1], ent.label_) for ent in doc.ents]
