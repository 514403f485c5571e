"""Entropy from samples or counts, with standard errors and intervals."""

import numpy as np
from scipy import special

from infotheory._codes import encode_labels
from infotheory._numerics import log_base
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import (
    as_counts,
    as_order,
    check_integer,
    check_option,
    present_labels,
    refuse_shares,
)
from infotheory._warnings import warn
from infotheory.estimation.discrete._entropy_laws import (
    DISCOVERY,
    PRIORS,
    UnseenLabelLaw,
    UnseenLabelsLaw,
    entropy_law,
)
from infotheory.estimation.discrete._entropy_methods import METHODS
from infotheory.estimation.discrete._samples import are_alike, cell_counts, check_method
from infotheory.estimation.discrete._weighted_entropy import WeightedLabels, tilted_shares
from infotheory.estimation.measurements.continuous import differential_entropy
from infotheory.exceptions import SparseCellWarning, WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, NormalLaw, WithheldLaw
from infotheory.measures.entropies import entropy

__all__ = ["entropy_from_counts", "estimate_entropy"]

_DIFFERENTIAL = "kozachenko_leonenko"

# Orders from here on count collisions, which tell more than the plug-in of them where more than a
# tenth of the rows have a label of their own: 100 even labels and 100 rows were covered .01.
_COLLISIONS, _MOST_ALONE = 2.0, 0.1

# Fewer sets of rows of one label have no normal law: order 4 of 100 even labels, which 40 rows
# hardly show such a set of, was covered .08.
_LOG_OF_FEWEST_SETS = np.log(5.0) - 1e-9  # logarithms of five sets are rounded

# Sums of numbers of labels are exact in float64 up to here.
_MOST_LABELS = 2**53


def estimate_entropy(
    x: ArrayLike,
    *,
    method: str = "plugin",
    order: float = 1.0,
    sample_weight: ArrayLike | None = None,
    alphabet_size: int | None = None,
    concentration: float = 0.5,
    n_neighbors: int = 3,
    workers: int = 1,
    base: Base = None,
) -> Estimate:
    """Estimate the entropy of labels, or the differential entropy of measurements, from samples.

    Parameters
    ----------
    x : array-like of shape (n_rows,) or (n_rows, n_columns)
        Labels of any type; several columns are one joint variable. Real numbers that look like
        measurements are an error, except for kozachenko_leonenko, which takes nothing else.
    method : str
        One of plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb, jackknife,
        chao_wang_jost for labels; kozachenko_leonenko for measurements.
    order : float
        Order of Rényi's entropy; other than 1 by the plug-in only.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows, not for kozachenko_leonenko. They enter through the frequencies,
        Kish's size ``(sum w)^2 / sum w^2`` and, in errors and intervals, the squared weights of the
        labels: the rows of a label may weigh more than others. A label that no row has is taken to
        weigh as much as those that were seen.
    alphabet_size : int, optional
        Number of possible labels, for james_stein, dirichlet and nsb, and as a limit of the
        interval; the number observed when None.
    concentration : float
        Pseudo-count of a label, for dirichlet.
    n_neighbors : int
        Number of neighbours, for kozachenko_leonenko.
    workers : int
        Threads of the k-d tree, for kozachenko_leonenko; -1 for all processors.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Estimate
        Value, standard error and interval, as described at `entropy_from_counts`, for labels; for
        measurements a standard error as `estimate_mutual_information` describes it for nearest
        neighbours, and a normal interval; of two columns the error has the scale of the bias at
        edges, of more the interval is withheld, with a WithheldWarning, and where more than 2 % of
        the rows repeat another one (in one column: beyond what rounding repeats).

    Raises
    ------
    ValueError
        If there are no rows, a label is missing or a measurement, or an option is not valid. By
        kozachenko_leonenko: if there are weights or an order or alphabet_size, values that are not
        finite, constants, values that repeat (a row shares its value in a column with more than
        half a row on average), rows with n_neighbors copies, or no more than n_neighbors rows.

    Warns
    -----
    WithheldWarning
        If the interval is withheld.
    ApproximationWarning
        If measurements remember the rows before, as steps of series do: the error is too small.

    Notes
    -----
    Kozachenko and Leonenko 1987 in the maximum norm, as Kraskov, Stögbauer and Grassberger 2004,
    doi:10.1103/PhysRevE.69.066138, equation 20, have it; columns are brought to standard deviation
    1 first, whose logarithms are added back. Differential entropy may be negative, and its unit is
    that of the measurements: that of ``a x`` is larger by ``log |a|`` a column. Steep edges and
    many columns bias it.

    Examples
    --------
    >>> estimate = estimate_entropy(["a", "b", "a", "c"] * 25, base=2)
    >>> estimate.value, round(estimate.standard_error, 6)
    (1.5, 0.05)

    Exponential waiting times of mean 1, whose differential entropy is 1:

    >>> x = np.random.default_rng(0).exponential(size=1000)
    >>> low, high = estimate_entropy(x, method="kozachenko_leonenko").interval()
    >>> bool(low < 1.0 < high)
    True
    """
    check_option("method", method, (*METHODS, _DIFFERENTIAL))
    if method == _DIFFERENTIAL:
        if order != 1.0 or alphabet_size is not None:
            message = (
                f"method={method!r} must have order=1 and no alphabet_size, got order={order!r} "
                f"and alphabet_size={alphabet_size!r}; differential entropy has no alphabet"
            )
            raise ValueError(message)
        return differential_entropy(x, sample_weight, n_neighbors, workers, log_base(base))

    warn_of_row_order(x=x, sample_weight=sample_weight)
    x, weights = present_labels("x", x, sample_weight)
    codes = encode_labels(x, name="x", of_measurements=f'method="{_DIFFERENTIAL}"')
    _, counts = cell_counts(codes, weights)
    weighted = None
    if weights is not None and not are_alike(weights):
        weighted = WeightedLabels.of(codes, weights, counts)
    elif weights is not None:
        # Equal weights are none, once they are scaled; scaling may leave a rounding.
        counts = np.rint(counts)
    return _entropy_estimate(
        counts, counts.size, alphabet_size, method, order, concentration, base, weighted
    )


