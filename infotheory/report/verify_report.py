"""Recompute the numbers of a scorecard report: one script, with numpy and scipy only.

It was written apart from the package that writes the reports, and imports nothing of it:

    python verify_report.py report.json [ROWS.csv --target COLUMN --sample train]

From the counts in the JSON it works out what follows from them, by textbook formulas, and compares.
With the rows of a sample it counts these anew, by the bins of the report. What it cannot recompute
it lists. The exit status is 0 where all agrees, and 1 where something does not.
Notation: bin i has n_i non-events and e_i events, p_i = n_i / N, q_i = e_i / E.
"""

import argparse
import importlib.util
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from scipy import stats

__all__ = ["Verification", "verify", "verify_command"]

Document = Mapping[str, Any]

#: Relative; the sums of a report were made in another order.
TOLERANCE = 1e-8
#: The script recomputes what version 3 of the format holds.
FORMAT, VERSION = "infotheory.scorecard_report", 3
OF_TARGETS = "infotheory.target_report"
NORMAL_VARIANCE = 5.0  # of the events of a group, from which their number is near normal
HALF = 0.5  # what Haldane adds to both cells of a bin, and Jeffreys to events and non-events
#: A report says of a curve whether corners are left out, which area and errors are made of.
_THINNED = "curves that were thinned, whose corners are not in the report"


