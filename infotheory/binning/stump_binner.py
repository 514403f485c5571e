"""StumpBinner: splits of boosted trees of depth 1. The only file with XGBoost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from joblib import effective_n_jobs

from infotheory._codes import penalty_unit
from infotheory._optional import require
from infotheory._rows import Rows
from infotheory._typing import BoolArray, FloatArray, IntArray, LabelArray
from infotheory._validation import check_integer, check_number, check_option
from infotheory.binning._base import BaseBinner
from infotheory.binning.copies import Copies
from infotheory.binning.prebins.grouping import Grouping, group_counts
from infotheory.binning.prebins.options import (
    PREBIN_OPTIONS,
    check_values_of_prebins,
    most_cells_of,
    option_of,
    prebin_options,
)
from infotheory.binning.prebins.rows import OrderedCells, PreBins, ordered_cells, prebin
from infotheory.binning.prebins.separation import SEPARATING, separating_area
from infotheory.cells import BinSpec, Factor
from infotheory.engines import Columns, PrebinOptions
from infotheory.tables import CountTable

__all__ = ["StumpBinner", "strongest_splits"]

_TRENDS = (None, "auto", "ascending", "descending")
_BOOSTING = ("n_rounds", "learning_rate", "min_child_weight", "gamma", "reg_lambda")
_BINS = ("max_n_bins", "min_bin_size", "monotonic_trend")


@dataclass(frozen=True, slots=True)
class _Split:
    """One split of the boosted trees, with the gains of the rounds that chose it."""

    feature: int
    threshold: float
    gain: float


class StumpBinner(Copies, BaseBinner):
    """Bins between the splits of boosted trees of depth 1, the binning of Sudjianto and Burakov.

    ``summary`` and ``binning_table`` give intervals; of the training rows they are optimistic.

    With ``mode="per_feature"`` each feature has a booster of its own, which sees the pre-bins (two
    weighted rows a cell: non-events and events) and not the rows: gradients depend on the cell
    only, so the splits are those of boosting the rows with cells in place of values. With
    ``mode="joint"`` one booster over all features sees the rows, as in the paper, and its splits
    are grouped by feature.

    The penalties count rows. The unit of ``sample_weight`` has no meaning, so weights are divided
    by that of a row, ``sum w^2 / sum w``; only whole numbers that differ, with a row of at most
    1000, are taken for repeated rows, as scikit-learn asks of estimators.

    Parameters
    ----------
    mode : {"per_feature", "joint"}
        One booster a feature on counts, or one booster on rows.
    n_rounds : int
        Trees, each with one split.
    learning_rate : float
        Shrinkage of each tree.
    min_child_weight : float
        Least sum of ``w p (1 - p)`` on either side of a split, w in rows.
    gamma : float
        Least gain of a split. With ``reg_lambda=0`` the gain of the first split is Pearson's
        chi-square of the split.
    reg_lambda : float
        L2 penalty on the leaves.
    max_n_prebins : int
        Most cells before boosting, never more than 2000.
    max_n_bins : int, optional
        Most bins; the splits with the largest gains stay.
    min_bin_size : float
        Smallest bin as a share of the total weight; the weaker split beside a smaller bin goes.
    monotonic_trend : {None, "auto", "ascending", "descending"}
        Constraint on the boosted log-odds; "auto" takes the direction of the correlation. The event
        rates of the bins follow it closely, not by necessity; ``OptimalBinner`` guarantees it.
    special_codes : sequence or dict, optional
        Values with bins of their own. A list is one group of all features. In a dict, a value that
        is a dict makes its key a feature, ``{"income": {"not asked": [-9]}}``; lists make their
        keys features where every key is one, and groups of all features where none is. A numerical
        feature ignores text, a categorical one compares the text of each (1 and 1.0 are "1").
    categorical_features : sequence of str, of int or of bool, mapping, "from_dtype", or None
        Features that are categorical whatever their type, by name, by position or by a mask: codes
        stored as numbers, dates. A mapping gives the levels of each in order, None for no order,
        ``{"tenure": ["<1", "1-3", "5-10"], "region": None}``. None and "from_dtype" leave it to the
        types: text, categories and (in frames) booleans are categorical. Only neighbours of ordered
        levels share a bin; ordered are ordered categoricals of pandas and PyArrow, enums of Polars,
        and those of DuckDB that are not in order of the alphabet.
    cat_cutoff : float, optional
        Categories with a smaller share of the total weight are pooled before boosting.
    cat_unknown : {"zero", "missing", "error"}
        Categories that the fit never saw get weight of evidence 0, that of missing values, or an
        error.
    max_levels : {"auto"} or int, optional
        Levels of a category above which a HighCardinalityWarning says that its evidence is mostly
        noise. "auto" is 50, or 5 % of the rows where that is fewer and there are 10 levels or more;
        None never warns. Levels that ``cat_cutoff`` pools count as one.
    feature_params : dict of dict, optional
        Options of single features; those of the booster only where each feature has its own.
    metric : {"woe", "event_rate", "indices", "bins"}
        Output of ``transform``.
    zero_cells : {"haldane", "error"} or float
        Bins with rows of one class: add 1/2 to both cells and warn, raise, or add this number to
        every bin.
    woe_sign : {"nonevent", "event"}
        Positive weight of evidence is safer ("nonevent") or riskier ("event").
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).
    n_jobs : int, optional
        Threads over features, or of the joint booster.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The labels, sorted.
    specs_, tables_, splits_, status_, woe_, prebin_specs_, prebin_tables_, audit_ : dict or list
        As for ``OptimalBinner``.

    See Also
    --------
    OptimalBinner : The best bins that meet limits.

    Notes
    -----
    Base score is the event rate; categories enter in the order of their event rate; missing and
    special values are bins of their own and take no part (the joint booster sees them as missing).
    XGBoost compares in float32: a joint threshold t becomes the smallest training value x with
    float32(x) >= t, so that every training row stays on its side. Source: A. Sudjianto and D.
    Burakov, arXiv:2509.09855; T. Chen and C. Guestrin, doi:10.1145/2939672.2939785.

    Examples
    --------
    >>> X = [[1.0], [2.0], [3.0], [4.0]] * 5
    >>> y = [0, 0, 1, 1] * 4 + [1, 0, 1, 0]
    >>> StumpBinner(n_rounds=1).fit(X, y).splits_
    {'x0': array([3.])}
    """

    _per_feature: ClassVar[tuple[str, ...]] = (
        *PREBIN_OPTIONS,
        "max_levels",
        *_BOOSTING,
        *_BINS,
    )

    def __init__(
        self,
        *,
        mode: str = "per_feature",
        n_rounds: int = 10,
        learning_rate: float = 1.0,
        min_child_weight: float = 1.0,
        gamma: float = 0.0,
        reg_lambda: float = 1.0,
        max_n_prebins: int = 256,
        max_n_bins: int | None = None,
        min_bin_size: float = 0.0,
        monotonic_trend: str | None = None,
        special_codes: "Sequence[Any] | Mapping[str, Any] | None" = None,
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
        self.mode = mode

        self.n_rounds = n_rounds
        self.learning_rate = learning_rate
        self.min_child_weight = min_child_weight
        self.gamma = gamma
        self.reg_lambda = reg_lambda

        self.max_n_prebins = max_n_prebins
        self.max_n_bins = max_n_bins
        self.min_bin_size = min_bin_size
        self.monotonic_trend = monotonic_trend
        self.special_codes = special_codes
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

    def _check_options(self, names: tuple[str, ...]) -> None:
        super()._check_options(names)
        check_option("mode", self.mode, ("per_feature", "joint"))
        for name in names:
            check_option("monotonic_trend", option_of(self, name, "monotonic_trend"), _TRENDS)
            check_integer("n_rounds", option_of(self, name, "n_rounds"))
            if option_of(self, name, "max_n_bins") is not None:
                check_integer("max_n_bins", option_of(self, name, "max_n_bins"))
            for key in ("learning_rate", "min_child_weight", "gamma", "reg_lambda", "min_bin_size"):
                below = 1.0 if key == "min_bin_size" else np.inf
                check_number(key, option_of(self, name, key), 0.0, below, ends="[)")

        for name, options in (self.feature_params or {}).items():
            shared = [key for key in options if key in _BOOSTING] if self.mode == "joint" else []
            if shared:
                message = (
                    f"a joint booster has one value of {shared[0]}, got one for feature {name!r} "
                    "in feature_params"
                )
                raise ValueError(message)

    def _check_values(self, names: tuple[str, ...]) -> None:
        """Raise an error where a fit on features of these names would refuse an option."""
        self._check_options(names)
        check_values_of_prebins(self, names)

    def _bin(
        self, columns: Columns, rows: Rows, protected: Any
    ) -> tuple[list[PreBins], list[Grouping]]:
        if self.mode == "per_feature":
            return super()._bin(columns, rows, protected)
        return _joint_bins(self, self._make_prebins(columns, rows), columns, rows)

    def _check_counts_suffice(self) -> None:
        if self.mode == "joint":
            message = (
                "mode='joint' boosts the rows of all features at once, and counts have no rows; "
                "use mode='per_feature', or fit a sample of rows in memory: fit(X, y)"
            )
            raise ValueError(message)


@group_counts.register
def _stump_grouping(binner: StumpBinner, spec: BinSpec, table: CountTable) -> Grouping:
    """Bins of a feature between the splits of a booster of its own on these counts."""
    if binner.mode == "joint":
        message = (
            "bins on other counts need mode='per_feature', got mode='joint'; joint bins depend on "
            "the rows of all features"
        )
        raise ValueError(message)
    return _own_bins(binner, spec, table)


def _own_bins(binner: StumpBinner, spec: BinSpec, table: CountTable) -> Grouping:
    """Bins between the splits of a booster that sees this feature alone."""
    cells, separating = _ordered(binner, spec, table), separating_area(spec, table) is not None
    gains = _boost_cells(binner, spec.name, cells, unbounded=separating)
    if not separating:
        return _limited(binner, spec.name, gains, cells, table)

    # The rarer class fills no more than its share of the rows, which may be below the limit.
    splits = strongest_splits(
        gains, cells.counts.sum(axis=1), max_n_bins=option_of(binner, spec.name, "max_n_bins")
    )
    trend = _TREND_NAMES[_direction(binner, spec.name, cells)]
    groups = _group_of(splits)[cells.place]
    return Grouping(groups=groups, status=SEPARATING, trend=trend)


def _ordered(binner: StumpBinner, spec: BinSpec, table: CountTable) -> OrderedCells:
    return ordered_cells(spec, table, most_cells_of(binner, spec.name))


def _limited(
    binner: StumpBinner, name: str, gains: FloatArray, cells: OrderedCells, table: CountTable
) -> Grouping:
    """Bins between the splits that meet the limits."""
    splits = strongest_splits(
        gains,
        cells.counts.sum(axis=1),
        max_n_bins=option_of(binner, name, "max_n_bins"),
        min_weight=option_of(binner, name, "min_bin_size") * table.counts.sum(),
    )
    trend = _TREND_NAMES[_direction(binner, name, cells)]
    groups = _group_of(splits)[cells.place]
    return Grouping(groups=groups, status=_status(cells, splits), trend=trend)


def _direction(binner: StumpBinner, name: str, cells: OrderedCells) -> int:
    """1 where the log-odds may only rise over the cells, -1 where only fall, 0 where both."""
    trend = option_of(binner, name, "monotonic_trend")
    if trend != "auto":
        return {None: 0, "ascending": 1, "descending": -1}[trend]

    # The sign of the correlation is that of the difference of the mean positions of the classes.
    position = np.arange(len(cells.counts))
    # A class without rows has the mean 0 by the tiny number, and not NaN.
    totals = np.maximum(cells.counts.sum(axis=0), np.finfo(float).tiny)
    means = (position @ cells.counts) / totals
    return 1 if means[1] >= means[0] else -1


def _boost_cells(
    binner: StumpBinner, name: str, cells: OrderedCells, *, unbounded: bool = False
) -> FloatArray:
    """Gain of each boundary between cells, 0 where no tree splits.

    ``unbounded`` lifts the limits on what a split must weigh and gain: few events that are parted
    from all others weigh little, and are what a feature that separates is made of.
    """
    n_cells = len(cells.counts)
    gains = np.zeros(n_cells - 1)
    several = np.count_nonzero(cells.counts.any(axis=1)) > 1
    if not several or not cells.counts.any(axis=0).all():  # one cell, or one class
        return gains

    # Two weighted rows a cell, its non-events and its events; empty ones take no part.
    weight = cells.counts.T.ravel() / penalty_unit(cells.counts, cells.squared)
    filled = weight > 0.0
    position = np.tile(np.arange(n_cells, dtype=np.float32), 2)
    target = np.repeat([0.0, 1.0], n_cells)

    parameters = {key: option_of(binner, name, key) for key in _BOOSTING} | {
        "tree_method": "exact",
        "nthread": 1,
        "directions": (_direction(binner, name, cells),),
    }
    parameters |= {"min_child_weight": 0.0, "gamma": 0.0} if unbounded else {}
    for split in _boost(position[filled, None], target[filled], weight[filled], **parameters):
        # Thresholds lie between positions of filled cells: rounded down they name a boundary there.
        gains[int(np.floor(split.threshold))] += split.gain
    return gains


def _joint_bins(
    binner: StumpBinner, prebins: list[PreBins], columns: Columns, rows: Rows
) -> tuple[list[PreBins], list[Grouping]]:
    """Boost the rows; numbers get the thresholds as pre-bins, categories keep theirs."""
    ordered = [_ordered(binner, cells.spec, cells.table) for cells in prebins]
    matrix = np.empty((rows.n_rows, len(prebins)), dtype=np.float32)
    for i, (cells, order) in enumerate(zip(prebins, ordered, strict=True)):
        matrix[:, i] = _joint_column(cells, order, columns.data[i])

    parameters: dict[str, Any] = {key: getattr(binner, key) for key in _BOOSTING} | {
        "tree_method": "hist",
        "nthread": effective_n_jobs(binner.n_jobs),
        "directions": tuple(
            _direction(binner, cells.spec.name, order)
            for cells, order in zip(prebins, ordered, strict=True)
        ),
    }
    weights = rows.mass
    present = weights > 0.0  # rows of weight 0 count as absent
    in_rows = weights[present] / penalty_unit(weights, rows.squared_mass)
    splits = _boost(matrix[present], rows.target[present], in_rows, **parameters)

    options = prebin_options(binner, columns.names)
    made = []
    for i, (cells, order) in enumerate(zip(prebins, ordered, strict=True)):
        values = columns.data[i]
        of_feature = [split for split in splits if split.feature == i]
        if separating_area(cells.spec, cells.table) is not None:
            # Its first split leaves the others nothing to explain, and none that tells more of it.
            made.append((cells, _own_bins(binner, cells.spec, cells.table)))
        elif isinstance(values, Factor):
            made.append(_joint_category(binner, cells, order, of_feature))
        else:
            how = options[cells.spec.name]
            made.append(_joint_number(binner, cells, values, rows, of_feature, how))
    return [cells for cells, _ in made], [grouping for _, grouping in made]


def _joint_category(
    binner: StumpBinner, cells: PreBins, order: OrderedCells, splits: list[_Split]
) -> tuple[PreBins, Grouping]:
    """Bins of a category, whose levels entered by their position."""
    gains = np.zeros(len(order.counts) - 1)
    for split in splits:
        # Positions below the threshold go left: of threshold 3 the last cell on the left is 2.
        boundary = int(np.ceil(split.threshold)) - 1
        # Beyond the last boundary, a split parts missing values from all others.
        if 0 <= boundary < len(gains):
            gains[boundary] += split.gain
    return cells, _limited(binner, cells.spec.name, gains, order, cells.table)


def _joint_number(
    binner: StumpBinner,
    cells: PreBins,
    values: FloatArray,
    rows: Rows,
    splits: list[_Split],
    options: PrebinOptions,
) -> tuple[PreBins, Grouping]:
    """Bins of a number; the thresholds are edges of pre-bins beside those that there were.

    Pre-bins thus tell among how many splits the booster chose, which the interval of their
    information value counts.
    """
    name = cells.spec.name
    present = cells.codes < cells.spec.n_bins
    if rows.weights is not None:
        present &= rows.weights > 0.0

    edges, gains = _data_edges(values[present], splits)
    every = np.union1d(edges, cells.spec.splits)
    finer = prebin(name, values, rows, replace(options, user_splits=tuple(every)))
    # Edges that only the pre-bins have gain nothing, so that none of them parts bins.
    of_every = np.zeros(every.size)
    of_every[np.searchsorted(every, edges)] = gains
    order = _ordered(binner, finer.spec, finer.table)
    return finer, _limited(binner, name, of_every, order, finer.table)


_TREND_NAMES = {0: None, 1: "ascending", -1: "descending"}


def strongest_splits(
    gains: FloatArray, weight: FloatArray, *, max_n_bins: int | None = None, min_weight: float = 0.0
) -> BoolArray:
    """Keep the splits with the largest gains that meet the limits.

    ``gains`` holds the gain of the boundary after each cell (0 is no split), ``weight`` the weight
    of each cell. Of the two splits beside the lightest bin the weaker one goes until every bin has
    ``min_weight``.

    Examples
    --------
    >>> strongest_splits(np.array([3.0, 1.0, 2.0]), np.ones(4), max_n_bins=3).tolist()
    [True, False, True]
    """
    stays = gains > 0.0
    if max_n_bins is not None and np.count_nonzero(stays) >= max_n_bins:
        # Stable: of equal gains the first boundaries stay, on every machine.
        strongest = np.argsort(-gains, kind="stable")[: max_n_bins - 1]
        stays = np.zeros_like(stays)
        stays[strongest] = True

    while stays.any():
        edges = np.flatnonzero(stays)
        sizes = np.add.reduceat(weight, np.concatenate([[0], edges + 1]))
        lightest = int(np.argmin(sizes))
        if sizes[lightest] >= min_weight * (1.0 - 1e-9):  # the share itself up to rounding
            break
        # The boundaries on both sides of the bin, or the only one of a bin at an end.
        beside = edges[max(lightest - 1, 0) : lightest + 1]
        stays[beside[np.argmin(gains[beside])]] = False
    return stays


def _boost(
    matrix: LabelArray,
    target: FloatArray,
    weight: FloatArray,
    *,
    n_rounds: int,
    learning_rate: float,
    min_child_weight: float,
    gamma: float,
    reg_lambda: float,
    tree_method: str,
    nthread: int,
    directions: tuple[int, ...],
) -> list[_Split]:
    """Boost ``n_rounds`` trees of depth 1 and return their splits."""
    xgboost = require("xgboost", extra="boost", purpose="StumpBinner")
    parameters = {
        "objective": "binary:logistic",
        # From the event rate on the first gain is Pearson's chi-square, but for the penalty.
        "base_score": float(target @ weight / weight.sum()),
        "max_depth": 1,
        "eta": learning_rate,
        "min_child_weight": min_child_weight,
        "gamma": gamma,
        "lambda": reg_lambda,
        "tree_method": tree_method,
        "nthread": nthread,
        "verbosity": 0,
    }

    if any(directions):
        parameters["monotone_constraints"] = f"({','.join(map(str, directions))})"
    data = xgboost.DMatrix(matrix, label=target, weight=weight, nthread=nthread)
    model = json.loads(xgboost.train(parameters, data, num_boost_round=n_rounds).save_raw("json"))

    # The root of each tree is its only split; a tree without children found none.
    trees = model["learner"]["gradient_booster"]["model"]["trees"]
    return [
        _Split(
            int(tree["split_indices"][0]),
            float(np.float32(tree["split_conditions"][0])),
            float(tree["loss_changes"][0]),
        )
        for tree in trees
        if tree["left_children"][0] != -1
    ]


def _joint_column(cells: PreBins, order: OrderedCells, values: FloatArray | Factor) -> FloatArray:
    """Column of the joint booster: numbers as they are, categories by position, others NaN."""
    regular = cells.codes < cells.spec.n_bins
    column = np.full(len(regular), np.nan)
    column[regular] = (
        order.place[cells.codes[regular]] if isinstance(values, Factor) else values[regular]
    )
    largest = np.finfo(np.float32).max
    if (np.abs(column[regular]) > largest).any():
        message = (
            f"mode='joint' compares in float32, so numbers must lie within {largest:.3g}, got "
            f"{column[regular][np.argmax(np.abs(column[regular]))]} in feature "
            f"{cells.spec.name!r}; rescale it"
        )
        raise ValueError(message)
    return column


def _data_edges(values: FloatArray, splits: list[_Split]) -> tuple[FloatArray, FloatArray]:
    """Smallest data values on the right of the float32 thresholds, with gains added up."""
    distinct = np.unique(values)
    places = np.searchsorted(
        distinct.astype(np.float32), np.array([s.threshold for s in splits], dtype=np.float32)
    )
    gains = np.bincount(places, [s.gain for s in splits], minlength=len(distinct) + 1).astype(
        np.float64
    )
    # A threshold before the first or behind the last value parts the numbers from missing values,
    # and no numbers from each other.
    inside = np.flatnonzero(gains[: len(distinct)])
    inside = inside[inside > 0]
    return distinct[inside], gains[inside]


def _group_of(kept: BoolArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(kept)]).astype(np.intp)


def _status(cells: OrderedCells, kept: BoolArray) -> str:
    if kept.any():
        return "boosted"
    if not cells.counts.any():
        return "single bin: no regular values"
    return (
        "single bin: constant"
        if len(cells.counts) == 1
        else "single bin: no split reaches gamma and the limits"
    )
