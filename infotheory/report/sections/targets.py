"""Sections on a target that is no two classes: what it is, how well its means hold, what is absent.

What has no meaning for such a target is left out, and the summary says so in a sentence.
"""

from typing import Any

import numpy as np

from infotheory._shares import mean_of_rows
from infotheory._target_kinds import TargetKind
from infotheory.evidence.targets.encodings import SIGNS
from infotheory.inference import Estimate
from infotheory.report.plain import Measured
from infotheory.report.sections.model_sections import with_ends
from infotheory.report.subject import Sample, Subject
from infotheory.scorecard import (
    concordance,
    deviance_explained,
    mean_calibration,
    mean_calibration_table,
    mean_gains_table,
    ordered_gini,
)
from infotheory.scorecard.validation.discrimination import auc_difference
from infotheory.scorecard.validation.mean_rows import MeanRows, estimate_of_rows

__all__ = [
    "kind_of_subject",
    "no_groups_section",
    "target_calibration_section",
    "target_convention_section",
    "target_data_section",
    "target_performance_section",
]

_CELLS_OF_A_DISTRIBUTION = 30
_DIVERGENCES = {
    "continuous": "R²: the share of the variance that lies between bins",
    "multiclass": "the mean information value of two classes, in nats",
}
_NO_LABELS = (
    "A target without two labels has no ROC curve, cut-off, rating grade, approval and no "
    "adverse impact of a decision: these sections are absent."
)
_NO_SCORE = (
    "A binner alone has no score: there is nothing to say of its predictions, points or reasons."
)


def kind_of_subject(subject: Subject) -> TargetKind:
    """Return what the target is, which is no two classes."""
    kind = subject.train.rows.kind
    if kind is None:
        message = "the target must be no two classes here, got two labels"
        raise TypeError(message)
    return kind


def target_convention_section(subject: Subject) -> dict[str, Any]:
    """Say what the target, a positive weight of evidence and the score are."""
    model, kind = subject.model, kind_of_subject(subject)
    positive = SIGNS[kind.kind, model.binner.woe_sign]
    absent = [_NO_LABELS] if model.score_name else [_NO_SCORE, _NO_LABELS]

    return {
        "conventions": {
            "target_type": kind.kind,
            "classes": [str(label) for label in kind.classes],
            "woe_sign": model.binner.woe_sign,
            "woe": f"WoE > 0 is {positive}",
            "short": f"target_type = {kind.kind!r}; WoE > 0 is {positive}",
            "divergence": _DIVERGENCES.get(
                kind.kind, "the information value of the two masses of the target, in nats"
            ),
            "level": subject.settings.level,
            "score": model.score_name,
            **model.about(),
            "absent": absent,
        }
    }


def target_data_section(subject: Subject) -> dict[str, Any]:
    """Count the rows of each sample, and list what was changed by hand."""
    level = subject.settings.level
    return {
        "data": {"samples": [_sample_entry(sample, level) for sample in subject.samples]},
        "audit": getattr(subject.model.binner, "audit_", []),
    }


def _sample_entry(sample: Sample, level: float) -> dict[str, Any]:
    """Rows of a sample, with mean of target and score, or the shares of the classes."""
    rows, kind = sample.rows, sample.rows.kind
    entry: dict[str, Any] = {
        "sample": sample.name,
        "count": rows.n_rows,
        "weighted": rows.weighted,
        "sum_of_weights": float(rows.mass.sum()),
        "columns": sample.frame.shape[1],
    }
    if kind is not None and kind.classes:
        weights = np.bincount(sample.target.astype(np.intp), rows.mass, len(kind.classes))
        shares = (weights / rows.mass.sum()).tolist()
        named = zip(map(str, kind.classes), shares, strict=True)
        return entry | {"class_shares": dict(named)}

    entry |= with_ends("mean", _mean_of_target(sample), level)
    if sample.score.size:
        score = mean_of_rows(sample.score, rows.mass, rows.squared_mass)
        entry |= with_ends("mean_score", score, level)
    return entry


def _mean_of_target(sample: Sample) -> Estimate:
    """Mean of the amounts of a sample; withheld where few rows bear them."""
    mass, kind = sample.rows.mass, sample.rows.kind
    mean = float(mass @ sample.labels / mass.sum())
    rows = MeanRows("" if kind is None else kind.kind, sample.labels, sample.labels, mass)
    return estimate_of_rows(rows, mean, mass * (sample.labels - mean) / mass.sum(), "mean")


