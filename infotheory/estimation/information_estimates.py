"""Mutual information, also given a third variable, from samples, with errors and tests."""

from collections.abc import Collection
from dataclasses import replace

from infotheory._codes import CodeArray, Codes, encode_labels
from infotheory._numerics import log_base
from infotheory._random import Rng
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import check_option, fill_absent, present_labels
from infotheory.estimation._permutations import check_permutations, shuffled_p_value
from infotheory.estimation._row_memory import warn_of_memory
from infotheory.estimation.discrete._entropy_methods import METHODS
from infotheory.estimation.discrete._samples import check_method, check_rows_agree
from infotheory.estimation.discrete._strata import Strata, count_strata, information_estimate
from infotheory.estimation.measurements.continuous import (
    CONDITIONAL_METHODS,
    CONTINUOUS_METHODS,
    ContinuousOptions,
    continuous_conditional_information,
    continuous_information,
)
from infotheory.inference import Estimate

__all__ = ["estimate_conditional_mutual_information", "estimate_mutual_information"]


#: Neighbours of a local permutation, which the information of two variables has no use for.
_NEIGHBORS = 5

#: Where labels turn out to be measurements.
_OF_MEASUREMENTS = 'method="ksg" ("mixed" where other columns are labels)'


def estimate_mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: str = "plugin",
    sample_weight: ArrayLike | None = None,
    concentration: float = 0.5,
    n_neighbors: int = 3,
    discrete: str | Collection[str] = "auto",
    jitter: float | str | None = None,
    n_permutations: int = 0,
    rng: Rng = None,
    workers: int = 1,
    base: Base = None,
) -> Estimate:
    """Estimate the mutual information of two variables from samples of labels or measurements.

    Parameters
    ----------
    x, y : array-like of shape (n_rows,) or (n_rows, n_columns)
        Several columns are one joint variable. For the discrete methods labels of any type; real
        numbers that look like measurements are an error: cut them into cells, or use a continuous
        method. For ksg, ksg2, gaussian and gaussian_copula measurements. For ross x holds
        measurements and y labels.
    method : str
        Discrete: one of plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb,
        jackknife, chao_wang_jost. Continuous: ksg and ksg2 (the two algorithms of Kraskov,
        Stögbauer and Grassberger), ross, gaussian, gaussian_copula (gaussian of normal scores of
        the ranks). mixed: labels, values that repeat (more than n_neighbors copies, as the zeros of
        a rectified signal) and measurements in any mixture; it contains ksg and ross.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows, for the discrete methods. They enter through the frequencies and Kish's
        size ``(sum w)^2 / sum w^2``.
    concentration : float
        Pseudo-count of a cell of the joint table, for dirichlet.
    n_neighbors : int
        Number of neighbours, for ksg, ksg2, ross and mixed. More neighbours: less variance, more
        bias.
    discrete : "auto" or collection of {"x", "y"}
        Which variables hold labels, for mixed. "auto": strings, booleans, and whole numbers of at
        most 32 levels, column by column.
    jitter : float or "auto", optional
        Width of uniform noise that undoes the rounding of measurements, in the unit of a column;
        "auto" for the smallest gap between values of each column. It is drawn from ``rng``, which
        it needs, and named in ``method`` of the result.
    n_permutations : int
        Number of times that the rows of y are permuted for a p-value in place of the analytic one;
        0 for none.
    rng : Generator or int, optional
        Source of the permutations, or its seed.
    workers : int
        Threads of the k-d trees, for ksg, ksg2 and ross; -1 for all processors.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Estimate
        Discrete methods: the standard error is by the delta method, ``(E i^2 - I^2) / N`` with i
        the pointwise information. The p-value is of independence, by ``2 N I``: chi-square with
        (x levels - 1)(y levels - 1) degrees of freedom where cells are well filled; a gamma law
        with the exact mean and variance given the margins where they are not (see Notes); a mid-p
        given the margins where few tables have them, exact for two labels each, else from 1999
        random tables (19 999 where it is below .005) of a seed of their own. With weights
        it is that of a sum of chi-squares, from the squared weights of the cells (see Notes), and
        None with fewer effective rows than degrees of freedom.

        The interval, whatever the method, inverts a non-central chi-square scaled to the plug-in's
        mean and variance, which corrects its bias ``df / 2N`` and holds at and near independence.
        Where cells are sparse, or hold less than a quarter of what is expected, both the error and
        the interval are those of a sparse table (see Notes); the value may lie outside. Where x and
        y nearly determine each other its upper end allows for one label more of both that no row
        has, and may exceed the logarithm of the labels seen (two labels that are equal, 100 rows:
        1.170 bits). It is withheld, with a WithheldWarning, where the rows are fewer than two a
        cell, half of the cells expect less than half a row, few tables have the margins, or fewer
        than 90 % of the rows lie in strata with two levels of x and of y. The error is by the delta
        method still with less than half a row a cell. Within strata the upper end is raised by the
        share of the rows whose stratum has fewer of them than cells, times the information.

        Nearest neighbours: the value is a mean of one term a row, and ``N SE^2 = s^2 + min(s^2,
        v)`` with s^2 the variance of the terms and ``v = psi'(k)`` the part of it that is noise of
        distances (in ross ``psi'(k) - mean psi'(m)``), which counts twice since a distance serves
        both of its ends. Beside it the error has the scale of the bias, ``0.3 c sqrt(1 - exp(-2
        I))`` nats at the value and an error more, c the width of the boxes of the neighbours beside
        that of the dependence: the mean of ``k / (n_x + 1)``, to the power of one over the columns
        of y, or the same of y if that is larger; beside labels it is twice as large. The interval
        is normal, cut at 0; beyond ``c = n / (2 n + 20)`` (strong dependence, or many columns, for
        so few rows; 1/2 given a third
        variable) it is withheld, with a WithheldWarning, and the value is too small as a rule; with
        fewer than 50 rows, too (but beside labels, or given a third variable), and where more than
        2 % of the rows repeat another one in all columns (by mixed of those that measure both).
        Where the middle 98 % of the values of a column are more than 4 times as wide as its middle
        half (exponential 4.2), the scale of the bias grows with the root of that ratio, but by ross
        and beside labels; beyond 15, as for Cauchy's, the interval is withheld: take ranks of them.
        The p-value is None unless n_permutations is given: no law of these estimates under
        independence is known.

        Gaussian: from the canonical correlations r, of the normal scores for the copula,
        ``SE^2 = sum r^2 / N`` (delta method, and a term of second order), Bartlett's chi-square
        test, and the interval of the plug-in; the value is less its bias for Gaussian samples. For
        the copula samples of the fitted one, of a seed of their own, tell what the noise of ranks
        adds (from some 12 rows on): its bias is taken off and enters the error, its spread too.
        Where it is more than 1.5 errors the interval is withheld, with a WithheldWarning. For
        gaussian, where a column (or what the condition leaves of it) is told to be not normal (from
        20 rows on; of normal columns 1 % of samples), the error has the fourth moments of the rows
        and the gap to the information of the normal scores; where these change the variance by
        more than half, or the gap is beyond 2 errors, the interval is withheld.
        The error and the interval hold where the copula is Gaussian; elsewhere the value is the
        information of Gaussian variables with the same correlations of scores, and dependence
        without correlation is not seen.

        All but plugin, james_stein and dirichlet may return negative values.

    Raises
    ------
    ValueError
        If the lengths differ, there are no rows, a label is missing, or an option is not valid.
        Discrete methods: if labels look like measurements. Continuous methods: if there are
        weights, values that are not finite, constants, values that repeat (a row shares its value
        in a column with more than half a row on average), rows with n_neighbors copies, no more
        than n_neighbors rows (in ross: of a label), columns that determine each other.

    Warns
    -----
    WithheldWarning
        If the interval is withheld.
    ApproximationWarning
        If x and y remember the rows before, as steps of series do: errors and tests are those of
        independent rows. Rows that list a table or were sorted by x or y are no series.

    Notes
    -----
    Discrete methods but plugin, james_stein and dirichlet estimate the entropies of x, of y and of
    both apart. Memory is in proportion to the rows, however many cells the joint table has.

    Cells are well filled where the mean of ``2 N I`` exceeds its degrees of freedom by at most .02
    of its standard deviations, by the correction of Williams (1976, doi:10.1093/biomet/63.1.33).
    Elsewhere the mean is exact (Vinh, Epps and Bailey 2010, JMLR 11, 2837-2854), and the variance
    nearly: the polynomials of Hahn of a cell up to degree 4 count. In tables of 2 x 2 to 30 x 30
    labels with at least half a row a cell, uniform, Zipf, geometric and rare margins, tests of size
    .05 reject .036 to .061 (many rare labels of few rows each: less).

    Weights may depend on the labels. The law of ``2 N I``, N Kish's size, has the mean and variance
    that squared weights of the cells imply (Rao and Scott 1984, doi:10.1214/aos/1176346391). Where
    a cell expects fewer than ten effective rows, and the mean lies more than .02 deviations beyond
    that to first order, p-values below .2 are no less than those of 199 random tables with the rows
    and weights of each label; with fewer than ten it is None, with a WithheldWarning, where
    weights of cells are no products of weights of labels by more than chance. Independent labels of
    2 x 2 to 25 x 25 with weights by label, raked or random are rejected in 0 to .10 of 200 samples,
    .03 together. The interval needs five effective rows a cell and one in every cell; it
    covers .84 to 1, most often .90 and more.

    The interval of a sparse table takes the bias and the variance of the plug-in from a mixing law
    of the ratios of true to expected counts of its cells (Kiefer and Wolfowitz 1956,
    doi:10.1214/aoms/1177728066), and its lower end allows for rows off a deterministic relation
    that were not seen (Clopper and Pearson). In tables of 2 x 2 to 20 x 20 labels with two rows a
    cell or more, from independence over copulas of correlation .2 to .9 to relations with 2 % and
    15 % of noise, 95 % intervals cover .92 to 1. What stays low: one to three rows expected off a
    deterministic relation (.87 to .98), strong dependence within strata (.89 to .92), many strata
    of some 15 rows (.90).

    Continuous methods bring each column to standard deviation 1 first, which leaves the information
    as it is, and measure distances in the maximum norm; nothing random is added. Logarithms or
    ranks of heavy-tailed columns leave it as it is too, and make neighbours better: with margins of
    Cauchy and a correlation of .8 intervals covered .56 to .65 (300 and 1500 rows; log-normal ones
    of sigma 3 .25 to .41), with their ranks .95. Those of margins with lighter tails are shown:
    normal, uniform, exponential, Laplace, log-normal, Student's of 3 degrees of freedom .90 to 1,
    of 1.5 and log-normal of sigma 1.5 .93 to 1. Standard errors
    of nearest neighbours hold for independent rows; they were checked by simulation, where noise of
    distances adds 1.4 to 1.9 times psi'(k) rather than 2 times, so that they are up to a quarter
    too large at independence. Of the bias, which grows with the information, the number of columns
    and n_neighbors, they know the usual scale alone.

    Kraskov, Stögbauer and Grassberger 2004, doi:10.1103/PhysRevE.69.066138, equations 8 and 9; Ross
    2014, doi:10.1371/journal.pone.0087357; Ince et al. 2017, doi:10.1002/hbm.23471 (Gaussian
    copula).

    Examples
    --------
    >>> estimate = estimate_mutual_information(["a", "a", "b", "b"] * 25, [0, 0, 1, 1] * 25, base=2)
    >>> estimate.value
    1.0
    >>> print(estimate)
    1.000 ± 0.010 [0.797, 1.170]

    Two Gaussian variables of correlation 0.6, whose information is ``-log(1 - 0.36) / 2 = 0.223``:

    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 1000))
    >>> y = 0.6 * x + 0.8 * noise
    >>> for method in ("ksg", "gaussian_copula"):
    ...     estimate = estimate_mutual_information(x, y, method=method)
    ...     low, high = estimate.interval()
    ...     print(method, low < 0.223 < high, estimate.standard_error < 0.04)
    ksg True True
    gaussian_copula True True
    """
    check_option("method", method, (*METHODS, *CONTINUOUS_METHODS))
    warn_of_row_order(x=x, y=y, sample_weight=sample_weight)
    unit = log_base(base)

    if method in CONTINUOUS_METHODS:
        options = ContinuousOptions(
            method=method,
            n_neighbors=n_neighbors,
            discrete=discrete,
            jitter=jitter,
            n_permutations=n_permutations,
            permutation_neighbors=_NEIGHBORS,
            workers=workers,
            unit=unit,
        )
        return continuous_information(x, y, sample_weight, options=options, rng=rng)

    # From here on all variables are labels, and rows are counted in a table.
    _refuse_jitter(method, jitter)
    x, weights = present_labels("x", x, sample_weight)
    of_x, of_y = _label_codes(x=x, y=fill_absent("y", y, weights))
    check_permutations(n_permutations, weights)

    strata = count_strata(of_x, of_y, None, weights)
    estimate = _strata_estimate(strata, method, concentration, unit)
    warn_of_memory(*_numbers_of_counted(weights, of_x, of_y))

    # Permutations take the place of the likelihood-ratio test that the estimate comes with.
    if n_permutations == 0:
        return estimate
    return replace(estimate, p_value=shuffled_p_value(of_x, of_y, None, n_permutations, rng))


