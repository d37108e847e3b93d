"""Whole pages of HTML: style and script inside, nothing fetched from anywhere, nothing run that is not ours."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

from adrbench._system.version import __version__
from adrbench.reporting.rendering import environment

# What HTML does not allow, or UTF-8 cannot write, and what turns the direction of all that follows in its block: a
# label must not turn the figures beside it. White space is none of it, nor are the marks of right-to-left texts.
_UNFIT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def page_maker(
    template: str, *, styles: Sequence[str] = ("style.css",), scripts: Sequence[str] = ("page.js",)
) -> Callable[..., str]:
    """Make what renders pages.

    Args:
        template: The file of the template.
        styles: The files of its styles.
        scripts: The files of its scripts.

    Returns:
        A function from the values of the template to a page: no network, no time stamp; the same values give the same
        text. All values are escaped.
    """
    from markupsafe import Markup  # noqa: PLC0415

    made = environment().get_template(template)
    script = "".join(map(_file, scripts))
    # Our script may run by its hash alone, so nothing that slipped into the page ever could.
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    runs = f"script-src 'sha256-{allowed}'; " if scripts else ""
    fixed: dict[str, Any] = {
        "version": __version__,
        "style": Markup("".join(map(_file, styles))),  # noqa: S704  (our own files)
        "script": Markup(script),  # noqa: S704
        "policy": f"default-src 'none'; style-src 'unsafe-inline'; {runs}base-uri 'none'; form-action 'none'",
    }
    return lambda **values: _UNFIT.sub("\ufffd", made.render({**fixed, **values}))


def _file(name: str) -> str:
    return resources.files("adrbench.reporting").joinpath(name).read_text(encoding="utf-8")
