"""The part of ``verify_report.py`` for ratios of two shares: lifts, evidence, rates of groups.

It lies beside the script, which loads it, and imports numpy and scipy only.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

__all__ = ["impact_ratios", "lifts", "reach_of_weighted_evidence"]

Document = Mapping[str, Any]
Sums = NDArray[np.float64]
Ends = tuple[float, float]
HALF = 0.5


class OfRatios(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""


def _ratio_ends(x: float, n: float, y: float, m: float, z: float) -> Ends:
    """Koopman's interval of (x / n) / (y / m): ratios that the score test does not reject."""
    return _ratio_root(x, n, y, m, z), _ratio_root(x, n, y, m, -z)


def _ratio_root(x: float, n: float, y: float, m: float, side: float) -> float:
    """Ratio at which the score statistic is ``side``."""

    def excess(logarithm: float) -> float:
        ratio = math.exp(logarithm)
        # the likelihood of q, where the other share is ratio * q, is largest at this root
        a, b, c = ratio * (n + m), -(ratio * (n + y) + x + m), x + y
        q = 2.0 * c / (-b + math.sqrt(max(b * b - 4.0 * a * c, 0.0)))
        p = min(max(ratio * q, 1e-15), 1.0 - 1e-15)
        q = min(max(q, 1e-15), 1.0 - 1e-15)
        variance = p * (1.0 - p) / n + ratio**2 * q * (1.0 - q) / m
        return x / n - ratio * y / m - side * math.sqrt(variance)

    return math.exp(optimize.brentq(excess, -16.0, 16.0, xtol=1e-14))


def _are_many(x: float, n: float, y: float, m: float) -> bool:
    """Tell whether the score interval stands alone; of fewer rows exact ends widen it."""
    return not (_is_few(x, n, y, m) or _is_few(y, m, x, n))


def _is_few(x: float, n: float, y: float, m: float) -> bool:
    """Tell whether the first of two shares has few rows, or few of an outcome."""
    pooled = (x + y) / (n + m)
    return n < 20.0 or min(x, n - x, n * min(pooled, 1.0 - pooled)) < 5.0


def _ends_of_ratio(x: float, n: float, y: float, m: float, z: float) -> Ends:
    """Return ends of (x / n) / (y / m): Koopman's, not inside what exact ends of few rows leave.

    Distances of both exact ends are added as the squares of their logarithms.
    """
    low, high = _ratio_ends(x, n, y, m, z) if x > 0.0 else (0.0, _high_of_none(n, y, m, z))
    if _are_many(x, n, y, m):
        return low, high
    tail, ratio = float(stats.norm.sf(z)), x / n / (y / m)
    (a, b), (c, d) = (_exact_ends(*share, tail) for share in ((x, n), (y, m)))
    few = _is_few(x, n, y, m), _is_few(y, m, x, n)
    if x == 0.0:
        return 0.0, max(high, b / (y / m))
    down = math.hypot(few[0] * math.log(x / n / a), few[1] * math.log(d / (y / m)))
    up = math.hypot(few[0] * math.log(b / (x / n)), few[1] * math.log(y / m / c))
    return min(low, ratio * math.exp(-down)), max(high, ratio * math.exp(up))


def _high_of_none(n: float, y: float, m: float, z: float) -> float:
    """Upper end of a ratio whose numerator has no events."""
    return _ratio_root(0.0, n, y, m, -z)


def _exact_ends(x: float, n: float, tail: float) -> Ends:
    """Clopper and Pearson's ends of a share."""
    low = float(stats.beta.ppf(tail, x, n - x + 1.0)) if x > 0.0 else 0.0
    high = float(stats.beta.ppf(1.0 - tail, x + 1.0, n - x)) if x < n else 1.0
    return low, high


def lifts(done: OfRatios, place: str, rows: Sequence[Document]) -> None:
    """Compare the ends of lifts, which rise with the ratio of the rate inside to that outside."""
    counts = np.array([[row["count"], row["events"]] for row in rows], dtype=float)
    total, events = counts.sum(axis=0)
    for key, sums in (("lift", counts), ("cumulative_lift", np.cumsum(counts, axis=0))):
        for i, (n, x) in enumerate(sums):
            start = i if key == "lift" else 0
            if n == total or x == events:  # nothing is left to compare with
                continue
            ratios = _ends_of_ratio(x, n, events - x, total - n, _of_level(done))
            share = n / total
            low, high = (ratio / (share * ratio + 1.0 - share) for ratio in ratios)
            lift, reach = x / events / share, _of_level(done) * _error_of_cuts(counts, start, i)
            # a lift lies between that of no event and that of all of them
            low, high = max(min(low, lift - reach), 0.0), min(max(high, lift + reach), 1.0 / share)
            done("intervals of lifts", f"{place}[{i}].{key}_low", low)
            done("intervals of lifts", f"{place}[{i}].{key}_high", high)