class Verification:
    """What was compared: agreements by group, differences, places seen, and left with a reason."""

    def __init__(self, report: Document) -> None:
        self.report = report
        self.agreed: Counter[str] = Counter()
        self.differences: list[str] = []
        self.seen: set[str] = set()
        self.left: dict[str, str] = {}
        self._parts: dict[str, ModuleType] = {}

    def part(self, name: str) -> ModuleType:
        """Return another file of the script."""
        if name not in self._parts:
            self._parts[name] = _other_part(name)
        return self._parts[name]

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document; ``slack`` is allowed beside rounding."""
        reported: Any = self.report
        for word in re.findall(r"[^.\[\]]+", place):
            reported = reported[int(word) if isinstance(reported, list) else word]
        self.compare(group, place, reported, recomputed, slack)

    def compare(
        self, group: str, place: str, reported: Any, recomputed: float, slack: float = 0.0
    ) -> None:
        """Compare a number with what was recomputed; None is one that is not finite."""
        self.seen.add(place)
        value = math.nan if reported is None else float(reported)
        # an infinite number would have infinite room, and no reported one would differ from it
        is_known = math.isfinite(recomputed)
        both_absent = math.isnan(value) and not is_known
        room = slack + TOLERANCE * max(1.0, abs(recomputed))
        if both_absent or (is_known and abs(value - recomputed) <= room):
            self.agreed[group] += 1
        else:
            self.differences.append(f"{place}: reported {reported}, recomputed {recomputed:.12g}")


def verify(report: Document) -> Verification:
    """Recompute what follows from the counts of a report, as ``json.load`` reads it."""
    schema = report.get("schema") if isinstance(report, Mapping) else None
    if schema == {"name": OF_TARGETS, "version": 1}:
        return _verified_targets(report)
    if schema != {"name": FORMAT, "version": VERSION}:
        message = (
            f"the document must be a {FORMAT} of version {VERSION} or a {OF_TARGETS} of version 1, "
            f"got {schema!r:.100}; write one of another version anew; one on monitoring has no "
            "script: follow it by hand, from its counts"
        )
        raise ValueError(message)

    done = Verification(report)
    laws = done.part("verify_laws")
    added = laws.added_rows(report)
    _samples(report, done)
    for i, entry in enumerate(report["characteristics"]):
        for sample, part in entry["samples"].items():
            _bins(report, done, f"characteristics[{i}].samples.{sample}", part, added)
    _ranking(report, done)
    done.part("verify_points").recompute_points(done)
    _discrimination(report, done)
    for sample in report["performance"]["gains"]:
        _gains(report, done, sample)
    _calibration(report, done)
    _stability(report, done)
    _reasons(report, done)
    _groups(report, done)
    laws.recompute_laws(done)
    done.part("verify_scores").recompute_scores(done)
    if report["fairness"] is not None:
        done.part("verify_people").recompute_people(done)
    return done


def _verified_targets(report: Document) -> Verification:
    """Recompute a report on a target that is no two classes."""
    done = Verification(report)
    done.part("verify_targets").recompute_targets(done)
    done.part("verify_laws").recompute_of_any(done)
    _ranking(report, done)
    done.part("verify_points").recompute_points(done)
    _stability(report, done)
    _reasons(report, done)
    return done


def _z(report: Document) -> float:
    return float(stats.norm.ppf(0.5 + report["conventions"]["level"] / 2.0))


def _samples(report: Document, done: Verification) -> None:
    """Rates of samples, and sums of bins, which are the same for every characteristic."""
    for i, sample in enumerate(report["data"]["samples"]):
        place, name = f"data.samples[{i}]", sample["sample"]
        if not sample["weighted"]:
            done("event rates", f"{place}.event_rate", sample["events"] / sample["count"])
            _share(done, place, "event_rate", sample["events"], sample["count"])
            done("counts", f"{place}.sum_of_weights", sample["count"])

        for entry in report["characteristics"]:
            bins = entry["samples"][name]["bins"]
            total = sum(row["count"] for row in bins)
            where = f"rows of {entry['feature']}, {name}"
            done.compare("sums of rows", where, sample["sum_of_weights"], total)
            if not sample["weighted"]:
                events = sum(row["events"] for row in bins)
                done.compare("sums of events", f"events of {where}", sample["events"], events)


def _bins(report: Document, done: Verification, place: str, part: Document, added: float) -> None:
    """Shares, rates, weights of evidence and information values of the bins of a feature.

    Rows are added to both cells of the bins that say so: half a row, unless the model has its own.
    """
    rows = part["bins"]
    raw = np.array([[row["nonevents"], row["events"]] for row in rows])
    squares = np.array([[row["squared_nonevents"], row["squared_events"]] for row in rows])
    adjusted = np.array([row["adjusted"] for row in rows])
    weighted = not np.allclose(raw, squares)  # a row of weight 1 is its own square
    # With weights a row weighs what rows do, by their squares; to the evidence whole ones are rows.
    halves = added * adjusted[:, None]
    filled = raw + halves * squares.sum(axis=0) / raw.sum(axis=0)
    counts = raw + halves if (np.rint([raw, squares]) == [raw, squares]).all() else filled
    shares, (p, q) = counts / counts.sum(axis=0), (filled / filled.sum(axis=0)).T
    with np.errstate(divide="ignore", invalid="ignore"):
        evidence = np.log(shares[:, 0]) - np.log(shares[:, 1])
        terms = (p - q) * (np.log(p) - np.log(q))
    if report["conventions"]["woe_sign"] == "event":
        evidence = -evidence

    by_hand = [row["woe_standard_error"] is None for row in rows]
    for i, row in enumerate(rows):
        where, total = f"{place}.bins[{i}]", raw[i].sum()
        done("shares", f"{where}.share", total / raw.sum())
        done("counts", f"{where}.count", total)
        if total == 0.0:  # set by hand: other bins without rows are not in a report
            continue
        done("event rates", f"{where}.event_rate", raw[i, 1] / total)
        if not by_hand[i]:
            done("weights of evidence", f"{where}.woe", evidence[i])
        if not (by_hand[i] or (weighted and adjusted.any())):
            done("information values of bins", f"{where}.iv", terms[i])
        if not (by_hand[i] or adjusted.any()):
            _errors_of_bin(done, where, row, raw, squares, i)
        if not (by_hand[i] or weighted or adjusted.any()):
            _share(done, where, "event_rate", raw[i, 1], total)

    if not any(hand and total for hand, total in zip(by_hand, raw.sum(axis=1), strict=True)):
        done("information values", f"{place}.iv.value", np.nansum(terms))
    present = raw.sum(axis=1) > 0.0
    if not weighted and part["iv"]["p_value"] is not None:
        done("tests", f"{place}.iv.p_value", done.part("verify_laws").same_shares(raw[present].T))
    if not weighted and not adjusted.any() and present.all():
        error = _jeffreys_error(shares[:, 0], shares[:, 1], *counts.sum(axis=0))
        done("errors of information values", f"{place}.iv.standard_error", error)


def _errors_of_bin(
    done: Verification, where: str, row: Document, cells: Any, squares: Any, i: int
) -> None:
    """Errors and intervals of a bin: shares of sums of weights in each class, the delta method."""
    totals, own = cells.sum(axis=0), squares[i]
    shares = cells[i] / totals
    rest = squares.sum(axis=0) - own
    spread = (own * (1.0 - shares) ** 2 + rest * shares**2) / totals**2
    error = math.sqrt((spread / shares**2).sum())
    done("errors of weights of evidence", f"{where}.woe_standard_error", error)

    # Rows of one weight are counts in another unit; of others few squares tell the spread.
    one_weight = np.allclose(squares, cells * squares.sum(axis=0) / totals, rtol=1e-9, atol=0.0)
    below = above = _z(done.report) * error
    if not one_weight:
        tail = HALF - done.report["conventions"]["level"] / 2.0
        ratios = done.part("verify_ratios")
        below, above = ratios.reach_of_weighted_evidence(shares, spread, own, squares, totals, tail)
    if done.report["conventions"]["woe_sign"] == "event":
        below, above = above, below
    done("intervals", f"{where}.woe_low", row["woe"] - below)
    done("intervals", f"{where}.woe_high", row["woe"] + above)

    p, q = shares
    log_ratio = math.log(p) - math.log(q)
    slopes = np.array([log_ratio + (p - q) / p, -log_ratio - (p - q) / q])
    deviation = math.sqrt((spread * slopes**2).sum())
    done("errors of information values", f"{where}.iv_standard_error", deviation)


def _jeffreys_error(p: Any, q: Any, n: float, m: float) -> float:
    """Return the error of sum (p - q) ln(p / q) of samples of n and m rows, delta method."""
    log_ratio = np.log(p) - np.log(q)
    of_p, of_q = log_ratio + 1.0 - q / p, -log_ratio + 1.0 - p / q
    variances = [
        ((share * slope**2).sum() - (share * slope).sum() ** 2) / size
        for share, slope, size in ((p, of_p, n), (q, of_q, m))
    ]
    return math.sqrt(sum(variances))


def _share(done: Verification, place: str, key: str, part: float, whole: float) -> None:
    """Compare Jeffreys's interval of a share that was counted."""
    prefix = f"{key}_" if key else ""
    low, high = _jeffreys_ends(done.report, part, whole)
    done("intervals", f"{place}.{prefix}low", low)
    done("intervals", f"{place}.{prefix}high", high)