def entropy_from_counts(
    counts: ArrayLike,
    *,
    method: str = "plugin",
    order: float = 1.0,
    alphabet_size: int | None = None,
    concentration: float = 0.5,
    base: Base = None,
) -> Estimate:
    """Estimate the entropy of a discrete variable from its counts.

    Parameters
    ----------
    counts : array-like
        Counts of the labels, not negative, of any shape; all cells together are one variable.
    method : str
        One of plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb, jackknife,
        chao_wang_jost; the last where many labels occur once.
    order : float
        Order of Rényi's entropy; other than 1 by the plug-in only.
    alphabet_size : int, optional
        Number of possible labels, for james_stein, dirichlet and nsb, and as a limit of the
        interval; the number of cells, empty ones included, when None.
    concentration : float
        Pseudo-count of a label, for dirichlet; 0.5 is Jeffreys' prior.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Estimate
        Standard errors are by the delta method, ``(sum p log^2 p - H^2) / N`` for order 1 and
        ``(a / (1 - a))^2 (sum p^(2a-1) - (sum p^a)^2) / (N (sum p^a)^2)`` for order a, for all but
        dirichlet and nsb (posterior standard deviation: at the uniform law the interval of
        dirichlet, which lies below the largest entropy, misses it) and jackknife (jackknife
        variance) and chao_wang_jost (jackknife over rows). The interval of the plug-in is centred
        at the value less its second-order bias, which is ``-(m - 1) / (2 N)`` for m occupied cells
        at order 1. Near the uniform law of the labels seen all intervals are that of the distance
        from the largest entropy, by a non-central chi-square; the value may lie outside. Where
        labels occur once the upper end of chao_wang_jost is raised by ``u log(1 / u)``, with u
        their share of the rows. Everywhere else, unless alphabet_size says that all labels were
        seen (or dirichlet and nsb know it), the upper end allows for labels of the share s, all
        together, that no row has with the probability of the upper tail, ``(1 - s)^N``, twice as
        many as ``exp(H)``: what they add is put together with the rest of the upper half of the
        interval by the root of the sum of squares. Between the orders 1 and 2 that share is told by
        the labels that occur once.
        At infinite order the largest of several counts that are close has a bound for each of them
        (Clopper and Pearson). At orders from 2 on, where more than a tenth of the rows have a
        label of their own, the upper end is no less than that of the share of sets of so many rows
        that have one label, or of smaller sets where fewer than five are of one label. Their lower
        end allows for a largest count that is small by chance, where rows are fewer than six a
        label and counts below five times the order. At orders below 1 the lower end knows that a
        label of few rows is shown where it happens to have enough: what the lower bound of its mean
        among such samples takes off, beyond the usual one, is put together with the interval.

        Withheld, with a WithheldWarning: where one label was seen; at order 0; by chao_wang_jost
        with fewer than 10 rows off the most frequent label; by other methods at orders below 2
        where more than a tenth of the rows have a label of their own (by dirichlet and nsb where
        alphabet_size is not given, too); and at orders below 1 where a label has fewer than ``20 (1
        - order)`` rows, or 5, or all labels fewer than 50; with weights where a label of fewer than
        12 rows, which weigh more than three times the average, holds more than .15 of all; at
        orders from 2 on where more than a tenth of the rows have a label of their own and fewer
        than five pairs share one (with weights always); by dirichlet and james_stein where the
        prior moves the value by more than half a standard error from the plug-in without its bias
        (from chao_wang_jost, and upwards, where labels occur once), as a large alphabet_size does.
        Where labels occur once the upper end of all other methods is no less than that of
        chao_wang_jost, and the lower end of all but plugin and miller_madow no more; a
        SparseCellWarning says that this lies more than half a standard error off the centre of
        their interval (not by dirichlet and nsb that know alphabet_size).

    Raises
    ------
    ValueError
        If the counts are empty, negative, not finite or all zero, or an option is not valid.

    Notes
    -----
    Coverage of 95 % intervals with 100 labels and 100 to 500 rows, uniform, Zipf, geometric and
    Dirichlet: chao_wang_jost .92 to 1; plugin, where it is not withheld, .92 to 1. Even labels
    beside one that no row may have are covered .98 to 1 (six and one of .01, two and one of .005;
    before .42 and .25, 60 rows), and thirty beside twenty of .0005, five beside 30 of .002 .97 to 1
    (150 and 40 rows). Orders of .1 to .97 cover .90 and more where the rarest label expects about
    as many rows as it needs (before .3 to .9), .97 to .98 over all settings. Ends of Hill numbers
    and of Tsallis entropies are those of Rényi's by their formulas, which are monotone. nsb covers
    .55 where 1000 labels follow Zipf's law, though it knows their number.

    Miller 1955; Grassberger 2003, arXiv:physics/0307138; Chao and Shen 2003,
    doi:10.1023/A:1026096204727; Chao, Wang and Jost 2013, doi:10.1111/2041-210X.12108; Hausser and
    Strimmer 2009, arXiv:0811.3579; Wolpert and Wolf 1995, doi:10.1103/PhysRevE.52.6841; Nemenman,
    Shafee and Bialek 2002, arXiv:physics/0108025.

    Examples
    --------
    >>> plugin = entropy_from_counts([20, 10, 10])
    >>> corrected = entropy_from_counts([20, 10, 10], method="miller_madow")
    >>> round(corrected.value - plugin.value, 12)  # three cells of 40 rows: (3 - 1) / (2 * 40)
    0.025

    A fair coin, whose entropy has no normal law:

    >>> print(entropy_from_counts([500, 500], base=2))
    1.000 ± 0.000 [0.995, 1.039]

    The upper end allows for labels that 1000 rows missed; nobody needs it who knows better:

    >>> print(entropy_from_counts([500, 500], base=2, alphabet_size=2))
    1.000 ± 0.000 [0.995, 1.000]
    """
    checked = as_counts(counts).ravel()
    refuse_shares("counts", checked, "infotheory.entropy takes them")
    return _entropy_estimate(
        checked[checked > 0.0], checked.size, alphabet_size, method, order, concentration, base
    )


