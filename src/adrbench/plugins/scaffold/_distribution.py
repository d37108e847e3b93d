"""The files of a new plugin's distribution, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from adrbench._system.version import __version__
from adrbench.plugins.scaffold._names import Kind, class_of, package_of

# By place in the distribution, the template; both may name the kind, the place also the package.
_COMMON = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "LICENSE": "LICENSE",
    ".gitignore": "gitignore",
    ".github/workflows/test.yml": "workflow.yml",
    "benchmark.toml": "benchmark.toml",
    "src/{package}/__init__.py": "init.py",
    "src/{package}/py.typed": "py.typed",
    "src/{package}/plugin.py": "{kind}/plugin.py",
    "src/{package}/{kind}.py": "{kind}/{kind}.py",
    "tests/test_{package}.py": "{kind}/test.py",
}
_OF_KIND: Mapping[Kind, dict[str, str]] = {
    "tagger": {},
    "dataset": {"src/{package}/corpus.jsonl": "dataset/corpus.jsonl"},
    "evaluator": {},
}


def distribution(kind: Kind, name: str, author: str = "") -> dict[str, str]:
    """The text of each file, by its path in the distribution's folder. ``author``: whose licence it is."""
    values = {
        "kind": kind,
        "name": name,
        "package": package_of(name),
        "class": class_of(name, kind),
        "author": author,
        # Of one printable line, the JSON string is a TOML string as well.
        "author_toml": json.dumps(author, ensure_ascii=False),
        "year": datetime.now(UTC).year,
        "adrbench": ".".join(__version__.split(".")[:2]),
    }
    templates = _environment()
    places = {"kind": kind, "package": values["package"]}
    return {
        path.format(**places): templates.get_template(f"{template.format(**places)}.jinja").render(values)
        for path, template in (_COMMON | _OF_KIND[kind]).items()
    }


def _environment() -> Environment:
    # Braces belong to TOML, YAML and Python: templates say «name» instead.
    return Environment(
        loader=PackageLoader("adrbench.plugins.scaffold"),
        variable_start_string="«",
        variable_end_string="»",
        block_start_string="«%",
        block_end_string="%»",
        comment_start_string="«#",
        comment_end_string="#»",
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (no HTML)
    )