def target_performance_section(subject: Subject) -> dict[str, Any]:
    """Deviance explained, order of the means, and the amounts that they gather.

    The key is performance, with keys measures, gains and distribution; None without a score.
    """
    if not subject.model.score_name:
        return {"performance": None}
    kind, level, samples = kind_of_subject(subject), subject.settings.level, subject.samples
    measured = {sample.name: _measures(subject, sample) for sample in samples}
    measures = [
        Measured({"measure": name, "sample": sample}, estimate)
        for sample, estimates in measured.items()
        for name, estimate in estimates.items()
    ]
    if len(samples) > 1:
        measures += _losses(*measured.values())

    means = np.concatenate([sample.probability for sample in samples])
    cells = np.histogram_bin_edges(means, bins=_CELLS_OF_A_DISTRIBUTION)
    distribution = {
        sample.name: np.histogram(sample.probability, cells, weights=sample.rows.mass)[0]
        for sample in samples
    }

    # Numbers may be negative, and a group has no share of a sum that they cancel in.
    gains = {}
    if kind.kind != "continuous":
        gains = {
            sample.name: mean_gains_table(
                sample.labels,
                sample.probability,
                target_type=kind.kind,
                sample_weight=sample.weights,
                level=level,
            )
            for sample in samples
        }

    return {
        "performance": {
            "measures": measures,
            "gains": gains,
            "distribution": {"edges": cells, "samples": distribution},
        }
    }


def _measures(subject: Subject, sample: Sample) -> dict[str, Estimate]:
    """How well the means of one sample fit and rank."""
    kind, y, mean = kind_of_subject(subject).kind, sample.labels, sample.probability
    power = subject.model.about()["power"] or 1.0
    # The deviance of gamma amounts is infinite at 0, that of Poisson's law is not.
    if kind == "rate" and power == 2.0 and not (y > 0.0).all():
        power = 1.0
    names = {"fraction": "fractional logit", "continuous": "squares: R²"}
    law = names.get(kind, "Poisson" if power == 1.0 else f"Tweedie, power {power:g}")
    measures = {
        f"deviance explained ({law})": deviance_explained(
            y, mean, target_type=kind, power=power, sample_weight=sample.weights
        )
    }
    if kind != "continuous":
        measures |= {
            "Gini of the amount": ordered_gini(y, mean, sample_weight=sample.weights),
            "Gini over that of the perfect order": ordered_gini(
                y, mean, sample_weight=sample.weights, relative=True
            ),
        }
    return measures | {"concordance": concordance(y, mean, sample_weight=sample.weights)}


def _losses(train: dict[str, Estimate], other: dict[str, Estimate]) -> list[Measured]:
    """Differences of the two samples, where both have errors."""
    return [
        Measured(
            {"measure": f"{name}, train − hold-out", "sample": "both"},
            auc_difference(estimate, other[name]),
        )
        for name, estimate in train.items()
        if name in other and estimate.standard_error + other[name].standard_error > 0.0
    ]


def target_calibration_section(subject: Subject) -> dict[str, Any]:
    """Level and slope of the predicted means, and means by group; None without a score."""
    if not subject.model.score_name:
        return {"calibration": None}

    kind, measures, groups = kind_of_subject(subject).kind, [], {}
    for sample in subject.samples:
        y, mean = sample.labels, sample.probability
        held = mean_calibration(y, mean, target_type=kind, sample_weight=sample.weights)
        # A ratio has no meaning for numbers of either sign.
        lines = {
            "observed less predicted mean (0 = level holds)": held.difference,
            "observed / predicted mean (1 = level holds)": held.ratio,
            "slope (1 = spread holds)": held.slope,
        }
        measures += [
            Measured({"measure": name, "sample": sample.name}, estimate)
            for name, estimate in lines.items()
            if estimate is not None
        ]
        groups[sample.name] = mean_calibration_table(
            y,
            mean,
            target_type=kind,
            sample_weight=sample.weights,
            level=subject.settings.level,
        )
    return {"calibration": {"measures": measures, "groups": groups}}


def no_groups_section(subject: Subject) -> dict[str, Any]:  # noqa: ARG001 - as other sections
    """Say that there is nothing on groups: no decision is made by a mean here."""
    return {"fairness": None}
