"""``infotheory bin``: optimal bins of every column, with the errors of what they say."""

import argparse
from pathlib import Path

import pandas as pd

from infotheory._files import replace_text
from infotheory.binning import OptimalBinner
from infotheory.cli.columns import characteristics
from infotheory.cli.data_files import (
    named_event,
    read_file,
    require_columns,
    special_codes_option,
)
from infotheory.cli.select import check_event_of_kind

__all__ = ["bin_file"]

_SHOWN = (
    "feature",
    "status",
    "n_bins",
    "iv",
    "iv_standard_error",
    "iv_low",
    "iv_high",
    "trend",
)


def bin_file(options: argparse.Namespace) -> None:
    """Bin a file and write ``summary.csv`` (one row a column) and ``bins.csv`` (one row a bin)."""
    frame = read_file(options.data, separator=options.separator, encoding=options.encoding)
    weight = options.sample_weight
    aside = [options.target, *([weight] if weight else []), *options.exclude]
    require_columns([*aside, *options.keep], frame)

    y = frame[options.target]
    check_event_of_kind(options)
    binner = OptimalBinner(
        target_type=options.target_type,
        event_label=named_event(options.event, y) if options.target_type == "binary" else None,
        max_n_bins=options.max_bins,
        monotonic_trend=None if options.trend == "none" else options.trend,
        special_codes=special_codes_option(options.special),
    )
    weights = None if weight is None else frame[weight].to_numpy()
    binner.fit(frame[characteristics(frame, options.keep, aside)], y, weights)

    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    # Stable, so that columns of equal value stay in the order of the file.
    summary = binner.summary().sort_values("iv", ascending=False, kind="stable")
    replace_text(folder / "summary.csv", summary.to_csv(index=False))
    tables = {name: binner.binning_table(name) for name in binner.features_}
    bins = pd.concat(tables, names=["feature", None]).reset_index("feature")
    replace_text(folder / "bins.csv", bins.to_csv(index=False))

    print(summary[list(_SHOWN)].to_string(index=False, float_format="{:.4f}".format))
    print("iv is that of the rows on which the bins were learnt: it is optimistic")
    print(f"bins: {(folder / 'bins.csv').resolve()}")
