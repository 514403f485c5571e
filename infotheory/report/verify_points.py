"""The part of ``verify_report.py`` for the card: coefficients, points, and the path of a selection.

It lies beside the script, which loads it, and imports numpy and scipy only. Coefficients with their
errors are fitted on rows (``verify_regression.py``); here is what follows from them.
"""

import math
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from scipy import special, stats

__all__ = ["adjusted_by_holm", "recompute_points"]

Document = Mapping[str, Any]
HALF = 0.5
FEW = 30.0  # effective rows of a class below which points with weights have Student's interval
BASE = "(base points)"  # points that every row gets, where they stand apart


class OfPoints(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""

    def part(self, name: str) -> ModuleType:
        """Return another file of the script."""


def recompute_points(done: OfPoints) -> None:
    """Points from coefficients and weights of evidence, and mean scores from points and counts.

    Points differ between two bins by pdo / ln 2 times the coefficient times the difference of their
    weights of evidence; where they are rounded each may be half a point off.
    """
    report = done.report
    points = report["points"]
    _coefficients(done)
    if report.get("selection") is not None:
        _selection(done)
    if points is None:
        return
    done.part("verify_rows").compare_twins(done)
    parameters = report["reproducibility"]["parameters"]
    rounded = parameters.get("round") == "True"
    about = report["conventions"]
    factor = about["pdo"] if about.get("link") == "identity" else about["pdo"] / math.log(2.0)
    factor = -factor if about.get("rising") else factor  # a mean may be scored upwards
    by_feature: dict[str, list[tuple[int, Document]]] = {}
    for i, row in enumerate(points):
        by_feature.setdefault(row["feature"], []).append((i, row))

    for rows in by_feature.values():
        first = rows[0][1]
        if first["coefficient"] is None or first["woe"] is None:
            continue
        for i, row in rows[1:]:
            step = -factor * row["coefficient"] * (row["woe"] - first["woe"])
            wanted = first["points"] + step
            slack = 1.0 if rounded else 0.0
            done("points", f"points[{i}].points", wanted, slack)
    if parameters.get("binner__cat_unknown", "'zero'") == "'zero'":
        for i, row in enumerate(points):  # what nobody saw has no evidence
            if row["count"] == 0.0 and row["woe"] is not None and not row.get("woe_reason"):
                done("weights of evidence", f"points[{i}].woe", 0.0)
    _mean_scores(done, by_feature)
    _absolute(done, by_feature, factor, 0.5 + 1e-6 if rounded else 1e-6)


def _mean_scores(done: OfPoints, by_feature: Mapping[str, Any]) -> None:
    """Mean score of a sample: points of bins times their counts, over characteristics."""
    report = done.report
    entries = [e for e in report["characteristics"] if e["in_card"] and e["feature"] in by_feature]
    base = sum(row["points"] for row in report["points"] if row["feature"] == BASE)
    for i, sample in enumerate(report["data"]["samples"]):
        total = base
        for entry in entries:
            of_bin = {row["bin"]: row["points"] for _, row in by_feature[entry["feature"]]}
            bins = entry["samples"][sample["sample"]]["bins"]
            if any(row["count"] and row["bin"] not in of_bin for row in bins):
                return
            total += sum(row["count"] * of_bin.get(row["bin"], 0.0) for row in bins) / sum(
                row["count"] for row in bins
            )
        done("mean scores", f"data.samples[{i}].mean_score", total)


def adjusted_by_holm(p_values: Mapping[str, float | None]) -> dict[str, float]:
    """Adjust p-values by place: the smallest counts for all, the next for one less, and so on."""
    known = sorted((p, place) for place, p in p_values.items() if p is not None)
    adjusted, reached = {}, 0.0
    for rank, (p, place) in enumerate(known):
        reached = max(reached, min((len(known) - rank) * p, 1.0))
        adjusted[place] = reached
    return adjusted


def _of_level(done: OfPoints) -> float:
    return float(stats.norm.ppf(HALF + done.report["conventions"]["level"] / 2.0))


def _coefficients(done: OfPoints) -> None:
    """Compare p-values after Holm, and ends that follow from a coefficient and its error."""
    rows = done.report["coefficients"] or ()
    p_values = {f"coefficients[{i}]": row.get("p_value") for i, row in enumerate(rows)}
    for place, p in adjusted_by_holm(p_values).items():
        done("tests of coefficients", f"{place}.adjusted_p_value", p)
    done.part("verify_coefficients").recompute_coefficients(done)


def _selection(done: OfPoints) -> None:
    """Compare the ends, tests and degrees of freedom that follow from what a step found."""
    report, z = done.report, float(stats.norm.ppf(0.975))  # a log has ends of 95 %
    rows = report["selection"]["rows"]
    drawn = {}

    for i, row in enumerate(rows):
        place, value, error = f"selection.rows[{i}]", row["value"], row["standard_error"]
        if row["statistic"] == "likelihood_ratio" or row["statistic"] == "score":
            p = float(stats.chi2.sf(value, row["degrees_of_freedom"]))
            done("tests of a selection", f"{place}.p_value", p)
        elif row["statistic"] == "correlation" and value is not None and abs(value) < 1.0 - 1e-9:
            reach = z * error / (1.0 - value**2)
            for end, sign in (("low", -1.0), ("high", 1.0)):
                edge = math.tanh(math.atanh(value) + sign * reach)
                done("intervals of a selection", f"{place}.{end}", edge)
        elif row["statistic"] == "coefficient" and error is not None and row["low"] is not None:
            done("intervals of a selection", f"{place}.low", value - z * error)
            done("intervals of a selection", f"{place}.high", value + z * error)
        elif row["statistic"] == "permutation" and row["p_value"] is not None:
            drawn[place] = row["p_value"]
            done("numbers that stand twice", f"{place}.p_value", value)

    if drawn:
        adjusted = stats.false_discovery_control(list(drawn.values()))
        for place, p in zip(drawn, adjusted, strict=True):
            done("adjusted p-values", f"{place}.adjusted_p_value", p)
    _selected_twice(done)


def _selected_twice(done: OfPoints) -> None:
    """Compare what a selection told of characteristics with what the report says of them.

    A selection may have had other bins: a number that was changed touches one of several.
    """
    known = {e["feature"]: e["samples"]["train"]["iv"] for e in done.report["characteristics"]}
    known_slopes = {row["feature"]: row for row in done.report["coefficients"] or ()}

    for statistic, of_feature, keys in (
        ("iv", known, {k: k for k in ("value", "standard_error", "low", "high")}),
        (
            "coefficient",
            known_slopes,
            {"value": "coefficient", "standard_error": "standard_error"},
        ),
    ):
        pairs = [
            (f"selection.rows[{i}]", row, of_feature[row["feature"]])
            for i, row in enumerate(done.report["selection"]["rows"])
            if row["statistic"] == statistic and row["feature"] in of_feature
        ]

        # Where most agree the selection had these bins: what differs then was changed.
        first, second = next(iter(keys.items()))
        same = [_are_equal(row[first], twin[second]) for _, row, twin in pairs]
        if 2 * sum(same) > len(same):
            for place, _, twin in pairs:
                for key, theirs in keys.items():
                    if twin[theirs] is not None:
                        done("numbers that stand twice", f"{place}.{key}", twin[theirs])


def _are_equal(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return abs(first - second) <= 1e-8 * max(1.0, abs(second))


def _absolute(done: OfPoints, by_feature: Mapping[str, Any], factor: float, room: float) -> None:
    """Compare points with the scale of the card, and their ends with their errors.

    The mean log odds of a sample is the intercept plus coefficients times mean evidence, so that
    the intercept follows from counts by score and by bin.
    """
    z, exact = _of_level(done), _unrounded(done, by_feature, factor)
    for name, rows in by_feature.items():
        counted = _counted(done.report, name)
        # Where the card counted other rows in one bin it did in all, if some happen to be as many.
        is_same = all(
            abs(counted[row["bin"]][0] - (row.get("count") or 0.0)) <= 1e-6 * counted[row["bin"]][0]
            for _, row in rows
            if row.get("bin") in counted
        )
        for i, row in rows:
            center = exact.get(i)
            place, error = f"points[{i}]", row.get("standard_error")
            if center is not None:
                done("points", f"{place}.points", center, room)
            if error is None or row.get("low") is None:
                continue
            reach = z * error
            if counted:
                size = counted.get(row["bin"], (0.0, math.inf))[1]
                reach = _reach(done, row, size, is_same=is_same)
            middle = (row["low"] + row["high"]) / 2.0 if center is None else center
            done("intervals of points", f"{place}.low", middle - reach, 1e-6)
            done("intervals of points", f"{place}.high", middle + reach, 1e-6)


def _counted(report: Document, feature: str) -> dict[str, tuple[float, float]]:
    """Training rows of each bin, and effective ones of its rarer class; nothing of a mean.

    Rows of one weight, as the squares of all bins show, tell the spread by their number: as many as
    one likes, unless there is none.
    """
    rows = [
        row
        for entry in report.get("characteristics") or ()
        if entry["feature"] == feature
        for row in entry["samples"]["train"]["bins"]
        if row["count"] and "squared_events" in row
    ]
    cells = np.zeros((2, len(rows), 2))
    for i, row in enumerate(rows):
        cells[0, i] = row["nonevents"], row["events"]
        cells[1, i] = row["squared_nonevents"], row["squared_events"]

    sums, squares = cells
    size = np.divide(sums**2, squares, out=np.zeros_like(squares), where=sums > 0.0).min(axis=1)

    # What the squares would be if all rows of a class weighed the same.
    of_one = sums * squares.sum(axis=0) / np.maximum(sums.sum(axis=0), 1e-300)
    if np.allclose(squares, of_one, rtol=1e-9, atol=0.0):
        size[size > 0.0] = math.inf
    return {row["bin"]: (row["count"], float(of)) for row, of in zip(rows, size, strict=True)}


def _reach(done: OfPoints, row: Document, size: float, *, is_same: bool) -> float:
    """Half the width of the interval of the points of a bin of so many rows of the rarer class.

    Below 30 effective rows of a class with weights the quantile is Student's of them, unless
    evidence was learnt on other rows, of which a report does not tell: the nearer one is meant.
    """
    error, half = row["standard_error"], (row["high"] - row["low"]) / 2.0
    tail, normal = HALF + done.report["conventions"]["level"] / 2.0, _of_level(done) * error
    if not is_same:
        # The card counted other rows: any quantile of Student's may be meant.
        return min(max(half, normal), float(stats.t.ppf(tail, 1.0)) * error)
    if size >= FEW:
        return normal
    student = float(stats.t.ppf(tail, max(size, 1.0))) * error
    return student if 2.0 * half > normal + student else normal


def _unrounded(done: OfPoints, by_feature: Mapping[str, Any], factor: float) -> dict[int, float]:
    """Points before rounding, by place; none where the intercept does not follow from counts."""
    report, about = done.report, done.report["conventions"]
    scores = (report["performance"] or {}).get("scores") or {"samples": {}}
    cells = scores["samples"].get("train")
    if cells is None or about.get("model") != "Scorecard" or about.get("link"):
        return {}

    rows = done.part("verify_scores").rows_of(cells)
    log_odds = float(rows.count @ special.logit(rows.predicted)) / float(rows.count.sum())
    active = []

    for name, of_card in by_feature.items():
        if name == BASE:
            continue
        woe = {row["bin"]: row["woe"] for _, row in of_card}
        slope = of_card[0][1]["coefficient"]
        entry = next(e for e in report["characteristics"] if e["feature"] == name)
        bins = [row for row in entry["samples"]["train"]["bins"] if row["count"]]
        if slope is None or any(woe.get(row["bin"]) is None for row in bins):
            return {}
        total = sum(row["count"] for row in bins)
        log_odds -= slope * sum(row["count"] * woe[row["bin"]] for row in bins) / total
        active += [name] * bool(slope)
    if not active:
        return {}

    base = about["base_points"] - factor * (math.log(about["base_odds"]) + log_odds)
    share = 0.0 if BASE in by_feature else base / len(active)
    return {
        i: base if name == BASE else share - factor * row["coefficient"] * row["woe"]
        for name, of_card in by_feature.items()
        for i, row in of_card
        if name == BASE or (name in active and row["woe"] is not None)
    }


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
