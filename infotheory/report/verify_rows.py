"""The part of ``verify_report.py`` that counts rows by the bins, and tells what came out.

It lies beside the script, which loads it, and imports numpy and scipy only.
"""

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = [
    "compare_twins",
    "csv_rows",
    "of_other_rows",
    "print_done",
    "print_left",
    "recount_rows",
]

Document = Mapping[str, Any]
BASE = "(base points)"  # points that every row gets, where they stand apart


#: What is no result, wherever it stands: settings, texts, identifiers.
_GIVEN = {"schema", "conventions", "reproducibility", "title", "custom", "findings", "dictionary"}
_GIVEN |= {"definition", "n_reasons", "columns", "threshold", "edges", "group"}

#: Counts, scores and predictions of rows: what the rest follows from is no result. DATA tells the
#: counts of bins and the scores.
_COUNTED = (
    r"events$|squared|\.count$|\.band$|\.score_|\.score$|cut_off|sum_of_weights"
    r"|\.predicted$|band_edges$|prebins$|\.counts(\.|$)|shortfalls$"
    # of a target that is no two classes: its means and sums
    r"|bins\.mean$|bins\.share_|\.amount$|distribution|predicted_(low|high)$"
    r"|groups\.[^.]+\.mean$|expected_mean$"
)

#: Zeros of a path of selection that stand for "none".
_NO_DEGREES = "degrees_of_freedom"

_RANDOM = "random: held-out folds and permutations, which are drawn anew"
_ROWS = "needs rows (DATA, --holdout)"
_DRAWN = {"permutation", "cross_fitted_iv"}
_PATH = "the path of a search: which bins and characteristics were tried"
_LAWS = "few rows, weights, or a law of the package's own"
#: How other programs write truth values, which may be levels or labels.
_TRUTH = {"True": ("true", "TRUE"), "False": ("false", "FALSE")}
#: Words in a column of numbers that stand for a missing one.
_NONE = {"NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NULL", "null", "None"}
_NONE |= {"1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "-nan", "-NaN"}
#: Why a number is not recomputed, by the end of its place; the first that fits.
_REASONS = {
    r"permutation_p_value|cross_fitted": _RANDOM,
    r"^selection.*random": _RANDOM,
    r"^selection.*(vif|correlation)": _ROWS,
    r"^selection": _PATH,
    r"^coefficient|^points|slope|mean_|expected_event_rate|calibration|reasons": _ROWS,
    r"fairness|performance|": _LAWS,
}


class Comparing(Protocol):
    """What ``verify_report.Verification`` does with a number in a place of the report."""

    report: Document
    agreed: Counter[str]
    differences: list[str]

    def __call__(self, group: str, place: str, recomputed: float, slack: float = 0.0) -> None:
        """Compare the number in a place of the document."""

    def part(self, name: str) -> ModuleType:
        """Return another file of the script."""


def csv_rows(path: Path, separator: str) -> list[dict[str, str]]:
    """Read the rows of a CSV file by the names of its header."""
    if len(separator) != 1:
        message = f"--separator must be one sign, got {separator!r}"
        raise ValueError(message)
    rows: list[dict[str, str]] = []
    header: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=separator)
        try:
            for fields in lines:
                if not header or not fields:  # a line without a sign is none
                    header = header or fields
                    continue
                # of a row that is cut short nobody knows which fields are gone
                if len(fields) != len(header):
                    message = (
                        f"each line of the rows must have the {len(header)} fields of the header, "
                        f"got {len(fields)} in line {lines.line_num} of {path.name}"
                    )
                    raise ValueError(message)
                rows.append(dict(zip(header, fields, strict=True)))
        except csv.Error as error:
            message = (
                f"the rows must be a CSV file, got {path.name}, line {lines.line_num}: {error}"
            )
            raise ValueError(message) from error
    return rows


