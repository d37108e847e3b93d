"""What a page of a site consists of, and the names of its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata

from adrbench._system.version import __version__
from adrbench.reporting._content import Section
from adrbench.reporting._source import slug


@dataclass(frozen=True)
class Page:
    """A page of a site.

    Attributes:
        path: Its file in the site.
        heading: Its headline.
        kicker: What kind of page it is.
        lead: Its first paragraph.
        sections: Its sections.
    """

    path: str
    heading: str
    kicker: str
    lead: str
    sections: tuple[Section, ...]

    @property
    def root(self) -> str:
        """What leads from its folder to the site's."""
        return "../" * self.path.count("/")


def file_names(names: Iterable[str]) -> Mapping[str, str]:
    """Choose a file name for each name, without a suffix; no two are alike, small and capital letters aside.

    >>> dict(file_names(["crf", "CRF", "my tagger"]))
    {'crf': 'crf', 'CRF': 'CRF-2', 'my tagger': 'my-tagger'}

    Args:
        names: Any names.

    Returns:
        The file name of each.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        file, number = slug(name), 1
        while file.casefold() in taken:
            number += 1
            file = f"{slug(name)}-{number}"
        taken.add(file.casefold())
        found[name] = file
    return found


def software() -> str:
    """Name the software, its version and its address."""
    addresses = dict(one.split(", ", 1) for one in metadata.metadata("adrbench").get_all("Project-URL") or ())
    return (
        f"adrbench {__version__}, {addresses['Repository']}" if "Repository" in addresses else f"adrbench {__version__}"
    )
