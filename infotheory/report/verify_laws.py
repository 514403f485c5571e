"""The part of ``verify_report.py`` with intervals and tests by laws that need more than a line.

It lies beside the script, which loads it, and imports numpy and scipy only. Every law is worked out
from the counts of the report by its textbook definition: roots are sought where the report's own
program may have a closed form. With weights, and where a law has few rows for it, nothing is said.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from scipy import optimize, stats

__all__ = ["added_rows", "recompute_laws", "recompute_of_any"]

Document = Mapping[str, Any]
Ends = tuple[float, float]
HALF = 0.5


class Verifying(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""


def recompute_laws(done: Verifying) -> None:
    """Compare intervals and tests of bins, samples, scores, predictions and groups of people."""
    report = done.report
    weighted = {sample["sample"]: sample["weighted"] for sample in report["data"]["samples"]}
    for i, entry in enumerate(report["characteristics"]):
        for name, part in entry["samples"].items():
            if not weighted[name]:
                _of_bins(done, f"characteristics[{i}].samples.{name}", part)
    for name, rows in report["performance"]["gains"].items():
        if not weighted[name]:
            _lifts(done, f"performance.gains.{name}", rows)

    _scores(done, weighted)
    _predictions(done)
    recompute_of_any(done)
    if report["fairness"] is not None:
        _people(done, weighted)


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

    if not adjusted.any():
        _divergence_ends(done, f"{place}.iv", part["iv"], counts[:, 0], counts[:, 1])


def _divergence_ends(
    done: Verifying, place: str, estimate: Document, first: Any, second: Any
) -> None:
    """Compare the ends of sum (p - q) ln (p / q), normal or of a non-central chi-square."""
    n, m = float(first.sum()), float(second.sum())
    p, q = first / n, second / m
    value = float(((p - q) * np.log(p / q)).sum())
    # half of each second derivative, times the variance of its share
    bias = float(
        ((1.0 + q / p) * (1.0 - p)).sum() / (2 * n) + ((1.0 + p / q) * (1.0 - q)).sum() / (2 * m)
    )
    if estimate["law"] == "normal":
        center = max(value - bias, 0.0)
        reach = _z(done) * estimate["standard_error"]
        ends = max(center - reach, 0.0), center + reach
    elif estimate["law"] == "noncentral chi-square":
        size, freedom = n * m / (n + m), p.size - 1
        draw = size * (value - bias) + freedom
        low, high = _noncentralities(draw, freedom, done.report["conventions"]["level"])
        ends = low / size, high / size
    else:
        return
    for end, edge in zip(("low", "high"), ends, strict=True):
        done(f"intervals, {estimate['law']}", f"{place}.{end}", edge, 1e-7 * max(edge, 1.0))


def _noncentralities(draw: float, freedom: int, level: float) -> Ends:
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
    """Compare the ends of stability indices, where both samples have rows in the same bins."""
    report = done.report
    by_name = {entry["feature"]: entry for entry in report["characteristics"]}
    names = [sample["sample"] for sample in report["data"]["samples"]]
    for i, row in enumerate(report["stability"] or ()):
        of_score = i == 0 and "classes" not in report["conventions"]
        if of_score or row["feature"] not in by_name:
            continue
        parts = by_name[row["feature"]]["samples"]
        first, second = ({b["bin"]: b["count"] for b in parts[name]["bins"]} for name in names)
        labels = [label for label, count in first.items() if count > 0.0]
        same = set(labels) == {label for label, count in second.items() if count > 0.0}
        if same and len(labels) > 1:
            counts = [np.array([part[label] for label in labels]) for part in (first, second)]
            _divergence_ends(done, f"stability[{i}].index", row["index"], *counts)


# ratios of shares


def _ratio_ends(x: float, n: float, y: float, m: float, z: float) -> Ends:
    """Koopman's interval of (x / n) / (y / m): ratios that the score test does not reject."""

    def excess(logarithm: float, side: float) -> float:
        ratio = math.exp(logarithm)
        # the likelihood of q, where the other share is ratio * q, is largest at this root
        a, b, c = ratio * (n + m), -(ratio * (n + y) + x + m), x + y
        q = 2.0 * c / (-b + math.sqrt(max(b * b - 4.0 * a * c, 0.0)))
        p = ratio * q
        variance = p * max(1.0 - p, 1e-15) / n + ratio**2 * q * max(1.0 - q, 1e-15) / m
        return x / n - ratio * y / m - side * math.sqrt(variance)

    low, high = (
        math.exp(optimize.brentq(excess, -16.0, 16.0, args=(side,), xtol=1e-14)) for side in (z, -z)
    )
    return low, high


