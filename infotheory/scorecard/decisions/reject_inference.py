"""Reject inference as what it is: a band over assumptions that the data cannot tell apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from infotheory._patterns import Patterns
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import (
    as_binary_target,
    as_weights,
    check_integer,
    check_length,
    check_level,
    check_option,
)
from infotheory.evidence.roc_area import area_under_curve, placements
from infotheory.inference import Estimate
from infotheory.laws import LogitNormalLaw, NormalLaw
from infotheory.scorecard.decisions._augmented import (
    Assumption,
    Augmented,
    Binning,
    Fuzzy,
    Model,
    Parcelling,
    augment,
    fit_model,
)
from infotheory.scorecard.decisions.cut_offs import as_cut_offs
from infotheory.scorecard.points.codes import codes_with_warning
from infotheory.scorecard.points.scale import Scale
from infotheory.scorecard.regression.influences import influence_by_code
from infotheory.scorecard.validation.bands import groups_by_rank

__all__ = ["RejectBand", "RejectEstimate", "reject_inference"]

ACCEPTED = "accepted only"
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

    rows: tuple[RejectEstimate, ...]
    method: str
    factors: tuple[float, ...]
    n_accepted: int
    n_rejected: int
    outside_share: float
    level: float

    def to_frame(self) -> pd.DataFrame:
        """Every number under every assumption.

        Returns
        -------
        DataFrame
            Columns assumption, factor, quantity, feature, bin, value, standard_error, low, high.
            The errors are those of sampling, the assumption taken as true.
        """
        records = []
        for row in self.rows:
            low, high = row.estimate.interval(self.level)
            head = {"assumption": row.assumption, "factor": row.factor, "quantity": row.quantity}
            head |= {"feature": row.feature, "bin": row.bin, "value": row.estimate.value}
            records.append(
                head | {"standard_error": row.estimate.standard_error, "low": low, "high": high}
            )
        return pd.DataFrame(records)

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
    card: Any,
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
        A fitted card without penalty; bins, characteristics and scale are its own.
    X : array-like or frame of shape (n_accepted, n_features)
        Accepted applicants.
    y : array-like of shape (n_accepted,)
        Their labels.
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
    >>> band.loc["bad_rate_all", ["minimum", "maximum", "accepted_only"]].astype(float).round(4).tolist()
    [0.3091, 0.3455, 0.3]
    """
    check_option("method", method, ("parcelling", "fuzzy"))
    check_level(level)
    stated = _factors(factors)
    active = _active(card)
    target, _ = as_binary_target(y, event_label=card.binner_.event_label)
    codes = card.binner_.bin_codes(X)[:, active]
    check_length("y", target, len(codes))
    weights = as_weights(sample_weight, target.size)
    refused = codes_with_warning(card.binner_, rejects)[:, active]
    names = [name for name, is_active in zip(card.binner_.specs_, active, strict=True) if is_active]
    sign = -1.0 if card.binner_.woe_sign == "event" else 1.0
    binning = Binning(
        tuple(card.binner_.woe_[name].size for name in names), card.binner_.zero_cells, sign
    )
    accepted = Patterns.from_rows(codes, target, weights)
    rejected = Patterns.from_rows(
        refused,
        np.zeros(len(refused)),
        as_weights(reject_weight, len(refused), name="reject_weight"),
    )
    base = fit_model(accepted, binning, names)
    points = [_points(card, names, patterns) for patterns in (accepted, rejected)]
    assumption: Assumption = (
        Fuzzy(base, rejected)
        if method == "fuzzy"
        else _parcelling(accepted, points[0], points[1], bands)
    )
    writer = _Writer(card, names, (codes, target, weights))
    rows = list(writer.accepted_only(base))
    for factor in stated:
        rows += writer.under(
            augment(base, rejected, assumption, factor, binning, names), f"{method} x {factor:g}"
        )
    outside = float(np.average(points[1] < points[0].min(), weights=rejected.counts[:, 0]))
    return RejectBand(tuple(rows), method, stated, target.size, len(refused), outside, level)


def _points(card: Any, names: Sequence[str], patterns: Patterns) -> FloatArray:
    return np.asarray(
        patterns.design([card.points_[name] for name in names]).sum(axis=1) + card.base_
    )


def _parcelling(
    accepted: Patterns, points: FloatArray, reject_points: FloatArray, bands: int | Sequence[float]
) -> Parcelling:
    if np.ndim(bands) == 0:
        check_integer("bands", bands, alternative=", or the points at which a band begins")
        groups = groups_by_rank(points, accepted.counts.sum(axis=1), int(np.asarray(bands)))
        starts = np.array(
            [points[groups == group].min() for group in range(1, int(groups.max()) + 1)]
        )
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
            f"every band must hold accepted rows, got none from {limits[place]:g} to "
            f"{limits[place + 1]:g} points; "
            "join it to a neighbour"
        )
        raise ValueError(message)
    return Parcelling(accepted, band, reject_band, starts.size + 1)


def _factors(factors: Sequence[float]) -> tuple[float, ...]:
    values = np.unique(np.asarray(factors, dtype=np.float64))
    if values.size < 2 or not (np.isfinite(values) & (values > 0.0)).all():
        message = (
            "factors must hold at least two different positive numbers, got "
            f"{np.asarray(factors).tolist()}; "
            "one assumption would pass for an answer"
        )
        raise ValueError(message)
    return tuple(values.tolist())


def _active(card: Any) -> Any:
    if card.penalty is not None or not card.active_.any():
        message = (
            "card must be a maximum-likelihood fit with an active characteristic, got "
            f"penalty {card.penalty!r} and {int(card.active_.sum())} active characteristics"
        )
        raise ValueError(message)
    return card.active_


