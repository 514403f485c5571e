import subprocess
import sys

import pytest

import infotheory
from infotheory import fields, spectral
from infotheory.fields import allocation, language


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


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (language.token_entropy, ["EDCO", "ETTRL", "Light-IF", "EPO", "ERPO", "agentic"]),
        (language.truncated_entropy, ["ARES"]),
        (language.window_entropy, ["ARES"]),
        (language.segment_entropy, ["PEAR", "multi-agent", "EDCO"]),
        (language.cluster_entropy, ["HICRA"]),
        (language.attention_entropy, ["entropy-guided", "Not all tokens", "sparse growing"]),
        (language.attention_entropy_penalty, ["Entropy-guided"]),
        (language.temperature_for_entropy, ["arbitrary entropy", "DCPO"]),
        (language.policy_entropy_change, ["STEER", "2602.03392"]),
        (language.discriminator_clip_mask, ["Clip_B", "Clip_V"]),
        (language.clip_cov_mask, ["Clip-Cov", "SPEAR"]),
        (language.token_divergence, ["sparse-to-dense"]),
        (language.token_importance, ["TIP"]),
        (language.entropy_quantile_mask, ["ETTRL", "temporal scheduling"]),
        (language.relative_log_entropy, ["HAPO"]),
        (language.entropy_band_mask, ["Entrocraft"]),
        (allocation.allocate_rollouts, ["Knapsack RL"]),
        (spectral.rankme, ["Tracing the representation geometry"]),
        (spectral.effective_rank, ["Tracing the representation geometry"]),
        (spectral.spectral_decay, ["Tracing the representation geometry"]),
    ],
)
def test_docstrings_carry_the_names_of_papers(function, names):
    text = " ".join(function.__doc__.split())
    assert [name for name in names if name not in text] == []
