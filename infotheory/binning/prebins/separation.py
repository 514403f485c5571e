"""Features that part the classes better than any honest one: what the bins of leakage look like."""

import numpy as np
from scipy import special

from infotheory._typing import FloatArray
from infotheory.cells import BinSpec
from infotheory.laws import one_sided_quantile
from infotheory.tables import CountTable, EvidenceTable

__all__ = [
    "LEAST_DISTANCE",
    "SEPARATING",
    "area_of_parted_class",
    "classes_of_parted",
    "separating_area",
]

#: Status of a feature that separates the classes, or nearly.
SEPARATING = "separating"

#: Least area under the curve of a feature that separates; one stray row in twenty stays above it.
CEILING = 0.95
#: Area of an excellent bureau score: what a small sample has to exceed by more than chance.
GENUINE = 0.85

#: Two classes whose shares differ by the distance d (total variation) have at most the area
#: 1 - (1 - d)^2 / 2, so that most features are done with after one sum.
LEAST_DISTANCE = 1.0 - np.sqrt(2.0 * (1.0 - CEILING))
_SMALL_CHANCE = 1e-4
_DECIMALS = 12  # scores that are equal up to rounding are ties


def separating_area(spec: BinSpec, table: CountTable) -> float | None:
    """Area under the curve of a feature that separates the classes, or nearly; None for others.

    It is the larger of two areas over the pre-bins. In the order of numbers or levels (missing and
    special values at the end where they belong by event rate) a single cut is found whatever the
    number of rows. By the event rate of the other rows in the same pre-bin, categories and cuts in
    several places are found, and levels with one row each say nothing.

    A feature separates where the area is at least 0.95 and exceeds 0.85, which an excellent bureau
    score has, by more than chance (one-sided, 0.5 %; the standard error of J. A. Hanley and B. J.
    McNeil, Radiology 143 (1982), with Kish sizes). A perfect cut needs fewer rows: its chance among
    rows in random order, 2 ways of all to place the events, has to be below 1 in 10 000, as with
    nine rows a class.

    Examples
    --------
    >>> numbers = BinSpec(name="x", kind="numerical", splits=(0.0,))
    >>> parted = CountTable.from_counts([30, 0, 0], [0, 20, 0], labels=numbers.labels)
    >>> separating_area(numbers, parted)
    1.0
    """
    counts = table.counts
    totals = counts.sum(axis=0)
    if not totals.all():
        return None
    # A cheap bound first: most features differ too little to reach the area in any order.
    shares = counts / totals
    if 0.5 * np.abs(shares[:, 0] - shares[:, 1]).sum() < LEAST_DISTANCE:
        return None

    area = _area_left_out(counts, table.squared_weights)
    if spec.has_order:
        area = max(area, _area_in_order(counts, spec.n_bins))
    # Kish sizes: how many rows of one weight say as much.
    nonevents, events = totals**2 / table.squared_weights.sum(axis=0)
    if area >= 1.0 - 10.0**-_DECIMALS:
        return 1.0 if _chance_of_perfect_cut(nonevents, events) < _SMALL_CHANCE else None
    by_chance = one_sided_quantile(0.995) * _error_of_genuine_area(nonevents, events)
    return area if area >= max(CEILING, GENUINE + by_chance) else None


def area_of_parted_class(spec: BinSpec, table: EvidenceTable) -> float | None:
    """Largest area of one class against all others that a feature separates; None where none is."""
    if table.kind != "multiclass":
        return None
    table = table.without_groups()
    sums, products = table.sums, table.products
    of_all, squared = sums.sum(axis=1), products.sum(axis=1)
    # Sums of weights that cancel may miss 0 by rounding.
    others = np.maximum(of_all[:, None] - sums, 0.0)

    # The cheap bound of two classes, for all classes at once: nearly always none is left.
    totals, of_others = sums.sum(axis=0), others.sum(axis=0)
    present = np.flatnonzero((totals > 0.0) & (of_others > 0.0))
    shares = sums[:, present] / totals[present] - others[:, present] / of_others[present]
    distances = 0.5 * np.abs(shares).sum(axis=0)
    areas = []
    for c in present[distances > LEAST_DISTANCE - 1e-9].tolist():
        counts = np.column_stack([others[:, c], sums[:, c]])
        squares = np.column_stack([np.maximum(squared - products[:, c], 0.0), products[:, c]])
        areas.append(separating_area(spec, CountTable(table.labels, counts, squares)))
    return max((area for area in areas if area is not None), default=None)


