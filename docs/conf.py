"""Sphinx configuration. Nothing is loaded from the network, here or by a reader's browser."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from infotheory import __version__

project = "infotheory"
author = "The infotheory developers"
release = __version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinxcontrib.bibtex",
    "numpydoc",
    "mathml",
    "api_pages",
    "notebook_pages",
    "page_outputs",
    "plot_gallery",
    "import_graph",
]
exclude_patterns = ["_build", "_ext", "_generated/*.md", "notebooks/files", "**/.ipynb_checkpoints"]

html_theme = "pydata_sphinx_theme"
html_title = "infotheory"
html_logo = "_static/mark.svg"
html_favicon = "_static/mark.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_sidebars = {"start": [], "gallery": []}
html_math_renderer = "mathml"
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": False,
    "header_links_before_dropdown": 8,
    "logo": {"text": "infotheory"},
}

myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence", "substitution"]
myst_substitutions = {"version": __version__}
myst_heading_anchors = 3
nb_execution_mode = "off"

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

autosummary_generate = False
autodoc_typehints = "none"  # the docstrings say what is taken, in words
numpydoc_show_class_members = False
# scikit-learn writes these for metadata routing; their texts refer to its own glossary
ROUTING = (
    "set_fit_request",
    "set_score_request",
    "set_transform_request",
    "get_metadata_routing",
    "set_output",
)
autodoc_default_options = {"exclude-members": ", ".join(ROUTING)}
