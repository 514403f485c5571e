"""The frames of a monitored sample, made of counts by period and bin."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from infotheory._typing import FloatArray
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.drift import stability_rows
from infotheory.inference import benjamini_hochberg
from infotheory.scorecard.monitoring._rows import ScoredRows
from infotheory.tables import CountTable

__all__ = ["Binned", "bins_frame", "describe", "periods_frame", "stability_frame"]

SCORE = "score"


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """The score or a characteristic: its reference table and the counts of the periods over the same bins.

    Parameters
    ----------
    name : str
        Name.
    kind : str
        "score" or "characteristic".
    table : CountTable
        The reference.
    counts, squared : ndarray of shape (n_periods, n_bins)
        Sums of weights and of squared weights.
    points : ndarray of shape (n_bins,)
        Points of each bin; NaN for the score.
    """

    name: str
    kind: str
    table: CountTable
    counts: FloatArray
    squared: FloatArray
    points: FloatArray

    @property
    def samples(self) -> BinnedSamples:
        """Reference and periods, the reference repeated for each period."""
        reference = (self.table.counts.sum(axis=1), self.table.squared_weights.sum(axis=1))
        first, first_squared = (np.broadcast_to(array, self.counts.shape) for array in reference)
        return BinnedSamples(first, self.counts, first_squared, self.squared)


def stability_frame(
    parts: Sequence[Binned], names: Sequence[str], *, level: float, alpha: float
) -> pd.DataFrame:
    """Stability of the score and the characteristics in every period.

    Parameters
    ----------
    parts : sequence of Binned
        The score, then the characteristics.
    names : sequence of str
        The periods.
    level : float
        Coverage of the intervals.
    alpha : float
        Size of the tests.

    Returns
    -------
    DataFrame
        See :class:`MonitoringResult`; periods in their order, in each the score first.
    """
    frames = []
    for place, part in enumerate(parts):
        frame = stability_rows(part.samples, level=level, alpha=alpha)
        shift, error = _points_shift(part)
        frame = frame.assign(points_shift=shift, points_shift_standard_error=error)
        head = {"period": list(names), "name": part.name, "kind": part.kind, "place": place}
        frames.append(pd.concat([pd.DataFrame(head), frame], axis=1))
    p_values = np.stack([frame["p_value"].to_numpy() for frame in frames])
    for i in range(len(names)):
        p_values[1:, i] = benjamini_hochberg(p_values[1:, i])
    for frame, adjusted in zip(frames, p_values, strict=True):
        frame.insert(frame.columns.get_loc("p_value") + 1, "adjusted_p_value", adjusted)
        frame.insert(frame.columns.get_loc("critical_value") + 1, "alarm", adjusted < alpha)
    order = np.arange(len(parts) * len(names)).reshape(len(parts), -1).T.ravel()
    return (
        pd.concat(frames, ignore_index=True)
        .iloc[order]
        .drop(columns="place")
        .reset_index(drop=True)
    )


def _points_shift(part: Binned) -> tuple[FloatArray, FloatArray]:
    """Change of the mean points of a characteristic, and its standard error (two independent samples)."""
    samples = part.samples
    points = np.where(
        samples.occupied(), part.points, 0.0
    )  # a card of another package may have none for an empty bin
    means, variances = [], []
    for counts, squared in (
        (samples.first, samples.first_squared),
        (samples.second, samples.second_squared),
    ):
        total = counts.sum(axis=1, keepdims=True)
        mean = (counts * points).sum(axis=1, keepdims=True) / total
        means.append(mean[:, 0])
        variances.append((squared * (points - mean) ** 2).sum(axis=1) / total[:, 0] ** 2)
    return means[1] - means[0], np.sqrt(variances[0] + variances[1])


def bins_frame(parts: Sequence[Binned], names: Sequence[str]) -> pd.DataFrame:
    """Shares of every bin with rows in the reference or the period.

    Parameters
    ----------
    parts : sequence of Binned
        The score, then the characteristics.
    names : sequence of str
        The periods.

    Returns
    -------
    DataFrame
        See :class:`MonitoringResult`.
    """
    frames = []
    for part in parts:
        samples = part.samples
        n_periods, n_bins = part.counts.shape
        frame = pd.DataFrame(
            {
                "period": np.repeat(np.asarray(names, dtype=object), n_bins),
                "name": part.name,
                "bin": list(part.table.labels) * n_periods,
                "reference_share": (
                    samples.first / samples.first.sum(axis=1, keepdims=True)
                ).ravel(),
                "share": (samples.second / samples.second.sum(axis=1, keepdims=True)).ravel(),
                "reference_rows": samples.first.ravel(),
                "rows": samples.second.ravel(),
                "points": np.tile(part.points, n_periods),
            }
        )
        frames.append(frame[samples.occupied().ravel()])
    return pd.concat(frames, ignore_index=True)


def periods_frame(reference: dict[str, float], rows: ScoredRows, *, level: float) -> pd.DataFrame:
    """Sizes and means of the reference and of every period.

    Parameters
    ----------
    reference : dict
        What :func:`describe` returned for the reference.
    rows : ScoredRows
        The rows of all periods.
    level : float
        Coverage of the interval of the mean points.

    Returns
    -------
    DataFrame
        See :class:`MonitoringResult`.
    """
    entries = [{"period": "reference", **reference}]
    entries += [
        {"period": name, **describe(rows.of_period(i))} for i, name in enumerate(rows.names)
    ]
    frame = pd.DataFrame(entries)
    reach = float(stats.norm.ppf(0.5 + level / 2.0)) * frame["mean_points_standard_error"]
    return frame.assign(
        mean_points_low=frame["mean_points"] - reach, mean_points_high=frame["mean_points"] + reach
    )


def describe(rows: ScoredRows) -> dict[str, float]:
    """Sizes and means of one sample.

    Parameters
    ----------
    rows : ScoredRows
        The rows.

    Returns
    -------
    dict of str to float
        Keys rows, size, events, event_rate, expected_event_rate, mean_points,
        mean_points_standard_error; events and event_rate are NaN where outcomes are not known,
        expected_event_rate where the card has points only.
    """
    w, squared = rows.weights, rows.squared_weights
    total, mean = float(w.sum()), float(np.average(rows.points, weights=w))
    events = float(w @ rows.target)
    return {
        "rows": total,
        "size": total**2 / float(squared.sum()),
        "events": events,
        "event_rate": events / total,
        "expected_event_rate": float(np.average(rows.probability, weights=w)),
        "mean_points": mean,
        "mean_points_standard_error": float(np.sqrt(squared @ (rows.points - mean) ** 2)) / total,
    }
