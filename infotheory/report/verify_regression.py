"""The part of ``verify_report.py`` that fits the card anew on rows, and tests it on other rows.

It lies beside the script, which loads it, and imports numpy and scipy only.
"""

import math
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["refit_card", "reselect", "retest"]

Document = Mapping[str, Any]
Rows = NDArray[np.float64]
BASE = "(base points)"  # points that every row gets, where they stand apart


class OfRegression(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""

    def part(self, name: str) -> ModuleType:
        """Return another file of the script."""


def refit_card(
    done: OfRegression, bin_of: Mapping[str, Sequence[str]], is_event: NDArray[np.bool_]
) -> None:
    """Fit the card anew: coefficients with their errors, inflation, predicted rates.

    A coefficient of 0 was held there by its sign; the others are those of a regression without it.
    """
    report = done.report
    penalty = report["reproducibility"]["parameters"].get("penalty")
    if report["conventions"].get("model") != "Scorecard" or penalty != "None":
        return
    fitted = [(i, row) for i, row in enumerate(report["coefficients"] or ()) if row["coefficient"]]
    woe = {(row["feature"], row["bin"]): row["woe"] for row in report["points"] or ()}
    features = [row["feature"] for _, row in fitted]
    inside = [[woe.get((name, label)) for label in bin_of[name]] for name in features]
    if not fitted or any(value is None for part in inside for value in part):
        return  # a bin that the report does not show
    design = np.column_stack([np.ones(is_event.size), *np.array(inside, dtype=np.float64)])

    theta = _logistic(design, is_event)
    if theta is None:
        return
    reported = np.array([row["coefficient"] for _, row in fitted])
    # Where bins were counted elsewhere the card may have been fitted there as well.
    fits = np.isclose(reported, theta[1:], rtol=1e-6, atol=1e-9)
    if not fits.any() and done.part("verify_rows").of_other_rows(report):
        return
    for (i, _), coefficient in zip(fitted, theta[1:], strict=True):
        done("coefficients of the rows", f"coefficients[{i}].coefficient", coefficient, 1e-6)
    if len(fitted) == len(report["coefficients"]):
        correlation = np.atleast_2d(np.corrcoef(design[:, 1:], rowvar=False))
        for (i, _), factor in zip(fitted, np.diag(np.linalg.inv(correlation)), strict=True):
            done("inflation factors of the rows", f"coefficients[{i}].vif", factor, 1e-6)

    # No estimates of these rows are half rows in bins of one class, and what was set by hand or
    # learnt on others.
    estimated = [
        row["woe_standard_error"] is not None
        and not row["adjusted"]
        and abs(row["woe"] - woe.get((entry["feature"], row["bin"]), math.nan)) < 1e-9
        for entry in report["characteristics"]
        if entry["feature"] in features
        for row in entry["samples"]["train"]["bins"]
        if row["count"]
    ]
    _matrix(done, "information", features, _information_beside(design, theta))
    if all(estimated):
        labels = [bin_of[name] for name in features]
        sign = -1.0 if report["conventions"]["woe_sign"] == "event" else 1.0
        moves, of_bins = _influences(design, theta, is_event, labels, sign)
        # A single coefficient is -1 whatever the rows: its error is 0, but for rounding.
        errors = np.sqrt((moves**2).sum(axis=0))
        for (i, row), error in zip(fitted, errors[1:], strict=True):
            if row["standard_error"] is not None:
                done("errors of coefficients", f"coefficients[{i}].standard_error", error, 1e-6)
        _matrix(done, "covariance", features, (moves.T @ moves)[1:, 1:])
        _errors_of_points(done, features, theta, moves, of_bins)
    _of_predictions(done, 1.0 / (1.0 + np.exp(-design @ theta)), is_event)


def _information_beside(design: Rows, theta: Rows) -> Rows:
    """Return the information of the coefficients where the intercept is fitted beside them."""
    p = 1.0 / (1.0 + np.exp(-design @ theta))
    whole = (design * (p * (1.0 - p))[:, None]).T @ design
    return np.asarray(whole[1:, 1:] - np.outer(whole[1:, 0], whole[0, 1:]) / whole[0, 0])


def _matrix(done: OfRegression, name: str, features: Sequence[str], matrix: Rows) -> None:
    """Compare a matrix of the coefficients, which the report may not hold."""
    known = done.report.get("coefficient_matrices")
    if known is None or known["features"] != list(features):
        return
    for i, row in enumerate(matrix):
        for j in range(i + 1):
            room = 1e-6 * math.sqrt(abs(matrix[i, i] * matrix[j, j]))
            place = f"coefficient_matrices.{name}[{i}][{j}]"
            done(f"{name} of the coefficients", place, float(row[j]), room)


def _logistic(design: Rows, is_event: NDArray[np.bool_]) -> Rows | None:
    """Maximise the likelihood by Newton's steps; None where it has no maximum."""
    theta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-design @ theta))
        information = (design * (p * (1.0 - p))[:, None]).T @ design
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (is_event - p))
        theta = theta + step
        if np.abs(step).max() < 1e-12:
            return theta
    return None


