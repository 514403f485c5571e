"""Most information value that bins of a shape can have, from their cells, without a search.

A merger of cells never tells more than the cells, and bins whose event rates rise tell no more than
the blocks of the isotonic regression of the rates: with a convex term f and the regression g* of
the rates y, any rising step function g of block means has ``E f(g*) - E f(g) >= E f'(g) (g* - g)``,
which is not negative, since ``f'(g)`` rises and ``E h g* >= E h y`` for all h that rise (R. E.
Barlow and H. D. Brunk, Journal of the American Statistical Association 67 (1972) 140-147,
doi:10.1080/01621459.1972.10481216). A peak or a valley is two such pieces, in the best place.

The term of a cell that lacks a class is infinite, but the bin that it joins has a row of each
class, where the limits ask for one. There f may go on along its tangent.
"""

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import FloatArray

__all__ = ["most_in_shape"]

#: What a shape of event rates consists of: 0 any order, 1 a rise, 2 a fall, 3 rise and fall, 4 fall
#: and rise, 5 the better of the two.
_SHAPES = {"ascending": 1, "descending": 2, "peak": 3, "concave": 3, "valley": 4, "convex": 4}
_SHAPES |= {"auto": 5}


def most_in_shape(cells: FloatArray, totals: FloatArray, trend: str | None) -> FloatArray:
    """Bound on the information value of all bins of some cells whose event rates have a shape.

    ``cells`` has shape (n_draws, n_cells, 2), ``totals`` (n_draws, 2); bins have a row of each
    class, of weight 1.
    """
    n_draws, m, _ = cells.shape
    bounds, room = np.zeros(n_draws), (np.zeros((m + 1, 3)), np.zeros((2, m + 1)))
    # Arrays are made here: what makes one in a kernel takes longer to compile than the sums.
    shape = _SHAPES.get(trend or "", 0)
    _add_bounds(np.ascontiguousarray(cells), np.ascontiguousarray(totals), shape, room, bounds)
    return bounds


@compiled
def _add_bounds(
    cells: FloatArray,
    totals: FloatArray,
    shape: int,
    room: tuple[FloatArray, FloatArray],
    bounds: FloatArray,
) -> None:
    """Bound over the regular cells of each draw, the totals of both classes given."""
    m, (blocks, sums) = cells.shape[1], room
    for draw in range(cells.shape[0]):
        if shape == 0:
            for i in range(m):
                bounds[draw] += _largest_term(cells[draw, i, 0], cells[draw, i, 1], totals[draw])
            continue

        # A peak rises from both of its ends, a valley falls from both.
        for bend in range(2):
            if (bend == 0 and shape in (2, 4)) or (bend == 1 and shape in (1, 3)):
                continue
            for end in range(2):
                _pool(cells[draw], totals[draw], (bend, end), blocks, sums[end])
            if shape <= 2:
                bounds[draw] = sums[0, m]
                continue
            # Any cell may be the turn: the first i in one direction, the others, pooled from the
            # far end, in the other.
            for i in range(m + 1):
                both, most = sums[0, i] + sums[1, m - i], bounds[draw]
                bounds[draw] = both if both > most else most


@inner
def _pool(
    cells: FloatArray,
    totals: FloatArray,
    way: tuple[int, int],
    blocks: FloatArray,
    sums: FloatArray,
) -> None:
    """Bound of the first cells, 0, 1, ... of them, in blocks of rising rates.

    ``way`` is 1 where rates fall, and 1 where the first cell is the last. A block is non-events,
    events, and the sum of the terms of the blocks up to it.
    """
    m, n, sign = cells.shape[0], 0, 1.0 - 2.0 * way[0]
    for i in range(m):
        place = m - 1 - i if way[1] == 1 else i
        if cells[place, 0] + cells[place, 1] > 0.0:
            n += 1
            blocks[n, 0], blocks[n, 1] = cells[place, 0], cells[place, 1]

            # A block whose rate is not above that of the one before is pooled with it.
            while n > 1:
                # Rates are compared by cross products: nothing is divided, and empty classes do no
                # harm.
                rise = blocks[n, 1] * blocks[n - 1, 0] - blocks[n - 1, 1] * blocks[n, 0]
                if sign * rise > 0.0:
                    break
                n -= 1
                blocks[n, 0] += blocks[n + 1, 0]
                blocks[n, 1] += blocks[n + 1, 1]
            # Row 0 of blocks stays 0, so that the first block starts from nothing.
            term = _largest_term(blocks[n, 0], blocks[n, 1], totals)
            blocks[n, 2] = blocks[n - 1, 2] + term
        sums[i + 1] = blocks[n, 2]


@inner
def _largest_term(nonevents: float, events: float, totals: FloatArray) -> float:
    """Term of a cell; of one that lacks a class what it can add to a bin with a row of that class.

    The term of a bin rises by at most ``p (1 + ln(p' / q'))`` by a share p of one class alone, with
    p' at most 1 and q' at least the share of one row.
    """
    alone, other = nonevents / totals[0], events / totals[1]
    if nonevents > 0.0 and events > 0.0:
        # ``divergence_term`` of numbers: it takes arrays, and would be compiled for these anew
        return (alone - other) * np.log(alone / other)
    return alone * (1.0 + np.log(totals[1])) + other * (1.0 + np.log(totals[0]))
