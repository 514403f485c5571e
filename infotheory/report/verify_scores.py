"""The part of ``verify_report.py`` that works from the counts of a report by score.

It lies beside the script, which loads it, and imports numpy and scipy only. A report of rows
without weights counts non-events and events by score and predicted probability, and within groups
of people (``verify_people.py``). Means, curves, concentration and calibration follow.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = [
    "ScoredRows",
    "area_of_rows",
    "cell_edges",
    "compare_mean",
    "recompute_scores",
    "rows_of",
    "score_bands",
]

Document = Mapping[str, Any]
Array = NDArray[np.float64]
HALF = 0.5
NORMAL_VARIANCE = 5.0  # of the events of a group, from which their number is near normal

# Scores of more values than this have no ties to speak of, and what is less likely than the second
# number is told by the limit.
_MOST_TIED, _LEAST_CHANCE = 1_000, 1e-18
# Of more people than this by those of the smaller class (or by the second number, where it is
# larger) a walk of all of them takes seconds.
_LONGEST_COUNT, _LEAST_WIDTH = 1e7, 30.0
_LONG_COUNT = "the count of its exact law takes long"


class OfScores(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document
    left: dict[str, str]

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""


@dataclass(frozen=True)
class ScoredRows:
    """ScoredRows of one outcome, score and prediction, and how many there are."""

    count: Array
    event: Array  # 1.0 or 0.0
    score: Array
    predicted: Array


def rows_of(cells: Document) -> ScoredRows:
    """Lay counts by score out as rows of non-events, then of events."""
    safe, bad = (np.array(cells[name], dtype=np.float64) for name in ("nonevents", "events"))
    score, predicted = np.array(cells["score"]), np.array(cells["predicted"])
    event = np.repeat([0.0, 1.0], score.size)
    rows = np.concatenate([safe, bad]), event, np.tile(score, 2), np.tile(predicted, 2)
    held = rows[0] > 0.0
    return ScoredRows(*(part[held] for part in rows))


def score_bands(report: Document) -> dict[str, Array]:
    """ScoredRows of each sample by band of the score, of the samples that were counted by score."""
    scores = (report["performance"] or {}).get("scores") or {"samples": {}}
    bands = {}
    for name, cells in scores["samples"].items():
        if cells is not None:
            rows, edges = rows_of(cells), np.array(scores["band_edges"])
            inside = np.searchsorted(edges, rows.score, side="right")
            bands[name] = np.asarray(
                np.bincount(inside, rows.count, minlength=edges.size + 1), dtype=np.float64
            )
    return bands


def recompute_scores(done: OfScores) -> None:
    """Compare what follows from the counts by score; nothing where a report has none."""
    report = done.report
    scores = report["performance"].get("scores") or {"samples": {}}
    bands = score_bands(report)

    for k, sample in enumerate(report["data"]["samples"]):
        name = sample["sample"]
        cells = scores["samples"].get(name)
        if cells is None:
            continue

        rows = rows_of(cells)
        done("counts by score", f"data.samples[{k}].count", float(rows.count.sum()))
        done("counts by score", f"data.samples[{k}].events", float(rows.count @ rows.event))
        compare_mean(done, f"data.samples[{k}].mean_score", rows.score, rows.count)
        _curve(done, f"performance.curves.{name}", rows)
        _cells_and_gains(done, name, rows)
        _measures(done, name, rows, bands[name])
        _predictions(done, name, rows)


def _level(done: OfScores) -> float:
    return float(done.report["conventions"]["level"])


def _tail(done: OfScores) -> float:
    return HALF + _level(done) / 2.0


def compare_mean(done: OfScores, place: str, values: Array, count: Array) -> None:
    """Compare a mean over rows and Student's interval of it."""
    n = count.sum()
    mean = float(count @ values) / n
    done("means", place, mean)
    # rows that do not differ say nothing of their error: no interval is shown
    if n > 1.0 and np.ptp(values) > 0.0:
        error = math.sqrt(float(count @ (values - mean) ** 2) / (n - 1.0) / n)
        reach = float(stats.t.ppf(_tail(done), n - 1.0)) * error
        done("means", f"{place}_low", mean - reach)
        done("means", f"{place}_high", mean + reach)


