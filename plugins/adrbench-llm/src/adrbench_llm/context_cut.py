"""Notice a server that cuts prompts without saying so. Ollama does, at 4,096 tokens unless it is told otherwise."""

from __future__ import annotations

from collections.abc import Callable

from adrbench_llm.reply import MOST_CHARACTERS_A_TOKEN

# Few contexts are smaller; below that, equal counts of two prompts are mostly chance.
_SMALL_CONTEXT = 1000
_MANY = 5
_DIFFERENCE = 0.05
# English prose of about 450 tokens, whatever the tokenizer.
FILLER = " ".join(["The patient was seen again after two weeks and felt well."] * 35)
_LEAST_TOKENS_OF_FILLER = 100


class CutDetector:
    """Compares the characters of prompts with the tokens that the server counted.

    A prompt is suspected if its count is far below its characters, or is the highest so far and that of a prompt of
    another length too. Then the prompt is asked again with more text behind it. If the server counts no more tokens, it
    cuts. So chance raises no alarm.

    Args:
        count_longer: Gives the tokens that the server counts for a prompt with ``FILLER`` behind it; None if it refuses
            so long a prompt, and so cuts none.
    """

    def __init__(self, count_longer: Callable[[str], int | None]) -> None:
        self._count_longer = count_longer
        self._highest = 0
        self._lengths: list[int] = []
        self._cleared: set[int] = set()

    def check(self, prompt: str, tokens: int) -> str | None:
        """Look at the next prompt. The result depends on the order of the prompts.

        Args:
            prompt: The prompt.
            tokens: The tokens that the server counted.

        Returns:
            What is wrong with the server; None if nothing is.
        """
        length = len("".join(prompt.split()))
        if tokens > self._highest:
            self._highest, self._lengths = tokens, []
        if tokens == self._highest:
            self._lengths.append(length)
        shortest, longest = min(self._lengths, default=0), max(self._lengths, default=0)
        alike = (
            tokens == self._highest
            and (tokens >= _SMALL_CONTEXT or len(self._lengths) >= _MANY)
            and longest - shortest > _DIFFERENCE * shortest
        )
        few = length > MOST_CHARACTERS_A_TOKEN * max(tokens, 1)
        if tokens in self._cleared or not (alike or few):
            return None
        longer = self._count_longer(prompt)
        if longer is None or longer >= tokens + _LEAST_TOKENS_OF_FILLER:
            self._cleared.add(tokens)
            return None
        return (
            f"the server cuts prompts without saying so: it counts {tokens:,} tokens for one of {len(prompt):,} "
            f"characters, and {longer:,} with {len(FILLER):,} characters more; raise its context (Ollama: the variable "
            "OLLAMA_CONTEXT_LENGTH), or lower shots or window. If its context is large enough, it miscounts tokens"
        )
