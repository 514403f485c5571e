"""FairBinner by size: seconds, peak memory, gap and solver calls.

20 000 rows, a quarter of the unbounded IV_fair.
"""

import os
from functools import partial

import numpy as np
import pandas as pd
from harness import compare, report, sized
from numpy.typing import NDArray

from infotheory.binning import FairBinner

N_ROWS = sized(20_000, 2000)
SHARE = 0.25  # budget as a share of what the bins without one use
_Data = tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.bool_]]


def portfolio(n_features: int, seed: int = 0) -> _Data:
    """Return normal features shifted by target and group, 20 % events, 35 % in the group."""
    rng = np.random.default_rng(seed)
    y = (rng.random(N_ROWS) < 0.2).astype(np.int64)
    group = rng.random(N_ROWS) < 0.35
    columns = {
        f"x{f}": rng.normal(size=N_ROWS)
        + rng.uniform(0, 0.8) * y
        + rng.uniform(0, 0.8) * rng.choice([-1, 1]) * group
        for f in range(n_features)
    }
    return pd.DataFrame(columns), y, group


def unbounded_use(data: _Data, n_prebins: int) -> float:
    """IV_fair of the bins without a budget."""
    X, y, group = data
    frame = FairBinner(max_n_prebins=n_prebins).fit(X, y, protected=group).fairness_summary()
    return float(frame["iv_fair"].iloc[-1])


def say(name: str, binner: FairBinner) -> None:
    found = binner.solution_
    size = sum(c.start.size for c in found.problem.candidates)
    print(
        f"{name:34} budget {binner.budget:7.4f}  IV {found.objective:7.4f}  used "
        f"{found.used[0]:7.4f}  "
        f"gap {found.gap:.1e}  solver calls {found.n_rounds}  search {found.seconds:.2f} s  bins "
        f"that may be {size}",
        flush=True,
    )


def one_budget(
    name: str, data: _Data, n_prebins: int, budget: float, confidence: float | None = None
) -> None:
    """Fit once."""
    X, y, group = data
    say(
        name,
        FairBinner(budget=budget, confidence=confidence, max_n_prebins=n_prebins).fit(
            X, y, protected=group
        ),
    )


def ten_budgets(name: str, data: _Data, use: float) -> None:
    """Fit once, then ten budgets from the counts, each from the bins of the one before."""
    X, y, group = data
    binner = FairBinner().fit(X, y, protected=group)
    start = None
    for budget in np.linspace(0.05, 0.95, 10) * use:
        point = binner.with_budget(float(budget), start=start)
        start = point.solution_.choices
        say(name, point)


def warm_up() -> None:
    """Compile the kernels and load the solver."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(400, 2)), (rng.random(400) < 0.3).astype(int)
    FairBinner(budget=0.01, confidence=0.95).fit(x, y, protected=rng.random(400) < 0.5)


def main() -> None:
    """Print the table."""
    print(f"load {os.getloadavg()}, {os.cpu_count()} cores")
    small, wide = portfolio(20), portfolio(50)
    use = {
        key: unbounded_use(data, m)
        for key, data, m in [("20 x 20", small, 20), ("20 x 40", small, 40)]
    }
    use["50 x 20"] = unbounded_use(wide, 20)
    sizes = [("20 x 20", small, 20), ("50 x 20", wide, 20), ("20 x 40", small, 40)]
    cases = {
        f"{size}, one budget": partial(one_budget, size, data, m, SHARE * use[size])
        for size, data, m in sizes
    }
    cases["20 x 20, ten budgets"] = partial(ten_budgets, "20 x 20", small, use["20 x 20"])
    chance = "20 x 20, confidence 0.95"
    cases[chance] = partial(one_budget, chance, small, 20, SHARE * use["20 x 20"], 0.95)
    report(
        f"FairBinner, {N_ROWS:,} rows, features x pre-bins",
        compare(cases, repeats=1, warm_up=warm_up),
    )


if __name__ == "__main__":
    main()
