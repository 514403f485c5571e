"""Results do not depend on the order of rows or columns, on the names of labels and levels, or on
threads.
"""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.coupling import minimum_entropy_coupling
from infotheory.datasets import make_portfolio
from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
    pairwise_mutual_information,
    transfer_entropy,
)
from infotheory.evidence import information_values, population_stability_index
from infotheory.lattice import Information, reconstruction, shannon_distance
from infotheory.scorecard import Scorecard, ScorecardMonitor

BINNERS = {
    "optimal": OptimalBinner(),
    "stump": StumpBinner(n_rounds=20, zero_cells=0.5),
    "fair": FairBinner(),
}


@pytest.fixture(scope="module")
def portfolio():
    made = make_portfolio(
        1500, numeric=(0.5, 0.1), categorical=(0.3,), missing_rate=0.1, random_state=1
    )
    return made.X, made.y


@pytest.fixture(scope="module")
def order():
    return np.random.default_rng(5).permutation(1500)


def check_same_bins(found, wanted):
    assert {name: found.specs_[name] for name in wanted.specs_} == wanted.specs_
    for name, woe in wanted.woe_.items():
        np.testing.assert_allclose(found.woe_[name], woe, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("binner", BINNERS.values(), ids=BINNERS)
def test_bins_do_not_depend_on_the_order_of_rows_or_columns(portfolio, order, binner):
    X, y = portfolio
    wanted = binner.fit(X, y)
    wanted = {"specs": wanted.specs_, "woe": wanted.woe_}
    for rows, columns in (
        (X.iloc[order], list(X)),
        (X, list(X)[::-1]),
        (X.iloc[order], list(X)[::-1]),
    ):
        found = binner.fit(rows[columns], y.loc[rows.index])
        assert {name: found.specs_[name] for name in X} == wanted["specs"]
        for name, woe in wanted["woe"].items():
            np.testing.assert_allclose(found.woe_[name], woe, rtol=1e-12, atol=1e-12)


# the larger label is the event here, as it is of 0 and 1
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.EventLabelWarning")
@pytest.mark.parametrize("labels", [("good", "zbad"), (False, True), (-1, 1), (1.5, 2.5)])
def test_bins_and_points_do_not_depend_on_the_labels(portfolio, labels):
    X, y = portfolio
    wanted, found = Scorecard().fit(X, y), Scorecard().fit(X, y.map(dict(enumerate(labels))))
    check_same_bins(found.binner_, wanted.binner_)
    np.testing.assert_allclose(found.coef_, wanted.coef_, rtol=1e-12)
    np.testing.assert_array_equal(found.predict_points(X), wanted.predict_points(X))


def test_bins_do_not_depend_on_the_names_of_levels(portfolio):
    X, y = portfolio
    levels = sorted(X["category_0"].dropna().unique())
    turned = dict(
        zip(
            levels,
            [f"{len(levels) - i:03d} {level}" for i, level in enumerate(levels)],
            strict=True,
        )
    )
    wanted = OptimalBinner().fit(X, y)
    found = OptimalBinner().fit(X.assign(category_0=X["category_0"].map(turned)), y)
    named = [sorted(turned[level] for level in group) for group in wanted.splits_["category_0"]]
    assert [sorted(group) for group in found.splits_["category_0"]] == named
    np.testing.assert_allclose(found.woe_["category_0"], wanted.woe_["category_0"], rtol=1e-12)


def test_cards_and_monitors_do_not_depend_on_the_order_of_rows_or_columns(portfolio, order):
    X, y = portfolio
    card = Scorecard().fit(X, y)
    turned = Scorecard().fit(X.iloc[order, ::-1], y.iloc[order])
    points = turned.predict_points(X.iloc[:, ::-1])
    np.testing.assert_array_equal(points, card.predict_points(X))
    np.testing.assert_allclose(turned.coef_[0, ::-1], card.coef_[0], rtol=1e-9)
    errors = np.sqrt(np.diag(card.covariance_))[1:]
    np.testing.assert_allclose(np.sqrt(np.diag(turned.covariance_))[:0:-1], errors, rtol=1e-9)
    first, second = (
        ScorecardMonitor.from_reference(card, X.iloc[rows], y.iloc[rows])
        .compare(X.iloc[rows[:700]])
        .stability
        for rows in (
            np.sort(order),
            np.concatenate([np.sort(order)[:700][::-1], np.sort(order)[700:]]),
        )
    )
    pd.testing.assert_frame_equal(first, second, rtol=1e-10)


def test_threads_over_features_change_nothing(portfolio):
    X, y = portfolio
    check_same_bins(OptimalBinner(n_jobs=2).fit(X, y), OptimalBinner(n_jobs=1).fit(X, y))


def test_estimates_depend_on_neither_rows_nor_labels():
    rng = np.random.default_rng(0)
    x, z = rng.integers(0, 4, 400), rng.integers(0, 3, 400)
    y = (x + rng.integers(0, 2, 400)) % 4
    order, names = rng.permutation(400), np.array(["d", "a", "c", "b"])
    for method in ("plugin", "miller_madow", "nsb"):
        wanted = estimate_mutual_information(x, y, method=method)
        for found in (
            estimate_mutual_information(x[order], y[order], method=method),
            estimate_mutual_information(names[x], y * 7.5, method=method),
        ):
            assert found.value == pytest.approx(wanted.value, abs=1e-10)
            assert found.standard_error == pytest.approx(wanted.standard_error, abs=1e-10)
    wanted = estimate_conditional_mutual_information(x, y, z).value
    assert estimate_conditional_mutual_information(
        names[x][order], y[order], z[order]
    ).value == pytest.approx(wanted)
    frame = pd.DataFrame({"x": x, "y": y, "z": z})
    plain, turned = (
        pairwise_mutual_information(frame),
        pairwise_mutual_information(frame.iloc[order, ::-1]),
    )
    for name in ("values", "standard_errors"):
        matrix = np.asarray(getattr(plain, name))
        np.testing.assert_allclose(
            np.asarray(getattr(turned, name))[::-1, ::-1], matrix, atol=1e-12
        )
    assert transfer_entropy(names[x], y).value == pytest.approx(
        transfer_entropy(x, y).value, abs=1e-12
    )


def test_evidence_depends_on_neither_rows_nor_the_order_of_bins():
    rng = np.random.default_rng(1)
    codes, y = rng.integers(0, 5, (600, 2)), rng.integers(0, 2, 600)
    order = rng.permutation(600)
    wanted = information_values(codes, y)
    turned = information_values(4 - codes[order], y[order])
    np.testing.assert_allclose(turned.values, wanted.values, rtol=1e-10)
    np.testing.assert_allclose(turned.covariance, wanted.covariance, rtol=1e-8, atol=1e-14)
    first, second = rng.integers(1, 90, (2, 6))
    found = population_stability_index(first[::-1], second[::-1])
    wanted = population_stability_index(first, second)
    assert (found.value, found.p_value) == pytest.approx((wanted.value, wanted.p_value), rel=1e-12)


def test_lattices_and_couplings_depend_on_no_names():
    rng = np.random.default_rng(2)
    labels, order = rng.integers(0, 3, (3, 12)), rng.permutation(12)
    names = np.array(["q", "r", "p"])
    plain = [Information.from_labels(row) for row in labels]
    turned = [Information.from_labels(names[row[order]]) for row in labels]
    assert shannon_distance(*turned[:2]) == pytest.approx(shannon_distance(*plain[:2]), abs=1e-12)
    wanted, found = (reconstruction(x | y, [x, y, z]) for x, y, z in (plain, turned))
    assert (found.exact, found.distance_sum) == (
        wanted.exact,
        pytest.approx(wanted.distance_sum, abs=1e-12),
    )
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(5))
    for method in ("greedy", "exact", "majorization"):
        if method == "exact":
            p, q = p[:3] / p[:3].sum(), q[:3] / q[:3].sum()
        coupled = minimum_entropy_coupling(p, q, method=method).entropy
        assert minimum_entropy_coupling(p[::-1], q, method=method).entropy == pytest.approx(
            coupled, abs=1e-10
        )


PROGRAM = """
import sys
import numpy as np
from infotheory.datasets import make_portfolio
from infotheory.scorecard import Scorecard
made = make_portfolio(800, numeric=(0.5, 0.1), categorical=(0.3,), random_state=1)
card = Scorecard().fit(made.X, made.y)
print(*card.coef_[0], *np.diag(card.covariance_), *card.predict_points(made.X)[:5])
"""


def test_threads_of_the_libraries_change_nothing():
    found = []
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        command = [sys.executable, "-c", PROGRAM]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603 - our own text
        found.append(np.array(ran.stdout.split(), dtype=np.float64))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)