def _shares_up_to(rows: ScoredRows, scores: Array) -> tuple[Array, Array]:
    """Shares of non-events and of events at or below scores."""
    parts = []
    for event in (0.0, 1.0):
        of_class = rows.event == event
        order = np.argsort(rows.score[of_class])
        running = np.concatenate([[0.0], np.cumsum(rows.count[of_class][order])])
        at = np.searchsorted(rows.score[of_class][order], scores + 1e-9, side="right")
        parts.append(running[at] / running[-1])
    return parts[0], parts[1]


def _curve(done: OfScores, place: str, rows: ScoredRows) -> None:
    """Compare the corners of a curve, and the score at which the gap is largest."""
    curve = done.report["performance"]["curves"][place.rpartition(".")[2]]
    known = [i for i, score in enumerate(curve["score"]) if score is not None]
    below = _shares_up_to(rows, np.array([curve["score"][i] for i in known]))
    for name, shares in zip(("nonevents", "events"), below, strict=True):
        for i, share in zip(known, shares, strict=True):
            done("curves", f"{place}.{name}[{i}]", share)

    distinct = np.unique(rows.score)
    safe, bad = _shares_up_to(rows, distinct)
    gaps, cut_off = np.abs(bad - safe), curve["cut_off"]
    # without a gap, as where all rows have one score, nothing is to be cut
    if cut_off is None and gaps.max() < 1e-9:
        return
    at_cut = _shares_up_to(rows, np.array([-math.inf if cut_off is None else cut_off]))
    # of gaps that are equal but for rounding any may be the largest
    is_largest = abs(abs(at_cut[1][0] - at_cut[0][0]) - gaps.max()) < 1e-9
    done("curves", f"{place}.cut_off", cut_off if is_largest else distinct[gaps.argmax()])


def cell_edges(report: Document) -> Array:
    """Edges of the cells of the distribution; ValueError where they are none of any cells."""
    edges = np.array(report["performance"]["distribution"]["edges"], dtype=np.float64)
    rises = np.diff(edges) > 0.0
    if edges.size < 2 or not rises.all():
        at = int(np.argmin(rises)) if rises.size else 0
        message = (
            "performance.distribution.edges must increase, got "
            f"{edges[at : at + 2].tolist()} from place {at} on; write the report anew"
        )
        raise ValueError(message)
    # sums of points may lie a rounding beside the edge that they are
    edges -= 1e-9
    edges[-1] += 2e-9
    return edges


def _cells_and_gains(done: OfScores, name: str, rows: ScoredRows) -> None:
    """Compare the cells of the distribution, and the groups of the score with their ends."""
    performance, edges = done.report["performance"], cell_edges(done.report)
    for key, event in (("nonevents", 0.0), ("events", 1.0)):
        of_class = rows.event == event
        counted = np.histogram(rows.score[of_class], edges, weights=rows.count[of_class])[0]
        for i, count in enumerate(counted):
            done("counts by score", f"performance.distribution.samples.{name}.{key}[{i}]", count)

    for i, row in enumerate(performance["gains"][name]):
        inside = (rows.score >= row["score_low"] - 1e-9) & (rows.score <= row["score_high"] + 1e-9)
        place, held = f"performance.gains.{name}[{i}]", rows.count * inside
        done("counts by score", f"{place}.count", held.sum())
        done("counts by score", f"{place}.events", held @ rows.event)
        for end, edge in (("low", rows.score[inside].min()), ("high", rows.score[inside].max())):
            done("counts by score", f"{place}.score_{end}", edge)


