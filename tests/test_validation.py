"""Checks at the border that no other test reaches through a public function."""

import numpy as np
import pytest

from infotheory import entropy, mutual_information
from infotheory._optional import require
from infotheory._target import TargetLabels
from infotheory._validation import as_weights
from infotheory.decomposition import estimate_partial_information
from infotheory.evidence import information_values, total_information_value
from infotheory.lattice import Information


def test_one_weight_for_all_rows():
    assert as_weights(2, 3).tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        (["a", "b", "c"], "sample_weight must be numbers, got dtype <U1"),
        ([1.0, np.inf, 1.0], "sample_weight must be finite, got inf in row 1"),
        ([1.0, np.nan, 1.0], "sample_weight must be finite, got nan in row 1"),
    ],
)
def test_bad_weights(weights, text):
    with pytest.raises(ValueError, match=text):
        as_weights(weights, 3)


@pytest.mark.parametrize("none", [None, 5, "text"])
@pytest.mark.parametrize("weights", [None, [2.0, 1.0, 0.0]])
def test_what_holds_no_rows_is_refused_by_its_name_with_weights_as_without(none, weights):
    """Labels that are no array were counted before they were checked: a TypeError of len."""
    of = {"sample_weight": weights}
    with pytest.raises(ValueError, match=r"labels must have shape \(n_rows,\)"):
        Information.from_labels(none, **of)
    with pytest.raises(ValueError, match=r"target must have shape \(n_rows,\)"):
        estimate_partial_information([0, 1, 1], target=none, **of)
    for function in (information_values, total_information_value):
        with pytest.raises(ValueError, match=r"codes must have shape \(n_rows,\)"):
            function(none, [0, 1, 1], **of)


def test_a_target_is_a_vector():
    with pytest.raises(ValueError, match=r"y must have shape \(n_rows,\), got shape \(2, 2\)"):
        TargetLabels.learn([[0, 1], [1, 0]])


def test_no_pmfs_have_no_entropies():
    assert entropy(np.zeros((0, 3))).shape == (0,)


def test_an_axis_without_values():
    with pytest.raises(
        ValueError, match=r"pxy must not be empty along a variable, got shape \(2, 0\)"
    ):
        mutual_information(np.zeros((2, 0)))


def test_complex_tensors():
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"p must hold real numbers, got dtype torch\.complex64"):
        entropy(torch.ones(2, dtype=torch.complex64))


def test_a_package_that_is_broken_says_so_itself(tmp_path, monkeypatch):
    (tmp_path / "broken_package.py").write_text("import a_module_that_is_absent")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_absent"):
        require("broken_package", extra="all", purpose="a test")
