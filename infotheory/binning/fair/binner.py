"""FairBinner: the bins of all characteristics at once, within a budget of protected information."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from infotheory._groups import ProtectedAttribute
from infotheory._rows import Rows
from infotheory._typing import ArrayLike
from infotheory._validation import check_flag, check_integer, check_number, check_option
from infotheory.binning._frames import values_of_fit
from infotheory.binning.fair.candidates import DIRECTIONS, Choice
from infotheory.binning.fair.certificate import certified_groupings
from infotheory.binning.fair.groups import (
    GroupTables,
    counted_groups,
    merged_groups,
    of_feature,
    row_groups,
    value_of_bins,
)
from infotheory.binning.fair.options import (
    LIMITS,
    check_budgets_have_groups,
    search_counts,
    solver_options,
)
from infotheory.binning.fair.search import BINDING
from infotheory.binning.features import (
    FeatureBins,
    History,
    finish_bins,
    warn_lost_edits,
)
from infotheory.binning.periods.binner import PeriodBinner
from infotheory.binning.periods.counts import counts_of_periods
from infotheory.binning.prebins.counts import CountedPreBins
from infotheory.binning.prebins.grouping import Grouping
from infotheory.binning.prebins.options import PREBIN_OPTIONS, check_feature, option_of
from infotheory.binning.prebins.rows import PreBins
from infotheory.engines import Columns, FrameCounts
from infotheory.evidence.groups.protected import MISSING_POLICIES, comparisons
from infotheory.tables import CountTable

__all__ = ["FairBinner"]


class FairBinner(PeriodBinner):
    """Bins of all features with the largest total information value within fairness budgets.

    One mixed-integer program over all features decides which pre-bins make a bin. The demographic
    information value (IV_fair) of a feature is the Jeffreys divergence between two groups of a
    protected attribute over its bins, less the bias that few rows of a group give it; a budget
    bounds its sum over features, or each of its terms, or either with its standard error. A feature
    may be dropped: all its values, missing ones included, are then one bin. Protected attributes
    are used in ``fit`` only.

    Parameters
    ----------
    budget : float or mapping of str to float, optional
        Largest IV_fair summed over features, in nats, for every pair of groups that is compared; or
        one a protected attribute (intersections are called "a & b"). Without any budget the program
        is that of ``OptimalBinner``.
    budget_per_feature : float or mapping of str to float, optional
        Largest IV_fair of each feature, or of the features named.
    confidence : float, optional
        Chance constraint: IV_fair plus ``z`` standard errors has to stay within the budget, ``z``
        being the one-sided normal quantile (1.645 at 0.95). Between 1/2 and 1. On the rows that
        chose the bins this is a margin, not a guarantee: the true IV_fair stays within the budget
        in .85 to .97 of fits at 0.95. ``certify`` gives the guarantee.
    certify : bool
        Half the rows choose bins for .2, .4, ... and all of every budget; the other half tests them
        in this order by one-sided upper ends at ``confidence``, and the last bins before the first
        failure are taken. The true IV_fair then stays within every budget in at least a share
        ``confidence`` of fits. Needs a budget and ``confidence`` above 1/2, and ``fit``, which sees
        rows. Where nothing is certified every feature is dropped, with a warning.
    divergence : {"iv", "js"}
        Divergence between groups that budgets bound: the Jeffreys divergence (IV_fair), or that of
        Jensen and Shannon, which is at most ``ln 2`` and finite whatever cells are empty. What is
        maximised is the information value.
    keep : sequence of str
        Features that may not be dropped.
    reference : object or mapping, optional
        Group with which the others are compared, or one an attribute; all pairs when None.
    intersections : bool
        Compare also the combinations of the groups of all attributes.
    missing_protected : {"error", "group", "exclude"}
        A row whose group is missing raises, belongs to a group "Missing", or takes no part in
        IV_fair.
    max_n_prebins : int
        Most cells before the search, never more than 2000. The program grows with its square.
    min_n_bins, max_n_bins : int
        Fewest and most bins of a feature that is not dropped (``max_n_bins`` may be None), missing
        and special bins not counted.
    min_bin_size, max_bin_size : float
        Smallest and largest bin as shares of the total weight; ``max_bin_size`` may be None.
    min_bin_n_event, min_bin_n_nonevent : float
        Fewest events and non-events in a bin; with weights, Kish sizes
        ``(sum w)^2 / sum w^2`` of the bin and class.
    monotonic_trend : {None, "auto", "ascending", "descending"}
        Order of the event rates; "auto" is the better of the two.
    order_in_periods, max_rate_drift : float, optional
        What event rates have to meet in each of the periods given to ``fit``: as in
        ``OptimalBinner``.
    bin_penalty : float
        What each bin costs, in nats.
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
    solver : {"highs", "cbc", "scipy"}
        Solver of the program; scipy's HiGHS takes over, with a warning, where highspy cannot be
        imported.
    mip_gap : float
        Relative gap at which the search stops.
    time_limit : float, optional
        Seconds, None for no end. The best bins by then are taken, with a warning of the gap.
    n_jobs : int, optional
        Threads over features (pre-bins).
    random_state : int
        Seed of the halves of ``certify``.

    Attributes
    ----------
    solution_ : FairSolution
        Objective, bound, gap, status, seconds, solver, what each budget was used for, and which of
        them bind.
    certificate_ : Certificate or None
        Every test of ``certify``; None without it.
    comparisons_ : tuple of Comparison
        The pairs of groups that were compared.
    group_tables_, prebin_group_tables_ : dict of str to dict of str to CountTable
        Counts by bin (pre-bin), class and group, by attribute and feature.
    specs_, prebin_specs_, tables_, prebin_tables_, splits_, status_, woe_, groupings_, classes_,
    event_label_
        As those of ``OptimalBinner``.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where X has names.

    See Also
    --------
    OptimalBinner : Bins of each feature without budgets, by dynamic programming.
    infotheory.fairness.fairness_frontier : Bins over a range of budgets.

    Notes
    -----
    The program is linear: intervals of pre-bins are arcs of a path, see
    :mod:`infotheory.binning.fair.problem`. Under ``confidence`` the standard error of each feature
    is bounded by the root of a sum over its bins, and that of a sum over features by the sum of
    these, whatever the dependence. A budget that is met on the training rows is optimistic: certify
    it on others. After A. Sudjianto and D. Burakov, arXiv:2509.09855, who state the aim but no
    program. Fitting with a protected attribute is a legal question in some jurisdictions.

    Examples
    --------
    >>> income, code = np.tile([1.0, 2.0, 3.0, 4.0], 50), np.repeat([0.0, 1.0], 100)
    >>> X = pd.DataFrame({"income": income, "code": code})
    >>> y = np.tile([1, 1, 0, 0, 1, 0, 1, 0, 0, 0], 20)
    >>> group = np.repeat(["a", "b", "a"], [90, 100, 10])
    >>> binner = FairBinner(budget=0.1).fit(X, y, protected=group)
    >>> binner.status_["code"], binner.solution_.binding
    ('dropped: budget', ())
    """

    _per_feature: ClassVar[tuple[str, ...]] = (
        *PREBIN_OPTIONS,
        "max_levels",
        *LIMITS,
        "monotonic_trend",
        "order_in_periods",
        "max_rate_drift",
    )

    def __init__(
        self,
        *,
        budget: float | Mapping[str, float] | None = None,
        budget_per_feature: float | Mapping[str, float] | None = None,
        confidence: float | None = None,
        certify: bool = False,
        divergence: str = "iv",
        keep: Sequence[str] = (),
        reference: Any = None,
        intersections: bool = False,
        missing_protected: str = "error",
        max_n_prebins: int = 20,
        min_n_bins: int = 1,
        max_n_bins: int | None = 6,
        min_bin_size: float = 0.05,
        max_bin_size: float | None = None,
        min_bin_n_event: float = 1,
        min_bin_n_nonevent: float = 1,
        monotonic_trend: str | None = "auto",
        order_in_periods: float | None = None,
        max_rate_drift: float | None = None,
        bin_penalty: float = 0.0,
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
        solver: str = "highs",
        mip_gap: float = 1e-4,
        time_limit: float | None = 60.0,
        n_jobs: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.budget = budget
        self.budget_per_feature = budget_per_feature
        self.confidence = confidence
        self.certify = certify
        self.divergence = divergence
        self.keep = keep
        self.reference = reference
        self.intersections = intersections
        self.missing_protected = missing_protected

        self.max_n_prebins = max_n_prebins
        self.min_n_bins = min_n_bins
        self.max_n_bins = max_n_bins
        self.min_bin_size = min_bin_size
        self.max_bin_size = max_bin_size
        self.min_bin_n_event = min_bin_n_event
        self.min_bin_n_nonevent = min_bin_n_nonevent
        self.monotonic_trend = monotonic_trend
        self.order_in_periods = order_in_periods
        self.max_rate_drift = max_rate_drift
        self.bin_penalty = bin_penalty

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

        self.solver = solver
        self.mip_gap = mip_gap
        self.time_limit = time_limit
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        protected: Any = None,
        periods: Any = None,
    ) -> Self:
        """Learn the bins.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            Two distinct labels.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights; rows of weight 0 count as absent.
        protected : array-like or frame of shape (n_rows,) or (n_rows, n_attributes), optional
            Protected attributes, one column an attribute, rows in the order of X. Needed where
            there is a budget; without one the groups are counted and nothing is bounded.
        periods : array-like of shape (n_rows,), optional
            Any label a row; needed where ``order_in_periods`` or ``max_rate_drift`` is set.

        Returns
        -------
        FairBinner
            The fitted binner.

        Raises
        ------
        ValueError
            If the data or an option is not valid, or a budget is given without ``protected``.
        InfeasibleError
            If no bins of some feature meet the limits, or none meet the budgets (or are certified
            to) while features in ``keep`` stay; the message names what contradicts each other.

        Warns
        -----
        WithheldWarning
            If ``certify`` finds no bins that it can certify.
        """
        self._learn(X, y, sample_weight, (protected, periods))
        return self

    def fit_transform(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        protected: Any = None,
        periods: Any = None,
    ) -> Any:
        """Learn the bins and transform the same rows, reading them once.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            Two distinct labels.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights; rows of weight 0 count as absent.
        protected : array-like or frame of shape (n_rows,) or (n_rows, n_attributes), optional
            Protected attributes.
        periods : array-like of shape (n_rows,), optional
            As for ``fit``.

        Returns
        -------
        ndarray or frame of shape (n_rows, n_features)
            As ``transform``.
        """
        codes = {
            cells.spec.name: cells.codes
            for cells in self._learn(X, y, sample_weight, (protected, periods))
        }
        return values_of_fit(self.features_, codes, self.metric)

    @property
    def prebin_group_tables_(self) -> dict[str, dict[str, CountTable]]:
        """Counts by pre-bin, class and group, by attribute and feature."""
        attributes = dict.fromkeys(comparison.attribute for comparison in self.comparisons_)
        return {
            attribute: {
                name: bins.prebin_groups[attribute] for name, bins in self.features_.items()
            }
            for attribute in attributes
        }

    @property
    def group_tables_(self) -> dict[str, dict[str, CountTable]]:
        """Counts by bin, class and group, by attribute and feature."""
        return {
            attribute: {
                name: merged_groups(self.features_[name], table) for name, table in tables.items()
            }
            for attribute, tables in self.prebin_group_tables_.items()
        }

    def with_budget(
        self,
        budget: float | Mapping[str, float] | None,
        *,
        start: "Sequence[Choice] | None" = None,
    ) -> Self:
        """Binner under another budget, from the counts of this fit: no rows are needed.

        Parameters
        ----------
        budget : float, mapping or None
            As the parameter of that name.
        start : sequence of Choice, optional
            Bins that the solver may start from: ``solution_.choices`` of a binner that came from
            the same fit.

        Returns
        -------
        FairBinner
            A fitted copy; this binner stays as it is.

        Raises
        ------
        ValueError
            If the budget is not valid, or this binner was fitted without protected attributes or
            with ``certify``, or lost the counts that its order over time needs to a cut by hand.
        InfeasibleError
            If no bins meet the budget.
        """
        check_is_fitted(self)
        if self.certify:
            message = (
                "another budget needs another certificate, which needs rows; got a binner with "
                "certify=True: set the budget and fit"
            )
            raise ValueError(message)
        warn_lost_edits(self.audit_, "another budget")

        other = copy(self).set_params(budget=budget)
        prebins = [bins.prebinned()[:2] for bins in self.features_.values()]
        groups = self.prebin_group_tables_
        by_feature = {name: bins.prebin_periods for name, bins in self.features_.items()}
        periods = counts_of_periods(by_feature)
        other.solution_, groupings = search_counts(other, prebins, groups, periods, start)

        made = [
            replace(
                FeatureBins.of_groups(*cells, grouping),
                prebin_groups=of_feature(groups, cells[0].name),
                prebin_periods=periods.get(cells[0].name),
            )
            for cells, grouping in zip(prebins, groupings, strict=True)
        ]
        finished = finish_bins(made, self.zero_cells, self.woe_sign)
        other.features_ = {bins.name: bins for bins in finished}
        other.audit_, other.history_ = [], History()
        return other

    def fairness_summary(self) -> pd.DataFrame:
        """Describe the demographic information value of the training rows, by feature and in total.

        Returns
        -------
        pandas.DataFrame
            One row a comparison and feature, and one a comparison with feature "all features":
            attribute, group, reference, feature, iv_fair (of the ``divergence`` of the binner, less
            its bias, so that it may be negative), iv_fair_standard_error (of a total the sum of
            those of its features, which bounds it whatever their dependence), iv_fair_raw (the
            divergence as counted, which small groups raise), and where a budget bounds the row
            budget, used (with ``z`` standard errors under ``confidence``) and binding; NaN and
            False elsewhere. All of it is of the bins as they are, edits included; they were chosen
            on these rows, so that it is optimistic, not an estimate.
        """
        check_is_fitted(self)
        problem, known = self.solution_.problem, self.__dict__.setdefault("_demographic_values", {})
        keys = [(row.comparison, row.features) for row in problem.rows]
        uses = zip(problem.budgets, self.solution_.used, strict=True)
        limits = dict(zip(keys, uses, strict=True))

        names, rows = list(self.features_), []
        singles: list[tuple[int, ...]] = [(f,) for f in range(len(names))]
        places = [*singles, tuple(range(len(names)))]
        for k, comparison in enumerate(self.comparisons_):
            values = [
                value_of_bins(known, bins, comparison, self.divergence)
                for bins in self.features_.values()
            ]
            values.append(np.sum(values, axis=0))  # errors too: a bound, whatever the dependence
            for name, features, (value, error, raw) in zip(
                [*names, "all features"], places, values, strict=True
            ):
                budget, used = limits.get((k, features), (np.nan, np.nan))
                if self.history_.done and not np.isnan(budget):
                    used = value + problem.z * error  # no more what the search used
                row = {
                    "attribute": comparison.attribute,
                    "group": comparison.first,
                    "reference": comparison.second,
                }
                row |= {"feature": name, "iv_fair": value, "iv_fair_standard_error": error}
                row |= {"iv_fair_raw": raw}
                tight = bool(budget - used <= BINDING * (1.0 + budget))
                rows.append(row | {"budget": budget, "used": used, "binding": tight})
        columns = [
            "attribute",
            "group",
            "reference",
            "feature",
            "iv_fair",
            "iv_fair_standard_error",
            "iv_fair_raw",
        ]
        return pd.DataFrame(rows, columns=[*columns, "budget", "used", "binding"])

    def _check_options(self, names: tuple[str, ...]) -> None:
        super()._check_options(names)
        check_option("divergence", self.divergence, ("iv", "js"))
        check_option("missing_protected", self.missing_protected, MISSING_POLICIES)
        solver_options(self)  # which checks them
        for name in self.keep:
            check_feature("keep", name, names)

        for name in names:
            trend = option_of(self, name, "monotonic_trend")
            if trend not in DIRECTIONS:
                message = (
                    "monotonic_trend must be None, 'auto', 'ascending' or 'descending', got "
                    f"{trend!r} for feature {name!r}; OptimalBinner offers other shapes"
                )
                raise ValueError(message)

        if self.confidence is not None:
            rule = "a number in [0.5, 1), or None for no standard errors"
            check_number("confidence", self.confidence, 0.5, 1.0, ends="[)", rule=rule)
        check_flag("certify", self.certify)
        check_integer("random_state", self.random_state, low=0)
        self._certified_confidence()

    def _certified_confidence(self) -> float | None:
        """Confidence of the certificate, None where none is asked for."""
        if not self.certify:
            return None
        without_budget = self.budget is None and self.budget_per_feature is None
        if without_budget or self.confidence is None or not self.confidence > 0.5:
            message = (
                "certify=True needs a budget and a confidence above 1/2, got "
                f"budget={self.budget!r}, budget_per_feature={self.budget_per_feature!r}, "
                f"confidence={self.confidence!r}"
            )
            raise ValueError(message)
        return self.confidence

    def _check_counts_suffice(self) -> None:
        super()._check_counts_suffice()
        if self.certify:
            message = (
                "certify=True needs rows, which are halved, got counts; use fit(X, y, protected=), "
                "or certify=False and certify the bins on other rows"
            )
            raise ValueError(message)

    def _bin(
        self, columns: Columns, rows: Rows, counted_by: Any
    ) -> tuple[list[PreBins], list[Grouping]]:
        prebins, (protected, periods) = self._make_prebins(columns, rows), counted_by
        self._keep_periods(prebins, rows, periods)
        attributes, tables = row_groups(prebins, rows, protected, **self._group_options())
        self._keep_groups(attributes, tables)
        confidence = self._certified_confidence()
        if confidence is None:
            self.certificate_ = None
            return prebins, self._group(prebins)

        check_budgets_have_groups(self)
        self.certificate_, self.solution_, groupings = certified_groupings(
            self, prebins, rows, (attributes, periods), confidence, self.random_state
        )
        return prebins, groupings

    def _take_groups(self, counts: FrameCounts, made: list[CountedPreBins]) -> None:
        super()._take_groups(counts, made)
        self._keep_groups(*counted_groups(counts, made, **self._group_options()))
        self.certificate_ = None

    def _group_options(self) -> dict[str, Any]:
        return {"missing": self.missing_protected, "intersections": self.intersections}

    def _keep_groups(self, attributes: tuple[ProtectedAttribute, ...], tables: GroupTables) -> None:
        self.comparisons_ = tuple(
            c for attribute in attributes for c in comparisons(attribute, self.reference)
        )
        self._by_group = tables  # until the features hold them

    def _group(self, prebins: list[PreBins]) -> list[Grouping]:
        self.solution_, groupings = search_counts(
            self,
            [(cells.spec, cells.table) for cells in prebins],
            self._by_group,
            counts_of_periods(self._by_period),
        )
        return groupings

    def _store(self, prebins: list[PreBins], groupings: list[Grouping]) -> None:
        super()._store(prebins, groupings)
        self.features_ = {
            name: replace(bins, prebin_groups=of_feature(self._by_group, name))
            for name, bins in self.features_.items()
        }
        del self._by_group
