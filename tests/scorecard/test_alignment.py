"""One scale for several scores: by hand, coverage, errors."""

import numpy as np
import pytest
from scipy import special, stats
from sklearn.linear_model import LogisticRegression

from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import Alignment, Scale, align_scores
from tests.studies import Study

SCALE = Scale(20.0, 600.0, 50.0)


def sample(n, rng):
    x = rng.normal(size=n)
    risk = special.expit(-2 + 0.8 * x)
    return x, (rng.random(n) < risk).astype(int)


def test_alignment_equals_a_logistic_regression_on_the_scale():
    x, y = sample(2000, np.random.default_rng(0))
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(x[:, None], y)
    aligned = align_scores(y, x, SCALE)
    log_odds = theirs.decision_function(x[:, None])
    np.testing.assert_allclose(
        aligned.points(x), 600 - 20 / np.log(2) * (log_odds + np.log(50)), atol=1e-5
    )


def test_errors_of_two_score_values_by_hand():
    # log odds at either value have variance 1/n01 + 1/n11, (n / (n - 1))^2 times as large where
    # each row is left out once; points have (20 / ln 2)^2 times that
    score, y = np.repeat([1.0, 2.0], [50, 80]), np.repeat([0, 1, 0, 1], [30, 20, 70, 10])
    table = align_scores(y, score, SCALE).table([1.0, 2.0])
    factor = 20 / np.log(2)
    assert table["standard_error"].tolist() == pytest.approx(
        [
            factor * 50 / 49 * np.sqrt(1 / 30 + 1 / 20),
            factor * 80 / 79 * np.sqrt(1 / 70 + 1 / 10),
        ]
    )
    assert table["points"].tolist() == pytest.approx(
        [600 + factor * np.log(odds / 50) for odds in (1.5, 7.0)]
    )
    # An influence is 1 / n01 or 1 / n11: the variance is known as well as from so many rows.
    rows = [(1 / a + 1 / b) ** 2 / (1 / a**3 + 1 / b**3) for a, b in ((30, 20), (70, 10))]
    quantiles = stats.t.isf(0.025, np.array(rows) - 1.0)
    assert (table["high"] - table["low"]).tolist() == pytest.approx(
        2 * quantiles * table["standard_error"]
    )


def test_points_on_the_scale_stay_and_both_directions_agree():
    rng = np.random.default_rng(1)
    points = rng.normal(600, 30, size=200_000)
    y = (
        rng.random(points.size) < special.expit(-np.log(50) - (points - 600) * np.log(2) / 20)
    ).astype(int)
    frame = align_scores(y, points, SCALE).to_frame().set_index("quantity")
    assert frame.loc["slope", "low"] < 1.0 < frame.loc["slope", "high"]
    assert frame.loc["intercept", "low"] < 0.0 < frame.loc["intercept", "high"]
    assert list(frame.columns) == ["value", "standard_error", "low", "high"]
    turned = align_scores(y, -points, SCALE)
    np.testing.assert_allclose(
        turned.points(-points), align_scores(y, points, SCALE).points(points)
    )


def test_scaled_weights_change_nothing():
    x, y = sample(500, np.random.default_rng(2))
    w = np.random.default_rng(3).choice([1.0, 4.0], size=500)
    one, many = (align_scores(y, x, SCALE, sample_weight=c * w) for c in (1.0, 9.0))
    np.testing.assert_allclose(one.covariance, many.covariance, rtol=1e-8)
    repeated = align_scores(np.repeat(y, w.astype(int)), np.repeat(x, w.astype(int)), SCALE)
    assert one.slope == pytest.approx(repeated.slope)
    assert one.covariance[1, 1] > repeated.covariance[1, 1]


@pytest.mark.parametrize("moved", [600.0, 1e4, 1e5])
def test_where_scores_begin_changes_no_interval(moved):
    """Fourth powers about 0 lost the degrees: about 1e5 intervals were six times as wide."""
    rng = np.random.default_rng(1)
    x = rng.standard_t(3, 200)
    y = (rng.random(200) < special.expit(x)).astype(int)
    near, far = (align_scores(y, x + start, SCALE) for start in (0.0, moved))
    of_near, of_far = near.table([-1.0, 0.0, 5.0]), far.table(moved + np.array([-1.0, 0.0, 5.0]))
    for name in ("points", "standard_error", "low", "high"):
        assert of_far[name].to_numpy() == pytest.approx(of_near[name].to_numpy(), rel=1e-5)