def _error_of_cuts(counts: Sums, start: int, stop: int) -> float:
    """Error of the lift of the groups from one up to another, whose cuts move with the sample.

    Each row's influence: its event, less the share of events captured, less what it moves each of
    both cuts by, times the event rate there, which is that of the two groups that meet.
    """
    total, events = counts.sum(axis=0)
    group = np.arange(len(counts))
    inside = (group >= start) & (group <= stop)
    of_cuts = np.zeros(len(counts))
    for cut, sign in ((start, 1.0), (stop + 1, -1.0)):
        if 0 < cut < len(counts):
            n, x = counts[cut - 1 : cut + 1].sum(axis=0)
            of_cuts += sign * x / n * ((group < cut) - counts[:cut, 0].sum() / total)
    of_event = of_cuts + inside - counts[inside, 1].sum() / events
    square = (counts[:, 0] - counts[:, 1]) @ of_cuts**2 + counts[:, 1] @ of_event**2
    return math.sqrt(square) / (events * counts[inside, 0].sum() / total)


def reach_of_weighted_evidence(
    shares: Sums, spread: Sums, own: Sums, squares: Sums, totals: Sums, tail: float
) -> Ends:
    """Reach below and above of the logarithm of a bin's share of non-events over that of events.

    Of each class: the share and its variance, squared weights in the bin (``own``) and by bin, and
    the total weight. The farther end counts, of Student's and of that of two gamma laws.
    """
    # Squared weights say how many rows make the evidence, and the smaller class says least.
    effective = (shares * totals) ** 2 / own
    error = math.sqrt((spread / shares**2).sum())
    student = float(stats.t.isf(tail, max(float(effective.min()), 1.0))) * error

    # Fay and Feuer (1997): a weighted sum is gamma, and one row more bounds it above. Here it is a
    # row as the class has them, not as the bin does, which may lack the heavy ones.
    more = squares.sum(axis=0) / totals**2 * (1.0 - shares)
    low = stats.gamma.ppf(tail, shares**2 / spread, scale=spread / shares)
    mean, variance = shares + more, spread + more**2
    high = stats.gamma.isf(tail, mean**2 / variance, scale=variance / mean)

    down, up = np.log(shares / low), np.log(high / shares)
    return max(student, math.hypot(down[0], up[1])), max(student, math.hypot(up[0], down[1]))


def impact_ratios(done: OfRatios, weighted: Mapping[str, bool]) -> None:
    """Adverse impact ratios of two groups: delta error, score interval, pooled test of two shares.

    Groups of an attribute are all rows of the training sample, so that their approvals add up.
    """
    groups: dict[tuple[str, str], dict[str, Ends]] = {}
    for row in done.report["fairness"]["groups"]:
        if row["approval_rate"] is not None:
            of = groups.setdefault((row["attribute"], row["sample"]), {})
            of[f"{row['group']!r}"] = round(row["approval_rate"] * row["count"]), row["count"]

    # Groups of any attribute add up to the same rows: the first one says how many are approved.
    for (_, sample), of in list(groups.items())[:1]:
        approved, rows = (sum(part) for part in zip(*of.values(), strict=True))
        of_sample = next(s for s in done.report["data"]["samples"] if s["sample"] == sample)
        if sample == "train" and rows == of_sample["count"] and not weighted[sample]:
            # The interval of Jeffreys.
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

        # Names of groups may hold the sign between the two: both must be names that are known.
        above, _, below = row["method"].removeprefix("rate of ").partition(" / rate of ")
        if {above, below} != set(of):
            continue
        (x, n), (y, m) = of[above], of[below]
        if not _are_many(x, n, y, m):
            continue

        place = f"fairness.measures[{i}]"
        error = x / n / (y / m) * math.sqrt((1.0 - x / n) / x + (1.0 - y / m) / y)
        done("errors of impact ratios", f"{place}.standard_error", error)
        for end, edge in zip(
            ("low", "high"), _ratio_ends(x, n, y, m, _of_level(done)), strict=True
        ):
            done("intervals of impact ratios", f"{place}.{end}", edge)

        # Under equal rates both groups share one, which the pooled error takes.
        pooled = (x + y) / (n + m)
        distance = abs(x / n - y / m) / math.sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
        done("tests of impact ratios", f"{place}.p_value", 2.0 * float(stats.norm.sf(distance)))


def _of_level(done: OfRatios) -> float:
    return float(stats.norm.ppf(HALF + done.report["conventions"]["level"] / 2.0))


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
