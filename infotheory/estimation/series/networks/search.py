"""Which of many series drive which: greedy sets of parents, then a test of every link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._parallel import run_tasks
from infotheory._random import Rng, as_generator
from infotheory._row_order import warn_of_row_order
from infotheory._several_tests import FALSE_DISCOVERY, false_discovery
from infotheory._typing import ArrayLike, Base
from infotheory._validation import check_integer, check_level, check_option, unmasked
from infotheory._warnings import warn
from infotheory.estimation.discrete.pairwise import named_columns
from infotheory.estimation.measurements.continuous import GAUSSIAN_METHODS
from infotheory.estimation.series.embedding import Lagged, embed, lags_before
from infotheory.estimation.series.estimators import estimator_of
from infotheory.estimation.series.networks.gaussian_links import GaussianLinks
from infotheory.estimation.series.networks.links import Link, Links, Term
from infotheory.estimation.series.networks.surrogate_links import SurrogateLinks
from infotheory.estimation.series.signals import read_trials
from infotheory.exceptions import ApproximationWarning, WithheldWarning

__all__ = ["TransferNetwork", "transfer_network"]

NETWORK_METHODS = (*GAUSSIAN_METHODS, "ksg", "plugin")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransferNetwork:
    """Links between series.

    Its numbers are descriptive: what holds of a link is its adjusted p-value.

    Parameters
    ----------
    links : DataFrame
        One row a pair: source, target, lags (those in the set of parents, perhaps none), value,
        standard_error, p_value, adjusted_p_value. The value is the conditional transfer entropy of
        all lags of the source, given the other parents of the target; by ksg and plugin of the lag
        that says most. By ksg it is too small as a rule where the parents are many: the error has
        the scale of that bias. It is NaN where `transfer_entropy` withholds the interval.
    conditions : dict
        For each target its parents: pairs of name and lag, its own past among them.
    names : tuple of str
        Names of all series.
    method : str
        How links were estimated and tested.
    """

    links: pd.DataFrame
    conditions: dict[str, list[tuple[str, int]]]
    names: tuple[str, ...]
    method: str

    __repr__ = short_repr
    _repr_html_ = html_repr

    def adjacency(self, alpha: float = 0.05) -> pd.DataFrame:
        """Return which links are significant.

        Parameters
        ----------
        alpha : float
            Limit of the adjusted p-values.

        Returns
        -------
        DataFrame
            True at (source, target) where there is a link.

        Raises
        ------
        ValueError
            If ``alpha`` is not strictly between 0 and 1.
        """
        check_level(alpha, "alpha")
        table = pd.DataFrame(False, index=list(self.names), columns=list(self.names))
        for link in self.links.itertuples():
            if link.adjusted_p_value <= alpha:
                table.loc[link.source, link.target] = True
        return table


def transfer_network(
    X: Any,
    *,
    max_lag: int,
    min_lag: int = 1,
    max_lag_target: int | None = None,
    method: str = "gaussian",
    alpha: float = 0.05,
    adjust: str = "bh",
    targets: Sequence[str | int] | None = None,
    trials: ArrayLike | None = None,
    missing: str = "error",
    n_neighbors: int = 4,
    n_permutations: int = 60,
    rng: Rng = None,
    workers: int = 1,
    base: Base = None,
) -> TransferNetwork:
    """Find the network of transfer between many series, by greedy multivariate transfer entropy.

    The numbers are descriptive: what holds of a link is its adjusted p-value.

    For each target its own past and then the pasts of all others are added, lag by lag, while the
    best says something at the size ``alpha`` of its maximum statistic; then terms that say nothing
    given the rest are dropped. Last, every other series is tested with all its lags given these
    parents less its own terms, whether it was chosen or not.

    Parameters
    ----------
    X : array-like of shape (n_steps, n_series) or DataFrame
        Series in order of time.
    max_lag, min_lag : int
        Lags of the sources.
    max_lag_target : int, optional
        Longest lag of the target's own past; ``max_lag`` when None.
    method : {"gaussian", "gaussian_copula", "ksg", "plugin"}
        Gaussian methods see correlations only, and need no surrogates: links of squares are missed,
        and drivers shared through squares are found as links. ksg and plugin (labels) draw
        surrogates.
    alpha : float
        Size of each step of the search.
    adjust : {"bh", "by"}
        Adjustment of the p-values over all links: Benjamini and Hochberg, or Benjamini and
        Yekutieli, for any dependence.
    targets : sequence of str or int, optional
        Names or numbers of the series whose drivers are sought; all when None.
    trials : array-like of shape (n_steps,), optional
        One label a step, as in `transfer_entropy`.
    missing : {"error", "omit"}
        Whether missing values are an error, or steps that touch one are left out, for all targets.
    n_neighbors : int
        Number of neighbours, for ksg.
    n_permutations : int
        Surrogates of each step and, at most, of each test, for ksg and plugin; at least 19. A test
        ends where ten of them reach its value.
    rng : Generator or int, optional
        Source of what is drawn, or its seed.
    workers : int
        Threads, one target each; -1 for all processors. The result does not depend on it.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    TransferNetwork
        Links with values, tests adjusted over all of them, and the parents of each target.

    Raises
    ------
    ValueError
        If there are fewer than two series, no step has its whole past, values are missing or
        constant, too few steps for the lags, or an option is not valid.

    Warns
    -----
    WithheldWarning
        If errors of some links are withheld (NaN), since no interval around their values would
        hold: cells are sparse, boxes of neighbours half as wide as the dependence, or tails too
        heavy for them. Once for all.
    ApproximationWarning
        If p-values of some links may be too small: series are so short beside what they remember
        that shifts of them are much alike, or that the F test rejects too often while their steps
        are too few for autoregressions, or they may be random walks beneath noise, or the levels
        of both drift. Once for all.

    Notes
    -----
    Gaussian: the maximum of the search is compared with that of normal variables with the partial
    correlations of the candidates; links have F tests, and where series remember for long the test
    by draws of `transfer_entropy`. 20 series with 30 links of .15 to .30 at
    lags 1 to 3, ``max_lag=5``: 500 steps find .96 of the links, 10 000 all, with false shares of
    .03 to .05. ksg and plugin: the largest of the search is compared with a t law of values of
    shifted candidates (Sidak over the candidates), the largest over the lags of a link with shifts
    of the source and a Gumbel law of their mean and variance.

    Novelli et al. 2019, doi:10.1162/netn_a_00092; Runge et al. 2019, doi:10.1126/sciadv.aau4996;
    tests that end early: Besag and Clifford 1991, doi:10.1093/biomet/78.2.301.

    Examples
    --------
    A chain of three:

    >>> x = np.random.default_rng(0).normal(size=(1000, 3))
    >>> for t in range(2, 1000):
    ...     x[t, 1] += 0.5 * x[t - 1, 0]
    ...     x[t, 2] += 0.5 * x[t - 2, 1]
    >>> network = transfer_network(x, max_lag=3, rng=0)
    >>> network.adjacency().to_numpy().astype(int).tolist()
    [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    """
    check_integer("max_lag", max_lag)
    check_integer("min_lag", min_lag, high=max_lag)
    own_lags = max_lag if max_lag_target is None else max_lag_target
    check_integer("max_lag_target", own_lags)
    check_option("method", method, NETWORK_METHODS)
    check_option("adjust", adjust, FALSE_DISCOVERY)
    check_option("missing", missing, ("error", "omit"))
    check_level(alpha, "alpha")
    check_integer("n_permutations", n_permutations, low=19)
    unit = log_base(base)
    estimator = estimator_of(method, n_neighbors, 1)
    columns = named_columns(unmasked(X, labels=estimator.labels) if missing == "omit" else X)
    names = list(columns)
    if len(names) < 2:
        message = f"X must have two series or more, got {len(names)}"
        raise ValueError(message)
    wanted = _numbers(names, targets)

    signals = [
        estimator.read(f"column {name!r}", column, omit=missing == "omit", joint=False)
        for name, column in columns.items()
    ]
    warn_of_row_order(X=X, trials=trials)
    spans = read_trials(trials, signals[0].n_steps)
    lags = lags_before(0, max(max_lag, own_lags) + 1, 1, spans)
    rows = embed([Lagged(signal, lags) for signal in signals], spans)
    links: Links = (
        GaussianLinks(signals, rows, spans, lags[-1], max_lag - min_lag + 1)
        if method in GAUSSIAN_METHODS
        else SurrogateLinks(estimator, signals, rows, spans, n_permutations)
    )

    search = _Search(links, len(names), range(min_lag, max_lag + 1), own_lags, alpha)
    # A stream for each target: the same for any number of workers.
    seeds = as_generator(rng).integers(2**63, size=len(wanted)).tolist()
    found = run_tasks(
        search.parents_and_links, list(zip(wanted, seeds, strict=True)), workers, prefer="threads"
    )

    _warn_of_links([link for _, tested in found for link in tested.values()])
    records = [
        {
            "source": names[source],
            "target": names[target],
            "lags": tuple(sorted(lag for one, lag in parents if one == source)),
            "value": link.value / unit,
            "standard_error": link.standard_error / unit,
            "p_value": link.p_value,
        }
        for target, (parents, tested) in zip(wanted, found, strict=True)
        for source, link in tested.items()
    ]
    table = pd.DataFrame(records)
    table["adjusted_p_value"] = false_discovery(table["p_value"].to_numpy(), adjust)
    return TransferNetwork(
        links=table,
        conditions={
            names[target]: [(names[one], lag) for one, lag in parents]
            for target, (parents, _) in zip(wanted, found, strict=True)
        },
        names=tuple(names),
        method=method if method in GAUSSIAN_METHODS else f"{method}, shift, Gumbel",
    )


def _warn_of_links(links: list[Link]) -> None:
    """Warn once of all links whose errors are withheld, and once of those with doubtful tests."""
    kinds: list[tuple[list[str | None], str, type[Warning]]] = [
        ([link.reason for link in links], "have no standard error", WithheldWarning),
        ([link.doubt for link in links], "have uncertain p-values", ApproximationWarning),
    ]
    for of_links, what, category in kinds:
        told = [one for one in of_links if one is not None]
        if told:
            message = f"{len(told)} of {len(links)} links {what}, the first of them: {told[0]}"
            warn(message, category)


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """The greedy search, for one target at a time."""

    links: Links
    n_series: int
    lags: range
    own_lags: int
    alpha: float

    def parents_and_links(self, target: int, seed: int) -> tuple[list[Term], dict[int, Link]]:
        """Return the parents of a target, and the test of every other series."""
        rng = np.random.default_rng(seed)
        # The target's own past first: what it explains is not transfer.
        parents: list[Term] = [(target, 1)]
        self._add(target, [(target, lag) for lag in range(2, self.own_lags + 1)], parents, rng)
        others = [one for one in range(self.n_series) if one != target]
        self._add(target, [(one, lag) for one in others for lag in self.lags], parents, rng)

        # What was added first may say nothing given what came later.
        while terms := [term for term in parents if term[0] != target]:
            given = [term for term in parents if term[0] == target]
            weakest, p_value = self.links.weakest(target, terms, given, rng)
            if p_value <= self.alpha:
                break
            parents.remove(weakest)

        tested = {
            source: self.links.link(
                target,
                [(source, lag) for lag in self.lags],
                [term for term in parents if term[0] != source],
                rng,
            )
            for source in others
        }
        return parents, tested

    def _add(
        self, target: int, candidates: list[Term], parents: list[Term], rng: np.random.Generator
    ) -> None:
        """Add the best candidates while their maximum says something."""
        while candidates:
            best, p_value = self.links.best(target, candidates, parents, rng)
            if p_value > self.alpha:
                return
            parents.append(best)
            candidates.remove(best)


def _numbers(names: list[str], targets: Sequence[str | int] | None) -> list[int]:
    """Read names or numbers of series."""
    if targets is None:
        return list(range(len(names)))
    if isinstance(targets, str) or not np.iterable(targets) or not len(targets):
        message = f"targets must be a list of names or numbers of series, got {targets!r}"
        raise ValueError(message)
    numbers = []
    for target in targets:
        if isinstance(target, str):
            check_option("each of targets", target, names)
            numbers.append(names.index(target))
        else:
            check_integer("each of targets", target, low=0, high=len(names) - 1)
            numbers.append(int(target))
    # A series may have come by its name and by its number.
    return list(dict.fromkeys(numbers))
