"""The part of ``verify_report.py`` for intervals of coefficients beside learnt evidence.

It lies beside the script, which loads it, and imports numpy and scipy only.
"""

import math
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["recompute_coefficients", "whole_matrix"]

Document = Mapping[str, Any]
Matrix = NDArray[np.float64]
HALF = 0.5
#: Largest part of what columns tell that counts as their noise.
MOST_NOISE = 0.7
#: Statistics that the best mergers of noise seldom exceed: over ln of the pre-bins where a trend
#: binds them, over ln of the pre-bins a bin where none does.
OF_ORDERS, OF_BINS = 3.5, 1.5


class OfCoefficients(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""

    def part(self, name: str) -> ModuleType:
        """Return another file of the script."""


class Learnt(NamedTuple):
    """What the rows of the fit say of the evidence of one characteristic."""

    # Degrees of freedom of its information value
    degrees: float
    # Statistic of the value: noncentrality less its bias, plus the degrees
    draw: float
    # Least noncentrality that the rows allow in bins that were fixed before
    least: float
    # Noise of the search over that of fixed bins; None where the report does not tell
    noise: float | None


def recompute_coefficients(done: OfCoefficients) -> None:
    """Compare the ends of coefficients whose evidence was learnt on the rows of the fit.

    Noise of evidence draws a coefficient to -1 by a share of df / (S + df), with S the
    noncentrality of the information value and df its degrees of freedom. Ends are at least those of
    this undone with the least S that the rows allow, and of nothing undone. How the noise of other
    characteristics widens them tells the information of all coefficients: without it, as in reports
    of earlier versions, ends are compared from inside.
    """
    rows = done.report["coefficients"] or ()
    learnt = {row["feature"]: _learnt(done, row["feature"]) for row in rows}
    matrices = done.report.get("coefficient_matrices")
    _diagonal(done, rows, matrices)

    together = None if matrices is None else _undone_together(done, matrices, learnt)
    for i, row in enumerate(rows):
        of_one = learnt[row["feature"]]
        if row.get("standard_error") is None or of_one is None:
            continue
        is_alone = matrices is not None and len(matrices["features"]) == 1
        is_shown = row["low"] is not None or row.get("low_status") == "unbounded"
        if is_alone or not is_shown:
            continue

        place = f"coefficients[{i}]"
        if together is None or of_one.noise is None:
            _from_inside(done, place, row, of_one)
            continue
        low, high = _ends_beside_noise(done, row, of_one, of_one.noise)
        of_all = together.get(row["feature"])
        if of_all is not None and math.isfinite(low):
            low, high = min(low, of_all[0]), max(high, of_all[1])
        room = 1e-7 * max(1.0, high - low) if math.isfinite(low) else 0.0
        done("intervals of coefficients", f"{place}.low", low, room)
        done("intervals of coefficients", f"{place}.high", high, room)


def whole_matrix(lower: Any) -> Matrix:
    """Make a symmetric matrix of its rows up to the diagonal."""
    matrix = np.zeros((len(lower), len(lower)))
    for i, row in enumerate(lower):
        matrix[i, : i + 1] = matrix[: i + 1, i] = row
    return matrix


def _diagonal(done: OfCoefficients, rows: Any, matrices: Document | None) -> None:
    """Compare the variances of coefficients with their errors."""
    errors = {row["feature"]: row["standard_error"] for row in rows}
    for i, name in enumerate(() if matrices is None else matrices["features"]):
        if errors.get(name) is not None:
            place = f"coefficient_matrices.covariance[{i}][{i}]"
            done("numbers that stand twice", place, errors[name] ** 2)


def _z(done: OfCoefficients) -> float:
    return float(stats.norm.ppf(HALF + done.report["conventions"]["level"] / 2.0))


def _toward(done: OfCoefficients) -> float:
    return 1.0 if done.report["conventions"]["woe_sign"] == "event" else -1.0


def _learnt(done: OfCoefficients, feature: str) -> Learnt | None:
    """Say how much evidence and noise the counts of a characteristic show."""
    counts = _learnt_counts(done, feature)
    if counts is None:
        return None
    laws = done.part("verify_laws")
    ends = laws.ends_of_fixed_bins(done, counts)
    if ends is None:
        return None

    # bins of one class hold half a row more of both
    filled = counts + HALF * (counts == 0.0).any(axis=0)
    (n, m), center = filled.sum(axis=1), laws.divergence_of_counts(filled)
    scale, degrees = n * m / (n + m), float(counts.shape[1] - 1)
    draw = scale * max(center, 0.0) + degrees
    noise = _noise_of_search(done, feature, degrees, scale * center + degrees)
    return Learnt(degrees, draw, scale * ends[0], noise)


def _noise_of_search(
    done: OfCoefficients, feature: str, degrees: float, draw: float
) -> float | None:
    """Variance of the evidence of the best bins of noise over that of fixed bins, at least 1.

    Up to what mergers of noise reach the statistic is taken for noise, of larger ones ever less.
    """
    entry = next(e for e in done.report["characteristics"] if e["feature"] == feature)
    matrices = done.report.get("coefficient_matrices")
    n_prebins = entry.get("prebins")
    if matrices is None or feature not in matrices["features"] or n_prebins is None:
        return None
    of_search = n_prebins - 1.0
    if of_search <= degrees or draw <= degrees:
        return 1.0

    place = matrices["features"].index(feature)
    is_bound = matrices["trend_bound"][place]
    if matrices["ordered"][place]:
        most = OF_ORDERS * math.log(n_prebins)
        if not is_bound:
            most = max(most, degrees * (1.0 + OF_BINS * math.log(max(of_search / degrees, 1.0))))
        of_search = min(of_search, most)
    excess = max(min(draw, of_search) / degrees - 1.0, 0.0)
    return 1.0 + excess * min(1.0, of_search / draw) ** (2 if is_bound else 1)


def _ends_beside_noise(
    done: OfCoefficients, row: Document, learnt: Learnt, noise: float
) -> tuple[float, float]:
    """Return the ends with the noise of the characteristic's own evidence undone, and not."""
    least, degrees = learnt.least, learnt.degrees
    if noise > 1.0:
        degrees *= noise
        level = done.report["conventions"]["level"]
        ends = done.part("verify_laws").noncentralities(learnt.draw, degrees, level)
        least = min(least, ends[0])
    if not least > 0.0:
        return -math.inf, math.inf
    stretch, reach = degrees / least, _z(done) * row["standard_error"]
    value, toward = row["coefficient"], _toward(done)
    undone, wider = value + (value - toward) * stretch, reach * (1.0 + stretch)
    return min(value - reach, undone - wider), max(value + reach, undone + wider)


def _from_inside(done: OfCoefficients, place: str, row: Document, learnt: Learnt) -> None:
    """Compare ends with the least that they are."""
    if row["low"] is None or not learnt.least > 0.0:
        return
    low, high = _ends_beside_noise(done, row, learnt, 1.0)
    room = 1e-7 * max(1.0, high - low)
    group = "intervals of coefficients, from inside"
    done(group, f"{place}.low", min(low, row["low"]), room)
    done(group, f"{place}.high", max(high, row["high"]), room)


def _undone_together(
    done: OfCoefficients, matrices: Document, learnt: Mapping[str, Learnt | None]
) -> dict[str, tuple[float, float]] | None:
    """Return ends with the noise of all characteristics undone at once; None where one is unknown.

    Of the information H of the coefficients D is noise, whose coefficients are -1: in the mean
    H b = (H - D) beta - D 1.
    """
    names = matrices["features"]
    # No matrix of nothing has a largest root: a card may be its intercept alone.
    if not names:
        return {}
    shares = []
    for name in names:
        of_one = learnt.get(name)
        if of_one is None or of_one.noise is None:
            return None
        shares.append(min(of_one.degrees * of_one.noise / of_one.draw, 1.0))
    information = whole_matrix(matrices["information"])
    noise = np.maximum(np.diag(information), 0.0) * shares

    # The largest part of what columns tell that is noise: the roots of det(D - x H).
    root = np.sqrt(noise)
    parts = root[:, None] * np.linalg.pinv(information, hermitian=True) * root
    largest = float(np.linalg.eigvalsh(parts).max())
    if not 0.0 < largest < math.inf:
        return {}
    noise = noise * min(1.0, MOST_NOISE / largest)
    turned = np.linalg.solve(information - np.diag(noise), information)

    rows = {row["feature"]: row["coefficient"] for row in done.report["coefficients"]}
    toward = _toward(done)
    center = toward + turned @ (np.array([rows[name] for name in names]) - toward)
    spread = turned @ whole_matrix(matrices["covariance"]) @ turned.T
    reach = _z(done) * np.sqrt(np.maximum(np.diag(spread), 0.0))
    return {
        name: (float(middle - to_end), float(middle + to_end))
        for name, middle, to_end in zip(names, center, reach, strict=True)
    }


def _learnt_counts(done: OfCoefficients, feature: str) -> Any:
    """Count the bins of a characteristic, if its evidence is that of these counts."""
    report = done.report
    if report["conventions"].get("model") != "Scorecard":
        return None

    train = report["data"]["samples"][0]
    entry = next((e for e in report["characteristics"] if e["feature"] == feature), None)
    if (
        entry is None
        or train["weighted"]
        or "nonevents" not in entry["samples"]["train"]["bins"][0]
    ):
        return None

    of_card = {r["bin"]: r for r in report["points"] or () if r["feature"] == feature}
    bins = [row for row in entry["samples"]["train"]["bins"] if row["count"]]
    # of other numbers of rows than halves no law was shown to hold
    if any(row["adjusted"] for row in bins) and done.part("verify_laws").added_rows(report) != HALF:
        return None
    learnt = all(
        row["woe_standard_error"] is not None
        and row["bin"] in of_card
        and abs(row["woe"] - of_card[row["bin"]]["woe"]) < 1e-9
        and abs(row["count"] - of_card[row["bin"]]["count"]) < 1e-9
        for row in bins
    )
    if not learnt or len(bins) < 2:
        return None
    return np.array([[row["nonevents"] for row in bins], [row["events"] for row in bins]])


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
