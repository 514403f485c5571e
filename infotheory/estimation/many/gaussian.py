"""Higher-order measures of Gaussian variables from one matrix of correlations, in batches."""

from types import ModuleType
from typing import Any

import numpy as np
from scipy import special

from infotheory._later import stats
from infotheory._numerics import namespace, tensor_to_numpy
from infotheory._typing import FloatArray, IntArray
from infotheory.estimation.many.curvature import difference_variances
from infotheory.estimation.many.measures import Values

__all__ = ["gaussian_local_values", "gaussian_measures"]

#: Multiplets in a batch: their matrices take some 20 MiB at 5 variables.
_BATCH = 20_000


def gaussian_measures(
    covariance: FloatArray,
    multiplets: IntArray,
    n_rows: int,
    *,
    with_target: bool = False,
    device: Any = None,
) -> Values:
    """Measures in nats of the multiplets, all of one size, with their errors and tests.

    With S the covariance of a multiplet and P its inverse, the total correlation is
    ``(sum log S_ii - log|S|) / 2`` and the dual one ``(log|S| + sum log P_ii) / 2``, less the bias
    of log-determinants of Wishart laws. Each is a mean of ``z' Q z / 2`` up to a constant, so that
    its variance is ``tr((Q S)^2) / (2 n)`` at first order. That vanishes with the dependence, and
    an estimate of it is small where the value is: the variance of second order is added.

    With a target, which is the last of each multiplet, the measures are those of all less those
    without the target. A device is one of torch; where none is named, numpy computes.
    """
    batch = _gradients if with_target else _batch
    everything: Any = covariance
    if device is not None:
        everything = _on_device(covariance, device)
    xp = namespace(everything)
    parts = [
        batch(xp, everything, xp.asarray(multiplets[start : start + _BATCH], device=device), n_rows)
        for start in range(0, len(multiplets), _BATCH)
    ]
    return Values.joined(parts)


def _on_device(covariance: FloatArray, device: Any) -> Any:
    """Put a matrix on a device of torch."""
    import torch

    try:
        # Names that are unknown, devices that this build of torch lacks and those without float64
        # raise errors of different types.
        return torch.asarray(covariance, dtype=torch.float64, device=device)
    except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
        message = (
            f"device must be one that torch finds here and that has float64, got {device!r}: "
            f"{str(error).splitlines()[0]}; leave it out to compute with numpy"
        )
        raise ValueError(message) from error


class _Multiplets:
    """Plug-in measures of some matrices, and the forms that are their influence."""

    def __init__(self, xp: ModuleType, s: Any) -> None:
        self.xp, self.s, self.size = xp, s, s.shape[-1]
        lower = xp.linalg.cholesky(s)
        log_det = 2.0 * xp.sum(xp.log(xp.linalg.diagonal(lower)), axis=-1)
        self.p = xp.linalg.inv(s)
        variances, precisions = xp.linalg.diagonal(s), xp.linalg.diagonal(self.p)
        self.total = 0.5 * (xp.sum(xp.log(variances), axis=-1) - log_det)
        self.dual = 0.5 * (log_det + xp.sum(xp.log(precisions), axis=-1))

        # Twice the derivatives by S: the forms Q of the influences.
        scaled = self.p / xp.sqrt(precisions)[:, None, :]
        self.of_total = -self.p
        place = xp.arange(self.size, device=s.device)
        self.of_total[:, place, place] += 1.0 / variances
        self.of_dual = self.p - scaled @ xp.matrix_transpose(scaled)

    def biases(self, n_rows: int) -> tuple[float, float]:
        """Mean of the plug-in of both less the truth."""
        # Total: the entropies of single variables less that of all. Dual: those of all but one,
        # less size - 1 times that of all.
        one, rest, all_ = (_entropy_bias(n_rows, n) for n in (1, self.size - 1, self.size))
        return self.size * one - all_, self.size * rest - (self.size - 1) * all_


