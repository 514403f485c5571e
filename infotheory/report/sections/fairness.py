"""The section on protected attributes: they are measured and never used."""

from typing import Any

import numpy as np
import pandas as pd

from infotheory._groups import ProtectedAttribute
from infotheory._shares import share_estimate
from infotheory._typing import BoolArray, LabelArray
from infotheory.evidence import demographic_information_value, standardized_mean_difference
from infotheory.evidence.groups.differences import impact_ratio_of_approvals
from infotheory.evidence.groups.metrics import estimates_by_group, table_of_groups
from infotheory.inference import Estimate
from infotheory.laws import WithheldLaw
from infotheory.report.plain import Measured
from infotheory.report.sections.performance import score_table
from infotheory.report.sections.score_counts import bins_of_groups, score_counts_of_groups
from infotheory.report.subject import Sample, Subject

__all__ = ["fairness_section"]

_DIVERGENCE, _RATIO = "IV_fair of the score", "adverse impact ratio"
_GAP = "standardised mean difference of the score"


def fairness_section(subject: Subject) -> dict[str, Any]:
    """Differences between protected groups in scores, decisions and characteristics."""
    pairs = [(sample, attribute) for sample in subject.samples for attribute in sample.protected]
    if not pairs:
        return {"fairness": None}

    # The training rows, or the hold-out rows where only these have groups.
    first = pairs[0][0]
    approved = share_estimate(
        _approved(subject, first).astype(np.float64), first.rows.mass, first.rows.squared_mass
    )
    low, high = approved.interval(subject.settings.level)
    fairness = {
        "cut_off": subject.cut_off,
        "approved_share": float(approved),
        "approved_share_low": low,
        "approved_share_high": high,
        "measures": [row for pair in pairs for row in _measures(subject, *pair)],
        "groups": pd.concat([_groups(subject, *pair) for pair in pairs]),
        "characteristics": _carriers(subject, first),
        "scores": [row for pair in pairs for row in score_counts_of_groups(*pair)],
    }
    return {"fairness": fairness}


def _approved(subject: Subject, sample: Sample) -> BoolArray:
    return np.asarray(sample.score >= subject.cut_off)


def _group_names(attribute: ProtectedAttribute) -> LabelArray:
    return np.array(attribute.groups)[attribute.codes]


def _measures(subject: Subject, sample: Sample, attribute: ProtectedAttribute) -> list[Measured]:
    """One entry a measure of how much the groups differ."""
    where = {"attribute": attribute.name, "sample": sample.name}
    if len(attribute.groups) == 1:
        return [
            Measured({**where, "measure": name}, _not_compared(subject, sample, attribute))
            for name in (_DIVERGENCE, _RATIO, _GAP)
        ]

    group = _group_names(attribute)
    bands = score_table(sample, subject.score_edges, group)
    measures: dict[str, Estimate] = {_DIVERGENCE: demographic_information_value(bands, debias=True)}
    ratio = impact_ratio_of_approvals(
        _approved(subject, sample), group, reference=None, sample_weight=sample.weights
    )
    # Where nobody is approved the ratio of two rates is 0 / 0.
    if not np.isnan(ratio.value):
        measures[_RATIO] = ratio
    measures[_GAP] = standardized_mean_difference(sample.score, group, sample_weight=sample.weights)

    return [Measured({**where, "measure": name}, estimate) for name, estimate in measures.items()]


def _not_compared(subject: Subject, sample: Sample, attribute: ProtectedAttribute) -> Estimate:
    """Return no number, and why: one group of a sample has no other to be compared with."""
    absent = " and ".join(repr(name) for name in _absent_groups(subject, attribute))
    reason = (
        f"the {sample.name} sample has no rows of {absent}: there is nothing to compare "
        f"{attribute.groups[0]!r} with"
    )
    return Estimate(
        value=np.nan,
        standard_error=np.nan,
        method="not compared",
        law=WithheldLaw(reason),
        reason=reason,
    )


def _absent_groups(subject: Subject, attribute: ProtectedAttribute) -> list[str]:
    """Return the groups that the training rows have, and these rows have not."""
    known = [other.groups for other in subject.train.protected if other.name == attribute.name]
    return [group for groups in known for group in groups if group not in attribute.groups]


def _groups(subject: Subject, sample: Sample, attribute: ProtectedAttribute) -> pd.DataFrame:
    """One row a group: its size, approvals, events, and how well the score serves it.

    A group of the training rows that has none here has a row of no numbers.
    """
    group = _group_names(attribute)
    estimates = estimates_by_group(
        sample.target,
        sample.weights,
        sample.probability,
        group,
        decision=_approved(subject, sample).astype(np.int64),
        fewest=1,
    )
    metrics = table_of_groups(estimates, group, sample.weights, subject.settings.level)

    # a group without rows has none of the numbers, but for how many rows it has
    metrics = metrics.reindex(sorted([*metrics.index, *_absent_groups(subject, attribute)]))
    metrics = metrics.fillna({"count": 0.0, "weight": 0.0})
    metrics = metrics.rename_axis("group").reset_index()
    metrics.insert(0, "attribute", attribute.name)
    metrics.insert(1, "sample", sample.name)
    return metrics


def _carriers(subject: Subject, sample: Sample) -> list[dict[str, Any]]:
    """How far each characteristic of the model tells the groups apart, the strongest first."""
    entries = []
    features = subject.model.binner.features_

    for attribute in sample.protected:
        for (name, bins), codes in zip(features.items(), sample.codes.T, strict=True):
            labels = (*bins.spec.labels, "Unseen")
            table = attribute.count(codes, sample.target, sample.weights, labels)
            # Groups differ by chance in every sample: the value without its bias ranks the
            # characteristics.
            value = demographic_information_value(table, debias=True)
            entries.append(
                {
                    "attribute": attribute.name,
                    "feature": name,
                    "iv_fair": value,
                    "counts": bins_of_groups(sample, attribute, codes, len(labels)),
                }
            )
    return sorted(entries, key=lambda entry: (entry["attribute"], -float(entry["iv_fair"])))
