"""What a reader must not conclude: texts that follow from the numbers of a summary."""

from collections.abc import Callable
from typing import Any

from infotheory.binning.prebins.separation import SEPARATING
from infotheory.scorecard.points.signs import HELD

__all__ = ["limitations"]

_FEW = 50
_NO_HOLD_OUT = (
    "There are no hold-out rows: discrimination and calibration of the training rows are too good, "
    "stability cannot be told, and the tests of coefficients are withheld."
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
    "The bins were not learnt column by column, so there are no cross-fitted values and no "
    "permutation tests."
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
    """Sentences on the limits of the numbers, most general last.

    Parameters
    ----------
    summary : dict
        The summary without its limitations.

    Returns
    -------
    list of str
        One entry a limit.
    """
    parts: tuple[Callable[[dict[str, Any]], list[str]], ...] = (
        _of_samples,
        _of_characteristics,
        _of_model,
        _of_probabilities,
        _of_groups,
    )
    texts = [text for part in parts for text in part(summary)]

    better = (
        "the cross-fitted values beside them"
        if _learnt_by_column(summary)
        else "what the bins are worth on rows held out"
    )
    return [*texts, _INDEPENDENT, _ACCEPTED, _OPTIMISTIC.format(better)]


def _learnt_by_column(summary: dict[str, Any]) -> bool:
    return all(entry["cross_fitted"] is not None for entry in summary["ranking"])


def _of_samples(summary: dict[str, Any]) -> list[str]:
    if len(summary["data"]["samples"]) == 1:
        return [_NO_HOLD_OUT]
    events = [sample["events"] for sample in summary["data"]["samples"]]
    return [_FEW_EVENTS.format(*events)] if min(events) < 2 * _FEW else []


def _of_characteristics(summary: dict[str, Any]) -> list[str]:
    ranking, size = summary["ranking"], 1.0 - float(summary["conventions"]["level"])
    adjusted = [
        entry["feature"] for entry in summary["characteristics"] if _has_adjusted_bins(entry)
    ]
    unclear = [
        entry["feature"]
        for entry in ranking
        if entry["in_card"] and (entry["adjusted_p_value"] or 0.0) > size
    ]
    by_hand = [entry["feature"] for entry in ranking if entry["by_hand"]]

    separating = [
        entry["feature"]
        for entry in summary["characteristics"]
        if entry["status"] == SEPARATING and entry["in_card"]
    ]

    texts = []
    if separating:
        texts.append(_SEPARATING.format(", ".join(separating)))
    if adjusted:
        texts.append(_ADJUSTED.format(", ".join(adjusted)))
    if unclear:
        texts.append(_UNCLEAR.format(size, ", ".join(unclear)))
    if by_hand:
        texts.append(_BY_HAND.format(", ".join(by_hand)))
    given = [
        f"{entry['feature']} {label}"
        for entry in summary["characteristics"]
        for label in entry.get("woe_by_hand", ())
    ]
    if given:
        texts.append(_WOE_BY_HAND.format(", ".join(given)))
    if not _learnt_by_column(summary):
        texts.append(_NOT_LEARNT)
    return texts


def _has_adjusted_bins(entry: dict[str, Any]) -> bool:
    return any(row["adjusted"] for sample in entry["samples"].values() for row in sample["bins"])


def _of_model(summary: dict[str, Any]) -> list[str]:
    conventions, warnings = summary["conventions"], summary["test_warnings"]
    rows = summary["coefficients"] or []
    turned = [row["feature"] for row in rows if not row["sign_ok"]]
    held = [row["feature"] for row in rows if row.get("reason") == HELD]
    vague = [row["feature"] for row in rows if row.get("low_status") == "unbounded"]

    texts = []
    if summary["points"] is None:
        texts.append(_PIPELINE.format(conventions["model"], conventions["score"]))
    if turned:
        texts.append(_TURNED.format(", ".join(turned)))
    if held:
        texts.append(_HELD.format(", ".join(held)))
    if vague:
        texts.append(_VAGUE.format(", ".join(vague)))
    if warnings:
        texts.append(_ROUGH.format(len(warnings)))
    if conventions["status"] not in (None, "converged"):
        texts.append(f"The regression ended with status {conventions['status']!r}.")
    return texts


def _of_probabilities(summary: dict[str, Any]) -> list[str]:
    calibration = summary["calibration"]
    tested = {row["sample"] for row in calibration["tests"]}
    untested = [sample for sample in calibration["groups"] if sample not in tested]
    return [_CERTAIN.format(" and ".join(untested))] if untested else []


def _of_groups(summary: dict[str, Any]) -> list[str]:
    fairness, fitted = summary["fairness"], summary["conventions"]["fitted_with_protected"]
    texts = [_FITTED.format(", ".join(fitted))] if fitted else []
    if fairness is None:
        return [*texts, _NO_GROUPS]

    small = {
        f"{row['attribute']}: {row['group']}" for row in fairness["groups"] if row["count"] < _FEW
    }
    if small:
        texts.append(_SMALL_GROUPS.format(_FEW, "; ".join(sorted(small))))
    return [*texts, _LEGAL]
