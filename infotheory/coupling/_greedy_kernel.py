"""Compiled greedy coupling: one sorted pointer and one heap of residuals a marginal."""

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.coupling._heap_kernel import precedes, sift_down, sift_up

__all__ = ["greedy_cells"]

# What is left of a symbol is rounding of earlier differences where it is less than that of 1 and
# next to nothing of the mass it is left of; symbols that are as light themselves keep theirs.
_ROUNDING = 2.3e-16
_SHARE = 1e-12
# Masses looked at in one call, after which Ctrl-C is heard.
_STEPS = 500_000


def greedy_cells(
    mass: FloatArray, symbol: IntArray, starts: IntArray
) -> tuple[IntArray, FloatArray]:
    """Couple marginals that lie one after the other, each sorted by falling mass, free of zeros.

    Every step takes the largest mass left of each marginal: the next untouched symbol or the top of
    the heap of residuals, whichever is larger. The smallest of them becomes a cell.
    """
    k = starts.size - 1
    # Every cell uses up a symbol of at least one marginal, and the last cell one of each.
    indices = np.empty((mass.size - k + 1, k), dtype=np.intp)
    cells = np.empty(mass.size - k + 1)

    # The heap of marginal j lies where its masses lie: it never holds more than those passed.
    heap, heap_symbol = np.empty(mass.size), np.empty(mass.size, dtype=np.intp)
    size, pointer = np.zeros(k, dtype=np.intp), starts[:k].copy()

    # Made here: what makes an array in a kernel takes as long to compile as the kernel.
    top, in_heap = np.empty(k), np.empty(k, dtype=np.bool_)

    n, n_steps, running = 0, max(1, _STEPS // k), True
    while running:
        heaps = heap, heap_symbol, size, top, in_heap
        n, running = _emit(mass, symbol, starts, pointer, *heaps, indices, cells, n, n_steps)
    n = _place_leftover(mass, symbol, starts, pointer, heap, size, indices, cells, n)
    return indices[:n], cells[:n]


@compiled
def _emit(
    mass: FloatArray,
    symbol: IntArray,
    starts: IntArray,
    pointer: IntArray,
    heap: FloatArray,
    heap_symbol: IntArray,
    size: IntArray,
    top: FloatArray,
    in_heap: BoolArray,
    indices: IntArray,
    cells: FloatArray,
    n: int,
    n_steps: int,
) -> tuple[int, bool]:
    """Emit some cells after the first n; return how many there are, and whether more follow."""
    k = starts.size - 1
    running = True
    for _ in range(n_steps):
        # The largest mass left of each marginal, and the smallest of these.
        smallest = np.inf
        for j in range(k):
            at, first = pointer[j], starts[j]
            in_heap[j] = size[j] > 0 and (
                at == starts[j + 1]
                or precedes(heap[first], heap_symbol[first], mass[at], symbol[at])
            )
            top[j] = heap[first] if in_heap[j] else mass[at]
            indices[n, j] = heap_symbol[first] if in_heap[j] else symbol[at]
            smallest = min(smallest, top[j])

        # The cell takes as much from each; what is left of a symbol goes back on its heap.
        for j in range(k):
            residual = top[j] - smallest
            if residual < _ROUNDING and residual < _SHARE * top[j]:
                residual = 0.0
            pointer[j] += not in_heap[j]
            size[j] = _put_back(
                heap, heap_symbol, starts[j], size[j], residual, indices[n, j], in_heap[j]
            )
            running = running and (size[j] > 0 or pointer[j] < starts[j + 1])
        cells[n] = smallest
        n += 1
        if not running:
            break
    return n, running


@inner
def _put_back(
    heap: FloatArray,
    heap_symbol: IntArray,
    first: int,
    size: int,
    residual: float,
    symbol: int,
    in_heap: bool,
) -> int:
    """Put what is left of a symbol on the heap, or in place of its top; return the new size."""
    if not in_heap:
        if residual > 0.0:
            sift_up(heap, heap_symbol, first, size, residual, symbol)
            return size + 1
        return size

    if residual > 0.0:
        sift_down(heap, heap_symbol, first, size, residual, symbol)
        return size

    # The top is used up: the last entry takes its place.
    last = first + size - 1
    sift_down(heap, heap_symbol, first, size - 1, heap[last], heap_symbol[last])
    return size - 1


def _place_leftover(
    mass: FloatArray,
    symbol: IntArray,
    starts: IntArray,
    pointer: IntArray,
    heap: FloatArray,
    size: IntArray,
    indices: IntArray,
    cells: FloatArray,
    n: int,
) -> int:
    """Place what rounding left when the first marginal ran empty; return the number of cells.

    Residuals join the last cell (the marginal with the most counts). A symbol that no cell has
    touched gets a cell of its own beside the partners of the last one, so that no symbol is lost.
    """
    last = n - 1
    joins = 0.0
    for j in range(pointer.size):
        residuals = heap[starts[j] : starts[j] + size[j]]
        # One after the other: numpy's sum has other digits.
        joins = max(joins, float(np.cumsum(residuals)[-1]) if residuals.size else 0.0)

        untouched = slice(pointer[j], starts[j + 1])
        stop = n + starts[j + 1] - pointer[j]
        indices[n:stop] = indices[last]
        indices[n:stop, j], cells[n:stop] = symbol[untouched], mass[untouched]
        n = int(stop)
    cells[last] += joins
    return n