def _entropy_estimate(
    counts: FloatArray,
    n_cells: int,
    alphabet_size: int | None,
    method: str,
    order: float,
    concentration: float,
    base: Base,
    weighted: WeightedLabels | None = None,
) -> Estimate:
    """Estimate the entropy of positive counts, of ``n_cells`` cells where no alphabet is known."""
    check_method(method, counts, concentration)
    order, unit = as_order(order), log_base(base)

    # Only an alphabet that somebody knows limits the entropy: unseen labels may exist elsewhere.
    alphabet = _alphabet(alphabet_size, counts.size, n_cells)
    limit = np.inf if alphabet_size is None else float(np.log(alphabet)) / unit

    if order != 1.0:
        if method != "plugin":
            message = (
                f"method must be 'plugin' for an order other than 1, got method={method!r} with "
                f"order={order!r}"
            )
            raise ValueError(message)
        value, error, bias = _renyi_plugin(counts, order)
        if weighted is not None:
            error, bias = weighted.error_and_bias(order)
        plugin = value, error, bias
    else:
        value, error = METHODS[method](counts, alphabet, concentration)
        # Near the largest entropy the law is that of the plug-in, whatever the method.
        bias_of_plugin = -(counts.size - 1) / (2.0 * float(counts.sum()))
        plugin = *METHODS["plugin"](counts, alphabet, concentration), bias_of_plugin
        if weighted is not None:
            value, error, plugin = _of_weighted_rows(method, value, error, plugin, weighted)
            bias_of_plugin = plugin[2]
        bias = bias_of_plugin if method == "plugin" else 0.0

    # The value is shown as the method has it; its interval stands around what is left without the
    # bias of second order.
    normal = NormalLaw(lower=0.0, upper=limit, center=(value - bias) / unit)
    law = entropy_law(
        counts,
        method,
        order,
        plugin,
        normal,
        unit,
        alphabet_size=alphabet_size,
        discovered=_by_discovery(counts, method, order),
        weighted=weighted,
    )
    # A posterior over labels that somebody knows may be right where discovery rates are not.
    knows_more = method in PRIORS and alphabet_size is not None
    _warn_of(law, method, counts, np.inf if knows_more else error, unit, order)
    return Estimate(value=value / unit, standard_error=error / unit, method=method, law=law)