def recount_rows(
    done: Comparing, rows: Sequence[Mapping[str, str]], target: str, sample: str
) -> None:
    """Count rows of a sample by the bins of a report, and compare with its counts."""
    report = done.report
    if "event_label" not in report["conventions"]:
        message = "rows are counted for a target of two classes only; leave them out"
        raise ValueError(message)

    weighted = {entry["sample"]: entry["weighted"] for entry in report["data"]["samples"]}
    if sample not in weighted:
        message = f"--sample must be one of {', '.join(weighted)}, got {sample!r}"
        raise ValueError(message)
    if weighted[sample]:
        message = (
            f"each row counts as one, got the {sample} sample with weights; leave the rows out"
        )
        raise ValueError(message)
    absent = [
        name
        for name in (target, *(e["feature"] for e in report["characteristics"]))
        if rows and name not in rows[0]
    ]
    if absent or not rows:
        message = f"the rows must have the columns of the report, got none for {absent[:5]}"
        raise ValueError(message)

    event = str(report["conventions"]["event_label"])
    is_event = np.array([_same(row[target], event) for row in rows])
    scores = np.zeros(len(rows))
    bin_of: dict[str, list[str]] = {}
    points = {(row["feature"], row["bin"]): row["points"] for row in report["points"] or ()}
    for i, entry in enumerate(report["characteristics"]):
        bins = entry["samples"][sample]["bins"]
        labels = [_label(entry["definition"], row[entry["feature"]]) for row in rows]
        bin_of[entry["feature"]] = labels
        place = f"characteristics[{i}].samples.{sample}.bins"
        for j, reported in enumerate(bins):
            inside = np.array([label == reported["bin"] for label in labels])
            for key, of_class in (("events", is_event), ("nonevents", ~is_event)):
                count = float((inside & of_class).sum())
                done("counts of rows", f"{place}[{j}].{key}", count)
        if entry["in_card"] and report["points"] is not None:
            scores += [points.get((entry["feature"], label), math.nan) for label in labels]

    if report["points"] is not None:
        scores += sum(row["points"] for row in report["points"] if row["feature"] == BASE)
        _of_scores(done, scores, is_event, sample)

    # A card is fitted on the training rows; on others it is tested.
    regression = done.part("verify_regression")
    if sample == "train":
        regression.refit_card(done, bin_of, is_event)
        regression.reselect(done, bin_of)
    else:
        regression.retest(done, bin_of, is_event)


def compare_twins(done: Comparing) -> None:
    """Compare what the points table repeats of the bins and of the coefficients."""
    report, of_bin = done.report, _bins_by_name(done.report)
    coefficients = {row["feature"]: row["coefficient"] for row in report["coefficients"] or ()}
    elsewhere = of_other_rows(report)
    for i, row in enumerate(report["points"]):
        known = dict(of_bin.get((row["feature"], row["bin"]), {}))
        if row["feature"] in elsewhere:
            known = {}
        known["coefficient"] = coefficients.get(row["feature"])
        if known.get("count") == 0.0:  # nothing was seen there
            known.pop("woe")
        for key in ("count", "event_rate", "mean", "woe", "coefficient"):
            if row.get(key) is not None and known.get(key) is not None:
                done("numbers that stand twice", f"points[{i}].{key}", known[key])