def _are_many(x: float, n: float, y: float, m: float) -> bool:
    """Tell whether the score interval stands alone; of fewer rows exact ends widen it."""
    pooled = (x + y) / (n + m)
    rarest = min(pooled, 1.0 - pooled)
    return min(n, m) >= 20.0 and min(x, n - x, y, m - y, n * rarest, m * rarest) >= 5.0


def _lifts(done: Verifying, place: str, rows: Sequence[Document]) -> None:
    """Compare the ends of lifts, which rise with the ratio of the rate inside to that outside."""
    counts = np.array([[row["count"], row["events"]] for row in rows])
    total, events = counts.sum(axis=0)
    for key, sums in (("lift", counts), ("cumulative_lift", np.cumsum(counts, axis=0))):
        for i, (n, x) in enumerate(sums):
            if n == total or not _are_many(x, n, events - x, total - n):
                continue
            ratios = _ratio_ends(x, n, events - x, total - n, _z(done))
            for end, ratio in zip(("low", "high"), ratios, strict=True):
                share = n / total
                lift = ratio / (share * ratio + 1.0 - share)
                done("intervals of lifts", f"{place}[{i}].{key}_{end}", lift)


def _people(done: Verifying, weighted: Mapping[str, bool]) -> None:
    """Adverse impact ratios of two groups: delta error, score interval, pooled test of two shares.

    Groups of an attribute are all rows of the training sample, so that their approvals add up.
    """
    groups: dict[tuple[str, str], dict[str, Ends]] = {}
    for row in done.report["fairness"]["groups"]:
        if row["approval_rate"] is not None:
            of = groups.setdefault((row["attribute"], row["sample"]), {})
            of[f"{row['group']!r}"] = round(row["approval_rate"] * row["count"]), row["count"]
    for (_, sample), of in list(groups.items())[:1]:
        approved, rows = (sum(part) for part in zip(*of.values(), strict=True))
        of_sample = next(s for s in done.report["data"]["samples"] if s["sample"] == sample)
        if sample == "train" and rows == of_sample["count"] and not weighted[sample]:
            tails = np.array([-1.0, 1.0]) * done.report["conventions"]["level"] / 2.0 + HALF
            low, high = stats.beta.ppf(tails, approved + HALF, rows - approved + HALF)
            done("shares", "fairness.approved_share", approved / rows)
            if 0 < approved < rows:
                done("intervals", "fairness.approved_share_low", low)
                done("intervals", "fairness.approved_share_high", high)
    for i, row in enumerate(done.report["fairness"]["measures"]):
        of = groups.get((row["attribute"], row["sample"]), {})
        ratio = row["measure"] == "adverse impact ratio" and row["law"] == "score"
        if not ratio or weighted[row["sample"]] or len(of) != 2:
            continue
        # names of groups may hold the sign between the two
        above, _, below = row["method"].removeprefix("rate of ").partition(" / rate of ")
        if {above, below} != set(of):
            continue
        (x, n), (y, m) = of[above], of[below]
        if not _are_many(x, n, y, m):
            continue
        place = f"fairness.measures[{i}]"
        error = x / n / (y / m) * math.sqrt((1.0 - x / n) / x + (1.0 - y / m) / y)
        done("errors of impact ratios", f"{place}.standard_error", error)
        for end, edge in zip(("low", "high"), _ratio_ends(x, n, y, m, _z(done)), strict=True):
            done("intervals of impact ratios", f"{place}.{end}", edge)
        pooled = (x + y) / (n + m)
        distance = abs(x / n - y / m) / math.sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
        done("tests of impact ratios", f"{place}.p_value", 2.0 * float(stats.norm.sf(distance)))


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

        place, gap = places["KS", name]
        at = int(np.argmax(np.abs(np.subtract(curve["events"], curve["nonevents"]))))
        shares = (curve["nonevents"][at], n), (curve["events"][at], m)
        error = math.sqrt(sum(share * (1.0 - share) / size for share, size in shares))
        done("errors of the largest gap", f"{place}.standard_error", error)
        spread = math.sqrt(1.0 / n + 1.0 / m)
        p_value = float(stats.kstwobign.sf(gap["value"] / spread))
        done("tests", f"{place}.p_value", p_value)

        for part in ("Brier score", "Brier score: within groups"):
            if (part, name) in places and places[part, name][1]["law"] == "normal":
                floor = 0.0 if part == "Brier score" else -1.0
                _normal(done, *places[part, name], z, floor, 1.0)
        _uncertainty(done, places["Brier score: uncertainty", name][0], m / (n + m), n + m)

    drop = "AUC, train − hold-out", "both"
    if drop in places and len(ends) == 2:
        place, row = places[drop]
        first, second = ends.values()
        down = math.hypot(first["value"] - first["low"], second["high"] - second["value"])
        up = math.hypot(first["high"] - first["value"], second["value"] - second["low"])
        done("intervals", f"{place}.low", row["value"] - down)
        done("intervals", f"{place}.high", row["value"] + up)


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
    """Compare ends and test of an area: the ends are areas whose own error rejects the value.

    The error at another area is DeLong's scaled as x (1 - x), and half of what Newcombe's error of
    exponential scores has in excess; quantiles are Student's, degrees those of Brunner and Munzel.
    """
    n, m = sizes
    value, error = row["value"], row["standard_error"]
    if not (0.0 < value < 1.0 and error > 0.0 and min(n, m) >= 5.0) or row["low"] is None:
        return
    safe, bad = np.diff(curve["nonevents"]), np.diff(curve["events"])
    of_safe, of_bad = np.cumsum(bad) - bad / 2.0, 1.0 - np.cumsum(safe) + safe / 2.0
    parts = [
        ((share * (x - value) ** 2).sum() / (size - 1.0), size)
        for share, x, size in ((safe, of_safe, n), (bad, of_bad, m))
    ]
    freedom = sum(v for v, _ in parts) ** 2 / sum(v**2 / (size - 1.0) for v, size in parts)
    freedom = max(freedom, min(n, m) - 1.0)
    t = float(stats.t.ppf(HALF + done.report["conventions"]["level"] / 2.0, freedom))

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
        room = max(room, _clopper_pearson(far, size, done.report["conventions"]["level"]) - far)
    towards = room * (max(value, 1.0 - value) - 0.25)
    if value >= HALF:
        low = min(low, max(value - towards, 0.0))
    else:
        high = max(high, min(value + towards, 1.0))
    done("intervals of areas", f"{places[0]}.low", low)
    done("intervals of areas", f"{places[0]}.high", high)
    p_value = 2.0 * float(stats.t.sf(abs(value - HALF) / error, freedom))
    for place in places:
        done("tests of areas", f"{place}.p_value", p_value)


def _crossing(rejected: Callable[[float], float], inside: float, limit: float) -> float:
    """Return where areas between the value and 0 or 1 begin to be rejected."""
    steps = np.linspace(inside, limit, 2001)
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
