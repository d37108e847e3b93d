"""How many subwords a text has under the vocabulary of a language model."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adrbench.datasets.files import file_hash
from adrbench.errors import CorpusError

PROBE_SECONDS = 3.0
_BATCH = 1000
_FILES = ("tokenizer.json", "vocab.txt")
_PACKAGE = "package:"
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")


def count_subwords(
    texts: Sequence[Sequence[str]], vocabulary: str, folder: Path, *, offline: bool = False
) -> tuple[list[int], str]:
    """Subwords of the words of each text, special tokens aside; and the name of the vocabulary with its file's sha256.

    ``vocabulary``: a ``tokenizer.json``, a ``vocab.txt`` (WordPiece), a folder that holds one of them (relative to
    ``folder``), ``package:MODULE/FOLDER`` inside an installed package, or a name on the Hugging Face hub, fetched
    (unless ``offline``) if it is not in the hub's local cache.

    Raises ``CorpusError`` if the vocabulary cannot be had or is none, or if the tokenizers library is not installed.
    """
    try:
        import tokenizers  # noqa: PLC0415  (an optional dependency)
    except ImportError as error:
        raise CorpusError("max_subwords needs the tokenizers library: pip install 'adrbench[subwords]'") from error
    file, name = _locate(vocabulary, folder, offline)
    tokenizer = _load(tokenizers, file)
    counts: list[int] = []
    for first in range(0, len(texts), _BATCH):
        batch = [[_SURROGATE.sub("\ufffd", word) for word in words] for words in texts[first : first + _BATCH]]
        encodings = tokenizer.encode_batch(batch, is_pretokenized=True, add_special_tokens=False)
        counts.extend(len(encoding.ids) for encoding in encodings)
    case = ", small letters" if file.suffix == ".txt" and tokenizer.normalizer.lowercase else ""
    return counts, f"{name} ({file.name}{case}, sha256 {file_hash(file)})"


def _locate(vocabulary: str, folder: Path, offline: bool) -> tuple[Path, str]:
    """The file of a vocabulary, and what to call it: never a path of this machine."""
    if vocabulary.startswith(_PACKAGE):
        return _within(_packaged(vocabulary), vocabulary), vocabulary
    path = folder / Path(vocabulary).expanduser()
    if path.exists():
        return _within(path, vocabulary), path.resolve().name
    if (
        vocabulary.startswith((".", "~", "/"))
        or path.suffix in {".json", ".txt"}
        or not _HUB_NAME.fullmatch(vocabulary)
    ):
        raise CorpusError(f"the vocabulary {vocabulary}: no such file or folder (looked for {path})")
    return _from_hub(vocabulary, offline), vocabulary


def _within(path: Path, vocabulary: str) -> Path:
    if path.is_file():
        return path
    for name in _FILES:
        if (path / name).is_file():
            return path / name
    raise CorpusError(f"the vocabulary {vocabulary}: {path} holds no {' and no '.join(_FILES)}")


def _packaged(vocabulary: str) -> Path:
    """A package's folder, found without importing the package."""
    module, _, inside = vocabulary.removeprefix(_PACKAGE).partition("/")
    # A dotted name would import the package that it is in.
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError(f"the vocabulary {vocabulary}: no package {module} is installed here")
    return Path(next(iter(spec.submodule_search_locations))) / inside


def _from_hub(name: str, offline: bool) -> Path:
    import huggingface_hub  # noqa: PLC0415  (comes with tokenizers)
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError  # noqa: PLC0415

    for file in _FILES:
        kept = huggingface_hub.try_to_load_from_cache(name, file)
        if isinstance(kept, str):
            return Path(kept)
    wanted = f"the vocabulary {name}: no such file or folder, not in the hub's local cache"
    if offline or huggingface_hub.constants.HF_HUB_OFFLINE:
        raise CorpusError(f"{wanted}, and offline")
    _probe(huggingface_hub.constants.ENDPOINT, wanted)
    for file in _FILES:
        try:
            return Path(huggingface_hub.hf_hub_download(name, file))
        except LocalEntryNotFoundError as error:
            raise CorpusError(f"{wanted}, and it cannot be downloaded ({type(error).__name__})") from error
        except EntryNotFoundError:
            continue
        except (OSError, ValueError) as error:
            # An unknown name, a gated one, a broken connection: the hub's errors are all of these kinds.
            raise CorpusError(f"{wanted}, and it cannot be downloaded ({type(error).__name__})") from error
    raise CorpusError(f"the vocabulary {name}: on the hub, it has no {' and no '.join(_FILES)}")


def _probe(endpoint: str, wanted: str) -> None:
    """Raise ``CorpusError`` if the hub does not answer soon; its own client would try for half a minute."""
    request = urllib.request.Request(endpoint, method="HEAD")  # noqa: S310  (the endpoint is the user's own)
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS):  # noqa: S310
            pass
    except urllib.error.HTTPError:
        pass  # it answers; what it says of a vocabulary is for the download to find out
    except (OSError, ValueError) as error:
        raise CorpusError(f"{wanted}, and {endpoint} cannot be reached ({getattr(error, 'reason', error)})") from error


def _load(tokenizers: Any, file: Path) -> Any:
    try:
        load = functools.partial(_wordpiece, tokenizers) if file.suffix == ".txt" else tokenizers.Tokenizer.from_file
        tokenizer = load(str(file))
    except CorpusError:
        raise
    except Exception as error:  # the library raises bare ones
        raise CorpusError(f"{file}: no vocabulary that the tokenizers library can read ({error})") from error
    # A vocabulary's own truncation would hide the very texts that are looked for.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if hasattr(tokenizer.pre_tokenizer, "add_prefix_space"):
        # A word stands after a space, and vocabularies of bytes have other subwords for it there.
        tokenizer.pre_tokenizer.add_prefix_space = True
    return tokenizer


def _wordpiece(tokenizers: Any, name: str) -> Any:
    """BERT's tokeniser for a list of pieces, one a line (Devlin et al. 2019).

    Small letters only if ``tokenizer_config.json`` beside it says so, else if no piece has a capital one.
    """
    file = Path(name)
    pieces = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    if "[UNK]" not in vocabulary:
        raise CorpusError(f"{file}: no WordPiece vocabulary (no line is [UNK])")
    beside = file.with_name("tokenizer_config.json")
    config = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
    small = all(piece == piece.lower() for piece in pieces if not piece.startswith("["))
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(
        lowercase=config.get("do_lower_case", small), strip_accents=config.get("strip_accents")
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return tokenizer
