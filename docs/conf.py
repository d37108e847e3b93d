"""How Sphinx builds the documentation: ``tox run -e docs``."""

from __future__ import annotations

import re
from importlib import metadata

from sphinx.application import Sphinx

project = "adrbench"
author = "The adrbench authors"
project_copyright = "2026, the adrbench authors"
version = release = metadata.version("adrbench")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click", "sphinx_copybutton"]
root_doc = "index"
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]
# Quotes and ellipses only: two hyphens begin an option, in help texts too.
smartquotes_action = "qe"
copybutton_exclude = ".linenos, .gp, .go"

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_class_signature = "separated"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = "adrbench"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["adrbench.css"]
_REPOSITORY = "https://github.com/adrbench/adrbench"
# On GitHub a link shows the name of its page; here it shows the title, which MyST knows.
_NAMED_BY_ITS_FILE = re.compile(r"\[([\w-]+\.md)\]\((?=\1[)#])")
_AT_SIGN = re.compile(r"\b\w+@\w+\b")
html_theme_options = {
    "github_url": _REPOSITORY,
    "navbar_align": "left",
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def _mend_links(_app: Sphinx, _page: str, source: list[str]) -> None:
    """A link that leaves the documentation leads to the repository; one to a page shows that page's title."""
    linked = source[0].replace("](../", f"]({_REPOSITORY}/blob/main/")
    source[0] = _NAMED_BY_ITS_FILE.sub("[](", linked)


def _show_at_signs(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """A tagger of another folder, ``ID@FOLDER``, is no address to write to."""
    lines[:] = [_AT_SIGN.sub(r"``\g<0>``", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _mend_links)
    app.connect("sphinx-click-process-description", _show_at_signs)
    app.connect("sphinx-click-process-options", _show_at_signs)