@pytest.mark.parametrize("unit", [1e-88, 1e-80, 1e-40, 1e58])
def test_the_unit_of_scores_changes_no_interval(unit):
    """Fourth powers of influences left float64 for scores near 1e-80: normal quantiles of nan."""
    x, y = sample(60, np.random.default_rng(6))
    plain, scaled = (align_scores(y, x * c, SCALE) for c in (1.0, unit))
    places = np.array([-1.0, 0.0, 5.0])
    names = ["points", "standard_error", "low", "high"]
    np.testing.assert_allclose(
        scaled.table(places * unit)[names], plain.table(places)[names], rtol=1e-9
    )
    of_map = [aligned.to_frame().set_index("quantity") for aligned in (scaled, plain)]
    np.testing.assert_allclose(of_map[0].loc["slope"] * unit, of_map[1].loc["slope"], rtol=1e-9)


def test_few_rows_of_uneven_weights_have_no_interval():
    rng = np.random.default_rng(4)
    x, y = sample(60, rng)
    with pytest.warns(WithheldWarning, match="the rarer class expects [0-4].[0-9] rows"):
        aligned = align_scores(y, x, SCALE, sample_weight=rng.lognormal(sigma=1.5, size=60))
    assert aligned.to_frame()[["low", "high"]].isna().all(axis=None)
    assert aligned.table([0.0])[["low", "high"]].isna().all(axis=None)
    assert (aligned.to_frame()["standard_error"] > 0.0).all()
    # Rows of one weight are rows without weights.
    few = align_scores(y[:20], x[:20], SCALE, sample_weight=np.full(20, 3.0))
    assert few.reason is None
    assert few.to_frame().equals(align_scores(y[:20], x[:20], SCALE).to_frame())


def test_a_covariance_of_ones_own_is_taken_for_known():
    table = Alignment(SCALE, 10.0, 2.0, np.diag([4.0, 0.0]), 5).table([3.0])
    assert table[["points", "standard_error"]].iloc[0].tolist() == [16.0, 2.0]
    assert table["high"].iloc[0] == pytest.approx(16.0 + 2.0 * 1.959964)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: align_scores([0, 1], [5, 5], SCALE), "scores must differ, got 5 in all 2 rows"),
        (
            lambda: align_scores([0, 1], [5, np.nan], SCALE),
            "score must be finite, got nan in row 1",
        ),
        (lambda: align_scores([1, 1], [5, 6], SCALE), "got one class"),
        (
            lambda: align_scores([0, 1, 0], [0, 5e-100, 1e-99], SCALE),
            "must differ by 1e-90 or more, got 1e-99; rescale",
        ),
        (lambda: align_scores([0, 1], [5, 6], SCALE, sample_weight=[0, 0]), "must not all be zero"),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_alignment_covers_where_log_odds_are_not_linear(weighted):
    rng, replicates = np.random.default_rng(8), 500

    def rows(n):
        x = rng.normal(size=n)
        return x, (rng.random(n) < special.expit(-1.5 + x - 0.2 * x**2)).astype(int)

    x, y = rows(1_000_000)
    truth = align_scores(y, x, SCALE)
    covered = np.zeros(4)
    for _ in range(replicates):
        x, y = rows(1200)
        w = rng.choice([1.0, 4.0], size=x.size) if weighted else None
        aligned = align_scores(y, x, SCALE, sample_weight=w)
        frame, table = aligned.to_frame(), aligned.table([-1.0, 1.5])
        covered[:2] += (frame["low"] <= [truth.intercept, truth.slope]) & (
            frame["high"] >= [truth.intercept, truth.slope]
        )
        points = truth.points([-1.0, 1.5])
        covered[2:] += (table["low"] <= points) & (points <= table["high"])
    print(f"weighted {weighted}: coverage {covered / replicates}")
    # three standard errors
    assert ((covered / replicates > 0.92) & (covered / replicates < 0.98)).all()


@pytest.mark.slow
@pytest.mark.parametrize("law", ["log-normal", "clump", "few levels"])
def test_scores_with_few_rows_far_out_are_covered(law):
    """The normal law covers .76 to .9 of these slopes."""
    rng = np.random.default_rng(9)

    def rows(n):
        z = rng.normal(size=n)
        x = {
            "log-normal": np.exp(1.5 * z),
            "clump": np.where(rng.random(n) < 0.1, 6.0 + 0.3 * z, z),
            "few levels": np.digitize(z, [0.4, 1.1]).astype(float),
        }[law]
        return x, (rng.random(n) < special.expit(-1.0 + 0.5 * z)).astype(int)

    x, y = rows(300_000)
    truth = align_scores(y, x, SCALE)
    study = Study(300, slope=(0.93, 1.0), intercept=(0.93, 1.0))
    for _ in study:
        x, y = rows(80)
        if np.ptp(x) == 0.0 or np.ptp(y) == 0:
            continue
        frame = align_scores(y, x, SCALE).to_frame()
        held = (frame["low"] <= [truth.intercept, truth.slope]) & (
            frame["high"] >= [truth.intercept, truth.slope]
        )
        study.note(intercept=held[0], slope=held[1])
    study.check(law)
