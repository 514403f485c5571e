"""One scale for several scores: by hand, coverage, errors."""

import numpy as np
import pytest
from scipy import special
from sklearn.linear_model import LogisticRegression

from infotheory.scorecard import Scale, align_scores

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
    # log odds at either value have variance 1/n01 + 1/n11; points have (20 / ln 2)^2 times that
    score, y = np.repeat([1.0, 2.0], [50, 80]), np.repeat([0, 1, 0, 1], [30, 20, 70, 10])
    table = align_scores(y, score, SCALE).table([1.0, 2.0])
    factor = 20 / np.log(2)
    assert table["standard_error"].tolist() == pytest.approx(
        [factor * np.sqrt(1 / 30 + 1 / 20), factor * np.sqrt(1 / 70 + 1 / 10)]
    )
    assert table["points"].tolist() == pytest.approx(
        [600 + factor * np.log(odds / 50) for odds in (1.5, 7.0)]
    )
    assert (table["high"] - table["low"]).tolist() == pytest.approx(
        2 * 1.959964 * table["standard_error"]
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


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: align_scores([0, 1], [5, 5], SCALE), "scores must differ, got 5 in all 2 rows"),
        (
            lambda: align_scores([0, 1], [5, np.nan], SCALE),
            "score must be finite, got nan in row 1",
        ),
        (lambda: align_scores([1, 1], [5, 6], SCALE), "got one class"),
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
