"""Synthetic credit portfolios whose information values are known exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from infotheory._display import html_repr, short_repr
from infotheory._later import optimize, stats
from infotheory._random import Rng, as_generator
from infotheory._typing import FloatArray, IntArray, LabelArray

__all__ = ["Portfolio", "make_portfolio"]

# Shares of the five levels of a category among non-events.
_LEVEL_SHARES = np.array([0.35, 0.25, 0.2, 0.12, 0.08])

# Standard deviations; the normal density is below 1e-31 there.
_REACH = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Portfolio:
    """A synthetic portfolio with the truth it was drawn from.

    Parameters
    ----------
    X : DataFrame of shape (n, n_features)
        Columns ``number_0``, ``number_1``, ... (float) and ``category_0``, ... (text).
    y : Series of shape (n,)
        1 for an event.
    information_values : dict of str to float
        True information value (Jeffreys divergence between non-events and events, nats) of each
        column, missing values counted as one more level. No binning of a number can exceed it in
        expectation, bias aside.
    protected : Series of shape (n,) or None
        Group of each row, ``"A"`` or ``"B"``.
    group_information_values : dict of str to float
        True Jeffreys divergence between the two groups, of each column; empty without groups.
    """

    X: pd.DataFrame
    y: pd.Series
    information_values: dict[str, float]
    protected: pd.Series | None = None
    group_information_values: dict[str, float] = field(default_factory=dict)

    __repr__ = short_repr
    _repr_html_ = html_repr


def make_portfolio(
    n: int,
    *,
    numeric: Sequence[float] = (0.5, 0.2, 0.05, 0.0),
    categorical: Sequence[float] = (0.2, 0.0),
    event_rate: float = 0.2,
    missing_rate: float = 0.0,
    protected_slope: float | None = None,
    random_state: Rng = None,
) -> Portfolio:
    """Draw a portfolio in which every characteristic has the information value asked for.

    Given the class, characteristics are independent. A number is normal with standard deviation 1
    and mean 0 for non-events, ``-sqrt(iv)`` for events, so that the Jeffreys divergence of the two
    laws is ``iv``. A category has five levels with shares .35, .25, .2, .12, .08 for non-events,
    tilted exponentially for events until the divergence is ``iv``. The group of a row, where asked
    for, depends on ``number_0`` alone, through a logistic curve: that column is the proxy.

    Parameters
    ----------
    n : int
        Number of rows, at least 2.
    numeric : sequence of float
        Information value of each number, in nats, not negative.
    categorical : sequence of float
        Information value of each category, in nats, between 0 and 5.
    event_rate : float
        Probability of an event, strictly between 0 and 1.
    missing_rate : float
        Probability that a value is missing, at least 0 and below 1. Values go missing at random,
        which multiplies every divergence by ``1 - missing_rate``.
    protected_slope : float, optional
        Slope of the logistic curve from ``number_0`` to the probability of group ``"B"``; no groups
        when None.
    random_state : int or Generator, optional
        Seed.

    Returns
    -------
    Portfolio
        Rows and truth.

    Raises
    ------
    ValueError
        If a parameter is outside its range, or groups are asked for without a number.

    Examples
    --------
    >>> portfolio = make_portfolio(
    ...     1000, numeric=[0.3], categorical=[0.1], missing_rate=0.5, random_state=0
    ... )
    >>> {name: round(iv, 6) for name, iv in portfolio.information_values.items()}
    {'number_0': 0.15, 'category_0': 0.05}
    """
    _check_portfolio(
        n, (numeric, categorical), event_rate, missing_rate, protected_slope is not None
    )
    rng = as_generator(random_state)
    y = (rng.random(n) < event_rate).astype(np.int64)

    # Two normal laws of variance 1 whose means differ by g have the Jeffreys divergence g^2.
    gaps = [float(np.sqrt(iv)) for iv in numeric]
    tilts = [_tilted(iv) for iv in categorical]
    columns = {f"number_{i}": rng.normal(size=n) - gap * y for i, gap in enumerate(gaps)}
    columns |= {f"category_{i}": _draw_levels(rng, y, shares) for i, shares in enumerate(tilts)}

    # Missing values are missing at random, with weight of evidence 0: they scale the truth.
    known = 1.0 - missing_rate
    truth = dict(zip(columns, [known * iv for iv in (*numeric, *categorical)], strict=True))

    protected, between_groups = None, {}
    if protected_slope is not None:
        in_b = rng.random(n) < special.expit(protected_slope * columns["number_0"])
        protected = pd.Series(np.where(in_b, "B", "A"), name="group")
        divergences = _group_divergences(gaps, tilts, event_rate, protected_slope)
        between_groups = dict(zip(columns, [known * value for value in divergences], strict=True))

    X = pd.DataFrame(columns)
    if missing_rate > 0.0:
        X = X.mask(rng.random(X.shape) < missing_rate)

    return Portfolio(X, pd.Series(y, name="event"), truth, protected, between_groups)


def _check_portfolio(
    n: int,
    ivs: tuple[Sequence[float], Sequence[float]],
    event_rate: float,
    missing_rate: float,
    groups: bool,
) -> None:
    """Raise ValueError at the first rule that does not hold."""
    numeric, categorical = ivs
    rules = (
        (n >= 2, f"n must be at least 2, got {n!r}"),
        (
            len(numeric) + len(categorical) > 0,
            "a portfolio needs a characteristic, got none; name an information value",
        ),
        (
            all(0.0 <= iv < np.inf for iv in numeric),
            f"numeric must hold values from 0 up, got {list(numeric)}",
        ),
        (
            all(0.0 <= iv <= 5.0 for iv in categorical),
            f"categorical must hold values in [0, 5], got {list(categorical)}",
        ),
        (
            0.0 < event_rate < 1.0,
            f"event_rate must lie strictly between 0 and 1, got {event_rate!r}",
        ),
        (
            0.0 <= missing_rate < 1.0,
            f"missing_rate must be at least 0 and below 1, got {missing_rate!r}",
        ),
        (not groups or len(numeric) > 0, "groups follow number_0, got numeric=(); add a number"),
    )

    for holds, message in rules:
        if not holds:
            raise ValueError(message)


def _tilted(iv: float) -> FloatArray:
    """Level shares of events whose Jeffreys divergence from those of non-events is ``iv``."""

    def shares(tilt: float) -> FloatArray:
        return special.softmax(np.log(_LEVEL_SHARES) + tilt * np.arange(len(_LEVEL_SHARES)))

    def excess(tilt: float) -> float:
        return _jeffreys_divergence(_LEVEL_SHARES, shares(tilt)) - iv

    # The divergence grows with the tilt from 0, and beyond 5 before a tilt of 10, so that there is
    # one root between. Below the rounding of the divergence there is nothing to search.
    return shares(float(optimize.brentq(excess, 0.0, 10.0, xtol=1e-14)) if excess(0.0) < 0 else 0.0)


def _jeffreys_divergence(p: FloatArray, q: FloatArray) -> float:
    """Jeffreys divergence of two laws, or densities."""
    return float(np.sum(special.rel_entr(p, q) + special.rel_entr(q, p)))


def _draw_levels(rng: np.random.Generator, y: IntArray, shares: FloatArray) -> LabelArray:
    """Draw a level for each row, by the shares of its class."""
    # The last end is 1 up to rounding, and no draw may lie beyond it: it is left out.
    edges = np.cumsum(np.stack([_LEVEL_SHARES, shares]), axis=1)[:, :-1]
    codes = (rng.random(y.size)[:, None] > edges[y]).sum(axis=1)
    return np.asarray([f"level {letter}" for letter in "abcde"], dtype=object)[codes]


def _group_divergences(
    gaps: list[float], tilts: list[FloatArray], event_rate: float, slope: float
) -> list[float]:
    """Jeffreys divergence between the groups, column by column.

    The densities are taken on a grid: for smooth functions that vanish at both ends the rectangle
    rule converges faster than any power of the step. Columns other than the proxy know of the group
    only through the share of events in it.
    """
    # The means lie between minus the largest gap and 0.
    x = np.linspace(-max(gaps) - _REACH, _REACH, 8001)
    step = x[1] - x[0]

    # Density of number_0 in each class, and the share of each group at every value of it.
    in_group = [special.expit(-slope * x), special.expit(slope * x)]
    nonevents, events = [
        (1.0 - event_rate) * stats.norm.pdf(x),
        event_rate * stats.norm.pdf(x, -gaps[0]),
    ]

    # Sums over an even grid: for densities that vanish at both ends they are exact.
    sizes = [step * float(np.sum(share * (nonevents + events))) for share in in_group]
    event_shares = [
        step * float(np.sum(s * events)) / size for s, size in zip(in_group, sizes, strict=True)
    ]

    # All other columns depend on the group through the class alone.
    pairs = [[s * (nonevents + events) / size for s, size in zip(in_group, sizes, strict=True)]]
    pairs += [
        _mixtures(stats.norm.pdf(x), stats.norm.pdf(x, -gap), event_shares) for gap in gaps[1:]
    ]
    levels = [_mixtures(_LEVEL_SHARES, tilted, event_shares) for tilted in tilts]
    return [step * _jeffreys_divergence(*pair) for pair in pairs] + [
        _jeffreys_divergence(*pair) for pair in levels
    ]


def _mixtures(
    nonevents: FloatArray, events: FloatArray, event_shares: list[float]
) -> list[FloatArray]:
    """Laws of a column in groups of given shares of events."""
    return [(1.0 - share) * nonevents + share * events for share in event_shares]
