"""Options of a target and of a selection, which several commands take.

They are declared without what they are options of: help and complaints need none of it.
"""

import argparse
from pathlib import Path
from typing import Any

__all__ = [
    "LIMITS",
    "SELECTION",
    "TARGET_TYPES",
    "add_power",
    "add_selection",
    "add_target_type",
    "check_event_of_kind",
]

TARGET_TYPES = ("binary", "fraction", "rate", "continuous", "multiclass")

#: Options that are numbers: name, default, help.
LIMITS = (
    (
        "min-information-value",
        None,
        "least information value on rows the bins have not seen, in place of a permutation test",
    ),
    ("iv-max", None, "set aside what has a larger one on the rows of the bins; no limit"),
    ("max-missing", None, "largest share of missing values; no limit"),
    ("max-identical", None, "largest share of one value; no limit"),
    ("max-psi", 0.25, "largest stability index in later rows; 0.25"),
    (
        "min-out-of-time-iv",
        None,
        "least information value there; that of --min-information-value, or 0.02",
    ),
    ("max-correlation", 0.8, "largest correlation of weights of evidence; 0.8"),
    ("max-vif", 5.0, "largest variance inflation; 5"),
    ("alpha", 0.05, "p-value of the permutation test, to enter below, and to leave from; 0.05"),
)

#: What a selection is without options.
SELECTION: dict[str, Any] = {
    **{name.replace("-", "_"): default for name, default, _ in LIMITS},
    **dict.fromkeys(("out_of_time", "periods", "period_order")),
    "include": [],
    "direction": "both",
    "keep_signs": False,
}


def add_target_type(parser: argparse.ArgumentParser) -> None:
    """Add what the target is."""
    parser.add_argument(
        "--target-type",
        choices=TARGET_TYPES,
        default="binary",
        help="what the target is; the exposures of a rate are its --sample-weight; binary",
    )


def add_power(parser: argparse.ArgumentParser) -> None:
    """Add how the variance of a rate grows with its mean."""
    parser.add_argument(
        "--power",
        type=float,
        metavar="P",
        help="of --target-type rate: how its variance grows with its mean, 1 (counts) to 2; 1",
    )


def check_event_of_kind(options: argparse.Namespace) -> None:
    """Raise ValueError where an event is named of a target that has none, or a power of no rate."""
    kind = options.target_type
    if options.event is not None and kind != "binary":
        message = f"--event is for a target of two classes, got --target-type {kind}; leave it out"
        raise ValueError(message)
    if getattr(options, "power", None) is not None and kind != "rate":
        message = f"--power is of --target-type rate, got --target-type {kind}; leave it out"
        raise ValueError(message)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the options of a selection."""
    group = parser.add_argument_group("selection")
    for name, default, words in LIMITS:
        group.add_argument(f"--{name}", type=float, default=default, metavar="X", help=words)
    group.add_argument(
        "--include", nargs="+", action="extend", default=[], metavar="COL", help="always selected"
    )
    group.add_argument(
        "--direction", choices=("forward", "backward", "both"), default="both", help="steps; both"
    )
    group.add_argument(
        "--keep-signs",
        action="store_true",
        help="keep characteristics whose coefficient in the joint card has the wrong sign",
    )

    # Later rows are those of a file, or of the last period.
    group.add_argument("--out-of-time", type=Path, metavar="FILE", help="file of later rows")
    group.add_argument(
        "--periods", metavar="COL", help="column of time: the rows of its last period are the later"
    )
    group.add_argument(
        "--period-order",
        nargs="+",
        action="extend",
        metavar="LABEL",
        help="its labels, from the first to the last, where they have no order of their own",
    )
