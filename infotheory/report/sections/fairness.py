"""The section on protected attributes: they are measured and never used."""

from typing import Any

import numpy as np
import pandas as pd

from infotheory._groups import ProtectedAttribute
from infotheory._shares import share_estimate
from infotheory._typing import BoolArray, LabelArray
from infotheory.evidence import (
    demographic_information_value,
    group_metrics,
    standardized_mean_difference,
)
from infotheory.evidence.groups.differences import impact_ratio_of_approvals
from infotheory.inference import Estimate
from infotheory.report.plain import Measured
from infotheory.report.sections.performance import score_table
from infotheory.report.sections.score_counts import bins_of_groups, score_counts_of_groups
from infotheory.report.subject import Sample, Subject

__all__ = ["fairness_section"]


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
    group = _group_names(attribute)
    bands = score_table(sample, subject.score_edges, group)
    measures: dict[str, Estimate] = {
        "IV_fair of the score": demographic_information_value(bands, debias=True)
    }
    ratio = impact_ratio_of_approvals(
        _approved(subject, sample), group, reference=None, sample_weight=sample.weights
    )
    # Where nobody is approved the ratio of two rates is 0 / 0.
    if not np.isnan(ratio.value):
        measures["adverse impact ratio"] = ratio
    measures["standardised mean difference of the score"] = standardized_mean_difference(
        sample.score, group, sample_weight=sample.weights
    )

    where = {"attribute": attribute.name, "sample": sample.name}
    return [Measured({**where, "measure": name}, estimate) for name, estimate in measures.items()]


def _groups(subject: Subject, sample: Sample, attribute: ProtectedAttribute) -> pd.DataFrame:
    """One row a group: its size, approvals, events, and how well the score serves it."""
    metrics = group_metrics(
        sample.target,
        sample.probability,
        _group_names(attribute),
        decision=_approved(subject, sample).astype(np.int64),
        sample_weight=sample.weights,
        level=subject.settings.level,
    )
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
