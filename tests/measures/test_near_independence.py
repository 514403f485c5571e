"""Information near independence keeps its digits, wherever it is computed from a table."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

import infotheory as it
from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
    pairwise_mutual_information,
)
from infotheory.exceptions import WithheldWarning
from infotheory.lattice import Information, triangle_defect

# Products of margins but for a few counts in ten million.
NEAR = np.array([[10_000_010, 20_000_000, 30_000_000], [20_000_000, 39_999_997, 60_000_000]])


def decimal(value):
    fraction = Fraction(value)
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def exact_information(table, order=1.0, kind="shannon"):
    """Shannon's or Arimoto's information in nats, with 60 digits."""
    with localcontext() as context:
        context.prec = 60
        cells = [[decimal(cell) for cell in row] for row in np.asarray(table).tolist()]
        total = sum(map(sum, cells))
        cells = [[cell / total for cell in row] for row in cells]
        by_column = list(zip(*cells, strict=True))
        rows, columns = [sum(row) for row in cells], [sum(column) for column in by_column]
        if kind == "shannon":
            value = sum(
                cell * (cell / (rows[i] * columns[j])).ln()
                for i, row in enumerate(cells)
                for j, cell in enumerate(row)
                if cell
            )
        else:
            alpha = decimal(order)
            mixed = sum(sum(cell**alpha for cell in column) ** (1 / alpha) for column in by_column)
            whole = sum(row**alpha for row in rows) ** (1 / alpha)
            value = alpha / (alpha - 1) * (mixed / whole).ln()
        return float(value)


def rows_of(table):
    """Labels of the cells and their counts, few enough that no weight is extreme."""
    x, y = np.nonzero(np.asarray(table) > 0)
    return x, y, np.asarray(table)[x, y].astype(float)


def test_estimates_of_counts_near_independence():
    x, y, counts = rows_of(NEAR)
    expected = exact_information(NEAR)
    assert 0.0 < expected < 1e-13
    with pytest.warns(WithheldWarning, match="needs 5 effective rows a cell"):
        estimate = estimate_mutual_information(x, y, sample_weight=counts)
    assert estimate.value == pytest.approx(expected, rel=1e-6)
    pairs = pairwise_mutual_information(np.column_stack([x, y]), sample_weight=counts)
    assert pairs.values[0, 1] == pytest.approx(expected, rel=1e-6)


def test_the_lattice_near_independence():
    x, y, counts = rows_of(NEAR)
    first, second = (Information.from_labels(labels, counts) for labels in (x, y))
    assert first.mutual_information(second) == pytest.approx(exact_information(NEAR), rel=1e-9)


def test_the_lattice_given_a_third_near_independence():
    x, y, counts = rows_of(NEAR)
    z = np.repeat([0, 1], x.size)
    first, second, given = (
        Information.from_labels(labels, np.tile(counts, 2))
        for labels in (np.tile(x, 2), np.tile(y, 2), z)
    )
    shared = first.conditional_mutual_information(second, given)
    assert shared == pytest.approx(exact_information(NEAR), rel=1e-9)
    assert triangle_defect(first, given, second) == pytest.approx(
        2.0 * (shared + given.conditional_entropy(first | second)), rel=1e-9
    )


def test_conditional_information_of_the_lattice_by_hand():
    """Two fair bits and their sum modulo 2: nothing in pairs, one bit given the third."""
    first, second, both = (
        Information.from_labels(labels) for labels in ([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0])
    )
    assert first.mutual_information(second) == 0.0
    assert first.conditional_mutual_information(second, both, base=2) == 1.0
    assert first.conditional_mutual_information(second, first) == 0.0


@pytest.mark.parametrize("zero", [False, True])
def test_conditional_information_of_the_lattice_is_that_of_the_table(zero):
    p = np.random.default_rng(3).dirichlet(np.ones(24)).reshape(2, 3, 4)
    if zero:
        p[0, 1, 2] = p[1, 0, 0] = p[1, 2, 0] = 0.0
        p /= p.sum()
    x, y, z = (Information.from_joint(p, axis) for axis in range(3))
    expected = float(it.conditional_mutual_information(p))
    assert x.conditional_mutual_information(y, z) == pytest.approx(expected, rel=1e-12)


def test_conditional_estimates_near_independence():
    x, y, counts = rows_of(NEAR)
    z = np.repeat([0, 1], x.size)
    with pytest.warns(WithheldWarning, match="needs 5 effective rows a cell"):
        estimate = estimate_conditional_mutual_information(
            np.tile(x, 2), np.tile(y, 2), z, sample_weight=np.tile(counts, 2)
        )
    assert estimate.value == pytest.approx(exact_information(NEAR), rel=1e-6)


def test_independent_counts_have_no_information_at_all():
    table = np.outer([1, 2, 4], [3, 5])
    x, y, counts = rows_of(table)
    estimate = estimate_mutual_information(
        np.repeat(x, counts.astype(int)), np.repeat(y, counts.astype(int))
    )
    assert estimate.value == 0.0


def test_what_is_left_of_a_near_function_keeps_its_digits():
    weights = [1e7, 1.0, 1e7]
    x, y = Information.from_labels([0, 1, 2], weights), Information.from_labels([0, 0, 1], weights)
    share = 1.0 / (1e7 + 1.0)
    left = -share * np.log(share) - (1.0 - share) * np.log1p(-share)
    expected = (1e7 + 1.0) / (2e7 + 1.0) * left
    assert x.conditional_entropy(y) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("order", [0.3, 0.5, 0.999, 1.001, 2.0, 7.0])
def test_arimotos_information_near_independence(order):
    p = NEAR / NEAR.sum()
    value = float(it.mutual_information(p, order=order, kind="arimoto"))
    assert value == pytest.approx(exact_information(p, order, "arimoto"), rel=1e-7)


def test_arimotos_information_at_the_ends():
    p = np.array([[0.25, 0.25], [0.25, 0.25 + 1e-12]])
    p /= p.sum()
    largest = float(it.mutual_information(p, order=np.inf, kind="arimoto"))
    assert largest == pytest.approx(np.log1p((p[0, 0] - p[1, 0]) / p[1].sum()), abs=1e-24)
    tied = [[0.3, 0.2], [0.2, 0.3]]
    assert float(it.mutual_information(tied, order=np.inf, kind="arimoto")) == pytest.approx(
        np.log(1.2)
    )


@pytest.mark.parametrize("order", [0.4, 3.0, np.inf])
@pytest.mark.parametrize("kind", ["sibson", "arimoto"])
def test_gradients_near_independence_are_finite(order, kind):
    torch = pytest.importorskip("torch")
    p = torch.tensor(np.vstack([NEAR / NEAR.sum(), np.zeros(3)]), requires_grad=True)
    it.mutual_information(p, order=order, kind=kind).backward()
    assert torch.isfinite(p.grad).all()
