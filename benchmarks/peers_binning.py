"""OptimalBinner and StumpBinner beside optbinning, fastwoe, category_encoders and XGBoost."""

import warnings

import numpy as np
import pandas as pd
import xgboost
from category_encoders import WOEEncoder
from fastwoe import FastWoe
from harness import compare, report, sized
from numpy.typing import NDArray
from optbinning import BinningProcess, OptimalBinning

from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.binning.prebins.rows import quantile_splits

warnings.filterwarnings("ignore")  # the peers' own deprecations

N_LARGE, N_FRAME = sized((1_000_000, 50_000), (20_000, 3000))


def one_number(n: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return a standard normal score and events with log odds -2 - x."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, (rng.random(n) < 1.0 / (1.0 + np.exp(2.0 + x))).astype(np.int64)


def mixed_frame(n: int, seed: int = 0) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return ten numbers (5 % missing in one) and categories of 8 and 40 levels."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, 10))
    frame = pd.DataFrame(numbers, columns=[f"x{i}" for i in range(10)])
    frame.loc[rng.random(n) < 0.05, "x0"] = np.nan
    effect = np.zeros(n)
    for name, levels in (("c8", 8), ("c40", 40)):
        code = rng.integers(0, levels, n)
        effect += np.linspace(-0.5, 0.5, levels)[code]
        frame[name] = np.array([f"level {i}" for i in range(levels)], dtype=object)[code]
    y = rng.random(n) < 1.0 / (1.0 + np.exp(2.0 + numbers[:, :4].sum(axis=1) / 2.0 + effect))
    return frame, y.astype(np.int64)


def boosted_rows(x: NDArray[np.float64], y: NDArray[np.int64], rounds: int) -> NDArray[np.float64]:
    """Depth-1 boosting on the rows themselves; the sorted distinct thresholds."""
    parameters = {"max_depth": 1, "eta": 1.0, "objective": "binary:logistic", "nthread": 2}
    booster = xgboost.train(parameters, xgboost.DMatrix(x.reshape(-1, 1), y), rounds)
    splits = booster.trees_to_dataframe()["Split"].dropna()
    return np.unique(splits.to_numpy())


def boosted_cells(
    codes: NDArray[np.float64], label: NDArray[np.int64], weight: NDArray[np.float64], rounds: int
) -> None:
    """Boosting alone, on two weighted rows a cell."""
    parameters = {"max_depth": 1, "eta": 1.0, "objective": "binary:logistic", "nthread": 1}
    xgboost.train(parameters, xgboost.DMatrix(codes.reshape(-1, 1), label, weight=weight), rounds)


def split_distance(
    x: NDArray[np.float64], ours: NDArray[np.float64], theirs: NDArray[np.float64]
) -> str:
    """Distance from each split on the rows to ours, in cells of the quantile grid."""
    grid = quantile_splits(x, None, 256)
    position, wanted = np.searchsorted(grid, ours), np.searchsorted(grid, theirs)
    distance = np.abs(wanted[:, None] - position[None, :]).min(axis=1)
    counts = f"{len(theirs)} splits on the rows, {len(ours)} ours"
    return f"{counts}; distance in cells: mean {distance.mean():.2f}, largest {distance.max()}"


def warm_up() -> None:
    """Compile the kernels and load what is loaded on first use, for ours and for the peers."""
    x, y = one_number(2_000, seed=1)
    OptimalBinner().fit_transform(x.reshape(-1, 1), y)
    StumpBinner().fit(x.reshape(-1, 1), y)
    OptimalBinning(solver="cp").fit(x, y).transform(x)
    FastWoe().fit_transform(pd.DataFrame({"x": x}), pd.Series(y))
    levels = pd.DataFrame({"level": np.where(x > 0.0, "high", "low")})
    OptimalBinner().fit_transform(levels, y)
    WOEEncoder().fit_transform(levels, y)


def main() -> None:
    """Print the tables."""
    x, y = one_number(N_LARGE)
    column, frame = x.reshape(-1, 1), pd.DataFrame({"x": x})
    series = pd.Series(y)
    runs = compare(
        {
            "OptimalBinner": lambda: OptimalBinner().fit_transform(column, y),
            "optbinning OptimalBinning (CP)": lambda: (
                OptimalBinning(solver="cp").fit(x, y).transform(x)
            ),
            "fastwoe FastWoe": lambda: FastWoe().fit_transform(frame, series),
        },
        warm_up=warm_up,
    )
    report(f"fit and transform, {N_LARGE:,} rows x 1 number", runs)

    mixed, target = mixed_frame(N_FRAME)
    names, categories = list(mixed.columns), ["c8", "c40"]
    process = BinningProcess(names, categorical_variables=categories)
    runs = compare(
        {
            "OptimalBinner": lambda: OptimalBinner().fit(mixed, target).transform(mixed),
            "optbinning BinningProcess": lambda: process.fit(mixed, target).transform(mixed),
        },
        warm_up=warm_up,
    )
    report(f"fit and transform, {N_FRAME:,} rows x 10 numbers and 2 categories", runs)

    level, category = mixed[["c40"]], mixed[["c40"]].astype("category")
    runs = compare(
        {
            "OptimalBinner": lambda: OptimalBinner().fit_transform(level, target),
            "category_encoders WOEEncoder": lambda: WOEEncoder().fit_transform(level, target),
            "fastwoe FastWoe": lambda: FastWoe().fit_transform(level, pd.Series(target)),
            "OptimalBinner, of pandas' categories": lambda: OptimalBinner().fit_transform(
                category, target
            ),
        },
        warm_up=warm_up,
    )
    report(f"weights of evidence of {N_FRAME:,} rows x 1 category of 40 levels", runs)

    for rounds in (10, 100):
        runs = compare(
            {
                "StumpBinner, cells included": lambda r=rounds: StumpBinner(n_rounds=r).fit(
                    column, y
                ),
                "XGBoost on the rows": lambda r=rounds: boosted_rows(x, y, r),
            },
            warm_up=warm_up,
        )
        report(f"depth-1 stumps, {N_LARGE:,} rows, {rounds} rounds", runs)

    cells = np.searchsorted(quantile_splits(x, None, 256), x, side="right")
    counts = np.bincount(cells * 2 + y, minlength=512).astype(np.float64)
    code, label = np.repeat(np.arange(256.0), 2), np.tile([0, 1], 256)
    for rounds in (10, 100):
        runs = compare(
            {
                "boosting the cells": lambda r=rounds: boosted_cells(code, label, counts, r),
                "boosting the rows": lambda r=rounds: boosted_rows(x, y, r),
            },
            warm_up=warm_up,
        )
        report(f"the boosting alone, {rounds} rounds", runs)

    # Last: a process that has run OpenMP threads must not fork any more.
    print()
    for rounds in (1, 10, 100):
        ours = StumpBinner(n_rounds=rounds).fit(column, y).splits_["x0"]
        print(f"{rounds} rounds: {split_distance(x, ours, boosted_rows(x, y, rounds))}")


if __name__ == "__main__":
    main()
