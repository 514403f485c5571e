"""Sections on the model itself: its signs, samples, coefficients, points and reasons."""

import warnings
from typing import Any

import numpy as np
import pandas as pd

from infotheory._shares import mean_of_rows, share_estimate
from infotheory.exceptions import NotConvergedWarning
from infotheory.inference import Estimate
from infotheory.report.models import CardModel, labels_of
from infotheory.report.sections.provenance import data_fingerprint, provenance
from infotheory.report.subject import Sample, Subject
from infotheory.scorecard import reason_table
from infotheory.scorecard.points.coefficient_laws import coefficient_matrices

__all__ = [
    "coefficient_section",
    "convention_section",
    "data_section",
    "point_section",
    "reason_section",
    "reproducibility_section",
    "with_ends",
]

_MOST_ROWS_OF_REASONS = 20_000
_N_REASONS = 4


def convention_section(subject: Subject) -> dict[str, Any]:
    """Say what an event, a positive weight of evidence and the score are."""
    model, labels = subject.model, labels_of(subject.model)
    safer = model.binner.woe_sign == "nonevent"
    direction = "safer" if safer else "riskier"
    ratio = (
        "share of non-events / share of events"
        if safer
        else "share of events / share of non-events"
    )

    # a fair binner knows which groups it compared
    compared = {c.attribute for c in getattr(model.binner, "comparisons_", ())}
    conventions = {
        "event_label": str(labels.event),
        "nonevent_label": str(labels.nonevent),
        "woe_sign": model.binner.woe_sign,
        "woe": f"WoE = ln({ratio}), positive = {direction}",
        "short": f"event = {labels.event}; WoE > 0 is {direction}",
        "level": subject.settings.level,
        "unit": "nats",
        "score": model.score_name,
        **model.about(),
        "fitted_with_protected": sorted(compared),
    }
    return {"conventions": conventions}


def data_section(subject: Subject) -> dict[str, Any]:
    """Count the rows of each sample, and list what was changed by hand."""
    return {
        "data": {
            "samples": [_sample_entry(sample, subject.settings.level) for sample in subject.samples]
        },
        "audit": getattr(subject.model.binner, "audit_", []),
    }


def _sample_entry(sample: Sample, level: float) -> dict[str, Any]:
    rows = sample.rows
    rate = share_estimate(sample.target, rows.mass, rows.squared_mass)
    mean = mean_of_rows(sample.score, rows.mass, rows.squared_mass)
    return {
        "sample": sample.name,
        "count": rows.n_rows,
        "events": int(sample.target.sum()),
        **with_ends("event_rate", rate, level),
        "weighted": rows.weighted,
        "sum_of_weights": float(rows.mass.sum()),
        "columns": sample.frame.shape[1],
        **with_ends("mean_score", mean, level),
    }


def with_ends(name: str, estimate: Estimate, level: float) -> dict[str, float]:
    """Value of an estimate and the ends of its interval."""
    low, high = estimate.interval(level)
    return {name: float(estimate), f"{name}_low": low, f"{name}_high": high}


def coefficient_section(subject: Subject) -> dict[str, Any]:
    """Coefficients; tested on hold-out rows where there are any, without a test otherwise."""
    model, other, level = subject.model, subject.holdout, subject.settings.level
    section: dict[str, Any] = {}
    # A reader who computes the intervals anew needs to know how characteristics hang together.
    if isinstance(model, CardModel) and (matrices := coefficient_matrices(model.card)) is not None:
        section["coefficient_matrices"] = matrices
    if other is None:
        return section | {"coefficients": model.coefficients(None, level), "test_warnings": []}

    # Behind each p-value stands a regression on the hold-out rows: what it warns of is a limitation
    # of the report, and no warning to whoever makes it.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", NotConvergedWarning)
        coefficients = model.coefficients((other.frame, other.labels, other.weights), level)
    texts = [str(w.message) for w in caught if issubclass(w.category, NotConvergedWarning)]
    tested = {"coefficients": coefficients, "test_warnings": list(dict.fromkeys(texts))}
    return section | tested


def point_section(subject: Subject) -> dict[str, Any]:
    """Points by bin with their intervals."""
    return {"points": subject.model.points(subject.settings.level)}


def reason_section(subject: Subject) -> dict[str, Any]:
    """How often each characteristic is a reason in the last sample, and what it costs."""
    model, sample = subject.model, subject.samples[-1]
    n_read = min(sample.rows.n_rows, _MOST_ROWS_OF_REASONS)
    # Rows spaced over the whole sample, as the first ones may be alike.
    read = np.unique(np.linspace(0, sample.rows.n_rows - 1, n_read).astype(np.intp))
    reasons = model.reasons(sample.frame.iloc[read], _N_REASONS)
    if reasons is None:
        return {"reasons": None}

    section = {
        "sample": sample.name,
        "count": int(read.size),
        "n_reasons": _N_REASONS,
        "excluded": model.never_reasons(),
        "characteristics": _reason_entries(reasons, subject.settings.level),
    }
    return {"reasons": section}


def _reason_entries(reasons: pd.DataFrame, level: float) -> list[dict[str, Any]]:
    """Share of the rows and mean loss of points by characteristic."""
    # One entry a row and place of a reason: names beside what each has cost.
    named = reasons.filter(like="reason_").to_numpy().ravel()
    shortfall = reasons.filter(like="shortfall_").to_numpy(np.float64).ravel()
    entries = []
    for row in reason_table(reasons, level=level).to_dict("records"):
        # What is a reason for no row has cost nobody points: its mean is absent, and not 0.
        lost = shortfall[named == row["reason"]]
        ones = np.ones(lost.size)
        mean = mean_of_rows(lost, ones, ones) if lost.size else None
        shares = {
            f"{ours}{end}": row[f"{theirs}{end}"]
            for ours, theirs in (("first", "share_1"), ("among", "share"))
            for end in ("", "_low", "_high")
        }
        ends = ("mean_shortfall", "mean_shortfall_low", "mean_shortfall_high")
        loss: dict[str, Any] = dict.fromkeys(ends)
        if mean is not None:
            loss = with_ends("mean_shortfall", mean, level)
        points, counts = np.unique(lost, return_counts=True)
        counted = {"shortfalls": points, "counts": counts}
        entries.append({"feature": row["reason"], **shares, **loss, **counted})
    return entries


def reproducibility_section(subject: Subject) -> dict[str, Any]:
    """Versions, parameters, settings and fingerprints of the rows."""
    settings = {
        "level": subject.settings.level,
        "n_permutations": subject.settings.n_permutations,
        "rng": subject.settings.rng,
        "cut_off": subject.cut_off if subject.train.rows.kind is None else None,
    }
    fingerprints = {
        sample.name: data_fingerprint(
            sample.frame, sample.target, sample.weights, _groups_as_text(sample)
        )
        for sample in subject.samples
    }
    return {"reproducibility": provenance(subject.model.options(), fingerprints, settings)}


def _groups_as_text(sample: Sample) -> pd.DataFrame | None:
    if not sample.protected:
        return None
    return pd.DataFrame(
        {
            attribute.name: np.array(attribute.groups, dtype=object)[attribute.codes]
            for attribute in sample.protected
        }
    )
