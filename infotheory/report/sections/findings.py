"""What speaks against a model, worst first: texts that follow from the numbers of a summary."""

import math
from typing import Any

from infotheory.report.formats.number_texts import fixed, interval, places_of
from infotheory.report.sections.limitations import Limit, is_of_target, limits_of

__all__ = ["findings"]

#: Ranks of what limits do not say; those of limits stand with them.
_MISCALIBRATED, _OVER_FITTED, _NO_POWER, _UNSTABLE, _BINS_MOVED = 3, 4, 1, 3, 5
_MOST_NAMES = 6


def findings(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Say what a validator must look at first."""
    limits = [limit for limit in limits_of(summary) if limit.rank]
    limits += [*_of_discrimination(summary), *_of_calibration(summary), *_of_stability(summary)]
    return [
        {"severity": limit.rank, "section": limit.section, "text": limit.text}
        for limit in sorted(limits, key=lambda limit: limit.rank)
    ]


def _of_discrimination(summary: dict[str, Any]) -> list[Limit]:
    """Say where the score does not rank, or ranks worse on rows held out."""
    # The hold-out rows where there are any: the training rows look good to the model fitted on
    # them.
    last = summary["data"]["samples"][-1]["sample"]
    limits = []
    # A mean ranks as its concordance, of which the area is that of two classes.
    level = summary["conventions"]["level"]
    ranks = "concordance" if is_of_target(summary) else "AUC"
    for row in (summary["performance"] or {"measures": ()})["measures"]:
        low, high = row["low"], row["high"]
        places = places_of(row["standard_error"], low, high, level)
        value = fixed(row["value"], places)
        shown = interval(low, high, places, row["low_status"], row["high_status"])
        if row["measure"] == ranks and row["sample"] == last and low is not None and low <= 0.5:
            text = f"The score may not rank at all on the {last} rows: {ranks} "
            text += f"{value}, {shown}"
            limits.append(Limit(text, "discrimination", _NO_POWER))
        if row["measure"].startswith(f"{ranks}, train") and low is not None and low > 0.0:
            text = f"The model is over-fitted: {ranks} falls from training to hold-out rows by "
            limits.append(Limit(f"{text}{value}, {shown}", "discrimination", _OVER_FITTED))
    return limits


def _of_calibration(summary: dict[str, Any]) -> list[Limit]:
    """Say where intervals of level and spread on the last sample leave out 1."""
    last, level = summary["data"]["samples"][-1]["sample"], summary["conventions"]["level"]
    words = {
        "observed / expected": ("risk is under- or overestimated", "observed over expected events"),
        "observed / predicted": ("means are too low or too high", "observed over predicted mean"),
        "slope": ("predictions are too extreme or too timid", "slope"),
    }

    limits = []
    for row in (summary["calibration"] or {"measures": ()})["measures"]:
        known = [words[start] for start in words if row["measure"].startswith(start)]
        if row["sample"] != last or not known or None in (row["low"], row["high"]):
            continue
        if not row["low"] <= 1.0 <= row["high"]:
            what, quantity = known[0]
            places = places_of(row["standard_error"], row["low"], row["high"], level)
            value = fixed(row["value"], places)
            shown = interval(row["low"], row["high"], places, row["low_status"], row["high_status"])
            text = f"On the {last} rows {what}: {quantity} {value}, {shown}"
            limits.append(Limit(text, "calibration", _MISCALIBRATED))
    return limits


def _of_stability(summary: dict[str, Any]) -> list[Limit]:
    """Say what has moved from training to hold-out rows, by more than the sizes explain."""
    rows = summary["stability"] or []
    of_card = [row for row in rows if row["feature"] != "score" and row["in_card"]]
    moved = [row["feature"] for row in of_card if _has_moved(row)]
    limits = []
    if rows and rows[0]["feature"] == "score" and _has_moved(rows[0]):
        text = "The score has other shares by band on the hold-out rows than chance explains."
        limits.append(Limit(text, "stability", _UNSTABLE))
    # By chance an index exceeds its critical value as often as the level of the report leaves.
    by_chance = (1.0 - summary["conventions"]["level"]) * len(of_card)
    if len(moved) > 1 + math.floor(round(by_chance, 9)):
        names = ", ".join(moved[:_MOST_NAMES]) + (", ..." if len(moved) > _MOST_NAMES else "")
        text = f"{len(moved)} characteristics have other shares by bin on the hold-out rows: "
        limits.append(Limit(text + names, "stability", _BINS_MOVED))
    return limits


def _has_moved(row: dict[str, Any]) -> bool:
    """Tell whether an index is above its critical value, where the rows give one."""
    value, critical = row["index"]["value"], row["critical_value"]
    return value is not None and critical is not None and value > critical
