"""A score in frozen bands with a frozen cut-off, and what it says of events and of groups."""

import warnings
from dataclasses import dataclass

import numpy as np

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.prebins.rows import quantile_splits
from infotheory.evidence.binned_samples import samples_of_table
from infotheory.evidence.divergence import divergence_estimate
from infotheory.evidence.groups.differences import adverse_impact_ratio
from infotheory.evidence.groups.protected import Comparison
from infotheory.evidence.information_value import information_value
from infotheory.evidence.roc_area import area_under_curve
from infotheory.exceptions import SparseCellWarning
from infotheory.fairness.grouped import GroupedRows
from infotheory.inference import DivergenceEstimate, Estimate
from infotheory.tables import CountTable

__all__ = ["ScoreRule", "group_divergence", "score_measures", "score_rule"]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRule:
    """Bands and cut-off of a score, frozen on the training rows.

    Parameters
    ----------
    edges : ndarray of shape (n_bands - 1,)
        Inner edges of the bands, which are closed on the left.
    cut_off : float
        Log odds of an event up to which a row is approved.
    """

    edges: FloatArray
    cut_off: float

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the bands."""
        return tuple(f"band {i + 1}" for i in range(self.edges.size + 1))

    def band(self, scores: FloatArray) -> IntArray:
        """Band of each row.

        Parameters
        ----------
        scores : ndarray of shape (n_rows,)
            Log odds of an event.
        """
        return np.searchsorted(self.edges, scores, side="right")

    def approved(self, scores: FloatArray) -> BoolArray:
        """Rows that are approved.

        Parameters
        ----------
        scores : ndarray of shape (n_rows,)
            Log odds of an event.
        """
        return np.asarray(scores <= self.cut_off)


def score_rule(
    scores: FloatArray, weights: FloatArray | None, n_bands: int, approval_rate: float
) -> ScoreRule:
    """Bands of equal weight, and the cut-off that approves a share of the rows.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
        Log odds of an event.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights.
    n_bands : int
        Most bands.
    approval_rate : float
        Smallest share approved; ties at the cut-off are approved too.

    Returns
    -------
    ScoreRule
        The rule.
    """
    told = slice(None) if weights is None else weights > 0.0
    kept = None if weights is None else weights[told]
    cut = np.quantile(scores[told], approval_rate, method="inverted_cdf", weights=kept)
    return ScoreRule(quantile_splits(scores[told], kept, n_bands), float(cut))


def group_divergence(
    bands: IntArray, rule: ScoreRule, rows: GroupedRows
) -> tuple[DivergenceEstimate, Comparison]:
    """Largest demographic information value of the bands over the pairs of groups.

    Parameters
    ----------
    bands : ndarray of shape (n_rows,)
        Band of each row.
    rule : ScoreRule
        The bands.
    rows : GroupedRows
        The rows.

    Returns
    -------
    DivergenceEstimate
        The value.
    Comparison
        Its pair of groups.
    """
    tables = {
        a.name: a.count(bands, rows.target, rows.weights, rule.labels) for a in rows.attributes
    }
    found = {
        pair: divergence_estimate(
            samples_of_table(tables[pair.attribute].between_groups(pair.first, pair.second))
        )
        for pair in rows.comparisons
    }
    worst = max(found, key=lambda pair: found[pair].value)
    return found[worst], worst


def score_measures(
    scores: FloatArray, rule: ScoreRule, rows: GroupedRows
) -> tuple[dict[str, Estimate], str]:
    """Information of a score about events and about groups.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
        Log odds of an event.
    rule : ScoreRule
        Bands and cut-off.
    rows : GroupedRows
        The rows.

    Returns
    -------
    measures : dict of str to Estimate
        Keys iv, iv_fair (the largest over the pairs of groups), auc, adverse_impact_ratio (the
        smallest).
    comparison : str
        The pair behind iv_fair.
    """
    bands = rule.band(scores)
    fair, worst = group_divergence(bands, rule, rows)
    table = CountTable.from_codes(
        bands, rows.target, sample_weight=rows.weights, labels=rule.labels
    )
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", SparseCellWarning
        )  # a frontier has many points; halves are in its errors
        iv = information_value(table)
    ratios = [
        _impact_ratio(rule.approved(scores), rows, place) for place in range(len(rows.attributes))
    ]
    measures: dict[str, Estimate] = {
        "iv": iv,
        "iv_fair": fair,
        "auc": area_under_curve(rows.target, scores, sample_weight=rows.weights),
        "adverse_impact_ratio": min(ratios, key=float),
    }
    return measures, str(worst)


def _impact_ratio(approved: BoolArray, rows: GroupedRows, place: int) -> Estimate:
    attribute = rows.attributes[place]
    told = attribute.codes >= 0
    return adverse_impact_ratio(
        approved[told].astype(np.intp),
        np.array(attribute.groups, dtype=object)[attribute.codes[told]],
        reference=rows.references[attribute.name],
        sample_weight=None if rows.weights is None else rows.weights[told],
    )
