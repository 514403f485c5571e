"""``infotheory select``: which characteristics go into a card, with every decision on record."""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from infotheory._files import replace_text
from infotheory._target_kinds import KINDS
from infotheory.binning import OptimalBinner
from infotheory.cli.columns import characteristics
from infotheory.cli.data_files import (
    named_event,
    read_file,
    require_columns,
    special_codes_option,
)
from infotheory.scorecard import SelectionLog, select_characteristics

__all__ = [
    "SELECTION",
    "add_power",
    "add_selection",
    "add_target_type",
    "check_event_of_kind",
    "select_columns",
    "select_file",
]

_SHOWN = ("feature", "stage", "decision", "statistic", "value", "threshold")

#: Options that are numbers: name, default, help.
_LIMITS = (
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
    **{name.replace("-", "_"): default for name, default, _ in _LIMITS},
    **dict.fromkeys(("out_of_time", "periods", "period_order")),
    "include": [],
    "direction": "both",
    "keep_signs": False,
}


def add_target_type(parser: argparse.ArgumentParser) -> None:
    """Add what the target is."""
    parser.add_argument(
        "--target-type",
        choices=KINDS,
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
    for name, default, words in _LIMITS:
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


def select_file(options: argparse.Namespace) -> None:
    """Select among the columns of a file; print the decisions, write them where a file is named."""
    check_event_of_kind(options)
    frame = read_file(options.data, separator=options.separator, encoding=options.encoding)
    weight, periods = options.sample_weight, options.periods
    roles = [options.target, *(name for name in (weight, periods) if name), *options.exclude]
    require_columns([*roles, *options.keep, *options.include], frame)

    rows = {"y": frame[options.target], "X": frame[characteristics(frame, options.keep, roles)]}
    rows |= {"sample_weight": frame[weight].to_numpy()} if weight else {}
    rows |= {"periods": frame[periods]} if periods else {}
    event = named_event(options.event, rows["y"]) if options.target_type == "binary" else None
    log = select_columns(rows, event, options)

    table = log.to_frame()
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        replace_text(options.output, table.to_csv(index=False))
    # One line a characteristic, the last decision about it; what is only told decides nothing.
    decided = table[table["decision"] != "told"].drop_duplicates("feature", keep="last")
    print(decided[list(_SHOWN)].to_string(index=False, float_format="{:.4f}".format))
    print(f"selected: {', '.join(log.selected) or 'nothing'}")
    if log.absent:
        print(f"without {log.absent}")
    if options.output is not None:
        print(f"log: {Path(options.output).resolve()}")


def select_columns(rows: dict[str, Any], event: Any, options: argparse.Namespace) -> SelectionLog:
    """Select with the options of the command line."""
    binner = OptimalBinner(
        target_type=options.target_type,
        event_label=event,
        special_codes=special_codes_option(options.special),
    )

    return select_characteristics(
        **rows,
        binner=binner,
        power=1.0 if options.power is None else options.power,
        out_of_time=_later_rows(rows["X"], options),
        period_order=_period_labels(rows.get("periods"), options.period_order),
        include=options.include,
        direction=options.direction,
        signs="keep" if options.keep_signs else "drop",
        rng=options.seed,
        **{name: getattr(options, name) for name in (n.replace("-", "_") for n, *_ in _LIMITS)},
    )


def _later_rows(X: pd.DataFrame, options: argparse.Namespace) -> dict[str, Any] | None:
    """Read the file of later rows, whose outcomes need not be known yet."""
    if options.out_of_time is None:
        return None
    form = {"separator": options.separator, "encoding": options.encoding}
    frame = read_file(options.out_of_time, "--out-of-time", **form)
    weight = options.sample_weight
    require_columns([*X.columns, *([weight] if weight else [])], frame)

    later: dict[str, Any] = {"X": frame[list(X.columns)]}
    if options.target in frame.columns:
        later["y"] = frame[options.target]
    if weight:
        later["sample_weight"] = frame[weight].to_numpy()
    return later


def _period_labels(periods: Any, texts: list[str] | None) -> list[Any] | None:
    """Return the stated labels in the type of the column: numbers are written as text here."""
    if periods is None or texts is None:
        return texts
    by_text = {str(label): label for label in periods.dropna().unique().tolist()}
    return [by_text.get(text, text) for text in texts]