def _batch(xp: ModuleType, covariance: Any, multiplets: Any, n_rows: int) -> Values:
    """Measure a batch of multiplets of Gaussian variables, all at once."""
    measured = _Multiplets(xp, covariance[multiplets[:, :, None], multiplets[:, None, :]])
    size, s = measured.size, measured.s
    first = _traces(xp, measured.of_total @ s, measured.of_dual @ s)
    errors = _errors(xp, first, _curvature_variances(xp, s, measured.p), n_rows)

    # Bartlett's test that all are independent.
    total = _numpy(measured.total)
    bartlett = 2.0 * (n_rows - 1.0 - (2.0 * size + 5.0) / 6.0) * total
    bias_of_total, bias_of_dual = measured.biases(n_rows)
    return Values(
        total_correlation=total - bias_of_total,
        dual_total_correlation=_numpy(measured.dual) - bias_of_dual,
        standard_errors=errors,
        errors_of_no_o_information=errors[:, 2],
        independence_p_values=stats.chi2.sf(bartlett, size * (size - 1) / 2),
    )


def _gradients(xp: ModuleType, covariance: Any, multiplets: Any, n_rows: int) -> Values:
    """Measures of all variables less those without the last, with errors of the differences."""
    whole = _Multiplets(xp, covariance[multiplets[:, :, None], multiplets[:, None, :]])
    less = _Multiplets(xp, whole.s[:, :-1, :-1])
    of_total, of_dual = whole.of_total, whole.of_dual
    of_total[:, :-1, :-1] -= less.of_total
    of_dual[:, :-1, :-1] -= less.of_dual
    first = _traces(xp, of_total @ whole.s, of_dual @ whole.s)
    errors = _errors(xp, first, difference_variances(xp, whole.s, less.s), n_rows)

    # The difference of total correlations is the information of the others on the target, which
    # has an F test.
    told, others = _numpy(whole.total - less.total), less.size
    freedom = n_rows - 1 - others
    biases = zip(whole.biases(n_rows), less.biases(n_rows), strict=True)
    bias_of_total, bias_of_dual = (one - other for one, other in biases)
    return Values(
        total_correlation=told - bias_of_total,
        dual_total_correlation=_numpy(whole.dual - less.dual) - bias_of_dual,
        standard_errors=errors,
        errors_of_no_o_information=errors[:, 2],
        independence_p_values=stats.f.sf(np.expm1(2.0 * told) * freedom / others, others, freedom),
    )


def _errors(xp: ModuleType, first: tuple[Any, ...], second: tuple[Any, ...], n_rows: int) -> Any:
    """Return the standard errors of the four measures, of shape (n_multiplets, 4)."""
    variances = [
        # Rounding can leave a trace that is 0 a little below it.
        0.5 * xp.clip(linear, 0.0) / n_rows + curved / (16.0 * n_rows**2)
        for linear, curved in zip(_of_four(*first), _of_four(*second), strict=True)
    ]
    return _numpy(xp.sqrt(xp.stack(variances, axis=1)))


def _numpy(values: Any) -> FloatArray:
    """Bring numbers back from their device."""
    return values if isinstance(values, np.ndarray) else tensor_to_numpy("values", values)


def gaussian_local_values(scores: FloatArray) -> FloatArray:
    """O-information of each row of Gaussian variables of mean 0, whose mean is the plug-in."""
    size = scores.shape[1]
    s = scores.T @ scores / len(scores)
    p = np.linalg.inv(s)
    log_det = np.linalg.slogdet(s)[1]
    turned, precisions = scores @ p, np.diag(p)
    square = (scores * turned).sum(axis=1)

    # Entropies without the constant of the normal law, which cancels.
    joint = 0.5 * (square + log_det)
    single = 0.5 * (scores**2 / np.diag(s) + np.log(np.diag(s))).sum(axis=1)

    # Without variable i the square is z' P z - (P z)_i^2 / P_ii, and the log-determinant log|S| +
    # log P_ii: no other matrix is inverted.
    without_one = 0.5 * (
        size * square - (turned**2 / precisions).sum(axis=1) + size * log_det
        + np.log(precisions).sum()
    )  # fmt: skip
    return np.asarray((single - joint) - (without_one - (size - 1) * joint))


