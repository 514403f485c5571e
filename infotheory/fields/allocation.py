"""Allocation under budgets: the entropic mirror map, dual mirror descent, rollouts of tasks."""

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import entr, logsumexp, softmax, xlog1py, xlogy

from infotheory._display import html_repr, short_repr
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import as_array, check_integer, check_option
from infotheory.fields._inputs import as_finite, check_positive

__all__ = [
    "Allocation",
    "Matching",
    "RolloutAllocation",
    "allocate_rollouts",
    "dual_mirror_descent",
    "entropic_matching",
    "entropic_mirror_step",
]


# Beyond it sums of exponents lose what tells options apart.
_LARGEST_EXPONENT = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """Requests that were accepted, and at which prices.

    Parameters
    ----------
    accepted : ndarray of bool of shape (n_requests,)
        Whether each request was accepted.
    reward : float
        Reward of the accepted requests.
    spent : ndarray of shape (n_resources,)
        What they cost, at most the budget.
    prices : ndarray of shape (n_requests, n_resources)
        Dual variables at which each request was judged.
    """

    accepted: BoolArray
    reward: float
    spent: FloatArray
    prices: FloatArray

    __repr__ = short_repr
    _repr_html_ = html_repr


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Requests that were spread over options, and at which prices: descriptive.

    Parameters
    ----------
    shares : ndarray of shape (n_requests, n_options)
        Share of each request that went to each option; what a row lacks to 1 went to none.
    reward : float
        Reward of the shares.
    entropy : float
        Sum of the entropies of the requests in nats, the share that went to none included.
    objective : float
        ``reward + temperature * entropy``.
    spent : ndarray of shape (n_options,)
        What each option took, at most its budget.
    prices : ndarray of shape (n_requests, n_options)
        Dual variables at which each request was spread.
    bound : float
        No way to spread the requests, with all of them known before, has a larger objective: the
        dual at the mean price.
    """

    shares: FloatArray
    reward: float
    entropy: float
    objective: float
    spent: FloatArray
    prices: FloatArray
    bound: float

    __repr__ = short_repr
    _repr_html_ = html_repr


@dataclass(frozen=True, slots=True, eq=False)
class RolloutAllocation:
    """Rollouts of each task, and what they are worth.

    Parameters
    ----------
    rollouts : ndarray of int of shape (n_tasks,)
        Rollouts of each task; they sum to the budget.
    value : float
        Sum over the tasks of their value, the largest that the budget allows.
    values : ndarray of shape (n_tasks,)
        Value of each task.
    """

    rollouts: IntArray
    value: float
    values: FloatArray

    __repr__ = short_repr
    _repr_html_ = html_repr


def entropic_mirror_step(mu: ArrayLike, gradient: ArrayLike, step: float) -> FloatArray:
    r"""Step of mirror descent under the entropy map, :math:`\mu e^{-\eta g}`.

    It minimises ``gradient . nu + D(nu, mu) / step`` over the positive vectors nu, where D is the
    divergence ``sum nu log(nu / mu) - nu + mu``.

    Parameters
    ----------
    mu : array-like of shape (n,)
        Where the step starts, positive: 0 is a fixed point of the map.
    gradient : array-like of shape (n,)
        Gradient, finite.
    step : float
        Length of the step, positive.

    Returns
    -------
    ndarray of shape (n,)
        Where it ends, not normalised.

    Raises
    ------
    ValueError
        If shapes differ, a number is not finite, ``mu`` or ``step`` is not positive, or the step
        overflows.

    References
    ----------
    S. Balseiro, H. Lu, V. Mirrokni (2020), "The best of many worlds", arXiv:2011.10124.

    Examples
    --------
    >>> import numpy as np
    >>> entropic_mirror_step([1.0, 2.0], [0.0, np.log(2.0)], 1.0).tolist()
    [1.0, 1.0]
    """
    warn_of_axis_order(("mu", mu, 0), ("gradient", gradient, 0))
    start = _as_positive(as_finite(mu, name="mu", shape=("n",)), "mu")
    slope = as_finite(gradient, name="gradient", shape=start.shape)
    return _entropic(start, slope, check_positive("step", step))


def dual_mirror_descent(
    rewards: ArrayLike,
    costs: ArrayLike,
    budget: ArrayLike,
    step: float,
    *,
    mirror: Literal["entropy", "euclidean"] = "entropy",
    start: ArrayLike = 0.5,
) -> Allocation:
    r"""Accept or reject requests as they come, within budgets, at prices learnt by descent.

    A request is worth accepting where its reward exceeds the price of its costs, ``r > mu . b``,
    and is accepted where the budget left covers it. Then the prices take a mirror step against the
    gradient ``budget / n - b x`` of the dual, x being 1 where it was worth accepting. Steps of
    order ``1 / sqrt(n)`` suit n requests.

    Parameters
    ----------
    rewards : array-like of shape (n_requests,)
        Reward of each request.
    costs : array-like of shape (n_requests,) or (n_requests, n_resources)
        What each request takes of each resource, not negative.
    budget : float or array-like of shape (n_resources,)
        What there is of each resource for all requests, positive.
    step : float
        Length of the steps, positive.
    mirror : {"entropy", "euclidean"}
        Multiplicative steps, or additive ones cut off at 0.
    start : float or array-like of shape (n_resources,)
        First prices: positive under the entropy map, of which 0 is a fixed point, else not
        negative.

    Returns
    -------
    Allocation
        What was accepted, and the prices on the way.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite or outside its range, ``mirror`` is not known,
        or a step overflows.

    References
    ----------
    S. Balseiro, H. Lu, V. Mirrokni (2020), "The best of many worlds", arXiv:2011.10124.

    Examples
    --------
    The first of four is worth the price .5; at the price that this leaves the second is not:

    >>> result = dual_mirror_descent([0.9, 0.6, 0.9, 0.9], [1.0, 1.0, 1.0, 1.0], 2.0, 1.0)
    >>> result.accepted.tolist(), round(result.reward, 6)
    ([True, False, True, False], 1.8)
    >>> result.prices[:2].round(6).ravel().tolist()
    [0.5, 0.824361]
    """
    check_option("mirror", mirror, ("entropy", "euclidean"))
    warn_of_axis_order(("rewards", rewards, 0), ("costs", costs, 0))
    warn_of_axis_order(("costs", costs, 1), ("budget", budget, 0), ("start", start, 0))
    gains = as_finite(rewards, name="rewards", shape=("n_requests",))
    use = _as_costs(costs, gains.size)
    total = _as_positive(
        as_finite(np.atleast_1d(as_array("budget", budget)), name="budget", shape=(use.shape[1],)),
        "budget",
    )
    length = check_positive("step", step)

    mu = _first_prices(start, use.shape[1], mirror)
    left, rate = total.copy(), total / gains.size
    accepted, prices = np.zeros(gains.size, dtype=bool), np.empty_like(use)

    for t, (gain, taken) in enumerate(zip(gains, use, strict=True)):
        prices[t] = mu
        wanted = gain > mu @ taken
        # The budget is a hard limit, whatever the prices say.
        accepted[t] = wanted and (taken <= left).all()
        left -= accepted[t] * taken

        # The price learns from what was worth accepting, whether the budget covered it or not.
        mu = _mirror_step(mu, rate - wanted * taken, length, mirror)

    return Allocation(accepted, float(gains[accepted].sum()), total - left, prices)


def entropic_matching(
    rewards: ArrayLike,
    budget: ArrayLike,
    step: float,
    *,
    temperature: float,
    mirror: Literal["entropy", "euclidean"] = "entropy",
    start: ArrayLike = 0.5,
) -> Matching:
    r"""Match requests to options with high entropy as they come, by dual mirror descent.

    Each option has a budget of requests. A request is spread over the options and none of them so
    that ``(r - mu) . x + temperature H(x)`` is largest, H being the entropy of the shares with that
    of none; that is :math:`x_j \propto e^{(r_j - \mu_j) / \lambda}`, with 1 for none. It is served
    as far as the budgets go: what an option no longer covers is spread over the others, in the end
    over none of them. Then the prices take a mirror step against the gradient ``budget / n - x`` of
    the dual.

    What comes out is what was done with the requests: no number is an estimate.

    Parameters
    ----------
    rewards : array-like of shape (n_requests, n_options)
        Reward of each request at each option.
    budget : float or array-like of shape (n_options,)
        Requests that each option takes in all, positive.
    step : float
        Length of the steps, positive.
    temperature : float
        Weight of the entropy, positive; near 0 each request goes to its best option, or to none.
    mirror : {"entropy", "euclidean"}
        Multiplicative steps, or additive ones cut off at 0.
    start : float or array-like of shape (n_options,)
        First prices: positive under the entropy map, of which 0 is a fixed point, else not
        negative.

    Returns
    -------
    Matching
        Shares, prices, and the bound of the dual.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite or outside its range, ``mirror`` is not known,
        or a step overflows.

    References
    ----------
    S. Balseiro, H. Lu, V. Mirrokni (2020), "The best of many worlds", arXiv:2011.10124, whose
    examples name matching with high entropy; that the share of none is part of the entropy, and
    what becomes of shares that are not covered, is ours.

    Examples
    --------
    >>> result = entropic_matching([[0.5, 0.5]], 1.0, 1.0, temperature=0.1)
    >>> result.shares.round(6).tolist(), round(result.entropy, 6)
    ([[0.333333, 0.333333]], 1.098612)
    """
    check_option("mirror", mirror, ("entropy", "euclidean"))
    warn_of_axis_order(("rewards", rewards, 1), ("budget", budget, 0), ("start", start, 0))
    gains = as_finite(rewards, name="rewards", shape=("n_requests", "n_options"))
    n_requests, n_options = gains.shape
    limit = as_array("budget", budget)
    total = _as_positive(
        as_finite(
            np.full(n_options, limit) if limit.ndim == 0 else limit,
            name="budget",
            shape=(n_options,),
        ),
        "budget",
    )
    length, weight = check_positive("step", step), check_positive("temperature", temperature)
    with np.errstate(over="ignore"):
        scale = max(np.abs(gains).max(), 1.0) / weight
    if not scale <= _LARGEST_EXPONENT:
        message = (
            f"rewards over temperature must be at most {_LARGEST_EXPONENT:g}, got {scale:g}; take "
            "a higher temperature"
        )
        raise ValueError(message)

    mu = _first_prices(start, n_options, mirror)
    left, rate = total.copy(), total / n_requests
    shares, prices = np.zeros_like(gains), np.empty_like(gains)
    entropy = 0.0
    for t, gain in enumerate(gains):
        prices[t] = mu
        worth = np.append((gain - mu) / weight, 0.0)
        wanted = spread = softmax(worth)

        # An option that does not cover its share is left out, and the others take more, which may
        # be too much for them in turn. It ends since none of them, of worth 0, is always left.
        while (short := np.flatnonzero(spread[:-1] > left)).size:
            worth[short] = -np.inf
            spread = softmax(worth)
        shares[t] = spread[:-1]
        left -= shares[t]
        entropy += float(entr(spread).sum())

        # The price learns from what was wanted, whether the budget covered it or not.
        mu = _mirror_step(mu, rate - wanted[:-1], length, mirror)

    reward = float((gains * shares).sum())

    # At any prices that are not negative the dual bounds what all requests can have together; the
    # last column is the worth of none.
    mean = prices.mean(axis=0)
    ahead = np.column_stack([(gains - mean) / weight, np.zeros(n_requests)])
    return Matching(
        shares=shares,
        reward=reward,
        entropy=entropy,
        objective=reward + weight * entropy,
        spent=total - left,
        prices=prices,
        bound=float(weight * logsumexp(ahead, axis=1).sum() + mean @ total),
    )


def allocate_rollouts(
    success_rate: ArrayLike,
    budget: int,
    *,
    low: int = 1,
    high: int | None = None,
    value: ArrayLike | None = None,
) -> RolloutAllocation:
    r"""Spread a budget of rollouts over tasks, where they teach most (Knapsack RL).

    A task of success rate p that gets N rollouts is worth
    :math:`v\,[1 - p^N - (1-p)^N]`: the chance that it has both a success and a failure, without
    which advantages relative to the group vanish, times what an update then gains. That is concave
    in N, so that giving one rollout after the other to where it adds most is exact.

    Parameters
    ----------
    success_rate : array-like of shape (n_tasks,)
        Success rate of each task, from 0 to 1.
    budget : int
        Rollouts of all tasks together.
    low, high : int
        Fewest and most rollouts of a task, at least 1; no most when ``high`` is None. Leave a task
        out to give it none.
    value : array-like of shape (n_tasks,), optional
        Gain v of an update of each task, not negative; ``p (1 - p)^2`` when None.

    Returns
    -------
    RolloutAllocation
        Rollouts and values; of tasks that gain the same the first is served first.

    Raises
    ------
    ValueError
        If a rate leaves [0, 1], a value is negative, a bound is no integer or out of order, or
        ``budget`` is less than all tasks get at least, or more than they may get.

    References
    ----------
    Z. Li et al. (2025), "Knapsack RL: unlocking exploration of LLMs via optimizing budget
    allocation", arXiv:2509.25849.

    Examples
    --------
    >>> found = allocate_rollouts([0.05, 0.3, 0.5, 0.9], 32, low=2, high=128)
    >>> found.rollouts.tolist(), round(found.value, 6)
    ([12, 11, 7, 2], 0.289501)
    """
    warn_of_axis_order(("success_rate", success_rate, 0), ("value", value, 0))
    rates = as_finite(success_rate, name="success_rate", shape=("n_tasks",))
    if rates.min() < 0.0 or rates.max() > 1.0:
        worst = rates.min() if rates.min() < 0.0 else rates.max()
        message = f"success_rate must lie from 0 to 1, got {worst:g}"
        raise ValueError(message)
    gains = rates * (1.0 - rates) ** 2
    if value is not None:
        gains = as_finite(value, name="value", shape=rates.shape)
    if gains.min() < 0.0:
        message = f"value must not be negative, got {gains.min():g}"
        raise ValueError(message)

    check_integer("low", low)
    # As Python's integers, which no product overflows.
    low = int(low)
    if high is not None:
        check_integer("high", high, low=low)
    limit = None if high is None else int(high) * rates.size
    check_integer("budget", budget, low=low * rates.size, high=limit)
    budget = int(budget)
    # Without a limit a task may get the whole budget.
    most = budget if high is None else int(high)

    def added(task: int, number: int) -> float:
        """Value of one more rollout, without the difference of two numbers near 1."""
        p = float(rates[task])
        return float(gains[task]) * (p**number * (1.0 - p) + (1.0 - p) ** number * p)

    # The heap holds the next rollout of each task; ties go to the first task.
    rollouts = np.full(rates.size, low, dtype=np.int64)
    waiting = [(-added(task, low), task) for task in range(rates.size) if low < most]
    heapq.heapify(waiting)
    for _ in range(budget - low * rates.size):
        _, task = heapq.heappop(waiting)
        rollouts[task] += 1
        if rollouts[task] < most:
            heapq.heappush(waiting, (-added(task, int(rollouts[task])), task))

    # Of p - p^N and (1 - p) - (1 - p)^N, which are not negative: nothing of a rare success cancels.
    without = rollouts - 1.0
    mixed = -rates * np.expm1(xlogy(without, rates)) - (1.0 - rates) * np.expm1(
        xlog1py(without, -rates)
    )
    values = gains * mixed
    return RolloutAllocation(rollouts, float(values.sum()), values)


def _mirror_step(mu: FloatArray, gradient: FloatArray, step: float, mirror: str) -> FloatArray:
    """Step of the prices under the map."""
    if mirror == "entropy":
        return _entropic(mu, gradient, step)
    return np.maximum(mu - step * gradient, 0.0)


def _entropic(mu: FloatArray, gradient: FloatArray, step: float) -> FloatArray:
    """Return ``mu exp(-step gradient)``, positive and finite."""
    with np.errstate(over="ignore"):
        moved = mu * np.exp(-step * gradient)
    if not np.isfinite(moved).all():
        message = (
            f"mu exp(-step gradient) must be finite, got step {step:g} along {gradient.min():g}; "
            "take a shorter step"
        )
        raise ValueError(message)

    # 0 would be left by no step.
    return np.maximum(moved, np.finfo(np.float64).tiny)


def _as_costs(costs: ArrayLike, n_requests: int) -> FloatArray:
    """Return costs of shape (n_requests, n_resources), none negative."""
    table = as_array("costs", costs)
    use = as_finite(
        table[:, None] if table.ndim == 1 else table,
        name="costs",
        shape=(n_requests, "n_resources"),
    )
    if (use < 0).any():
        message = f"costs must not be negative, got {use.min():g}"
        raise ValueError(message)
    return use


def _first_prices(start: ArrayLike, n_resources: int, mirror: str) -> FloatArray:
    """Return a first price for each resource, positive where the map needs that."""
    price = as_array("start", start)
    mu = as_finite(
        np.full(n_resources, price) if price.ndim == 0 else price,
        name="start",
        shape=(n_resources,),
    )
    if mu.min() < 0 or (mirror == "entropy" and mu.min() == 0):
        message = (
            "start must not be negative, nor 0 under the entropy map, whose fixed point it is, "
            f"got {mu.min():g}"
        )
        raise ValueError(message)
    return mu


def _as_positive(values: FloatArray, name: str) -> FloatArray:
    """Return numbers that are all positive, or raise ValueError."""
    if (values <= 0).any():
        message = f"{name} must be positive, got {values.min():g}"
        raise ValueError(message)
    return values


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
