"""When to stop: the epoch that is best on a holdout is kept."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from adrbench.api import Annotated, Span


def micro_f1(gold: Sequence[Annotated], predicted: Sequence[Sequence[Span]], labels: Sequence[str]) -> float:
    """Micro F1 of exact spans over documents.

    Args:
        gold: The documents with their gold.
        predicted: The predicted spans of each document.
        labels: The labels that count.

    Returns:
        A fraction; 1 if there are neither gold nor predicted spans.
    """
    true = found = wanted = 0
    for annotated, spans in zip(gold, predicted, strict=True):
        right = {span for span in annotated.spans if span.label in labels}
        true += len(right & set(spans))
        found += len(set(spans))
        wanted += len(right)
    return 2 * true / (found + wanted) if found + wanted else 1.0


class Best:
    """The best epoch so far, with its weights in main memory.

    Args:
        patience: Epochs without a better value after which training should stop.

    Attributes:
        epoch: Its number, from 1; 0 before the first.
        value: Its value.
    """

    def __init__(self, patience: int) -> None:
        self.epoch = 0
        self.value = -1.0
        self._patience = patience
        self._state: dict[str, Tensor] = {}

    def over(self, epoch: int, value: float, network: nn.Module) -> bool:
        """Record an epoch. Of equal values the earlier one is the best.

        Args:
            epoch: The epoch's number, from 1.
            value: Its F1 on the holdout, a fraction.
            network: The network, with the epoch's weights.

        Returns:
            True if the best epoch is ``patience`` epochs ago.
        """
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
        """Give a network the weights of the best epoch.

        Args:
            network: The network, changed in place.

        Returns:
            The epoch's number. 0 if there was no epoch; the network is then left as it is.
        """
        if self.epoch:
            network.load_state_dict(self._state)
        return self.epoch
