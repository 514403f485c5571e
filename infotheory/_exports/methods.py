"""What the bins of a fitted binner are written as, for programs that do not know this package."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._exports.python import write_bins_python
from infotheory._exports.rules import FeatureRule, feature_rule, rule_of_codes
from infotheory._exports.sql import write_bins_sql
from infotheory._typing import LabelArray
from infotheory._validation import check_option
from infotheory.cells import BinSpec

__all__ = ["BinExports"]

#: What a column is called after the name of its feature.
_SUFFIX = {"bins": "bin", "indices": "index"}


class ValuedBins(Protocol):
    """The bins of a feature, and what is said of each."""

    @property
    def spec(self) -> BinSpec:
        """The bins."""

    def values(self, metric: str) -> LabelArray:
        """Return what is said of each code."""


class ValuedBinner(Protocol):
    """A fitted binner: what is said of its bins, by name of the feature."""

    _metrics: ClassVar[tuple[str, ...]]
    metric: str

    @property
    def features_(self) -> Mapping[str, ValuedBins]:
        """The bins."""


class BinExports:
    """SQL and Python source of the bins of a fitted binner."""

    def to_sql(
        self: ValuedBinner,
        table_name: str,
        *,
        metrics: Sequence[str] | None = None,
        keep: Sequence[str] | None = None,
        dialect: str | None = None,
    ) -> str:
        """Write a query that adds bins, and what is said of them, to a table.

        Parameters
        ----------
        table_name : str
            Name of the table, in the SQL of the dialect: ``loans``, ``bank.loans``, ``"my loans"``.
        metrics : sequence of {"bins", "woe", "event_rate", "indices"}, optional
            What is added for each feature: the label of the bin (column ``age_bin``), its weight of
            evidence (``age_woe``), event rate (``age_event_rate``), code (``age_index``). When None
            the label and the ``metric`` of the binner.
        keep : sequence of str, optional
            Columns of the table that stay, such as its keys; all of them when None, none when
            empty.
        dialect : str, optional
            A dialect of sqlglot ("duckdb", "sqlite", "postgres", "mysql", "tsql", "snowflake",
            "bigquery", "spark", "oracle", ...). Without one the query is written in sqlglot's own
            dialect, which DuckDB and SQLite read.

        Returns
        -------
        str
            ``SELECT`` of columns of the table and those that are added. Of several classes a
            metric has one column each, with the number of the class at its end.

        Raises
        ------
        ValueError
            If a metric, the dialect or the name of the table is not valid, a column would have the
            name of another, or the dialect cannot express a special value.
        MissingDependencyError
            If sqlglot is not installed.

        Notes
        -----
        As in ``Scorecard.to_sql``: NULL and NaN are missing, and what ``transform`` refuses is
        NULL.

        Examples
        --------
        >>> import numpy as np
        >>> from infotheory import OptimalBinner
        >>> X, y = np.repeat([[1.0], [2.0]], 50, axis=0), np.repeat([0, 1, 0, 1], [20, 30, 40, 10])
        >>> binner = OptimalBinner().fit(X, y)
        >>> "x0_woe" in binner.to_sql("loans", keep=["id"], dialect="postgres")
        True
        """
        check_is_fitted(self, "features_")
        # Each once, in the order asked for: a column can be added only once.
        asked = dict.fromkeys(["bins", self.metric] if metrics is None else metrics)
        for metric in asked:
            check_option("metrics", metric, _said(self, self._metrics))
        columns = [
            column
            for name, bins in self.features_.items()
            for metric in asked
            for column in _columns(name, bins, metric)
        ]
        return write_bins_sql(columns, table_name, dialect, keep=keep, about=_about(self))

    def to_python(self: ValuedBinner, *, metric: str | None = None) -> str:
        """Write the bins as Python source that needs nothing beyond the standard library.

        Parameters
        ----------
        metric : {"woe", "event_rate", "indices", "bins"}, optional
            What ``transform`` of the source gives; the ``metric`` of the binner when None.

        Returns
        -------
        str
            Source that defines ``bins(row: dict) -> dict``, the label of the bin of each feature,
            and ``transform(row: dict) -> dict``, what the metric says of it. None and NaN are
            missing; a missing key raises KeyError, and a value that ``transform`` refuses raises
            ValueError or TypeError.

        Raises
        ------
        ValueError
            If the metric is not valid.

        Examples
        --------
        >>> import numpy as np
        >>> from infotheory import OptimalBinner
        >>> X, y = np.repeat([[1.0], [2.0]], 50, axis=0), np.repeat([0, 1, 0, 1], [20, 30, 40, 10])
        >>> namespace = {}
        >>> exec(OptimalBinner(metric="event_rate").fit(X, y).to_python(), namespace)
        >>> namespace["transform"]({"x0": 1.5})
        {'x0': 0.6}
        """
        check_is_fitted(self, "features_")
        metric = self.metric if metric is None else metric
        check_option("metric", metric, _said(self, self._metrics))
        features = [(bins.spec, bins.values(metric)) for bins in self.features_.values()]
        return write_bins_python(features, metric, _about(self))


def _said(binner: Any, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """List what can be said of the bins: the logarithm of shares of several classes only."""
    of_classes = getattr(binner, "target_type_", "binary") == "multiclass"
    return tuple(name for name in metrics if of_classes or name != "log_share")


def _columns(name: str, bins: ValuedBins, metric: str) -> Iterator[tuple[str, FeatureRule, bool]]:
    """Columns that a metric of a feature adds: name, rule, and whether it gives labels."""
    name = f"{name}_{_SUFFIX.get(metric, metric)}"
    if metric == "bins":
        yield name, rule_of_codes(bins.spec), True
        return

    # Of several classes a bin has one number a class, and each class a column.
    values = np.asarray(bins.values(metric), dtype=np.float64)
    if values.ndim == 1:
        yield name, feature_rule(bins.spec, values), False
        return
    for number, of_class in enumerate(values.T):
        yield f"{name}_{number}", feature_rule(bins.spec, of_class), False


def _about(binner: Any) -> str:
    """Say which label is the event, where there is one; without line breaks, as repr is."""
    event = getattr(binner, "event_label_", None)
    return "" if event is None else f"Bins, the event is {event!r}"
