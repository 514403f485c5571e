"""``infotheory score`` and ``infotheory monitor``: a card that is in use, on files and tables."""

import argparse
import gzip
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from infotheory._files import replace_file
from infotheory._optional import require
from infotheory.cli.cards import card_of_file, words_of_card
from infotheory.cli.connections import (
    check_source,
    connection,
    opened_table,
    write_queries,
)
from infotheory.cli.data_files import read_file, require_columns
from infotheory.cli.text_files import columns_of_words
from infotheory.engines import Frame
from infotheory.exceptions import UnseenValueWarning
from infotheory.report import Report, monitoring_report
from infotheory.scorecard import Scorecard, ScorecardMonitor, ScorecardRegressor

__all__ = ["monitor_files", "score_file"]


def score_file(options: argparse.Namespace) -> None:
    """Write the rows of a file with their points, and their probability or mean."""
    card = card_of_file(options.card)
    is_connected = check_source(options, "data")
    has_view = options.view is not None
    if (options.output is not None) == has_view or (has_view and not is_connected):
        message = (
            "score must write one thing, got "
            f"{'--view without --connect' if has_view and not is_connected else 'none or both'}"
            ": give -o FILE, or with --connect --view NAME"
        )
        raise ValueError(message)
    if is_connected:
        _score_table(card, options)
        return
    form = {"separator": options.separator, "encoding": options.encoding}
    frame = read_file(options.data, words=words_of_card(card), **form)
    require_columns(card.feature_names_in_, frame)

    # A score of values that the fit has not seen is no surprise to a report, but one to a user.
    with warnings.catch_warnings():
        warnings.simplefilter("default", UnseenValueWarning)
        scores = _scores(card, frame[list(card.feature_names_in_)])
    _check_free(scores, frame.columns)
    scored = pd.concat([frame, scores], axis=1)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(options.output) as file:
        if options.output.suffix == ".parquet":
            scored.to_parquet(file, index=False)
        else:
            packed = "gzip" if options.output.suffix == ".gz" else None
            scored.to_csv(file, index=False, compression=packed)
    print(f"scores: {options.output.resolve()}")


