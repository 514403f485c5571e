"""The section on protected attributes: they are measured and never used."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from infotheory._typing import FloatArray, LabelArray
from infotheory.evidence import (
    adverse_impact_ratio,
    demographic_information_value,
    group_metrics,
    standardized_mean_difference,
)
from infotheory.inference import Estimate
from infotheory.report.models import Model
from infotheory.report.performance import score_table
from infotheory.report.plain import estimate_entry, records
from infotheory.report.samples import Sample
from infotheory.tables import CountTable

__all__ = ["fairness_section"]


def fairness_section(
    model: Model, samples: Sequence[Sample], edges: FloatArray, *, cut_off: float, level: float
) -> dict[str, Any] | None:
    """Differences between the groups of each protected attribute, in scores, decisions and characteristics.

    Parameters
    ----------
    model : Model
        The fitted model.
    samples : sequence of Sample
        Training rows, then hold-out rows; those without protected attributes are passed over.
    edges : ndarray
        Inner ends of the score bands.
    cut_off : float
        Rows with at least this score are approved.
    level : float
        Coverage of the intervals.

    Returns
    -------
    dict or None
        Keys cut_off, measures, groups, characteristics; None without protected attributes.
    """
    told = [(sample, sample.protected) for sample in samples if sample.protected is not None]
    if not told:
        return None
    measures: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    for sample, protected in told:
        decision = (sample.score >= cut_off).astype(np.int64)
        for attribute in protected.columns:
            where = {"attribute": str(attribute), "sample": sample.name}
            group = protected[attribute].cat.categories.to_numpy(dtype=str)[
                protected[attribute].cat.codes
            ]
            estimates = _measures(sample, group, decision, edges)
            measures += [
                {**where, "measure": name, **estimate_entry(e, level)}
                for name, e in estimates.items()
            ]
            frame = group_metrics(
                sample.target,
                sample.probability,
                group,
                decision=decision,
                sample_weight=sample.weights,
            )
            groups += [
                {**where, **row} for row in records(frame.rename_axis("group").reset_index())
            ]
    return {
        "cut_off": cut_off,
        "approved_share": float(
            np.average(told[0][0].score >= cut_off, weights=told[0][0].weights)
        ),
        "measures": measures,
        "groups": groups,
        "characteristics": _by_characteristic(model, *told[0], level),
    }


def _measures(
    sample: Sample, group: LabelArray, decision: Any, edges: FloatArray
) -> dict[str, Estimate]:
    weights = {"sample_weight": sample.weights}
    measures: dict[str, Estimate] = {
        "IV_fair of the score": demographic_information_value(score_table(sample, edges, group))
    }
    if decision.any():
        measures["adverse impact ratio"] = adverse_impact_ratio(decision, group, **weights)
    measures["standardised mean difference of the score"] = standardized_mean_difference(
        sample.score, group, **weights
    )
    return measures


def _by_characteristic(
    model: Model, sample: Sample, protected: pd.DataFrame, level: float
) -> list[dict[str, Any]]:
    entries = []
    for attribute, column in protected.items():
        group = column.cat.codes.to_numpy()
        for (name, spec), codes in zip(model.binner.specs_.items(), sample.codes.T, strict=True):
            labels = [*spec.labels, "Unseen"]
            table = CountTable.from_codes(
                codes, sample.target, group, sample.weights, labels=labels
            )
            estimate = demographic_information_value(
                replace(table, groups=tuple(column.cat.categories))
            )
            entries.append(
                {
                    "attribute": str(attribute),
                    "name": name,
                    "iv_fair": estimate_entry(estimate, level),
                }
            )
    return sorted(entries, key=lambda e: (e["attribute"], -e["iv_fair"]["value"]))
