"""The structural names of a format: which stand where, and what becomes of any other."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adrbench.errors import CorpusError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

UNKNOWN = "fields of no meaning here, not read"
# How alike a name is to one that it is taken for a slip of (difflib's ratio).
_ALIKE = 0.81


@dataclass(frozen=True)
class Schema:
    """What a reader declares: nothing that looks like one of its names is passed over in silence.

    Attributes:
        nodes: The names that a reader reads, by where they stand: an object, an element, a table, a line. Names of XML
            attributes begin with ``@``.
        known: Names that tools write and the reader does not need, likewise; they are passed over.
    """

    nodes: Mapping[str, Collection[str]]
    known: Mapping[str, Collection[str]] = field(default_factory=dict)

    def check(
        self,
        node: str,
        given: Collection[str],
        where: str,
        ledger: Counter[str],
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        """Check the names at a node.

        Args:
            node: The node, a key of ``nodes``.
            given: The names that are there.
            where: File and line, the beginning of the message.
            ledger: Where a name that is like no other is counted.
            renamed: What names are called here, by what they are called in ``nodes``.

        Raises:
            CorpusError: For an unknown name that is like a known one that is not there, with that one.
        """
        expected = {(renamed or {}).get(name, name) for name in self.nodes[node]}
        if rest := set(given) - expected:
            self._refuse(node, rest, expected - set(given), where, ledger)

    def check_xml(self, element: Element, where: str, ledger: Counter[str]) -> None:
        """Check the names of an element's attributes and of all elements inside.

        Args:
            element: The element; its tag is a key of ``nodes``.
            where: As for ``check``.
            ledger: As for ``check``.

        Raises:
            CorpusError: For an unknown name that is like a known one.
        """
        node = element.tag
        given = {f"@{name}" for name in element.attrib} | {child.tag for child in element}
        if rest := given - set(self.nodes[node]):
            # Elements come in any number: a sibling with the right name says nothing about this one.
            self._refuse(node, rest, self.nodes[node], where, ledger)
        for child in element:
            if child.tag in self.nodes and child.tag in self.nodes[node]:
                self.check_xml(child, where, ledger)

    def _refuse(
        self, node: str, rest: Collection[str], likely: Collection[str], where: str, ledger: Counter[str]
    ) -> None:
        for name in sorted(set(rest) - set(self.known.get(node, ()))):
            if near := like(name, likely):
                raise CorpusError(
                    f"{where}: {name!r:.60} is unknown in {node}; did you mean {near!r}? rename or remove it"
                )
            ledger[UNKNOWN] += 1


def like(name: str, likely: Collection[str]) -> str | None:
    """Find the name that another is a slip of.

    Args:
        name: The name that is there.
        likely: The names that it may stand for.

    Returns:
        The closest of them; None if none is close.
    """
    plain = {_plain(one): one for one in likely}
    near = difflib.get_close_matches(_plain(name), plain, 1, _ALIKE)
    return plain[near[0]] if near else None


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold())) or name
