"""What all binners share: rows to pre-bins, groups of pre-bins to bins, bins to columns."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import ClassifierTags, Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from infotheory._parallel import run_tasks
from infotheory._typing import ArrayLike, FloatArray, IntArray, LabelArray
from infotheory._validation import as_binary_target, as_weights, check_length, check_option
from infotheory._warnings import warn
from infotheory.binning._frames import FrameMethods
from infotheory.binning.binning_table import binning_frame, compare_frames, summary_row
from infotheory.binning.features import FeatureBins, FeatureView
from infotheory.binning.prebins.counts import CountedPreBins
from infotheory.binning.prebins.grouping import BY_HAND, Grouping, Rows, check_feature
from infotheory.binning.prebins.rows import PrebinOptions, PreBins, count_codes, prebin
from infotheory.cells import UNSEEN, BinSpec
from infotheory.engines import FrameCounts, as_table, read_columns
from infotheory.evidence.binned_samples import check_zero_cells, samples_of_table
from infotheory.exceptions import SparseCellWarning, UnseenValueWarning
from infotheory.tables import CountTable

__all__ = ["BaseBinner"]

METRICS = ("woe", "event_rate", "indices", "bins")


class BaseBinner(FrameMethods, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Transformer of the features of a binary target to bins. A subclass says which pre-bins make a bin."""

    _per_feature: ClassVar[tuple[str, ...]] = (
        "max_n_prebins",
        "special_codes",
        "cat_cutoff",
        "cat_unknown",
    )

    max_n_prebins: int
    feature_params: Mapping[str, Mapping[str, Any]] | None
    metric: str
    zero_cells: str | float
    woe_sign: str
    event_label: Any
    n_jobs: int | None

    features_: dict[str, FeatureBins]

    @property
    def specs_(self) -> FeatureView[BinSpec]:
        """Bins by feature."""
        return FeatureView(self.features_, "spec")

    @property
    def tables_(self) -> FeatureView[CountTable]:
        """Counts of the bins by feature."""
        return FeatureView(self.features_, "table")

    @property
    def splits_(self) -> FeatureView[Any]:
        """Splits of numerical features, levels of each bin of categorical ones."""
        return FeatureView(self.features_, "splits")

    @property
    def status_(self) -> FeatureView[str]:
        """How the search ended by feature."""
        return FeatureView(self.features_, "status")

    @property
    def woe_(self) -> FeatureView[FloatArray]:
        """Weights of evidence by code, the unseen code last, by feature."""
        return FeatureView(self.features_, "woe")

    @property
    def groupings_(self) -> FeatureView[Grouping]:
        """Which pre-bins make a bin, by feature."""
        return FeatureView(self.features_, "grouping")

    @property
    def prebin_specs_(self) -> FeatureView[BinSpec]:
        """Pre-bins by feature."""
        return FeatureView(self.features_, "prebin_spec")

    @property
    def prebin_tables_(self) -> FeatureView[CountTable]:
        """Counts of the pre-bins by feature."""
        return FeatureView(self.features_, "prebin_table")

    @abstractmethod
    def _group(self, prebins: list[PreBins]) -> list[Grouping]:
        """Decide the bins of all features at once, from the tables of their pre-bins."""

    def _bin(self, rows: Rows) -> tuple[list[PreBins], list[Grouping]]:
        """Make the pre-bins and their groups; a subclass whose pre-bins depend on the search overrides it."""
        prebins = self._make_prebins(rows)
        return prebins, self._group(prebins)

    def _make_prebins(self, rows: Rows) -> list[PreBins]:
        """Make the pre-bins of all features."""
        columns = rows.columns
        tasks = [
            (name, values, rows.target, rows.weights, self._prebin_options(name))
            for name, values in zip(columns.names, columns.data, strict=True)
        ]
        return self._each(prebin, tasks)

    def _prebin_options(self, name: str) -> PrebinOptions:
        keys = ("max_n_prebins", "special_codes", "cat_cutoff", "cat_unknown")
        return PrebinOptions(**{key: self._option(name, key) for key in keys})

    def _check_counts_suffice(self) -> None:
        """Raise an error where this binner needs rows; a subclass that may need them overrides it."""

    def _take_groups(self, counts: FrameCounts, made: list[CountedPreBins]) -> None:
        """Take the counts of a frame by group; a subclass that uses them overrides it."""

    def _kept_by_hand(self, name: str) -> IntArray | None:
        """Return the groups of a feature whose bins were set by hand: no other counts change them."""
        bins = self.features_[name]
        return bins.prebinned()[2].groups if bins.status == BY_HAND else None

    def _trend_cost(self, bins: FeatureBins) -> float:  # noqa: ARG002 - the subclass that imposes a shape overrides it
        """Return what the shape of the event rate costs against bins without one; NaN where nothing is maximised."""
        return np.nan

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
        return self._transformed(self._learn(X, y, sample_weight))

    def _transformed(self, prebins: list[PreBins]) -> LabelArray:
        """Transform the rows of the fit from their pre-bins."""
        pairs = []
        for cells in prebins:
            name = cells.spec.name
            final = self.features_[name].prebinned()[2].new_codes(cells.spec)
            pairs.append((self._values_by_code(name)[final], cells.codes))
        return _stack(pairs)

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
        self._warn_unseen(codes)
        return _stack([(self._values_by_code(name), code) for name, code in codes.items()])

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
        return np.column_stack(list(self._encode(X).values())).astype(np.intp)

    def summary(self) -> pd.DataFrame:
        """Describe the bins of each feature.

        The information value is the one of the training rows, on which the bins were learnt: it is
        optimistic, and a p-value of it would be wrong, so none is given; see
        ``cross_fitted_information_value``.

        Returns
        -------
        pandas.DataFrame
            One row a feature: name, dtype, status, n_bins, iv, iv_standard_error, iv_low, iv_high
            (95 % interval), trend, trend_cost (what the shape of the event rate costs against bins
            without one), missing_share, special_share, smallest_bin (share of the total weight),
            one_sided_bins (bins with rows of one class).
        """
        check_is_fitted(self)
        rows = []
        for name, bins in self.features_.items():
            spec, table = bins.counted()
            row: dict[str, Any] = {
                "name": name,
                "dtype": spec.kind,
                "status": bins.status,
                "n_bins": spec.n_bins,
            }
            row |= summary_row(spec, table, self.zero_cells)
            row |= {"trend": bins.trend, "trend_cost": self._trend_cost(bins)}
            rows.append(row)
        order = [
            "name",
            "dtype",
            "status",
            "n_bins",
            "iv",
            "iv_standard_error",
            "iv_low",
            "iv_high",
            "trend",
        ]
        order += ["trend_cost", "missing_share", "special_share", "smallest_bin", "one_sided_bins"]
        return pd.DataFrame(rows, columns=order)

    def binning_table(
        self,
        feature: str,
        X: Any = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> pd.DataFrame:
        """Show counts, event rates, weights of evidence and information value by bin, with a row of totals.

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

        Returns
        -------
        pandas.DataFrame
            Columns Bin, Count, Count (%), Non-event, Event, Event rate, WoE, IV, WoE SE, WoE low,
            WoE high (95 % interval), IV SE, Adjusted (a half was added to the cells). The name of
            the columns says which label is the event and what a positive weight of evidence means.

        Raises
        ------
        ValueError
            If the feature is unknown, only one of X and y is given, or y holds a label that the fit
            did not.
        """
        table = self._count(feature, X, y, sample_weight)
        return binning_frame(table, self.zero_cells, self._sign(), self._header())

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
        return compare_frames(tables, self.zero_cells, self._sign(), self._header())

    def _learn(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None, protected: Any = None
    ) -> list[PreBins]:
        as_table(X)  # an empty list gets a message about its shape
        validate_data(self, X, y, skip_check_array=True)
        columns = read_columns(X)
        self._check_options(columns.names)
        target, self.classes_ = as_binary_target(y, event_label=self.event_label)
        check_length("y", target, columns.n_rows)
        weights = as_weights(sample_weight, columns.n_rows)
        self._check_classes(target, weights)
        rows = Rows(columns, target, weights, protected)
        prebins, groupings = self._bin(rows)
        self._store(prebins, groupings)
        return prebins

    def _store(self, prebins: list[PreBins], groupings: list[Grouping]) -> None:
        """Make the bins from the pre-bins, as after a fit: nothing is changed by hand yet."""
        counted = [
            FeatureBins.of_groups(cells.spec, cells.table, grouping)
            for cells, grouping in zip(prebins, groupings, strict=True)
        ]
        self._keep_features(self._finished(counted))
        self.audit_: list[dict[str, Any]] = []
        self._history: list[tuple[int, FeatureBins]] = []  # what undo_step takes back

    def _finished(self, counted: Sequence[FeatureBins]) -> list[FeatureBins]:
        """Add the weights of evidence to counted bins."""
        self._check_one_sided(counted)  # first: their evidence may not exist
        return [bins.with_evidence(self.zero_cells, self._sign()) for bins in counted]

    def _keep_features(self, features: Iterable[FeatureBins]) -> None:
        """Keep finished bins; a subclass that counts more overrides it."""
        self.features_ = {bins.name: bins for bins in features}

    def _check_options(self, names: tuple[str, ...]) -> None:
        check_option("metric", self.metric, METRICS)
        check_option("woe_sign", self.woe_sign, ("nonevent", "event"))
        check_zero_cells(self.zero_cells)
        for name, options in (self.feature_params or {}).items():
            check_feature("feature_params", name, names)
            for key in options:
                check_option(f"an option in feature_params[{name!r}]", key, self._per_feature)

    def _check_classes(self, target: FloatArray, weights: FloatArray | None) -> None:
        classes = self.classes_.tolist()
        self.event_label_ = classes[1] if self.event_label is None else self.event_label
        if weights is None:
            return
        for code in (0.0, 1.0):
            if not weights[target == code].any():
                message = (
                    "y must hold two classes, got one class with positive sample_weight of the "
                    f"two {classes}; "
                    "rows of weight 0 count as absent"
                )
                raise ValueError(message)

    def _check_one_sided(self, features: Iterable[FeatureBins]) -> None:
        tables = {bins.name: bins.counted()[1] for bins in features}
        bins = [
            f"{name}: {table.labels[i]}"
            for name, table in tables.items()
            for i in np.flatnonzero(samples_of_table(table).one_sided())
        ]
        if not bins or not isinstance(self.zero_cells, str):
            return
        shown = "; ".join(bins[:5]) + ("; ..." if len(bins) > 5 else "")
        if self.zero_cells == "error":
            message = (
                "every bin must hold rows of both classes where zero_cells='error', got "
                f"{len(bins)} others ({shown})"
            )
            raise ValueError(message)
        message = (
            f"bins with rows of one class only: {len(bins)} ({shown}); 1/2 was added to both of "
            "their cells"
        )
        warn(message, SparseCellWarning)

    def _option(self, name: str, key: str) -> Any:
        """Value of an option for a feature: the override where there is one."""
        return (self.feature_params or {}).get(name, {}).get(key, getattr(self, key))

    def _each(self, function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> list[Any]:
        return run_tasks(function, tasks, self.n_jobs, prefer="threads")

    def _encode(self, X: Any) -> dict[str, IntArray]:
        check_is_fitted(self)
        as_table(
            X
        )  # one-dimensional data get a message about their shape, not about the number of features
        validate_data(self, X, skip_check_array=True, reset=False)
        specs = [bins.spec for bins in self.features_.values()]
        columns = read_columns(X, kinds=[spec.kind for spec in specs])
        pairs = zip(specs, columns.data, strict=True)
        return {spec.name: spec.encode(data, np.int32) for spec, data in pairs}

    def _warn_unseen(self, codes: Mapping[str, IntArray]) -> None:
        found = {}
        for name, code in codes.items():
            table = self.features_[name].counted()[1]
            empty = np.append(table.counts.sum(axis=1) == 0.0, True)
            count = int(np.bincount(code, minlength=len(empty))[empty].sum())
            if count:
                found[name] = count
        if found:
            shown = ", ".join(f"{name}: {count} rows" for name, count in found.items())
            message = (
                f"X holds categories, missing or special values that the fit never saw ({shown}); "
                "they get weight of evidence 0"
            )
            warn(message, UnseenValueWarning)

    def _values_by_code(self, name: str) -> LabelArray:
        """Output of the transform for each code of a feature."""
        if self.metric == "woe":
            return self.woe_[name]
        table = self.features_[name].counted()[1]
        if self.metric == "indices":
            return np.arange(table.n_bins + 1)
        if self.metric == "bins":
            return np.array([*table.labels, UNSEEN], dtype=object)
        weight, events = np.append(table.counts.sum(axis=1), 0.0), np.append(table.events, 0.0)
        overall = events.sum() / weight.sum()
        return np.divide(events, weight, out=np.full(len(weight), overall), where=weight > 0.0)

    def _count(
        self,
        feature: str,
        X: Any = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> CountTable:
        check_is_fitted(self)
        check_feature("feature", feature, tuple(self.features_))
        if X is None and y is None:
            return self.features_[feature].counted()[1]
        if X is None or y is None:
            message = f"X and y must be given together, got only {'y' if X is None else 'X'}"
            raise ValueError(message)
        codes = self._encode(X)[feature]
        labels = check_length("y", y, len(codes))
        unknown = labels[~np.isin(labels, self.classes_)]
        if unknown.size:
            message = (
                f"y must hold the labels of the fit {self.classes_.tolist()}, got {unknown[0]!r}"
            )
            raise ValueError(message)
        target = (labels == self.event_label_).astype(np.float64)
        return count_codes(
            self.features_[feature].spec,
            codes,
            target,
            as_weights(sample_weight, len(codes)),
            show_unseen=True,
        )

    def _sign(self) -> float:
        return 1.0 if self.woe_sign == "nonevent" else -1.0

    def _header(self) -> str:
        return (
            f"event = {self.event_label_!r}, WoE > 0 is "
            f"{'safer' if self.woe_sign == 'nonevent' else 'riskier'}"
        )


def _stack(pairs: list[tuple[LabelArray, IntArray]]) -> LabelArray:
    """Look the codes of each feature up in its table."""
    out = np.empty((len(pairs[0][1]), len(pairs)), dtype=pairs[0][0].dtype)
    for i, (values, codes) in enumerate(pairs):
        out[:, i] = values[codes]
    return out
