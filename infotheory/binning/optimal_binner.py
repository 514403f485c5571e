"""OptimalBinner: the bins with the largest information value that meet the limits."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import ClassifierTags, Tags

from infotheory._any_table import AnyTable
from infotheory._rows import Rows
from infotheory._target_kinds import KINDS, TargetKind, kind_of_target
from infotheory._typing import ArrayLike, FloatArray, IntArray, LabelArray
from infotheory._validation import as_weights, check_option
from infotheory.binning._frames import FrameRoles, check_amounts_vary, count_rows, declared_options
from infotheory.binning.copies import Copies
from infotheory.binning.features import FeatureBins
from infotheory.binning.periods.binner import PeriodBinner
from infotheory.binning.periods.counts import order_of_periods
from infotheory.binning.prebins.grouping import Grouping, Promise, group_counts, promise_of
from infotheory.binning.prebins.learnt_evidence import sign_of_fit
from infotheory.binning.prebins.options import (
    METRICS,
    PREBIN_OPTIONS,
    check_feature,
    most_cells_of,
    option_of,
)
from infotheory.binning.prebins.ordered_evidence import OrderedEvidence, ordered_evidence
from infotheory.binning.prebins.rows import OrderedCells, PreBins, ordered_cells
from infotheory.binning.prebins.separation import SEPARATING, classes_of_parted, separating_area
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.of_feature import (
    best_groups_of,
    best_target_groups_of,
    fixed_boundaries,
)
from infotheory.binning.search.optimal_groups import OptimalGroups
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.binning.search.shape_bounds import most_in_shape
from infotheory.cells import BinSpec
from infotheory.engines import Columns, FrameCounts
from infotheory.evidence.targets.encodings import SIGNS
from infotheory.tables import CountTable, EvidenceTable

__all__ = ["OptimalBinner"]

_SIMPLE = ("ascending", "descending")

_LIMITS = (
    "min_n_bins",
    "max_n_bins",
    "min_bin_size",
    "max_bin_size",
    "min_bin_n_event",
    "min_bin_n_nonevent",
    "min_event_rate_diff",
    "max_pvalue",
    "bin_penalty",
)


class OptimalBinner(Copies, PeriodBinner):
    """Bins of each feature with the largest information value, by exact dynamic programming.

    ``summary`` and ``binning_table`` give intervals; of the training rows they are optimistic.

    Rows are read once, to at most ``max_n_prebins`` quantile cells a numerical feature and one cell
    a category; the search works on their counts, so its time does not depend on the number of rows.
    Missing and special values have bins of their own with the weight of evidence that the data give
    them.

    Parameters
    ----------
    target_type : {"binary", "fraction", "rate", "continuous", "multiclass", "auto"}
        What the target is. A fraction lies in [0, 1] (a loss given default, a utilisation). A rate
        is not negative: an amount or a number of claims per unit of exposure, the exposure being
        ``sample_weight``, as in scikit-learn's ``PoissonRegressor``. "continuous" is any number,
        "multiclass" three labels or more. It is never guessed but with "auto", which refuses whole
        numbers of more than two values: they may be counts, amounts or labels.
    max_n_prebins : int
        Most cells before the search, never more than 2000 (an ApproximationWarning says so where
        there are more values). More categories than that are pooled in order of their event rate.
    min_n_bins, max_n_bins : int
        Fewest and most bins (``max_n_bins`` may be None), missing and special bins not counted.
    min_bin_size, max_bin_size : float
        Smallest and largest bin as shares of the total weight; ``max_bin_size`` may be None.
    min_bin_n_event, min_bin_n_nonevent : float
        Fewest events and non-events in a bin; with weights, Kish sizes
        ``(sum w)^2 / sum w^2`` of the bin and class. Of a fraction, least sums of what is lost and
        of what is not, and of a rate least amount (up to 1: any at all); of several classes,
        fewest of each class. What has no meaning for a target is refused where it is set.
    min_event_rate_diff : float
        Smallest difference of the event rates (means) of consecutive bins.
    max_pvalue : float or None
        Largest p-value of the chi-square test between consecutive bins; of means, with variances of
        their own.
    monotonic_trend : str, dict or None
        One of "auto", "ascending", "descending", "peak", "valley", "concave", "convex".
        Shape of the event rate or mean; see ``optimal_groups``. Of several classes a dict from
        label to "ascending" or "descending", and "auto" imposes nothing; categories of several
        classes are grouped as sets, which have no trend.
    divergence : str, optional
        What is maximised. Two classes and a fraction: "iv" (when None), "js", "kl"; a rate: "iv"
        (when None), "poisson", "gamma"; a continuous target: "r2"; several classes: "iv" (when
        None), "mi", "ovr". See ``infotheory.evidence.target_divergence``.
    order_in_periods : float, optional
        Neighbouring bins keep the order of their rates or means in each of the periods given to
        ``fit``, up to so many standard errors of the difference; 0 is strict, None asks nothing.
        Without a trend each pair of neighbours has one order in all periods. Takes a trend of None,
        "auto" (the better of ascending and descending), "ascending" or "descending".
    max_rate_drift : float, optional
        Largest distance of the rate or mean of a bin in a period from that in all periods; one bin
        of everything is exempt. Several classes have no one rate: both are for other targets.
    bin_penalty : float
        What each bin costs, in the unit of the divergence.
    special_codes : sequence or dict, optional
        Values with bins of their own. A list is one group of all features. In a dict, a value that
        is a dict makes its key a feature, ``{"income": {"not asked": [-9]}}``; lists make their
        keys features where every key is one, and groups of all features where none is. A numerical
        feature ignores text, a categorical one compares the text of each (1 and 1.0 are "1").
    user_splits : dict, optional
        Pre-bins by feature name: splits of a numerical feature, lists of levels of a categorical
        one.
    user_splits_fixed : dict, optional
        By feature name a list of bool: splits that have to stay; groups of levels that have to stay
        alone.
    categorical_features : sequence of str, of int or of bool, mapping, "from_dtype", or None
        Features that are categorical whatever their type, by name, by position or by a mask: codes
        stored as numbers, dates. A mapping gives the levels of each in order, None for no order,
        ``{"tenure": ["<1", "1-3", "5-10"], "region": None}``. None and "from_dtype" leave it to the
        types: text, categories and (in frames) booleans are categorical. Only neighbours of ordered
        levels share a bin; ordered are ordered categoricals of pandas and PyArrow, enums of Polars,
        and those of DuckDB that are not in order of the alphabet.
    cat_cutoff : float, optional
        Categories with a smaller share of the total weight are pooled before the search.
    cat_unknown : {"zero", "missing", "error"}
        Categories that the fit never saw get weight of evidence 0, that of missing values, or an
        error.
    max_levels : {"auto"} or int, optional
        Levels of a category above which a HighCardinalityWarning says that its evidence is mostly
        noise. "auto" is 50, or 5 % of the rows where that is fewer and there are 10 levels or more;
        None never warns. Levels that ``cat_cutoff`` pools count as one.
    feature_params : dict of dict, optional
        Options of single features, for example ``{"age": {"monotonic_trend": "descending"}}``.
    metric : {"woe", "event_rate", "indices", "bins", "log_share"}
        Output of ``transform``. Of a rate, weights of evidence are logarithms of the mean against
        that of all; of a continuous target, distances from the mean of all; of several classes,
        ``ln(p_c / p_rest)`` in a column a class. "log_share" is for several classes alone: the
        logarithm of the shares, centred over classes, for a softmax.
    zero_cells : {"haldane", "error"} or float
        Bins with rows of one class: add 1/2 to both cells and warn, raise, or add this number to
        every bin.
    woe_sign : {"nonevent", "event"}
        Positive weight of evidence is safer ("nonevent") or riskier ("event"); a lower or a higher
        mean of a fraction or rate. Others have one sign: more is positive.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).
    n_jobs : int, optional
        Threads over features.

    Attributes
    ----------
    target_type_ : str
        What the target is.
    target_kind_ : TargetKind
        What was learnt of a target that is no two classes: kind, classes, origin.
    classes_ : ndarray of shape (2,) or (n_classes,)
        The labels, sorted; only of classes.
    event_label_ : object
        The label that counts as an event; only of two classes.
    specs_, prebin_specs_ : dict of str to BinSpec
        Bins and pre-bins by feature.
    tables_, prebin_tables_ : dict of str to CountTable or EvidenceTable
        Their counts, or sums of another target.
    splits_ : dict
        Splits of numerical features (ndarray), levels of each bin of categorical ones (list of
        lists).
    status_ : dict of str to str
        How the search ended.
    woe_ : dict of str to ndarray
        Weight of evidence by bin code, the unseen code last.
    groupings_ : dict of str to Grouping
        Bin of each pre-bin, and what each shape would have reached.
    audit_ : list of dict
        What was changed by hand, see ``split_bin``; empty after a fit.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where X has names.

    See Also
    --------
    StumpBinner : Bins from boosted stumps.
    optimal_groups : The search itself.

    Notes
    -----
    A category, missing or special value that is first seen in ``transform`` has no evidence: its
    weight of evidence is 0, and one UnseenValueWarning a call counts such rows.

    Examples
    --------
    >>> X = [[1.0], [2.0], [3.0], [4.0]] * 5
    >>> y = [0, 0, 1, 1] * 4 + [1, 0, 1, 0]
    >>> binner = OptimalBinner().fit(X, y)
    >>> binner.splits_
    {'x0': array([3.])}
    >>> binner.woe_["x0"].round(3).tolist()
    [2.197, -2.197, 0.0, 0.0]
    """

    _per_feature: ClassVar[tuple[str, ...]] = (
        *PREBIN_OPTIONS,
        "max_levels",
        *_LIMITS,
        "monotonic_trend",
        "divergence",
        "order_in_periods",
        "max_rate_drift",
    )
    _metrics: ClassVar[tuple[str, ...]] = (*METRICS, "log_share")

    target_type_: str
    target_kind_: TargetKind

    def __init__(
        self,
        *,
        target_type: str = "binary",
        max_n_prebins: int = 64,
        min_n_bins: int = 1,
        max_n_bins: int | None = 6,
        min_bin_size: float = 0.05,
        max_bin_size: float | None = None,
        min_bin_n_event: float = 1,
        min_bin_n_nonevent: float = 1,
        min_event_rate_diff: float = 0.0,
        max_pvalue: float | None = None,
        monotonic_trend: str | Mapping[Any, str] | None = "auto",
        divergence: str | None = None,
        order_in_periods: float | None = None,
        max_rate_drift: float | None = None,
        bin_penalty: float = 0.0,
        special_codes: "Sequence[Any] | Mapping[str, Any] | None" = None,
        user_splits: "Mapping[str, Sequence[Any]] | None" = None,
        user_splits_fixed: "Mapping[str, Sequence[bool]] | None" = None,
        categorical_features: "Sequence[Any] | Mapping[str, Any] | str | None" = None,
        cat_cutoff: float | None = None,
        cat_unknown: str = "zero",
        max_levels: str | int | None = "auto",
        feature_params: "Mapping[str, Mapping[str, Any]] | None" = None,
        metric: str = "woe",
        zero_cells: str | float = "haldane",
        woe_sign: str = "nonevent",
        event_label: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.target_type = target_type
        self.max_n_prebins = max_n_prebins

        self.min_n_bins = min_n_bins
        self.max_n_bins = max_n_bins
        self.min_bin_size = min_bin_size
        self.max_bin_size = max_bin_size
        self.min_bin_n_event = min_bin_n_event
        self.min_bin_n_nonevent = min_bin_n_nonevent
        self.min_event_rate_diff = min_event_rate_diff
        self.max_pvalue = max_pvalue

        self.monotonic_trend = monotonic_trend
        self.divergence = divergence
        self.order_in_periods = order_in_periods
        self.max_rate_drift = max_rate_drift
        self.bin_penalty = bin_penalty

        self.special_codes = special_codes
        self.user_splits = user_splits
        self.user_splits_fixed = user_splits_fixed
        self.categorical_features = categorical_features
        self.cat_cutoff = cat_cutoff
        self.cat_unknown = cat_unknown
        self.max_levels = max_levels
        self.feature_params = feature_params

        self.metric = metric
        self.zero_cells = zero_cells
        self.woe_sign = woe_sign
        self.event_label = event_label
        self.n_jobs = n_jobs

    def _read_target(self, y: ArrayLike, sample_weight: ArrayLike | None, n_rows: int) -> Rows:
        weights = as_weights(sample_weight, n_rows)
        self.target_type_ = kind_of_target(self.target_type, y, weights)
        self._check_kind()
        if self.target_type_ == "binary":
            return super()._read_target(y, sample_weight, n_rows)

        target, kind = TargetKind.learn(self.target_type_, y, n_rows, weights)
        self.target_kind_ = kind
        if kind.classes:
            self.classes_ = np.array(kind.classes)
        return Rows.of_sample(target, weights, kind=kind)

    def _take_target(self, counts: FrameCounts) -> None:
        self.target_type_ = counts.target_type
        if self.target_type not in (counts.target_type, "auto"):
            message = (
                f"counts must be of target_type={self.target_type!r}, got "
                f"{counts.target_type!r}; count again, or bin with that"
            )
            raise ValueError(message)
        self._check_kind()
        if counts.target_kind is None:
            super()._take_target(counts)
            return

        check_amounts_vary(counts)
        self.target_kind_ = counts.target_kind
        if counts.classes:
            self.classes_ = np.array(counts.classes)

    def _count_frame(self, roles: FrameRoles, random_state: int) -> FrameCounts:
        options = declared_options(self, roles.features)
        return count_rows(roles, options, self.event_label, random_state, self.target_type)

    def _check_kind(self) -> None:
        """Raise ValueError where an option has no meaning for the kind of the target."""
        kind = self.target_type_
        if self.metric == "log_share" and kind != "multiclass":
            message = (
                f"metric='log_share' is for target_type='multiclass', got target_type={kind!r}; "
                "use 'woe'"
            )
            raise ValueError(message)

        # What follows speaks of an event, which two classes have.
        if kind == "binary":
            return
        if self.event_label is not None:
            message = (
                f"event_label has no meaning for target_type={kind!r}, got {self.event_label!r}; "
                "leave it out"
            )
            raise ValueError(message)
        if self.woe_sign == "event" and kind in ("continuous", "multiclass"):
            message = (
                f"woe_sign='event' has no meaning for target_type={kind!r}, whose sign is fixed; "
                "leave it out"
            )
            raise ValueError(message)

    def _bin(
        self, columns: Columns, rows: Rows, counted_by: Any
    ) -> tuple[list[PreBins], list[Grouping]]:
        prebins = self._make_prebins(columns, rows)
        self._keep_periods(prebins, rows, counted_by)
        return prebins, self._group(prebins)

    def _group(self, prebins: list[PreBins]) -> list[Grouping]:
        tasks = [
            (self, cells.spec, cells.sums, self._by_period.get(cells.spec.name))
            for cells in prebins
        ]
        return self._each(_optimal_grouping, tasks)

    def _order_cost(self, bins: FeatureBins) -> float:
        """Objective that the order in periods gives up, NaN where bins were set by hand."""
        if bins.grouping is None or np.isnan(bins.grouping.objective):
            return np.nan
        if not self._asks_periods(bins.name):
            return 0.0
        spec, table, _ = bins.prebin_sums()
        trend = option_of(self, spec.name, "monotonic_trend")
        if isinstance(table, EvidenceTable):
            parted = classes_of_parted(spec, table)
            free, _ = _target_search(self, spec, table, trend, parted, None, in_order=False)
        else:
            cells = ordered_cells(spec, table, _max_n_cells(self, spec))
            limits = _limits(self, spec.name, table if bins.status == SEPARATING else None)
            free = _search(self, spec, table, cells, trend, limits)
        # With an order in periods "auto" tries rises and falls alone: without it, it is measured by
        # these.
        simple = [free.shape_objectives[s] for s in _SIMPLE if s in free.shape_objectives]
        reached = max(simple, default=free.objective) if trend == "auto" else free.objective
        return max(reached - bins.grouping.objective, 0.0)

    def _check_options(self, names: tuple[str, ...]) -> None:
        super()._check_options(names)
        check_option("target_type", self.target_type, (*KINDS, "auto"))
        for what in ("user_splits", "user_splits_fixed"):
            for name in getattr(self, what) or {}:
                check_feature(what, name, names)
        for name, fixed in (self.user_splits_fixed or {}).items():
            n_splits = len((self.user_splits or {}).get(name, ()))
            if len(fixed) != n_splits:
                message = (
                    f"user_splits_fixed[{name!r}] must have one bool for each of the {n_splits} "
                    "entries of "
                    f"user_splits[{name!r}], got {len(fixed)}"
                )
                raise ValueError(message)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags = None
        if self.target_type in ("binary", "multiclass"):
            tags.classifier_tags = ClassifierTags(multi_class=self.target_type == "multiclass")
        tags.target_tags.positive_only = self.target_type in ("fraction", "rate")
        return tags

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> LabelArray:
        """Name the columns of ``transform``: the features; several classes make a column each.

        Parameters
        ----------
        input_features : array-like of str, optional
            Names of the features, those of the fit when None.

        Returns
        -------
        ndarray of str
            The names; ``feature_class`` where the target has several classes.
        """
        names = super().get_feature_names_out(input_features)
        columns = [table.shape[1:] for table in self._values().values()]
        if not any(columns):
            return names
        classes = self.target_kind_.classes
        return np.array([f"{name}_{label}" for name in names for label in classes], dtype=object)

    def _columns(self) -> dict[str, tuple[str, LabelArray]]:
        """Each column of the transform: its feature, and the value of each code."""
        columns = {}
        for name, values in self._values().items():
            if values.ndim == 1:
                columns[name] = (name, values)
                continue
            for c, label in enumerate(self.target_kind_.classes):
                columns[f"{name}_{label}"] = (name, values[:, c])
        return columns

    def _shown(self, feature: str) -> tuple[Any, ...]:
        kind: TargetKind | None = getattr(self, "target_kind_", None)
        if kind is None:
            return super()._shown(feature)
        what = SIGNS[kind.kind, self.woe_sign]
        header = f"target_type = {kind.kind!r}, WoE > 0 is {what}"
        joined = self.features_[feature].spec.joined
        divergence = option_of(self, feature, "divergence")
        return self.zero_cells, sign_of_fit(self, feature), header, joined, divergence

    def _trend_cost(self, bins: FeatureBins) -> float:
        if bins.grouping is None or np.isnan(bins.grouping.objective):
            return np.nan
        free = bins.grouping.shape_objectives.get("unrestricted")
        if free is None:  # the search was told a shape and tried no other
            spec, table, _ = bins.prebin_sums()
            if isinstance(table, EvidenceTable):
                parted, by_period = classes_of_parted(spec, table), bins.prebin_periods
                best, _ = _target_search(self, spec, table, None, parted, by_period)
                return max(best.objective - bins.grouping.objective, 0.0)
            cells = ordered_cells(spec, table, _max_n_cells(self, spec))
            limits = _limits(self, spec.name, table if bins.status == SEPARATING else None)
            order = _order(self, spec, cells.place, bins.prebin_periods)
            free = _search(self, spec, table, cells, None, limits, order).objective
        return max(free - bins.grouping.objective, 0.0)


@group_counts.register
def _optimal_grouping(
    binner: OptimalBinner, spec: BinSpec, table: AnyTable, by_period: AnyTable | None = None
) -> Grouping:
    """Bins of a feature with the largest information value on these counts."""
    if isinstance(table, EvidenceTable):
        return _target_grouping(binner, spec, table, by_period)

    cells = ordered_cells(spec, table, _max_n_cells(binner, spec))
    trend = option_of(binner, spec.name, "monotonic_trend")
    separating = separating_area(spec, table) is not None
    limits = _limits(binner, spec.name, table if separating else None)
    order = _order(binner, spec, cells.place, by_period)
    best = _search(binner, spec, table, cells, trend, limits, order)
    return _grouping_of(best, cells, SEPARATING if separating else None)


@promise_of.register
def _promise(binner: OptimalBinner, spec: BinSpec) -> Promise:
    """Bins have the trend that was asked for, and rows of both classes where they must."""
    least = (option_of(binner, spec.name, f"min_bin_n_{name}") for name in ("event", "nonevent"))
    trend = option_of(binner, spec.name, "monotonic_trend") if spec.has_order else None
    return Promise(partial(most_in_shape, trend=trend), all(n > 0.0 for n in least))


def _grouping_of(
    best: OptimalGroups, cells: OrderedCells | OrderedEvidence, status: str | None = None
) -> Grouping:
    """Return what a search found among ordered cells as a grouping of the pre-bins."""
    return Grouping(
        groups=best.groups[cells.place],
        status=status or cells.degenerate or best.status,
        trend=best.trend,
        objective=best.objective,
        shape_objectives=best.shape_objectives,
    )


def _target_grouping(
    binner: OptimalBinner, spec: BinSpec, table: EvidenceTable, by_period: AnyTable | None
) -> Grouping:
    """Bins of a feature with the largest divergence of a target that is no two classes."""
    trend = option_of(binner, spec.name, "monotonic_trend")
    parted = classes_of_parted(spec, table)
    best, cells = _target_search(binner, spec, table, trend, parted, by_period)
    return _grouping_of(best, cells, None if parted is None else SEPARATING)


def _target_search(
    binner: OptimalBinner,
    spec: BinSpec,
    table: EvidenceTable,
    trend: str | Mapping[Any, str] | None,
    parted: FloatArray | None,
    by_period: AnyTable | None,
    *,
    in_order: bool = True,
) -> tuple[OptimalGroups, OrderedEvidence]:
    """Search with the options of the binner, but for the trend, and an order if it is wanted."""
    cells = ordered_evidence(spec, table, _max_n_cells(binner, spec))
    best = best_target_groups_of(
        spec,
        table,
        cells,
        {key: option_of(binner, spec.name, key) for key in _LIMITS},
        monotonic_trend=trend,
        divergence=option_of(binner, spec.name, "divergence"),
        fixed=fixed_boundaries((binner.user_splits_fixed or {}).get(spec.name), cells.place),
        parted=parted,
        order=_order(binner, spec, cells.place, by_period) if in_order else None,
    )
    return best, cells


def _search(
    binner: OptimalBinner,
    spec: BinSpec,
    table: CountTable,
    cells: OrderedCells,
    trend: str | None,
    limits: Limits,
    order: PeriodOrder | None = None,
) -> OptimalGroups:
    """Search the ordered cells of a feature with the options of the binner."""
    return best_groups_of(
        spec,
        table,
        cells,
        limits,
        monotonic_trend=trend,
        divergence=option_of(binner, spec.name, "divergence") or "iv",
        fixed=fixed_boundaries((binner.user_splits_fixed or {}).get(spec.name), cells.place),
        order=order,
    )


def _order(
    binner: OptimalBinner, spec: BinSpec, place: IntArray, by_period: AnyTable | None
) -> PeriodOrder | None:
    """Return what the bins of a feature have to meet in each period."""
    return order_of_periods(
        by_period,
        spec,
        place,
        option_of(binner, spec.name, "order_in_periods"),
        option_of(binner, spec.name, "max_rate_drift"),
    )


def _limits(binner: OptimalBinner, name: str, separating: CountTable | None) -> Limits:
    """Limits of a feature; the counts are given of one that separates the classes."""
    limits = Limits(**{key: option_of(binner, name, key) for key in _LIMITS})
    return limits if separating is None else limits.for_separating(separating.counts.sum(axis=0))


def _max_n_cells(binner: OptimalBinner, spec: BinSpec) -> int:
    """Most cells of the search; groups of levels that the user made are not pooled."""
    if spec.name in (binner.user_splits or {}):
        return spec.n_bins
    return most_cells_of(binner, spec.name)
