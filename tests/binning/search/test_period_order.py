"""Order of event rates in every period: the dynamic program against every grouping."""

import itertools

import numpy as np
import pytest

from infotheory.binning.search.limits import Limits
from infotheory.binning.search.optimal_groups import optimal_groups
from infotheory.binning.search.period_order import PeriodOrder


def value(cells, totals):
    p, q = cells / totals
    return (p - q) * np.log(p / q)


def allowed(parts, slack, drift, trend):
    """Whether bins (n_periods, n_bins, 2) keep to the order and do not drift."""
    sizes, pooled = parts.sum(axis=2), parts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        rates = parts[:, :, 1] / sizes
        variances = rates * (1 - rates) / sizes
    rate = pooled[:, 1] / pooled.sum(axis=1)
    if drift is not None and (np.abs(rates - rate) > drift + 1e-12).any():
        return False
    signs = []
    for b in range(1, len(rate)):
        found = set()
        for sign in (1, -1):
            against = sign * (rates[:, b] - rates[:, b - 1]) < -1e-12
            if slack:
                room = slack * np.sqrt(variances[:, b] + variances[:, b - 1])
                against = sign * (rates[:, b] - rates[:, b - 1]) < -room - 1e-12
            if (slack is None or not against.any()) and (
                sign * (rate[b] - rate[b - 1]) >= -1e-12 or (slack is None and trend is None)
            ):
                found.add(sign)
        signs.append(found)
    ways = {None: [], "ascending": [1], "descending": [-1], "auto": [1, -1]}[trend]
    if trend is None:
        return all(signs)
    return any(all(sign in found for found in signs) for sign in ways)


def brute_force(cells, slack, drift, trend, max_n_bins, least):
    pooled = cells.sum(axis=0)
    totals, m, best = pooled.sum(axis=0), len(pooled), (0.0, (0,))
    for k in range(1, max_n_bins):
        for cuts in itertools.combinations(range(1, m), k):
            starts = (0, *cuts)
            parts = np.add.reduceat(cells, starts, axis=1)
            bins = parts.sum(axis=0)
            if (bins <= 0).any() or (bins.sum(axis=1) < least * totals.sum() * (1 - 1e-9)).any():
                continue
            if allowed(parts, slack, drift, trend):
                total = sum(value(bin_, totals) for bin_ in bins)
                if total > best[0] + 1e-12:
                    best = total, starts
    return best


def draw(rng):
    m, n_periods = int(rng.integers(4, 9)), int(rng.integers(2, 5))
    base = np.linspace(-2.0, 0.0, m) * rng.choice([1, -1]) + rng.normal(0, 0.3, (n_periods, m))
    size = rng.integers(20, 200, (n_periods, m))
    size[rng.random(size.shape) < 0.08] = 0  # no rows of this period
    events = rng.binomial(size, 1 / (1 + np.exp(-base)))
    return np.stack([size - events, events], axis=2).astype(float)


@pytest.mark.parametrize("trend", [None, "ascending", "descending", "auto"])
@pytest.mark.parametrize("slack", [0.0, 1.0, 2.0, None])
def test_equals_brute_force(trend, slack):
    rng = np.random.default_rng([7, 0 if slack is None else int(slack) + 1])
    n_changed = 0
    for case in range(40):
        cells = draw(rng)
        drift = [None, 0.1, 0.2][case % 3]
        if slack is None and drift is None:
            continue
        most, least = int(rng.integers(2, 6)), float(rng.choice([0.0, 0.05, 0.1]))
        best, starts = brute_force(cells, slack, drift, trend, most, least)
        pooled = cells.sum(axis=0)
        limits = Limits(max_n_bins=most, min_bin_size=least)
        order = PeriodOrder(cells=cells, squared=cells, slack=slack, drift=drift)
        options = {"limits": limits, "monotonic_trend": trend}
        found = optimal_groups(*pooled.T, order=order, **options)
        if trend == "auto" and slack is None:
            continue  # peaks and valleys too, see the next test
        assert found.objective == pytest.approx(best, abs=1e-9), case
        groups = np.searchsorted(starts, np.arange(len(pooled)), side="right") - 1
        assert found.groups.tolist() == groups.tolist()
        n_changed += found.objective < optimal_groups(*pooled.T, **options).objective - 1e-9
    assert n_changed >= (0 if (trend, slack) == ("auto", None) else 2)


def test_values_by_hand():
    """Two periods of 100 rows a pre-bin: the strict order loses the third bin."""
    events = np.array([[5.0, 10.0, 30.0, 40.0], [5.0, 20.0, 15.0, 40.0]])
    cells = np.stack([100.0 - events, events], axis=2)
    pooled = cells.sum(axis=0).T
    free = optimal_groups(*pooled, monotonic_trend="ascending")
    assert (free.objective, free.groups.tolist()) == (
        pytest.approx(0.696184, abs=1e-6),
        [0, 1, 2, 3],
    )
    strict = optimal_groups(
        *pooled,
        monotonic_trend="ascending",
        order=PeriodOrder(cells=cells, squared=cells, slack=0.0),
    )
    assert strict.objective == pytest.approx(0.666567, abs=1e-6)
    assert strict.groups.tolist() == [0, 1, 1, 2]


def test_no_order_holds():
    rising = np.array([[90.0, 10.0], [70.0, 30.0]])
    cells = np.stack([rising, rising[::-1]])
    cells[1] *= 0.5
    order = PeriodOrder(cells=cells, squared=cells, slack=0.0)
    found = optimal_groups(*cells.sum(axis=0).T, order=order)
    assert found.status == "single bin: no order holds in all periods"
    with pytest.raises(ValueError, match="as each period would turn where it likes, got 'peak'"):
        optimal_groups(*cells.sum(axis=0).T, order=order, monotonic_trend="peak")


def test_weights_count_by_their_squares():
    """Twice the weights in half the rows: the slack is wider by the root of two."""
    events = np.array([[10.0, 16.0], [14.0, 10.0]])
    cells = np.stack([100.0 - events, events], axis=2)
    step, error = 0.04, np.sqrt((0.14 * 0.86 + 0.1 * 0.9) / 100.0)
    z = step / error
    for factor, slack, n_bins in (
        (1, z + 0.01, 2),
        (1, z - 0.01, 1),
        (2, z / np.sqrt(2) + 0.01, 2),
    ):
        order = PeriodOrder(cells=cells, squared=factor * cells, slack=slack)
        found = optimal_groups(*cells.sum(axis=0).T, order=order, monotonic_trend="ascending")
        assert found.n_bins == n_bins
