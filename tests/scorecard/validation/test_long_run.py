"""Long-run rates: by hand, a root finder, Bayes' rule, coverage, errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special
from sklearn.linear_model import LogisticRegression

from infotheory.scorecard import MasterScale, calibrate_to_rate
from tests.studies import Study


def sample(n, rng):
    x = rng.normal(size=n)
    risk = special.expit(-2 + 0.8 * x)
    return x, (rng.random(n) < risk).astype(int)


def test_shift_meets_the_rate_and_is_that_of_a_root_finder():
    p = np.random.default_rng(4).beta(1, 8, size=400)
    moved = calibrate_to_rate(p, 0.05)
    assert moved.predict(p).mean() == pytest.approx(0.05, abs=1e-10)
    root = optimize.brentq(lambda a: special.expit(special.logit(p) + a).mean() - 0.05, -9, 9)
    assert moved.intercept == pytest.approx(root, abs=1e-9)
    assert (moved.mean_after.value, moved.mean_after.standard_error) == pytest.approx(
        (0.05, 0.0), abs=1e-10
    )
    assert moved.mean_after.standard_error == 0.0
    assert moved.mean_after.reason == "it is the stated rate, whatever the rows"
    assert calibrate_to_rate([0.2] * 7, 0.1).mean_before.reason.startswith("probabilities do not")
    assert moved.mean_before.value == pytest.approx(p.mean())
    assert moved.mean_before.standard_error == pytest.approx(p.std() / 20)
    weights = np.arange(1.0, 401.0)
    assert np.average(
        calibrate_to_rate(p, 0.3, sample_weight=weights).predict(p), weights=weights
    ) == pytest.approx(0.3, abs=1e-10)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=30), st.floats(1e-4, 0.999))
def test_the_mean_is_the_rate_whatever_the_probabilities(p, rate):
    moved = calibrate_to_rate(p, rate)
    assert moved.predict(p).mean() == pytest.approx(rate, rel=1e-8)
    assert (np.diff(moved.predict(np.sort(p))) >= 0.0).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_probabilities_a_rounding_error_apart_are_one(weighted):
    # a reader's case first, then any: at both ends the mean is on the same side of the rate
    rng = np.random.default_rng(11)
    cases = np.exp(rng.uniform(np.log(1e-6), np.log(0.9), size=(300, 2)))
    for p, rate in [(0.050154053457470794, 0.017494580257472036), *cases.tolist()]:
        near = np.nextafter(p, 1.0)
        weights = rng.random(3) if weighted else None
        moved = calibrate_to_rate([p, near, near], rate, sample_weight=weights)
        assert moved.intercept == pytest.approx(special.logit(rate) - special.logit(p), abs=1e-13)
        assert moved.mean_after.value == pytest.approx(rate, rel=1e-13)


def test_error_of_the_rate_by_hand():
    moved = calibrate_to_rate([0.2] * 10, 0.1, rate_standard_error=0.01)
    assert np.sqrt(moved.covariance[0, 0]) == pytest.approx(0.01 / (0.1 * 0.9))
    assert moved.mean_after.standard_error == pytest.approx(0.01)
    table = moved.table([0.2])
    assert table["calibrated"][0] == pytest.approx(0.1)
    assert table["standard_error"][0] == pytest.approx(0.01)
    assert table["low"][0] == pytest.approx(
        special.expit(special.logit(0.1) - 1.959964 * 0.01 / 0.09)
    )


def test_prior_is_bayes_rule():
    y, p = np.repeat([0, 1], [60, 40]), np.repeat([0.3, 0.55], [60, 40])
    moved = calibrate_to_rate(p, 0.02, method="prior", y=y)
    # Bayes: odds times (rate / share of defaults) / ((1 - rate) / (1 - share))
    odds = 0.3 / 0.7 * (0.02 / 0.4) / (0.98 / 0.6)
    assert moved.predict([0.3])[0] == pytest.approx(odds / (1 + odds))
    assert np.sqrt(moved.covariance[0, 0]) == pytest.approx(np.sqrt(1 / 60 + 1 / 40))
    assert moved.covariance[1, 1] == 0.0


def test_prior_keeps_the_digits_of_a_class_of_little_weight():
    moved = calibrate_to_rate(
        [0.1, 0.2, 0.2], 0.02, method="prior", y=[0, 1, 1], sample_weight=[1e-20, 1.0, 1.0]
    )
    assert moved.intercept == pytest.approx(np.log(0.02 / 0.98) - np.log(2.0 / 1e-20), rel=1e-14)
    assert np.sqrt(moved.covariance[0, 0]) == pytest.approx(np.sqrt(1.0 + 1.0 / 2.0))


def test_slope_is_that_of_the_labels_and_the_mean_the_rate():
    x, y = sample(3000, np.random.default_rng(5))
    p = special.expit(-1 + 2 * x)  # too steep by 2.5
    moved = calibrate_to_rate(p, 0.03, method="slope", y=y)
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(
        special.logit(p)[:, None], y
    )
    assert moved.slope == pytest.approx(theirs.coef_[0, 0], abs=1e-6)
    assert moved.predict(p).mean() == pytest.approx(0.03, abs=1e-10)
    frame = moved.to_frame()
    assert frame["quantity"].tolist() == ["intercept", "slope", "mean_before", "mean_after"]
    assert list(frame.columns) == ["quantity", "value", "standard_error", "low", "high"]


def test_grades_of_calibrated_probabilities():
    scale = MasterScale((0.05, 0.2), (0.02, 0.1, 0.4), ("A", "B", "C"))
    p = np.array([0.01, 0.1, 0.1, 0.5, 0.9])
    moved = calibrate_to_rate(p, 0.12)
    assert scale.assign(p).tolist() == ["A", "B", "B", "C", "C"]
    # odds fall to about a ninth: .9 to a half, .5 to a tenth, .1 to 1.2 %
    assert scale.assign(moved.predict(p)).tolist() == ["A", "A", "A", "B", "C"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: calibrate_to_rate([0.1, 1.0], 0.1), "strictly between 0 and 1, got 1.0 in row 1"),
        (
            lambda: calibrate_to_rate([0.1, -0.5], 0.1),
            "strictly between 0 and 1, got -0.5 in row 1",
        ),
        (
            lambda: calibrate_to_rate([0.1], 2.0),
            "rate must lie strictly between 0 and 1, .* got 2.0 and 0.0; state 2 %",
        ),
        (
            lambda: calibrate_to_rate([0.1], 0.1, rate_standard_error=-1.0),
            "from 0 up, got 0.1 and -1.0",
        ),
        (
            lambda: calibrate_to_rate([0.1], 0.1, method="qmm"),
            "method must be one of 'shift', 'prior', 'slope'",
        ),
        (
            lambda: calibrate_to_rate([0.1], 0.1, method="prior"),
            "y must be given for .* got y NoneType and 'prior'",
        ),
        (lambda: calibrate_to_rate([0.1], 0.1, y=[1]), "only there, got y list and 'shift'"),
        (
            lambda: calibrate_to_rate([0.1], 0.1, y=[0, 1], method="prior"),
            r"y must have shape \(1,\), .* shape \(2,\)",
        ),
        (
            lambda: calibrate_to_rate([0.1, 0.1], 0.1, y=[0, 1], method="slope"),
            "must differ for a slope, got 0.1 in",
        ),
        (
            lambda: calibrate_to_rate(
                [0.1, 0.1, 0.2], 0.1, y=[0, 1, 1], method="slope", sample_weight=[1, 1, 0]
            ),
            "must differ for a slope, got 0.1 in all 2 rows with weight",
        ),
        *(
            (
                lambda method=method, weights=weights: calibrate_to_rate(
                    [0.1, 0.2], 0.05, method=method, y=[0, 1], sample_weight=weights
                ),
                "got one class with positive sample_weight",
            )
            for method in ("prior", "slope")
            for weights in ([1, 0], [0, 1])
        ),
        (
            lambda: calibrate_to_rate([0.1], 0.1).table([0.1], level=2.0),
            "level must lie strictly between 0 and 1",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("method", ["shift", "prior", "slope"])
def test_calibration_covers(method, weighted):
    rng, error = np.random.default_rng(9), 0.004

    def rows(n):
        x, y = sample(n, rng)
        return special.expit(-1 + 1.2 * x), y if method != "shift" else None

    p, y = rows(1_000_000)
    truth = calibrate_to_rate(p, 0.06, method=method, y=y)
    at = np.array([0.1, 0.6])
    expected = np.r_[truth.to_frame()["value"], truth.predict(at)]
    # A slope of 1 has no error. Three standard errors of 500 samples.
    uncertain = np.delete(np.arange(6), 1) if method != "slope" else np.arange(6)
    study = Study(500, covers=(0.92, 0.98))
    for _ in study:
        p, y = rows(800)
        w = rng.choice([1.0, 4.0], size=p.size) if weighted else None
        rate = 0.06 + error * rng.normal()
        moved = calibrate_to_rate(
            p, rate, method=method, y=y, rate_standard_error=error, sample_weight=w
        )
        frame, table = moved.to_frame(), moved.table(at)
        covered = (np.r_[frame["low"], table["low"]] <= expected + 1e-12) & (
            expected - 1e-12 <= np.r_[frame["high"], table["high"]]
        )
        study.note(covers=covered[uncertain])
    study.check(f"{method}, weighted {weighted}")