def _measures(done: OfScores, name: str, rows: ScoredRows, bands: Array) -> None:
    """Compare area, largest gap, Brier score and concentration with their errors and ends."""
    places = {
        row["measure"]: (f"performance.measures[{i}]", row)
        for i, row in enumerate(done.report["performance"]["measures"])
        if row["sample"] == name
    }
    z, n = float(stats.norm.ppf(_tail(done))), float(rows.count.sum())
    area, error = area_of_rows(rows, -rows.score)
    done("areas by score", f"{places['AUC'][0]}.value", area)
    done("areas by score", f"{places['AUC'][0]}.standard_error", error)

    place, row = places["KS"]
    p_value = _gap_p_value(rows, row)
    if p_value is None:
        done.left[f"{place}.p_value"] = _LONG_COUNT
    elif row["p_value"] is not None:
        done("tests of the largest gap", f"{place}.p_value", p_value)
    if row["law"] == "bias-corrected normal":
        # where the count takes long the reported test says whether the interval reaches 0
        p_value = row["p_value"] if p_value is None else p_value
        low, high = _gap_ends(rows, row, p_value, z, _level(done))
        done("intervals of the largest gap", f"{place}.low", low)
        done("intervals of the largest gap", f"{place}.high", high)

    # its error has a term of second order that is the package's own
    place, _ = places["Herfindahl index of the score bands"]
    done("concentration", f"{place}.value", float(((bands / n) ** 2).sum()))
    _brier(done, places, name, rows, z)


def area_of_rows(rows: ScoredRows, risk: Array) -> tuple[float, float]:
    """Return the area under the curve and DeLong's error, from where rows lie among the others."""
    parts = []
    for event in (0.0, 1.0):
        other = rows.event != event
        order = np.argsort(risk[other])
        values, running = risk[other][order], np.cumsum(rows.count[other][order])
        running = np.concatenate([[0.0], running])
        mine = risk[rows.event == event]
        left, right = (running[np.searchsorted(values, mine, side=s)] for s in ("left", "right"))
        parts.append((left + right) / 2.0 / running[-1])

    of_safe, of_bad = 1.0 - parts[0], parts[1]
    counts = [rows.count[rows.event == event] for event in (0.0, 1.0)]
    area = float(counts[1] @ of_bad / counts[1].sum())
    variances = [
        float(count @ (x - area) ** 2) / max(count.sum() - 1.0, 1.0) / count.sum()
        for count, x in zip(counts, (of_safe, of_bad), strict=True)
    ]
    return area, math.sqrt(sum(variances))


