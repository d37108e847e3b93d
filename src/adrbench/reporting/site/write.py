"""From results folders to the files of a site."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adrbench._system.paths import replace_folder
from adrbench._system.version import __version__
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.reporting._drawing import require_matplotlib
from adrbench.reporting._html import page_maker
from adrbench.reporting._page import markup
from adrbench.reporting.site._corpora import corpora
from adrbench.reporting.site._corpus import corpus_page, downloads
from adrbench.reporting.site._front import CONTRIBUTE, RANKINGS, contribute_page, front_page, rankings_page
from adrbench.reporting.site._methods import links, method_page, methods
from adrbench.reporting.site._pages import Page
from adrbench.results.store import Store

MARK = "adrbench-site.json"
"""Marks a folder as a site, with a checksum of each of its files."""
_NAVIGATION = (("index.html", "Overview"), (RANKINGS, "Over corpora"), (CONTRIBUTE, "Contribute a row"))


def write_site(
    results: Sequence[Path], out: Path, registry: Registry, *, title: str = "Results", repository: str = ""
) -> list[str]:
    """Write a site, whole or not at all, in place of one that stands there.

    Args:
        results: The results folders; they are only read.
        out: A folder that is new or empty, or a site as it was written.
        registry: The plugins.
        title: The name of the site.
        repository: The address of the repository that takes further results, for the page on contributions.

    Returns:
        A line for each thing that was written.

    Raises:
        InputError: matplotlib is not installed, a results folder cannot be read or holds nothing, ``out`` holds
            something else, or it cannot be written. Nothing was written then.
    """
    require_matplotlib()
    _check_address(repository)
    if not results:
        raise InputError("no results folder to make a site of; give at least one")
    stores = [Store(folder) for folder in dict.fromkeys(results)]
    _check_target(out, [store.folder for store in stores])
    files = dict(_files(stores, registry, title, repository))
    seals = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    mark = {"adrbench": __version__, "files": seals}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
            draft = Path(folder) / "site"
            for path, content in {**files, MARK: f"{json.dumps(mark, indent=1)}\n".encode()}.items():
                (draft / path).parent.mkdir(parents=True, exist_ok=True)
                (draft / path).write_bytes(content)
            replace_folder(out, draft, Path(folder) / "former")
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror or error})") from error
    size = sum(map(len, files.values()))
    pages = sum(path.endswith(".html") for path in files)
    return [f"{out}: {pages} pages, {size / 1e6:.1f} MB; open {out / 'index.html'}"]


def _files(stores: Sequence[Store], registry: Registry, title: str, repository: str) -> Iterator[tuple[str, bytes]]:
    found = corpora(stores, registry)
    if not found:
        raise InputError(f"{stores[0].folder}: holds no corpus; `adrbench run FILE` measures one")
    known = methods(found)
    paths = links(known)
    make = page_maker("site.html.jinja")
    yield _rendered(make, front_page(title, found, known, stores), title)
    yield _rendered(make, rankings_page(found, paths), title)
    yield _rendered(make, contribute_page(found, stores, repository), title)
    for method in known:
        yield _rendered(make, method_page(method), title)
    for corpus in found:
        yield _rendered(make, corpus_page(corpus, paths), title)
        for path, text in downloads(corpus):
            yield path, text.encode()


def _rendered(make: Callable[..., str], page: Page, title: str) -> tuple[str, bytes]:
    return page.path, make(page=page, title=title, navigation=_NAVIGATION, inline=markup).encode()


def _check_address(repository: str) -> None:
    parts = urlsplit(repository)
    if repository and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise InputError(f"--repository {repository!r}: give an address that begins with https://")


def _check_target(out: Path, results: Sequence[Path]) -> None:
    """Check that nothing is lost: the folder is new, empty, or holds nothing but a site as it was written."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(f"{out}: is no folder; give a new or empty one with --out")
    place = out.resolve()
    for folder in results:
        if place.is_relative_to(folder.resolve()):
            raise InputError(f"{out}: lies in the results folder {folder}; choose another with --out")
    if not out.exists() or not any(out.iterdir()):
        return
    seals = _seals(out)
    for file in sorted(out.rglob("*")):
        path = file.relative_to(out).as_posix()
        if path == MARK or (file.is_dir() and not file.is_symlink()):
            continue
        if path not in seals:
            raise InputError(f"{out}: holds {path}, which `adrbench site` did not write; choose another with --out")
        if file.is_symlink() or hashlib.sha256(file.read_bytes()).hexdigest() != seals[path]:
            raise InputError(f"{out}: {path} was changed since `adrbench site` wrote it; move it away first")


def _seals(out: Path) -> Mapping[str, str]:
    """The checksums of the files of a site.

    Raises:
        InputError: The folder is no site.
    """
    try:
        mark: Any = json.loads((out / MARK).read_bytes())
        return {str(path): str(seal) for path, seal in mark["files"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(
            f"{out}: not empty, and no site of adrbench (it has no {MARK}); choose another with --out"
        ) from error
