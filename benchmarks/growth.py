"""How time grows with the size of the problem, beside what nothing can be faster than.

Each curve stands beside a limit measured in the same runs: reading the numbers once, one sort, one
product of matrices, one routine of eigenvalues, one search of neighbours. The exponent is the slope
of log seconds over log size at the three largest sizes.
"""

import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import torch
from harness import SMALL, Row, compare, ratio, record, sized
from scipy.spatial import KDTree

from infotheory.binning import FairBinner, OptimalBinner
from infotheory.coupling import minimum_entropy_coupling
from infotheory.estimation import estimate_mutual_information, transfer_entropy
from infotheory.exceptions import HighCardinalityWarning
from infotheory.scorecard import Scorecard
from infotheory.spectral import diffusion_spectral_entropy

HERE = Path(__file__).parent
FIGURE = HERE.parent / "docs" / "images" / "growth.png"
Pair = tuple[Callable[[], object], Callable[[], object]]


@dataclass(frozen=True)
class Curve:
    """What grows with what: `prepare` of a size returns our call and the limit's."""

    title: str
    axis: str
    limit: str
    sizes: tuple[int, ...]
    prepare: Callable[[int], Pair]


def events(rng: np.random.Generator, log_odds: np.ndarray) -> np.ndarray:
    return (rng.random(log_odds.size) < 1.0 / (1.0 + np.exp(-log_odds))).astype(np.int64)


def rows_of_a_binner(n: int) -> Pair:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 1))
    y = events(rng, X[:, 0] - 2.0)
    return lambda: OptimalBinner(n_jobs=1).fit(X, y), lambda: np.sort(X[:, 0])


def features_of_a_binner(n: int) -> Pair:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, n))
    y = events(rng, X[:, 0] - 2.0)
    return lambda: OptimalBinner(n_jobs=1).fit(X, y), lambda: np.sort(X, axis=0)


def features_of_a_card(n: int) -> Pair:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, n))
    y = events(rng, X[:, : min(n, 5)].sum(axis=1) / 2.0 - 2.0)
    return lambda: Scorecard(OptimalBinner(n_jobs=1)).fit(X, y), lambda: np.sort(X, axis=0)


def levels(n: int) -> Pair:
    rng = np.random.default_rng(0)
    code = rng.integers(0, n, 200_000)
    X = pd.DataFrame({"level": np.array([f"level {i}" for i in range(n)], dtype=object)[code]})
    y = events(rng, rng.normal(size=n)[code] - 2.0)
    return lambda: OptimalBinner(n_jobs=1).fit(X, y), lambda: pd.factorize(X["level"])


def groups(n: int) -> Pair:
    rng = np.random.default_rng(0)
    protected = rng.integers(0, n, 50_000)
    X = rng.normal(size=(protected.size, 5)) + 0.3 * rng.normal(size=(n, 5))[protected]
    y = events(rng, X[:, 0] - 2.0)

    def count() -> None:
        for column in X.T:
            cell = np.searchsorted(np.linspace(-2.0, 2.0, 19), column)
            np.bincount(cell * (2 * n) + 2 * protected + y, minlength=40 * n)

    return lambda: FairBinner().fit(X, y, protected=protected), count


def samples(n: int) -> Pair:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 16, n)
    y = (x + rng.integers(0, 14, n)) % 16
    return (
        lambda: estimate_mutual_information(x, y),
        lambda: np.bincount(16 * x + y, minlength=256),
    )


def steps(n: int) -> Pair:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, n)
    y = np.roll(x, 1) ^ (rng.random(n) < 0.2)
    return (
        lambda: transfer_entropy(x, y),
        lambda: np.bincount(4 * y[1:] + 2 * y[:-1] + x[:-1], minlength=8),
    )


def neighbours(n: int) -> Pair:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 2))
    y = x[:, 0] + rng.normal(size=n)
    joint = np.column_stack([x, y])
    return (
        lambda: estimate_mutual_information(x, y, method="ksg"),
        lambda: KDTree(joint).query(joint, 4, p=np.inf),
    )


def symbols(n: int) -> Pair:
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n))
    return lambda: minimum_entropy_coupling(p, q), lambda: (np.sort(p), np.sort(q))


def spectrum(n: int) -> Pair:
    X = np.random.default_rng(0).uniform(0, 1, (n, 64))
    matrix = X @ X.T
    return (
        lambda: diffusion_spectral_entropy(X, bandwidth=2.0),
        lambda: np.linalg.eigvalsh(matrix),
    )


def spectrum_in_blocks(n: int) -> Pair:
    X = np.random.default_rng(0).uniform(0, 1, (n, 64)).astype(np.float32)

    def products() -> None:
        for start in range(0, n, 1000):
            np.exp(X[start : start + 1000] @ X.T).sum(axis=1)

    return (
        lambda: diffusion_spectral_entropy(X, bandwidth=2.0, order=2.0, method="blocked"),
        products,
    )


def powers(low: int, high: int) -> tuple[int, ...]:
    """Sizes from one power of ten to another, two a decade."""
    return tuple(int(round(10 ** (half / 2), -1)) for half in range(2 * low, 2 * high + 1))


