"""Steps as cells: pairs counted by kernels, and sums over them, beside literal readings."""

import tracemalloc

import numpy as np
import pytest

from infotheory._codes import Codes
from infotheory.estimation import transfer_entropy
from infotheory.estimation.discrete import _step_cells as step_cells
from infotheory.estimation.discrete._step_cells import StepCells
from infotheory.estimation.series.memory.label_memory import memory_factor
from infotheory.estimation.series.memory.long_run import long_run_factor, long_run_factor_of_cells


@pytest.fixture(params=["kernels", "arrays"])
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether short series are counted by kernels, as long ones are."""
    monkeypatch.setattr(step_cells, "_MANY_STEPS", 0 if request.param == "kernels" else 10**9)
    return str(request.param)


def labels(n_steps: int, sizes: tuple[int, int, int], seed: int = 0) -> list[Codes]:
    """Sticky labels, of which the last possible one of x never occurs."""
    rng = np.random.default_rng(seed)
    columns = []
    for size in sizes:
        stays = rng.random(n_steps) < 0.6
        stays[0] = False
        fresh = rng.integers(0, size, n_steps)
        columns.append(fresh[np.maximum.accumulate(np.where(stays, 0, np.arange(n_steps)))])
    return [Codes(columns[0], sizes[0] + 1), *(map(Codes, columns[1:], sizes[1:]))]


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize(
    "sizes", [(1, 1, 1), (2, 2, 1), (2, 2, 2), (2, 3, 2), (4, 4, 5), (9, 9, 9)]
)
def test_products_at_a_lag_are_those_of_the_steps(sizes: tuple[int, int, int]) -> None:
    x, y, z = labels(60, sizes)
    cells = StepCells.of(x, y, z)
    functions = np.random.default_rng(1).normal(size=(2, cells.counts.size))
    at, rows = cells.products(functions), functions[:, cells.index]
    for lag in range(60):
        literal = sum(row[t] * row[t + lag] for row in rows for t in range(60 - lag))
        assert at(lag) == pytest.approx(literal, abs=1e-12)


@pytest.mark.usefixtures("cut")
def test_cells_hold_the_labels_of_their_steps() -> None:
    x, y, z = labels(200, (2, 3, 2))
    cells = StepCells.of(x, y, z)
    for one, of_cell in ((x, cells.x), (y, cells.y), (z, cells.z)):
        np.testing.assert_array_equal(of_cell.index[cells.index], one.index)
    np.testing.assert_array_equal(cells.counts, np.bincount(cells.index))
    assert (cells.counts > 0).all()
    by_cell = np.sqrt(np.arange(cells.counts.size))
    np.testing.assert_array_equal(cells.spread(by_cell), by_cell[cells.index])


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("n_steps", [2, 3, 40, 501, 1600])
def test_the_long_run_factor_of_cells_is_that_of_terms(n_steps: int) -> None:
    # The second half is another state: autocovariances are positive beyond 500 lags.
    half = Codes((np.arange(n_steps) >= n_steps / 2).astype(np.intp), 2)
    x, y, _ = labels(n_steps, (2, 2, 2))
    cells = StepCells.of(x, y, half)
    for by_cell in (np.sin(np.arange(cells.counts.size)), cells.z.index + 0.5):
        expected = long_run_factor(by_cell[cells.index])
        assert long_run_factor_of_cells(by_cell, cells) == pytest.approx(expected, rel=1e-10)
    assert long_run_factor_of_cells(np.full(cells.counts.size, 0.3), cells) == 1.0


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 4, 2), (2, 2, 1)])
def test_memory_is_that_of_the_residuals(sizes: tuple[int, int, int]) -> None:
    x, y, z = labels(400, sizes)

    def residuals(one: Codes) -> np.ndarray:
        """What z leaves of the indicators of all levels but the rarest."""
        shares = np.bincount(one.index)
        levels = np.argsort(-shares, kind="stable")[: max(1, np.count_nonzero(shares) - 1)]
        indicators = one.index == levels[:, None]
        of_z = np.array([indicators[:, z.index == k].mean(axis=1) for k in range(z.n_levels)])
        return indicators - of_z[z.index].T

    left, scale, total = [residuals(x), residuals(y)], 1.0, 0.0
    for part in left:
        scale *= (part**2).sum()
    for lag in range(0, 398, 2):
        sums = [
            np.prod([(part[:, h:] * part[:, : 400 - h]).sum() for part in left])
            for h in (lag, lag + 1)
        ]
        if sum(sums) <= 0.0:
            break
        total += sum(sums) / scale
    assert memory_factor(StepCells.of(x, y, z)) == pytest.approx(2.0 * total - 1.0, rel=1e-9)


def test_memory_of_labels_that_occur_once_needs_no_table_of_all_by_all() -> None:
    # A table of all labels by all of z would take 72 MB.
    rng = np.random.default_rng(0)
    x, y, z = (Codes(rng.permutation(3000), 3000) for _ in range(3))
    cells = StepCells.of(x, y, z)
    tracemalloc.start()
    try:
        # z says what x and y are.
        assert memory_factor(cells) == 1.0
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()


def test_kernels_leave_every_number_of_a_transfer(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    source = rng.integers(0, 3, 3000)
    target = np.where(rng.random(3000) < 0.2, np.roll(source, 1), rng.integers(0, 3, 3000))
    estimates = []
    for many in (0, 10**9):
        monkeypatch.setattr(step_cells, "_MANY_STEPS", many)
        estimates.append(transfer_entropy(source, target, history=2))
    one, other = estimates
    assert one.value == pytest.approx(other.value, rel=1e-12)
    assert one.standard_error == pytest.approx(other.standard_error, rel=1e-10)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-9)
    np.testing.assert_allclose(one.local, other.local, rtol=0, atol=1e-12)
