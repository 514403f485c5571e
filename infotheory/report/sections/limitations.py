"""What a reader must not conclude: texts that follow from the numbers of a summary."""

from collections.abc import Callable
from typing import Any, NamedTuple

from infotheory.binning.prebins.separation import SEPARATING
from infotheory.scorecard.points.signs import HELD

__all__ = ["Limit", "is_of_target", "limitations", "limits_of"]


class Limit(NamedTuple):
    """A limit: its text, the section of its numbers, and its rank among findings (0: none)."""

    text: str
    section: str = "limitations"
    rank: int = 0


_FEW = 50
_NO_HOLD_OUT = (
    "There are no hold-out rows: discrimination and calibration of the training rows are too good, "
    "stability cannot be told, and the tests of coefficients are withheld."
)
_NO_HOLD_OUT_OF_MEANS = (
    "There are no hold-out rows: what is said of the means on the training rows is too good, and "
    "stability cannot be told."
)
_ADJUSTED_OF_MEANS = (
    "Bins without a class, or without any amount, had half a row added; they are marked in the "
    "tables: {}."
)
_TURNED_OF_MEANS = (
    "In these characteristics the evidence of a bin moves the mean the other way (sign turned): {}."
)
_FEW_EVENTS = (
    "There are few events ({} in training, {} in hold-out rows): intervals are wide, and "
    "differences smaller than they are cannot be seen."
)
_ADJUSTED = (
    "Bins with rows of one class only had 1/2 added to both cells; they are marked in the "
    "tables: {}."
)
_SEPARATING = (
    "These characteristics separate the classes better than a genuine one does, and may be known "
    "only after the outcome: {}."
)
_UNCLEAR = "In the model without clear evidence (adjusted permutation p-value above {:.2f}): {}."
_BY_HAND = (
    "Bins set by hand are held as they are: cross-fitted values do not count that outcomes were "
    "seen, and permutation p-values are withheld: {}."
)
_WOE_BY_HAND = (
    "Weights of evidence of these bins were set by hand, so that they have no error, and points "
    "follow from what was set: {}."
)
_NOT_LEARNT = (
    "The bins were not learnt column by column from the rows alone, but together or by the rates "
    "of each period: folds and permutations cannot learn them anew, so there are no cross-fitted "
    "values and no permutation tests."
)
_SOME_NOT_LEARNT = (
    "These bins were learnt by the rates of each period: folds and permutations cannot learn them "
    "anew, so they have no cross-fitted values and no permutation tests: {}."
)
_PIPELINE = (
    "The model is a pipeline ({}): its score is the {}, and there are no points, no reasons and no "
    "errors of coefficients."
)
_TURNED = "In these characteristics a safer bin gets a lower score (sign turned): {}."
_HELD = (
    "These characteristics have no points: their coefficient would give a safer bin a lower score, "
    "and is held at 0: {}."
)
_VAGUE = (
    "The rows do not show that these characteristics have evidence, so that nothing bounds their "
    "coefficients: {}."
)
_ROUGH = (
    "The p-values of coefficients are rough: on the hold-out rows some of the regressions behind "
    "them met separation or dependence ({} different warnings)."
)
_CERTAIN = (
    "Some probabilities are 0 or 1: no calibration line and no Hosmer-Lemeshow test of the {} rows."
)
_FITTED = (
    "The bins were chosen with regard to protected attributes ({}). Whether that is allowed is a "
    "legal question that depends on the place and the purpose; a budget met on the training rows "
    "is optimistic, read the hold-out rows."
)
_NO_GROUPS = (
    "No protected attribute was given, so nothing is said about differences between groups."
)
_SMALL_GROUPS = "Groups with fewer than {} rows, about which little can be said: {}."
_LEGAL = (
    "Differences between groups describe this score, this cut-off and these rows; whether one is "
    "unlawful is a legal question that no statistic answers."
)
_INDEPENDENT = (
    "Intervals take rows as independent draws and bins as given; they know no change of population "
    "or economy."
)
_ACCEPTED = (
    "Only applicants with a known outcome are in the data; nothing here speaks for applicants who "
    "were refused."
)
_OPTIMISTIC = "Information values on the rows that chose the bins are too large; read {}."


def limitations(summary: dict[str, Any]) -> list[str]:
    """Sentences on the limits of the numbers, most general last."""
    better = (
        "the cross-fitted values beside them"
        if _learnt_by_column(summary)
        else "what the bins are worth on rows held out"
    )
    texts = [limit.text for limit in limits_of(summary)]
    general = [_INDEPENDENT] if is_of_target(summary) else [_INDEPENDENT, _ACCEPTED]
    return [*texts, *general, _OPTIMISTIC.format(better)]


def is_of_target(summary: dict[str, Any]) -> bool:
    """Tell whether a summary is of another target than two classes."""
    return "target_type" in summary["conventions"]


def limits_of(summary: dict[str, Any]) -> list[Limit]:
    """List the limits that hold for this model and these rows."""
    parts: tuple[Callable[[dict[str, Any]], list[Limit]], ...] = (
        _of_samples,
        _of_characteristics,
        _of_model,
        _of_probabilities,
        _of_groups,
    )
    return [limit for part in parts for limit in part(summary)]


def _learnt_by_column(summary: dict[str, Any]) -> bool:
    return all(entry["cross_fitted"] is not None for entry in summary["ranking"])