def _of_four(total: Any, dual: Any, both: Any) -> tuple[Any, ...]:
    """Variances of the four measures in the order of ``MEASURES``, from those of two of them."""
    return total, dual, total + dual - 2.0 * both, total + dual + 2.0 * both


def _traces(xp: ModuleType, total: Any, dual: Any) -> tuple[Any, Any, Any]:
    """Traces of the squares of two matrices, and of their product."""
    turned = xp.matrix_transpose(dual)
    return (
        xp.sum(total * xp.matrix_transpose(total), axis=(1, 2)),
        xp.sum(dual * turned, axis=(1, 2)),
        xp.sum(total * turned, axis=(1, 2)),
    )


def _curvature_variances(xp: ModuleType, s: Any, p: Any) -> tuple[Any, Any, Any]:
    """Variances, and covariance, of the second differentials of both correlations, times 4.

    With ``S = L L'`` the noise of S is ``L G L' / sqrt(n)`` for a symmetric G of independent normal
    entries, of variance 2 on the diagonal and 1 off it. ``log S_ii`` has the second differential
    ``-(u' G u)^2`` with u the direction of row i of L, ``log|S|`` has ``-tr G^2``, and ``log P_ii``
    has ``2 v' G^2 v - (v' G v)^2`` with v the direction of column i of the inverse of L. The total
    correlation thus has ``tr G^2 - sum (u' G u)^2`` over 4, and the dual one
    ``tr(G^2 D) - sum (v' G v)^2`` over 4, with ``D = 2 sum v v' - I``. For symmetric A and B and
    unit vectors

    ``cov(tr G^2 A, tr G^2 B) = 2 (k + 2) tr AB + 2 tr A tr B``,
    ``cov(tr G^2 A, (v' G v)^2) = 8 v' A v``, ``cov((u' G u)^2, (v' G v)^2) = 8 (u' v)^4``.

    Products of two u are correlations, of two v partial ones but for the sign, and a u is at right
    angles to every v but its own.
    """
    size, axes = s.shape[1], (1, 2)
    of_s, of_p = xp.linalg.diagonal(s), xp.linalg.diagonal(p)
    of_u, of_v = (
        a**2 / (diagonal[:, :, None] * diagonal[:, None, :])
        for a, diagonal in ((s, of_s), (p, of_p))
    )
    own = 1.0 / (of_s * of_p)
    squares = xp.sum(of_v, axis=axes)
    fourths_u, fourths_v = xp.sum(of_u**2, axis=axes), xp.sum(of_v**2, axis=axes)

    total = 4.0 * size * (size + 1.0) - 16.0 * size + 8.0 * fourths_u
    trace_of_square = 4.0 * squares - 3.0 * size
    dual = 2.0 * (size + 2.0) * trace_of_square + 2.0 * size**2
    dual = dual - 16.0 * (2.0 * squares - size) + 8.0 * fourths_v
    both = 4.0 * size * (size + 1.0) - 8.0 * size
    both = both - 8.0 * (2.0 * xp.sum(own, axis=1) - size) + 8.0 * xp.sum(own**2, axis=1)
    return total, dual, both


def _entropy_bias(n_rows: int, n_variables: int) -> float:
    """Mean of the plug-in entropy of normal variables less the truth."""
    halves = special.psi((n_rows - np.arange(1, n_variables + 1)) / 2.0)
    # Both measures have as many variables with either sign: the divisor of the covariance cancels.
    return float(0.5 * (halves.sum() + n_variables * np.log(2.0 / (n_rows - 1.0))))