def estimate_conditional_mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    z: ArrayLike,
    *,
    method: str = "plugin",
    sample_weight: ArrayLike | None = None,
    concentration: float = 0.5,
    n_neighbors: int = 3,
    discrete: str | Collection[str] = "auto",
    jitter: float | str | None = None,
    n_permutations: int = 0,
    permutation: str = "auto",
    n_permutation_neighbors: int = 5,
    rng: Rng = None,
    workers: int = 1,
    base: Base = None,
) -> Estimate:
    """Estimate the mutual information of two variables given a third from samples.

    All three are labels, all three are measurements or, for mixed, each is either.

    Parameters
    ----------
    x, y, z : array-like of shape (n_rows,) or (n_rows, n_columns)
        Several columns are one joint variable; ``z`` is the condition. Labels of any type for the
        discrete methods, measurements for ksg, gaussian and gaussian_copula.
    method : str
        Discrete: one of plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb,
        jackknife, chao_wang_jost. Continuous: ksg (the estimate of Frenzel and Pompe, ksg with a
        condition), gaussian, gaussian_copula. mixed: labels, values that repeat and measurements
        in any mixture.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows, for the discrete methods. They enter through the frequencies and Kish's
        size ``(sum w)^2 / sum w^2``.
    concentration : float
        Pseudo-count of a cell of the joint table, for dirichlet.
    n_neighbors : int
        Number of neighbours, for ksg and mixed.
    discrete : "auto" or collection of {"x", "y", "z"}
        Which variables hold labels, for mixed. "auto": strings, booleans, and whole numbers of at
        most 32 levels, column by column.
    jitter : float or "auto", optional
        Width of uniform noise that undoes the rounding of measurements, in the unit of a column;
        "auto" for the smallest gap between values of each column. It is drawn from ``rng``, which
        it needs, and named in ``method`` of the result.
    n_permutations : int
        Number of times that rows of x change places for a p-value in place of the analytic one; 0
        for none.
    permutation : {"auto", "strata", "local"}
        How: among the rows of one label of z ("strata"), or among neighbours in z ("local", Runge
        2018), never across its labels. "auto" takes what goes with z.
    n_permutation_neighbors : int
        Rows, itself among them, with which a row may change places under "local", at least 2.
    rng : Generator or int, optional
        Source of the permutations and of the jitter, or its seed.
    workers : int
        Threads of the k-d trees and of the permutations; -1 for all processors. The result does not
        depend on it.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Estimate
        As `estimate_mutual_information`. Discrete methods: the degrees of freedom are the sum over
        the strata of z of (x levels - 1)(y levels - 1), counting the levels that occur in the
        stratum: an empty margin tests nothing. The Gaussian methods take the partial canonical
        correlations given z, and compare them with the law that the products of what z leaves
        imply: spreads of x and y may follow z. Where squares or cubes of z say of both what z does
        not say on a line, p-value and interval are withheld, with a WithheldWarning: give them as
        columns of z. Where z explains most of x and of y the noise of ranks makes
        dependence of its own, which the test of gaussian_copula allows for; where it doubles the
        mean of the statistic, interval and p-value are withheld, with a WithheldWarning; the
        interval earlier where rows are few for the columns of z. ksg and mixed have no p-value
        without permutations, and count the rows near in (x, z) and in (y, z)
        for the width c of boxes: beyond 1/2 (as a rule with three columns of z and 500 rows), or
        where a column has heavy tails, the interval is withheld, with a WithheldWarning.

    Raises
    ------
    ValueError
        As `estimate_mutual_information`.

    Warns
    -----
    WithheldWarning, ApproximationWarning
        As `estimate_mutual_information`; of memory that z leaves.

    Notes
    -----
    Frenzel and Pompe 2007, doi:10.1103/PhysRevLett.99.204101. Strong dependence on z biases ksg
    towards 0: neighbours in the joint space are then far in z.

    No test of conditional independence given measurements holds everywhere (Shah and Peters 2020,
    doi:10.1214/19-AOS1857). Rejections at 5 % of local permutations with ksg, where x and y are
    ``f(u)`` beneath noise of .5 and u is the scaled sum of the columns of z (200 and 500 rows):
    linear, one column .033 and .067; square, one column .155 and .092; tanh, three columns .083 and
    .042; **square, three columns .95 and .98**. Runge 2018, arXiv:1709.01447.

    Examples
    --------
    Two fair bits and their sum modulo 2: independent in pairs, one bit given the third.

    >>> x, y = [0, 0, 1, 1] * 25, [0, 1, 0, 1] * 25
    >>> estimate_conditional_mutual_information(x, y, [0, 1, 1, 0] * 25, base=2).value
    1.0
    """
    check_option("method", method, (*METHODS, *CONDITIONAL_METHODS))
    check_option("permutation", permutation, ("auto", "strata", "local"))
    warn_of_row_order(x=x, y=y, z=z, sample_weight=sample_weight)
    unit = log_base(base)
    if method in CONDITIONAL_METHODS:
        # Of the methods for measurements only mixed may have labels as z, whose rows make strata.
        if permutation == "strata" and method != "mixed":
            message = (
                f"permutation='strata' needs labels as z, got measurements for method={method!r}; "
                "take permutation='local'"
            )
            raise ValueError(message)
        options = ContinuousOptions(
            method=method,
            n_neighbors=n_neighbors,
            discrete=discrete,
            jitter=jitter,
            n_permutations=n_permutations,
            permutation_neighbors=n_permutation_neighbors,
            workers=workers,
            unit=unit,
        )
        return continuous_conditional_information(x, y, z, sample_weight, options=options, rng=rng)

    _refuse_jitter(method, jitter)

    # Labels have no neighbours but the rows of the same z.
    if permutation == "local":
        message = f"permutation='local' needs measurements as z, got labels for method={method!r}"
        raise ValueError(message)

    x, weights = present_labels("x", x, sample_weight)
    of_x, of_y, of_z = _label_codes(
        x=x, y=fill_absent("y", y, weights), z=fill_absent("z", z, weights)
    )
    check_permutations(n_permutations, weights)
    estimate = _strata_estimate(
        count_strata(of_x, of_y, of_z, weights), method, concentration, unit
    )
    first, second, condition = _numbers_of_counted(weights, of_x, of_y, of_z)
    warn_of_memory(first, second, strata=condition)

    # As for two variables, permutations take the place of the likelihood-ratio test.
    if n_permutations == 0:
        return estimate
    return replace(estimate, p_value=shuffled_p_value(of_x, of_y, of_z, n_permutations, rng))


def _refuse_jitter(method: str, jitter: float | str | None) -> None:
    if jitter is not None:
        message = f"jitter must be None for method={method!r}, which takes labels, got {jitter!r}"
        raise ValueError(message)


def _numbers_of_counted(weights: FloatArray | None, *codes: Codes) -> list[CodeArray]:
    """Return labels as numbers, of the rows that have a weight: the others are none."""
    counted = slice(None) if weights is None else weights > 0.0
    return [one.index[counted] for one in codes]


def _label_codes(**variables: ArrayLike) -> list[Codes]:
    """Read variables that hold labels, all of as many rows."""
    codes = {
        name: encode_labels(values, name=name, of_measurements=_OF_MEASUREMENTS)
        for name, values in variables.items()
    }
    check_rows_agree(**{name: read.n_rows for name, read in codes.items()})
    return list(codes.values())


def _strata_estimate(strata: Strata, method: str, concentration: float, unit: float) -> Estimate:
    """Check the method against the counts, and estimate the information within the strata."""
    check_method(method, strata.counts, concentration)
    return information_estimate(strata, method, concentration, unit)
