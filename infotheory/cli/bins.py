"""``infotheory bin``: optimal bins of every column, with the errors of what they say."""

import argparse
from pathlib import Path

import pandas as pd

from infotheory.binning import OptimalBinner
from infotheory.cli.data_files import check_columns, event_label, read_table

__all__ = ["bin_columns"]


def bin_columns(options: argparse.Namespace) -> None:
    """Bin a file and write ``summary.csv`` (one row a column) and ``bins.csv`` (one row a bin).

    Parameters
    ----------
    options : argparse.Namespace
        What the parser read.
    """
    frame = read_table(options.data)
    aside = [options.target, *([options.weights] if options.weights else []), *options.exclude]
    check_columns(aside, frame)
    y = frame[options.target]
    binner = OptimalBinner(
        event_label=event_label(options.event, y),
        max_n_bins=options.max_bins,
        monotonic_trend=None if options.trend == "none" else options.trend,
    )
    weights = None if options.weights is None else frame[options.weights].to_numpy()
    binner.fit(frame.drop(columns=aside), y, weights)
    tables = {name: binner.binning_table(name) for name in binner.specs_}
    summary = binner.summary().sort_values("iv", ascending=False, kind="stable")
    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    summary.to_csv(folder / "summary.csv", index=False)
    bins = pd.concat(tables, names=["Column", None]).reset_index("Column")
    bins.to_csv(folder / "bins.csv", index=False)
    shown = summary[
        ["name", "status", "n_bins", "iv", "iv_standard_error", "iv_low", "iv_high", "trend"]
    ]
    print(shown.to_string(index=False, float_format="{:.4f}".format))
    print("iv is that of the rows on which the bins were learnt: it is optimistic")
    print(f"bins: {(folder / 'bins.csv').resolve()}")
