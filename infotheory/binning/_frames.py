"""Fitting and transforming frames of any engine: what is counted there, and the bins made of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import narwhals as nw
import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import IntArray, LabelArray
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.counts import CountedPreBins, counted_prebins
from infotheory.binning.prebins.grouping import Grouping
from infotheory.binning.prebins.rows import PreBins
from infotheory.engines import (
    SAMPLE_ROWS,
    FrameCounts,
    PrebinOptions,
    bin_column,
    fine_cells,
    open_frame,
    read_columns,
)
from infotheory.engines.counting import count_population
from infotheory.engines.population import read_population

__all__ = ["FrameMethods"]


class FrameMethods(ABC):
    """Methods of a binner for frames of any engine; what comes after the counts is that of ``fit``."""

    event_label: Any
    features_: dict[str, FeatureBins]

    @abstractmethod
    def _check_options(self, names: tuple[str, ...]) -> None: ...

    @abstractmethod
    def _prebin_options(self, name: str) -> PrebinOptions: ...

    @abstractmethod
    def _group(self, prebins: list[PreBins]) -> list[Grouping]: ...

    @abstractmethod
    def _store(self, prebins: list[PreBins], groupings: list[Grouping]) -> None: ...

    @abstractmethod
    def _values_by_code(self, name: str) -> LabelArray: ...

    @abstractmethod
    def _warn_unseen(self, codes: Mapping[str, IntArray]) -> None: ...

    @abstractmethod
    def _check_counts_suffice(self) -> None: ...

    @abstractmethod
    def _take_groups(self, counts: FrameCounts, made: list[CountedPreBins]) -> None: ...

    def fit_frame(
        self,
        frame: Any,
        target: str,
        *,
        sample_weight: str | None = None,
        protected: str | Sequence[str] | None = None,
        features: Sequence[str] | None = None,
        random_state: int = 0,
    ) -> Self:
        """Learn the bins from a frame of any engine, in two passes.

        The first pass draws a random sample of about ``SAMPLE_ROWS`` (131 072) rows, which places
        about 1024 fine cells a numerical feature, and lists the levels of the categorical ones; the
        sample is all that is collected besides tables. The second counts all rows by fine cell and
        class. Pre-bins are made of the fine cells by the quantile rule of ``fit``, so that the bins
        are exactly those of ``fit`` where the frame has no more rows than the sample, where splits
        are given, and for categories; beyond that, each cut may be off by a fraction of a fine
        cell, which the exact counts bound (``rank_errors_``).

        Parameters
        ----------
        frame : frame
            A pandas, PyArrow or Polars table, a Polars lazy frame, a DuckDB relation, or a PySpark
            data frame.
        target : str
            Column with two distinct labels.
        sample_weight : str, optional
            Column of sampling weights; rows of weight 0 count as absent.
        protected : str or sequence of str, optional
            Columns of protected attributes: no features, but counted by group.
        features : sequence of str, optional
            Columns of the features; all columns with no other role when None.
        random_state : int
            Seed of the sample.

        Returns
        -------
        BaseBinner
            The fitted binner, with ``counts_`` (the ``FrameCounts``) and ``rank_errors_`` (by
            numerical feature) besides the attributes of ``fit``.

        Raises
        ------
        ValueError
            If a column is missing, the data or an option is not valid, or no rows of one class have
            weight.
        TypeError
            If the frame is of no known engine, or a column holds neither numbers nor categories.
        InfeasibleError
            If no bins meet the limits.
        """
        opened = open_frame(frame)
        groups = (
            ()
            if protected is None
            else (protected,)
            if isinstance(protected, str)
            else tuple(protected)
        )
        roles = {target, *groups, *(() if sample_weight is None else (sample_weight,))}
        names = (
            [name for name in opened.columns if name not in roles]
            if features is None
            else list(features)
        )
        taken = sorted(roles & set(names))
        if taken or not names:
            message = (
                f"features must be columns besides target, sample_weight and protected {sorted(roles)}, "
                f"got {taken or 'none'}"
            )
            raise ValueError(message)
        self._check_counts_suffice()
        self._check_options(tuple(names))
        options = {name: self._prebin_options(name) for name in names}
        population = read_population(
            opened,
            target=target,
            event_label=self.event_label,
            weights=sample_weight,
            groups=groups,
        )
        specs = fine_cells(opened, options, sample_weight=sample_weight, rng=random_state)
        counts = count_population(opened, specs, population)
        return self._fit_counts(counts, exact=counts.rows <= SAMPLE_ROWS)

    def fit_counts(self, counts: FrameCounts) -> Self:
        """Learn the bins from counts of fine cells alone.

        Parameters
        ----------
        counts : FrameCounts
            What ``count_frame`` returned for the cells of ``fine_cells``, summed over shards where
            there are several.

        Returns
        -------
        BaseBinner
            The fitted binner, as after ``fit_frame``.

        Raises
        ------
        ValueError
            If the counts do not fit the options (event label, special codes, splits), or no rows of
            one class have weight.
        InfeasibleError
            If no bins meet the limits.
        """
        self._check_counts_suffice()
        self._check_options(tuple(counts.specs))
        return self._fit_counts(counts, exact=False)

    def transform_frame(self, frame: Any) -> Any:
        """Replace each value of the features by what ``metric`` says of its bin, on the engine of the frame.

        Parameters
        ----------
        frame : frame
            A frame of any engine with the features of the fit; other columns are kept.

        Returns
        -------
        frame
            A frame of the same engine, lazy where the engine is: nothing is computed before it is
            used. Values equal those of ``transform``. Where ``transform`` would raise for a row (an
            infinite number that is not special, an unseen category with ``cat_unknown="error"``) a
            lazy frame holds null.

        Raises
        ------
        ValueError
            If a feature is missing.
        TypeError
            If a column does not hold what its bins are made of.
        """
        check_is_fitted(self)
        opened = open_frame(frame)
        specs = {name: bins.spec for name, bins in self.features_.items()}
        opened.check_columns("features of the fit", specs)
        values = {name: self._values_by_code(name) for name in specs}
        if not opened.eager:
            bins = [bin_column(spec, values[name], opened) for name, spec in specs.items()]
            return opened.as_given(opened.lazy().with_columns(*bins))
        table, names = opened.lazy().collect(), list(specs)
        columns = read_columns(
            table.select(names).to_native(), kinds=[spec.kind for spec in specs.values()]
        )
        pairs = zip(specs.items(), columns.data, strict=True)
        codes = {name: spec.encode(data, np.int32) for (name, spec), data in pairs}
        self._warn_unseen(codes)
        backend = table.implementation
        found = [nw.new_series(name, values[name][codes[name]], backend=backend) for name in names]
        return table.with_columns(*found).to_native()

    def _fit_counts(self, counts: FrameCounts, *, exact: bool) -> Self:
        names = tuple(counts.specs)
        if self.event_label is not None and self.event_label != counts.event_label:
            message = (
                f"event_label must be that of the counts, {counts.event_label!r}, or None, got "
                f"{self.event_label!r}; "
                "count again with this label"
            )
            raise ValueError(message)
        _check_both_classes(counts)
        self.n_features_in_, self.feature_names_in_ = len(names), np.array(names, dtype=object)
        self.classes_, self.event_label_ = np.array(counts.classes), counts.event_label
        made = [counted_prebins(counts, name, self._prebin_options(name)) for name in names]
        self.counts_ = counts
        self.rank_errors_ = {
            m.cells.spec.name: 0.0 if exact else m.rank_error
            for m in made
            if not np.isnan(m.rank_error)
        }
        prebins = [m.cells for m in made]
        self._take_groups(counts, made)
        self._store(prebins, self._group(prebins))
        return self


def _check_both_classes(counts: FrameCounts) -> None:
    table = next(iter(counts.tables.values())).without_groups()
    empty = [
        label
        for label, total in zip(("non-events", "events"), table.counts.sum(axis=0), strict=True)
        if total <= 0
    ]
    if empty:
        message = (
            f"y must hold two classes, got no weight of {' and '.join(empty)} among the two labels "
            f"{list(counts.classes)}; rows of weight 0 count as absent"
        )
        raise ValueError(message)
