"""A tagger that asks a "server", which counts its requests in a file; installed by tests as a plugin of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import adrbench
from adrbench.results.responses import Responses, responses_folder
from adrbench.results.schema import ResponseRecord
from adrbench.results.store import Store

DOCUMENTS = 30
TOKENS = 110
"""Of one request, sent and received."""


SOURCE = '''
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from adrbench.api import RUN_ONLY, RequestEstimate, Span, TaggerPlugin, Unavailable, Usage


@dataclass(frozen=True)
class Params:
    model: str = "gpt-y"
    shots: int = 0
    base_url: str = field(default="http://localhost:1/v1", metadata=RUN_ONLY)
    allow_external: bool = field(default=False, metadata=RUN_ONLY)
    server: str = field(default="", metadata=RUN_ONLY)
    concurrency: int = field(default=1, metadata=RUN_ONLY)
    seconds: float = field(default=0.0, metadata=RUN_ONLY)


class Asker:
    """Tags the word that the server names; a server that is asked twice names another word."""

    def __init__(self, params):
        self.params = params
        self.tokens = self.cached = self.requests = 0

    def fit(self, train, context):
        self.context = context
        self.shots = [a.document.text for a in train[: self.params.shots]]

    def ask(self, document):
        key = {"model": self.params.model, "messages": [*self.shots, document.text]}
        found = self.context.records.find(key) if self.context.records else None
        if found is None:
            if self.context.offline:
                raise Unavailable("no recorded response, and --offline forbids to ask")
            if self.context.budget:
                self.context.budget.check()
            log = Path(self.params.server)
            with log.open("ab") as file:
                file.write(b"asked\\n")
                count = file.tell() // 6
            time.sleep(self.params.seconds)
            found = {"word": count}
            if self.context.records:
                self.context.records.keep(key, found, Usage(100, 20, 10))
        return found

    def predict(self, documents):
        with ThreadPoolExecutor(self.params.concurrency) as pool:
            answers = list(pool.map(self.ask, documents))
        self.requests = len(answers)
        spans = []
        for document, answer in zip(documents, answers):
            start, end = document.tokens[answer["word"] % len(document.tokens)]
            spans.append([Span(start, end, self.context.labels[0])])
        return spans

    def save(self, folder):
        (folder / "model").write_text(self.params.model)

    @classmethod
    def load(cls, folder):
        return cls(Params())

    def facts(self):
        n = self.requests
        return {"prompt_tokens": 100 * n, "cached_tokens": 20 * n, "completion_tokens": 10 * n, "requests": n,
                "retries": 1, "rate_limited": 2, "latency_p50_ms": 250, "latency_p95_ms": 900,
                "quotes": 4 * n, "unaligned": 3, "truncated": 1}


def estimate(params, train, documents, labels):
    shots = sum(len(a.document.text) for a in train[: params.shots])
    sent = sum(len(document.text) + shots for document in documents) // 4
    return RequestEstimate(len(documents), sent, 10 * len(documents), params.model)


plugin = TaggerPlugin(
    "asker", "llm", "1", Params, "asker_tagger:Asker", cost=1,
    records=True, endpoint="base_url", estimate=estimate,
)
'''
POINTS = "[adrbench.taggers]\nasker = asker_tagger:plugin\n"


class Bench:
    """A benchmark of a tagger that asks, with the requests that its server has seen."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder = folder
        self.source = source
        self.file = folder / "ask.toml"
        self.results = folder / "results"
        self.server = folder / "server.log"
        self.responses = Responses(responses_folder(self.results))
        self.write()

    def write(self, params: str = "", limits: str = "", split: str = "folds = 2") -> None:
        """Write the benchmark file."""
        self.file.write_text(
            f'[benchmark]\nname = "ask"\n[[datasets]]\nuse = "adr-mini"\n[[splits]]\nkind = "random"\n{split}\n'
            f'{limits}\n[[taggers]]\nid = "asker"\nuse = "asker"\n'
            f'[taggers.params]\nserver = "{self.server}"\n{params}\n'
        )

    def run(self, **options: Any) -> adrbench.Results:
        """Run it; the cells are processes."""
        return adrbench.run(self.file, results=self.results, **{"limit": DOCUMENTS, **options})

    @property
    def asked(self) -> int:
        """The requests so far."""
        return self.server.stat().st_size // 6 if self.server.exists() else 0

    def kept(self, *, paid: bool = True) -> int:
        """The responses that are kept."""
        records = [one for path in self.responses.files() for one in self.responses.read(path)]
        return sum(isinstance(one, ResponseRecord) and one.paid is paid for one in records)

    def predictions(self, results: Path | None = None) -> dict[str, Any]:
        """The predictions of each cell that is ok."""
        store = Store(results or self.results)
        answers = {key: store.read_answers(key) for key in store.cell_keys()}
        return {key: found[1].by_document for key, found in answers.items() if found and found[1]}