def _of_weighted_rows(
    method: str,
    value: float,
    error: float,
    plugin: tuple[float, float, float],
    weighted: WeightedLabels,
) -> tuple[float, float, tuple[float, float, float]]:
    """Return value, error and plug-in as squared weights have them, not Kish's size alone.

    A posterior knows of rows that are alike only: its error is stretched as that of the plug-in is.
    """
    value_of_plugin, error_of_kish, bias_of_kish = plugin
    error_of_plugin, bias = weighted.error_and_bias(1.0)
    if error_of_kish > 0.0:
        error *= error_of_plugin / error_of_kish
    if method == "miller_madow":
        value += bias_of_kish - bias
    return value, error, (value_of_plugin, error_of_plugin, bias)


def _warn_of(
    law: IntervalLaw, method: str, counts: FloatArray, error: float, unit: float, order: float
) -> None:
    """Warn where the interval is withheld, or misses what labels that were not seen add."""
    if isinstance(law, WithheldLaw):
        warn(law.reason, WithheldWarning)
        return

    if isinstance(law, UnseenLabelLaw):
        law = law.of_seen
    if not isinstance(law, UnseenLabelsLaw) or law.discovered is None:
        return
    reference, center = law.discovered[0] * unit, law.center
    if order != 1.0 or center is None or abs(reference - center * unit) <= 0.5 * error:
        return
    end = "upper" if reference > center * unit else "lower"
    message = (
        f"{int((counts == 1.0).sum())} of {int(counts.sum())} rows have a label of their own, and "
        f"the estimate by discovery rates lies {abs(reference - center * unit) / error:.1f} "
        f"standard errors off: the value of {method} is biased, and the {end} end of its interval "
        "is that of chao_wang_jost; use method='chao_wang_jost'"
    )
    warn(message, SparseCellWarning)


