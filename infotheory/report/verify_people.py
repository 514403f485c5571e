"""The part of ``verify_report.py`` that works from the counts of groups of people.

It lies beside the script, which loads it, and imports numpy and scipy only. Within each group a
report counts non-events and events by score and predicted probability, and rows by bin.
"""

import math
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["recompute_people"]

Document = Mapping[str, Any]
Array = NDArray[np.float64]
HALF = 0.5
#: What the rows that carry a unit lack of its error, and the least freedom of a variance.
UNSEEN, FEWEST_FREE = 3.0, 5.0


class GroupRows(Protocol):
    """What ``verify_scores.ScoredRows`` has: rows of one outcome, score and prediction."""

    count: Array
    event: Array
    score: Array
    predicted: Array


class OfPeople(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""

    def part(self, name: str) -> ModuleType:
        """Return another file of the script."""


def recompute_people(done: OfPeople) -> None:
    """Compare what the report says of groups of people with their counts by score."""
    fairness, rows_of = done.report["fairness"], done.part("verify_scores").rows_of
    known = {
        (cells["attribute"], cells["sample"], cells["group"]): rows_of(cells)
        for cells in fairness.get("scores") or ()
    }
    tested: dict[tuple[str, str], list[str]] = {}

    for i, row in enumerate(fairness["groups"]):
        rows = known.get((row["attribute"], row["sample"], row["group"]))
        if rows is None:
            continue
        place, n = f"fairness.groups[{i}]", float(rows.count.sum())
        tested.setdefault((row["attribute"], row["sample"]), []).append(place)
        done("counts of people by score", f"{place}.count", n)
        done("counts of people by score", f"{place}.event_rate", float(rows.count @ rows.event) / n)
        if row["approval_rate"] is not None:
            approved = float(rows.count @ (rows.score >= fairness["cut_off"] - 1e-9)) / n
            done("counts of people by score", f"{place}.approval_rate", approved)
        _area_of_group(done, place, row, rows)
        _calibration_of_group(done, place, row, rows)

    for places in tested.values():
        for what in ("auc", "calibration_gap"):
            _holm(done, places, what)
    _mean_gaps(done, known)
    _carriers(done)


def _area_of_group(done: OfPeople, place: str, row: Document, rows: GroupRows) -> None:
    """Compare the area of one group, its error, ends and test."""
    if row["auc"] is None:
        return
    area, error = done.part("verify_scores").area_of_rows(rows, rows.predicted)
    done("areas of groups of people", f"{place}.auc", area)
    done("areas of groups of people", f"{place}.auc_standard_error", error)

    _, at = np.unique(-rows.predicted, return_inverse=True)
    sizes = [np.bincount(at, rows.count * (rows.event == e)) for e in (0.0, 1.0)]
    shares = [np.concatenate([[0.0], np.cumsum(s) / s.sum()]) for s in sizes]
    curve = {"nonevents": shares[0], "events": shares[1]}
    known = {"value": area, "standard_error": error, "low": row["auc_low"]}
    ends = done.part("verify_laws").area_ends(
        known,
        curve,
        tuple(float(s.sum()) for s in sizes),
        float(done.report["conventions"]["level"]),
    )
    if ends is not None:
        for key, value in zip(("low", "high", "p_value"), ends, strict=True):
            done("areas of groups of people", f"{place}.auc_{key}", value)


def _calibration_of_group(done: OfPeople, place: str, row: Document, rows: GroupRows) -> None:
    """Compare mean prediction less event rate: the score test joined with Student's interval."""
    if row["calibration_gap"] is None:
        return
    n = float(rows.count.sum())
    off = rows.predicted - rows.event
    gap = float(rows.count @ off) / n
    error = math.sqrt(float(rows.count @ (off - gap) ** 2)) / n
    group, place = "calibration of groups of people", f"{place}.calibration_gap"
    done(group, place, gap)
    done(group, f"{place}_standard_error", error)

    p, y, square = (
        float(rows.count @ x) / n for x in (rows.predicted, rows.event, rows.predicted**2)
    )
    z = float(stats.norm.ppf(_tail(done)))
    low, high = _multiples(p, y, square, n, z)
    below, above = _multiples(1.0 - p, 1.0 - y, 1.0 - 2.0 * p + square, n, z)
    low, high = (low if low >= 0.0 else -above), (high if high >= 0.0 else -below)
    score = 2.0 * float(stats.norm.sf(abs(gap) / math.sqrt(max(p - square, 0.0) / n)))
    if n > 1.0 and error > 0.0:
        of_sample = error * math.sqrt(n / (n - 1.0))
        reach = float(stats.t.ppf(_tail(done), n - 1.0)) * of_sample
        low, high = min(low, gap - reach), max(high, gap + reach)
        score = max(score, 2.0 * float(stats.t.sf(abs(gap) / of_sample, n - 1.0)))
    done(group, f"{place}_low", max(low, p - 1.0))
    done(group, f"{place}_high", min(high, p))
    done(group, f"{place}_p_value", score)


def _multiples(p: float, y: float, square: float, n: float, z: float) -> tuple[float, float]:
    """Gaps that are not rejected where true rates are a multiple of the predictions."""
    roots = np.roots([p * p + z * z * square / n, -(2.0 * p * y + z * z * p / n), y * y])
    low, high = sorted(roots.real)
    return p * (1.0 - float(high)), p * (1.0 - float(low))


def _holm(done: OfPeople, places: Sequence[str], what: str) -> None:
    """Compare p-values of the groups of one attribute after Holm, absent ones left out."""
    rows = done.report["fairness"]["groups"]
    p_values = {place: rows[int(place[16:-1])][f"{what}_p_value"] for place in places}
    present = sorted((p, place) for place, p in p_values.items() if p is not None)
    reached = 0.0
    for rank, (p, place) in enumerate(present):
        reached = max(reached, min((len(present) - rank) * p, 1.0))
        done("tests of groups of people", f"{place}.{what}_adjusted_p_value", reached)


def _mean_gaps(done: OfPeople, known: Mapping[tuple[str, str, str], GroupRows]) -> None:
    """Compare standardised mean differences of two groups, with errors and Hall's interval."""
    for i, row in enumerate(done.report["fairness"]["measures"]):
        of = {
            f"{group!r}": rows
            for (attribute, sample, group), rows in known.items()
            if (attribute, sample) == (row["attribute"], row["sample"])
        }
        pair = row["method"].removeprefix("mean of ").removesuffix(", pooled standard deviation")
        above, _, below = pair.partition(" - mean of ")
        is_gap = row["measure"] == "standardised mean difference of the score"
        if is_gap and len(of) == 2 and {above, below} == set(of):
            _mean_gap(done, f"fairness.measures[{i}]", row, of[above], of[below])


def _mean_gap(
    done: OfPeople, place: str, row: Document, first: GroupRows, second: GroupRows
) -> None:
    """Compare a standardised difference of means with what the rows of two groups give."""
    # The gap in units of the standard deviation within both groups.
    sizes = [float(rows.count.sum()) for rows in (first, second)]
    total = sum(sizes)
    means = [float(r.count @ r.score) / n for r, n in zip((first, second), sizes, strict=True)]
    off = [r.score - mean for r, mean in zip((first, second), means, strict=True)]
    counts = [first.count, second.count]
    seconds = [float(c @ x**2) / n for c, x, n in zip(counts, off, sizes, strict=True)]
    unit = math.sqrt(sum(n * v for n, v in zip(sizes, seconds, strict=True)) / total)
    gap = (means[0] - means[1]) / unit

    # How a row moves the gap: through the mean of its group, and through the unit.
    by_mean = [s * x / (n * unit) for s, x, n in zip((1.0, -1.0), off, sizes, strict=True)]
    by_unit = [
        -gap / (2.0 * unit**2) * (x**2 - v) / total for x, v in zip(off, seconds, strict=True)
    ]
    both = [a + b for a, b in zip(by_mean, by_unit, strict=True)]
    variance = sum(float(c @ x**2) for c, x in zip(counts, both, strict=True))
    of_means = [float(c @ x**2) for c, x in zip(counts, by_mean, strict=True)]

    group = "mean differences of groups of people"
    done(group, f"{place}.value", gap)
    if row["law"] != "Student, skewness corrected":
        done(group, f"{place}.standard_error", math.sqrt(variance))
        return

    # The few rows of a heavy tail carry what the unit adds, and most samples show less than all.
    squares, fourths = (
        sum(float(c @ x**power) for c, x in zip(counts, by_unit, strict=True)) for power in (2, 4)
    )
    carriers = squares**2 / fourths if fourths > 0.0 else total

    # A normal law adds so much at least: what the rows do not show of it, all of them know.
    v, u = (of * n / (n - 1.0) for of, n in zip(of_means, sizes, strict=True))
    shown = variance - sum(of_means)
    of_unit = max(gap**2 / (2.0 * total), shown)
    of_tail = min(max(shown, squares), of_unit)
    by_all = of_unit - of_tail
    of_tail *= 1.0 + UNSEEN / carriers
    error = math.sqrt(v + u + of_tail + by_all)
    done(group, f"{place}.standard_error", error)

    # Of the third moment that the unit adds samples show as little.
    skewness, kurtosis = (
        sum(float(c @ x**power) for c, x in zip(counts, off, strict=True)) / total / unit**power
        for power in (3, 4)
    )
    third = skewness * (v**1.5 / math.sqrt(sizes[0]) - u**1.5 / math.sqrt(sizes[1]))
    more = sum(float(c @ (x**3 - a**3)) for c, x, a in zip(counts, both, by_mean, strict=True))
    more *= 1.0 + UNSEEN / carriers

    # A variance of n rows varies by kurtosis - 1, a normal one's by 2 (where each group lies in two
    # clumps of one size, by nothing).
    varies = max(kurtosis - 1.0, 1e-90)
    free = [max(min(n - 1.0, 2.0 * n / varies), FEWEST_FREE) for n in sizes]
    of_means_alone = v**2 / free[0] + u**2 / free[1]
    freedom = error**4 / (of_means_alone + of_tail**2 / carriers + by_all**2 / total)
    b = (third + more) / (3.0 * error**3)
    low, high = _skewed_ends(gap, error, b, freedom, _tail(done))

    # Whatever the unit is, a difference keeps its sign: no end crosses 0 for the unit's sake.
    alone = math.sqrt(v + u)
    free_of_unit = alone**4 / of_means_alone
    ends = _skewed_ends(gap, alone, third / (3.0 * alone**3), free_of_unit, _tail(done))
    if gap > 0.0:
        low = max(low, min(ends[0], 0.0))
    else:
        high = min(high, max(ends[1], 0.0))
    done(group, f"{place}.low", low)
    done(group, f"{place}.high", high)

    # Hall's cubic, which takes the skewness out of the statistic and keeps its order.
    x = gap / error
    transformed = x + b * x**2 + b**2 * x**3 / 3.0 + b / 2.0
    done(group, f"{place}.p_value", 2.0 * float(stats.t.sf(abs(transformed), freedom)))


def _skewed_ends(
    gap: float, error: float, b: float, freedom: float, level: float
) -> tuple[float, float]:
    """Return ends of Student's whose skewness is taken out (Hall 1992)."""
    t = float(stats.t.ppf(level, freedom))
    moved = [t, -t]
    if abs(b) >= 1e-9:
        moved = [(float(np.cbrt(1.0 + 3.0 * b * (x - b / 2.0))) - 1.0) / b for x in moved]
    return gap - moved[0] * error, gap - moved[1] * error


def _carriers(done: OfPeople) -> None:
    """Compare how far characteristics, and bands of the score, tell two groups apart."""
    fairness, rows_of = done.report["fairness"], done.part("verify_scores").rows_of
    for i, row in enumerate(fairness["characteristics"]):
        if row.get("counts") and len(row["counts"]) == 2:
            counts = np.array(list(row["counts"].values()), dtype=np.float64)
            place = f"fairness.characteristics[{i}].iv_fair"
            _divergence(done, place, row["iv_fair"], counts)

    edges = (done.report["performance"].get("scores") or {}).get("band_edges")
    for i, row in enumerate(fairness["measures"]):
        parts = [
            rows_of(cells)
            for cells in fairness.get("scores") or ()
            if (cells["attribute"], cells["sample"]) == (row["attribute"], row["sample"])
        ]
        if row["measure"] != "IV_fair of the score" or len(parts) != 2 or edges is None:
            continue
        counts = np.array(
            [
                np.bincount(
                    np.searchsorted(edges, rows.score, side="right"),
                    rows.count,
                    minlength=len(edges) + 1,
                )
                for rows in parts
            ]
        )
        _divergence(done, f"fairness.measures[{i}]", row, counts)


def _divergence(done: OfPeople, place: str, row: Document, counts: Array) -> None:
    """Compare a divergence of two groups without its bias, its error, ends and test.

    Each bin has the logarithm of the other rows of its sample (Haldane 1956), so that the value may
    fall below 0. To the error bins without rows of one group have half a row in both.
    """
    group, counts = "divergences of groups of people", counts[:, counts.sum(axis=0) > 0.0]
    totals = counts.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        own = np.log(counts - HALF * (counts > 0.0)) - np.log(totals - HALF)
    other = np.log(counts + HALF) - np.log(totals + HALF)
    terms = counts / totals * np.where(counts > 0.0, own - other[::-1], 0.0)
    done(group, f"{place}.value", float(terms.sum()))

    filled = counts + HALF * (counts == 0.0).any(axis=0)
    sizes = filled.sum(axis=1)
    p, q = filled / sizes[:, None]
    log_ratio = np.log(p / q)
    slopes = log_ratio + 1.0 - q / p, -log_ratio + 1.0 - p / q
    variance = sum(
        (float(share @ slope**2) - float(share @ slope) ** 2) / size
        for share, slope, size in zip((p, q), slopes, sizes, strict=True)
    )
    done(group, f"{place}.standard_error", math.sqrt(variance))

    laws = done.part("verify_laws")
    laws.compare_ends(done, group, place, row, counts)
    if row["p_value"] is not None:
        done(group, f"{place}.p_value", laws.same_shares(counts))


def _tail(done: OfPeople) -> float:
    return HALF + float(done.report["conventions"]["level"]) / 2.0


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
