"""Reject inference as what it is: a band over assumptions that the data cannot tell apart."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from infotheory._display import html_frame, number_text, short_repr
from infotheory._numerics import refuse_sparse
from infotheory._patterns import Patterns
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows, needed
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import (
    as_weights,
    check_integer,
    check_level,
    check_option,
    rows_with_weight,
)
from infotheory.evidence.roc_area import area_under_curve, placements
from infotheory.inference import Estimate, weighted_mean
from infotheory.laws import LogitNormalLaw
from infotheory.scorecard.decisions._augmented import (
    Assumption,
    Augmented,
    FixedBins,
    Fuzzy,
    Parcelling,
    RefittedCard,
    augment,
    refit,
    variance_of_accepted,
)
from infotheory.scorecard.decisions.cut_offs import as_cut_offs
from infotheory.scorecard.points.codes import sum_by_code, warn_of_new_values
from infotheory.scorecard.points.fitted import (
    FittedCard,
    check_options_of_fit,
    check_two_classes,
    scale_of,
)
from infotheory.scorecard.points.signs import warn_of_refitted_signs
from infotheory.scorecard.regression.influences import influence_by_code
from infotheory.scorecard.validation.bands import groups_by_rank

__all__ = ["RejectBand", "RejectEstimate", "reject_inference"]

ACCEPTED = "accepted only"
METHOD = "stacked influence functions"
_KEY = ["quantity", "feature", "bin"]


@dataclass(frozen=True, slots=True)
class RejectEstimate:
    """One number under one assumption.

    Parameters
    ----------
    assumption : str
        "accepted only", or the method with its factor.
    factor : float
        Prudence factor; NaN for "accepted only".
    quantity : str
        "intercept", "coefficient", "points", "auc_accepted", "auc_all", "bad_rate_rejected" or
        "bad_rate_all".
    feature, bin : str
        Where the number belongs to a characteristic or a bin; empty otherwise.
    estimate : Estimate
        The number.
    """

    assumption: str
    factor: float
    quantity: str
    feature: str
    bin: str
    estimate: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class RejectBand:
    """Result of :func:`reject_inference`. There is no single answer in it, on purpose.

    Parameters
    ----------
    rows : tuple of RejectEstimate
        By assumption, then by quantity.
    method : str
        "parcelling" or "fuzzy".
    factors : tuple of float
        Prudence factors, ascending.
    n_accepted, n_rejected : int
        Numbers of rows.
    outside_share : float
        Share of rejects riskier than every accepted applicant: about these even the assumption
        extrapolates.
    level : float
        Coverage of the intervals.
    """

    rows: "tuple[RejectEstimate, ...]"
    method: str
    factors: tuple[float, ...]
    n_accepted: int
    n_rejected: int
    outside_share: float
    level: float

    __repr__ = short_repr
    _repr_html_ = html_frame

    def to_frame(self) -> pd.DataFrame:
        """Every number under every assumption.

        Returns
        -------
        DataFrame
            Columns assumption, factor, quantity, feature, bin, value, standard_error, low, high.
            The errors are those of sampling, the assumption taken as true.
        """
        return pd.DataFrame(
            {
                "assumption": row.assumption,
                "factor": row.factor,
                "quantity": row.quantity,
                "feature": row.feature,
                "bin": row.bin,
                **row.estimate.to_row(self.level, p_value=False),
            }
            for row in self.rows
        )

    def band(self) -> pd.DataFrame:
        """Range of each number over the assumptions about the rejects.

        Returns
        -------
        DataFrame
            Columns quantity, feature, bin, minimum, maximum (over the factors), low, high (smallest
            lower and largest upper end of the intervals: they cover the truth with at least the
            nominal level if one of the factors is true), accepted_only (what ignoring the rejects
            gives, NaN where that says nothing).
        """
        frame = self.to_frame()
        alone = frame["assumption"] == ACCEPTED
        grouped = frame[~alone].groupby(_KEY, sort=False)
        band = grouped.agg(
            minimum=("value", "min"),
            maximum=("value", "max"),
            low=("low", "min"),
            high=("high", "max"),
        )
        ignoring = frame[alone].set_index(_KEY)["value"].rename("accepted_only")
        return band.join(ignoring).reset_index()


def reject_inference(
    card: FittedCard,
    X: Any,
    y: ArrayLike,
    rejects: Any,
    *,
    method: Literal["parcelling", "fuzzy"] = "parcelling",
    factors: Sequence[float] = (1.0, 1.5, 2.0, 3.0),
    bands: int | Sequence[float] = 10,
    sample_weight: ArrayLike | None = None,
    reject_weight: ArrayLike | None = None,
    level: float = 0.95,
) -> RejectBand:
    """Tell how far rejected applicants, whose outcome nobody knows, could change a card.

    The card is refitted (weights of evidence, coefficients, points; its bins stay) on the accepted
    rows and the rejects, the latter counting in part as events. What part is not in the data:
    accepted applicants tell nothing of how rejects differ from them at equal score. So a range of
    prudence factors is stated, and a band comes back.

    Parameters
    ----------
    card : Scorecard
        A fitted card without penalty; bins, characteristics and scale are its own. What its signs
        hold at 0 takes no part; the coefficients of the refitted cards are free, and a
        CoefficientSignWarning tells which of them turn, unless the card has ``signs="free"``.
    X : array-like or frame of shape (n_accepted, n_features)
        Accepted applicants.
    y : array-like of shape (n_accepted,)
        Their labels, those of the card; the event is that of the card, ``event_label_``.
    rejects : array-like or frame of shape (n_rejected, n_features)
        Rejected applicants.
    method : {"parcelling", "fuzzy"}
        "parcelling": a reject is an event with the rate of accepted rows in its score band, times
        the factor, at most
        1. "fuzzy" augmentation: with its own predicted probability, the odds times the factor.
    factors : sequence of float
        Prudence factors, at least two different positive numbers. At 1 rejects behave as accepted
        applicants of equal score; above 1 they are worse, as where refusals used more than the
        score knows.
    bands : int or sequence of float
        Score bands of "parcelling": the points at which a new band begins, or a number of bands of
        equal accepted weight. The first and the last band are open.
    sample_weight, reject_weight : array-like, optional
        Sampling weights of the two sets of rows.
    level : float
        Coverage of the intervals.

    Returns
    -------
    RejectBand
        ``to_frame`` for every assumption, ``band`` for the ranges. Points are those of the bins
        before rounding.

    Raises
    ------
    TypeError
        If ``X`` or ``rejects`` is sparse.
    ValueError
        If fewer than two factors or a factor that is not positive is given, the card is penalised
        or has no active characteristic, or rows are not valid.

    Notes
    -----
    Rejects count with the expected share of events (parcelling draws it at random; the draw adds
    noise and no knowledge). Standard errors come from influence functions through the whole chain:
    accepted rows move the assumed shares, these and the rejects move weights of evidence,
    coefficients and points. Bins and the score bands (of the card as it is) are taken as given:
    with a number of bands the errors leave out that these rows fixed their limits, so state the
    limits where the intervals matter. The area under the curve takes the score as given (DeLong).
    "auc_all" and the bad rates count rejects as the assumption says, so they cannot confirm it.

    Fuzzy augmentation at factor 1 with weights of evidence held fixed would return the coefficients
    of the accepted rows unchanged, whatever the rejects: the assumption adds no information.

    References
    ----------
    .. [1] D. J. Hand and W. E. Henley, "Can reject inference ever work?", IMA Journal of
       Mathematics Applied in Business and Industry 5 (1993) 45-55, doi:10.1093/imaman/5.1.45.
    .. [2] J. Crook and J. Banasik, "Does reject inference really improve the performance of
       application scoring models?", Journal of Banking and Finance 28 (2004) 857-874,
       doi:10.1016/j.jbankfin.2003.10.010.
    .. [3] N. Siddiqi, "Credit Risk Scorecards", Wiley (2006), chapter on reject inference:
       parcelling, fuzzy augmentation.

    Examples
    --------
    One characteristic with two bins, 20 % and 40 % events; ten rejects in the second, assumed to
    have 40 % or 80 %:

    >>> from infotheory.scorecard import Scorecard
    >>> X, y = np.repeat([[1.0], [2.0]], 50, axis=0), np.repeat([0, 1, 0, 1], [40, 10, 30, 20])
    >>> card = Scorecard().fit(X, y)
    >>> result = reject_inference(card, X, y, np.full((10, 1), 2.0), factors=(1, 2), bands=2)
    >>> band = result.band().set_index("quantity")
    >>> columns = ["minimum", "maximum", "accepted_only"]
    >>> band.loc["bad_rate_all", columns].astype(float).round(4).tolist()
    [0.3091, 0.3455, 0.3]
    """
    check_option("method", method, ("parcelling", "fuzzy"))
    check_level(level)
    check_two_classes(card, "rejects")
    stated = _factors(factors)
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight)
    warn_of_row_order(rejects=rejects, reject_weight=reject_weight)
    active = _active(card)
    check_options_of_fit(card)
    codes = card.binner_.bin_codes(X)[:, active]
    labels = TargetLabels.of(card)
    weights = as_weights(sample_weight, len(codes))
    target = labels.read(y, len(codes), weights=weights)
    rows = Rows.of_sample(target, weights, codes=codes).present()

    refuse_sparse("rejects", rejects)
    if hasattr(rejects, "__len__") and len(rejects) == 0:
        message = "rejects must hold rows, got none: nothing is to be assumed of nobody"
        raise ValueError(message)
    refused = card.binner_.bin_codes(rejects)
    reject_weights = as_weights(reject_weight, len(refused), name="reject_weight")
    has_weight = rows_with_weight(reject_weights)
    if reject_weights is not None and has_weight is not None:
        refused, reject_weights = refused[has_weight], reject_weights[has_weight]
    warn_of_new_values(card.binner_, refused)
    refused = refused[:, active]
    accepted = Patterns.from_rows(codes, target, weights)
    # Rejects have no outcome: all of their weight stands in the first column.
    rejected = Patterns.from_rows(refused, np.zeros(len(refused)), reject_weights)

    bins = _fixed_bins(card, active)
    base = refit(accepted, bins)
    points, reject_points = (
        sum_by_code(patterns.codes, [card.points_[name] for name in bins.names], card.base_)
        for patterns in (accepted, rejected)
    )
    assumption: Assumption = (
        Fuzzy(base, rejected)
        if method == "fuzzy"
        else _parcelling(accepted, points, reject_points, bands)
    )

    numbers, coefficients = _Numbers(card, bins, rows), [base.fit.coefficients]
    estimates = [RejectEstimate(ACCEPTED, np.nan, *number) for number in numbers.of_accepted(base)]
    for factor in stated:
        augmented = augment(base, rejected, assumption, factor, bins)
        coefficients.append(augmented.card.fit.coefficients)
        name = f"{method} x {number_text(factor)}"
        estimates += [
            RejectEstimate(name, factor, *number) for number in numbers.of_augmented(augmented)
        ]

    # A card whose signs are free said that they do not matter to it.
    if card.get_params(deep=False).get("signs") != "free":
        warn_of_refitted_signs(bins.names, coefficients, card.binner_.woe_sign)
    # Rejects below the worst accepted row: the data hold nothing to compare them with.
    outside = float(np.average(reject_points < points.min(), weights=rejected.counts[:, 0]))
    return RejectBand(tuple(estimates), method, stated, rows.n_rows, len(refused), outside, level)


def _fixed_bins(card: FittedCard, active: BoolArray) -> FixedBins:
    """Bins of the characteristics that the card uses."""
    binner = card.binner_
    names = [name for name, is_active in zip(binner.specs_, active, strict=True) if is_active]
    return FixedBins(
        names=tuple(names),
        n_codes=tuple(binner.woe_[name].size for name in names),
        zero_cells=binner.zero_cells,
        sign=-1.0 if binner.woe_sign == "event" else 1.0,
        by_hand=tuple(binner.features_[name].woe_by_hand for name in names),
    )


def _parcelling(
    accepted: Patterns, points: FloatArray, reject_points: FloatArray, bands: int | Sequence[float]
) -> Parcelling:
    """Cut accepted rows and rejects into score bands: of equal accepted weight, or stated."""
    if np.ndim(bands) == 0:
        check_integer("bands", bands, alternative=", or the points at which a band begins")
        # The limits are those of accepted rows, so that rejects of equal points share their band.
        groups = groups_by_rank(points, accepted.counts.sum(axis=1), int(np.asarray(bands)))
        later = range(1, int(groups.max()) + 1)
        starts = np.array([points[groups == group].min() for group in later])
    else:
        starts = as_cut_offs(bands).points

    band, reject_band = (
        np.searchsorted(starts, values, side="right") for values in (points, reject_points)
    )
    empty = np.setdiff1d(np.arange(starts.size + 1), band)
    if empty.size:
        limits = [-np.inf, *starts.tolist(), np.inf]
        place = int(empty[0])
        message = (
            f"every band must hold accepted rows, got none from {number_text(limits[place])} to "
            f"{number_text(limits[place + 1])} points; join it to a neighbour"
        )
        raise ValueError(message)
    return Parcelling(accepted, band, reject_band, starts.size + 1)


def _factors(factors: Sequence[float]) -> tuple[float, ...]:
    values = np.unique(np.asarray(factors, dtype=np.float64))
    if values.size < 2 or not (np.isfinite(values) & (values > 0.0)).all():
        message = (
            "factors must hold at least two different positive numbers, got "
            f"{np.asarray(factors).tolist()}; one assumption would pass for an answer"
        )
        raise ValueError(message)
    return tuple(values.tolist())


def _active(card: FittedCard) -> BoolArray:
    """Mark the characteristics that a maximum-likelihood card uses."""
    penalty = card.get_params(deep=False)["penalty"]
    if penalty is not None or not card.active_.any():
        message = (
            "card must be a maximum-likelihood fit with an active characteristic, got "
            f"penalty {penalty!r} and {int(card.active_.sum())} active characteristics"
        )
        raise ValueError(message)
    return card.active_


#: Quantity, feature, bin, and the estimate.
Number = tuple[str, str, str, Estimate]
#: Covariance of outputs from the influence of a non-event and of an event of each pattern.
Variance = Callable[[FloatArray, FloatArray], FloatArray]


class _Numbers:
    """The numbers of refitted cards with their errors, on the scale and the rows of the first."""

    def __init__(self, card: FittedCard, bins: FixedBins, rows: Rows) -> None:
        self.scale, self.spread = scale_of(card), card.intercept == "spread"
        self.names, self.rows = bins.names, rows
        features = [card.binner_.features_[name] for name in bins.names]
        self.labels = [
            {code: label for code, label in enumerate(f.spec.labels) if code not in f.spec.joined}
            for f in features
        ]

    def of_accepted(self, card: RefittedCard) -> Iterator[Number]:
        """Numbers of the card of the accepted rows alone."""
        yield from self._of_card(card, partial(variance_of_accepted, card))

        # The mean of the label over two cells: the share of events.
        counts, squares = card.patterns.counts.sum(axis=0), card.patterns.squared_weights
        rate, error = weighted_mean(np.array([0.0, 1.0]), counts, squares.sum(axis=0))
        yield "bad_rate_all", "", "", _share(float(rate), float(error))

    def of_augmented(self, augmented: Augmented) -> Iterator[Number]:
        """Numbers of a card of accepted rows and rejects."""
        yield from self._of_card(augmented.card, augmented.variance)
        yield from _rates(augmented)
        yield _area_of_all(augmented)

    def _of_card(self, card: RefittedCard, variance: Variance) -> Iterator[Number]:
        """Coefficients, points of each bin, and the area under the curve of the accepted rows."""
        influences = card.influences()
        errors = _errors(variance(*influences))
        for i, value in enumerate(card.theta.tolist()):
            quantity, feature = ("coefficient", self.names[i - 1]) if i else ("intercept", "")
            yield quantity, feature, "", _normal(value, errors[i])

        contributions = [
            coefficient * regressor.woe
            for coefficient, regressor in zip(card.fit.coefficients, card.regressors, strict=True)
        ]
        yield from self._points(card, contributions, influences, variance)

        log_odds = sum_by_code(needed(self.rows.codes, "codes"), contributions, 0.0)
        area = area_under_curve(self.rows.target, log_odds, sample_weight=self.rows.mass)
        yield "auc_accepted", "", "", area

    def _points(
        self,
        card: RefittedCard,
        contributions: list[FloatArray],
        influences: tuple[FloatArray, FloatArray],
        variance: Variance,
    ) -> Iterator[Number]:
        """Points of each bin before rounding."""
        # Only active characteristics were refitted; each takes its share of the base.
        all_active = np.ones(len(self.names), dtype=bool)
        points, _ = self.scale.points(
            contributions, card.fit.intercept, all_active, spread=self.spread, rounded=False
        )
        share = self.spread / len(self.names)
        for f, name in enumerate(self.names):
            moved = _point_influences(card, influences, f, share)
            errors = self.scale.factor * _errors(variance(*moved))

            # Unseen values and what is joined to a bin have no label here: no row has their code.
            for code, label in self.labels[f].items():
                yield "points", name, label, _normal(float(points[f][code]), float(errors[code]))


def _errors(covariance: FloatArray) -> FloatArray:
    return np.sqrt(np.maximum(np.diag(covariance), 0.0))


def _point_influences(
    card: RefittedCard, influences: tuple[FloatArray, FloatArray], feature: int, share: float
) -> tuple[FloatArray, FloatArray]:
    """Influence of a non-event and of an event on the log odds that each bin adds.

    ``share`` is the part of the intercept that goes to each characteristic.
    """
    regressor, coefficient = card.regressors[feature], card.fit.coefficients[feature]
    codes, counts = card.patterns.codes[:, feature], card.counts[feature]

    def moved(influence: FloatArray, of_class: FloatArray, sign: float) -> FloatArray:
        # The influence on every code at once: the derivative of each value by itself is 1.
        own = regressor.through_counts(np.eye(of_class.size))
        woe = sign * regressor.sign * influence_by_code(own, of_class)
        by_coefficient = influence[:, [1 + feature]] * regressor.woe
        return by_coefficient + coefficient * woe[codes] + share * influence[:, [0]]

    return moved(influences[0], counts.first, 1.0), moved(influences[1], counts.second, -1.0)


def _rates(augmented: Augmented) -> Iterator[Number]:
    """Bad rate of the rejects and of all applicants."""
    # Column 0 of the rejects is all of their weight.
    counts, size = augmented.accepted.counts, augmented.rejects.counts[:, 0]
    bad_rejects = float(augmented.shares @ size)

    # Accepted rows move the rate of the rejects through the assumed shares alone.
    rate, total = float(bad_rejects / size.sum()), size.sum()
    nothing = np.zeros((len(counts), 1))
    yield "bad_rate_rejected", "", "", _rate(augmented, rate, total, (nothing, nothing))

    # Accepted rows are also counted themselves: each moves the share by (y - rate) / total.
    total = size.sum() + counts.sum()
    rate = float((bad_rejects + counts[:, 1].sum()) / total)
    direct = (nothing - rate / total, nothing + (1.0 - rate) / total)
    yield "bad_rate_all", "", "", _rate(augmented, rate, total, direct)


def _rate(
    augmented: Augmented, rate: float, total: float, direct: tuple[FloatArray, FloatArray]
) -> Estimate:
    """Bad rate with its error, from the direct influences of accepted non-events and events."""
    derivative = augmented.rejects.counts[:, [0]] / total
    rejected = (augmented.shares - rate)[:, None] / total
    return _share(rate, np.sqrt(augmented.total(derivative, direct, rejected)[0, 0]))


def _area_of_all(augmented: Augmented) -> Number:
    """Area under the curve of all applicants, rejects split as assumed."""
    card = augmented.card
    counts, n = card.patterns.counts, len(card.patterns.codes)
    log_odds = card.design(card.patterns) @ card.theta

    # Every pattern stands there twice: with its non-events, and with its events.
    target = np.repeat([0.0, 1.0], n)
    placed = placements(target, np.tile(log_odds, 2), counts.T.ravel()).reshape(2, n)
    totals = counts.sum(axis=0)
    value = float(counts[:, 1] @ placed[1] / totals[1])

    # DeLong: a row moves the area by its placement among the rows of the other class.
    nonevent, event = ((placed[label] - value)[:, None] / totals[label] for label in (0, 1))
    error = float(np.sqrt(augmented.variance(nonevent, event)[0, 0]))
    return "auc_all", "", "", _share(value, error)


def _normal(value: float, error: float) -> Estimate:
    return Estimate(value=value, standard_error=float(error), method=METHOD)


def _share(value: float, error: float) -> Estimate:
    return Estimate(value=value, standard_error=float(error), method=METHOD, law=LogitNormalLaw())
