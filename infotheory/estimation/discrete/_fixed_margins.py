"""Exact mean and variance of the likelihood ratio of tables whose margins are fixed.

Given the counts ``a_i`` and ``b_j`` of the rows and columns of a table of N rows, the statistic
``G = 2 N I`` is the sum over cells of ``f_ij(n) = 2 (n log(n / e_ij) - n + e_ij)``, where
``e_ij = a_i b_j / N`` and n is hypergeometric under independence. Its mean is a sum over cells. For
its variance the ``f_ij`` are written in the orthonormal polynomials of their laws (Hahn): those of
degree d lie in one irreducible representation of the symmetric group, so that coefficients of two
degrees do not covary, and the covariance of degree d between cells (i, j) and (k, l) is the product
of a factor of the rows i, k and one of the columns j, l.
"""

import math
from functools import lru_cache

import numpy as np
from scipy import special

from infotheory._compiled import compiled, inner
from infotheory._typing import FloatArray, IntArray

__all__ = ["DEGREES", "log_factorials", "pair_moments", "strata_moments", "table_moments"]

#: Degrees of the polynomials whose covariances between cells count; all of them would change the
#: variance by less than 1e-5 of itself.
DEGREES = 4

# Values of a cell at which its law is summed: at most 14 * 4 + 12 with a step of 1, fewer beyond.
_MOST_NODES = 128

# A law that is wider than this is smooth enough to be summed in steps of sd / 1.3.
_WIDE = 4.0
_STEPS_A_DEVIATION = 1.3

# log n! is looked up for n below the size of a table, which never grows beyond this.
_LARGEST_TABLE = 1 << 20


def log_factorials(n_rows: int) -> FloatArray:
    """Table of log n! that reaches the number of rows, or 2^20 where they are more."""
    return _table_of_log_factorials(min(_LARGEST_TABLE, 1 << max(10, int(n_rows).bit_length())))


@lru_cache(maxsize=4)
def _table_of_log_factorials(size: int) -> FloatArray:
    """Return log n! for all n below a size."""
    table = special.gammaln(np.arange(size) + 1.0)
    table.flags.writeable = False
    return np.asarray(table)


@inner
def _log_factorial(n: int, table: FloatArray) -> float:
    """Return log n!, looked up where the table has it."""
    return table[n] if n < table.size else math.lgamma(n + 1.0)


@compiled
def _weights(
    total: int, a: int, b: int, start: int, step: int, table: FloatArray, weights: FloatArray
) -> None:
    """Probabilities of the values start, start + step, ... of a cell, scaled to sum to 1."""
    rest = total - a - b
    if step > 1:
        constant = (
            _log_factorial(a, table)
            + _log_factorial(total - a, table)
            + _log_factorial(b, table)
            + _log_factorial(total - b, table)
            - _log_factorial(total, table)
        )
        for k in range(weights.size):
            n = start + k * step
            weights[k] = math.exp(
                constant
                - _log_factorial(n, table)
                - _log_factorial(a - n, table)
                - _log_factorial(b - n, table)
                - _log_factorial(rest + n, table)
            )
    else:
        # Neighbours have a rational ratio: from the mode outwards nothing overflows.
        mode = int((a + 1.0) * (b + 1.0) / (total + 2.0)) - start
        mode = min(max(mode, 0), weights.size - 1)
        weights[mode] = 1.0
        for k in range(mode, weights.size - 1):
            n = start + k
            # As floats: products of large counts leave 64 bits.
            up = float(a - n) * float(b - n) / (float(n + 1) * float(rest + n + 1))
            weights[k + 1] = weights[k] * up
        for k in range(mode, 0, -1):
            n = start + k
            down = float(n) * float(rest + n) / (float(a - n + 1) * float(b - n + 1))
            weights[k - 1] = weights[k] * down

    total_weight = 0.0
    for k in range(weights.size):
        total_weight += weights[k]
    for k in range(weights.size):
        weights[k] /= total_weight