def _gap_ends(
    rows: ScoredRows, row: Document, p_value: float, z: float, level: float
) -> tuple[float, float]:
    """Return the normal ends about the largest gap, less what it exceeds the true one by.

    The excess is that of Brownian motion with a parabolic drift (Janson, Louchard, Martin-Löf 2010)
    whose curvature is that of a cubic fitted to the gaps, less a step of the grid of scores. The
    largest of the true gaps may be at any cut: the highest end of all is the upper one.
    """
    distinct, place = np.unique(rows.score, return_inverse=True)
    share = np.bincount(place, rows.count) / rows.count.sum()
    safe, bad = _shares_up_to(rows, distinct)
    gaps = bad - safe
    # of gaps that are equal but for rounding the one with the largest error counts
    sizes = float(rows.count @ (1.0 - rows.event)), float(rows.count @ rows.event)
    spread = safe * (1.0 - safe) / sizes[0] + bad * (1.0 - bad) / sizes[1]
    equal = np.abs(gaps) >= np.abs(gaps).max() - 1e-12
    gaps = gaps if gaps[np.where(equal, spread, -1.0).argmax()] > 0.0 else -gaps
    m = float(rows.count @ rows.event)
    noise = math.sqrt(1.0 / m + 1.0 / (float(rows.count.sum()) - m))

    # The curve is accumulated from the other end of the score too, where it is the same gap.
    # A gap lies between two scores, and weighs what half of the rows of either do
    behind = share[::-1]
    u, weight = np.cumsum(behind), np.sqrt((behind + np.append(behind[1:], behind[-1])) / 2.0)
    upward = np.concatenate([gaps[:-1][::-1], [0.0]])
    basis = (u * (1.0 - u))[:, None] * np.stack([np.ones_like(u), u, u * u], axis=1)
    fitted = np.linalg.lstsq(basis * weight[:, None], upward * weight, rcond=None)[0]
    smooth = np.polynomial.Polynomial([0.0, 1.0, -1.0]) * np.polynomial.Polynomial(fitted)
    grid = np.linspace(0.0, 1.0, 201)
    curvature = -float(smooth.deriv(2)(grid[smooth(grid).argmax()])) / 2.0
    ceiling = math.sqrt(math.pi / 2.0) * math.log(2.0) * noise
    bias = ceiling
    if curvature > 0.0:
        reach = (noise / (2.0 * curvature)) ** (1.0 / 3.0)
        lost = 0.582597 * math.sqrt(float(share @ share))
        bias = min(max(noise * (0.996193 * reach - lost), 0.0), ceiling)
    center, error = row["value"] - bias, row["standard_error"]
    low, high = _cut(center, z * error)
    high = max(high, min(float((np.abs(gaps) - bias + z * np.sqrt(spread)).max()), 1.0))

    # Samples more alike than equal laws make them show no more than those at the median of these,
    # which lies below the mean excess: its center is 0, its error at most half the noise.
    if row["value"] < float(special.kolmogi(HALF)) * noise:
        high = max(high, min(HALF * z * noise, 1.0))
    return 0.0 if p_value > 1.0 - level else low, high


def _cut(center: float, reach: float) -> tuple[float, float]:
    """Return normal ends between 0 and 1; about the nearest of these where all lies beyond it."""
    if center + reach <= 0.0 or center - reach >= 1.0:
        center = min(max(center, 0.0), 1.0)
    return max(center - reach, 0.0), min(center + reach, 1.0)


def _gap_p_value(rows: ScoredRows, row: Document) -> float | None:
    """Return the p-value of the largest gap; None where only a long count would tell it."""
    distinct, place = np.unique(rows.score, return_inverse=True)
    n, m = float(rows.count.sum()), float(rows.count @ rows.event)
    limit = float(special.kolmogorov(row["value"] / math.sqrt(1.0 / m + 1.0 / (n - m))))
    if distinct.size > _MOST_TIED:
        return limit
    if max(min(m, n - m), _LEAST_WIDTH) * n > _LONGEST_COUNT:
        return None
    chance = _chance_of_gap(rows, place)
    return chance if chance > _LEAST_CHANCE else limit


def _chance_of_gap(rows: ScoredRows, place: NDArray[np.intp]) -> float:
    """Return how often as large a gap comes of the same scores given to people at random.

    People come in order of their score, and each is of the smaller class with its share of those
    left. The gap is looked at where the score changes.
    """
    events = float(rows.count @ rows.event)
    of_class = rows.event if 2.0 * events <= rows.count.sum() else 1.0 - rows.event
    of_all, of_few = (np.bincount(place, rows.count * x) for x in (1.0, of_class))
    n, m = round(float(of_all.sum())), round(float(of_few.sum()))
    ends = np.rint(np.cumsum(of_all)).astype(int)
    # Gaps are compared as whole numbers, n m times as large: no rounding parts equal ones.
    farthest = int(np.abs(n * np.rint(np.cumsum(of_few)).astype(int) - m * ends).max())

    came = np.arange(m + 1)
    chance, cuts, beyond = (came == 0).astype(np.float64), set(ends.tolist()), 0.0
    for seen in range(1, n + 1):
        # Both ways are products: a difference would leave its rounding where nobody can be, and
        # the chances there grow beyond all bounds.
        left = n - seen + 1
        comes = chance * ((m - came) / left)
        chance *= (left - m + came) / left
        chance[1:] += comes[:-1]

        # Orders that have come so far once are counted, and followed no further.
        if seen in cuts:
            is_far = np.abs(n * came - m * seen) >= farthest
            beyond += float(chance[is_far].sum())
            chance[is_far] = 0.0
    return min(beyond, 1.0)