def classes_of_parted(spec: BinSpec, table: EvidenceTable) -> FloatArray | None:
    """Weights of the classes that have rows, where a feature parts one of them; None elsewhere."""
    if area_of_parted_class(spec, table) is None:
        return None
    weights = table.without_groups().sums.sum(axis=0)
    return np.asarray(weights[weights > 0.0])


def _area_in_order(counts: FloatArray, n_regular: int) -> float:
    """Area of the numbers in their order or against it, whichever is larger."""
    regular, outside = counts[:n_regular], counts[n_regular:]
    overall = counts[:, 1].sum() / counts.sum()
    risky = outside[:, 1] > overall * outside.sum(axis=1)
    first, last = outside[~risky], outside[risky]
    return max(_area(np.concatenate([first, cells, last])) for cells in (regular, regular[::-1]))


def _area_left_out(counts: FloatArray, squared: FloatArray) -> float:
    """Area of the event rate among the other rows of the same pre-bin."""
    # A row is taken out with the typical weight of a row of its class in the cell, which is known
    # where single rows are not: (n_cells, 2), non-events and events.
    typical = np.divide(squared, counts, out=np.zeros_like(counts), where=counts > 0.0)
    others = counts.sum(axis=1)[:, None] - typical
    events = counts[:, 1:] - typical * np.array([0.0, 1.0])
    # What is left of a row that was alone is rounding, and no rate: it gets that of all rows.
    alone = others <= 10.0**-_DECIMALS * counts.sum(axis=1)[:, None]

    overall = counts[:, 1].sum() / counts.sum()
    score = np.divide(events, others, out=np.full_like(counts, overall), where=~alone)
    values, place = np.unique(np.round(score, _DECIMALS), return_inverse=True)
    place = place.reshape(counts.shape)
    cells = np.zeros((len(values), 2))
    for c in (0, 1):
        np.add.at(cells[:, c], place[:, c], counts[:, c])
    return _area(cells)


def _area(cells: FloatArray) -> float:
    """Share of pairs of an event and a non-event in order; ties count half."""
    # Non-events in cells before, and half of those in the same cell, which tie.
    before = np.cumsum(cells[:, 0]) - 0.5 * cells[:, 0]
    return float(cells[:, 1] @ before / np.prod(cells.sum(axis=0)))


def _chance_of_perfect_cut(nonevents: float, events: float) -> float:
    """Return the chance that rows in random order have all events on one side."""
    # In logarithms: factorials overflow from 171 on.
    log_ways = special.gammaln([nonevents + events + 1.0, nonevents + 1.0, events + 1.0])
    return float(2.0 * np.exp(log_ways[1] + log_ways[2] - log_ways[0]))


def _error_of_genuine_area(nonevents: float, events: float) -> float:
    """Return the standard error of an area of ``GENUINE``, after Hanley and McNeil."""
    of_event = GENUINE / (2.0 - GENUINE) - GENUINE**2
    of_nonevent = 2.0 * GENUINE**2 / (1.0 + GENUINE) - GENUINE**2
    spread = (
        GENUINE * (1.0 - GENUINE)
        + max(events - 1.0, 0.0) * of_event
        + max(nonevents - 1.0, 0.0) * of_nonevent
    )
    return float(np.sqrt(spread / (nonevents * events)))
