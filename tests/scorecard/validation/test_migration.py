"""Migration: by hand, against scipy, errors, coverage and size."""

import numpy as np
import pytest
from scipy import stats

from infotheory.scorecard import migration_matrix
from tests.studies import Study

LABELS = ["A", "B", "C"]


def from_counts(counts):
    counts = np.asarray(counts)
    before, after = np.nonzero(np.ones_like(counts))
    names = np.array(LABELS[: len(counts)])
    return migration_matrix(
        np.repeat(names[before], counts.ravel()),
        np.repeat(names[after], counts.ravel()),
        labels=names.tolist(),
    )


def test_by_hand():
    matrix = from_counts([[80, 15, 5], [10, 60, 30], [0, 20, 80]])
    assert matrix.counts.tolist() == [[80, 15, 5], [10, 60, 30], [0, 20, 80]]
    mobility = matrix.mobility()
    assert mobility.value == pytest.approx((3 - 0.8 - 0.6 - 0.8) / 2)
    assert mobility.standard_error == pytest.approx(np.sqrt((0.16 + 0.24 + 0.16) / 100) / 2)
    direction = matrix.direction()
    assert direction.value == pytest.approx((50 - 30) / 300)
    assert direction.p_value == pytest.approx(2 * stats.norm.sf(20 / np.sqrt(80)))
    symmetry = matrix.symmetry()
    assert symmetry.statistic == pytest.approx(25 / 25 + 25 / 5 + 100 / 50)
    assert symmetry.degrees_of_freedom == 3
    assert symmetry.p_value == pytest.approx(stats.chi2.sf(8, 3))


def test_two_bands_are_mcnemar():
    matrix = from_counts([[50, 14], [6, 30]])
    assert matrix.direction().p_value == pytest.approx(matrix.symmetry().p_value)
    assert matrix.symmetry().statistic == pytest.approx(8**2 / 20)


def test_frame_is_tidy_with_jeffreys_intervals():
    frame = from_counts([[8, 2], [0, 5]]).to_frame(level=0.9).set_index(["before", "after"])
    assert frame["rate"].tolist() == [0.8, 0.2, 0.0, 1.0]
    assert frame.loc[("A", "B"), "low"] == pytest.approx(stats.beta.ppf(0.05, 2.5, 8.5))
    assert (frame.loc[("B", "A"), "low"], frame.loc[("B", "B"), "high"]) == (0.0, 1.0)


def test_scores_are_cut_at_the_splits():
    matrix = migration_matrix([499.0, 500.0, 560.0], [500.0, 550.0, 400.0], splits=[500, 550])
    assert matrix.labels == ("[-inf, 500)", "[500, 550)", "[550, inf)")
    assert matrix.counts.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert migration_matrix([1.0], [2.0], splits=[1.5], labels=["low", "high"]).labels == (
        "low",
        "high",
    )


def test_weights_and_their_kish_sizes():
    plain = from_counts([[30, 10], [4, 56]])
    before = np.repeat(["A", "A", "B", "B"], [30, 10, 4, 56])
    after = np.repeat(["A", "B", "A", "B"], [30, 10, 4, 56])
    doubled = migration_matrix(before, after, labels=["A", "B"], sample_weight=np.full(100, 2.0))
    assert doubled.counts.sum() == 200
    assert doubled.symmetry() == plain.symmetry()
    for ours, theirs in (
        (doubled.mobility(), plain.mobility()),
        (doubled.direction(), plain.direction()),
    ):
        assert ours.interval() == pytest.approx(theirs.interval())
    assert doubled.to_frame()["low"].tolist() == pytest.approx(plain.to_frame()["low"].tolist())


def test_nobody_moves():
    still = from_counts([[5, 0], [0, 7]])
    assert (still.mobility().value, still.direction().value, still.direction().p_value) == (
        0.0,
        0.0,
        1.0,
    )
    assert (still.symmetry().degrees_of_freedom, still.symmetry().p_value) == (0, 1.0)
    empty = from_counts([[5, 1], [0, 0]])
    assert np.isnan(empty.rates[1]).all()
    with pytest.raises(
        ValueError, match="mobility needs accounts in at least two bands at the first date, got 1"
    ):
        empty.mobility()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1.0], [1.0, 2.0]), {"splits": [1]}, r"after must have shape \(1,\)"),
        (([], []), {"splits": [1]}, r"before must hold one entry an account, got shape \(0,\)"),
        (([np.nan], [1.0]), {"splits": [1]}, "score must be finite, got nan in row 0"),
        (
            (["A"], ["Z"]),
            {"labels": ["A", "B"]},
            r"every band must be one of labels \['A', 'B'\], got \['Z'\]",
        ),
        (
            (["A"], ["A"]),
            {},
            "labels must list the bands in their order where splits is None, got None",
        ),
        (
            ([1.0], [1.0]),
            {"splits": [1], "labels": ["A"]},
            r"labels must name the 2 bands that splits make, got \['A'\]",
        ),
    ],
)
def test_errors(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        migration_matrix(*arguments, **options)


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_coverage_and_size(weighted):
    """Symmetric flows: tests reject one in twenty; intervals hold rates and indices."""
    rng = np.random.default_rng(4)
    joint = np.array(
        [
            [0.25, 0.04, 0.02, 0.01],
            [0.04, 0.2, 0.04, 0.02],
            [0.02, 0.04, 0.14, 0.03],
            [0.01, 0.02, 0.03, 0.09],
        ]
    )
    joint = joint / joint.sum()
    rates = joint / joint.sum(axis=1, keepdims=True)
    mobility = (4 - np.trace(rates)) / 3
    # three standard errors of 500 samples
    covers, rejects = (0.92, 0.98), (0.021, 0.079)
    study = Study(
        500, mobility=covers, direction=covers, rates=covers, symmetry=rejects, turned=rejects
    )
    for _ in study:
        cell = rng.choice(16, 1500, p=joint.ravel())
        weights = 0.01 + rng.exponential(size=1500) if weighted else None
        matrix = migration_matrix(cell // 4, cell % 4, labels=list("0123"), sample_weight=weights)
        of_mobility, of_direction = matrix.mobility().interval(), matrix.direction().interval()
        frame = matrix.to_frame()
        study.note(
            mobility=of_mobility[0] <= mobility <= of_mobility[1],
            direction=of_direction[0] <= 0.0 <= of_direction[1],
            rates=np.mean((frame["low"] <= rates.ravel()) & (rates.ravel() <= frame["high"])),
            symmetry=matrix.symmetry().p_value < 0.05,
            turned=matrix.direction().p_value < 0.05,
        )
    study.check(f"migration, weighted {weighted}")
