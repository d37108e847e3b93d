"""The other side of ``transformer.py``: Hugging Face's ``Trainer``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from typing import Any

import torch
import transformers
from fine_tunings import LABELS, MAX_LENGTH, SEED, Outcome, Stamps, Task, outcome_of
from sides import folds

from adrbench.api import Span, decode, encode, tag_set
from adrbench_transformer.checkpoints import fetch
from adrbench_transformer.params import TransformerParams


def fine_tune_and_predict(task: Task) -> Outcome:
    """Fine-tune and predict as the library's own examples do."""

    class Timed(transformers.TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:  # noqa: ARG002
            stamps(state.global_step, state.max_steps)

    torch.set_num_threads(task.threads)
    part, stamps = folds(task.limit)[0], Stamps(task.device)
    folder = fetch(TransformerParams(model=task.model), offline=True)
    tags = tag_set(LABELS)
    began = time.perf_counter()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
    model = transformers.AutoModelForTokenClassification.from_pretrained(
        folder, num_labels=len(tags), dtype=torch.float32
    )

    def tokenised(words: list[list[str]]) -> Any:
        return tokenizer(words, is_split_into_words=True, truncation=True, max_length=MAX_LENGTH)

    def firsts(word_ids: Sequence[int | None]) -> list[int | None]:
        """The word that a subword is the first of."""
        before = [None, *word_ids[:-1]]
        return [word if word != last else None for word, last in zip(word_ids, before, strict=True)]

    inputs = tokenised([a.document.words() for a in part.train])
    examples = []
    for i, annotated in enumerate(part.train):
        gold = [tags.index(tag) for tag in encode(annotated.document.tokens, annotated.spans)]
        labels = [-100 if word is None else gold[word] for word in firsts(inputs.word_ids(i))]
        examples.append({"input_ids": inputs["input_ids"][i], "labels": labels})
    with tempfile.TemporaryDirectory() as scratch:
        trainer = transformers.Trainer(
            model,
            transformers.TrainingArguments(
                output_dir=scratch,
                num_train_epochs=task.epochs,
                per_device_train_batch_size=task.batch_size,
                learning_rate=task.learning_rate,
                seed=SEED,
                use_cpu=task.device == "cpu",
                save_strategy="no",
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
            ),
            transformers.DataCollatorForTokenClassification(tokenizer),
            examples,
            callbacks=[Timed()],
        )
        trainer.train()
        fit = time.perf_counter() - began

        def predict(documents: Sequence[Any]) -> list[list[Span]]:
            inputs = tokenised([document.words() for document in documents])
            plain: Any = [{"input_ids": ids} for ids in inputs["input_ids"]]
            logits = trainer.predict(plain).predictions
            found = []
            for i, document in enumerate(documents):
                named = ["O"] * len(document.tokens)
                for word, row in zip(firsts(inputs.word_ids(i)), logits[i], strict=False):
                    if word is not None:
                        named[word] = tags[int(row.argmax())]
                found.append(decode(document.tokens, named))
            return found

        return outcome_of(part, stamps.epoch(task.epochs), fit, predict)