def _groups(report: Document, name: str, rows: ScoredRows) -> NDArray[np.intp] | None:
    """Group of like predictions of each row; None where equal ones are in two of them."""
    ends = np.cumsum([row["count"] for row in report["calibration"]["groups"][name]])
    _, place = np.unique(rows.predicted, return_inverse=True)
    running = np.cumsum(np.bincount(place, rows.count))
    group = np.searchsorted(ends, running - 1e-9)
    # each group has to end where a prediction does
    whole = np.isin(np.rint(ends), np.rint(running)).all() and running[-1] == ends[-1]
    return group[place] if whole else None


class _Square(NamedTuple):
    """Mean over groups of the squared mean of a group, and how rows move it."""

    value: float
    influence: Array
    bias: float
    noise: float


def _mean_square(x: Array, group: NDArray[np.intp], count: Array) -> _Square:
    totals = np.bincount(group, count)
    means, shares = np.bincount(group, count * x) / totals, totals / totals.sum()
    value = float(shares @ means**2)
    off = x - means[group]
    noise = shares * (np.bincount(group, count * off**2) / totals) / np.maximum(totals - 1.0, 1.0)
    influence = means[group] ** 2 - value + 2.0 * means[group] * off
    return _Square(value, influence, float(noise.sum()), 2.0 * float(noise @ noise))


def _brier(
    done: OfScores, places: Mapping[str, Any], name: str, rows: ScoredRows, z: float
) -> None:
    """Compare the Brier score and its parts (Murphy 1973) with errors by influences of rows."""
    group = _groups(done.report, name, rows)
    if group is None or "Brier score: within groups" not in places:
        return

    count, n = rows.count, float(rows.count.sum())
    rate = float(count @ rows.event) / n
    loss = (rows.event - rows.predicted) ** 2
    score = float(count @ loss) / n
    reliability = _mean_square(rows.predicted - rows.event, group, count)
    resolution = _mean_square(rows.event - rate, group, count)
    slope = (1.0 - 2.0 * rate) * (rows.event - rate)
    spread = rate * (1.0 - rate)

    within = score - reliability.value + resolution.value - spread
    moved = loss - score - reliability.influence + resolution.influence - slope
    parts = {
        "Brier score": (score, loss - score, 0.0, None),
        "Brier score: reliability": (*reliability[:2], reliability.noise, reliability.bias),
        "Brier score: resolution": (
            *resolution[:2],
            resolution.noise,
            resolution.bias - spread / max(n - 1.0, 1.0),
        ),
        "Brier score: within groups": (within, moved, 0.0, None),
    }

    for measure, (value, influence, noise, bias) in parts.items():
        place, row = places[measure]
        error = math.sqrt(float(count @ influence**2) / n**2 + noise)
        done("Brier score", f"{place}.value", value)
        done("Brier score", f"{place}.standard_error", error)
        if bias is not None and row["law"] == "normal":
            for end, edge in zip(("low", "high"), _cut(value - bias, z * error), strict=True):
                done("Brier score", f"{place}.{end}", edge)


