"""The part of ``verify_report.py`` with intervals and tests by laws that need more than a line.

It lies beside the script, which loads it, and imports numpy and scipy only. Every law is worked out
from the counts of the report by its textbook definition: roots are sought where the report's own
program may have a closed form. With weights, and where a law has few rows for it, nothing is said.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

__all__ = [
    "added_rows",
    "area_ends",
    "compare_ends",
    "divergence_of_counts",
    "ends_of_fixed_bins",
    "noncentralities",
    "recompute_laws",
    "recompute_of_any",
    "same_shares",
]

Document = Mapping[str, Any]
Ends = tuple[float, float]
Counts = NDArray[np.float64]
HALF = 0.5
#: A divergence is normal from so many units of noise, and few rows have a law of their own.
FROM_HERE_NORMAL, FEW_ROWS = 50.0, 10.0


class Verifying(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""

    def part(self, name: str) -> ModuleType:
        """Return another file of the script."""


def recompute_laws(done: Verifying) -> None:
    """Compare intervals and tests of bins, samples, scores, predictions and groups of people."""
    report = done.report
    weighted = {sample["sample"]: sample["weighted"] for sample in report["data"]["samples"]}
    for i, entry in enumerate(report["characteristics"]):
        for name, part in entry["samples"].items():
            if not weighted[name]:
                place = f"characteristics[{i}].samples.{name}"
                _of_bins(done, place, part)
                _ends_of_value(done, f"{place}.iv", part, entry.get("prebins"))
    for name, rows in report["performance"]["gains"].items():
        if not weighted[name]:
            done.part("verify_ratios").lifts(done, f"performance.gains.{name}", rows)

    _scores(done, weighted)
    _predictions(done)
    recompute_of_any(done)
    if report["fairness"] is not None:
        done.part("verify_ratios").impact_ratios(done, weighted)


def added_rows(report: Document) -> float:
    """Rows that are added to both cells of a bin that says so: half a row, or what the model has.

    With the option "haldane" bins of one class get them, with a number all bins.
    """
    for name, value in report["reproducibility"]["parameters"].items():
        number = re.fullmatch(r"(?:np\.\w+\()?([\d.e+-]+)\)?", str(value))
        if name.endswith("zero_cells") and number is not None:
            return float(number[1])
    return HALF


def recompute_of_any(done: Verifying) -> None:
    """Compare what reports on all targets have: shares of missing values, ends of stability."""
    for i, entry in enumerate(done.report["characteristics"]):
        rows, bins = entry["samples"]["train"]["bins"], entry["definition"]
        # not where they have no bin of their own
        if not bins["pooled"] and str(len(bins["labels"]) - 2) not in bins["joined"]:
            missing = sum(row["count"] for row in rows if row["bin"] == "Missing")
            share = missing / sum(row["count"] for row in rows)
            done("shares", f"characteristics[{i}].missing_share", share)
    if not any(sample["weighted"] for sample in done.report["data"]["samples"]):
        _stability_ends(done)


def _z(done: Verifying) -> float:
    return float(stats.norm.ppf(HALF + done.report["conventions"]["level"] / 2.0))


# divergences


def _of_bins(done: Verifying, place: str, part: Document) -> None:
    """Intervals of what bins add to an information value, and of the value where bins were fixed.

    Where ln p - ln q moves by its error, ln p takes the part of it that its own variance has in
    the variance of the difference.
    """
    for i, row in enumerate(part["bins"]):
        for key in ("events", "nonevents"):
            done("squares of weights of 1", f"{place}.bins[{i}].squared_{key}", row[key])

    raw = np.array([[row["nonevents"], row["events"]] for row in part["bins"]])
    adjusted = np.array([row["adjusted"] for row in part["bins"]])
    if any(row["woe_standard_error"] is None for row in part["bins"]) or raw.sum(axis=1).min() == 0:
        return

    counts = raw + added_rows(done.report) * adjusted[:, None]
    shares = counts / counts.sum(axis=0)
    variances = (1.0 - shares) / counts
    if len(shares) == 1:  # a single bin says nothing, with certainty
        for end in ("low", "high"):
            done("intervals of terms", f"{place}.bins[0].iv_{end}", 0.0)
        return

    for i, (p, q) in enumerate(shares):
        of_p, of_q = variances[i]
        evidence, reach = math.log(p / q), _z(done) * math.sqrt(of_p + of_q)
        taken = of_p / (of_p + of_q)

        terms = []
        for moved in (-reach, reach):
            a, b = p * math.exp(taken * moved), q * math.exp((taken - 1.0) * moved)
            terms.append((a - b) * math.log(a / b))
        where = f"{place}.bins[{i}]"
        low = 0.0 if abs(evidence) <= reach else min(terms)
        done("intervals of terms", f"{where}.iv_low", low)
        if not adjusted[i]:  # else nothing may bound it from above
            done("intervals of terms", f"{where}.iv_high", max(terms))


def _ends_of_value(done: Verifying, place: str, part: Document, n_prebins: int | None) -> None:
    """Compare the ends of an information value; bins that were set by hand have none of these."""
    rows = [row for row in part["bins"] if row["count"]]
    if any(row["woe_standard_error"] is None for row in rows):
        return
    # of other numbers of rows than halves no law was shown to hold
    if any(row["adjusted"] for row in rows) and added_rows(done.report) != HALF:
        return
    counts = np.array([[row["nonevents"] for row in rows], [row["events"] for row in rows]])
    compare_ends(done, "intervals of information values", place, part["iv"], counts, n_prebins)


def compare_ends(
    done: Verifying,
    group: str,
    place: str,
    estimate: Document,
    counts: Counts,
    n_prebins: int | None = None,
) -> None:
    """Compare the ends of sum (p - q) ln (p / q) of two samples by bin, by the law that is named.

    Bins that a search chose among mergers of pre-bins reach down to what all mergers allow
    (Scheffe 1953), whose degrees of freedom are those of the pre-bins.
    """
    counts = counts[:, counts.sum(axis=0) > 0.0]
    law, size = estimate["law"], counts.shape[1]
    if size == 1 and law == "exact moments":
        # all rows lie in one bin of a table with more: the others, of no row, count as one
        counts = np.column_stack([counts, np.zeros(2)])
    elif size < 2:  # a single bin says nothing, with certainty
        done(group, f"{place}.low", 0.0)
        done(group, f"{place}.high", 0.0)
        return

    fixed = law
    if law == "over the search":
        if n_prebins is None:
            return
        fixed = _law_of_fixed(counts)
    ends = _ends_by_law(done, fixed, counts)
    if ends is None:
        return

    low, high = ends
    if law == "over the search" and n_prebins is not None:
        lowest = _low_of_mergers(done, counts, n_prebins)
        if lowest is None:
            return
        low = min(low, lowest)

    room = 1e-7 * max(high, 1.0) if math.isfinite(high) else 1e-7
    done(group, f"{place}.low", low, room)
    done(group, f"{place}.high", high, room)


def _centre(counts: Counts) -> tuple[float, float]:
    """Divergence of two samples less its bias, and its error, delta method."""
    sizes = counts.sum(axis=1)
    p, q = counts / sizes[:, None]
    value = float(((p - q) * np.log(p / q)).sum())
    # half of each second derivative, times the variance of its share
    bias = float(((1.0 + q / p) * (1.0 - p)).sum()) / (2.0 * sizes[0])
    bias += float(((1.0 + p / q) * (1.0 - q)).sum()) / (2.0 * sizes[1])
    slopes = np.log(p / q) + 1.0 - q / p, np.log(q / p) + 1.0 - p / q
    variance = sum(
        (float(share @ slope**2) - float(share @ slope) ** 2) / total
        for share, slope, total in zip((p, q), slopes, sizes, strict=True)
    )
    return value - bias, math.sqrt(variance)


def ends_of_fixed_bins(done: Verifying, counts: Counts) -> Ends | None:
    """Return the ends of a divergence of bins that were fixed before, by the law of such counts."""
    return _ends_by_law(done, _law_of_fixed(counts), counts)


def divergence_of_counts(counts: Counts) -> float:
    """Divergence of two samples less its bias."""
    return _centre(counts)[0]


def _law_of_fixed(counts: Counts) -> str:
    """Name the law of bins that were fixed before."""
    if counts.min() < FEW_ROWS:
        return "exact moments"
    (n, m), (center, _) = counts.sum(axis=1), _centre(counts)
    is_near = n * m / (n + m) * center < FROM_HERE_NORMAL
    return "noncentral chi-square" if is_near else "normal"


def _ends_by_law(done: Verifying, law: str, counts: Counts) -> Ends | None:
    """Return the ends of a divergence of bins fixed before; None for a law of no counts."""
    level = done.report["conventions"]["level"]
    if law == "exact moments":
        ends: Ends = done.part("verify_moments").exact_moment_ends(
            *counts, same_shares(counts[:, counts.sum(axis=0) > 0.0]), level
        )
        return ends

    if law not in ("normal", "noncentral chi-square") or counts.min() == 0.0:
        return None
    (n, m), (center, error) = counts.sum(axis=1), _centre(counts)
    if law == "normal":
        center, reach = max(center, 0.0), _z(done) * error
        return max(center - reach, 0.0), center + reach

    scale, freedom = n * m / (n + m), counts.shape[1] - 1
    low, high = noncentralities(scale * center + freedom, freedom, level)
    return low / scale, high / scale


def _low_of_mergers(done: Verifying, counts: Counts, n_prebins: int) -> float | None:
    """Lower end that holds for all mergers of so many pre-bins; None of bins without a class."""
    if counts.min() == 0.0:
        return None
    (n, m), (center, error) = counts.sum(axis=1), _centre(counts)
    scale, freedom = n * m / (n + m), counts.shape[1] - 1
    shifted = center - (n_prebins - 1 - freedom) / scale
    if shifted * scale >= FROM_HERE_NORMAL:
        return max(shifted - _z(done) * error, 0.0)
    level = done.report["conventions"]["level"]
    return noncentralities(scale * center + freedom, n_prebins - 1, level)[0] / scale


def noncentralities(draw: float, freedom: int, level: float) -> Ends:
    """Noncentralities at which a draw has either tail; above, no draw below the central median."""

    def root(at: float, tail: float) -> float:
        def excess(noncentrality: float) -> float:
            return float(stats.ncx2.cdf(at, freedom, noncentrality)) - tail

        if stats.chi2.cdf(at, freedom) <= tail:
            return 0.0
        top = 10.0 + 4.0 * at
        while excess(top) > 0.0:  # levels next to 1 reach further
            top *= 2.0
        return float(optimize.brentq(excess, 1e-12, top, xtol=1e-12, rtol=1e-12))

    highest = max(draw, float(stats.chi2.median(freedom)))
    return root(max(draw, 0.0), HALF + level / 2.0), root(highest, HALF - level / 2.0)


def _stability_ends(done: Verifying) -> None:
    """Compare the ends of stability indices, where bins are not empty in one sample only."""
    report = done.report
    by_name = {entry["feature"]: entry for entry in report["characteristics"]}
    names = [sample["sample"] for sample in report["data"]["samples"]]
    for i, row in enumerate(report["stability"] or ()):
        # The first row is that of the score; models of several classes have none.
        of_score = i == 0 and "classes" not in report["conventions"]
        if of_score:
            bands = done.part("verify_scores").score_bands(report)
            if set(names) != set(bands):
                continue
            counts = np.array([bands[name] for name in names])
        elif row["feature"] in by_name:
            parts = by_name[row["feature"]]["samples"]
            first, second = ({b["bin"]: b["count"] for b in parts[name]["bins"]} for name in names)
            # A sample leaves out the bins that it has no rows in.
            counts = np.array(
                [[part.get(x, 0.0) for x in first | second] for part in (first, second)]
            )
        else:
            continue
        compare_ends(done, "intervals of stability", f"stability[{i}].index", row["index"], counts)


def same_shares(counts: Counts) -> float:
    """P-value of Pearson's statistic of two samples under a gamma law.

    It has the mean and the variance that the statistic has given the totals (Dawson 1954).
    """
    if counts.shape[1] < 2:
        return 1.0
    total, rows, columns = counts.sum(), counts.sum(axis=1), counts.sum(axis=0)
    expected = np.outer(rows, columns) / total
    statistic = float(((counts - expected) ** 2 / expected).sum())

    freedoms, spreads = [], []
    for margin in (rows, columns):
        size = margin.size
        freedoms.append((size - 1.0) * (total - size) / (total - 1.0))
        spreads.append(((total / margin).sum() - size**2) / (total - 2.0))
    mean = total * (rows.size - 1.0) * (columns.size - 1.0) / (total - 1.0)
    variance = (
        2.0 * total / (total - 3.0) * (freedoms[0] - spreads[0]) * (freedoms[1] - spreads[1])
        + total**2 / (total - 1.0) * spreads[0] * spreads[1]
    )
    return float(stats.gamma.sf(statistic, mean**2 / variance, scale=variance / mean))


# scores and predictions


def _scores(done: Verifying, weighted: Mapping[str, bool]) -> None:
    """Areas, gaps and Brier scores: what their curves, errors and rates say of intervals."""
    places, z = _places(done), _z(done)
    ends: dict[str, Document] = {}
    for sample in done.report["data"]["samples"]:
        name = sample["sample"]
        curve = done.report["performance"]["curves"][name]
        _brier(done, places, sample)
        if weighted[name]:
            continue
        n, m = sample["count"] - sample["events"], sample["events"]
        place, area = places["AUC", name]
        ends[name] = area
        if not curve.get("thinned", True):
            _area(done, (place, places["Gini", name][0]), area, curve, (n, m))

        place, _ = places["KS", name]
        safe, bad = np.array(curve["nonevents"]), np.array(curve["events"])
        gaps = np.abs(bad - safe)
        # of gaps that are equal but for rounding the one with the largest error counts
        spread = safe * (1.0 - safe) / n + bad * (1.0 - bad) / m
        error = math.sqrt(float(spread[gaps >= gaps.max() - 1e-12].max()))
        done("errors of the largest gap", f"{place}.standard_error", error)

        within = places.get(("Brier score: within groups", name))
        if within is not None and within[1]["law"] == "normal":
            _normal(done, *within, z, -1.0, 1.0)
        whole = places.get(("Brier score", name))
        if whole is not None and whole[1]["law"] == "log-normal" and whole[1]["value"] > 0.0:
            _log_normal(done, *whole, z, 1.0)
        _uncertainty(done, places["Brier score: uncertainty", name][0], m / (n + m), n + m)

    drop = "AUC, train − hold-out", "both"
    if drop in places and len(ends) == 2:
        place, row = places[drop]
        first, second = ends.values()
        down = math.hypot(first["value"] - first["low"], second["high"] - second["value"])
        up = math.hypot(first["high"] - first["value"], second["value"] - second["low"])
        done("intervals", f"{place}.low", row["value"] - down)
        done("intervals", f"{place}.high", row["value"] + up)
        _test_of_difference(done, place, row, list(ends))


def _test_of_difference(done: Verifying, place: str, row: Document, samples: Sequence[str]) -> None:
    """Compare the p-value of equal areas: one less the level at which the interval reaches 0."""
    parts = []
    sizes = {s["sample"]: (s["count"] - s["events"], s["events"]) for s in _samples(done)}
    for name in samples:
        curve = done.report["performance"]["curves"][name]
        if curve.get("thinned", True):
            return
        parts.append((_places(done)["AUC", name][1], curve, sizes[name]))
    if row["law"] != "MOVER" or row["low"] is None or not row["value"]:
        return
    side = 1 if row["value"] > 0.0 else -1

    def excess(level: float) -> float:
        first, second = (area_ends(*part, level) for part in parts)
        if first is None or second is None:
            return math.nan
        x, y = (part[0]["value"] for part in parts)
        near = first[0] - x if side > 0 else first[1] - x
        far = second[1] - y if side > 0 else second[0] - y
        return abs(row["value"]) - math.hypot(near, far)

    if not math.isnan(excess(HALF)) and excess(1e-6) > 0.0 > excess(1.0 - 1e-9):
        level = float(optimize.brentq(excess, 1e-6, 1.0 - 1e-9, xtol=1e-12))
        done("tests of areas", f"{place}.p_value", 1.0 - level, 1e-6)


def _samples(done: Verifying) -> Sequence[Document]:
    samples: Sequence[Document] = done.report["data"]["samples"]
    return samples


def _places(done: Verifying) -> dict[tuple[str, str], tuple[str, Document]]:
    rows = done.report["performance"]["measures"]
    return {
        (row["measure"], row["sample"]): (f"performance.measures[{i}]", row)
        for i, row in enumerate(rows)
    }


def _normal(
    done: Verifying, place: str, row: Document, z: float, floor: float, ceiling: float
) -> None:
    """Compare the ends of a normal interval, cut to the range of the quantity."""
    for end, sign in (("low", -1.0), ("high", 1.0)):
        edge = min(max(row["value"] + sign * z * row["standard_error"], floor), ceiling)
        done("intervals", f"{place}.{end}", edge)


def _log_normal(done: Verifying, place: str, row: Document, z: float, ceiling: float) -> None:
    """Compare the ends of an interval that is normal on the logarithm, cut at a largest value."""
    spread = z * row["standard_error"] / row["value"]
    # losses of one size have no spread, and bound nothing
    if spread > 1e-12:
        done("intervals", f"{place}.low", row["value"] * math.exp(-spread))
        done("intervals", f"{place}.high", min(row["value"] * math.exp(spread), ceiling))


def _brier(
    done: Verifying, places: Mapping[tuple[str, str], tuple[str, Document]], sample: Document
) -> None:
    """Compare the Brier score with reliability - resolution + uncertainty + within groups."""
    signs = {"reliability": 1.0, "resolution": -1.0, "uncertainty": 1.0, "within groups": 1.0}
    parts = {part: places.get((f"Brier score: {part}", sample["sample"])) for part in signs}
    whole = places.get(("Brier score", sample["sample"]))
    if whole is None or None in parts.values():
        return
    known = {part: row for part, row in parts.items() if row is not None}
    total = sum(sign * known[part][1]["value"] for part, sign in signs.items())
    done("Brier score", f"{whole[0]}.value", total)
    if not sample["weighted"]:
        rate = sample["events"] / sample["count"]
        done("Brier score", f"{known['uncertainty'][0]}.value", rate * (1.0 - rate))


def _uncertainty(done: Verifying, place: str, rate: float, size: float) -> None:
    """Compare error and ends of r (1 - r), the image of the normal interval of r."""
    of_rate = math.sqrt(rate * (1.0 - rate) / size)
    done("Brier score", f"{place}.standard_error", abs(1.0 - 2.0 * rate) * of_rate)
    ends = [min(max(rate + sign * _z(done) * of_rate, 0.0), 1.0) for sign in (-1.0, 1.0)]
    images = [end * (1.0 - end) for end in ends]
    done("Brier score", f"{place}.low", min(images))
    done("Brier score", f"{place}.high", 0.25 if ends[0] < HALF < ends[1] else max(images))


def _area(
    done: Verifying, places: tuple[str, str], row: Document, curve: Document, sizes: Ends
) -> None:
    """Compare ends and test of an area."""
    ends = area_ends(row, curve, sizes, done.report["conventions"]["level"])
    if ends is not None:
        low, high, p_value = ends
        done("intervals of areas", f"{places[0]}.low", low)
        done("intervals of areas", f"{places[0]}.high", high)
        for place in places:
            done("tests of areas", f"{place}.p_value", p_value)


def area_ends(
    row: Document, curve: Document, sizes: Sequence[float], level: float
) -> tuple[float, float, float] | None:
    """Return ends and p-value of an area that is known with its error; None of very few rows.

    The ends are areas whose own error rejects the value. The error at another area is DeLong's
    scaled as x (1 - x), and half of what Newcombe's error of exponential scores has in excess;
    quantiles are Student's, degrees those of Brunner and Munzel.
    """
    n, m = sizes
    value, error = row["value"], row["standard_error"]
    if not (0.0 < value < 1.0 and error > 0.0 and min(n, m) >= 5.0) or row["low"] is None:
        return None
    safe, bad = np.diff(curve["nonevents"]), np.diff(curve["events"])
    of_safe, of_bad = np.cumsum(bad) - bad / 2.0, 1.0 - np.cumsum(safe) + safe / 2.0
    parts = [
        ((share * (x - value) ** 2).sum() / (size - 1.0), size)
        for share, x, size in ((safe, of_safe, n), (bad, of_bad, m))
    ]
    freedom = sum(v for v, _ in parts) ** 2 / sum(v**2 / (size - 1.0) for v, size in parts)
    freedom = max(freedom, min(n, m) - 1.0)
    t = float(stats.t.ppf(HALF + level / 2.0, freedom))

    def rejected(x: float) -> float:
        scaled = error**2 / (value * (1.0 - value)) * x * (1.0 - x)
        below, above = (1.0 - x) / (2.0 - x), x / (1.0 + x)
        other = x * (1.0 - x) * (1.0 + ((n + m) / 2.0 - 1.0) * (below + above)) / (n * m)
        return (value - x) ** 2 - t * t * (scaled + HALF * max(other - scaled, 0.0))

    low, high = _crossing(rejected, value, 0.0), _crossing(rejected, value, 1.0)
    # room for rows beyond the middle of the other class, which few rows may not show
    room = 0.0
    for share, x, size in ((safe, of_safe, n), (bad, of_bad, m)):
        far = float(share[(x < HALF) if value >= HALF else (x > HALF)].sum())
        room = max(room, _clopper_pearson(far, size, level) - far)
    towards = room * (max(value, 1.0 - value) - 0.25)
    if value >= HALF:
        low = min(low, max(value - towards, 0.0))
    else:
        high = max(high, min(value + towards, 1.0))
    return low, high, 2.0 * float(stats.t.sf(abs(value - HALF) / error, freedom))


def _crossing(rejected: Callable[[float], float], inside: float, limit: float) -> float:
    """Return where areas between the value and 0 or 1 begin to be rejected."""
    steps = np.linspace(inside, limit, 201)
    beyond = next((i for i, x in enumerate(steps) if rejected(float(x)) > 0.0), None)
    if beyond is None:
        return limit
    return float(optimize.brentq(rejected, steps[beyond - 1], steps[beyond], xtol=1e-15))


def _clopper_pearson(share: float, size: float, level: float) -> float:
    hits = share * size
    if hits >= size - 1e-9:
        return 1.0
    return float(stats.beta.ppf(HALF + level / 2.0, hits + 1.0, size - hits))


def _predictions(done: Verifying) -> None:
    """Lines of calibration, and p-values of the groups of like predictions after Holm."""
    calibration, z = done.report["calibration"], _z(done)
    for i, row in enumerate(calibration["measures"]):
        place = f"calibration.measures[{i}]"
        wanted = {"intercept": 0.0, "slope": 1.0}.get(row["measure"].partition(" ")[0])
        if wanted is not None and row["law"] == "normal" and row["standard_error"]:
            _normal(done, place, row, z, -math.inf, math.inf)
            distance = abs(row["value"] - wanted) / row["standard_error"]
            done("tests", f"{place}.p_value", 2.0 * float(stats.norm.sf(distance)), 1e-12)

    for sample, groups in calibration["groups"].items():
        # Holm: the smallest counts for all of them, the next for one less, and never falls
        p_values = [group["binomial_p_value"] for group in groups]
        if any(p is None for p in p_values):
            continue
        reached = 0.0
        for rank, i in enumerate(np.argsort(p_values, kind="stable").tolist()):
            reached = max(reached, min((len(groups) - rank) * p_values[i], 1.0))
            done("tests", f"calibration.groups.{sample}[{i}].adjusted_p_value", reached)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
