"""StumpBinner: splits of boosted trees of depth 1. The only file with XGBoost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from joblib import effective_n_jobs

from infotheory._optional import require
from infotheory._typing import BoolArray, FloatArray, IntArray, LabelArray
from infotheory._validation import check_integer, check_number, check_option
from infotheory.binning._base import BaseBinner
from infotheory.binning.prebins.grouping import Grouping, Rows
from infotheory.binning.prebins.rows import OrderedCells, PreBins, ordered_cells, prebin
from infotheory.cells import BinSpec, Factor
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


class StumpBinner(BaseBinner):
    """Bins between the splits of boosted trees of depth 1, the binning of Sudjianto and Burakov.

    With ``mode="per_feature"`` each feature has a booster of its own, which sees the pre-bins (two
    weighted rows a cell: non-events and events) and not the rows: gradients depend on the cell
    only, so the splits are those of boosting the rows with cells in place of values. With
    ``mode="joint"`` one booster over all features sees the rows, as in the paper, and its splits
    are grouped by feature.

    Parameters
    ----------
    mode : {"per_feature", "joint"}
        One booster a feature on counts, or one booster on rows.
    n_rounds : int
        Trees, each with one split.
    learning_rate : float
        Shrinkage of each tree.
    min_child_weight : float
        Least sum of ``w p (1 - p)`` on either side of a split.
    gamma : float
        Least gain of a split. With ``reg_lambda=0`` the gain of the first split is Pearson's
        chi-square of the split.
    reg_lambda : float
        L2 penalty on the leaves.
    max_n_prebins : int
        Most cells before boosting.
    max_n_bins : int, optional
        Most bins; the splits with the largest gains stay.
    min_bin_size : float
        Smallest bin as a share of the total weight; the weaker split beside a smaller bin goes.
    monotonic_trend : {None, "auto", "ascending", "descending"}
        Constraint on the boosted log-odds; "auto" takes the direction of the correlation. The event
        rates of the bins follow it closely, not by necessity; ``OptimalBinner`` guarantees it.
    special_codes : sequence or dict, optional
        Values with bins of their own: a list makes one bin "Special", a dict one bin a name.
    cat_cutoff : float, optional
        Categories with a smaller share of the total weight are pooled before boosting.
    cat_unknown : {"zero", "missing", "error"}
        Categories that the fit never saw get weight of evidence 0, that of missing values, or an
        error.
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
        Label of the event; the larger of the two when None.
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

    _per_feature: ClassVar[tuple[str, ...]] = (*BaseBinner._per_feature, *_BOOSTING, *_BINS)

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
        special_codes: Sequence[Any] | Mapping[str, Any] | None = None,
        cat_cutoff: float | None = None,
        cat_unknown: str = "zero",
        feature_params: Mapping[str, Mapping[str, Any]] | None = None,
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
        self.cat_cutoff = cat_cutoff
        self.cat_unknown = cat_unknown
        self.feature_params = feature_params
        self.metric = metric
        self.zero_cells = zero_cells
        self.woe_sign = woe_sign
        self.event_label = event_label
        self.n_jobs = n_jobs

    def rebin(self, feature: str, table: CountTable) -> IntArray:
        """Group the pre-bins of a feature on other counts, as the fit would: for cross-fitting and permutation tests.

        Parameters
        ----------
        feature : str
            Name of a feature.
        table : CountTable
            Counts over the rows of ``prebin_tables_[feature]``; categories are put in order by
            them.

        Returns
        -------
        ndarray of shape (n_prebins,)
            Bin of each regular pre-bin.

        Raises
        ------
        ValueError
            If the bins were learnt jointly, since they depend on the rows of all features.
        """
        if self.mode == "joint":
            message = (
                "rebin needs mode='per_feature', got mode='joint'; joint bins depend on the rows "
                "of all features"
            )
            raise ValueError(message)
        kept = self._kept_by_hand(feature)
        return self._group_one(self.prebin_specs_[feature], table).groups if kept is None else kept

    def _check_options(self, names: tuple[str, ...]) -> None:
        super()._check_options(names)
        check_option("mode", self.mode, ("per_feature", "joint"))
        for name in names:
            check_option("monotonic_trend", self._option(name, "monotonic_trend"), _TRENDS)
            check_integer("n_rounds", self._option(name, "n_rounds"))
            if self._option(name, "max_n_bins") is not None:
                check_integer("max_n_bins", self._option(name, "max_n_bins"))
            for key in ("learning_rate", "min_child_weight", "gamma", "reg_lambda", "min_bin_size"):
                below = 1.0 if key == "min_bin_size" else np.inf
                check_number(key, self._option(name, key), 0.0, below, ends="[)")
        for name, options in (self.feature_params or {}).items():
            shared = [key for key in options if key in _BOOSTING] if self.mode == "joint" else []
            if shared:
                message = (
                    f"a joint booster has one value of {shared[0]}, got one for feature {name!r} "
                    "in feature_params"
                )
                raise ValueError(message)

    def _bin(self, rows: Rows) -> tuple[list[PreBins], list[Grouping]]:
        if self.mode == "per_feature":
            return super()._bin(rows)
        return self._bin_jointly(self._make_prebins(rows), rows)

    def _check_counts_suffice(self) -> None:
        if self.mode == "joint":
            message = (
                "mode='joint' boosts the rows of all features at once, and counts have no rows; "
                "use "
                "mode='per_feature', or fit a sample of rows in memory: fit(X, y)"
            )
            raise ValueError(message)

    def _group(self, prebins: list[PreBins]) -> list[Grouping]:
        return self._each(self._group_one, [(cells.spec, cells.table) for cells in prebins])

    def _group_one(self, spec: BinSpec, table: CountTable) -> Grouping:
        cells = self._cells(spec, table)
        splits = self._boost_cells(spec.name, cells)
        kept = self._limit(spec.name, splits, cells, table)
        trend = self._direction(spec.name, cells)
        return Grouping(
            groups=_group_of(kept)[cells.place],
            status=_status(cells, kept),
            trend=_TREND_NAMES[trend],
        )

    def _cells(self, spec: BinSpec, table: CountTable) -> OrderedCells:
        return ordered_cells(spec, table, int(self._option(spec.name, "max_n_prebins")))

    def _boost_cells(self, name: str, cells: OrderedCells) -> FloatArray:
        """Gain of each boundary between cells, 0 where no tree splits."""
        gains = np.zeros(len(cells.counts) - 1)
        weight = cells.counts.T.ravel()
        filled = weight > 0.0
        if (
            len(np.unique(np.tile(np.arange(len(cells.counts)), 2)[filled])) < 2
            or not cells.counts.any(axis=0).all()
        ):
            return gains
        position = np.tile(np.arange(len(cells.counts), dtype=np.float32), 2)
        target = np.repeat([0.0, 1.0], len(cells.counts))
        parameters = {key: self._option(name, key) for key in _BOOSTING}
        parameters |= {
            "tree_method": "exact",
            "nthread": 1,
            "directions": (self._direction(name, cells),),
        }
        for split in _boost(position[filled, None], target[filled], weight[filled], **parameters):
            gains[int(np.floor(split.threshold))] += split.gain
        return gains

    def _direction(self, name: str, cells: OrderedCells) -> int:
        """1 where the log-odds may only rise over the cells, -1 where they may only fall, 0 without constraint."""
        trend = self._option(name, "monotonic_trend")
        if trend != "auto":
            return {None: 0, "ascending": 1, "descending": -1}[trend]
        position = np.arange(len(cells.counts))
        means = (position @ cells.counts) / np.maximum(
            cells.counts.sum(axis=0), np.finfo(float).tiny
        )
        return 1 if means[1] >= means[0] else -1

    def _limit(
        self, name: str, gains: FloatArray, cells: OrderedCells, table: CountTable
    ) -> BoolArray:
        return strongest_splits(
            gains,
            cells.counts.sum(axis=1),
            max_n_bins=self._option(name, "max_n_bins"),
            min_weight=self._option(name, "min_bin_size") * table.counts.sum(),
        )

    def _bin_jointly(
        self, prebins: list[PreBins], rows: Rows
    ) -> tuple[list[PreBins], list[Grouping]]:
        """Boost the rows; numerical features get the thresholds as pre-bins, categories keep theirs."""
        ordered = [self._cells(cells.spec, cells.table) for cells in prebins]
        matrix = np.empty((len(rows.target), len(prebins)), dtype=np.float32)
        for i, (cells, order) in enumerate(zip(prebins, ordered, strict=True)):
            matrix[:, i] = _joint_column(cells, order, rows.columns.data[i])
        weights = np.ones(len(rows.target)) if rows.weights is None else rows.weights
        parameters: dict[str, Any] = {key: getattr(self, key) for key in _BOOSTING}
        directions = tuple(
            self._direction(c.spec.name, order) for c, order in zip(prebins, ordered, strict=True)
        )
        parameters |= {
            "tree_method": "hist",
            "nthread": effective_n_jobs(self.n_jobs),
            "directions": directions,
        }
        kept = weights > 0.0
        splits = _boost(matrix[kept], rows.target[kept], weights[kept], **parameters)
        features = range(len(prebins))
        found = [
            self._joint_feature(
                prebins[i], ordered[i], rows, i, [s for s in splits if s.feature == i]
            )
            for i in features
        ]
        return [cells for cells, _ in found], [grouping for _, grouping in found]

    def _joint_feature(
        self, cells: PreBins, order: OrderedCells, rows: Rows, index: int, splits: list[_Split]
    ) -> tuple[PreBins, Grouping]:
        values, name = rows.columns.data[index], cells.spec.name
        if isinstance(values, Factor):
            gains = np.zeros(len(order.counts) - 1)
            for split in splits:
                boundary = int(np.ceil(split.threshold)) - 1
                if (
                    0 <= boundary < len(gains)
                ):  # beyond the last one, the split parts missing values from all others
                    gains[boundary] += split.gain
        else:
            present = cells.codes < cells.spec.n_bins
            if rows.weights is not None:
                present &= rows.weights > 0.0
            edges, gains = _data_edges(values[present], splits)
            options = replace(self._prebin_options(name), user_splits=tuple(edges))
            cells = prebin(name, values, rows.target, rows.weights, options)
            order = self._cells(cells.spec, cells.table)
        kept = self._limit(name, gains, order, cells.table)
        trend = _TREND_NAMES[self._direction(name, order)]
        return cells, Grouping(
            groups=_group_of(kept)[order.place], status=_status(order, kept), trend=trend
        )