def _jeffreys_ends(report: Document, part: float, whole: float) -> tuple[float, float]:
    """Return the ends of the beta law of a share, 0 and 1 where no row speaks against them."""
    level = report["conventions"]["level"]
    tails = [0.5 - level / 2.0, 0.5 + level / 2.0]
    low, high = stats.beta.ppf(tails, part + HALF, whole - part + HALF)
    return low if part > 0.0 else 0.0, high if part < whole else 1.0


def _ranking(report: Document, done: Verification) -> None:
    """Information values once more, and p-values adjusted after Benjamini and Hochberg."""
    by_name = {entry["feature"]: entry for entry in report["characteristics"]}
    for i, row in enumerate(report["ranking"]):
        known = by_name[row["feature"]]["samples"]["train"]["iv"]
        for key in ("value", "standard_error", "low", "high"):
            if known[key] is not None:
                place = f"ranking[{i}].iv.{key}"
                done("numbers that stand twice", place, known[key])

    p_values = {i: row["permutation_p_value"] for i, row in enumerate(report["ranking"])}
    tested = {i: p for i, p in p_values.items() if p is not None}
    if tested:
        adjusted = stats.false_discovery_control(list(tested.values()))
        for i, p in zip(tested, adjusted, strict=True):
            done("adjusted p-values", f"ranking[{i}].adjusted_p_value", p)