def _check_free(scores: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise ValueError for two columns of one name, which the file could not tell apart."""
    there = {*columns}
    taken = [name for name in scores.columns if name in there]
    if taken:
        message = f"DATA must not have the columns that are written, got {taken}; rename them"
        raise ValueError(message)


def _score_table(card: Scorecard | ScorecardRegressor, options: argparse.Namespace) -> None:
    """Write the rows of a table with their points, or make a view of them where they lie."""
    with connection(options.connect, writes=options.view is not None) as database:
        table = opened_table(database, options.table)
        require_columns(card.feature_names_in_, table)
        if options.view is not None:
            card.create_view(database, options.view, table=table)
            print(f"view: {options.view} of {options.table}; no row left the database")
            return

        options.output.parent.mkdir(parents=True, exist_ok=True)
        with replace_file(options.output) as file, warnings.catch_warnings():
            warnings.simplefilter("default", UnseenValueWarning)
            _write_batches(_scored_batches(card, table), file, options.output.suffix)
    print(f"scores: {options.output.resolve()}")
    write_queries(table.queries, options.output.with_name(f"{options.output.name}.queries.sql"))


def _scored_batches(card: Scorecard | ScorecardRegressor, table: Frame) -> Iterator[Any]:
    """Yield the rows of a table with their scores, some at a time: a table may be large."""
    arrow = require("pyarrow", extra="ibis", purpose="tables in a database")
    for batch in table.batches():
        scores = _scores(card, batch.select(list(card.feature_names_in_)))
        _check_free(scores, batch.column_names)
        columns = [arrow.array(scores[name].to_numpy()) for name in scores.columns]
        names = [*batch.column_names, *scores.columns]
        yield arrow.Table.from_arrays([*batch.columns, *columns], names=names)


def _write_batches(batches: Iterator[Any], file: BinaryIO, suffix: str) -> None:
    """Write tables of one kind below each other."""
    require("pyarrow", extra="ibis", purpose="tables in a database")
    if suffix == ".parquet":
        parquet = require("pyarrow.parquet", extra="ibis", purpose="writing Parquet")
        writer = None
        # Closed where a batch fails too: later its file is gone, into which it writes its end.
        with ExitStack() as opened:
            for batch in batches:
                if writer is None:
                    writer = opened.enter_context(parquet.ParquetWriter(file, batch.schema))
                writer.write_table(batch)
        return

    with gzip.GzipFile(fileobj=file, mode="wb") if suffix == ".gz" else nullcontext(file) as text:
        for number, batch in enumerate(batches):
            # Types of Arrow, so that a column of integers looks alike in all batches.
            rows = batch.to_pandas(types_mapper=pd.ArrowDtype)
            rows.to_csv(text, index=False, header=number == 0)


def _scores(card: Scorecard | ScorecardRegressor, rows: Any) -> pd.DataFrame:
    """Points of each row, and the probability of an event, or the mean of a card of one."""
    columns = {"points": card.predict_points(rows)}
    # The points have told of unseen values already.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnseenValueWarning)
        if isinstance(card, ScorecardRegressor):
            columns["mean"] = card.predict(rows)
        # A card that was read from a document of points alone has no probabilities.
        elif card.origin_ == "fit":
            place = list(card.classes_).index(card.event_label_)
            columns["event_probability"] = card.predict_proba(rows)[:, place]
    return pd.DataFrame(columns)


def monitor_files(options: argparse.Namespace) -> None:
    """Compare the rows of a file or table, by period, with reference rows; write the report."""
    card = card_of_file(options.card)
    if check_source(options, "data"):
        _monitor_tables(card, options)
        return
    if options.reference is None or options.reference_table is not None:
        message = (
            "monitor needs reference rows, got "
            f"{'--reference-table without --connect' if options.reference_table else 'none'}; give "
            "REFERENCE and DATA, or --connect URL --reference-table NAME --table NAME"
        )
        raise ValueError(message)
    form = {"separator": options.separator, "encoding": options.encoding}
    known = words_of_card(card)
    reference = read_file(options.reference, "REFERENCE", words=known, **form)
    data = read_file(options.data, words=columns_of_words(reference) | known, **form)
    weight = options.sample_weight
    roles = [weight] if weight else []
    require_columns([*card.feature_names_in_, options.target, *roles], reference)
    periods = [options.period] if options.period else []
    require_columns([*card.feature_names_in_, *roles, *periods], data)

    # Outcomes of the reference are known; those of rows in use may not be known yet.
    names = list(card.feature_names_in_)
    monitor = ScorecardMonitor.from_reference(
        card, reference[names], reference[options.target], reference[weight] if weight else None
    )
    report = monitoring_report(
        monitor,
        data[names],
        data.get(options.target),
        sample_weight=data[weight] if weight else None,
        periods=data[options.period].to_numpy() if options.period else None,
        period_order=options.period_order,
        tolerance=options.tolerance,
        alpha=options.alpha,
        title=options.title or f"Monitoring report: {options.data.name}",
    )
    _write_monitoring(report, options.output)


def _monitor_tables(card: Scorecard | ScorecardRegressor, options: argparse.Namespace) -> None:
    """Compare a table of a database with another one, or with a file; both are only counted."""
    if (options.reference is None) == (options.reference_table is None):
        message = (
            "monitor --connect needs reference rows of one place, got "
            f"{'none' if options.reference is None else 'two'}; give --reference-table NAME, or "
            "the file REFERENCE"
        )
        raise ValueError(message)

    names, weight = list(card.feature_names_in_), options.sample_weight
    roles = [weight] if weight else []
    periods = [options.period] if options.period else []
    with connection(options.connect) as database:
        table = opened_table(database, options.table)
        require_columns([*names, *roles, *periods], table)
        reference: Any = (
            read_file(options.reference, "REFERENCE", words=words_of_card(card))
            if options.reference is not None
            else opened_table(database, options.reference_table, "--reference-table")
        )
        require_columns([*names, options.target, *roles], reference)
        monitor = ScorecardMonitor.from_reference_frame(
            card, reference, options.target, sample_weight=weight
        )
        report = monitoring_report(
            monitor,
            table,
            options.target if options.target in table.columns else None,
            sample_weight=weight,
            periods=options.period,
            period_order=options.period_order,
            tolerance=options.tolerance,
            alpha=options.alpha,
            title=options.title or f"Monitoring report: {options.table}",
        )
    of_reference = reference.queries if isinstance(reference, Frame) else []
    _write_monitoring(report, options.output)
    write_queries([*of_reference, *table.queries], options.output / "queries.sql")


def _write_monitoring(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    report.to_json(folder / "monitoring.json")
    report.to_excel(folder / "monitoring.xlsx")
    page = report.to_html(folder / "monitoring.html")
    print(f"monitoring: {page.resolve()}")
