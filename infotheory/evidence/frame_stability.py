"""Stability of all features of two frames, which may lie on different engines."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from infotheory._any_table import of_two_classes
from infotheory._validation import check_level
from infotheory.cells import UNSEEN, BinSpec
from infotheory.engines import FrameCounts, count_frame, open_frame
from infotheory.engines.periods import periods_of_frame
from infotheory.engines.population import with_one_class
from infotheory.evidence.drift import (
    SHIFT,
    check_tolerance,
    flag_changes,
    samples_of_periods,
    stability_of_each,
)
from infotheory.tables import CountTable

__all__ = ["population_stability_indices"]


def population_stability_indices(
    expected: Any,
    actual: Any,
    specs: Mapping[str, BinSpec],
    *,
    periods: str | None = None,
    period_order: Sequence[Any] | None = None,
    sample_weight: str | None = None,
    level: float = 0.95,
    alpha: float = 0.05,
    tolerance: float = SHIFT,
) -> pd.DataFrame:
    """Return the population stability index of every feature between two frames of any engine.

    Each frame is counted where it lies, in one scan for all numerical features and a group-by for
    each categorical one; only the tables leave the engines.

    Parameters
    ----------
    expected, actual : frame
        Pandas, PyArrow or Polars tables, Polars lazy frames, DuckDB relations or PySpark data
        frames with the columns of the features; the two may be of different engines.
    specs : mapping of str to BinSpec
        Bins by feature, such as ``specs_`` of a fitted binner. Missing, special and unseen values
        are bins of their own.
    periods : str, optional
        Column of ``actual`` with labels of time: one index a feature and period; one for all of its
        rows when None.
    period_order : sequence, optional
        The periods from the first to the last. Without it they are in the order of their dates,
        of text that reads as dates, months ("2024-05") or quarters ("2024-Q1"), of numbers and of
        ordered categories; other text is in the order of its rows, where these lie in memory with
        each period in one block.
    sample_weight : str, optional
        Column of sampling weights, in both frames.
    level : float
        Coverage of the intervals.
    alpha : float
        Size of the test behind ``critical_value``, and probability of any ``alarm`` where nothing
        has changed.
    tolerance : float
        Index that does no harm, at least 0: an alarm says that an index exceeds it by more than
        chance explains. With 0 every change alarms.

    Returns
    -------
    DataFrame
        One row a feature [and period]: feature, [period,] then the columns of
        :func:`stability_by_period` (value, standard_error, low, high, p_value, critical_value,
        band, ...; high is infinite where a bin has no rows of one sample although 3 or more are
        expected; n_period is the size of ``actual``, or of the period), adjusted_p_value
        and adjusted_tolerance_p_value (Benjamini and Hochberg's over the features of a period),
        overall_p_value and overall_tolerance_p_value (these adjusted over all periods, Holm), moved
        (overall_p_value below ``alpha``: something has changed) and alarm
        (overall_tolerance_p_value below ``alpha``: the index exceeds ``tolerance``). Periods are in
        the order of time, and one of which no row has weight is none. Where rows do not tell an
        interval or a test it is NaN, with a reason.

    Raises
    ------
    ValueError
        If there are no features, a column is missing, a frame is empty, a number is infinite and
        not special, a category is unseen where ``unknown="error"``, weights are not valid, or an
        option is not.
    TypeError
        If a frame is of no known engine, or a column does not hold what its bins are made of.

    Examples
    --------
    >>> spec = BinSpec(name="age", kind="numerical", splits=(40.0,))
    >>> march = pd.DataFrame({"age": [30] * 100 + [50] * 100})
    >>> april = pd.DataFrame({"age": [30] * 80 + [50] * 120})
    >>> table = population_stability_indices(march, april, {"age": spec})
    >>> table[["feature", "value", "critical_value", "moved", "alarm"]].round(4).to_numpy().tolist()
    [['age', 0.0405, 0.0384, True, False]]
    """
    check_level(level)
    check_level(alpha, "alpha")
    check_tolerance(tolerance)
    if not specs:
        message = "specs must hold the bins of at least one feature, got none"
        raise ValueError(message)

    reference = _count(expected, "expected", specs, sample_weight)
    counts = _count(actual, "actual", specs, sample_weight, periods)
    # Without periods all rows are one period, whose name is not shown.
    shown = {"": ""}
    if periods is not None:
        names = _check_periods(counts, periods)
        shown = periods_of_frame(open_frame(actual), periods, names, period_order)
    elif period_order is not None:
        message = "period_order needs periods, got periods=None; name the column of the periods"
        raise ValueError(message)

    pairs, labels = [], []
    for feature, spec in specs.items():
        table, of_reference = (
            of_two_classes(counted.tables[feature]) for counted in (counts, reference)
        )
        by_period = _tables_by_period(_with_unseen(table, spec), shown)
        reference_table = _with_unseen(of_reference, spec)
        pairs.append(samples_of_periods(reference_table, by_period))
        labels.append(reference_table.labels)
    table = stability_of_each(pairs, level=level, alpha=alpha, tolerance=tolerance, labels=labels)
    table.insert(0, "feature", [name for name in specs for _ in by_period])
    table.insert(1, "period", [*by_period] * len(specs))

    # The features of a period are one family of tests; all periods are looked at together.
    table = flag_changes(table, table["period"].tolist(), alpha)
    return table.drop(columns="period") if periods is None else table


def _count(
    frame: Any,
    name: str,
    specs: Mapping[str, BinSpec],
    sample_weight: str | None,
    periods: str | None = None,
) -> FrameCounts:
    """Count the bins of a frame [by period], which must hold rows."""
    # Stability asks for no outcome: all rows count as non-events.
    opened, target = with_one_class(open_frame(frame))
    opened.check_columns("periods", () if periods is None else [periods])
    counts = count_frame(
        opened,
        specs,
        target=target,
        sample_weight=sample_weight,
        groups=periods,
        classes=(0, 1),
    )
    if not counts.rows:
        message = f"{name} must hold rows, got an empty frame"
        raise ValueError(message)
    return counts


def _tables_by_period(table: CountTable, shown: Mapping[str, str]) -> dict[str, CountTable]:
    """Table of each period in order; all rows are one period where the table has no groups."""
    if not table.groups:
        return {"": table}
    # Each group is a tuple of one label, that of its period.
    place = {str(label): i for i, (label,) in enumerate(table.groups)}
    return {
        name: CountTable(
            table.labels, table.counts[..., place[text]], table.squared_weights[..., place[text]]
        )
        for text, name in shown.items()
    }


def _check_periods(counts: FrameCounts, periods: str) -> list[str]:
    """Return the periods; ValueError where rows have none: nobody asks for a sample of these."""
    labels = [label for (label,) in next(iter(counts.tables.values())).groups]
    if any(label is None for label in labels):
        message = (
            f"periods must not be missing, got rows without one in column {periods!r}; drop those "
            "rows or give them a label"
        )
        raise ValueError(message)
    return [str(label) for label in labels]


def _with_unseen(table: CountTable, spec: BinSpec) -> CountTable:
    """Show the row of unseen categories, empty or not, so that two tables have the same rows."""
    if table.n_bins == spec.n_codes:
        return table
    counts, squared = (
        np.vstack([cells, np.zeros((1, *cells.shape[1:]))])
        for cells in (table.counts, table.squared_weights)
    )
    return CountTable((*spec.labels, UNSEEN), counts, squared, table.groups)