_TREND_NAMES = {0: None, 1: "ascending", -1: "descending"}


def strongest_splits(
    gains: FloatArray, weight: FloatArray, *, max_n_bins: int | None = None, min_weight: float = 0.0
) -> BoolArray:
    """Keep the splits with the largest gains that meet the limits.

    Parameters
    ----------
    gains : ndarray of shape (n_cells - 1,)
        Gain of the boundary after each cell; 0 is no split.
    weight : ndarray of shape (n_cells,)
        Weight of each cell.
    max_n_bins : int, optional
        Most bins.
    min_weight : float
        Least weight of a bin. Of the two splits beside the lightest bin, the weaker one goes until
        this holds.

    Returns
    -------
    ndarray of bool of shape (n_cells - 1,)
        Splits that stay.

    Examples
    --------
    >>> strongest_splits(np.array([3.0, 1.0, 2.0]), np.ones(4), max_n_bins=3).tolist()
    [True, False, True]
    """
    kept = gains > 0.0
    if max_n_bins is not None and np.count_nonzero(kept) >= max_n_bins:
        strongest = np.argsort(-gains, kind="stable")[: max_n_bins - 1]
        kept = np.zeros_like(kept)
        kept[strongest] = True
    while kept.any():
        edges = np.flatnonzero(kept)
        sizes = np.add.reduceat(weight, np.concatenate([[0], edges + 1]))
        lightest = int(np.argmin(sizes))
        if sizes[lightest] >= min_weight * (
            1.0 - 1e-9
        ):  # relative: the share itself up to rounding is enough
            break
        beside = edges[max(lightest - 1, 0) : lightest + 1]
        kept[beside[np.argmin(gains[beside])]] = False
    return kept


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
    trees = model["learner"]["gradient_booster"]["model"]["trees"]
    return [
        _Split(
            int(t["split_indices"][0]),
            float(np.float32(t["split_conditions"][0])),
            float(t["loss_changes"][0]),
        )
        for t in trees
        if t["left_children"][0] != -1
    ]


def _joint_column(cells: PreBins, order: OrderedCells, values: FloatArray | Factor) -> FloatArray:
    """Column of the joint booster: numbers as they are, categories by position; missing and special values NaN."""
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
    """Smallest values of the data on the right of the float32 thresholds, with the gains added up."""
    distinct = np.unique(values)
    places = np.searchsorted(
        distinct.astype(np.float32), np.array([s.threshold for s in splits], dtype=np.float32)
    )
    gains = np.bincount(places, [s.gain for s in splits], minlength=len(distinct) + 1).astype(
        np.float64
    )
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
