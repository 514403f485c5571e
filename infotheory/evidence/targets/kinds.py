"""Divergences of targets of any kind: convex homogeneous functions of the sums of bins.

Each function takes the sums of all bins, shape (..., n_bins, n_columns) with replicates in front,
and returns the terms, one a bin, and the gradient of their total by every sum. Gradients are
analytic: a complex step through one gives the Hessian to the last digit. A bin without weight, and
a mass that is 0 in a bin, do not belong here: see ``filled_sums``.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from infotheory._evidence_table import EvidenceTable
from infotheory._numerics import bounded_terms, deviance_terms
from infotheory._typing import BoolArray, FloatArray
from infotheory._validation import check_option

__all__ = [
    "DEFAULT_DIVERGENCE",
    "DIVERGENCES_BY_KIND",
    "Terms",
    "filled_sums",
    "lacks_a_mass",
    "name_of_divergence",
    "second_derivatives",
    "spread_of_classes",
    "terms_of_target",
    "units_of_mass",
]


class Terms(NamedTuple):
    """A divergence bin by bin, and its gradient by the sums of each bin."""

    value: FloatArray
    gradient: FloatArray


def _of_shares(
    sums: FloatArray, term: Callable[[FloatArray, FloatArray], tuple[FloatArray, ...]]
) -> Terms:
    """Terms of a divergence of two masses; ``term`` gives f(p, q), df/dp and df/dq."""
    totals = sums.sum(axis=-2, keepdims=True)
    p, q = np.moveaxis(sums / totals, -1, 0)
    value, by_first, by_second = term(p, q)

    # A total moves all shares: what a share gains, the others lose in proportion.
    slopes = [
        by_share - np.sum(share * by_share, axis=-1, keepdims=True)
        for by_share, share in ((by_first, p), (by_second, q))
    ]
    return Terms(value, np.stack(slopes, axis=-1) / totals)


def _jeffreys(sums: FloatArray) -> Terms:
    def term(p: FloatArray, q: FloatArray) -> tuple[FloatArray, ...]:
        log_ratio = np.log(p) - np.log(q)
        return (p - q) * log_ratio, log_ratio + 1.0 - q / p, 1.0 - p / q - log_ratio

    return _of_shares(sums, term)


def _from_second(sums: FloatArray) -> Terms:
    """Kullback-Leibler divergence of the first share from the second: gamma deviance."""

    def term(p: FloatArray, q: FloatArray) -> tuple[FloatArray, ...]:
        log_ratio = np.log(p) - np.log(q)
        # With - p + q, which adds up to 0, no term is negative.
        return deviance_terms(p.real, q.real), log_ratio, 1.0 - p / q

    return _of_shares(sums, term)


def _poisson(sums: FloatArray) -> Terms:
    """Kullback-Leibler divergence of the second share from the first: Poisson deviance."""

    def term(p: FloatArray, q: FloatArray) -> tuple[FloatArray, ...]:
        log_ratio = np.log(q) - np.log(p)
        # As above, - q + p keeps every term from being negative.
        return deviance_terms(q.real, p.real), 1.0 - q / p, log_ratio

    return _of_shares(sums, term)


def _jensen_shannon(sums: FloatArray) -> Terms:
    def term(p: FloatArray, q: FloatArray) -> tuple[FloatArray, ...]:
        middle = 0.5 * (p + q)
        first, second = 0.5 * np.log(p / middle), 0.5 * np.log(q / middle)
        return bounded_terms(p.real, q.real, (p * first + q * second).real), first, second

    return _of_shares(sums, term)


def _r2(sums: FloatArray) -> Terms:
    """Share of the variance between bins."""
    weight, total, squares = np.moveaxis(sums, -1, 0)
    all_weight = weight.sum(axis=-1, keepdims=True)
    mean = total.sum(axis=-1, keepdims=True) / all_weight

    # Sums of squares about the mean of all rows, wherever the sums of the table are about.
    residual = squares.sum(axis=-1, keepdims=True) - all_weight * mean**2
    distance = total / weight - mean
    value = weight * distance**2 / residual
    share = value.sum(axis=-1, keepdims=True)

    # A row of target y in the bin moves R2 by -d^2 + 2 d (y - m) - R2 (y - m)^2 over the residual.
    slopes = [
        -(distance**2) - 2.0 * distance * mean - share * mean**2,
        2.0 * distance + 2.0 * share * mean,
        -share + np.zeros_like(distance),
    ]
    return Terms(value, np.stack(slopes, axis=-1) / residual[..., None])


def _between_classes(sums: FloatArray) -> Terms:
    """Jeffreys divergence of two classes, averaged over pairs in proportion to their shares."""
    total = sums.sum(axis=(-2, -1), keepdims=True)
    joint = sums / total
    rows, columns = joint.sum(axis=-1, keepdims=True), joint.sum(axis=-2, keepdims=True)
    # The products of the shares of two classes, added up over all pairs.
    pairs = (1.0 - np.sum(columns**2, axis=-1, keepdims=True)) / 2.0

    logs = np.log(joint) - np.log(rows) - np.log(columns)
    of_bin = np.sum(columns * logs, axis=-1, keepdims=True)
    of_class = np.sum(rows * logs, axis=-2, keepdims=True)
    of_joint = np.sum(joint * logs, axis=(-2, -1), keepdims=True)
    of_margins = np.sum(columns * of_class, axis=-1, keepdims=True)

    value = np.sum((joint - rows * columns) * logs, axis=-1) / pairs[..., 0]
    divergence = (of_joint - of_margins) / pairs
    product = of_bin + of_class - 2.0 * of_margins + rows * columns / joint - 1.0
    of_pairs = columns - np.sum(columns**2, axis=-1, keepdims=True)
    slopes = logs - of_joint - product + divergence * of_pairs
    return Terms(value, slopes / pairs / total)


def _mutual_information(sums: FloatArray) -> Terms:
    total = sums.sum(axis=(-2, -1), keepdims=True)
    joint = sums / total
    rows, columns = joint.sum(axis=-1, keepdims=True), joint.sum(axis=-2, keepdims=True)
    logs = np.log(joint) - np.log(rows) - np.log(columns)
    # A bin's own part of `joint - rows * columns`, taken off each term, adds up to 0.
    value = np.sum(deviance_terms(joint.real, (rows * columns).real), axis=-1)
    # What the logarithms move themselves is one constant, which the total takes off again.
    mean = np.sum(joint * logs, axis=(-2, -1), keepdims=True)
    return Terms(value, (logs - mean) / total)


def _one_against_others(sums: FloatArray) -> Terms:
    """Sum over classes of the information value of the class against all others."""
    others = sums.sum(axis=-1, keepdims=True) - sums
    parts = [
        _jeffreys(np.stack([sums[..., c], others[..., c]], axis=-1)) for c in range(sums.shape[-1])
    ]
    by_class = np.stack([part.gradient[..., 0] for part in parts], axis=-1)
    by_others = np.stack([part.gradient[..., 1] for part in parts], axis=-1)
    # The sum of a class is among the others of all classes but its own.
    gradient = by_class + by_others.sum(axis=-1, keepdims=True) - by_others
    return Terms(np.sum([part.value for part in parts], axis=0), gradient)


#: Divergences of each kind of target by name, its default first.
DIVERGENCES_BY_KIND: dict[str, dict[str, Callable[[FloatArray], Terms]]] = {
    "fraction": {"iv": _jeffreys, "js": _jensen_shannon, "kl": _from_second},
    "rate": {"iv": _jeffreys, "poisson": _poisson, "gamma": _from_second},
    "continuous": {"r2": _r2},
    "multiclass": {"iv": _between_classes, "mi": _mutual_information, "ovr": _one_against_others},
}

#: Numbers that rows of second derivatives hold at a time.
_MOST_NUMBERS = 200_000

DEFAULT_DIVERGENCE = {kind: next(iter(named)) for kind, named in DIVERGENCES_BY_KIND.items()}


def name_of_divergence(kind: str, divergence: str | None) -> str:
    """Check a divergence against the kind of the target; its default where none is named."""
    if divergence is None:
        return DEFAULT_DIVERGENCE[kind]
    options = tuple(DIVERGENCES_BY_KIND[kind])
    check_option(f"divergence for target_type={kind!r}", divergence, options)
    return divergence


def terms_of_target(sums: FloatArray, kind: str, divergence: str) -> Terms:
    """Terms and gradient of a divergence; every mass of every bin is positive."""
    return DIVERGENCES_BY_KIND[kind][divergence](sums)


def second_derivatives(sums: FloatArray, kind: str, divergence: str) -> FloatArray:
    """Second derivatives by all sums, shape (n_bins * n_columns,) twice, by a complex step."""
    second = np.concatenate(list(_rows_of_curvature(sums, kind, divergence)))
    return np.asarray(0.5 * (second + second.T))


def spread_of_classes(
    sums: FloatArray, squares: FloatArray, divergence: str, away: FloatArray | None = None
) -> tuple[float, float, float]:
    """Traces of H Q and of its square, and ``x' H x``, without H as a whole.

    Of some hundred classes in 64 bins all second derivatives would take gigabytes. ``squares``
    of shape (n_bins, n_classes) is the diagonal of Q, beside which there is nothing.
    """
    q, x = squares.ravel(), np.zeros(sums.size) if away is None else away.ravel()
    trace, squared, form, start = 0.0, 0.0, 0.0, 0
    for rows in _rows_of_curvature(sums, "multiclass", divergence):
        here = slice(start, start := start + len(rows))
        trace += float(np.diagonal(rows[:, here]) @ q[here])
        squared += float(q[here] @ rows**2 @ q)
        form += float(x[here] @ rows @ x)
    return trace, squared, form


def _rows_of_curvature(sums: FloatArray, kind: str, divergence: str) -> Iterator[FloatArray]:
    """Rows of the second derivatives, some at a time."""
    size, step = sums.size, 1e-30
    scale = np.broadcast_to(np.abs(sums).sum(axis=-2, keepdims=True), sums.shape).ravel()
    n_rows = max(_MOST_NUMBERS // size, 1)
    for start in range(0, size, n_rows):
        chosen = np.arange(start, min(start + n_rows, size))
        # Steps in proportion to the sums of a column: nothing of second order is left, and no step
        # underflows.
        steps = np.zeros((len(chosen), size))
        steps[np.arange(len(chosen)), chosen] = scale[chosen] * step
        moved = sums + 1j * steps.reshape(-1, *sums.shape)
        slopes = terms_of_target(moved, kind, divergence).gradient
        yield slopes.imag.reshape(len(chosen), size) / (step * scale[chosen, None])


def units_of_mass(table: EvidenceTable) -> FloatArray:
    """Return what one row adds to a column: ``sum w^2 z^2 / sum w z``, 1 for rows of 0 and 1."""
    flat = table.without_groups()
    diagonal, sums = flat.products.sum(axis=0), flat.sums.sum(axis=0)
    if flat.kind != "multiclass":
        # An upper triangle, row by row: each row has one entry less than the one above.
        width = len(sums)
        diagonal = diagonal[[row * width - row * (row - 1) // 2 for row in range(width)]]
    return np.divide(diagonal, sums, out=np.ones(len(sums)), where=sums > 0.0)


def lacks_a_mass(table: EvidenceTable) -> BoolArray:
    """Mark the bins with rows that lack one of the masses that the table has."""
    flat = table.without_groups()
    if flat.kind == "continuous":
        return np.zeros(flat.n_bins, dtype=np.bool_)
    present = flat.sums.sum(axis=0) > 0.0
    lacking: BoolArray = np.any(flat.sums[:, present] <= 0.0, axis=1) & (flat.weight > 0.0)
    return lacking


def filled_sums(
    table: EvidenceTable, zero_cells: str | float = "haldane"
) -> tuple[FloatArray, FloatArray]:
    """Return sums and products of the occupied bins, each mass of each of them positive.

    A bin that lacks one of the masses gets half a row of each, or every bin so many rows of each; a
    continuous target has no masses that could be lacking.
    """
    flat = table.without_groups()
    occupied = np.flatnonzero(flat.weight > 0.0)
    sums, products = flat.sums[occupied], flat.product_matrices()[occupied]
    if table.kind == "continuous":
        return sums, products

    units = units_of_mass(flat)
    lacking = lacks_a_mass(flat)[occupied, None]
    rows = np.where(lacking, 0.5, 0.0) if isinstance(zero_cells, str) else float(zero_cells)
    # A mass that no row has stays 0.
    rows = np.broadcast_to(rows, lacking.shape) * (sums.sum(axis=0) > 0.0)
    squares = rows * units**2
    return sums + rows * units, products + squares[:, :, None] * np.eye(len(units))
