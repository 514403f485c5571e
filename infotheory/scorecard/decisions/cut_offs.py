"""Cut-offs that are fixed before the rows they are judged on: stated, or learnt on other rows."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._codes import REACHED, reached_at
from infotheory._display import html_repr, short_repr
from infotheory._rows import needed
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_array, as_numbers
from infotheory.scorecard.decisions.costs import CostTable
from infotheory.scorecard.validation.outcomes import as_rows

__all__ = ["CutOffs", "as_cut_offs", "best_cut_off", "cut_offs_at_rates", "digest_of"]


@dataclass(frozen=True, slots=True, eq=False)
class CutOffs:
    """Cut-offs with where they come from. An applicant with at least so many points is approved.

    A cut-off is a choice, not an estimate; :func:`cut_off_sweep` estimates what it does.

    Parameters
    ----------
    points : ndarray of shape (n_cut_offs,)
        Ascending, without repeats; infinity where nobody is approved.
    origin : str
        Who fixed them, in words.
    digest : str
        Digest of the points they were learnt on, empty where they were stated; the sweep refuses
        those rows.
    learnt_profit : float
        Mean profit on the rows of learning, which is optimistic; NaN where no profit was sought.
    """

    points: FloatArray
    origin: str
    digest: str = ""
    learnt_profit: float = np.nan

    __repr__ = short_repr
    _repr_html_ = html_repr


def as_cut_offs(cut_offs: "CutOffs | ArrayLike") -> CutOffs:
    """Read stated cut-offs; learnt ones pass."""
    if isinstance(cut_offs, CutOffs):
        return cut_offs
    try:
        values = np.atleast_1d(np.asarray(cut_offs, dtype=np.float64))
    except (TypeError, ValueError) as error:
        message = f"cut_offs must be numbers, got {cut_offs!r}"
        raise ValueError(message) from error
    if values.ndim != 1 or values.size == 0 or np.isnan(values).any():
        message = f"cut_offs must be at least one number of points, got {values.tolist()}"
        raise ValueError(message)
    # Sorted, and each once: cut-offs come in ascending order from every maker.
    return CutOffs(np.unique(values), "stated")


def cut_offs_at_rates(
    points: ArrayLike, rates: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> CutOffs:
    """Cut-offs that approve given shares of these rows; judge them on others.

    They are a choice, not an estimate.

    Parameters
    ----------
    points : array-like of shape (n_rows,)
        Finite points, more are safer.
    rates : array-like of shape (n_rates,)
        Wanted approval rates, above 0 and at most 1.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.

    Returns
    -------
    CutOffs
        For each rate the highest cut that approves at least this share; equal points share one
        decision, so that more may be approved.

    Raises
    ------
    ValueError
        If a rate is not in (0, 1] or a score is not finite.

    Examples
    --------
    >>> cut_offs_at_rates([500, 520, 540, 560], [0.5, 0.75]).points.tolist()
    [520.0, 540.0]
    """
    rows = as_rows(
        None, score=points, sample_weight=sample_weight, score_name="points", unlabelled=True
    )
    if not rows.n_rows:
        message = "points must hold at least one row, got none"
        raise ValueError(message)
    scores = needed(rows.score, "score")
    wanted = np.atleast_1d(as_numbers("rates", as_array("rates", rates)))
    if wanted.ndim != 1 or wanted.size == 0 or not ((wanted > 0.0) & (wanted <= 1.0)).all():
        message = f"rates must lie above 0 and at most at 1, got {wanted.tolist()}"
        raise ValueError(message)

    cuts, mass = _mass_by_cut(scores, rows.mass)
    # From the top down: whoever has at least so many points is approved.
    places = cuts.size - 1 - reached_at(mass[::-1], wanted)
    return CutOffs(
        np.unique(cuts[places]), f"approval rates of {scores.size} other rows", digest_of(scores)
    )


def best_cut_off(
    y: ArrayLike,
    points: ArrayLike,
    costs: CostTable,
    *,
    candidates: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> CutOffs:
    """Cut-off of greatest mean profit on these rows; judge it on others.

    It is a choice, not an estimate, and the profit of the rows that chose it is optimistic.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Two labels; ``event_label`` names the event (bad).
    points : array-like of shape (n_rows,)
        Finite points, more are safer.
    costs : CostTable
        Money by decision and outcome.
    candidates : array-like, optional
        Cut-offs to choose from; all points that occur, and infinity, when None.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).

    Returns
    -------
    CutOffs
        One value, the lowest of equally good ones; ``learnt_profit`` is the mean profit on these
        rows. Being the largest of many, it overstates what the cut-off earns: pass the result with
        hold-out rows to :func:`cut_off_sweep`.

    Raises
    ------
    ValueError
        If there are not two labels, or an input is not valid.

    Examples
    --------
    Of six applicants three good ones and one bad one are approved, (30 - 15) / 6:

    >>> costs = CostTable(gain_per_good=10, loss_per_bad=15)
    >>> best = best_cut_off([1, 1, 0, 0, 1, 0], [1, 2, 3, 4, 5, 6], costs)
    >>> best.points.tolist(), round(best.learnt_profit, 3)
    ([3.0], 2.5)
    """
    rows = as_rows(
        y,
        event_label=event_label,
        score=points,
        sample_weight=sample_weight,
        score_name="points",
        all_rows=True,
    )
    if not isinstance(costs, CostTable):
        message = f"costs must be a CostTable, got {type(costs).__name__}"
        raise ValueError(message)  # noqa: TRY004 - as all wrong arguments
    # Amounts stand beside all rows, those of weight 0 too.
    has_weight = rows.mass > 0.0
    approved, refused = (amounts[has_weight] for amounts in costs.outcomes(rows.target))
    rows = rows.present()
    scores = needed(rows.score, "score")

    # Refuse everybody, then add what each approval gains over refusal, from the safest down.
    cuts, gained = _mass_by_cut(scores, rows.mass * (approved - refused))
    # Above all points nobody is approved, and nothing is gained.
    gain_from_cut = np.append(np.cumsum(gained[::-1])[::-1], 0.0)
    tried = np.append(cuts, np.inf) if candidates is None else as_cut_offs(candidates).points
    place = np.searchsorted(cuts, tried, side="left")
    profit = (float(rows.mass @ refused) + gain_from_cut[place]) / rows.mass.sum()

    # The lowest of equally good cut-offs, which differ by the rounding of sums in another order.
    slack = REACHED * np.abs(gained).sum() / rows.mass.sum()
    best = int(np.argmax(profit >= profit.max() - slack))
    return CutOffs(
        tried[[best]],
        f"greatest profit on {rows.n_rows} other rows",
        digest_of(scores),
        float(profit[best]),
    )


def digest_of(points: FloatArray) -> str:
    """Digest of the points of a sample, in their order."""
    return hashlib.blake2b(np.ascontiguousarray(points).tobytes(), digest_size=16).hexdigest()


def _mass_by_cut(scores: FloatArray, mass: FloatArray) -> tuple[FloatArray, FloatArray]:
    cuts, place = np.unique(scores, return_inverse=True)
    return cuts, np.bincount(place, mass).astype(np.float64)