def _bins_by_name(report: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Bins of the training rows by characteristic and name."""
    return {
        (entry["feature"], row["bin"]): row
        for entry in report["characteristics"]
        for row in entry["samples"]["train"]["bins"]
    }


def of_other_rows(report: Mapping[str, Any]) -> set[str]:
    """Characteristics whose bins were counted on rows, or with weights, that are not the report's.

    A card may be reported on other rows, and the binner of a card may be frozen. A number that was
    changed touches one bin of several; other rows move most.
    """
    of_bin = _bins_by_name(report)
    apart: dict[str, list[bool]] = {}
    for row in report["points"] or ():
        known = of_bin.get((row["feature"], row["bin"]))
        if known is not None and row.get("count") is not None:
            differs = abs(row["count"] - known["count"]) > 1e-6 * max(known["count"], 1.0)
            apart.setdefault(row["feature"], []).append(differs)
    return {name for name, bins in apart.items() if 2 * sum(bins) > len(bins)}


def _of_scores(
    done: Comparing, scores: NDArray[np.float64], is_event: NDArray[np.bool_], sample: str
) -> None:
    """Mean, area, curves, cells and groups of the score of the rows."""
    report = done.report
    names = [entry["sample"] for entry in report["data"]["samples"]]
    place = f"data.samples[{names.index(sample)}].mean_score"
    mean, error = float(scores.mean()), float(scores.std(ddof=1)) / math.sqrt(scores.size)
    tail = 0.5 + report["conventions"]["level"] / 2.0
    student = float(stats.t.ppf(tail, scores.size - 1))
    done("mean score of rows", place, mean)
    for end, sign in (("low", -1.0), ("high", 1.0)):
        done("mean score of rows", f"{place}_{end}", mean + sign * student * error)

    m, n = int(is_event.sum()), int((~is_event).sum())
    area = (stats.rankdata(scores)[~is_event].sum() - n * (n + 1) / 2.0) / (n * m)
    for i, row in enumerate(report["performance"]["measures"]):
        if (row["measure"], row["sample"]) == ("AUC", sample):
            done("AUC of rows", f"performance.measures[{i}].value", area)

    curve, place = report["performance"]["curves"][sample], f"performance.curves.{sample}"
    edges = done.part("verify_scores").cell_edges(report)
    for key, of_class in (("events", is_event), ("nonevents", ~is_event)):
        mine = np.sort(scores[of_class])
        for i, score in enumerate(curve["score"]):
            if score is not None:
                below = np.searchsorted(mine, score + 1e-9, side="right") / mine.size
                done("curves of rows", f"{place}.{key}[{i}]", float(below))
        counted = np.histogram(mine, edges)[0]
        for i, count in enumerate(counted.tolist()):
            where = f"performance.distribution.samples.{sample}.{key}[{i}]"
            done("scores of rows by cell", where, count)

    for i, row in enumerate(report["performance"]["gains"][sample]):
        inside = (scores >= row["score_low"] - 1e-9) & (scores <= row["score_high"] + 1e-9)
        place = f"performance.gains.{sample}[{i}]"
        done("groups of the score of rows", f"{place}.count", int(inside.sum()))
        done("groups of the score of rows", f"{place}.events", int((inside & is_event).sum()))
        for end, edge in (("low", scores[inside].min()), ("high", scores[inside].max())):
            done("groups of the score of rows", f"{place}.score_{end}", float(edge))


def _same(text: str, label: str) -> bool:
    """Tell whether a text of a file is a label, be it written as another number or as TRUE."""
    try:
        return float(text) == float(label)
    except ValueError:
        return text == label or (label in ("True", "False") and text in _TRUTH[label])


def _label(definition: Document, text: str) -> str:
    """Return the label of the bin that a text of a file falls into."""
    labels, joined = definition["labels"], definition["joined"]
    specials = list(definition["special"].values())
    n_bins = len(labels) - len(specials) - 2
    missing, unseen = len(labels) - 2, len(labels) - 1
    code = _code(definition, text, n_bins, specials, missing, unseen)
    return str(labels[joined.get(str(code), code)])


def _code(
    definition: Document,
    text: str,
    n_bins: int,
    specials: Sequence[Sequence[Any]],
    missing: int,
    unseen: int,
) -> int:
    """Return the code of a value: bins, special groups, missing, unseen, in this order."""
    if definition["pooled"]:
        return 0
    is_level = any(text in levels for levels in definition["levels"])
    is_none = text.strip().lower() in ("", "nan") or (
        text in _NONE and not _is_of_words(definition)
    )
    # A level may be called "None": then it is no missing value.
    if is_none and not is_level:
        return missing
    group = _special_group(text, specials)
    if group is not None:
        return n_bins + group

    if definition["kind"] == "numerical":
        splits = definition["splits"]
        return int(np.searchsorted(splits, float(text), side="right"))
    for code, levels in enumerate(definition["levels"]):
        if text in levels or any(_same(text, level) for level in levels):
            return code
    return missing if definition["unknown"] == "missing" else unseen


def _special_group(text: str, specials: Sequence[Sequence[Any]]) -> int | None:
    """Return the group of codes that a text is one of, None where of none."""
    for i, values in enumerate(specials):
        if any(_same(text, str(value)) for value in values):
            return i
    # A code of any group is that code, whatever another one is in single precision.
    for i, values in enumerate(specials):
        if _is_number(text) and float(text) in _as_short(values):
            return i
    return None


def _as_short(codes: Sequence[Any]) -> set[float]:
    """Numbers that single precision holds for codes with a fraction, as a file may have them.

    A code next to 0, of fewer digits there or of none, has no such number: 0 is an amount.
    """
    broken = [code for code in codes if isinstance(code, float) and code % 1.0]
    held = [code for code in broken if abs(np.float32(code)) >= np.finfo(np.float32).tiny]
    return {float(np.float32(code)) for code in held}


def _is_of_words(definition: Document) -> bool:
    """Tell whether a characteristic is one of words, beside which "NA" is a word too.

    Where numbers or truth values are due it is what other programs write for none.
    """
    texts = {level for levels in definition["levels"] for level in levels} - {*_TRUTH}
    return definition["kind"] != "numerical" and not all(map(_is_number, texts))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers_in(value: Any, place: str = "") -> Iterator[str]:
    """Walk over the places of all numbers of a document."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            # of a step of a selection that has no degrees of freedom 0 is no number
            if key not in _GIVEN and not (key == _NO_DEGREES and part == 0):
                yield from _numbers_in(part, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _numbers_in(part, f"{place}[{i}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place


def print_done(head: str, done: Comparing) -> None:
    """Print how many numbers agree, by group, and each that differs."""
    print(f"{head}:")
    for group, count in done.agreed.items():
        print(f"  {count:6d}  {group} agree")
    for text in done.differences:
        print(f"  DIFFERS  {text}")


def print_left(report: Document, seen: Set[str], left: Mapping[str, str]) -> dict[str, int]:
    """Print how many numbers were not recomputed, why, and where they stand, without indices.

    Returned are these numbers by reason. Apart from them stand the counts that are taken as they
    are.

    ``left`` has the reasons that are of this report: of places, not of kinds of numbers.
    """
    classes: dict[str, Counter[str]] = {}
    counted: Counter[str] = Counter()
    samples = [sample["sample"] for sample in report["data"]["samples"]]
    for place in _numbers_in(report):
        if place in seen:
            continue
        words = [word.partition("[")[0] for word in place.split(".")]
        kind = ".".join("*" if word in samples else word for word in words)
        if kind.startswith("selection.rows"):  # what it is of tells why
            step = report["selection"]["rows"][int(re.findall(r"\d+", place)[0])]["statistic"]
            kind = f"{kind} ({'random, ' * (step in _DRAWN)}{step})"
        if place not in left and re.search(_COUNTED, kind):
            counted[kind] += 1
            continue
        why = left.get(place) or next(
            why for pattern, why in _REASONS.items() if re.search(pattern, kind)
        )
        classes.setdefault(why, Counter())[kind] += 1

    print(f"Counts and scores of rows, which the rest follows from: {counted.total()} numbers")
    print("(with DATA those of a sample are counted anew):")
    _print_kinds(counted)
    print(f"Not recomputed: {sum(kinds.total() for kinds in classes.values())} numbers:")
    for why, kinds in classes.items():
        print(f"  {kinds.total():6d}  {why}")
        _print_kinds(kinds)
    return {why: kinds.total() for why, kinds in classes.items()}


def _print_kinds(kinds: Counter[str]) -> None:
    for kind, count in sorted(kinds.items()):
        print(f"            {count:6d}  {kind}")
