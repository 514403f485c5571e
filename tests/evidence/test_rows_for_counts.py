"""Rows where counts by bin belong are refused, with the function that takes them."""

import warnings

import numpy as np
import pytest

from infotheory.estimation import entropy_from_counts
from infotheory.evidence import (
    characteristic_stability,
    demographic_information_value,
    independence_tests,
    information_value,
    information_values,
    jensen_shannon_stability,
    population_stability_index,
    total_information_value,
    weight_of_evidence,
    woe_values,
)
from infotheory.evidence.groups.protected import comparisons, read_protected
from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import herfindahl_index
from infotheory.scorecard.validation.outcomes import _wald
from infotheory.tables import CountTable, EvidenceTable


@pytest.mark.parametrize("function", [population_stability_index, jensen_shannon_stability])
@pytest.mark.parametrize(
    ("rows", "received"),
    [
        (np.full(1000, 52_000.0), "got 1000 entries"),
        (np.array([1.5, 2.0, 3.0]), "got the entry 1.5"),
        (np.array([0.3, -0.5, 0.1]), "got the entry 0.3"),
    ],
)
def test_rows_are_refused(function, rows, received):
    with pytest.raises(ValueError, match=f"{received}.*for rows.*characteristic_stability"):
        function(rows, rows + 1)


@pytest.mark.parametrize(
    ("function", "for_rows"),
    [
        (information_value, r"information_values\(codes, y\)"),
        (weight_of_evidence, r"CountTable.from_codes\(codes, y\)"),
        (independence_tests, r"CountTable.from_codes\(codes, y\)"),
        (characteristic_stability, "CountTable.from_codes of both"),
        (demographic_information_value, r"CountTable.from_codes\(codes, y, group\)"),
    ],
)
def test_functions_of_tables_name_what_is_for_rows(function, for_rows):
    x, y = np.arange(50.0), np.arange(50) % 2
    with pytest.raises(ValueError, match=f"got ndarray, ndarray; for rows use .*{for_rows}"):
        function(x, y)


def test_an_identifier_is_no_group():
    (attribute,) = read_protected(np.arange(3000), 3000)
    with pytest.raises(ValueError, match="got 3000 groups in 'group', which make 4498500 pairs"):
        comparisons(attribute)
    with pytest.raises(ValueError, match="got 3000 groups in 'group', which make 2999 pairs"):
        comparisons(attribute, reference="7")
    (attribute,) = read_protected(np.arange(90) % 45, 90)
    assert len(comparisons(attribute)) == 990


def test_an_error_of_0_gives_no_p_value():
    estimate = _wald(1.0, 0.0, 0.0, "calibration", np.inf)
    assert estimate.p_value is None
    assert "the error is 0" in estimate.reason


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous", "multiclass"])
def test_shares_of_any_target_are_compared(kind):
    """Only the weights count: those of labels in the same bins give the same index."""
    rng = np.random.default_rng(0)
    samples = []
    for shift in (0.0, 0.3):
        codes = (rng.random(900) ** (1.0 + shift) * 5).astype(int)
        weight = rng.uniform(0.5, 2.0, 900)
        y = rng.integers(0, 3, 900) if kind == "multiclass" else rng.random(900)
        label = np.arange(900) % 2
        samples.append(
            (
                EvidenceTable.from_rows(codes, y, kind, sample_weight=weight),
                CountTable.from_codes(codes, label, sample_weight=weight),
            )
        )
    (first, first_counts), (second, second_counts) = samples
    index = characteristic_stability(first, second)
    expected = characteristic_stability(first_counts, second_counts)
    assert index.value == pytest.approx(expected.value)
    assert index.standard_error == pytest.approx(expected.standard_error)
    assert index.p_value == pytest.approx(expected.p_value)
    with pytest.raises(ValueError, match=r"got a EvidenceTable; characteristic_stability\(exp"):
        population_stability_index(first, second)


@pytest.mark.parametrize(
    ("function", "way_out"),
    [
        (entropy_from_counts, "infotheory.entropy takes them"),
        (herfindahl_index, "the sum of their squares"),
        (lambda shares: CountTable.from_counts(shares, [0.2, 0.3, 0.5]), "rows of each class"),
        (lambda shares: woe_values(shares, [0, 5, 5]), "rows of each class"),
    ],
)
def test_shares_are_no_counts_of_rows(function, way_out):
    with pytest.raises(ValueError, match=f"counts of rows, got a sum of 1.*{way_out}"):
        function([0.5, 0.25, 0.25])

    # One row is a count, and weights may sum to anything else.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WithheldWarning)
        function([1, 0, 0])
        function([5.5, 2.25, 2.5])


def test_woe_of_shares_needs_no_sizes_where_every_bin_has_both_classes():
    assert woe_values([0.5, 0.5], [0.25, 0.75]) == pytest.approx(np.log([2.0, 2.0 / 3.0]))


@pytest.mark.parametrize(
    "function",
    [
        CountTable.from_codes,
        lambda codes, y: EvidenceTable.from_rows(codes, y, "multiclass"),
        lambda codes, y: information_values(codes[:, None], y),
        lambda codes, y: total_information_value(codes[:, None], y),
    ],
)
def test_identifiers_in_place_of_bins_are_told_before_they_take_memory(function):
    y = np.arange(40) % 2
    with pytest.raises(ValueError, match=r"without large gaps, got 10\d{9} in 40 rows.*np.unique"):
        function(10**10 + np.arange(40), y)
    function(np.arange(40) % 3 * 1000, y)
