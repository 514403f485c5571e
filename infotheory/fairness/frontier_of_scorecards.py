"""The frontier of scorecards: information of the score within budgets of that about groups."""

import time
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from sklearn.base import clone

from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import check_integer, check_level, check_option
from infotheory.binning import FairBinner
from infotheory.evidence.groups.protected import MISSING_POLICIES
from infotheory.fairness.frontier import Frontier, FrontierPoint, check_budgets, dominated_points
from infotheory.fairness.frontier_of_bins import Progress
from infotheory.fairness.grouped import (
    GroupedSample,
    GroupPolicy,
    read_held_out,
    read_later,
    read_sample,
)
from infotheory.fairness.score_measures import score_measures
from infotheory.fairness.score_search import ScoreSearch
from infotheory.inference import Estimate
from infotheory.laws import one_sided_quantile
from infotheory.scorecard import Scorecard
from infotheory.scorecard.points.binners import with_event
from infotheory.scorecard.points.codes import warn_of_new_values

__all__ = ["scorecard_frontier"]


def scorecard_frontier(
    X: Any,
    y: ArrayLike,
    protected: Any,
    budgets: Sequence[float] | None = None,
    *,
    card: Scorecard | None = None,
    sample_weight: ArrayLike | None = None,
    holdout: Mapping[str, Any] | None = None,
    validation: Mapping[str, Any] | None = None,
    later: Mapping[str, Any] | None = None,
    stability_budgets: Sequence[float] | None = None,
    confidence: float | None = None,
    sign_constraints: bool = True,
    approval_rate: float = 0.5,
    n_score_bins: int = 10,
    n_points: int = 10,
    reference: Any = None,
    intersections: bool = False,
    missing_protected: str = "error",
    level: float = 0.95,
    progress: Progress | None = None,
    event_label: Any = None,
) -> Frontier:
    r"""Scorecards over a range of budgets of the demographic information value of the score.

    Bins are learnt once. At each budget the likelihood is maximised over coefficients of one sign,
    with a bound on the differences between the mean log odds of the groups: net, or gross
    (characteristics may not make up for each other). The bound is the largest, found by bisection,
    at which the demographic information value that is *measured* on the training (or validation)
    rows stays within the budget; of the two kinds the likelier regression is taken.

    With rows of a ``later`` sample a score has three objectives: what it tells of events, what it
    tells of groups, and how far it drifts. There is then a point for every pair of a budget and a
    budget of stability, which bounds the measured index of the score between the two samples, by a
    bound on the difference of their means; a point is dominated where another one is as good in all
    three and better in one.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_features)
        Numbers and categories.
    y : array-like of shape (n_rows,)
        Two labels.
    protected : array-like, Series or frame
        Protected attributes, one column an attribute.
    budgets : sequence of float, optional
        Budgets in nats, ``inf`` for none; ``n_points`` even steps up to the value without a budget
        when None.
    card : Scorecard, optional
        Bins and scale; ``Scorecard()`` when None. Its penalty is not used, and its ``signs`` are
        what ``sign_constraints`` says.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    holdout : mapping, optional
        Rows that took no part in anything: keys X, y and protected, and optionally sample_weight.
        They are scored once, when every budget is settled.
    validation : mapping, optional
        Rows of the same form on which the budget is measured, in place of the training rows.
    later : mapping, optional
        Rows of a later sample, key X and optionally sample_weight: against them the stability index
        of the score is measured. They need no labels.
    stability_budgets : sequence of float, optional
        Budgets of that index in nats, each with every budget; ``inf``, no bound, when None.
    confidence : float, optional
        Count ``z`` standard errors of the measured values against their budgets, ``z`` one-sided
        (1.645 at 0.95). Between 1/2 and 1.
    sign_constraints : bool
        Let no coefficient have the sign that makes more evidence of safety riskier; without them
        there is no gross gap.
    approval_rate : float
        Share of the training rows that is approved, for the adverse impact ratio; the cut-off is
        frozen on them.
    n_score_bins : int
        Score bands: quantiles of the scores of the training rows.
    n_points : int
        Number of budgets where none are given.
    reference : object or mapping, optional
        Group with which the others are compared, or one an attribute; all pairs when None.
    intersections : bool
        Compare also the combinations of the groups of all attributes.
    missing_protected : {"error", "group", "exclude"}
        What a missing group means, see ``FairBinner``.
    level : float
        Coverage of the intervals.
    progress : callable, optional
        Called with points done, points in all, and what was done.
    event_label : object, optional
        The label of an event, where the card does not name it. When None it is the larger of the
        two, and an EventLabelWarning says so unless labels are 0/1, -1/1 or False/True (numbers or
        text).

    Returns
    -------
    Frontier
        Points in order of the budget; ``model`` is the fitted ``Scorecard``. Measures are ``iv``
        (of the score), ``iv_fair`` (the largest over the pairs of groups), ``auc`` and
        ``adverse_impact_ratio`` (the smallest; NaN with its ``reason`` at a point that approves
        nobody of the reference group), and with later rows ``stability``, without its bias.
        Further columns of the table: measured (what the budget bounds), gap_kind ("net" or
        "gross"), gap_bound (nats of log odds), n_kept (characteristics with a coefficient); with
        later rows stability_budget, stability_measured and stability_bound.

    Raises
    ------
    ValueError
        If the data, a budget or an option is not valid, or there are budgets of stability without
        later rows.

    Notes
    -----
    For scores that are near normal with one variance the Jeffreys divergence between two groups is
    the squared standardised difference of their means, so that a bound on the difference is a
    convex stand-in for one on the divergence, which is not convex. The gross gap of a pair is
    ``sum |coefficient x difference of mean WoE|``, linear because coefficients have one sign;
    unlike the net gap it reaches every budget, at 0 with a constant score (status "constant
    score"). Two bounds are tightened in turn until both measures hold; none is loosened again, so
    that the pair may be short of the likeliest; a card that was found for tighter budgets is taken
    where it is likelier. After sections 8 and 10 of A. Sudjianto and D.
    Burakov, arXiv:2509.09855, who maximise the model's information value itself, which is not a
    convex problem, and name performance, fairness and stability as objectives of one program.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> data = make_portfolio(
    ...     4000, numeric=[0.3, 0.3], categorical=[], protected_slope=1.0, random_state=0
    ... )
    >>> table = scorecard_frontier(data.X, data.y, data.protected, [0.05, np.inf]).to_frame()
    >>> bool(table["iv_fair"][0] <= 0.05), bool(table["auc"][1] > table["auc"][0])
    (True, True)

    Three objectives: a later sample in which the first characteristic has moved.

    >>> moved = data.X.assign(number_0=data.X["number_0"] + 0.5)
    >>> pairs = scorecard_frontier(
    ...     data.X,
    ...     data.y,
    ...     data.protected,
    ...     [0.05, np.inf],
    ...     later={"X": moved},
    ...     stability_budgets=[0.01, np.inf],
    ... ).to_frame()
    >>> bool((pairs["stability"] <= pairs["stability_budget"]).all()), len(pairs)
    (True, 4)
    """
    check_option("missing_protected", missing_protected, MISSING_POLICIES)
    _check(approval_rate, confidence, n_score_bins, n_points)
    later_rows, steadiness = read_later(later), _stability_limits(later, stability_budgets)
    base = with_event(clone(Scorecard() if card is None else card), event_label)
    base.set_params(signs="free")  # of this regression the bins are used, not the coefficients
    base.fit(
        X, y, sample_weight, protected=protected if isinstance(base.binner, FairBinner) else None
    )

    base.set_params(signs="constrained" if sign_constraints else "free")
    labels = TargetLabels.of(base)
    policy = GroupPolicy(
        missing_protected=missing_protected, intersections=intersections, reference=reference
    )
    train = read_sample(
        X, y, protected, sample_weight, of="the training rows", labels=labels, policy=policy
    )
    tuning = read_held_out("validation", validation, labels=labels, policy=policy) or train
    held_out = read_held_out("holdout", holdout, labels=labels, policy=policy)

    z = 0.0 if confidence is None else one_sided_quantile(confidence)
    search = ScoreSearch.start(
        base, train, tuning, later_rows, z, n_score_bins, approval_rate, signed=sign_constraints
    )

    limits = (
        _steps(search.at().measured[0], n_points) if budgets is None else check_budgets(budgets)
    )

    pairs = list(product(limits.tolist(), steadiness.tolist()))
    codes = None
    if held_out is not None:
        codes = base.binner_.bin_codes(held_out.X)
        # What the training rows never had weighs nothing in the scores of any point.
        warn_of_new_values(base.binner_, codes, held_out.rows.weights)

    points = []
    for i, pair in enumerate(pairs):
        points.append(_point(search, pair, held_out, codes))
        if progress is not None:
            progress(i + 1, len(pairs), repr(points[-1]).partition(":")[0])
    return Frontier(tuple(points), _dominated(points), level)