@inner
def _cell_moments(
    total: int, a: int, b: int, table: FloatArray, coefficients: FloatArray, buffer: FloatArray
) -> tuple[float, float]:
    """Mean and variance of f(n) for n ~ Hypergeometric(total, a, b).

    Its coefficients of degrees 1, 2, ... in the polynomials of that law go to ``coefficients``.
    """
    expected = float(a) * float(b) / total
    low, high = max(0, a + b - total), min(a, b)
    coefficients[:] = 0.0
    if low == high:
        entropic = low * math.log(low / expected) if low > 0 else 0.0
        return 2.0 * (entropic - low + expected), 0.0

    # What lies further out than this has no share that a float64 would notice in the sums.
    deviation = math.sqrt(expected * (total - a) / total * (total - b) / (total - 1.0))
    start = max(low, int(expected - 7.0 * deviation - 3.0))
    end = min(high, int(expected + 7.0 * deviation + 9.0))
    step = int(deviation / _STEPS_A_DEVIATION) if deviation > _WIDE else 1
    n_nodes = (end - start) // step + 1

    weights, values = buffer[0, :n_nodes], buffer[1, :n_nodes]
    before, polynomial = buffer[2, :n_nodes], buffer[3, :n_nodes]
    _weights(total, a, b, start, step, table, weights)
    mean = variance = 0.0
    for k in range(n_nodes):
        # Not n log n - n log e, which loses all digits in a cell of very many rows.
        n = start + k * step
        off = n - expected
        values[k] = 2.0 * ((n * math.log1p(off / expected) if n > 0 else 0.0) - off)
        mean += weights[k] * values[k]
    for k in range(n_nodes):
        values[k] -= mean
        variance += weights[k] * values[k] * values[k]

    # Stieltjes' recurrence makes the next orthonormal polynomial of the two before it.
    norm = shift = 0.0
    for k in range(n_nodes):
        before[k], polynomial[k] = 0.0, 1.0
        shift += weights[k] * k
    for degree in range(min(coefficients.size, n_nodes - 1)):
        square = 0.0
        for k in range(n_nodes):
            following = (k - shift) * polynomial[k] - norm * before[k]
            before[k], polynomial[k] = polynomial[k], following
            square += weights[k] * following * following
        norm = math.sqrt(square)
        # Too few nodes have weight for a polynomial of this degree.
        if norm < 1e-12:
            break

        # the mean of k under the squared polynomial, which the next one needs, in the same pass
        inner = shift = 0.0
        for k in range(n_nodes):
            polynomial[k] *= 1.0 / norm
            weighted = weights[k] * polynomial[k]
            inner += weighted * values[k]
            shift += weighted * polynomial[k] * k
        coefficients[degree] = inner
    return mean, variance


@inner
def _factor(count: int, total: int, degree: int) -> float:
    """``s`` of a line: ``s^2 = prod (count - q) / (total - count - q)`` over q < degree."""
    square = 1.0
    for q in range(degree):
        square *= max(count - q, 0) / max(total - count - q, 1)
    return math.sqrt(square)


@inner
def _correlated(
    coefficients: FloatArray, sign: float, s: FloatArray, copies: IntArray, dominant: int
) -> FloatArray:
    """Multiply by the matrix of factors of the rows: ``sign s_i s_k``, and 1 of a row with itself.

    Products of two different rows are 1 at most, though the ``s`` of a level that has more than
    half of all rows has no bound: its square must not enter, to be taken off again.
    """
    product = np.empty_like(coefficients)
    for j in range(coefficients.shape[1]):
        others = 0.0
        for k in range(s.size):
            if k != dominant:
                others += copies[k] * s[k] * coefficients[k, j]

        for i in range(s.size):
            c, besides = coefficients[i, j], others
            if i != dominant:
                besides -= s[i] * c
                besides += s[dominant] * coefficients[dominant, j] if dominant >= 0 else 0.0
            product[i, j] = c + sign * s[i] * besides
    return product


@inner
def _dominant(counts: IntArray, total: int) -> int:
    """Place of the level with more than half of the rows, -1 where there is none."""
    largest = int(counts.argmax())
    return largest if 2 * counts[largest] > total else -1


