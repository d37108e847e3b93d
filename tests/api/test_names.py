"""What the module that plugins import promises, and how names go from it."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest

import adrbench.api
from adrbench.api import Categorical, Context, DocumentFacts, FloatRange, IntRange, Span
from adrbench.api.deprecations import Deprecation, deprecated_names


def test_all_is_exactly_what_is_promised() -> None:
    """Every public name of the module is in ``__all__`` once, and each of these is there."""
    of_others = {"TYPE_CHECKING"}
    public = {
        name
        for name, value in vars(adrbench.api).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public - of_others == set(adrbench.api.__all__)
    assert len(set(adrbench.api.__all__)) == len(adrbench.api.__all__)


def test_it_needs_the_standard_library_only() -> None:
    """Importing it loads nothing that has to be installed, and of adrbench only its errors beside itself."""
    program = (
        # Some systems' Python imports a module of theirs at its start.
        "import sys; before = {*sys.modules, *sys.stdlib_module_names}; import adrbench.api; "
        "print(*sorted({m.partition('.')[0] for m in sys.modules} - before)); "
        "print(*sorted({'.'.join(m.split('.')[:2]) for m in sys.modules if m.startswith('adrbench.')}))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    roots, ours = (set(line.split()) for line in done.stdout.splitlines())
    assert {root for root in roots if not root.startswith("_")} == {"adrbench"}
    assert ours == {"adrbench._system", "adrbench.api", "adrbench.errors"}


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("Choice", Categorical, "Categorical"),
        ("Real", FloatRange, "FloatRange"),
        ("Setting", DocumentFacts, "DocumentFacts"),
        ("Whole", IntRange, "IntRange"),
    ],
)
def test_names_of_the_first_version_still_work(old: str, value: object, new: str) -> None:
    """They are the objects of the new names, and using them warns."""
    warning = rf"adrbench\.api\.{old} is deprecated since 1\.1 and goes with 2\.0: use {new}$"
    with pytest.warns(DeprecationWarning, match=warning):
        assert getattr(adrbench.api, old) is value


def test_heard_is_has_listener() -> None:
    """The old name of the property gives the same answer, and warns."""
    quiet = Context(seed=1, labels=(), scratch=Path())
    asked = Context(seed=1, labels=(), scratch=Path(), report=lambda *_: None)
    for context in (quiet, asked):
        with pytest.warns(
            DeprecationWarning, match=r"Context\.heard is deprecated since 1\.1.*: use has_listener"
        ) as told:
            assert context.heard is context.has_listener
        assert told[0].filename == __file__


def test_a_deprecated_name_says_what_to_use() -> None:
    """It works as before, warns with its successor and since when; any other name is as unknown as ever."""
    module = types.ModuleType("some.api")
    names = {"Old": Deprecation(Span, "some.api.Span", since="1.2", gone="2.0")}
    module.__getattr__ = deprecated_names("some.api", names)  # type: ignore[method-assign]
    with pytest.warns(
        DeprecationWarning, match=r"some\.api\.Old is deprecated since 1\.2 and goes with 2\.0: use some\.api\.Span"
    ):
        assert module.Old is Span
    with pytest.raises(AttributeError, match=r"module 'some\.api' has no attribute 'Older'"):
        module.Older  # noqa: B018
