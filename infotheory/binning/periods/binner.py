"""What binners share whose bins may be held to an order in each of several periods."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from infotheory._any_table import AnyTable
from infotheory._rows import Rows
from infotheory._typing import ArrayLike
from infotheory._validation import check_option
from infotheory.binning._base import BaseBinner
from infotheory.binning._frames import values_of_fit
from infotheory.binning.features import FeatureBins
from infotheory.binning.periods.counts import (
    check_period_options,
    count_periods,
    period_rates,
    reversals,
)
from infotheory.binning.prebins.counts import CountedPreBins
from infotheory.binning.prebins.grouping import Grouping
from infotheory.binning.prebins.options import (
    check_feature,
    check_values_of_prebins,
    option_of,
)
from infotheory.binning.prebins.rows import PreBins
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.target_task import TargetLimits, divergences_of_kind
from infotheory.binning.search.task import TRENDS
from infotheory.engines import FrameCounts

__all__ = ["PeriodBinner"]


class PeriodBinner(BaseBinner):
    """Binner whose rows may be counted by period, and whose bins may be held to it in each."""

    order_in_periods: float | None
    max_rate_drift: float | None

    _by_period: dict[str, AnyTable]

    def fit(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, *, periods: Any = None
    ) -> Self:
        """Learn the bins.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            Two distinct labels, or what ``target_type`` says where the binner has one: numbers, or
            several labels.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights (of a rate the exposure); rows of weight 0 count as absent.
        periods : array-like of shape (n_rows,), optional
            Any label a row: a month, a region, a scenario. Needed where ``order_in_periods`` or
            ``max_rate_drift`` is set; else rows are counted by them for ``period_table``. Several
            classes take none.

        Returns
        -------
        PeriodBinner
            The fitted binner.

        Raises
        ------
        ValueError
            If the data or an option is not valid, the target does not vary (no rows of one class
            have weight), periods are needed and not given, or several classes come with some.
        InfeasibleError
            If no bins meet the limits.
        """
        self._learn(X, y, sample_weight, periods)
        return self

    def fit_transform(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, *, periods: Any = None
    ) -> Any:
        """Learn the bins and transform the same rows, reading them once.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Numbers and categories; missing values are welcome.
        y : array-like of shape (n_rows,)
            As for ``fit``.
        sample_weight : array-like of shape (n_rows,), optional
            As for ``fit``.
        periods : array-like of shape (n_rows,), optional
            As for ``fit``.

        Returns
        -------
        ndarray or frame of shape (n_rows, n_columns)
            As ``transform``: a column a feature, of several classes one a feature and class.

        Raises
        ------
        ValueError, InfeasibleError
            As ``fit``.
        """
        prebins = self._learn(X, y, sample_weight, periods)
        codes = {cells.spec.name: cells.codes for cells in prebins}
        return values_of_fit(self.features_, codes, self.metric)

    def summary(self, features: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Describe the bins of each feature.

        The information value (of another target its divergence, which a column names) is the one of
        the training rows, on which the bins were learnt: it is optimistic, and a p-value of it
        would be wrong, so none is given; see ``cross_fitted_information_value``.

        Parameters
        ----------
        features : str or sequence of str, optional
            Names of the features wanted, in this order; all when None.

        Returns
        -------
        pandas.DataFrame
            One row a feature, as that of every binner: feature, dtype, status, n_bins, iv, its
            error and interval, trend, trend_cost, shares and numbers of bins that need a look.
            After ``fit(..., periods=)`` also reversals (steps between neighbours that go against
            their order in a period) and order_cost (what ``order_in_periods`` and
            ``max_rate_drift`` cost against bins without them; NaN where features are decided
            together). Descriptive: trend_cost, missing_share, special_share, smallest_bin,
            reversals and order_cost.

        Raises
        ------
        ValueError
            If a feature is unknown, or none is named.
        """
        frame = super().summary(features)
        chosen = [self.features_[name] for name in frame["feature"]]
        if any(bins.prebin_periods is not None for bins in chosen):
            frame["reversals"] = [reversals(bins) for bins in chosen]
            frame["order_cost"] = [self._order_cost(bins) for bins in chosen]
        return frame

    def period_table(self, feature: str, *, level: float = 0.95) -> pd.DataFrame:
        """Show event rates or means by bin and period, after ``fit(..., periods=)``.

        Parameters
        ----------
        feature : str
            Name of a feature.
        level : float
            Coverage of the intervals, in (0, 1): Jeffreys's of an event rate, normal ones of a
            mean.

        Returns
        -------
        pandas.DataFrame
            One row a period and bin: bin, period, count (sum of the weights), events and
            event_rate, or of an amount mean, then low, high and reversal (whether the step from the
            bin before goes against that of all periods). A bin without rows in a period has a rate
            of NaN and no reversal; a mean of one row has no interval (NaN).

        Raises
        ------
        ValueError
            If the feature is unknown or was not counted by period, or the level is not one.
        """
        check_is_fitted(self)
        check_feature("feature", feature, tuple(self.features_))
        return period_rates(self.features_[feature], level)

    def _check_options(self, names: tuple[str, ...]) -> None:
        super()._check_options(names)
        for name in names:
            check_period_options(
                option_of(self, name, "order_in_periods"),
                option_of(self, name, "max_rate_drift"),
                of_means=getattr(self, "target_type", "binary") != "binary",
            )

    def _check_values(self, names: tuple[str, ...]) -> None:
        """Raise an error where a fit on features of these names would refuse an option."""
        self._check_options(names)
        check_values_of_prebins(self, names)
        # "auto" decides at the fit, which may then refuse what only means allow.
        kind = getattr(self, "target_type_", getattr(self, "target_type", "binary"))
        limits = Limits if kind == "binary" else TargetLimits
        for name in names:
            limits(**{limit.name: option_of(self, name, limit.name) for limit in fields(limits)})
            trend = option_of(self, name, "monotonic_trend")
            if kind != "multiclass" or isinstance(trend, str):
                check_option("monotonic_trend", trend, TRENDS)
            divergence = option_of(self, name, "divergence")
            check_option("divergence", divergence, (None, *divergences_of_kind(kind)))

    def _check_counts_suffice(self) -> None:
        super()._check_counts_suffice()
        overrides = (self.feature_params or {}).values()
        asked = [self.order_in_periods, self.max_rate_drift]
        for options in overrides:
            asked += [options.get("order_in_periods"), options.get("max_rate_drift")]
        if any(limit is not None for limit in asked):
            message = (
                "order_in_periods and max_rate_drift need the periods of rows, got counts or a "
                "frame of any engine; use fit(X, y, periods=)"
            )
            raise ValueError(message)

    def _asks_periods(self, name: str) -> bool:
        """Whether something is asked of the rates of a feature by period."""
        options = ("order_in_periods", "max_rate_drift")
        return any(option_of(self, name, option) is not None for option in options)

    def _keep_periods(self, prebins: list[PreBins], rows: Rows, periods: Any) -> None:
        """Count the rows by period, until the features hold the counts."""
        needed = any(self._asks_periods(cells.spec.name) for cells in prebins)
        self._by_period = count_periods(prebins, rows, periods, needed=needed)

    def _take_groups(self, counts: FrameCounts, made: list[CountedPreBins]) -> None:
        super()._take_groups(counts, made)
        self._by_period = {}

    def _store(self, prebins: list[PreBins], groupings: list[Grouping]) -> None:
        super()._store(prebins, groupings)
        self.features_ = {
            name: replace(bins, prebin_periods=self._by_period.get(name))
            for name, bins in self.features_.items()
        }
        # The features hold the counts from here on: a binner carries them once.
        del self._by_period

    def _order_cost(self, bins: FeatureBins) -> float:  # noqa: ARG002 - for those that know it
        """Return what the order in periods costs, NaN where features are decided together."""
        return np.nan
