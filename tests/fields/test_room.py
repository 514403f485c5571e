import subprocess
import sys

import pytest

import infotheory
from infotheory import fields


def python(program):
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_torch_is_loaded_by_language_alone():
    others = [name for name in fields.__all__ if name != "language"]
    program = (
        "import sys, infotheory.fields as fields; "
        f"[getattr(fields, name) for name in {others}]; before = 'torch' in sys.modules; "
        "fields.language.token_entropy; print(before, 'torch' in sys.modules)"
    )
    assert python(program) == "False True"


def test_without_torch():
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "import infotheory.fields as fields\n"
        "fields.coding\n"
        "try:\n    fields.language\nexcept ImportError as error:\n    print(type(error).__name__, "
        "error)"
    )
    assert python(program) == (
        "MissingDependencyError infotheory.fields.language needs the package 'torch', which is not "
        "installed; "
        "pip install 'infotheory-stats[torch]'"
    )


def test_modules_load_when_named():
    assert infotheory.fields is fields
    assert dir(fields) == fields.__all__ == sorted(fields.__all__)
    for name in fields.__all__:
        module = getattr(fields, name)
        assert all(hasattr(module, public) for public in module.__all__)
    assert fields.__getattr__("coding") is fields.coding
    with pytest.raises(
        AttributeError, match=r"module 'infotheory\.fields' has no attribute 'nothing'"
    ):
        _ = fields.nothing
