"""The tagger: from documents to spans by way of a BiLSTM-CRF."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Self, cast

import torch
from safetensors.torch import load_file, save_file

from adrbench.api import Annotated, Context, Document, Facts, Span, Unavailable, decode, encode, tag_set
from adrbench_bilstm_crf import vectors
from adrbench_bilstm_crf.batches import by_length, collate
from adrbench_bilstm_crf.lexicon import Lexicon, normalise
from adrbench_bilstm_crf.network import Network
from adrbench_bilstm_crf.plugin import RANDOM, TRAINED, Params
from adrbench_bilstm_crf.training import train as train_network

_PREDICT_BATCH = 64


def _f1(gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]]) -> float:
    """Exact-match F1 over documents; 1 where there is nothing to find and nothing found."""
    both = sum(len(set(g) & set(p)) for g, p in zip(gold, predicted, strict=True))
    total = sum(map(len, gold)) + sum(map(len, predicted))
    return 2 * both / total if total else 1.0


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch use one thread, whatever the cell may use.

    A step's matrices are small: a second thread saves a quarter of the time at best, and where another process wants
    the core it makes training several times slower. And sums depend on how they are shared out: with one thread the
    figures are the same for every number of threads, and a loaded tagger predicts as the saved one did.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class BilstmCrfTagger:
    """A BiLSTM-CRF tagger (Lample et al. 2016; Ma and Hovy 2016).

    A span's score is its probability under the CRF: the summed probability of all tag sequences of the sentence that
    have this very span, whatever the other words' tags are.

    If the training part has no entity, nothing is learnt, and no span is predicted.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: Params) -> None:
        self.params = params
        self.device = torch.device("cpu")
        self.scores = False
        self.tags: list[str] = []
        self.lexicon: Lexicon | None = None
        self.network: Network | None = None

    def _vectors(self, train: Sequence[Sequence[str]], context: Context) -> vectors.WordVectors:
        """Word vectors from where the parameters say."""
        source, size = self.params.vectors, self.params.vector_size or vectors.DEFAULT_SIZE
        if source == RANDOM:
            return vectors.drawn((normalise(w) for s in train for w in s), size, context.seed)
        if source not in TRAINED:
            path = Path(source).expanduser()
            given = vectors.read(path, self.params.vector_limit)
            if self.params.vector_size not in {None, given.size}:
                raise Unavailable(
                    f"{path}: its vectors have {given.size} dimensions, not vector_size = {self.params.vector_size}"
                )
            return given
        text = [*train, *(d.words() for d in context.unlabelled)]
        return vectors.trained(
            source,
            [[normalise(w) for w in s] for s in text if s],
            size=size,
            window=self.params.vector_window,
            epochs=self.params.vector_epochs,
            seed=context.seed,
        )

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Train word vectors and the network, and keep the weights that were best on a holdout.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: The device is missing, or the vectors of the file have another size.
            CorpusError: The file of vectors is missing or unreadable.
        """
        if context.device.startswith("cuda") and not torch.cuda.is_available():
            raise Unavailable(f"no CUDA device for {context.device!r}")
        self.device = torch.device(context.device)
        self.scores = context.scores
        self.tags = tag_set(context.labels, self.params.scheme)
        self.lexicon = self.network = None
        kept, held = context.holdout(train, self.params.holdout)
        named = [encode(a.document.tokens, a.spans, self.params.scheme) for a in kept]
        if not any(tag != "O" for tags in named for tag in tags):
            return
        context.progress(0, self.params.epochs, "word vectors")
        self.lexicon = Lexicon.of(
            (w for a in kept for w in a.document.words()),
            self._vectors([a.document.words() for a in train], context),
        )
        table, sentences = self.lexicon.encode([a.document.words() for a in kept])
        number = {tag: i for i, tag in enumerate(self.tags)}
        tags = [torch.tensor([number[tag] for tag in row], dtype=torch.long) for row in named]
        unseen, gold = [a.document for a in held], [a.spans for a in held]
        cuda = [self.device] if self.device.type == "cuda" else []
        with _one_thread(), torch.random.fork_rng(cuda):
            torch.manual_seed(context.seed)
            self.network = Network(self.params, self.lexicon, self.tags).to(self.device)
            train_network(
                self.network,
                table.to(self.device),
                sentences,
                tags,
                params=self.params,
                seed=context.seed,
                quality=(lambda network: _f1(gold, self._predict(network, unseen, scores=False))) if held else None,
                progress=context.progress,
            )

    def _predict(self, network: Network, documents: Sequence[Document], *, scores: bool) -> list[list[Span]]:
        """Spans of documents by a network of this tagger's shape, with or without scores."""
        lexicon = cast("Lexicon", self.lexicon)
        table, sentences = lexicon.encode([d.words() for d in documents])
        table = table.to(self.device)
        answers: list[list[Span]] = [[] for _ in documents]
        for batch in by_length([len(s) for s in sentences], _PREDICT_BATCH):
            words = collate([sentences[i] for i in batch], self.device)
            if scores:
                best, sure = network.decode_with_scores(table, words, self.tags)
            else:
                best, sure = network.decode(table, words), []
            for i, row in zip(batch, best, strict=True):
                answers[i] = decode(documents[i].tokens, [self.tags[t] for t in row])
            for i, own in zip(batch, sure, strict=scores):
                answers[i] = [replace(span, score=score) for span, score in zip(answers[i], own, strict=True)]
        return answers

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order; no span before ``fit``.
        """
        if self.network is None:
            return [[] for _ in documents]
        with _one_thread():
            return self._predict(self.network, documents, scores=self.scores)

    def facts(self) -> Facts:
        """Count the trained weights, and the words that have a vector.

        Returns:
            ``parameters`` and ``word_vectors``, numbers.
        """
        if self.network is None or self.lexicon is None:
            return {"parameters": 0}
        weights = sum(p.numel() for p in self.network.parameters())
        return {"parameters": weights, "word_vectors": len(self.lexicon.vectors.rows)}

    def save(self, folder: Path) -> None:
        """Write ``tagger.json`` and, if there is a network, ``tagger.safetensors``.

        Args:
            folder: A folder, made if it does not exist.
        """
        folder.mkdir(parents=True, exist_ok=True)
        facts: dict[str, object] = {"params": asdict(self.params), "tags": self.tags, "scores": self.scores}
        if self.network is not None and self.lexicon is not None:
            given = self.lexicon.vectors
            facts |= {
                "words": list(given.rows),
                "tuned": list(self.lexicon.tuned),
                "characters": list(self.lexicon.characters),
            }
            tensors = {f"network.{k}": v.cpu().contiguous() for k, v in self.network.state_dict().items()}
            tensors["vectors"] = torch.from_numpy(given.matrix)
            if given.subwords:
                tensors["subwords"] = torch.from_numpy(given.subwords.matrix)
                facts["subwords"] = [given.subwords.shortest, given.subwords.longest]
            save_file(tensors, folder / "tagger.safetensors")
        (folder / "tagger.json").write_text(json.dumps(facts), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a tagger that ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The tagger, on the CPU, which can predict.
        """
        facts = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
        tagger = cls(Params(**facts["params"]))
        tagger.tags = facts["tags"]
        tagger.scores = facts.get("scores", False)
        if "words" in facts:
            tensors = load_file(folder / "tagger.safetensors")
            subwords = None
            if "subwords" in facts:
                subwords = vectors.Subwords(tensors.pop("subwords").numpy(), *facts["subwords"])
            rows = {w: i for i, w in enumerate(facts["words"])}
            tagger.lexicon = Lexicon.restored(
                vectors.WordVectors(rows, tensors.pop("vectors").numpy(), subwords), facts["tuned"], facts["characters"]
            )
            tagger.network = Network(tagger.params, tagger.lexicon, tagger.tags)
            tagger.network.load_state_dict({k.removeprefix("network."): v for k, v in tensors.items()})
            tagger.network.eval()
        return tagger