def _discrimination(report: Document, done: Verification) -> None:
    """Area, Gini and largest gap of the curves, DeLong's error, the parts of the Brier score."""
    measures = report["performance"]["measures"]
    places = {
        (row["measure"], row["sample"]): f"performance.measures[{i}]"
        for i, row in enumerate(measures)
    }
    samples, areas = {sample["sample"]: sample for sample in report["data"]["samples"]}, {}
    for name, curve in report["performance"]["curves"].items():
        safe, bad = np.array(curve["nonevents"]), np.array(curve["events"])
        auc = measures[int(places["AUC", name][21:-1])]
        area, error = auc["value"], auc["standard_error"]

        thinned = curve.get("thinned", True)  # old reports do not say, and may be so
        if thinned:
            for key in ("value", "standard_error"):
                done.left[f"{places['AUC', name]}.{key}"] = _THINNED
        else:
            area = float((np.diff(safe) * (bad[1:] + bad[:-1])).sum() / 2.0)
            done("measures of discrimination", f"{places['AUC', name]}.value", area)

        for measure, value in (("Gini", 2.0 * area - 1.0), ("KS", np.abs(bad - safe).max())):
            done("measures of discrimination", f"{places[measure, name]}.value", float(value))
        for end in ("low", "high"):  # Gini is twice the area less 1, and so are its ends
            if auc[end] is not None:
                done("intervals", f"{places['Gini', name]}.{end}", 2.0 * auc[end] - 1.0)

        if not samples[name]["weighted"]:
            n, m = samples[name]["count"] - samples[name]["events"], samples[name]["events"]
            if not thinned:
                error = _delong(np.diff(safe), np.diff(bad), n, m)
                done("errors of AUC", f"{places['AUC', name]}.standard_error", error)
            areas[name] = area, math.nan if error is None else error
            done("errors of AUC", f"{places['Gini', name]}.standard_error", 2.0 * areas[name][1])

    drop = "AUC, train − hold-out", "both"
    if len(areas) == 2 and drop in places:
        (first, e1), (second, e2) = areas.values()
        error = math.hypot(e1, e2)
        done("measures of discrimination", f"{places[drop]}.value", first - second)
        done("errors of AUC", f"{places[drop]}.standard_error", error)


def _delong(safe: Any, bad: Any, n: float, m: float) -> float:
    """DeLong's standard error of the area, from shares of non-events and events by score."""
    # of each non-event: the share of events below it; of each event: of non-events above it
    below = np.cumsum(bad) - bad / 2.0
    above = 1.0 - np.cumsum(safe) + safe / 2.0
    area = float((safe * below).sum())
    of_safe = ((safe * below**2).sum() - area**2) / max(n - 1.0, 1.0)
    of_bad = ((bad * above**2).sum() - area**2) / max(m - 1.0, 1.0)  # one row has no spread
    return math.sqrt(max(of_safe, 0.0) + max(of_bad, 0.0))


