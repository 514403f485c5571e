"""The part of ``verify_report.py`` for targets that are no two classes: means, rates, classes.

It lies beside the script, which loads it, and imports numpy and scipy only. Sums of a target by bin
are its counts (rows, or their weights and exposures) times its means; what needs the spread of the
target within bins is not in a report, and is left.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = ["recompute_targets"]

Document = Mapping[str, Any]
Sums = NDArray[np.float64]


class OfTargets(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""

    def compare(
        self, group: str, place: str, reported: Any, recomputed: float, slack: float = 0.0
    ) -> None:
        """Compare a number with what was recomputed."""


def recompute_targets(done: OfTargets) -> None:
    """Compare samples, bins, groups of like predictions, and what follows from given errors."""
    report = done.report
    for k, sample in enumerate(report["data"]["samples"]):
        for i, entry in enumerate(report["characteristics"]):
            part = entry["samples"][sample["sample"]]
            place = f"characteristics[{i}].samples.{sample['sample']}"
            # the number of the sample itself once, and again for each further characteristic
            what = f", bins of {entry['feature']}" if i else ""
            _sums(done, f"data.samples[{k}]", what, sample, part["bins"])
            _target_bins(done, place, part, weighted=sample["weighted"])

    performance = report["performance"] or {"gains": None, "measures": []}
    for name, rows in (performance["gains"] or {}).items():
        _amounts(done, f"performance.gains.{name}", rows)
    _measures(done, performance["measures"])
    _levels(done)


def _sums(
    done: OfTargets, place: str, what: str, sample: Document, bins: Sequence[Document]
) -> None:
    """Compare rows and means of a sample with those of all its bins."""
    counts = np.array([row["count"] for row in bins])
    total = sample["sum_of_weights"]
    done.compare("sums of rows", f"{place}.sum_of_weights{what}", total, counts.sum())
    for name, of_bin in _means(done.report).items():
        whole = sample["class_shares"][name] if name else sample["mean"]
        values = np.array([row[of_bin] for row in bins])
        mean = float((counts * values).sum() / counts.sum())
        where = f"{place}.class_shares.{name}" if name else f"{place}.mean"
        done.compare("means of samples", f"{where}{what}", whole, mean)


def _means(report: Document) -> dict[str, str]:
    """Keys of the means in a bin, by class; the class is "" where there are none."""
    classes = report["conventions"]["classes"]
    return {name: f"share_{name}" for name in classes} or {"": "mean"}


def _masses(kind: str, count: Sums, mean: Sums) -> tuple[Sums, Sums]:
    """Return what the evidence of a bin compares: p and q of ln(p / q), as shares of their sums."""
    first = count if kind == "rate" else count * (1.0 - mean)  # exposure, or what is not lost
    second = count * mean
    return first / first.sum(), second / second.sum()


def _target_bins(done: OfTargets, place: str, part: Document, *, weighted: bool) -> None:
    """Compare shares, evidence and terms of the bins of a characteristic, and their sum."""
    kind, rows = done.report["conventions"]["target_type"], part["bins"]
    count = np.array([row["count"] for row in rows])
    for i, share in enumerate(count / count.sum()):
        done("shares", f"{place}.bins[{i}].share", share)
    hand = any(row.get("woe_standard_error", 0.0) is None for row in rows)
    if any(row["adjusted"] for row in rows) or hand or not count.all():
        return

    if kind == "multiclass":
        terms = _of_classes(done, place, rows, count, weighted=weighted)
    else:
        mean = np.array([row["mean"] for row in rows])
        terms = _of_means(done, place, part, count, mean, weighted=weighted)
    for i, term in enumerate(terms):
        done("information values of bins", f"{place}.bins[{i}].iv", term)
    done("information values", f"{place}.iv.value", float(terms.sum()))


def _of_means(
    done: OfTargets, place: str, part: Document, count: Sums, mean: Sums, *, weighted: bool
) -> Sums:
    """Compare weights of evidence of means; return what each bin adds to the whole."""
    conventions, rows = done.report["conventions"], part["bins"]
    if conventions["target_type"] == "continuous":
        shares = count / count.sum()
        evidence = mean - float((shares * mean).sum())
        between = shares * evidence**2
        # R-squared is told of all bins; each has its part of the variance between them
        terms = part["iv"]["value"] * between / between.sum() if between.any() else 0.0 * between
    else:
        p, q = _masses(conventions["target_type"], count, mean)
        evidence = np.log(p / q)
        terms = (p - q) * evidence
        if conventions["woe_sign"] == "event":
            evidence = -evidence
    for i, row in enumerate(rows):
        where = f"{place}.bins[{i}]"
        done("weights of evidence", f"{where}.woe", evidence[i])
        _ends_of_evidence(done, where, "woe", row, weighted=weighted)
    return np.asarray(terms)


def _of_classes(
    done: OfTargets, place: str, rows: Sequence[Document], count: Sums, *, weighted: bool
) -> Sums:
    """Compare evidence of each class against the others; return what bins add to the whole.

    That is the mean of all pairs of classes, each pair as often as two rows are of these classes.
    """
    names = done.report["conventions"]["classes"]
    cells = np.array([[row["count"] * row[f"share_{name}"] for name in names] for row in rows])
    others = count[:, None] - cells
    p, q = cells / cells.sum(axis=0), others / others.sum(axis=0)
    evidence, errors = np.log(p / q), np.sqrt((1.0 - p) / cells + (1.0 - q) / others)
    for i, row in enumerate(rows):
        for k, name in enumerate(names):
            where, key = f"{place}.bins[{i}]", f"woe_{name}"
            # names of classes may have any sign, so that no place can be read back
            done.compare("weights of evidence", f"{where}.{key}", row[key], evidence[i, k])
            key = f"{key}_standard_error"
            if row[key] is None:
                continue
            if not weighted:
                group = "errors of weights of evidence"
                done.compare(group, f"{where}.{key}", row[key], errors[i, k])
            _ends_of_evidence(done, where, f"woe_{name}", row, weighted=weighted)

    rates = cells.sum(axis=0) / count.sum()
    pairs = [(a, b, rates[a] * rates[b]) for b in range(len(names)) for a in range(b)]
    terms = [share * (p[:, a] - p[:, b]) * np.log(p[:, a] / p[:, b]) for a, b, share in pairs]
    return np.asarray(np.sum(terms, axis=0) / sum(share for *_, share in pairs))


def _ends_of_evidence(
    done: OfTargets, place: str, key: str, row: Document, *, weighted: bool
) -> None:
    """Compare the ends of an interval with value and error of the same line.

    With weights the quantile is Student's of effective rows, or what gamma laws of both masses make
    of it where they reach farther; their squares are not in a report: it is taken from one end for
    the other, and must be one of Student's from one degree on.
    """
    value, error = row[key], row[f"{key}_standard_error"]
    low, high = row.get(f"{key}_low"), row.get(f"{key}_high")
    if None in (error, low, high):
        return
    quantile = _of_level(done)
    if weighted and error > 0.0:
        tail = 0.5 + done.report["conventions"]["level"] / 2.0
        quantile = min(max((high - value) / error, quantile), float(stats.t.ppf(tail, 1.0)))
    for end, reported, sign in (("low", low, -1.0), ("high", high, 1.0)):
        # names of classes may have any sign, so that no place can be read back
        edge = value + sign * quantile * error
        done.compare("intervals", f"{place}.{key}_{end}", reported, edge)


def _of_level(done: OfTargets) -> float:
    return float(stats.norm.ppf(0.5 + done.report["conventions"]["level"] / 2.0))


def _amounts(done: OfTargets, place: str, rows: Sequence[Document]) -> None:
    """Compare means, lifts and running shares of groups of the prediction."""
    count = np.array([row["count"] for row in rows])
    amount = np.array([row["amount"] for row in rows])
    wanted = {
        "mean": amount / count,
        "lift": amount / count * count.sum() / amount.sum(),
        "cumulative_share": np.cumsum(count) / count.sum(),
        "cumulative_capture": np.cumsum(amount) / amount.sum(),
    }
    for key, values in wanted.items():
        for i, value in enumerate(values):
            done("gains", f"{place}[{i}].{key}", value)


def _measures(done: OfTargets, measures: Sequence[Document]) -> None:
    """Compare intervals that follow from value and error, and differences of two samples."""
    z = _of_level(done)
    by_name = {(row["measure"], row["sample"]): row for row in measures}
    for i, row in enumerate(measures):
        place, value, error = f"performance.measures[{i}]", row["value"], row["standard_error"]
        if row["low"] is not None and error:
            _ends_of_measure(done, place, row, z)

        name = row["measure"].removesuffix(", train − hold-out")
        parts = [by_name.get((name, sample)) for sample in ("train", "hold-out")]
        if name == row["measure"] or None in parts:
            continue
        first, second = (part for part in parts if part is not None)
        both = math.hypot(first["standard_error"], second["standard_error"])
        done("differences of samples", f"{place}.value", first["value"] - second["value"])
        done("differences of samples", f"{place}.standard_error", both)
        if None not in (first["low"], second["low"]) and row["low"] is not None:
            down = math.hypot(first["value"] - first["low"], second["high"] - second["value"])
            up = math.hypot(first["high"] - first["value"], second["value"] - second["low"])
            done("intervals", f"{place}.low", value - down)
            done("intervals", f"{place}.high", value + up)


def _ends_of_measure(done: OfTargets, place: str, row: Document, z: float) -> None:
    """Compare the ends of an interval: Student's reach as far on either side, and never less far.

    Its degrees of freedom are of the rows, which a report does not hold: one end tells the quantile
    by which the other is made again.
    """
    value, error, ends = row["value"], row["standard_error"], (row["low"], row["high"])
    if row["law"] == "normal":
        wanted = [value + sign * z * error for sign in (-1.0, 1.0)]
    elif row["law"] == "Student":
        reach = [abs(end - value) for end in ends]
        wanted = [value - max(reach[1], z * error), value + max(reach[0], z * error)]
    elif row["law"] == "logit-normal" and 0.0 < value < 1.0 and 0.0 < min(ends) < max(ends) < 1.0:
        middle, least = float(special.logit(value)), z * error / (value * (1.0 - value))
        reach = [abs(float(special.logit(end)) - middle) for end in ends]
        wanted = [
            float(special.expit(middle - max(reach[1], least))),
            float(special.expit(middle + max(reach[0], least))),
        ]
    else:
        return

    # Cut where the quantity ends: such an end is seen at once, and tells no quantile.
    if row["law"] == "Student" and 1.0 in (abs(ends[0]), abs(ends[1])):
        return
    for end, edge in zip(("low", "high"), wanted, strict=True):
        if abs(row[end]) not in (0.0, 1.0):
            done("intervals", f"{place}.{end}", edge)


def _levels(done: OfTargets) -> None:
    """Compare the level of predictions with the sums of groups of like ones."""
    calibration = done.report["calibration"]
    for i, row in enumerate(calibration["measures"] if calibration else ()):
        groups = calibration["groups"][row["sample"]]
        count = np.array([group["count"] for group in groups])
        observed = float((count * [group["mean"] for group in groups]).sum())
        expected = float((count * [group["expected_mean"] for group in groups]).sum())
        place = f"calibration.measures[{i}].value"
        if row["measure"].startswith("observed less predicted"):
            scale = abs(observed / count.sum())
            done("calibration", place, (observed - expected) / count.sum(), 1e-10 * scale)
        elif row["measure"].startswith("observed / predicted") and expected:
            done("calibration", place, observed / expected)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
