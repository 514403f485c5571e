"""Hypothesis draws some of its numbers from the constants of the modules that are loaded: all are,
in every run.
"""

import importlib
import pkgutil

import infotheory

for module in pkgutil.walk_packages(infotheory.__path__, "infotheory."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