def _gains(report: Document, done: Verification, sample: str) -> None:
    """Rates, lifts and cumulative shares of groups of the score."""
    rows = report["performance"]["gains"][sample]
    counts = np.array([row["count"] for row in rows])
    events = np.array([row["events"] for row in rows])
    overall = events.sum() / counts.sum()
    share, capture = np.cumsum(counts) / counts.sum(), np.cumsum(events) / events.sum()
    safe = np.cumsum(counts - events) / (counts - events).sum()
    wanted = {
        "event_rate": events / counts,
        "lift": events / counts / overall,
        "cumulative_share": share,
        "cumulative_capture": capture,
        "cumulative_lift": capture / share,
        "gap": capture - safe,
    }
    for key, values in wanted.items():
        for i, value in enumerate(values):
            done("gains", f"performance.gains.{sample}[{i}].{key}", value)

    of_sample = next(s for s in report["data"]["samples"] if s["sample"] == sample)
    where, total = f"rows of the gains, {sample}", of_sample["sum_of_weights"]
    done.compare("sums of rows", where, total, counts.sum())
    if of_sample["weighted"]:
        return
    reached = np.cumsum(events), np.cumsum(counts - events)
    for i, row in enumerate(rows):
        place = f"performance.gains.{sample}[{i}]"
        _share(done, place, "event_rate", row["events"], row["count"])
        if i + 1 == len(rows):  # all rows: there is nothing to estimate
            continue
        _share(done, place, "cumulative_capture", reached[0][i], reached[0][-1])
        # a difference of two shares: the distances of each from its ends add up in squares
        (low, high), (below, above) = (_jeffreys_ends(report, r[i], r[-1]) for r in reached)
        down = math.hypot(capture[i] - low, above - safe[i])
        up = math.hypot(high - capture[i], safe[i] - below)
        done("intervals", f"{place}.gap_low", row["gap"] - down)
        done("intervals", f"{place}.gap_high", row["gap"] + up)


def _calibration(report: Document, done: Verification) -> None:
    """Rates of groups of like predictions, their intervals and tests, and the level of all."""
    measures = report["calibration"]["measures"]
    weighted = {s["sample"]: s["weighted"] for s in report["data"]["samples"]}
    for sample, rows in report["calibration"]["groups"].items():
        expected = 0.0
        for i, row in enumerate(rows):
            place = f"calibration.groups.{sample}[{i}]"
            count, events, rate = row["count"], row["events"], row["expected_event_rate"]
            expected += count * rate
            done("event rates", f"{place}.event_rate", events / count)
            if weighted[sample]:
                continue
            a, b = events + HALF, count - events + HALF
            done("tests", f"{place}.binomial_p_value", stats.binom.sf(events - 1, count, rate))
            done("tests", f"{place}.jeffreys_p_value", stats.beta.cdf(rate, a, b))
            _share(done, place, "", events, count)
        for i, row in enumerate(measures):
            if row["sample"] == sample and row["measure"].startswith("observed / expected"):
                observed = sum(r["events"] for r in rows)
                done("calibration", f"calibration.measures[{i}].value", observed / expected)

    for i, row in enumerate(report["calibration"]["tests"]):
        groups = report["calibration"]["groups"][row["sample"]]
        # two numbers were fitted to the training rows, which one group has no place for
        freedom = max(len(groups) - 2 * (row["sample"] == "train"), 0)
        done("tests", f"calibration.tests[{i}].degrees_of_freedom", freedom)
        # With weights the law hangs on those of single rows, which the document does not hold, and
        # where a group varies little on single predictions (verify_scores.py).
        if not weighted[row["sample"]] and _least_variance(groups) >= NORMAL_VARIANCE:
            p = stats.chi2.sf(row["statistic"], row["degrees_of_freedom"])
            done("tests", f"calibration.tests[{i}].p_value", p)


def _least_variance(groups: Sequence[Document]) -> float:
    """Bound the variance of the events of a group from below.

    Predictions of a group lie between the mean ones of its neighbours, so that they vary by at most
    the product of its distances from these.
    """
    count, rate = (np.array([g[k] for g in groups]) for k in ("count", "expected_event_rate"))
    below, above = np.append(0.0, rate[:-1]), np.append(rate[1:], 1.0)
    return float(np.min(count * (rate * (1.0 - rate) - (rate - below) * (above - rate))))


