import inspect
import subprocess
import sys

import pytest

import infotheory
from infotheory import measures

HEAVY = [
    "pandas",
    "sklearn",
    "torch",
    "numba",
    "matplotlib",
    "xgboost",
    "scipy.stats",
    "scipy.optimize",
]


def test_import_loads_nothing_heavy():
    program = f"import sys, infotheory; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_public_names_are_there_and_are_the_measures():
    assert set(infotheory.__all__) == {"__version__", *measures.__all__}
    assert all(hasattr(infotheory, name) for name in dir(infotheory) if name in infotheory.__all__)


def test_subpackages_load_when_named():
    assert infotheory.lattice.Information.__name__ == "Information"
    assert "lattice" in dir(infotheory)
    assert all(hasattr(infotheory, name) for name in dir(infotheory))
    with pytest.raises(AttributeError, match="module 'infotheory' has no attribute 'nothing'"):
        _ = infotheory.nothing


def test_options_are_keyword_only():
    kinds = (
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    for name in measures.__all__:
        function = getattr(measures, name)
        if inspect.isclass(function):
            continue
        for parameter in inspect.signature(function).parameters.values():
            assert parameter.kind in kinds
            if parameter.default is not inspect.Parameter.empty:
                assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, (name, parameter.name)
