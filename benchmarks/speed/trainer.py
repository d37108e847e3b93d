"""The other side of ``transformer.py``: Hugging Face's ``Trainer``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from fine_tunings import LABELS, MAX_LENGTH, SEED, Outcome, Stamps, Task, outcome_of
from sides import f1, folds
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from adrbench.api import Annotated, Document, Span, decode, encode, tag_set
from adrbench_transformer.checkpoints import fetch
from adrbench_transformer.params import TransformerParams


class Peer:
    """A checkpoint that ``Trainer`` fine-tunes, as the library's own examples do.

    Args:
        task: The checkpoint, and how to fine-tune it.
        train: The training documents, which are tokenised at once.
    """

    def __init__(self, task: Task, train: Sequence[Annotated]) -> None:
        torch.set_num_threads(task.threads)
        # Before the head is made, whose weights are random.
        set_seed(SEED)
        folder = fetch(TransformerParams(model=task.model), offline=True)
        self._task = task
        self._tags = tag_set(LABELS)
        self._tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
        self._model = AutoModelForTokenClassification.from_pretrained(
            folder, num_labels=len(self._tags), dtype=torch.float32
        )
        self._examples = self._labelled(train)
        self._trainer: Any = None

    def train(
        self, *, step: Callable[[float, float], None], epoch: Callable[[], None] = lambda: None, **arguments: Any
    ) -> None:
        """Fine-tune.

        Args:
            step: Called after each step with its number and the number of steps.
            epoch: Called after each epoch.
            **arguments: What ``TrainingArguments`` should have otherwise than by default.
        """

        class Told(TrainerCallback):
            def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:  # noqa: ARG002
                step(state.global_step, state.max_steps)

            def on_epoch_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:  # noqa: ARG002
                epoch()

        with tempfile.TemporaryDirectory() as scratch:
            self._trainer = Trainer(
                self._model,
                TrainingArguments(
                    output_dir=scratch,
                    num_train_epochs=self._task.epochs,
                    seed=SEED,
                    use_cpu=self._task.device == "cpu",
                    save_strategy="no",
                    logging_strategy="no",
                    report_to="none",
                    disable_tqdm=True,
                    **arguments,
                ),
                DataCollatorForTokenClassification(self._tokenizer),
                self._examples,
                callbacks=[Told()],
            )
            self._trainer.remove_callback(PrinterCallback)
            self._trainer.train()

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents with the best tag of each word."""
        inputs = self._tokenised([document.words() for document in documents])
        plain: Any = [{"input_ids": ids} for ids in inputs["input_ids"]]
        logits = self._trainer.predict(plain).predictions
        found = []
        for i, document in enumerate(documents):
            named = ["O"] * len(document.tokens)
            for word, row in zip(_firsts(inputs.word_ids(i)), logits[i], strict=False):
                if word is not None:
                    named[word] = self._tags[int(row.argmax())]
            found.append(decode(document.tokens, named))
        return found

    def f1(self, held: Sequence[Annotated]) -> float:
        """F1 on documents held out."""
        return f1(held, self.predict([annotated.document for annotated in held]))

    def _tokenised(self, words: list[list[str]]) -> Any:
        return self._tokenizer(words, is_split_into_words=True, truncation=True, max_length=MAX_LENGTH)

    def _labelled(self, train: Sequence[Annotated]) -> list[dict[str, Any]]:
        inputs = self._tokenised([a.document.words() for a in train])
        examples = []
        for i, annotated in enumerate(train):
            gold = [self._tags.index(tag) for tag in encode(annotated.document.tokens, annotated.spans)]
            labels = [-100 if word is None else gold[word] for word in _firsts(inputs.word_ids(i))]
            examples.append({"input_ids": inputs["input_ids"][i], "labels": labels})
        return examples


def fine_tune_and_predict(task: Task) -> Outcome:
    """Fine-tune with the batches and the rate of the task, and predict."""
    part, stamps = folds(task.limit)[0], Stamps(task.device)
    began = time.perf_counter()
    peer = Peer(task, part.train)
    peer.train(step=stamps, per_device_train_batch_size=task.batch_size, learning_rate=task.learning_rate)
    fit = time.perf_counter() - began
    return outcome_of(part, stamps.epoch(task.epochs), fit, peer.predict)


def _firsts(word_ids: Sequence[int | None]) -> list[int | None]:
    """The word that a subword is the first of."""
    before = [None, *word_ids[:-1]]
    return [word if word != last else None for word, last in zip(word_ids, before, strict=True)]
