"""A monitor and the rows of later periods to one dict, from which every format is written."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from infotheory._typing import ArrayLike
from infotheory.engines import Frame
from infotheory.evidence.drift import NO_ROWS
from infotheory.report.formats import number_texts as numbers
from infotheory.report.formats.excel import write_book
from infotheory.report.formats.monitoring_page import render_monitoring
from infotheory.report.formats.printed_tables import monitoring_tables
from infotheory.report.models import options_of_card
from infotheory.report.plain import Measured, plain
from infotheory.report.sections.provenance import data_fingerprint, provenance
from infotheory.report.summary import Report
from infotheory.scorecard import (
    MigrationMatrix,
    MonitoringResult,
    ScorecardMonitor,
    ScorecardRegressor,
)

__all__ = ["MONITORING_SCHEMA_VERSION", "monitoring_report"]

MONITORING_SCHEMA_VERSION = 5
_SMALL = 100
_STANDING = (
    "Periods share one reference, so that its noise moves all of them the same way.",
    (
        "Rows count as independent of each other; accounts that come again in a period make tests "
        "too keen."
    ),
    (
        "Where the reference is the training rows, its AUC, Gini and calibration slope flatter, "
        "and new rows look worse."
    ),
)
_BY_CHANCE = (
    "Alarms are adjusted over all {} families of tests: the score, the characteristics and "
    "the performance of each period: where nothing has changed, chance gives any alarm in at most "
    "{:g} % of such reports. Without this adjustment it would give about {:.2g} in each."
)
_NOT_OF_OTHERS = (
    "Reports know nothing of each other: of twelve that are made month by month, each at {:g} %, "
    "about {:.2g} alarm by chance."
)
_NO_OUTCOMES = "Outcomes are not known, so that nothing is said of discrimination and calibration."
_STAYED = "The rows stayed on their engine, which counted them: there is no fingerprint of them."
_ONE_SIDED = (
    "Bins that one sample does not reach hold a half row in the index (not in the test): {}."
)
_WITHHELD_COLUMNS = ["period", "what", "reason"]
_WITHHELD = "{} of {}: withheld, the period holds {}."
_SMALL_PERIOD = "Small periods find only large drift: {} has an effective size of {:.0f}."


def monitoring_report(
    monitor: ScorecardMonitor,
    X: Any,
    y: ArrayLike | str | None = None,
    *,
    sample_weight: ArrayLike | str | None = None,
    periods: Any = None,
    period_order: Sequence[Any] | None = None,
    migration: "MigrationMatrix | None" = None,
    notes: Sequence[str] = (),
    level: float = 0.95,
    alpha: float = 0.05,
    tolerance: float = 0.1,
    title: str = "Monitoring report",
) -> Report:
    """Compare periods with the reference of a monitor and lay out what was found.

    Parameters
    ----------
    monitor : ScorecardMonitor
        The monitor.
    X : array-like or frame of shape (n_rows, n_columns), or mapping
        Rows of the periods, or a mapping of the name of each period to a mapping with its X, and
        optionally y and sample_weight; as for
        :meth:`infotheory.scorecard.ScorecardMonitor.compare`. Of a frame that is not in memory
        (lazy, of DuckDB, Spark, Ibis) ``y``, ``sample_weight`` and ``periods`` are names of
        columns, and its engine counts; as for
        :meth:`infotheory.scorecard.ScorecardMonitor.compare_frame`.
    y : array-like of shape (n_rows,) or str, optional
        Labels of the card, whose event it is; None where outcomes are not known yet.
    sample_weight : array-like of shape (n_rows,) or str, optional
        Sampling weights.
    periods : str or array-like of shape (n_rows,), optional
        Period of each row.
    period_order : sequence, optional
        The periods from the first to the last; as for
        :meth:`infotheory.scorecard.ScorecardMonitor.compare`.
    migration : MigrationMatrix, optional
        Bands of the same accounts at two dates.
    notes : sequence of str
        What else a reader must know, shown first among the limitations.
    level : float
        Coverage of the intervals.
    alpha : float
        Size of the tests behind alarms.
    tolerance : float
        Stability index that does no harm; as for
        :meth:`infotheory.scorecard.ScorecardMonitor.compare`.
    title : str
        Heading of the report.

    Returns
    -------
    Report
        The report; ``to_html``, ``to_json`` and ``to_excel`` write it.

    Raises
    ------
    ValueError
        If rows, labels or options are not valid; the message names the period.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> from infotheory.scorecard import Scorecard, ScorecardMonitor
    >>> X = X[["duration_in_month", "purpose"]]
    >>> card = Scorecard().fit(X[:600], y[:600])
    >>> monitor = ScorecardMonitor.from_reference(card, X[:600], y[:600])
    >>> report = monitoring_report(monitor, {"May": {"X": X[600:800]}, "June": {"X": X[800:]}})
    >>> report.summary["title"]
    'Monitoring report'
    """
    options: dict[str, Any] = {"periods": periods, "period_order": period_order}
    options |= {"level": level, "alpha": alpha, "tolerance": tolerance}
    is_frame = _stays_on_its_engine(X)
    if is_frame:
        names: Any = (y, sample_weight)
        result = monitor.compare_frame(X, names[0], sample_weight=names[1], **options)
    else:
        result = monitor.compare(X, y, sample_weight, **options)
    settings = {
        "level": level,
        "alpha": alpha,
        "tolerance": tolerance,
        "score_bins": monitor.score_bins.n_bins,
    }
    parameters = options_of_card(monitor.card)
    summary: dict[str, Any] = {
        "schema": {"name": "infotheory.monitoring_report", "version": MONITORING_SCHEMA_VERSION},
        "title": title,
        "conventions": _conventions(monitor, result),
        # the first row is that of the reference
        "names": result.periods["period"].tolist()[1:],
    }

    for name in ("periods", "alarms", "stability", "bins", "performance"):
        summary[name] = getattr(result, name)
    summary["alarms"] = summary["alarms"].assign(sentence=_alarm_sentences(result))
    summary["migration"] = None if migration is None else _migration(migration, level)

    # Rows that stay where they are have no fingerprint, which is one of all their values.
    fingerprints = {} if is_frame else _fingerprints(X, y, sample_weight)
    standing = [_STAYED] if is_frame else []
    summary["limitations"] = [*map(str, notes), *standing, *_limitations(result)]
    summary["reproducibility"] = provenance(parameters, fingerprints, settings)
    return Report(plain(summary, level), page=render_monitoring, book=_write_book, document=None)


def _stays_on_its_engine(X: Any) -> bool:
    """Whether rows are counted where they are: those of a lazy frame, or of a database."""
    table = X.table if isinstance(X, Frame) else nw.from_native(X, pass_through=True)
    return isinstance(table, nw.LazyFrame)


def _write_book(summary: dict[str, Any], path: Path) -> Path:
    return write_book(summary, monitoring_tables(summary).values(), path)


def _alarm_sentences(result: MonitoringResult) -> list[str]:
    """Say of each alarm what was measured, against what, and with which p-value."""
    features = set(result.stability["feature"])
    sentences = []
    for row in result.alarms.itertuples(index=False):
        shown = numbers.p_value(row.p_value)
        p = shown if shown.startswith("<") else f"= {shown}"
        if row.what in features:
            said = f"index of {row.what} {row.value:.3g} exceeds the tolerance {result.tolerance:g}"
        else:
            said = f"{row.what} differs from the reference by {row.value:.3g}"
        sentences.append(f"{row.period}: {said} (adjusted p {p})")
    return sentences


def _conventions(monitor: ScorecardMonitor, result: MonitoringResult) -> dict[str, Any]:
    """Tell what numbers of the page are of: the event or the mean, levels, the unit."""
    card = monitor.card
    if isinstance(card, ScorecardRegressor):
        direction = "higher" if card.point_scale().rising else "lower"
        named = {
            "target_type": card.target_type,
            "short": f"target_type = {card.target_type!r}; more points say a {direction} mean",
        }
    else:
        event = card.event_label_
        named = {"event_label": str(event), "short": f"event = {event}; more points are safer"}

    return {
        **named,
        "level": result.level,
        "alpha": result.alpha,
        "tolerance": result.tolerance,
        "unit": "nats",
    }


def _migration(matrix: MigrationMatrix, level: float) -> dict[str, Any]:
    """Where the accounts of each band went, and whether more moved one way than the other."""
    measures = {
        "mobility (0 = nobody moves, 1 = no memory)": matrix.mobility(),
        "moves to a later band less moves to an earlier one": matrix.direction(),
    }

    test = matrix.symmetry()
    symmetry = {
        "test": "Bowker's test: flows between each two bands cancel",
        "statistic": test.statistic,
        "degrees_of_freedom": test.degrees_of_freedom,
        "p_value": test.p_value,
    }

    return {
        "labels": list(matrix.labels),
        "rates": matrix.rates,
        "cells": matrix.to_frame(level=level),
        "measures": [Measured({"measure": name}, value) for name, value in measures.items()],
        "symmetry": symmetry,
    }


def _limitations(result: MonitoringResult) -> list[str]:
    """Say what a reader must know, from what the numbers are."""
    stability, n_periods = result.stability, len(result.periods) - 1
    # A family is what is tested together in a period: its score, its characteristics, its
    # performance. One without a single p-value was not tested and gives no alarm by chance.
    tested = [
        stability.groupby(["period", "kind"])["tolerance_p_value"].count(),
        result.performance.groupby("period")["difference_p_value"].count(),
    ]
    families = sum(int((counts > 0).sum()) for counts in tested)
    size = 100.0 * result.alpha
    texts = [_BY_CHANCE.format(families, size, result.alpha * families), *_STANDING]
    if n_periods == 1:
        texts.insert(1, _NOT_OF_OTHERS.format(size, 12 * result.alpha))

    if len(result.performance) == 0:
        texts.append(_NO_OUTCOMES)
    elif result.performance["period"].nunique() < n_periods:
        texts.append("Outcomes are known in some of the periods only.")

    texts += _withheld(result)
    one_sided = stability[stability["one_sided_bins"] > 0]["feature"].unique().tolist()
    if one_sided:
        shown = ", ".join(map(str, one_sided[:5])) + ", …" * (len(one_sided) > 5)
        texts.append(_ONE_SIDED.format(shown))

    # Periods without rows are named above, and are not small ones.
    with_rows = stability[stability["n_period"] > 0.0]
    if (with_rows["n_period"] < _SMALL).any():
        smallest = with_rows.loc[with_rows["n_period"].idxmin()]
        texts.append(_SMALL_PERIOD.format(smallest["period"], smallest["n_period"]))
    return texts


def _withheld(result: MonitoringResult) -> list[str]:
    """Say of each period what is not told, and why."""
    parts = [
        result.stability[["period", "feature", "reason"]].set_axis(_WITHHELD_COLUMNS, axis=1),
        result.performance[["period", "measure", "reason"]].set_axis(_WITHHELD_COLUMNS, axis=1),
    ]
    # One sentence for all that a period withholds for one reason.
    whats: dict[tuple[str, str], list[str]] = {}
    for part in parts:
        for row in part[part["reason"].notna()].itertuples(index=False):
            whats.setdefault((row.period, row.reason), []).append(str(row.what))

    place = {name: i for i, name in enumerate(result.periods["period"])}
    texts = []
    for (period, reason), names in sorted(whats.items(), key=lambda entry: place[entry[0][0]]):
        what = "everything" if reason == NO_ROWS else ", ".join(names)
        texts.append(_WITHHELD.format(what[:1].upper() + what[1:], period, reason))
    return texts


def _fingerprints(X: Any, y: Any, sample_weight: Any) -> dict[str, str]:
    """SHA-256 of the rows of each period, or of all rows."""
    all_rows = {"all rows": {"X": X, "y": y, "sample_weight": sample_weight}}
    entries = X if isinstance(X, Mapping) else all_rows
    fingerprints = {}
    for name, entry in entries.items():
        vectors = [
            None if entry.get(key) is None else _column_to_hash(entry[key])
            for key in ("y", "sample_weight")
        ]
        fingerprints[str(name)] = data_fingerprint(_rows_to_hash(entry["X"]), *vectors)
    return fingerprints


def _rows_to_hash(X: Any) -> pd.DataFrame:
    """Rows of any kind as a table of pandas; a frame keeps the names of its columns."""
    table = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(X, pd.DataFrame) or not isinstance(table, nw.DataFrame):
        return pd.DataFrame(X)
    # Column by column: as a whole a frame of polars needs pyarrow on its way.
    return pd.DataFrame({name: table[name].to_numpy() for name in table.columns})


def _column_to_hash(values: Any) -> pd.Series:
    """One value a row of any kind as a column of pandas."""
    series = nw.from_native(values, series_only=True, pass_through=True)
    is_foreign = isinstance(series, nw.Series) and not isinstance(values, pd.Series)
    return pd.Series(series.to_numpy() if is_foreign else values)