def _check(
    approval_rate: float, confidence: float | None, n_score_bins: int, n_points: int
) -> None:
    check_integer("n_points", n_points)
    check_integer("n_score_bins", n_score_bins, low=2)
    check_level(approval_rate, "approval_rate")
    if confidence is not None and not 0.5 <= confidence < 1.0:
        message = (
            "confidence must lie in [0.5, 1), or be None for no standard errors, got "
            f"{confidence!r}"
        )
        raise ValueError(message)


def _stability_limits(
    later: Mapping[str, Any] | None, budgets: Sequence[float] | None
) -> FloatArray:
    """Budgets of the stability index in ascending order; none is ``inf``."""
    if budgets is None:
        return np.array([np.inf])
    if later is None:
        message = (
            "stability_budgets need the rows of a later sample: name them by later={'X': ...}, got "
            "None"
        )
        raise ValueError(message)
    return check_budgets(budgets, name="stability_budgets")


def _dominated(points: Sequence[FrontierPoint]) -> BoolArray:
    """Mark the points that another one beats in all that was measured."""
    gains, *costs = (
        [point.measures[name].value for point in points]
        for name in ("iv", "iv_fair", "stability")
        if name in points[0].measures
    )
    return dominated_points(gains, *costs)


def _steps(largest: float, n_points: int) -> FloatArray:
    """Even budgets up to the value without a budget, which is ``inf``."""
    return np.append(largest * np.arange(1, n_points) / n_points, np.inf)