def _predictions(done: OfScores, name: str, rows: ScoredRows) -> None:
    """Compare groups of like predictions, their test, the level and the line of all."""
    calibration, group = done.report["calibration"], _groups(done.report, name, rows)
    p, y, count = rows.predicted, rows.event, rows.count
    if group is not None:
        totals = np.bincount(group, count)
        expected, events = np.bincount(group, count * p), np.bincount(group, count * y)
        variance = np.bincount(group, count * p * (1.0 - p))
        for i in range(totals.size):
            place = f"calibration.groups.{name}[{i}]"
            done("counts by score", f"{place}.count", totals[i])
            done("counts by score", f"{place}.events", events[i])
            done("predicted rates", f"{place}.expected_event_rate", expected[i] / totals[i])
        for i, row in enumerate(calibration["tests"]):
            if row["sample"] == name:
                statistic = float(((events - expected) ** 2 / variance).sum())
                place, freedom = f"calibration.tests[{i}]", row["degrees_of_freedom"]
                test = "statistic of Hosmer and Lemeshow"
                done(test, f"{place}.statistic", statistic, 1e-8 * statistic)
                if freedom and row["p_value"] is not None:
                    p_value = _tail_of_groups(row["statistic"], freedom, rows, group)
                    done("tests", f"{place}.p_value", p_value, 1e-7)

    lines = {
        row["measure"].partition(" ")[0]: f"calibration.measures[{i}]"
        for i, row in enumerate(calibration["measures"])
        if row["sample"] == name
    }
    if "observed" in lines:
        _level_of_all(done, lines["observed"], rows)
    if not (p.min() > 0.0 and p.max() < 1.0) or not 0.0 < count @ y < count.sum():
        return
    log_odds = special.logit(p)
    if "intercept" in lines:
        fit = _logistic(np.ones((p.size, 1)), y, count, log_odds)
        _line(done, lines["intercept"], fit, 0)
    if "slope" in lines:
        columns = np.stack([np.ones_like(p), log_odds], axis=1)
        _line(done, lines["slope"], _logistic(columns, y, count, np.zeros_like(p)), 1)


def _tail_of_groups(
    statistic: float, freedom: int, rows: ScoredRows, group: NDArray[np.intp]
) -> float:
    """P-value of the sum of squared excesses: chi-square where every group has a variance of 5.

    Otherwise by the moments of each square, which follow from the law of the number of events,
    built up by predictions. An event that alone makes a square of more than 20 is no matter of
    moments: each counts by its probability, and two such by theirs.
    """
    n = np.rint(rows.count).astype(np.intp)
    p, place = np.repeat(rows.predicted, n), np.repeat(group, n)
    variance = np.bincount(place, p * (1.0 - p))
    if variance.min() >= NORMAL_VARIANCE:
        return float(stats.chi2.sf(statistic, freedom))

    rare = np.minimum(p, 1.0 - p)
    jump = (1.0 - rare) ** 2 / np.maximum(variance, 1e-100)[place]
    order = np.argsort(-jump, kind="stable")
    apart = np.zeros(p.size, dtype=bool)
    apart[order] = np.cumsum(rare[order]) <= 0.05
    apart &= jump > 20.0

    # where no accident happens its rows have the likelier outcome
    sums = np.zeros(3)
    for g in range(variance.size):
        inside = place == g
        sums += _moments_of_a_square(p[inside], apart[inside])
    mean, second, third = sums * freedom / variance.size
    chance, jump = rare[apart], jump[apart]
    none = float(np.prod(1.0 - chance))
    once = none * chance / (1.0 - chance)
    p_value = max(1.0 - none - float(once.sum()), 0.0)  # of more than one accident
    jumps, place = np.unique(np.append(0.0, jump), return_inverse=True)
    for step, probability in zip(jumps, np.bincount(place, np.append(none, once)), strict=True):
        p_value += probability * _tail_of_moments(statistic - step, freedom, mean, second, third)
    return min(p_value, 1.0)


