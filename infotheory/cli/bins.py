"""``infotheory bin``: optimal bins of every column, with the errors of what they say."""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from infotheory._files import replace_text
from infotheory.binning import OptimalBinner
from infotheory.cli.columns import characteristics, characteristics_of_table
from infotheory.cli.connections import check_source, connection, opened_table, write_queries
from infotheory.cli.data_files import (
    declared_columns,
    event_of_labels,
    named_event,
    read_file,
    require_columns,
    special_codes_option,
)
from infotheory.cli.selection import check_event_of_kind
from infotheory.engines.population import target_labels

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
    """Bin a file or a table; write ``summary.csv`` (a row a column), ``bins.csv`` (a row a bin)."""
    check_event_of_kind(options)
    learn = _learn_in_database if check_source(options, "data") else _learn_from_file
    binner = learn(options)

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
    if options.connect is not None:
        write_queries(binner.queries_, folder / "queries.sql")


def _learn_from_file(options: argparse.Namespace) -> OptimalBinner:
    frame = read_file(options.data, separator=options.separator, encoding=options.encoding)
    aside = _named_columns(options)
    require_columns([*aside, *options.keep], frame)

    y, weight = frame[options.target], options.sample_weight
    event = named_event(options.event, y) if options.target_type == "binary" else None
    weights = None if weight is None else frame[weight].to_numpy()
    features = characteristics(frame, options.keep, aside)
    return _binner(options, event, features).fit(frame[features], y, weights)


def _learn_in_database(options: argparse.Namespace) -> OptimalBinner:
    """Fit bins on a table of a database, of which no row is read here."""
    aside = _named_columns(options)
    with connection(options.connect) as database:
        table = opened_table(database, options.table)
        require_columns([*aside, *options.keep], table)
        event = None
        if options.target_type == "binary":
            event = event_of_labels(options.event, target_labels(table, options.target))

        features = characteristics_of_table(table, options.keep, aside)
        binner = _binner(options, event, features).fit_frame(
            table, options.target, sample_weight=options.sample_weight, features=features
        )
        # What was asked before the fit left the database too.
        binner.queries_ = tuple(table.queries)
    return binner


def _named_columns(options: argparse.Namespace) -> list[str]:
    """Columns that are no characteristics because the command line says so."""
    weight = options.sample_weight
    return [options.target, *([weight] if weight else []), *options.exclude]


def _binner(options: argparse.Namespace, event: Any, features: list[Any]) -> OptimalBinner:
    return OptimalBinner(
        target_type=options.target_type,
        event_label=event,
        max_n_bins=options.max_bins,
        monotonic_trend=None if options.trend == "none" else options.trend,
        special_codes=special_codes_option(options.special),
        categorical_features=declared_columns(options.categorical, features),
    )
