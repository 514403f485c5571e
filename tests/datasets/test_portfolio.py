import re

import numpy as np
import pytest
from scipy import integrate, special, stats

from infotheory.datasets import make_portfolio


def jeffreys_of_bins(codes, y, n_bins):
    p = np.bincount(codes[y == 0], minlength=n_bins) / (y == 0).sum()
    q = np.bincount(codes[y == 1], minlength=n_bins) / (y == 1).sum()
    return float(np.sum((p - q) * np.log(p / q)))


def test_categories_have_the_information_value_asked_for():
    portfolio = make_portfolio(400_000, numeric=[], categorical=[0.3, 0.0], random_state=1)
    for name, iv in portfolio.information_values.items():
        codes = portfolio.X[name].astype("category").cat.codes.to_numpy()
        assert jeffreys_of_bins(codes, portfolio.y.to_numpy(), 5) == pytest.approx(iv, abs=0.01)


def test_an_information_value_below_rounding_is_none():
    nothing, least = (
        make_portfolio(500, numeric=[], categorical=[iv], random_state=1) for iv in (0.0, 1e-40)
    )
    assert least.X.equals(nothing.X)


def test_fine_bins_of_a_number_approach_the_divergence_of_the_two_normals():
    portfolio = make_portfolio(400_000, numeric=[0.5], categorical=[], random_state=2)
    x, y = portfolio.X["number_0"].to_numpy(), portfolio.y.to_numpy()
    codes = np.digitize(x, np.quantile(x, np.linspace(0, 1, 101)[1:-1]))
    assert jeffreys_of_bins(codes, y, 100) == pytest.approx(0.5, abs=0.015)


def test_a_missing_bin_takes_its_share_of_the_information_away():
    portfolio = make_portfolio(
        400_000, numeric=[], categorical=[0.3], missing_rate=0.4, random_state=3
    )
    codes = portfolio.X["category_0"].astype("category").cat.codes.to_numpy() + 1  # 0: missing
    assert (codes == 0).mean() == pytest.approx(0.4, abs=0.005)
    assert portfolio.information_values["category_0"] == pytest.approx(0.18)
    assert jeffreys_of_bins(codes, portfolio.y.to_numpy(), 6) == pytest.approx(0.18, abs=0.01)


def test_group_divergence_of_the_proxy_equals_adaptive_quadrature():
    portfolio = make_portfolio(
        10, numeric=[0.4, 0.1], event_rate=0.3, protected_slope=1.5, random_state=0
    )
    gap = np.sqrt(0.4)

    def mixture(x):
        return 0.7 * stats.norm.pdf(x) + 0.3 * stats.norm.pdf(x, -gap)

    size = integrate.quad(lambda x: special.expit(1.5 * x) * mixture(x), -12, 12)[0]

    def integrand(x):
        b, a = (
            special.expit(1.5 * x) * mixture(x) / size,
            special.expit(-1.5 * x) * mixture(x) / (1 - size),
        )
        return (a - b) * np.log(a / b)

    assert portfolio.group_information_values["number_0"] == pytest.approx(
        integrate.quad(integrand, -12, 12)[0], rel=1e-9
    )


def test_group_divergences_match_a_large_sample():
    portfolio = make_portfolio(
        400_000, numeric=[0.5, 0.5], categorical=[0.8], protected_slope=2.0, random_state=4
    )
    in_b = (portfolio.protected == "B").to_numpy().astype(int)
    truth = portfolio.group_information_values
    codes = portfolio.X["category_0"].astype("category").cat.codes.to_numpy()
    assert jeffreys_of_bins(codes, in_b, 5) == pytest.approx(truth["category_0"], abs=0.003)
    for name in ("number_0", "number_1"):
        x = portfolio.X[name].to_numpy()
        codes = np.digitize(x, np.quantile(x, np.linspace(0, 1, 101)[1:-1]))
        assert jeffreys_of_bins(codes, in_b, 100) == pytest.approx(truth[name], rel=0.03, abs=0.002)
    assert truth["number_0"] > 10 * truth["number_1"] > 0


def test_a_seed_gives_the_same_portfolio_and_no_seed_touches_the_global_state():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the point of the test
    first, second = (
        make_portfolio(50, missing_rate=0.1, protected_slope=1.0, random_state=7) for _ in range(2)
    )
    assert first.X.equals(second.X)
    assert first.y.equals(second.y)
    assert first.protected.equals(second.protected)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"n": 1}, "n must be at least 2, got 1"),
        ({"numeric": [-0.1]}, "numeric must hold values from 0 up, got [-0.1]"),
        ({"numeric": [float("nan")]}, "got [nan]"),
        ({"categorical": [6.0]}, "categorical must hold values in [0, 5], got [6.0]"),
        ({"event_rate": 1.0}, "event_rate must lie strictly between 0 and 1, got 1.0"),
        ({"missing_rate": 1.0}, "missing_rate must be at least 0 and below 1, got 1.0"),
        ({"numeric": [], "categorical": []}, "a portfolio needs a characteristic, got none"),
        ({"numeric": [], "protected_slope": 1.0}, "groups follow number_0, got numeric=()"),
    ],
)
def test_options_outside_their_range_are_named_with_their_value(options, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        make_portfolio(**{"n": 10} | options)
