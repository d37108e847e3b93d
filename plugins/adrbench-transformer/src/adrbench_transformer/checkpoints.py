"""Loading a tokenizer and a token classifier: safetensors only, no remote code, no noise."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers
from tokenizers import pre_tokenizers
from transformers import CONFIG_MAPPING, MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING, AutoConfig, AutoTokenizer

from adrbench.api import Unavailable
from adrbench_transformer.hub import download
from adrbench_transformer.weights import SENTENCEPIECE, locate, read, safe, unreachable, vocabulary

if TYPE_CHECKING:
    from adrbench_transformer.params import TransformerParams

_UNBOUNDED = 10**9
_NAMED = 3
# What reads a SentencePiece vocabulary: modules and the packages that they are in.
_LIBRARIES = {"sentencepiece": "sentencepiece", "google.protobuf": "protobuf"}
# Architectures whose attention mask a test lifts (test_bidirectional.py).
_LIFTED = ("gpt2", "llama")
# Relative difference of two answers that counts as none.
_SAME = 1e-4

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def fetch(params: TransformerParams, *, offline: bool) -> Path:
    """Get the folder of a checkpoint, downloading it into the hub's cache if need be.

    Args:
        params: The parameters, which name the checkpoint.
        offline: Whether the network must not be used.

    Returns:
        The folder.

    Raises:
        Unavailable: The checkpoint cannot be had; the message has the reason.
    """
    place = locate(params)
    if isinstance(place, Path):
        return place
    if reason := unreachable(place, offline=offline):
        raise Unavailable(reason)
    folder = download(place)
    safe(folder)
    return folder


def load_tokenizer(folder: Path) -> Any:
    """Load the fast tokenizer of a checkpoint. Byte-level tokenizers put a space before each word, as in running text.

    Args:
        folder: The checkpoint.

    Returns:
        The tokenizer of ``transformers``.

    Raises:
        Unavailable: The checkpoint has no fast tokenizer, or a broken one.
    """
    _check_sentencepiece(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True, trust_remote_code=False)
    except Exception as error:  # what is wrong with its files shows in many libraries' ways
        raise Unavailable(f"{folder}: the tokenizer cannot be read: {_first(error)}") from error
    if not tokenizer.is_fast:
        raise Unavailable(f"{folder}: {type(tokenizer).__name__} is no fast tokenizer, and only those are read")
    if not vocabulary(folder):  # transformers makes up an empty one
        raise Unavailable(f"{folder}: no tokenizer (no tokenizer.json and no vocabulary)")
    # Tokenizers of no class of their own take no heed of add_prefix_space.
    steps: Any = tokenizer.backend_tokenizer.pre_tokenizer
    several = type(steps) is pre_tokenizers.Sequence
    for step in steps if several else [steps]:
        if isinstance(step, pre_tokenizers.ByteLevel):
            step.add_prefix_space = True
    return tokenizer


def _check_sentencepiece(folder: Path) -> None:
    """Raise ``adrbench.api.Unavailable`` if a vocabulary needs libraries that are not here, and name them."""
    held = [name for name in SENTENCEPIECE if (folder / name).is_file()]
    if not held or (folder / "tokenizer.json").is_file():
        return
    lacking = [library for module, library in _LIBRARIES.items() if not _importable(module)]
    if lacking:
        extra = "pip install 'adrbench-transformer[sentencepiece]'"
        raise Unavailable(f"{folder}: {held[0]} cannot be read without {' and '.join(lacking)}: {extra}")


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False


def load_model(folder: Path, tags: Sequence[str], tokenizer: Any) -> Any:
    """Load an encoder in float32 with a head for ``tags``.

    The head is the checkpoint's if it was made for the same tags, and a new one otherwise. All other weights must be
    in the checkpoint, in the sizes of its configuration. Only a pooler may be missing, since tagging does not use it.
    Attention is PyTorch's scaled dot product if the architecture has it.

    Args:
        folder: The checkpoint.
        tags: The names of the tags.
        tokenizer: The checkpoint's tokenizer. The model must have an embedding for each of its subwords.

    Returns:
        The token classifier of ``transformers``.

    Raises:
        Unavailable: The checkpoint does not fit; the message has the reason.
    """
    config = _config(folder)
    kind: Any = MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING[type(config)]
    same = list(config.id2label.values()) == list(tags)
    config.id2label = dict(enumerate(tags))
    config.label2id = {tag: i for i, tag in enumerate(tags)}
    if hasattr(config, "use_cache"):
        # Keys and values kept for a text to be written on, which is not what is done here.
        config.use_cache = False
    try:
        model, told = kind.from_pretrained(
            folder,
            config=config,
            attn_implementation="sdpa" if kind._supports_sdpa else "eager",  # noqa: SLF001
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            dtype=torch.float32,
            use_safetensors=True,
        )
    except Exception as error:  # sizes that cannot be, broken files: each library says it in its own way
        raise Unavailable(f"{folder}: the weights cannot be read: {_first(error)}") from error
    body = f"{model.base_model_prefix}."
    sizes = {name: f"{name} is {_size(held)}, not {_size(wanted)}" for name, held, wanted in told["mismatched_keys"]}
    _refuse(folder, "weights of another size than config.json says", (sizes[n] for n in sizes if n.startswith(body)))
    lacking = (name for name in told["missing_keys"] if name.startswith(body) and ".pooler." not in name)
    _refuse(folder, "weights are missing", lacking)
    words, rows = len(tokenizer), len(model.get_input_embeddings().weight)
    if words > rows:
        raise Unavailable(f"{folder}: the tokenizer has {words} subwords, and the model embeddings for {rows} only")
    if not same:
        _renew(model, {*told["missing_keys"], *sizes})
    return model


def _config(folder: Path) -> Any:
    """Read the configuration of an architecture that transformers itself can tag with; code beside it never runs."""
    plain = read(folder / "config.json")
    name = plain.get("model_type")
    if name is not None and name not in CONFIG_MAPPING:
        own = ", whose own code (auto_map) is not run," if "auto_map" in plain else ""
        raise Unavailable(f"{folder}: model_type {name!r}{own} is unknown to transformers {transformers.__version__}")
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # wrong values show in many libraries' ways
        raise Unavailable(f"{folder}: config.json cannot be read: {_first(error)}") from error
    if type(config) not in MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING:
        raise Unavailable(f"{folder}: transformers has no token classifier of model_type {config.model_type!r}")
    return config


def _renew(model: Any, new: set[str]) -> None:
    """Forget a head that was trained for something else; what is ``new`` anyway stays."""
    for name, module in model.named_children():
        if name != model.base_model_prefix and not any(key.startswith(f"{name}.") for key in new):
            for weight in module.parameters():
                weight._is_hf_initialized = False  # noqa: SLF001
            module.apply(model._init_weights)  # noqa: SLF001


def _refuse(folder: Path, what: str, names: Iterable[str]) -> None:
    """Raise ``adrbench.api.Unavailable`` if there are ``names``, with the first of them."""
    if found := sorted(names):
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise Unavailable(f"{folder}: {what}: {', '.join(found[:_NAMED])}{more}")


def _size(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _first(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def positions(model: Any, tokenizer: Any) -> int:
    """Compute how many subwords, special ones included, the model takes at once.

    RoBERTa and its relatives number positions from behind the padding index on: 512 of their 514 can be used. XLNet
    has -1 for positions without a limit.

    Args:
        model: The model of ``transformers``.
        tokenizer: Its tokenizer.

    Returns:
        The smallest limit of model and tokenizer, in subwords.
    """
    limits = [_UNBOUNDED, tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None) or -1]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            limits.append(module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1))
    return int(min(limit for limit in limits if limit > 0))


def causal(model: Any) -> bool:
    """Test whether a model is causal: whether its output at a subword is independent of all later ones, as GPT-2's is.

    Args:
        model: The model of ``transformers``. It is run on four subwords.

    Returns:
        True if the model is causal.

    Raises:
        Unavailable: The model needs more than subwords, such as page layouts.
    """
    training = model.training
    model.eval()
    answers = []
    with torch.inference_mode():
        # One at a time: rows of one product need not be alike to the last bit.
        for last in (4, 5):
            ids = torch.tensor([[1, 2, 3, last]], device=model.device)
            try:
                answers.append(model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, 0])
            except Exception as error:  # each architecture says in its own way what it lacks
                kind = model.config.model_type
                raise Unavailable(f"{model.name_or_path}: {kind} does not read plain text: {_first(error)}") from error
    model.train(training)
    one, other = answers
    # Experts compute the subwords that are sent to them together, so the last bits may differ where no meaning does.
    return bool((one - other).abs().max() <= _SAME * one.abs().max())


def lift(model: Any) -> None:
    """Let every subword of a causal model see all the others, those behind it too.

    Args:
        model: The model of ``transformers``, changed in place. Padding stays unseen.

    Raises:
        ValueError: The model is not causal, or no test proves that its mask can be lifted so.
    """
    kind = model.config.model_type
    # A model that was lifted before and saved says so in its configuration.
    if getattr(model.config, "is_causal", True) and not causal(model):
        raise ValueError(f"bidirectional: {model.name_or_path} ({kind}) is no causal model; leave bidirectional out")
    if kind not in _LIFTED:
        raise ValueError(f"bidirectional: is for {' and '.join(_LIFTED)}; {model.name_or_path} is {kind}")
    # The mask is made by what the configuration says. Where there is no padding and so no mask, each attention decides.
    model.config.is_causal = False
    for module in model.modules():
        if hasattr(module, "is_causal"):
            module.is_causal = False
