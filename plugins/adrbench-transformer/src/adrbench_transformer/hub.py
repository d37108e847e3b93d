"""Downloading a checkpoint, and saying at once why it cannot be had: the hub's client by itself retries for minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import huggingface_hub
import torch
from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils._http import default_client_factory
from huggingface_hub.utils.tqdm import disable_progress_bars
from safetensors.torch import save_file

from adrbench.api import Unavailable
from adrbench_transformer.weights import HubFiles, endpoint, whole

SILENCE_SECONDS = 5.0
# What a checkpoint of any architecture needs, and no pickle among it.
_FILES = ["*.json", "*.txt", "*.model", "model*.safetensors"]
_PICKLE = "pytorch_model.bin"
_BUSY = (408, 429)
_FAILED = 500
_MEANINGS = {
    401: "no such model, or one that needs a token",
    403: "access to it is not granted",
    404: "no such model or revision",
}


def download(wanted: HubFiles) -> Path:
    """Download a checkpoint into the hub's cache.

    The only pickle that is downloaded is a preset's of a pinned commit. PyTorch's restricted loader, which calls
    nothing but what makes tensors, reads it once, and its tensors are written as safetensors.

    A hub that is silent for some seconds, or answers with an error, is not asked again. A file that was broken off is
    kept, and the next call continues from there.

    Args:
        wanted: The checkpoint.

    Returns:
        The folder in the hub's cache.

    Raises:
        Unavailable: The checkpoint cannot be had; the message has the reason.
    """
    disable_progress_bars()
    try:
        with _impatient():
            folder = huggingface_hub.snapshot_download(
                wanted.name,
                revision=wanted.revision,
                allow_patterns=[*_FILES, _PICKLE] if wanted.pickled else _FILES,
                max_workers=2,
            )
        snapshot = Path(folder)
        if wanted.pickled:
            _convert(snapshot / _PICKLE, snapshot / "model.safetensors")
    except Exception as error:  # a download fails in many libraries' ways, and each is a reason to skip
        raise Unavailable(f"{wanted.name} at {wanted.revision}: {_told(error)}") from error
    whole(snapshot.parents[1], snapshot.name).touch()
    return snapshot


def _convert(pickled: Path, target: Path) -> None:
    weights = torch.load(pickled, map_location="cpu", weights_only=True)
    # Tensors that are tied share their memory, which safetensors have no place for.
    apart = {name: tensor.contiguous().clone() for name, tensor in weights.items()}
    part = target.with_suffix(".part")
    save_file(apart, part, metadata={"format": "pt"})
    part.replace(target)


def _told(error: BaseException) -> str:
    if isinstance(error, Unavailable):
        return str(error)
    if not isinstance(error, HfHubHTTPError) and error.__cause__ is not None:
        error = error.__cause__  # the client's own words around it are many
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        meaning = f": {_MEANINGS[status]}" if status in _MEANINGS else ""
        return f"{endpoint()} answers {status} ({type(error).__name__}){meaning}"
    if "Timeout" in type(error).__name__:
        return _silent()
    return f"{endpoint()}: {type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _silent() -> str:
    return f"{endpoint()} broke off, or was silent for {SILENCE_SECONDS:g} s"


@contextmanager
def _impatient() -> Iterator[None]:
    """Let the hub's client take no silence longer than ours, and ask for the same bytes once only."""
    asked: set[tuple[str, str, str | None]] = set()

    def ask(request: Any) -> None:
        key = (request.method, str(request.url), request.headers.get("Range"))
        if key in asked:
            raise Unavailable(_silent())
        asked.add(key)
        request.extensions = {
            **request.extensions,
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), SILENCE_SECONDS),
        }

    def hear(response: Any) -> None:
        if response.status_code in _BUSY or response.status_code >= _FAILED:
            raise Unavailable(f"{endpoint()} answers {response.status_code}")

    def client() -> Any:
        made = default_client_factory()
        hooks = made.event_hooks
        made.event_hooks = {"request": [*hooks["request"], ask], "response": [*hooks["response"], hear]}
        return made

    # Another way to the weights goes past this client, with a patience of its own.
    before = constants.HF_HUB_DISABLE_XET
    constants.HF_HUB_DISABLE_XET = True
    huggingface_hub.set_client_factory(client)
    try:
        yield
    finally:
        huggingface_hub.set_client_factory(default_client_factory)
        constants.HF_HUB_DISABLE_XET = before