def _stability(report: Document, done: Verification) -> None:
    """Stability indices from the shares of two samples, their errors and critical values."""
    by_name = {entry["feature"]: entry for entry in report["characteristics"]}
    samples, level = report["data"]["samples"], report["conventions"]["level"]
    weighted = any(sample["weighted"] for sample in samples)

    for i, row in enumerate(report["stability"] or ()):
        # Where one sample lacks a bin both get half a row there; bands of the score may have no
        # counts in the document, so that any number of them may be such.
        halves, place = HALF * np.arange(row["n_bins"]), f"stability[{i}]"
        counts = None
        # The first row is the score; the others are characteristics.
        if i == 0 and "classes" not in report["conventions"]:
            bands = done.part("verify_scores").score_bands(report)
            if len(bands) == len(samples):
                counts = np.array([bands[sample["sample"]] for sample in samples])
        elif row["feature"] in by_name:
            parts = by_name[row["feature"]]["samples"]
            bins = [{b["bin"]: b["count"] for b in parts[s["sample"]]["bins"]} for s in samples]
            labels = bins[0] | bins[1]  # a sample leaves out the bins that it has no rows in
            counts = np.array([[part.get(label, 0.0) for label in labels] for part in bins])

        if counts is not None:
            counts = counts[:, counts.sum(axis=0) > 0.0]
            one_sided = (counts == 0.0).any(axis=0)
            halves = np.array([HALF * one_sided.sum()])
            done("counts", f"{place}.n_bins", counts.shape[1])
            if not (weighted and one_sided.any()):
                _index(done, place, counts, HALF * one_sided, weighted=weighted)

        if not weighted and row["critical_value"] is not None:
            quantile = stats.chi2.ppf(level, row["n_bins"] - 1) if row["n_bins"] > 1 else 0.0
            scales = [sum(1.0 / (s["count"] + half) for s in samples) for half in halves]
            gaps = [abs(row["critical_value"] - scale * quantile) for scale in scales]
            critical = scales[int(np.argmin(gaps))] * quantile
            done("critical values", f"{place}.critical_value", critical)


def _index(done: Verification, place: str, counts: Any, halves: Any, *, weighted: bool) -> None:
    """Stability index of the counts of two samples by bin, its error and its p-value."""
    totals = (counts + halves).sum(axis=1)
    p, q = (counts + halves) / totals[:, None]
    index = float(((p - q) * (np.log(p) - np.log(q))).sum())
    done("stability indices", f"{place}.index.value", index)
    if not weighted:
        done("tests", f"{place}.index.p_value", done.part("verify_laws").same_shares(counts))
        error = _jeffreys_error(p, q, *totals)
        done("stability indices", f"{place}.index.standard_error", error)


def _reasons(report: Document, done: Verification) -> None:
    """Intervals of the shares of applicants to whom a characteristic is given as a reason."""
    reasons = report["reasons"]
    for i, row in enumerate(reasons["characteristics"] if reasons else ()):
        for key in ("first", "among"):
            part, place = round(row[key] * reasons["count"]), f"reasons.characteristics[{i}]"
            done("shares", f"{place}.{key}", part / reasons["count"])
            _share(done, place, key, part, reasons["count"])

        if row.get("counts"):
            count, lost = np.array(row["counts"]), np.array(row["shortfalls"])
            among, place = count.sum() / reasons["count"], f"reasons.characteristics[{i}]"
            done("counts of reasons", f"{place}.among", among)
            if lost.size > 1:
                scores = done.part("verify_scores")
                scores.compare_mean(done, f"{place}.mean_shortfall", lost, count)
            else:
                done("means", f"{place}.mean_shortfall", lost[0])


