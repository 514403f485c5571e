"""Fair binning without a solver: budgets become prices, each characteristic has its own program.

With a price on the divergence between groups the characteristics no longer depend on each other, so
the best bins at that price are exact. Over all prices they are the supported points of the frontier
(those on its concave hull), which a mixed-integer solution of the same budget has to equal; between
them a solver is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from infotheory._typing import FloatArray
from infotheory.binning.fair.candidates import Candidates, Choice
from infotheory.binning.fair.problem import FairnessRow, FairProblem
from infotheory.binning.search.chains import UNRESTRICTED, shaped_chains

__all__ = [
    "LOGARITHMS",
    "SupportedPoint",
    "best_bins",
    "best_response",
    "common_prices",
    "feasible_choices",
    "prices_by_feature",
    "supported_points",
]

LOGARITHMS = (-20.0, 20.0)  # where the logarithm of the common price is looked for
LEAST_BUDGET = 1e-6
_N_HALVINGS = 40
_NEIGHBOURS = np.linspace(-1.0, 1.0, 21)  # steps of it around the lowest price within the budgets
_TIE = 1e-10  # relative: objectives closer than this are equal


@dataclass(frozen=True, slots=True, eq=False)
class SupportedPoint:
    """The best bins at a price.

    Parameters
    ----------
    price : float
        Price of a unit of the divergence between groups.
    choices : tuple of Choice
        Bins of each characteristic.
    value : float
        Total information value less penalties.
    used : float
        Total divergence between groups.
    """

    price: float
    choices: tuple[Choice, ...]
    value: float
    used: float


def best_response(c: Candidates, prices: FloatArray) -> Choice:
    """Bins of one characteristic with the largest value less the priced divergences.

    Prices are not negative, one a comparison. Dropping the characteristic is one of the choices
    where it is allowed.
    """
    worth = c.value - prices @ c.divergence
    outside = c.outside_value - float(prices @ c.outside_divergence)
    best, choice = best_bins(c, worth, outside)
    if c.droppable and c.dropped_value > best:
        return Choice(np.zeros(0, dtype=np.intp))
    return choice


def best_bins(c: Candidates, worth: FloatArray, outside: float) -> tuple[float, Choice]:
    """Find the bins with the largest sum of worth, ``outside`` included; dropping is no choice.

    The sum is -inf, and the choice empty, where no bins meet the limits.
    """
    intervals = c.priced(worth)
    offers = [(-np.inf, Choice(np.zeros(0, dtype=np.intp)))]
    if c.has_single:
        offers.append((float(worth[-1]) + outside, c.choice((0,))))
    for task in c.tasks:
        chain = shaped_chains(task, intervals).get(task.trend or UNRESTRICTED)
        if chain is not None:
            offers.append((chain.objective + outside, c.choice(chain.starts)))
    return max(offers, key=lambda offer: offer[0])


def prices_by_feature(problem: FairProblem, prices: FloatArray) -> FloatArray:
    """Prices of the divergences of each characteristic, shape (n_features, n_comparisons).

    A divergence counts in every row that holds it.
    """
    by_feature = np.zeros((len(problem.candidates), len(problem.candidates[0].divergence)))
    for row, price in zip(problem.rows, prices, strict=True):
        by_feature[list(row.features), row.comparison] += price
    return by_feature


def common_prices(problem: FairProblem, logarithm: float) -> FloatArray:
    """Price of each row in inverse proportion to its budget, on a common scale (its logarithm)."""
    return np.exp(logarithm) / np.maximum(problem.budgets, LEAST_BUDGET)


def feasible_choices(problem: FairProblem) -> tuple[Choice, ...] | None:
    """Bins that meet every budget, from the lowest common price that does it.

    None where no price leads to a solution.
    """
    best, (low, high) = None, LOGARITHMS
    choices = _responses(problem, np.zeros(len(problem.rows)))
    if problem.meets(choices):
        return choices

    seen = [choices]
    for _ in range(_N_HALVINGS):
        middle = 0.5 * (low + high)
        seen.append(_responses(problem, common_prices(problem, middle)))
        if problem.meets(seen[-1]):
            best, high = seen[-1], middle
        else:
            low = middle
    if best is None:
        return None

    # Nearby prices give other bins of single characteristics, and budgets some room for them.
    seen += [_responses(problem, common_prices(problem, high + shift)) for shift in _NEIGHBOURS]
    return _spend(problem, best, seen)


def _spend(
    problem: FairProblem, best: tuple[Choice, ...], seen: Sequence[tuple[Choice, ...]]
) -> tuple[Choice, ...]:
    """Spend what is left of the budgets on bins seen, one characteristic after the other."""
    # The same bins may have been seen at several prices; the best ones stand first.
    options = [
        list({choice.picked.tobytes(): choice for choice in choices}.values())
        for choices in zip(best, *seen, strict=True)
    ]
    values = [
        np.array([c.value_of(choice) for choice in choices])
        for c, choices in zip(problem.candidates, options, strict=True)
    ]
    uses = [
        np.array([problem.used_by(f, choice) for choice in choices])
        for f, choices in enumerate(options)
    ]

    # The exchange with the largest gain comes first; each one leaves less room for the next.
    now = [0] * len(options)
    while True:
        room = problem.budgets - sum(use[i] for use, i in zip(uses, now, strict=True))
        gain, feature, option = 0.0, -1, -1
        for f, i in enumerate(now):
            fits = (uses[f] - uses[f][i] <= room).all(axis=1)
            gains = np.where(fits, values[f] - values[f][i], 0.0)
            offer = (float(gains.max()), f, int(gains.argmax()))
            gain, feature, option = max((gain, feature, option), offer)

        if gain <= _TIE:
            return tuple(choices[i] for choices, i in zip(options, now, strict=True))
        now[feature] = option


def supported_points(problem: FairProblem) -> list[SupportedPoint]:
    """Supported points of the frontier of total value against one total divergence.

    From the point without divergence, or the one with the least, to the unconstrained optimum. The
    problem has one fairness row over all characteristics, whose budget does not matter.

    Raises
    ------
    ValueError
        If the problem has not exactly one row, or counts standard errors.
    """
    if len(problem.rows) != 1 or problem.z > 0.0:
        message = (
            "a sweep over prices needs one fairness row and no standard errors, "
            f"got {len(problem.rows)} rows and z = {problem.z:g}"
        )
        raise ValueError(message)
    row = problem.rows[0]
    # A price at which the divergence alone decides, and values only between equal ones.
    least = _point(problem, row, 1e12)
    most = _point(problem, row, 0.0)
    return sorted([least, *_between(problem, row, least, most), most], key=lambda point: point.used)


def _between(
    problem: FairProblem, row: FairnessRow, low: SupportedPoint, high: SupportedPoint
) -> list[SupportedPoint]:
    """Supported points between two, by the price at which both are equally good."""
    gap = high.used - low.used
    if not gap > _TIE * abs(high.used):
        return []
    # Where nothing is better at this price, no supported point lies between the two.
    price = (high.value - low.value) / gap
    middle = _point(problem, row, price)
    gain = (middle.value - price * middle.used) - (low.value - price * low.used)
    if not gain > _TIE * max(abs(middle.value), 1.0):
        return []
    return [*_between(problem, row, low, middle), middle, *_between(problem, row, middle, high)]


def _point(problem: FairProblem, row: FairnessRow, price: float) -> SupportedPoint:
    choices = _responses(replace(problem, rows=(row,)), np.array([price]))
    return SupportedPoint(price, choices, problem.value(choices), float(problem.used(choices)[0]))


def _responses(problem: FairProblem, prices: FloatArray) -> tuple[Choice, ...]:
    """Best bins of every characteristic at a price for each row."""
    by_feature = prices_by_feature(problem, prices)
    return tuple(
        best_response(c, price) for c, price in zip(problem.candidates, by_feature, strict=True)
    )
