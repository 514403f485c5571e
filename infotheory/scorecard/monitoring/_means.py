"""A monitor of a mean: whether it still ranks, fits and holds, and its document."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._documents import DocumentError, member_path, read_document, sound, within
from infotheory._rows import Rows, needed
from infotheory._target_kinds import TargetKind
from infotheory.evidence.targets.estimates import effective_rows
from infotheory.inference import Estimate, kish_size, weighted_mean
from infotheory.laws import (
    IntervalLaw,
    LogitNormalLaw,
    LogNormalLaw,
    NormalLaw,
    StudentLaw,
    WithheldLaw,
)
from infotheory.scorecard.card.regressor import ScorecardRegressor
from infotheory.scorecard.monitoring._reference import Reference
from infotheory.scorecard.monitoring._restored import (
    check_entry_length,
    score_bins_of_document,
    tables_of_document,
)
from infotheory.scorecard.monitoring._rows import lack_of_scores
from infotheory.scorecard.points.fitted import kind_of
from infotheory.scorecard.validation.mean_measures import (
    concordance,
    deviance_explained,
    mean_calibration,
)
from infotheory.scorecard.validation.mean_rows import (
    FEWEST_EFFECTIVE,
    MeanRows,
    effective_rows_of,
)
from infotheory.tables import EvidenceTable

__all__ = [
    "MEAN_FORMAT",
    "describe_mean",
    "mean_document_of_monitor",
    "mean_laws",
    "mean_measures",
    "mean_parts_of_document",
    "read_mean_monitor",
]

MEAN_FORMAT = "infotheory mean scorecard monitor"
MEAN_VERSION = 1
_LEVEL, _DIFFERENCE = "observed / predicted", "observed less predicted"
_SLOPE, _ORDER, _FIT = "calibration slope", "concordance", "deviance explained"
#: Sums of the same rows in another order differ by less.
_ROUNDING: Final = 1e-6


def mean_measures(rows: Rows, kind: TargetKind, power: float) -> dict[str, Estimate]:
    """Level, slope, order and fit of the means of rows; NaN with the reason where there is none."""
    names = (_DIFFERENCE if kind.kind == "continuous" else _LEVEL, _SLOPE, _ORDER, _FIT)
    target, weight = rows.target + kind.origin, rows.mass
    lack = lack_of_scores(rows)
    if lack is None and np.ptp(target) == 0.0:
        lack = "one value of the target in all rows"
    if lack is not None:
        return {name: _nothing(lack) for name in names}

    mean = needed(rows.probability, "probability")
    held = mean_calibration(target, mean, target_type=kind.kind, sample_weight=weight)
    level = held.difference if held.ratio is None else held.ratio
    # The deviance of gamma amounts is infinite at 0, that of Poisson's law is not.
    law = 1.0 if power == 2.0 and not (target > 0.0).all() else power
    flat = _nothing("one score in all rows")
    return {
        names[0]: level,
        _SLOPE: flat if held.slope is None else held.slope,
        _ORDER: flat if held.slope is None else concordance(target, mean, sample_weight=weight),
        _FIT: deviance_explained(
            target, mean, target_type=kind.kind, power=law, sample_weight=weight
        ),
    }


def _nothing(reason: str) -> Estimate:
    law = WithheldLaw(reason)
    return Estimate(value=np.nan, standard_error=np.nan, method="none", law=law)


def mean_laws(performance: Mapping[str, Estimate], table: EvidenceTable) -> dict[str, Estimate]:
    """Give each measure of the reference the law that its value, error and sums determine.

    A monitor that was read from a document knows no more, and compares as the first did.
    """
    size = effective_rows(table)
    degrees = max(size - 1.0, 1.0)
    laws: dict[str, IntervalLaw] = {
        _LEVEL: LogNormalLaw(degrees),
        _ORDER: LogitNormalLaw(),
        _FIT: NormalLaw(upper=1.0),
    }
    # Few rows may bear the amount, however many there are.
    few = WithheldLaw(
        f"the target is that of {size:.1f} effective rows ({FEWEST_EFFECTIVE:g} needed)"
    )
    return {
        name: replace(
            estimate,
            law=few if size < FEWEST_EFFECTIVE else laws.get(name, StudentLaw(degrees)),
            reason=few.reason if size < FEWEST_EFFECTIVE else None,
        )
        for name, estimate in performance.items()
    }


def describe_mean(rows: Rows, kind: TargetKind) -> dict[str, float]:
    """Sizes and means of one sample; NaN where outcomes are not known or there are no rows."""
    total = float(rows.mass.sum())
    size = kish_size(total, float(rows.squared_mass.sum()))
    entry = dict.fromkeys(
        ("mean", "mean_standard_error", "effective_rows", "expected_mean", "mean_points"), np.nan
    )
    error = np.nan

    if rows.n_rows:
        score = needed(rows.score, "score")
        entry["mean_points"], error = map(float, weighted_mean(score, rows.mass, rows.squared_mass))
        mean = needed(rows.probability, "probability")
        entry["expected_mean"] = float(np.average(mean, weights=rows.mass))
    # Outcomes are known of all rows or of none. Targets are kept less their origin.
    if rows.n_rows and not np.isnan(rows.target[0]):
        target = rows.target + kind.origin
        value, spread = map(float, weighted_mean(target, rows.mass, rows.squared_mass))
        # Amounts that are all 0 are borne by no rows.
        sized = MeanRows(kind.kind, target, target, rows.mass)
        bears = bool((target * rows.mass).any()) and bool(sized.first_mass.any())
        entry["mean"], entry["mean_standard_error"] = value, spread
        entry["effective_rows"] = effective_rows_of(sized) if bears else 0.0

    # One row has a mean, of which nothing says how it varies.
    known = error if size > 1.0 else np.nan
    return {"count": total, "size": size, **entry, "mean_points_standard_error": known}


def mean_document_of_monitor(reference: Reference) -> dict[str, Any]:
    """Lay out a reference as plain data; numbers that are not known become null."""
    # An interval is made anew of value and error: its law is no part of the document.
    performance = {
        name: {
            "value": _known(estimate.value),
            "standard_error": _known(estimate.standard_error),
            "method": estimate.method,
        }
        for name, estimate in reference.performance.items()
    }

    return {
        "format": MEAN_FORMAT,
        "version": MEAN_VERSION,
        "card": json.loads(reference.card.to_json()),
        "score": {
            "bins": reference.score_bins.to_dict(),
            **_plain_sums(reference.score_table),
        },
        "characteristics": {name: _plain_sums(t) for name, t in reference.tables.items()},
        "performance": performance,
        "description": {name: _known(value) for name, value in reference.description.items()},
    }


def _plain_sums(table: AnyTable) -> dict[str, Any]:
    # The tables of a card of a mean hold sums, all of them.
    of_amounts = cast("EvidenceTable", table)
    return {
        "labels": list(of_amounts.labels),
        "sums": of_amounts.sums.tolist(),
        "products": of_amounts.products.tolist(),
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def read_mean_monitor(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Read a document that ``mean_document_of_monitor`` laid out: the parts of a monitor."""
    document = read_document(text, MEAN_FORMAT, MEAN_VERSION, dict(schema))
    with sound(MEAN_FORMAT):
        with within("$.card"):
            card = ScorecardRegressor.from_json(json.dumps(document["card"]))
        return {"card": card, **mean_parts_of_document(document, card)}