def _by_discovery(counts: FloatArray, method: str, order: float) -> tuple[float, float] | None:
    """Value and error by discovery rates where labels occur once, for all other methods."""
    # Fractions of rows are no counts of singletons.
    if (counts != np.floor(counts)).any():
        return None
    if order >= _COLLISIONS and not np.isinf(order):
        return _by_collisions(counts, int(order))
    if order != 1.0 or method == DISCOVERY or not (counts == 1.0).any():
        return None
    return METHODS[DISCOVERY](counts, counts.size, 0.5)


def _by_collisions(counts: FloatArray, order: int) -> tuple[float, float] | None:
    """Value and error from the sets of rows of one label, where many labels occur once.

    Their share among all sets of so many rows has the sum of powers as its mean, however many
    labels no row has; the plug-in counts each row with itself. None without sets.
    """
    total = float(counts.sum())
    if (counts == 1.0).sum() <= _MOST_ALONE * total:
        return None

    # Entropies fall with the order: that of the next one down is an upper end where sets are few.
    for size in range(min(order, int(counts.max())), 1, -1):
        # As logarithms: sets of many rows are more than any float.
        repeated = counts[counts >= size]
        in_any_order = special.gammaln(size + 1.0)
        log_sets = special.logsumexp(_log_ordered_sets(repeated, size))
        if log_sets - in_any_order < _LOG_OF_FEWEST_SETS:
            continue
        log_power = float(log_sets - _log_ordered_sets(total, size))
        # Sets of even labels come one by one, those of a frequent one together.
        relative = float(np.sqrt(np.exp(in_any_order - log_sets) + size**2 / total))
        return log_power / (1.0 - size), relative / (size - 1.0)
    return None


def _log_ordered_sets(rows: FloatArray | float, size: int) -> FloatArray:
    """Logarithm of the number of ways to draw so many of some rows, one after the other."""
    return special.gammaln(rows + 1.0) - special.gammaln(rows - size + 1.0)


def _alphabet(alphabet_size: int | None, n_occupied: int, n_cells: int) -> int:
    """Return the number of possible labels: the one asked for, or that of the cells."""
    if alphabet_size is None:
        return n_cells
    check_integer("alphabet_size", alphabet_size, high=_MOST_LABELS)
    if alphabet_size < n_occupied:
        message = (
            f"alphabet_size must be at least the {n_occupied} labels observed, got "
            f"{alphabet_size!r}"
        )
        raise ValueError(message)
    return alphabet_size


def _renyi_plugin(counts: FloatArray, order: float) -> tuple[float, float, float]:
    """Plug-in value, delta-method error and second-order bias of an order other than 1, in nats."""
    total = float(counts.sum())
    p = counts / total
    value = float(entropy(p, order=order))

    # The size of the support has no derivative; minus the log of the largest share is smooth in it.
    if order == 0.0:
        return value, 0.0, 0.0
    if np.isinf(order):
        return value, float(np.sqrt((1.0 - p.max()) / (p.max() * total))), 0.0

    tilted = tilted_shares(p, order)
    variance = (order / (1.0 - order)) ** 2 * float(p @ (tilted - 1.0) ** 2) / total

    # Half the curvature times the multinomial covariance; the square of the gradient, which the
    # logarithm puts into the curvature, gives the part with the variance.
    bias = -order / (2.0 * total) * (float(tilted.sum()) - 1.0) - (1.0 - order) * variance / 2.0
    return value, float(np.sqrt(variance)), bias
