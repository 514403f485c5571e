"""What all binners share: rows to pre-bins, groups of pre-bins to bins, bins to columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import ClassifierTags, Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from infotheory._any_table import AnyTable
from infotheory._exports.methods import BinExports
from infotheory._fresh_fit import fresh_fit
from infotheory._glance import binner_html
from infotheory._parallel import run_tasks
from infotheory._rows import Rows
from infotheory._typing import ArrayLike, IntArray, LabelArray
from infotheory.binning._frames import (
    FrameRoles,
    check_binner_options,
    check_levels_counted,
    check_one_source,
    check_rows_of_fit,
    count_coded,
    count_rows,
    declared_options,
    features_named,
    labels_of_counts,
    prebins_of,
    rank_errors,
    stacked_values,
    sum_to_bins,
    transformed_frame,
    two_class_rows,
    values_of_fit,
    warn_of_learnt,
    warn_unseen,
    without_periods,
)
from infotheory.binning.binning_table import any_evidence_table, compared_bins_table, summary_table
from infotheory.binning.features import (
    FeatureBins,
    FeatureViews,
    History,
    finish_bins,
    warn_lost_edits,
)
from infotheory.binning.prebins.counts import CountedPreBins, counted_prebins
from infotheory.binning.prebins.grouping import Grouping, group_counts
from infotheory.binning.prebins.learnt_evidence import sign_of_fit
from infotheory.binning.prebins.options import (
    METRICS,
    PREBIN_OPTIONS,
    check_feature,
    divergences_of,
)
from infotheory.binning.prebins.rows import PreBins, prebin
from infotheory.binning.prebins.searched import information_of_bins
from infotheory.engines import SAMPLE_ROWS, Columns, FrameCounts, as_table, read_columns
from infotheory.engines.memory import encode_features
from infotheory.engines.one_row import encode_row

__all__ = ["BaseBinner"]


class BaseBinner(FeatureViews, BinExports, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Transformer of the features of a binary target to bins.

    A subclass registers with ``group_counts`` how the pre-bins of a feature make bins, or overrides
    ``_group`` where all features are decided together.
    """

    _per_feature: ClassVar[tuple[str, ...]] = (*PREBIN_OPTIONS, "max_levels")
    _metrics: ClassVar[tuple[str, ...]] = METRICS

    max_n_prebins: int
    special_codes: Sequence[Any] | Mapping[str, Any] | None
    categorical_features: Sequence[Any] | Mapping[str, Any] | str | None
    cat_cutoff: float | None
    cat_unknown: str
    max_levels: str | int | None
    feature_params: Mapping[str, Mapping[str, Any]] | None
    metric: str
    zero_cells: str | float
    woe_sign: str
    event_label: Any
    n_jobs: int | None

    _html_repr = binner_html  # what scikit-learn (from 1.7 on) shows in notebooks
    classes_: LabelArray
    event_label_: Any
    n_features_in_: int
    audit_: list[dict[str, Any]]
    history_: History

    def __sklearn_clone__(self) -> Self:
        # Pipelines, cards and cross-validation clone what they fit, and lose edits with the fit.
        warn_lost_edits(getattr(self, "audit_", ()), "a clone", once=True)
        cloned: Self = super().__sklearn_clone__()
        return cloned

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.classifier_tags = ClassifierTags(multi_class=False)
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the bins.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            Two distinct labels.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights; rows of weight 0 count as absent.

        Returns
        -------
        BaseBinner
            The fitted binner.

        Raises
        ------
        ValueError
            If the data or an option is not valid, or no rows of one class have weight.
        InfeasibleError
            If no bins meet the limits.
        """
        self._learn(X, y, sample_weight)
        return self

    def fit_transform(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Learn the bins and transform the same rows, reading them once.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            Two distinct labels.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights; rows of weight 0 count as absent.

        Returns
        -------
        ndarray or frame of shape (n_rows, n_features)
            As ``transform``.
        """
        codes = {cells.spec.name: cells.codes for cells in self._learn(X, y, sample_weight)}
        return values_of_fit(self.features_, codes, self.metric)

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
            A table of any engine or database, see ``infotheory.engines.open_frame``.
        target : str
            Column with two distinct labels, or of what ``target_type`` says.
        sample_weight : str, optional
            Column of sampling weights (exposures of a rate); rows of weight 0 count as absent.
        protected : str or sequence of str, optional
            Columns of protected attributes: no features, but counted by group.
        features : sequence of str, optional
            Columns of the features; all columns with no other role when None.
        random_state : int
            Seed of the sample.

        Returns
        -------
        BaseBinner
            The fitted binner, with ``counts_`` (the ``FrameCounts``), ``queries_`` (what a database
            was asked) and ``rank_errors_`` (by numerical feature) besides what ``fit`` learns.

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
        # Options are checked before the frame is read, which may take minutes.
        roles = FrameRoles.read(frame, target, sample_weight, protected, features)
        self._check_counts_suffice()
        self._check_options(roles.features)
        counts = self._count_frame(roles, random_state)
        return self._learn_counts(counts, exact=counts.rows <= SAMPLE_ROWS)

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
        return self._learn_counts(counts, exact=False)

    def transform(self, X: Any) -> Any:
        """Replace each value by what ``metric`` says of its bin.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.

        Returns
        -------
        ndarray or frame of shape (n_rows, n_features)
            Weights of evidence or event rates (float64), bin codes (integers) or bin labels
            (objects).

        Raises
        ------
        ValueError
            If X does not have the features of the fit, or holds an infinite value that is not
            special.

        Warns
        -----
        UnseenValueWarning
            If rows fall into bins that had no rows in the fit; they get weight of evidence 0 and
            the overall event rate.
        """
        codes = self._encode(X)
        warn_unseen(self.features_, codes)
        return stacked_values(list(zip(self._values().values(), codes.values(), strict=True)))

    def transform_frame(self, frame: Any) -> Any:
        """Replace each value by what ``metric`` says of its bin, on the engine of the frame.

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
        return transformed_frame(frame, self.features_, self._columns())

    def bin_codes(self, X: Any) -> IntArray:
        """Code of the bin of each value (see ``BinSpec``).

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            The features of the fit.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Integers; the regular bins first, then special groups, missing, unseen.
        """
        return np.array(list(self._encode(X).values()), dtype=np.intp).T

    def summary(self, features: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Describe the bins of each feature.

        The information value is optimistic (see ``cross_fitted_information_value``) and has no
        p-value; the lower end of its interval is that of all mergers of the pre-bins at once.

        Parameters
        ----------
        features : str or sequence of str, optional
            Names of the features wanted, in this order; all when None.

        Returns
        -------
        pandas.DataFrame
            One row a feature: feature, dtype, status, n_bins, iv, iv_standard_error, iv_low,
            iv_high (95 % interval), trend, one_sided_bins, woe_by_hand (how many). Descriptive:
            trend_cost (of the shape), missing_share, special_share, smallest_bin (a share).

        Raises
        ------
        ValueError
            If a feature is unknown, or none is named.
        """
        check_is_fitted(self)
        chosen = features_named(self.features_, features)
        costs = {name: self._trend_cost(bins) for name, bins in chosen.items()}
        return summary_table(chosen, costs, self.zero_cells, divergences_of(self))

    def binning_table(
        self,
        feature: str,
        X: Any = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        table: "AnyTable | None" = None,
    ) -> pd.DataFrame:
        """Show counts, event rates, weights of evidence and information value by bin and in total.

        Parameters
        ----------
        feature : str
            Name of a feature.
        X : array-like or frame of shape (n_rows, n_features), optional
            Other rows, counted in the bins of the fit; the training rows when None.
        y : array-like of shape (n_rows,), optional
            Their target.
        sample_weight : array-like of shape (n_rows,), optional
            Their weights.
        table : CountTable, optional
            Counts of other rows in the pre-bins or the bins of this feature, in place of the rows
            (see ``count_prebins``); summed over periods or groups.

        Returns
        -------
        pandas.DataFrame
            Columns bin, count, share, nonevents, events, event_rate, woe, iv, woe_standard_error,
            woe_low, woe_high (95 % interval), iv_standard_error, iv_low, iv_high (of what each bin
            adds; in all that of ``summary``, of other rows of bins fixed before), adjusted (a half
            was added), woe_estimated, woe_reason; their name says what a positive weight means.

        Raises
        ------
        ValueError
            If the feature is unknown, only one of X and y is given, or both rows and a table, y
            holds a label that the fit did not, or the table has other bins.
        """
        counts = self._count(feature, X, y, sample_weight, table)
        if X is not None or table is not None:
            return any_evidence_table(counts, {}, None, *self._shown(feature))
        bins, divergence = self.features_[feature], divergences_of(self).get(feature)
        total = information_of_bins(bins, self.zero_cells, divergence)
        return any_evidence_table(counts, bins.woe_by_hand, total, *self._shown(feature))

    def count_prebins(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        periods: Any = None,
        period_order: Sequence[Any] | None = None,
    ) -> "dict[str, AnyTable]":
        """Count rows once in the pre-bins, so that bins made of these need no rows any more.

        ``binning_table(feature, table=...)`` sums such counts to bins, also to those of a binner
        that was tuned by hand since, as long as its splits are splits of the pre-bins. Frames of
        other engines: ``infotheory.engines.count_frame`` with ``prebin_specs_``.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Rows with the features of the fit, such as a hold-out sample.
        y : array-like of shape (n_rows,)
            Their target.
        sample_weight : array-like of shape (n_rows,), optional
            Their weights.
        periods : str or array-like of shape (n_rows,), optional
            Labels of time, or the column of X that holds them.
        period_order : sequence, optional
            The periods from the first to the last, where they do not tell.

        Returns
        -------
        dict of str to CountTable
            Counts by pre-bin and class [and period, in the order of time], one table a feature;
            categories that the fit never saw have a row "Unseen" where there are some.

        Raises
        ------
        ValueError
            If X, y or weights are not valid, a period is missing, or the order of periods is not
            known; if the binner was read from a card, which has no pre-bins.
        """
        check_is_fitted(self)
        prebins = prebins_of(self.features_)
        codes = self._encode(without_periods(X, periods), prebins)
        return count_coded(self, prebins, codes, X, y, sample_weight, periods, period_order)

    def compare(self, datasets: Mapping[str, tuple[Any, ...]], feature: str) -> pd.DataFrame:
        """Binning tables of several data sets in the same bins, side by side.

        Parameters
        ----------
        datasets : mapping
            Names to ``(X, y)`` or ``(X, y, sample_weight)``.
        feature : str
            Name of a feature.

        Returns
        -------
        pandas.DataFrame
            One row a bin and one of totals; columns (data set, column of ``binning_table``).

        Raises
        ------
        ValueError
            If there is no data set, or the feature is unknown.
        """
        if not datasets:
            message = 'datasets must hold at least one data set, got none; pass {"train": (X, y)}'
            raise ValueError(message)
        tables = {name: self._count(feature, *data) for name, data in datasets.items()}
        return compared_bins_table(tables, *self._shown(feature))

    def _learn(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None, counted_by: Any = None
    ) -> list[PreBins]:
        """Learn the bins of rows, and return the pre-bins with the code of each row."""
        with fresh_fit(self) as earlier:
            check_rows_of_fit(self, X, y, sample_weight, counted_by)
            columns = read_columns(X, categorical=self.categorical_features)
            self._check_options(columns.names)

            rows = self._read_target(y, sample_weight, columns.n_rows)
            prebins, groupings = self._bin(columns, rows, counted_by)
            self._store(prebins, groupings)
            warn_lost_edits(earlier.get("audit_", ()), "a fit")
            return prebins

    def _read_target(self, y: ArrayLike, sample_weight: ArrayLike | None, n_rows: int) -> Rows:
        """Learn what the target is, here two classes, and read the rows of the fit."""
        rows, labels = two_class_rows(y, n_rows, sample_weight, self.event_label)
        self.classes_, self.event_label_ = labels.classes, labels.event
        return rows

    def _learn_counts(self, counts: FrameCounts, *, exact: bool) -> Self:
        """Learn the bins of counts of fine cells; ``exact`` where every row placed the cells."""
        with fresh_fit(self) as earlier:
            check_levels_counted(counts, self.categorical_features)
            self._take_target(counts)
            names = tuple(counts.specs)
            self.n_features_in_, self.feature_names_in_ = len(names), np.array(names, dtype=object)
            options = declared_options(self, names)
            made = [counted_prebins(counts, name, options[name]) for name in names]
            self.counts_, self.queries_ = counts, counts.queries
            self.rank_errors_ = rank_errors(made, exact=exact)
            self._take_groups(counts, made)
            self._store(prebins := [m.cells for m in made], self._group(prebins))
            warn_lost_edits(earlier.get("audit_", ()), "a fit")
            return self

    def _take_target(self, counts: FrameCounts) -> None:
        """Learn from counts what the target is."""
        labels = labels_of_counts(counts, self.event_label)
        self.classes_, self.event_label_ = labels.classes, labels.event

    def _count_frame(self, roles: FrameRoles, random_state: int) -> FrameCounts:
        """Count a frame over fine cells, here by two classes."""
        options = declared_options(self, roles.features)
        return count_rows(roles, options, self.event_label, random_state)

    def _bin(
        self,
        columns: Columns,
        rows: Rows,
        counted_by: Any,  # noqa: ARG002 - for the binners that count groups or periods
    ) -> tuple[list[PreBins], list[Grouping]]:
        """Make pre-bins and their groups; a binner that needs more than counts overrides it."""
        prebins = self._make_prebins(columns, rows)
        return prebins, self._group(prebins)

    def _make_prebins(self, columns: Columns, rows: Rows) -> list[PreBins]:
        """Make the pre-bins of all features."""
        options = declared_options(self, columns.names)
        tasks = [
            (name, values, rows, options[name])
            for name, values in zip(columns.names, columns.data, strict=True)
        ]
        return self._each(prebin, tasks)

    def _group(self, prebins: list[PreBins]) -> list[Grouping]:
        """Decide the bins of all features from the tables of their pre-bins."""
        return self._each(group_counts, [(self, cells.spec, cells.sums) for cells in prebins])

    def _store(self, prebins: list[PreBins], groupings: list[Grouping]) -> None:
        """Make the bins from the pre-bins, as after a fit: nothing is changed by hand yet."""
        counted = [
            FeatureBins.of_groups(cells.spec, cells.sums, grouping)
            for cells, grouping in zip(prebins, groupings, strict=True)
        ]
        warn_of_learnt(self, prebins)
        finished = finish_bins(counted, self.zero_cells, self.woe_sign)
        self.features_ = {bins.name: bins for bins in finished}
        self.audit_, self.history_ = [], History()

    def _check_options(self, names: tuple[str, ...]) -> None:
        """Raise ValueError where an option is not valid for features of these names."""
        check_binner_options(self, names, self._metrics, self._per_feature)

    def _check_counts_suffice(self) -> None:
        """Raise an error where this binner needs rows."""

    def _take_groups(self, counts: FrameCounts, made: list[CountedPreBins]) -> None:
        """Take the counts of a frame by group; a subclass that uses them overrides it."""

    def _trend_cost(self, bins: FeatureBins) -> float:  # noqa: ARG002 - for those that impose one
        """Return what the shape of the event rate costs, NaN where nothing is maximised."""
        return np.nan

    def _each(self, function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Call a function for every feature, in threads."""
        return run_tasks(function, tasks, self.n_jobs, prefer="threads")

    def _values(self) -> dict[str, LabelArray]:
        """Output of the transform by feature and code."""
        return {name: bins.values(self.metric) for name, bins in self.features_.items()}

    def _columns(self) -> dict[str, tuple[str, LabelArray]]:
        """Each column of the transform: its feature, and the value of each code."""
        return {name: (name, values) for name, values in self._values().items()}

    def _encode(
        self, X: Any, features: Mapping[str, FeatureBins] | None = None
    ) -> dict[str, IntArray]:
        """Code of the bin of each value by feature; in other bins where these are given."""
        check_is_fitted(self)
        features = self.features_ if features is None else features
        if (one := encode_row(features, X, getattr(self, "feature_names_in_", None))) is not None:
            return one
        as_table(X)  # one-dimensional data get a message about their shape
        validate_data(self, X, skip_check_array=True, reset=False)
        return encode_features(features, X)

    def _count(
        self,
        feature: str,
        X: Any = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        table: AnyTable | None = None,
    ) -> AnyTable:
        """Count rows in the bins of a feature; the rows of the fit where none are given."""
        check_is_fitted(self)
        check_feature("feature", feature, tuple(self.features_))
        bins = self.features_[feature]
        check_one_source(X, y, sample_weight, table)
        if X is None or y is None:
            return bins.summed()[1] if table is None else sum_to_bins(bins, table)

        one, codes = {feature: bins}, self._encode(X)
        return count_coded(self, one, codes, X, y, sample_weight)[feature]

    def _shown(self, feature: str) -> tuple[Any, ...]:
        """Rule for zero cells, sign, header and codes without a row in tables of a feature."""
        sign = sign_of_fit(self, feature)
        header = f"event = {self.event_label_!r}, WoE > 0 is {'safer' if sign > 0 else 'riskier'}"
        return self.zero_cells, sign, header, self.features_[feature].spec.joined