def _groups(report: Document, done: Verification) -> None:
    """Adverse impact ratios from the rates of approval of the groups they compare."""
    fairness = report["fairness"]
    if fairness is None:
        return
    rates = {
        (row["attribute"], row["sample"], f"{row['group']!r}"): row["approval_rate"]
        for row in fairness["groups"]
    }

    # A rate of rows of one weight is a count over a count.
    weighted = {s["sample"]: s["weighted"] for s in report["data"]["samples"]}
    for i, row in enumerate(fairness["groups"]):
        if weighted[row["sample"]]:
            continue
        place = f"fairness.groups[{i}]"
        done("counts", f"{place}.weight", row["count"])
        for key in ("approval_rate", "event_rate"):
            if row[key] is None:
                continue
            part = round(row[key] * row["count"])
            done("shares", f"{place}.{key}", part / row["count"])
            error = math.sqrt(row[key] * (1.0 - row[key]) / row["count"])
            done("errors of shares", f"{place}.{key}_standard_error", error)
            _share(done, place, key, part, row["count"])

    for i, row in enumerate(fairness["measures"]):
        if row["measure"] != "adverse impact ratio":
            continue
        # Names of groups may hold the sign between the two.
        above, _, below = row["method"].removeprefix("rate of ").partition(" / rate of ")
        of = row["attribute"], row["sample"]
        numerator, denominator = rates.get((*of, above)), rates.get((*of, below))
        if numerator is not None and denominator:
            done("adverse impact ratios", f"fairness.measures[{i}].value", numerator / denominator)


def _other_part(name: str) -> ModuleType:
    """Load a file that lies beside this one wherever all were copied to."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        message = f"{path.name} must lie beside this script, got nothing there"
        raise ValueError(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verify_command(arguments: Sequence[str] | None = None) -> int:
    """Run the script: 0 where all agrees, 1 where something does not, 2 for a bad file."""
    parser = argparse.ArgumentParser(prog="verify_report.py", description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path, help="report.json")
    parser.add_argument("rows", type=Path, nargs="?", help="CSV file of the rows of one sample")
    parser.add_argument("--target", help="column of the outcome in the rows")
    parser.add_argument("--sample", default="train", help='"train" (default) or "hold-out"')
    parser.add_argument("--holdout", type=Path, help="CSV file of the hold-out rows, beside others")
    parser.add_argument("--separator", default=",", help="between the columns of the rows")
    options = parser.parse_args(arguments)
    pairs = ((options.sample, options.rows), ("hold-out", options.holdout))
    given = {name: path for name, path in pairs if path is not None}
    if given and options.target is None:
        parser.error("--target must name the column of the outcome in the rows")
    if options.rows is not None and options.holdout is not None and options.sample != "train":
        parser.error("--sample must be train where --holdout has the other rows")
    try:
        parts = _other_part("verify_rows")
        report = json.loads(options.report.read_text(encoding="utf-8"))
        # Files first: one that cannot be read is told of before all the numbers are recomputed.
        files = {path: parts.csv_rows(path, options.separator) for path in given.values()}
        done = verify(report)
        counted = {path: Verification(report) for path in files}
        for sample, path in given.items():
            parts.recount_rows(counted[path], files[path], options.target, sample)
    except (OSError, ValueError, RecursionError) as error:
        print(f"verify: error: {error}", file=sys.stderr)
        return 2
    except (ArithmeticError, AttributeError, LookupError, TypeError) as error:
        print(f"verify: error: the report must be whole, got {error!r}", file=sys.stderr)
        return 2

    parts.print_done(f"From the counts in {options.report.name}", done)
    for path, of_rows in counted.items():
        parts.print_done(f"From the rows in {path.name}", of_rows)
        done.seen |= of_rows.seen
    left = parts.print_left(report, done.seen, done.left)
    every = [done, *counted.values()]
    n_agreed = sum(one.agreed.total() for one in every)
    differences = [text for one in every for text in one.differences]
    print(f"{n_agreed} numbers agree, {len(differences)} differ.")
    for why, count in sorted(left.items(), key=lambda pair: -pair[1]):
        print(f"{count} not recomputed: {why}.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(verify_command())