def _moments_of_a_square(p: Array, apart: NDArray[np.bool_]) -> Array:
    """Mean, variance and third central moment of the squared excess of a group, standardised."""
    law, least = np.ones(1), float((p[apart] > HALF).sum())
    for probability, n in zip(*np.unique(p[~apart], return_counts=True), strict=True):
        law = np.convolve(law, stats.binom.pmf(np.arange(n + 1), n, probability))
        # what is beyond all reckoning is dropped at both ends
        held = np.flatnonzero(law > 1e-40)
        least, law = least + held[0], law[held[0] : held[-1] + 1]
    events = np.arange(law.size) + least
    square = (events - p.sum()) ** 2 / max(float(p @ (1.0 - p)), 1e-100)
    mean = float(law @ square)
    return np.array([mean, *(float(law @ (square - mean) ** power) for power in (2, 3))])


def _tail_of_moments(
    statistic: float, freedom: int, mean: float, second: float, third: float
) -> float:
    """Return the larger tail of a scaled chi-square (two moments) and a moved gamma (three)."""
    if second <= 1e-12 * freedom:
        return float(statistic <= mean + 1e-12 * freedom)
    shape = min(2.0 * mean**2 / second, float(freedom))
    by_two = stats.chi2.sf(max(statistic, 0.0) * shape / mean, shape)
    by_three = stats.pearson3.sf(
        statistic, max(third / second**1.5, 1e-3), loc=mean, scale=math.sqrt(second)
    )
    return max(float(by_two), float(by_three))


def _level_of_all(done: OfScores, place: str, rows: ScoredRows) -> None:
    """Compare observed over expected events: error, Jeffreys' gamma interval and test."""
    p, y, count = rows.predicted, rows.event, rows.count
    expected, observed = float(count @ p), float(count @ y)
    ratio, spread = observed / expected, math.sqrt(float(count @ (p * (1.0 - p))))
    error = math.sqrt(float(count @ (y - ratio * p) ** 2)) / expected
    if not (observed > 0.0 and spread > 0.0):
        return

    shown = error * expected / math.sqrt(ratio)
    done("calibration", f"{place}.value", ratio)
    done("calibration", f"{place}.standard_error", error)
    distance = abs(observed - expected) / max(spread, shown)
    done("calibration", f"{place}.p_value", 2.0 * float(stats.norm.sf(distance)), 1e-9)

    there = math.sqrt(float(count @ (p * (1.0 - np.minimum(ratio * p, 1.0)))))
    if max(there, shown) > 1e-6 * math.sqrt(expected):
        unit = max(there, shown) ** 2 / expected
        tails = [1.0 - _tail(done), _tail(done)]
        ends = stats.gamma.ppf(tails, observed / unit + HALF, scale=unit / expected)
        for end, edge in zip(("low", "high"), ends, strict=True):
            done("calibration", f"{place}.{end}", edge)


def _logistic(columns: Array, y: Array, count: Array, offset: Array) -> tuple[Array, Array] | None:
    """Coefficients of greatest likelihood by Newton's steps, and their errors; None without one.

    The errors are the larger of what the fit says of them and of what the rows show (Huber, 1967).
    """
    theta = np.zeros(columns.shape[1])
    for _ in range(60):
        p = special.expit(columns @ theta + offset)
        information = (columns * (count * p * (1.0 - p))[:, None]).T @ columns
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e13:
            return None
        step = np.linalg.solve(information, columns.T @ (count * (y - p)))
        theta = theta + step
        if np.abs(step).max() < 1e-12:
            says = np.linalg.inv(information)
            scores = columns * (y - special.expit(columns @ theta + offset))[:, None]
            shows = says @ (scores.T @ (scores * count[:, None])) @ says
            return theta, np.sqrt(np.maximum(np.diag(says), np.diag(shows)))
    return None


def _line(done: OfScores, place: str, fit: tuple[Array, Array] | None, at: int) -> None:
    if fit is not None:
        done("calibration", f"{place}.value", float(fit[0][at]), 1e-7)
        done("calibration", f"{place}.standard_error", float(fit[1][at]), 1e-7)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