def _influences(
    design: Rows,
    theta: Rows,
    is_event: NDArray[np.bool_],
    labels: Sequence[Sequence[str]],
    sign: float,
) -> tuple[Rows, list[dict[str, Rows]]]:
    """How rows move coefficients whose columns were estimated on them, and those columns.

    A row moves the score equations by its own term and through ln g/G - ln b/B of each bin, which
    a non-event of the bin moves by 1/g - 1/G, another non-event by -1/G, events the other way
    (Huber 1967).
    """
    p = 1.0 / (1.0 + np.exp(-design @ theta))
    residual, spread = is_event - p, p * (1.0 - p)
    moved = design * residual[:, None]

    of_bins: list[dict[str, Rows]] = []
    for j, names in enumerate(labels, start=1):
        of_bins.append({})
        for name in sorted(set(names)):
            inside = np.array([other == name for other in names])
            # How the equations change with the evidence of this bin.
            slope = -theta[j] * (design[inside] * spread[inside, None]).sum(axis=0)
            slope[j] += residual[inside].sum()
            influence = np.zeros(is_event.size)
            for of_class, way in ((~is_event, sign), (is_event, -sign)):
                share = inside[of_class] / inside[of_class].sum() - 1.0 / of_class.sum()
                influence[of_class] = way * share
            moved += np.outer(influence, slope)
            of_bins[-1][name] = influence

    bread = np.linalg.inv((design * spread[:, None]).T @ design)
    return moved @ bread, of_bins


def _errors_of_points(
    done: OfRegression,
    features: Sequence[str],
    theta: Rows,
    moves: Rows,
    of_bins: Sequence[Mapping[str, Rows]],
) -> None:
    """Compare errors of points: how rows move a coefficient times the evidence of a bin.

    Each characteristic carries its part of the intercept, unless base points stand apart.
    """
    about, points = done.report["conventions"], done.report["points"]
    factor = about["pdo"] / math.log(2.0)
    apart = any(row["feature"] == BASE for row in points)
    shared = 0.0 if apart else 1.0 / len(features)

    for i, row in enumerate(points):
        if row["feature"] == BASE:
            influence = moves[:, 0]
        elif row["feature"] in features:
            j = features.index(row["feature"])
            influence = shared * moves[:, 0] + row["woe"] * moves[:, j + 1]
            influence = influence + theta[j + 1] * of_bins[j].get(row["bin"], 0.0)
        else:
            continue

        if row.get("standard_error") is not None:
            error = factor * math.sqrt(float((influence**2).sum()))
            done("errors of points", f"points[{i}].standard_error", error, 1e-6 * max(1.0, error))


def reselect(done: OfRegression, bin_of: Mapping[str, Sequence[str]]) -> None:
    """Compare correlations and inflation factors of the path of a selection, on its rows."""
    selection = done.report.get("selection")
    if selection is None:
        return

    columns = {}
    for entry in done.report["characteristics"]:
        woe = {row["bin"]: row["woe"] for row in entry["samples"]["train"]["bins"]}
        column = [woe.get(label) for label in bin_of[entry["feature"]]]
        if None not in column:
            columns[entry["feature"]] = np.array(column, dtype=np.float64)

    # Where one left, the others had been told their factors beside it.
    inflated = [row["feature"] for row in selection["rows"] if row["statistic"] == "vif"]
    factors = {}
    kept = all(row["decision"] == "kept" for row in selection["rows"] if row["statistic"] == "vif")
    if len(inflated) > 1 and kept and set(inflated) <= set(columns):
        correlation = np.corrcoef(np.stack([columns[name] for name in inflated]))
        factors = dict(zip(inflated, np.diag(np.linalg.inv(correlation)), strict=True))

    for i, row in enumerate(selection["rows"]):
        place, pair = f"selection.rows[{i}]", (row["feature"], row["partner"])
        if row["statistic"] == "vif" and row["feature"] in factors:
            done(
                "inflation factors of a selection", f"{place}.value", factors[row["feature"]], 1e-6
            )
        if row["statistic"] == "correlation" and set(pair) <= set(columns):
            x, z = ((c - c.mean()) / c.std() for c in (columns[name] for name in pair))
            r = float((x * z).mean())
            error = math.sqrt(float(((x * z - r * (x**2 + z**2) / 2.0) ** 2).sum())) / x.size
            done("correlations of a selection", f"{place}.value", r, 1e-8)
            done("correlations of a selection", f"{place}.standard_error", error, 1e-8)