@compiled
def table_moments(
    rows: IntArray,
    row_copies: IntArray,
    columns: IntArray,
    column_copies: IntArray,
    table: FloatArray,
    degrees: int,
) -> tuple[float, float]:
    """Mean and variance of G given the margins: distinct counts, and how often each occurs.

    Cells with the same two counts have one law, so that tables of very many labels cost little.
    """
    total = (rows * row_copies).sum()
    coefficients = np.zeros((degrees, rows.size, columns.size))
    means, variances = np.empty(coefficients.shape[1:]), np.empty(coefficients.shape[1:])
    of_cell, buffer = np.zeros(degrees), np.zeros((4, _MOST_NODES))

    # Two variables of like labels share most counts, and a cell has the law of the mirrored one.
    of_rows, of_columns = np.searchsorted(columns, rows), np.searchsorted(rows, columns)
    mean = variance = 0.0
    for i in range(rows.size):
        for j in range(columns.size):
            k, m = of_columns[j], of_rows[i]
            is_earlier = k < i or (k == i and m < j)
            if is_earlier and m < columns.size and rows[k] == columns[j] and columns[m] == rows[i]:
                coefficients[:, i, j] = coefficients[:, k, m]
                means[i, j], variances[i, j] = means[k, m], variances[k, m]
            else:
                # Smaller first: what a mirrored cell has to the last digit does not depend on that.
                means[i, j], variances[i, j] = _cell_moments(
                    total,
                    min(rows[i], columns[j]),
                    max(rows[i], columns[j]),
                    table,
                    of_cell,
                    buffer,
                )
                coefficients[:, i, j] = of_cell

            copies = row_copies[i] * column_copies[j]
            mean += copies * means[i, j]
            # What the polynomials leave of the variance of a cell; their part follows below.
            explained = 0.0
            for d in range(degrees):
                explained += coefficients[d, i, j] ** 2
            variance += copies * (variances[i, j] - explained)

    # The covariances of a degree between all pairs of cells, a cell with itself included.
    s, t = np.empty(rows.size), np.empty(columns.size)
    largest_row, largest_column = _dominant(rows, total), _dominant(columns, total)
    for d in range(degrees):
        for i in range(rows.size):
            s[i] = _factor(rows[i], total, d + 1)
        for j in range(columns.size):
            t[j] = _factor(columns[j], total, d + 1)

        sign = -1.0 if d % 2 == 0 else 1.0
        c = coefficients[d]
        across = _correlated(c, sign, s, row_copies, largest_row)
        across = _correlated(across.T, sign, t, column_copies, largest_column).T
        for i in range(rows.size):
            for j in range(columns.size):
                variance += row_copies[i] * column_copies[j] * c[i, j] * across[i, j]
    return mean, max(variance, 0.0)


@compiled
def _distinct(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct values, and how often each occurs."""
    ordered = np.sort(counts)
    values, copies = np.empty_like(ordered), np.zeros_like(ordered)
    size = 0
    for k in range(ordered.size):
        if k == 0 or ordered[k] != ordered[k - 1]:
            values[size] = ordered[k]
            size += 1
        copies[size - 1] += 1
    return values[:size], copies[:size]


@compiled
def strata_moments(
    rows: IntArray,
    row_starts: IntArray,
    columns: IntArray,
    column_starts: IntArray,
    table: FloatArray,
) -> tuple[float, float]:
    """Mean and variance of the sum of G over strata, whose margins lie one after the other."""
    mean = variance = 0.0
    for k in range(row_starts.size - 1):
        values, copies = _distinct(rows[row_starts[k] : row_starts[k + 1]])
        others, other_copies = _distinct(columns[column_starts[k] : column_starts[k + 1]])
        moments = table_moments(values, copies, others, other_copies, table, DEGREES)
        mean += moments[0]
        variance += moments[1]
    return mean, variance


@compiled
def pair_moments(
    counts: IntArray, starts: IntArray, pairs: IntArray, table: FloatArray
) -> FloatArray:
    """Mean and variance of G for pairs of columns, whose counts lie one column after the other."""
    moments = np.empty((pairs.shape[0], 2))
    for k in range(pairs.shape[0]):
        first, second = pairs[k]
        values, copies = _distinct(counts[starts[first] : starts[first + 1]])
        others, other_copies = _distinct(counts[starts[second] : starts[second + 1]])
        moments[k] = table_moments(values, copies, others, other_copies, table, DEGREES)
    return moments
