"""Migration: by hand, against scipy, errors, coverage and size."""

import numpy as np
import pytest
from scipy import optimize, special, stats

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
    # Of 5 and 7 accounts that stayed some may move: ends of Jeffreys, added as squares.
    up = [1.0 - stats.beta.ppf(0.025, n + 0.5, 0.5) for n in (5, 7)]
    assert still.mobility().interval() == pytest.approx((0.0, np.hypot(*up)))
    # Tango's ends: n d^2 = z^2 d (1 - d)
    reach = stats.norm.ppf(0.975) ** 2
    reach /= 12 + reach
    assert still.direction().interval() == pytest.approx((-reach, reach))
    empty = from_counts([[5, 1], [0, 0]])
    assert np.isnan(empty.rates[1]).all()
    with pytest.raises(
        ValueError, match="mobility needs accounts in at least two bands at the first date, got 1"
    ):
        empty.mobility()


@pytest.mark.parametrize("counts", [[[25, 5], [1, 29]], [[2, 9], [1, 0]], [[0, 4], [0, 0]]])
def test_the_interval_of_the_direction_inverts_the_test(counts):
    direction = from_counts(counts).direction()
    low, _ = direction.interval(1.0 - direction.p_value)
    assert direction.value > 0.0
    assert low == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("later", "earlier", "stay"), [(7, 2, 35), (1, 0, 43), (12, 9, 9)])
def test_the_interval_of_the_direction_is_that_of_the_score_test(later, earlier, stay):
    """The likeliest shares under a net share are looked for by number."""
    n = later + earlier + stay

    def distance(net):
        def loss(share):
            shares = np.array([share + net, share, 1.0 - 2.0 * share - net])
            return -special.xlogy([later, earlier, stay], shares).sum()

        bounds = (max(0.0, -net) + 1e-12, (1.0 - net) / 2.0 - 1e-12)
        share = optimize.minimize_scalar(loss, bounds=bounds, options={"xatol": 1e-13}).x
        return (later - earlier - n * net) / np.sqrt(n * (2.0 * share + net * (1.0 - net)))

    direction = from_counts([[stay, later], [earlier, 0]]).direction()
    low, high = direction.interval()
    assert low < direction.value < high
    assert [distance(low), distance(high)] == pytest.approx([1.95996, -1.95996], abs=1e-4)


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


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n", "stay"), [(30, 0.9), (60, 0.98), (200, 0.98), (200, 0.6)])
def test_coverage_where_few_move(weighted, n, stay):
    rng = np.random.default_rng(n)
    shares = np.array([0.5, 0.3, 0.2])
    rates = stay * np.eye(3) + (1.0 - stay) * np.array(
        [[0, 0.8, 0.2], [0.7, 0, 0.3], [0.5, 0.5, 0]]
    )
    joint = (shares[:, None] * rates).ravel()
    net = float((joint * np.sign(np.arange(9) % 3 - np.arange(9) // 3)).sum())
    study = Study(400, mobility=(0.915, 1.0), direction=(0.93, 1.0))
    for _ in study:
        cell = rng.choice(9, n, p=joint)
        if len(set(cell // 3)) < 3:
            continue
        weights = rng.lognormal(0.0, 0.5, n) if weighted else None
        matrix = migration_matrix(cell // 3, cell % 3, labels=list("012"), sample_weight=weights)
        (low, high), (left, right) = matrix.mobility().interval(), matrix.direction().interval()
        study.note(mobility=low <= (3 - 3 * stay) / 2 <= high, direction=left <= net <= right)
    study.check(f"{n} accounts, {stay} stay, weighted {weighted}")
