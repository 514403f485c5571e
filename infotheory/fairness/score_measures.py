"""A score in frozen bands with a frozen cut-off, and what it says of events and of groups."""

import warnings
from dataclasses import dataclass

import numpy as np

from infotheory._codes import reached_at
from infotheory._groups import Comparison, ProtectedAttribute
from infotheory._largest import largest_divergence
from infotheory._rows import Rows
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.binning.prebins.rows import quantile_splits
from infotheory.evidence.binned_samples import BinnedSamples, samples_of_table
from infotheory.evidence.divergence import divergence_estimate, without_bias
from infotheory.evidence.groups.differences import impact_ratio_of_approvals
from infotheory.evidence.information_value import information_value
from infotheory.evidence.roc_area import area_under_curve
from infotheory.evidence.share_laws import smallest_of
from infotheory.evidence.stability import SAMPLES
from infotheory.exceptions import SparseCellWarning
from infotheory.fairness.grouped import GroupedSample
from infotheory.inference import DivergenceEstimate, Estimate

__all__ = ["ScoreRule", "drift_of_bands", "group_divergence", "score_measures", "score_rule"]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRule:
    """Bands and cut-off of a score, frozen on the training rows.

    Scores are log odds of an event, of shape (n_rows,); bands are closed on the left, and a row is
    approved up to the cut-off.
    """

    edges: FloatArray
    cut_off: float

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the bands."""
        return tuple(f"band {i + 1}" for i in range(self.edges.size + 1))

    def band(self, scores: FloatArray) -> IntArray:
        """Band of each row."""
        return np.searchsorted(self.edges, scores, side="right")

    def approved(self, scores: FloatArray) -> BoolArray:
        """Rows that are approved."""
        return np.asarray(scores <= self.cut_off)


def score_rule(
    scores: FloatArray, weights: FloatArray | None, n_bands: int, approval_rate: float
) -> ScoreRule:
    """Bands of equal weight, and the cut-off that approves at least a share of the rows.

    Ties at the cut-off are approved too.
    """
    # rows of weight 0 must not set an edge
    if weights is not None:
        scores, weights = scores[weights > 0.0], weights[weights > 0.0]
    order = np.argsort(scores)
    ordered = np.ones(scores.size) if weights is None else weights[order]
    place = int(reached_at(ordered, np.array(approval_rate)))
    return ScoreRule(quantile_splits(scores, weights, n_bands), float(scores[order[place]]))


def group_divergence(
    bands: IntArray, rule: ScoreRule, sample: GroupedSample
) -> tuple[DivergenceEstimate, Comparison]:
    """Largest demographic information value of the bands over the pairs of groups, and the pair.

    Values are without their bias; the interval knows how many pairs were compared.
    """
    rows = sample.rows
    tables = {
        attribute.name: attribute.count(bands, rows.target, rows.weights, rule.labels)
        for attribute in rows.attributes
    }
    estimates = {}
    for pair in sample.comparisons:
        table = tables[pair.attribute].between_groups(pair.first, pair.second)
        samples = samples_of_table(table)
        # Without the bias, which is largest for small groups: size alone would make them the worst.
        estimate = divergence_estimate(samples, labels=table.labels)
        estimates[pair] = without_bias(estimate, samples)

    worst = max(estimates, key=lambda pair: estimates[pair].value)
    return largest_divergence(list(estimates.values())), worst


def drift_of_bands(
    first: IntArray,
    second: IntArray,
    rule: ScoreRule,
    first_weights: FloatArray | None,
    second_weights: FloatArray | None,
) -> DivergenceEstimate:
    """Stability index of the bands of two samples, without its bias."""
    n_bands = rule.edges.size + 1
    # Rows without weights count once, as in any weighted sum.
    masses = [
        np.ones(bands.size) if weights is None else weights
        for bands, weights in ((first, first_weights), (second, second_weights))
    ]
    sums, squares = (
        [
            np.bincount(bands, weights**power, n_bands).astype(np.float64)
            for bands, weights in zip((first, second), masses, strict=True)
        ]
        for power in (1, 2)
    )

    samples = BinnedSamples(*sums, *squares)
    estimate = divergence_estimate(samples, labels=rule.labels, names=SAMPLES)
    return without_bias(estimate, samples)


def score_measures(
    scores: FloatArray, rule: ScoreRule, sample: GroupedSample
) -> tuple[dict[str, Estimate], str]:
    """Information of a score about events and about groups, and the pair of groups behind iv_fair.

    Keys are iv, iv_fair (the largest over the pairs of groups), auc and adverse_impact_ratio (the
    smallest over the attributes, with an interval that knows of the choice; NaN with its reason
    where nobody of a denominator is approved).
    """
    rows = sample.rows
    bands = rule.band(scores)
    iv_fair, worst = group_divergence(bands, rule, sample)

    with warnings.catch_warnings():
        # A frontier has many points: what halves in empty cells add is in the errors of each.
        warnings.simplefilter("ignore", SparseCellWarning)
        iv = information_value(rows.table(bands, rule.labels))

    approved = rule.approved(scores)
    ratios = [
        _impact_ratio(approved, rows, attribute, sample.references[attribute.name])
        for attribute in rows.attributes
    ]
    measures: dict[str, Estimate] = {
        "iv": iv,
        "iv_fair": iv_fair,
        "auc": area_under_curve(rows.target, scores, sample_weight=rows.weights),
        "adverse_impact_ratio": smallest_of(ratios),
    }
    return measures, str(worst)


def _impact_ratio(
    approved: BoolArray, rows: Rows, attribute: ProtectedAttribute, reference: str | None
) -> Estimate:
    # Rows of no group take no part; labels in place of codes, so that a reference is found by name.
    member = attribute.codes >= 0
    return impact_ratio_of_approvals(
        approved[member],
        np.array(attribute.groups, dtype=object)[attribute.codes[member]],
        reference=reference,
        sample_weight=None if rows.weights is None else rows.weights[member],
    )