CURVES = (
    Curve("bins of a number", "rows", "one sort", powers(3, 6), rows_of_a_binner),
    Curve(
        "bins, 20,000 rows", "features", "a sort of each", (5, 10, 20, 40, 80), features_of_a_binner
    ),
    Curve("a card, 20,000 rows", "features", "a sort of each", (5, 10, 20, 40), features_of_a_card),
    Curve(
        "bins of texts, 200,000 rows",
        "levels",
        "one factorize",
        (10, 100, 1000, 10_000, 100_000),
        levels,
    ),
    Curve(
        "fair bins, 50,000 rows x 5",
        "groups",
        "one count of the cells",
        (2, 4, 8, 16, 32),
        groups,
    ),
    Curve("I(X;Y) of labels", "rows", "one count", powers(4, 6), samples),
    Curve("transfer entropy of labels", "steps", "one count", powers(4, 6), steps),
    Curve("I(X;Y) of 3 measurements", "rows", "one search of a tree", powers(3, 5)[:4], neighbours),
    Curve("greedy coupling", "symbols", "two sorts", powers(3, 6), symbols),
    Curve("diffusion spectral entropy", "rows", "eigvalsh", (250, 500, 1000, 2000), spectrum),
    Curve(
        "the same of order 2, in blocks",
        "rows",
        "one product and exp",
        (1000, 2000, 4000, 8000),
        spectrum_in_blocks,
    ),
)


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Slope of log seconds over log size at the three largest sizes."""
    return float(np.polyfit(np.log(sizes[-3:]), np.log(seconds[-3:]), 1)[0])


def measure(curve: Curve) -> dict[str, object]:
    """Record a curve, a row a size, and return what the figure needs."""
    rows: list[Row] = []
    curve.prepare(curve.sizes[0])[0]()  # kernels are compiled here, children find them
    for size in sized(curve.sizes, curve.sizes[:3]):
        ours, limit = curve.prepare(size)
        # Memory in a child that has not called before; times in one that has, so that imports and
        # kernels of this size are not in them.
        (fresh,) = compare({"ours": ours}, repeats=1)
        cases = {"ours": ours, curve.limit: limit}
        mine, bound = compare(cases, repeats=3, warm_up=cases)
        rows.append(
            {
                "case": f"{size:,} {curve.axis}",
                "size": size,
                "cpu_s": median(mine.cpu_seconds),
                "limit_s": median(bound.cpu_seconds),
                "times the limit": ratio(mine.cpu_seconds, bound.cpu_seconds),
                "peak_mib": fresh.peak_mib,
            }
        )
    sizes = [int(str(row["size"])) for row in rows]
    slopes = {
        name: exponent(sizes, [float(str(row[name])) for row in rows])
        for name in ("cpu_s", "limit_s")
    }
    growth = {
        "title": curve.title,
        "axis": curve.axis,
        "limit": curve.limit,
        "exponent": slopes["cpu_s"],
        "limit_exponent": slopes["limit_s"],
    }
    record(
        f"{curve.title}, by {curve.axis}",
        rows,
        f"Exponent {slopes['cpu_s']:.2f}; of the limit ({curve.limit}) {slopes['limit_s']:.2f}.",
        growth=growth,
    )
    return {"rows": rows, "growth": growth}


def draw(tables: list[dict[str, object]]) -> None:
    """Draw what was recorded, a panel a curve, the limit dashed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 9.8), layout="constrained")
    panels = figure.subplots(4, 3).ravel()
    for panel, table in zip(panels, tables, strict=False):
        growth, rows = table["growth"], table["rows"]
        sizes = [row["size"] for row in rows]
        panel.loglog(
            sizes,
            [row["cpu_s"] for row in rows],
            "o-",
            color="#1f4e79",
            markersize=4,
            label=f"exponent {growth['exponent']:.2f}",
        )
        panel.loglog(
            sizes,
            [row["limit_s"] for row in rows],
            "s--",
            color="#b5651d",
            markersize=3,
            label=f"{growth['limit']}, {growth['limit_exponent']:.2f}",
        )
        panel.set_title(growth["title"], fontsize=10)
        panel.set_xlabel(growth["axis"], fontsize=9)
        panel.tick_params(labelsize=8)
        # Few sizes within a decade or two would crowd the labels of an ordinary logarithmic axis.
        if max(sizes) < 100 * min(sizes):
            panel.set_xticks(sizes, [f"{size:,}" for size in sizes])
            panel.set_xticks([], minor=True)
        # Above the curves there is room for the words.
        low, high = panel.get_ylim()
        panel.set_ylim(low, high * (high / low) ** 0.3)
        panel.legend(frameon=False, fontsize=8, loc="upper left")
        panel.grid(visible=True, which="major", color="0.92")
        panel.spines[["top", "right"]].set_visible(False)
    for panel in panels[len(tables) :]:
        panel.set_axis_off()
        panel.text(
            0.5,
            0.5,
            "solid: ours\ndashed: the limit\n\nexponent: slope at\nthe three largest sizes",
            ha="center",
            va="center",
            fontsize=9,
            color="0.3",
        )
    for row in panels.reshape(4, 3):
        row[0].set_ylabel("seconds of the processor", fontsize=9)
    figure.savefig(FIGURE, dpi=110, metadata={"Software": None})


def main() -> None:
    """Measure every curve; `--draw` draws those of results/growth.json anew."""
    if sys.argv[1:] == ["--draw"]:
        draw(json.loads((HERE / "results" / "growth.json").read_text())["tables"])
        return
    warnings.simplefilter("ignore", HighCardinalityWarning)  # of levels, which are the point
    torch.set_num_threads(1)  # a process that has run several must not fork any more
    tables = [measure(curve) for curve in CURVES]
    if not SMALL:
        draw(tables)


if __name__ == "__main__":
    main()