def mean_parts_of_document(document: Mapping[str, Any], card: ScorecardRegressor) -> dict[str, Any]:
    """Read the sums of a reference, after checking that they agree with the card."""
    kind = kind_of(card)
    if kind is None:
        raise DocumentError(path="$.card", rule=" must be a card of a mean")
    bins = score_bins_of_document(document["score"])
    read = partial(_read_sums, kind=kind)
    score_table = read(document["score"], "$.score", bins.n_bins)
    tables = tables_of_document(document["characteristics"], card.binner_.specs_, read)

    # Sums of amounts may cancel: what they differ by is compared with the largest of them.
    wanted = score_table.sums.sum(axis=0)
    room = _ROUNDING * np.abs(wanted).max()
    for name, table in tables.items():
        found = table.sums.sum(axis=0)
        if not np.allclose(found, wanted, rtol=_ROUNDING, atol=room):
            rule = f" must add up to {wanted.tolist()} like the score, got {found.tolist()}"
            path = member_path("$.characteristics", name)
            raise DocumentError(path=f"{path}.sums", rule=rule)

    description = {name: _number(value) for name, value in document["description"].items()}
    _check_sizes(description, score_table)
    return {
        "score_bins": bins,
        "score_table": score_table,
        "tables": tables,
        "performance": {
            name: Estimate(
                value=_number(entry["value"]),
                standard_error=_number(entry["standard_error"]),
                method=str(entry["method"]),
            )
            for name, entry in document["performance"].items()
        },
        "description": description,
    }


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _read_sums(entry: Mapping[str, Any], path: str, n_bins: int, kind: TargetKind) -> EvidenceTable:
    """Read sums by bin and check their shape."""
    for key in ("labels", "sums", "products"):
        check_entry_length(entry[key], n_bins, f"{path}.{key}")
    with within(path):
        return EvidenceTable(
            tuple(entry["labels"]), kind.kind, entry["sums"], entry["products"], origin=kind.origin
        )


def _check_sizes(description: Mapping[str, float], table: EvidenceTable) -> None:
    """Check sizes and mean against the sums from which they follow."""
    total = float(table.weight.sum())
    whole = table.merge(np.zeros(table.n_bins, dtype=np.intp))
    size = total**2 / float(table.squared_weight.sum()) if total > 0.0 else np.nan
    wanted = {"count": total, "size": size, "mean": float(whole.rate[0])}
    for key, value in wanted.items():
        if not np.isclose(description[key], value, rtol=_ROUNDING, atol=_ROUNDING):
            rule = f" must be {value:.9g}, as the sums say, got {description[key]!r}"
            raise DocumentError(path=f"$.description.{key}", rule=rule)
