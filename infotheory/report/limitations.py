"""What a reader must not conclude: texts that follow from the numbers of a summary."""

from typing import Any

__all__ = ["limitations"]

_FEW = 50
_NO_HOLD_OUT = (
    "There are no hold-out rows: discrimination and calibration of the training rows are too good, "
    "stability cannot be "
    "told, and the tests of coefficients are withheld."
)
_LEGAL = (
    "Differences between groups describe this score, this cut-off and these rows; whether one is "
    "unlawful is a legal "
    "question that no statistic answers."
)


_FITTED = (
    "The bins were chosen with regard to protected attributes ({}). Whether that is allowed is a "
    "legal question that "
    "depends on the place and the purpose; a budget met on the training rows is optimistic, read "
    "the hold-out rows."
)


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
    parts = (_of_samples, _of_characteristics, _of_card, _of_probabilities, _of_groups)
    texts = [text for part in parts for text in part(summary)]
    texts += [
        (
            "Intervals take rows as independent draws and bins as given; they know no change of "
            "population or economy."
        ),
        (
            "Only applicants with a known outcome are in the data; nothing here speaks for applicants "
            "who were refused."
        ),
        (
            "Information values on the rows that chose the bins are too large; read "
            f"{_beside(summary)}."
        ),
    ]
    return texts


def _beside(summary: dict[str, Any]) -> str:
    """Name what to read in place of information values in sample."""
    if any(e["cross_fitted"] is None for e in summary["ranking"]):
        return "what the bins are worth on rows held out"
    return "the cross-fitted values beside them"


def _of_probabilities(summary: dict[str, Any]) -> list[str]:
    told = {row["sample"] for row in summary["calibration"]["tests"]}
    without = [sample for sample in summary["calibration"]["groups"] if sample not in told]
    if not without:
        return []
    rows = f"the {' and '.join(without)} rows"
    return [
        f"Some probabilities are 0 or 1: no calibration line and no Hosmer-Lemeshow test of {rows}."
    ]


def _of_samples(summary: dict[str, Any]) -> list[str]:
    if len(summary["data"]["samples"]) == 1:
        return [_NO_HOLD_OUT]
    train, other = summary["data"]["samples"]
    texts = []
    if min(train["events"], other["events"]) < 2 * _FEW:
        texts.append(
            f"There are few events ({train['events']} in training, {other['events']} in hold-out "
            "rows): intervals are "
            "wide, and differences smaller than they are cannot be seen."
        )
    return texts


def _of_characteristics(summary: dict[str, Any]) -> list[str]:
    adjusted = [
        entry["name"]
        for entry in summary["characteristics"]
        if any(row["adjusted"] for sample in entry["samples"].values() for row in sample["bins"])
    ]
    unclear = [
        e["name"]
        for e in summary["ranking"]
        if e["in_card"] and (e["adjusted_p_value"] or 0.0) > 1.0 - _level(summary)
    ]
    texts = []
    if adjusted:
        texts.append(
            "Bins with rows of one class only had 1/2 added to both cells; they are marked in the "
            "tables: "
            f"{', '.join(adjusted)}."
        )
    if unclear:
        texts.append(
            "In the model without clear evidence (adjusted permutation p-value above "
            f"{1.0 - _level(summary):.2f}): {', '.join(unclear)}."
        )
    by_hand = [entry["name"] for entry in summary["ranking"] if entry["by_hand"]]
    if by_hand:
        texts.append(
            "Bins set by hand are held as they are: cross-fitted values do not count that outcomes "
            "were seen, "
            f"and permutation p-values are withheld: {', '.join(by_hand)}."
        )
    if any(e["cross_fitted"] is None for e in summary["ranking"]):
        texts.append(
            "The bins were not learnt column by column, so there are no cross-fitted values and no "
            "permutation tests."
        )
    return texts


def _of_card(summary: dict[str, Any]) -> list[str]:
    wrong = [row["feature"] for row in summary["coefficients"] or [] if not row["sign_ok"]]
    texts = []
    if summary["points"] is None:
        texts.append(
            f"The model is a pipeline ({summary['conventions']['model']}): its score is the "
            f"{summary['conventions']['score']}, and there are no points, no reasons and no errors "
            "of coefficients."
        )
    if wrong:
        texts.append(
            "In these characteristics a safer bin gets a lower score (sign turned): "
            f"{', '.join(wrong)}."
        )
    if summary["test_warnings"]:
        texts.append(
            "The p-values of coefficients are rough: on the hold-out rows some of the regressions "
            "behind them met "
            f"separation or dependence ({len(summary['test_warnings'])} different warnings)."
        )
    if summary["conventions"]["status"] not in (None, "converged"):
        texts.append(f"The regression ended with status {summary['conventions']['status']!r}.")
    return texts


def _of_groups(summary: dict[str, Any]) -> list[str]:
    fairness, fitted = summary["fairness"], summary["conventions"]["fitted_with_protected"]
    texts = [_FITTED.format(", ".join(fitted))] if fitted else []
    if fairness is None:
        return [
            *texts,
            (
                "No protected attribute was given, so nothing is said about differences between "
                "groups."
            ),
        ]
    small = sorted({f"{g['attribute']}: {g['group']}" for g in fairness["groups"] if g["n"] < _FEW})
    if small:
        texts.append(
            f"Groups with fewer than {_FEW} rows, about which little can be said: "
            f"{'; '.join(small)}."
        )
    return [*texts, _LEGAL]


def _level(summary: dict[str, Any]) -> float:
    return float(summary["conventions"]["level"])