def _point(
    search: ScoreSearch,
    budgets: tuple[float, float],
    held_out: GroupedSample | None,
    held_out_codes: IntArray | None,
) -> FrontierPoint:
    """Find the card of a pair of budgets, and measure it."""
    began = time.perf_counter()
    made = search.within(budgets)
    card = search.scorecard(made)
    seconds = time.perf_counter() - began

    measures, comparison = score_measures(
        search.log_odds(made.fit, search.codes), made.rule, search.train
    )
    details: dict[str, Any] = {
        "measured": made.measured[0],
        "gap_kind": "gross" if made.gross else "net",
        "gap_bound": made.bounds[0],
        "n_kept": int(np.count_nonzero(made.fit.coefficients)),
    }
    stability = search.stability(made.fit, made.rule)
    if stability is not None:
        measures["stability"] = stability
        details["stability_measured"] = made.measured[1]
        details["stability_bound"] = made.bounds[1]

    holdout: dict[str, Estimate] = {}
    if held_out is not None and held_out_codes is not None:
        scores = search.log_odds(made.fit, held_out_codes)
        holdout, details["holdout_comparison"] = score_measures(scores, made.rule, held_out)

    return FrontierPoint(
        budget=budgets[0],
        stability_budget=None if stability is None else budgets[1],
        model=card,
        measures=measures,
        holdout=holdout,
        comparison=comparison,
        status=made.fit.status if made.fit.coefficients.any() else "constant score",
        # A gap to a bound is one of searches over bins: a regression has none.
        gap=np.nan,
        seconds=seconds,
        details=details,
    )
