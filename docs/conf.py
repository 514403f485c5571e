"""Sphinx configuration."""

from infotheory import __version__

project = "infotheory"
author = "The infotheory developers"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc"]
myst_enable_extensions = ["dollarmath", "amsmath"]
html_theme = "pydata_sphinx_theme"
html_title = "infotheory"
exclude_patterns = ["_build"]
autosummary_generate = True
numpydoc_show_class_members = False
nitpicky = False
# scikit-learn writes these for metadata routing; their texts refer to its own glossary
autodoc_default_options = {"exclude-members": "set_fit_request, set_score_request, set_transform_request"}
