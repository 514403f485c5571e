"""``infotheory select``: which characteristics go into a card, with every decision on record."""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from infotheory._files import replace_text
from infotheory.binning import OptimalBinner
from infotheory.cli.columns import characteristics
from infotheory.cli.data_files import (
    declared_columns,
    named_event,
    read_file,
    require_columns,
    special_codes_option,
)
from infotheory.cli.selection import LIMITS, check_event_of_kind
from infotheory.cli.text_files import columns_of_words
from infotheory.scorecard import SelectionLog, select_characteristics

__all__ = ["select_columns", "select_file"]

_SHOWN = ("feature", "stage", "decision", "statistic", "value", "threshold")


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
        categorical_features=declared_columns(options.categorical, rows["X"].columns),
    )

    return select_characteristics(
        **rows,
        binner=binner,
        power=1.0 if options.power is None else options.power,
        out_of_time=_later_rows(rows["X"], options),
        period_order=options.period_order,
        include=options.include,
        direction=options.direction,
        signs="keep" if options.keep_signs else "drop",
        rng=options.seed,
        **{name: getattr(options, name) for name in (n.replace("-", "_") for n, *_ in LIMITS)},
    )


def _later_rows(X: pd.DataFrame, options: argparse.Namespace) -> dict[str, Any] | None:
    """Read the file of later rows, whose outcomes need not be known yet."""
    if options.out_of_time is None:
        return None
    form = {"separator": options.separator, "encoding": options.encoding}
    words = columns_of_words(X)
    frame = read_file(options.out_of_time, "--out-of-time", words=words, **form)
    weight = options.sample_weight
    require_columns([*X.columns, *([weight] if weight else [])], frame)

    later: dict[str, Any] = {"X": frame[list(X.columns)]}
    if options.target in frame.columns:
        later["y"] = frame[options.target]
    if weight:
        later["sample_weight"] = frame[weight].to_numpy()
    return later