def _of_samples(summary: dict[str, Any]) -> list[Limit]:
    of_target = is_of_target(summary)
    if len(summary["data"]["samples"]) == 1:
        return [Limit(_NO_HOLD_OUT_OF_MEANS if of_target else _NO_HOLD_OUT, "data", 2)]
    if of_target:
        return []
    events = [sample["events"] for sample in summary["data"]["samples"]]
    few = Limit(_FEW_EVENTS.format(*events), "data", 4)
    return [few] if min(events) < 2 * _FEW else []


def _of_characteristics(summary: dict[str, Any]) -> list[Limit]:
    """Tell what limits characteristics: bins of one class, evidence unclear or by hand."""
    ranking, size = summary["ranking"], 1.0 - float(summary["conventions"]["level"])
    adjusted = [
        entry["feature"] for entry in summary["characteristics"] if _has_adjusted_bins(entry)
    ]
    unclear = [
        entry["feature"]
        for entry in ranking
        # A test that was not made gives no reason for doubt.
        if entry["in_card"] and (entry["adjusted_p_value"] or 0.0) > size
    ]
    by_hand = [entry["feature"] for entry in ranking if entry["by_hand"]]

    separating = [
        entry["feature"]
        for entry in summary["characteristics"]
        if entry["status"] == SEPARATING and entry["in_card"]
    ]

    limits = []
    if separating:
        limits.append(Limit(_SEPARATING.format(", ".join(separating)), "characteristics", 1))
    if adjusted:
        text = _ADJUSTED_OF_MEANS if is_of_target(summary) else _ADJUSTED
        limits.append(Limit(text.format(", ".join(adjusted))))
    if unclear:
        limits.append(Limit(_UNCLEAR.format(size, ", ".join(unclear)), "ranking", 3))
    if by_hand:
        limits.append(Limit(_BY_HAND.format(", ".join(by_hand)), "audit", 6))
    given = [
        f"{entry['feature']} {label}"
        for entry in summary["characteristics"]
        for label in entry.get("woe_by_hand", ())
    ]
    if given:
        limits.append(Limit(_WOE_BY_HAND.format(", ".join(given)), "characteristics", 5))
    if not _learnt_by_column(summary):
        # columns that are not in the model have a binner of their own
        of_model = [entry for entry in ranking if entry["in_card"]]
        names = [entry["feature"] for entry in of_model if entry["cross_fitted"] is None]
        some = len(names) < len(of_model)
        text = _SOME_NOT_LEARNT.format(", ".join(names)) if some else _NOT_LEARNT
        limits.append(Limit(text, "ranking", 6))
    return limits


def _has_adjusted_bins(entry: dict[str, Any]) -> bool:
    return any(row["adjusted"] for sample in entry["samples"].values() for row in sample["bins"])


def _of_model(summary: dict[str, Any]) -> list[Limit]:
    """Tell what limits the regression: signs, bounds, warnings, how it ended."""
    conventions, warnings = summary["conventions"], summary["test_warnings"]
    # Rows of a pipeline have no reason and no status beside their ends.
    rows = summary["coefficients"] or []
    turned = [row["feature"] for row in rows if not row["sign_ok"]]
    held = [row["feature"] for row in rows if row.get("reason") == HELD]
    vague = [row["feature"] for row in rows if row.get("low_status") == "unbounded"]

    limits = []
    if summary["points"] is None and not is_of_target(summary):
        limits.append(Limit(_PIPELINE.format(conventions["model"], conventions["score"])))
    if turned:
        text = _TURNED_OF_MEANS if is_of_target(summary) else _TURNED
        limits.append(Limit(text.format(", ".join(turned)), "card", 2))
    if held:
        limits.append(Limit(_HELD.format(", ".join(held)), "card", 4))
    if vague:
        limits.append(Limit(_VAGUE.format(", ".join(vague)), "card", 2))
    if warnings:
        limits.append(Limit(_ROUGH.format(len(warnings)), "card", 5))
    if conventions["status"] not in (None, "converged"):
        text = f"The regression ended with status {conventions['status']!r}."
        limits.append(Limit(text, "card", 1))
    return limits


def _of_probabilities(summary: dict[str, Any]) -> list[Limit]:
    if is_of_target(summary):
        return []
    calibration = summary["calibration"]
    tested = {row["sample"] for row in calibration["tests"]}
    # No test means probabilities of 0 or 1: their log odds are infinite.
    untested = [sample for sample in calibration["groups"] if sample not in tested]
    certain = Limit(_CERTAIN.format(" and ".join(untested)), "calibration", 5)
    return [certain] if untested else []


def _of_groups(summary: dict[str, Any]) -> list[Limit]:
    if is_of_target(summary):
        return [Limit(text) for text in summary["conventions"]["absent"]]
    fairness, fitted = summary["fairness"], summary["conventions"]["fitted_with_protected"]
    limits = [Limit(_FITTED.format(", ".join(fitted)), "groups", 5)] if fitted else []
    if fairness is None:
        return [*limits, Limit(_NO_GROUPS)]

    # A set, as a group has a row in each sample.
    small = {
        f"{row['attribute']}: {row['group']}" for row in fairness["groups"] if row["count"] < _FEW
    }
    if small:
        limits.append(Limit(_SMALL_GROUPS.format(_FEW, "; ".join(sorted(small))), "groups", 5))
    return [*limits, Limit(_LEGAL)]