def retest(
    done: OfRegression, bin_of: Mapping[str, Sequence[str]], is_event: NDArray[np.bool_]
) -> None:
    """Compare the tests of characteristics on rows that no bins were learnt on.

    Score tests of the bins of one characteristic beside the evidence of all others, which is fitted
    to these rows without it.
    """
    report = done.report
    rows = [(i, row) for i, row in enumerate(report["coefficients"] or ())]
    tested = [(i, row["feature"]) for i, row in rows if row.get("p_value") is not None]
    woe = {(row["feature"], row["bin"]): row["woe"] for row in report["points"] or ()}
    columns = {name: [woe.get((name, label)) for label in bin_of[name]] for _, name in tested}
    if any(None in column for column in columns.values()) or not tested:
        return

    for i, name in tested:
        others = [columns[other] for _, other in tested if other != name]
        design = np.column_stack([np.ones(is_event.size), *np.array(others, dtype=np.float64)])
        theta = _logistic(design, is_event)
        if theta is None:
            continue

        p = 1.0 / (1.0 + np.exp(-design @ theta))
        spread = p * (1.0 - p)
        levels = sorted(set(bin_of[name]))[1:]  # all of them together are the intercept
        bins = np.array([[label == level for level in levels] for label in bin_of[name]], float)
        score = bins.T @ (is_event - p)
        crossed = (bins * spread[:, None]).T @ design
        information = (design * spread[:, None]).T @ design
        variance = (bins * spread[:, None]).T @ bins
        variance = variance - crossed @ np.linalg.solve(information, crossed.T)

        statistic = float(score @ np.linalg.solve(variance, score))
        p_value = float(stats.chi2.sf(statistic, len(levels)))
        done("tests of coefficients", f"coefficients[{i}].p_value", p_value, 1e-7)


def _of_predictions(done: OfRegression, predicted: Rows, is_event: NDArray[np.bool_]) -> None:
    """Brier score, and groups of like predictions where no equal ones are in two of them.

    The statistic of Hosmer and Lemeshow is that with the variance of each row in its group.
    """
    for i, row in enumerate(done.report["performance"]["measures"]):
        if (row["measure"], row["sample"]) == ("Brier score", "train"):
            brier = float(((predicted - is_event) ** 2).mean())
            done("Brier score of the rows", f"performance.measures[{i}].value", brier, 1e-6)

    scores = done.report["performance"].get("scores") or {"samples": {}}
    cells = scores["samples"].get("train")
    groups, ordered = done.report["calibration"]["groups"].get("train", ()), np.sort(predicted)
    counts, start = np.add(cells["nonevents"], cells["events"]) if cells else np.zeros(0), 0
    if cells is not None and counts.sum() == ordered.size:
        for i in np.argsort(cells["predicted"], kind="stable").tolist():
            place = f"performance.scores.samples.train.predicted[{i}]"
            end = start + int(counts[i])
            done("predictions of the rows", place, float(ordered[start:end].mean()), 1e-6)
            start = end
    start, statistic = 0, 0.0
    for i, row in enumerate(groups):
        end = start + int(row["count"])
        edges = [edge for edge in (start, end) if 0 < edge < ordered.size]
        if all(ordered[edge] - ordered[edge - 1] > 1e-9 for edge in edges):
            place = f"calibration.groups.train[{i}].expected_event_rate"
            done("predicted rates of the rows", place, float(ordered[start:end].mean()), 1e-6)
            variance = float((ordered[start:end] * (1.0 - ordered[start:end])).sum())
            statistic += (row["events"] - float(ordered[start:end].sum())) ** 2 / variance
        else:
            statistic = math.nan
        start = end
    for i, row in enumerate(done.report["calibration"]["tests"]):
        if row["sample"] == "train" and math.isfinite(statistic):
            place = f"calibration.tests[{i}].statistic"
            done("statistic of Hosmer and Lemeshow", place, statistic, 1e-5)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
