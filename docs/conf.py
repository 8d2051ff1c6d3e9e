"""Sphinx: `make docs`."""

from tenuto import __version__

project = "Tenuto"
version = release = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Tenuto"
html_static_path = ["pictures"]
exclude_patterns = ["_build"]
suppress_warnings = ["myst.xref_missing"]