class _Writer:
    """The numbers of a model with their errors, as rows of the result."""

    def __init__(
        self, card: Any, names: list[str], rows: tuple[Any, FloatArray, FloatArray | None]
    ) -> None:
        self.scale = Scale(card.pdo, card.base_points, card.base_odds)
        self.spread = card.intercept == "spread"
        self.names, self.rows = names, rows
        self.labels = [card.binner_.tables_[name].labels for name in names]

    def accepted_only(self, base: Model) -> Iterator[RejectEstimate]:
        patterns = base.patterns

        def variance(nonevent: FloatArray, event: FloatArray) -> FloatArray:
            parts = zip((nonevent, event), patterns.squared_weights.T, strict=True)
            return np.asarray(
                sum(influence.T @ (influence * squares[:, None]) for influence, squares in parts)
            )

        counts = patterns.counts.sum(axis=0)
        rate = counts[1] / counts.sum()
        error = (
            np.sqrt(patterns.squared_weights.sum(axis=0) @ [rate**2, (1.0 - rate) ** 2])
            / counts.sum()
        )
        for row in (*self._card(base, variance), ("bad_rate_all", "", "", _share(rate, error))):
            yield RejectEstimate(ACCEPTED, np.nan, *row)

    def under(self, augmented: Augmented, name: str) -> Iterator[RejectEstimate]:
        rows = [
            *self._card(augmented.model, augmented.variance),
            *_rates(augmented),
            _auc(augmented),
        ]
        for row in rows:
            yield RejectEstimate(name, augmented.factor, *row)

    def _card(self, model: Model, variance: Any) -> Iterator[tuple[str, str, str, Estimate]]:
        influences = model.influences()
        errors = np.sqrt(np.maximum(np.diag(variance(*influences)), 0.0))
        for i, value in enumerate(model.theta.tolist()):
            quantity, feature = ("coefficient", self.names[i - 1]) if i else ("intercept", "")
            yield quantity, feature, "", _normal(value, errors[i])
        contributions = [
            c * r.woe for c, r in zip(model.fit.coefficients, model.regressors, strict=True)
        ]
        active = np.ones(len(self.names), dtype=bool)
        points, _ = self.scale.points(
            contributions, model.fit.intercept, active, spread=self.spread, rounded=False
        )
        share = self.spread / len(self.names)
        for f, name in enumerate(self.names):
            spread = np.sqrt(
                np.maximum(np.diag(variance(*_point_influences(model, influences, f, share))), 0.0)
            )
            error = self.scale.factor * spread
            for j, label in enumerate(self.labels[f]):
                yield "points", name, label, _normal(float(points[f][j]), float(error[j]))
        codes, target, weights = self.rows
        log_odds = sum(table[column] for table, column in zip(contributions, codes.T, strict=True))
        yield "auc_accepted", "", "", area_under_curve(target, log_odds, sample_weight=weights)


def _point_influences(
    model: Model, influences: tuple[FloatArray, FloatArray], feature: int, share: float
) -> list[FloatArray]:
    """Influence of a non-event and an event on the log odds that each bin adds, share of the intercept included."""
    regressor, coefficient = model.regressors[feature], model.fit.coefficients[feature]
    codes = model.patterns.codes[:, feature]
    found = []
    for influence, counts, sign in zip(
        influences, model.counts[feature][:2], (1.0, -1.0), strict=True
    ):
        woe = (sign * regressor.sign * influence_by_code(np.eye(counts.size), counts))[codes]
        found.append(
            influence[:, [1 + feature]] * regressor.woe
            + coefficient * woe
            + share * influence[:, [0]]
        )
    return found


def _rates(augmented: Augmented) -> Iterator[tuple[str, str, str, Estimate]]:
    """Bad rate of the rejects and of all applicants."""
    counts, size = augmented.accepted.counts, augmented.rejects.counts[:, 0]
    rejected = float(augmented.shares @ size)
    for quantity, events, total in (
        ("bad_rate_rejected", rejected, size.sum()),
        ("bad_rate_all", rejected + counts[:, 1].sum(), size.sum() + counts.sum()),
    ):
        rate = float(events / total)
        direct = np.zeros((2, len(counts), 1))
        if quantity == "bad_rate_all":
            direct = direct + np.array([-rate, 1.0 - rate])[:, None, None] / total
        own = (augmented.shares - rate)[:, None] / total
        variance = augmented.total(size[:, None] / total, (direct[0], direct[1]), own)
        yield quantity, "", "", _share(rate, np.sqrt(variance[0, 0]))


def _auc(augmented: Augmented) -> tuple[str, str, str, Estimate]:
    """Area under the curve of all applicants, rejects split as assumed."""
    model = augmented.model
    counts, n = model.patterns.counts, len(model.patterns.codes)
    log_odds = model.design(model.patterns) @ model.theta
    target = np.repeat([0.0, 1.0], n)
    placed = placements(target, np.tile(log_odds, 2), counts.T.ravel()).reshape(2, n)
    totals = counts.sum(axis=0)
    value = float(counts[:, 1] @ placed[1] / totals[1])
    nonevent, event = ((placed[label] - value)[:, None] / totals[label] for label in (0, 1))
    error = float(np.sqrt(augmented.variance(nonevent, event)[0, 0]))
    return "auc_all", "", "", _share(value, error)


def _normal(value: float, error: float) -> Estimate:
    return Estimate(
        value=value,
        standard_error=float(error),
        method="stacked influence functions",
        law=NormalLaw(),
    )


def _share(value: float, error: float) -> Estimate:
    return Estimate(
        value=float(value),
        standard_error=float(error),
        method="stacked influence functions",
        law=LogitNormalLaw(),
    )
