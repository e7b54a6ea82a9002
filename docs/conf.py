"""Build the documentation site: sphinx-build -W -n -b html docs docs/_build/html."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

import bonecohort

project = "bonecohort"
author = "The bonecohort developers"
project_copyright = author
release = version = bonecohort.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"bonecohort {version}"
html_copy_source = False

myst_heading_anchors = 4  # links such as methods.md#statistics

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_typehints_format = "short"
numpydoc_show_class_members = False  # autodoc lists them

# References into these rooms must lead to an API page; other modules and libraries have none.
PUBLIC = "statistics|measures|annotations|images|study|faults"
nitpick_ignore_regex = [(r"py:.*", rf"(?!bonecohort\.({PUBLIC})\b).*")]
