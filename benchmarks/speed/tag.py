"""What does `adrbench tag` cost beside its tagger, and does its memory stay as it is?

    python benchmarks/speed/tag.py TEXTS [--tagger dictionary --tagger crf] [--texts 100000] [--repeats 3]

TEXTS has a text a line, such as sentences of PubMed; `.gz` is read too. Each tagger is fitted on ADE with its default
parameters. The bare loop splits the texts and predicts them in one process, without input and output. All times are
processor time, the least of several repeats, each in a process of its own; the time to import and load is apart.
`tag` should reach 95% of the speed of the bare loop, and no more than 1.2 times the memory that 1,000 texts take. The
exit code is 1 if it does not.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

FIT = """
import sys
import adrbench
from adrbench.datasets.load import read_dataset
from adrbench.plugins.registry import Registry

reading = read_dataset(Registry(), "ade")
texts = [record.text for record in reading.records]
spans = [[span for span in record.spans if not span.parts] for record in reading.records]
fitted = adrbench.tagger(sys.argv[1], unit=reading.unit, scores=sys.argv[3] == "scores", threads=1)
fitted.fit(texts, spans).save(sys.argv[2])
"""

COMMON = """
import json, resource, sys, time
from pathlib import Path
from adrbench.datasets.text.passages import PassageCutter
from adrbench.running.kept import load

def passed(began):
    return time.process_time() - began

def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

# The first time imports what tagger and splitters need; that is no part of any time below.
kept = load(Path(sys.argv[1]))
kept.predict([kept.document("1", "A severe rash. It went.")])
PassageCutter(kept.splitter, "sentence").cut("A severe rash. It went.")
del kept
began = time.process_time()
kept = load(Path(sys.argv[1]))
loading = passed(began)
"""

# Batches as `tag` has them.
BARE = (
    COMMON
    + """
from adrbench.api import Document

texts = [line.removesuffix("\\n") for line in open(sys.argv[2], encoding="utf-8", newline="\\n")]
cutter = PassageCutter(kept.splitter, kept.record.unit)
splitting = predicting = 0.0
for first in range(0, len(texts), 256):
    began = time.process_time()
    cut = [cutter.cut(text) for text in texts[first : first + 256]]
    documents = [Document(f"{i}.{s}", t, w, str(i)) for i, passages in enumerate(cut) for s, t, w in passages]
    splitting += passed(began)
    began = time.process_time()
    kept.tagger.predict(documents)
    predicting += passed(began)
print(json.dumps({"loading": loading, "splitting": splitting, "predicting": predicting}))
"""
)

READ = """
import json, sys, time
from adrbench.datasets.texts import Texts
from adrbench.plugins.registry import Registry

registry = Registry()
registry.names("datasets")
began = time.process_time()
count = sum(1 for _ in Texts([sys.argv[2]], registry, reader="lines"))
print(json.dumps({"reading": time.process_time() - began}))
"""

TAG = (
    COMMON
    + """
import adrbench

# What is imported and loaded once is no part of the speed. `tag` has a tagger of its own.
del kept
Path(sys.argv[3] + ".one").write_text("A severe rash.")
adrbench.tag(sys.argv[1], sys.argv[3] + ".one", sys.argv[3] + ".out", reader="lines")
began = time.process_time()
done = adrbench.tag(sys.argv[1], sys.argv[2], sys.argv[3], reader="lines")
total = passed(began) - loading
print(json.dumps({"total": total, "memory": memory(), "texts": done.texts, "spans": sum(done.spans.values())}))
"""
)


# The least share of the bare loop's speed, and the most times the memory of 1,000 texts.
SPEED, MEMORY = 0.95, 1.2


def answer(code: str, *arguments: str) -> dict[str, float]:
    """What a fresh process says."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    values: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return values


def least(repeats: list[dict[str, float]]) -> dict[str, float]:
    """The repeat with the least sum of times."""
    return min(repeats, key=lambda one: sum(value for name, value in one.items() if name in TIMES))


TIMES = ("splitting", "predicting", "total", "reading")


def head(source: Path, count: int, target: Path) -> Path:
    """The first lines of a file as another."""
    with source.open("rb") as raw, target.open("wb") as file:
        lines = gzip.GzipFile(fileobj=raw) if source.suffix == ".gz" else raw
        file.writelines(itertools.islice(lines, count))
    return target


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", metavar="TEXTS", type=Path)
    parser.add_argument("--tagger", action="append", dest="taggers")
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scores", action="store_true")
    given = parser.parse_args()
    met = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        few, many = (head(given.source, count, folder / f"{count}.txt") for count in (1000, given.texts))
        for tagger in given.taggers or ["dictionary", "crf"]:
            kept = str(folder / tagger)
            subprocess.run([sys.executable, "-c", FIT, tagger, kept, "scores" if given.scores else "plain"], check=True)
            small = answer(TAG, kept, str(few), str(folder / f"{tagger}-few.jsonl"))
            bare, whole, read = [], [], []
            for repeat in range(given.repeats):
                bare.append(answer(BARE, kept, str(many)))
                whole.append(answer(TAG, kept, str(many), str(folder / f"{tagger}-{repeat}.jsonl")))
                read.append(answer(READ, kept, str(many)))
            one, all_, reading = least(bare), least(whole), least(read)["reading"]
            loop = one["splitting"] + one["predicting"]
            writing = all_["total"] - loop - reading
            print(f"{tagger}: {all_['texts']:,.0f} texts, {all_['spans']:,.0f} mentions, scores: {given.scores}")
            for name, value in (
                ("splitting", one["splitting"]),
                ("predicting", one["predicting"]),
                ("reading", reading),
                ("checking, writing and the rest", writing),
            ):
                print(f"  {name:<31} {value:7.2f} s  {value / all_['total']:6.1%}")
            print(f"  all of tag                      {all_['total']:7.2f} s; bare loop {loop:.2f} s: ", end="")
            print(f"{loop / all_['total']:.1%} of its speed")
            print(f"  peak memory {all_['memory']:,.0f} MiB; of 1,000 texts {small['memory']:,.0f} MiB: ", end="")
            print(f"{all_['memory'] / small['memory']:.2f} times")
            met.append(loop >= SPEED * all_["total"] and all_["memory"] <= MEMORY * small["memory"])
    if not all(met):
        sys.exit(1)


if __name__ == "__main__":
    main()
