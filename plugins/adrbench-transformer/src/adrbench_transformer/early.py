"""When to stop: the epoch that is best on a holdout is kept."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from adrbench.api import Annotated, Span


def micro_f1(gold: Sequence[Annotated], predicted: Sequence[Sequence[Span]], labels: Sequence[str]) -> float:
    """Micro-averaged F1 of exact matches, a fraction; 1 where there is nothing to find and nothing found."""
    true = found = wanted = 0
    for annotated, spans in zip(gold, predicted, strict=True):
        right = {span for span in annotated.spans if span.label in labels}
        true += len(right & set(spans))
        found += len(set(spans))
        wanted += len(right)
    return 2 * true / (found + wanted) if found + wanted else 1.0


class Best:
    """The best epoch so far: its number, counted from 1, its value, and its weights, in the computer's own memory."""

    def __init__(self, patience: int) -> None:
        self.epoch = 0
        self.value = -1.0
        self._patience = patience
        self._state: dict[str, Tensor] = {}

    def over(self, epoch: int, value: float, network: nn.Module) -> bool:
        """Take note of an epoch; say whether too many have passed since the best one. The earlier one wins a tie."""
        if value > self.value:
            self.epoch, self.value = epoch, value
            for name, weight in network.state_dict().items():
                # Over the copy that is there: two of them would be one too many.
                if name in self._state:
                    self._state[name].copy_(weight)
                else:
                    self._state[name] = weight.detach().to("cpu", copy=True)
        return epoch - self.epoch >= self._patience

    def restore(self, network: nn.Module) -> int:
        """Give ``network`` the best epoch's weights and return its number; 0, if there was none, changes nothing."""
        if self.epoch:
            network.load_state_dict(self._state)
        return self.epoch
