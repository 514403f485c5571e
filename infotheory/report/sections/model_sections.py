"""Sections on the model itself: its signs, samples, coefficients, points and reasons."""

import warnings
from typing import Any

import numpy as np
import pandas as pd

from infotheory.exceptions import NotConvergedWarning
from infotheory.report.sections.provenance import data_fingerprint, provenance
from infotheory.report.subject import Sample, Subject
from infotheory.scorecard import reason_table

__all__ = [
    "coefficient_section",
    "convention_section",
    "data_section",
    "point_section",
    "reason_section",
    "reproducibility_section",
]

_MOST_ROWS_OF_REASONS = 20_000
_N_REASONS = 4


def convention_section(subject: Subject) -> dict[str, Any]:
    """Say what an event, a positive weight of evidence and the score are.

    Parameters
    ----------
    subject : Subject
        What the report is about.

    Returns
    -------
    dict
        Key conventions.
    """
    model = subject.model
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
        "event_label": str(model.labels.event),
        "nonevent_label": str(model.labels.nonevent),
        "woe_sign": model.binner.woe_sign,
        "woe": f"WoE = ln({ratio}), positive = {direction}",
        "short": f"event = {model.labels.event}; WoE > 0 is {direction}",
        "level": subject.settings.level,
        "unit": "nats",
        "score": model.score_name,
        **model.about(),
        "fitted_with_protected": sorted(compared),
    }
    return {"conventions": conventions}


def data_section(subject: Subject) -> dict[str, Any]:
    """Count the rows of each sample, and list what was changed by hand.

    Parameters
    ----------
    subject : Subject
        What the report is about.

    Returns
    -------
    dict
        Keys data and audit.
    """
    return {
        "data": {"samples": [_sample_entry(sample) for sample in subject.samples]},
        "audit": getattr(subject.model.binner, "audit_", []),
    }


def _sample_entry(sample: Sample) -> dict[str, Any]:
    mass = sample.rows.mass
    return {
        "sample": sample.name,
        "count": sample.rows.n_rows,
        "events": int(sample.target.sum()),
        "event_rate": float(np.average(sample.target, weights=mass)),
        "weighted": sample.rows.weighted,
        "sum_of_weights": float(mass.sum()),
        "columns": sample.frame.shape[1],
        "mean_score": float(np.average(sample.score, weights=mass)),
    }


def coefficient_section(subject: Subject) -> dict[str, Any]:
    """Coefficients; the tests are made on hold-out rows where there are any, and withheld without.

    Parameters
    ----------
    subject : Subject
        What the report is about.

    Returns
    -------
    dict
        Keys coefficients (None where the model has none) and test_warnings: a regression behind a
        test may separate the classes of a small hold-out sample, and what it says is kept as text.
    """
    model, other, level = subject.model, subject.holdout, subject.settings.level
    if other is None:
        return {"coefficients": model.coefficients(None, level), "test_warnings": []}

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", NotConvergedWarning)
        coefficients = model.coefficients((other.frame, other.labels, other.weights), level)
    texts = [str(w.message) for w in caught if issubclass(w.category, NotConvergedWarning)]
    return {"coefficients": coefficients, "test_warnings": list(dict.fromkeys(texts))}


def point_section(subject: Subject) -> dict[str, Any]:
    """Points by bin with their intervals.

    Parameters
    ----------
    subject : Subject
        What the report is about.

    Returns
    -------
    dict
        Key points; None where the model has no points.
    """
    return {"points": subject.model.points(subject.settings.level)}


def reason_section(subject: Subject) -> dict[str, Any]:
    """How often each characteristic is a reason in the last sample, and what it costs.

    Parameters
    ----------
    subject : Subject
        What the report is about; where the sample has more than 20 000 rows, as many at equal
        distances are read.

    Returns
    -------
    dict
        Key reasons, with keys sample, count, n_reasons, excluded, characteristics; None where the
        model has no points.
    """
    model, sample = subject.model, subject.samples[-1]
    n_read = min(sample.rows.n_rows, _MOST_ROWS_OF_REASONS)
    read = np.unique(np.linspace(0, sample.rows.n_rows - 1, n_read).astype(np.intp))
    reasons = model.reasons(sample.frame.iloc[read], _N_REASONS)
    if reasons is None:
        return {"reasons": None}

    section = {
        "sample": sample.name,
        "count": int(read.size),
        "n_reasons": _N_REASONS,
        "excluded": model.never_reasons(),
        "characteristics": _reason_entries(reasons),
    }
    return {"reasons": section}


def _reason_entries(reasons: pd.DataFrame) -> list[dict[str, Any]]:
    """Share of the rows and mean loss of points by characteristic."""
    named = reasons.filter(like="reason_").to_numpy().ravel()
    shortfall = pd.Series(reasons.filter(like="shortfall_").to_numpy().ravel())
    mean_shortfall = shortfall.groupby(named).mean()
    return [
        {
            "feature": row["reason"],
            "first": row["share_1"],
            "among": row["share"],
            "mean_shortfall": mean_shortfall.get(row["reason"]),
        }
        for row in reason_table(reasons).to_dict("records")
    ]


def reproducibility_section(subject: Subject) -> dict[str, Any]:
    """Versions, parameters, settings and fingerprints of the rows.

    Parameters
    ----------
    subject : Subject
        What the report is about.

    Returns
    -------
    dict
        Key reproducibility.
    """
    settings = {
        "level": subject.settings.level,
        "n_permutations": subject.settings.n_permutations,
        "rng": subject.settings.rng,
        "cut_off": subject.cut_off,
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
