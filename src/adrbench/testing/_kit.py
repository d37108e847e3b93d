"""The conformance kit for a plugin's own tests: classes for pytest, and functions for everything else.

    from adrbench.testing import TaggerConformance

    class TestCapitals(TaggerConformance):
        name = "capitals"

makes a test of each check. pytest itself must be installed where the classes are used, not where this is imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from adrbench.errors import InputError, closest
from adrbench.testing._run import Kind, check_dataset, check_evaluator, check_tagger, checks_of
from adrbench.testing._verdict import Verdict, by_chance


class _Conformance:
    """One test a check, named after it.

    Attributes:
        name: The value of ``use`` in a benchmark file.
        params: Parameters that make a small model.
        expected_failures: Checks that are known to fail, with the reason. pytest shows them as xfail, and as failures
            once they pass.
        timeout: Seconds that a fit or a prediction may take.
    """

    name: ClassVar[str]
    params: ClassVar[Mapping[str, Any]] = {}
    expected_failures: ClassVar[Mapping[str, str]] = {}
    timeout: ClassVar[float] = 120.0
    _kind: ClassVar[Kind]

    @classmethod
    def parameters(cls) -> Mapping[str, Any]:
        """Give the parameters. Override it if they are known only when tests run, such as the folder of a checkpoint.

        Returns:
            The parameters, as a benchmark file would give them.
        """
        return cls.params

    @classmethod
    def verdicts(cls) -> Sequence[Verdict]:
        """Make all checks, once for the class, when its first test runs.

        Returns:
            Their verdicts, in order.
        """
        if "_known" not in cls.__dict__:
            cls._known = {verdict.check: verdict for verdict in cls._check()}
        return list(cls._known.values())

    _known: ClassVar[dict[str, Verdict]]

    @classmethod
    def _check(cls) -> Sequence[Verdict]:
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Make a test of each check; called by pytest.

        Args:
            metafunc: The test function, as pytest describes it.

        Raises:
            InputError: ``expected_failures`` names an unknown check. The message has the closest one.
        """
        import pytest  # noqa: PLC0415  (it is installed only where tests run)

        checks = [check.id for check in checks_of(self._kind)]
        for check in self.expected_failures:
            if check not in checks:
                raise InputError(f"a {self._kind} has no check {check!r}; {closest(check, checks)}")
        if "check" in metafunc.fixturenames:
            made = [
                pytest.param(
                    check,
                    id=check,
                    marks=[
                        pytest.mark.xfail(
                            reason=self.expected_failures[check], strict=not by_chance(check, self.expected_failures)
                        )
                    ]
                    if check in self.expected_failures
                    else [],
                )
                for check in checks
            ]
            metafunc.parametrize("check", made)

    def test_conforms(self, check: str) -> None:
        """The plugin passes this check."""
        import pytest  # noqa: PLC0415

        self.verdicts()
        verdict = self._known[check]
        if verdict.status == "failed":
            pytest.fail(f"{verdict.title}: {verdict.detail}", pytrace=False)
        if verdict.status == "advice":
            pytest.xfail(f"advice: {verdict.detail}")
        if verdict.status == "skipped":
            pytest.skip(verdict.detail)


class TaggerConformance(_Conformance):
    """The checks of a tagger, as tests.

    Attributes:
        responses: The folder from which responses of a server are replayed, and where more are kept, for a tagger that
            asks one. None: each is asked for once.
    """

    _kind: ClassVar[Kind] = "tagger"
    responses: ClassVar[Path | str | None] = None

    @classmethod
    def _check(cls) -> Sequence[Verdict]:
        return check_tagger(cls.name, cls.parameters(), timeout=cls.timeout, responses=cls.responses)


class DatasetConformance(_Conformance):
    """The checks of a corpus reader, as tests.

    Attributes:
        path: The corpus, or the files of a format. None: the reader finds the corpus itself.
    """

    _kind: ClassVar[Kind] = "dataset"
    path: ClassVar[Path | str | None] = None

    @classmethod
    def _check(cls) -> Sequence[Verdict]:
        return check_dataset(cls.name, cls.parameters(), path=cls.path, timeout=cls.timeout)


class EvaluatorConformance(_Conformance):
    """The checks of an evaluator, as tests: of all its variants, or of the variant in ``NAME:VARIANT``."""

    _kind: ClassVar[Kind] = "evaluator"

    @classmethod
    def _check(cls) -> Sequence[Verdict]:
        return check_evaluator(cls.name, cls.parameters(), timeout=cls.timeout)
