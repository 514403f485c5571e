"""OptimalBinner beside scorecardpy and toad, on pandas 2: scorecardpy's bins fail on pandas 3.

The same mixed frame is binned and coded by weights of evidence, each with limits of 8 bins and
5 % of the rows; what the bins tell is the information value on the same rows.
"""

import contextlib
import io
import warnings

import numpy as np
import pandas as pd
import scorecardpy
import toad
from harness import compare, report, sized
from numpy.typing import NDArray

from infotheory.binning import OptimalBinner

warnings.filterwarnings("ignore")  # the peers' own deprecations


def mixed_frame(n: int, seed: int = 0) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return four numbers and a category of eight levels."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, 4))
    frame = pd.DataFrame(numbers, columns=[f"x{i}" for i in range(4)])
    code = rng.integers(0, 8, n)
    frame["c8"] = np.array([f"level {i}" for i in range(8)], dtype=object)[code]
    log_odds = numbers[:, :3].sum(axis=1) / 2.0 + np.linspace(-0.5, 0.5, 8)[code] - 2.0
    return frame, (rng.random(n) < 1.0 / (1.0 + np.exp(-log_odds))).astype(np.int64)


def ours(X: pd.DataFrame, y: NDArray[np.int64]) -> pd.DataFrame:
    binner = OptimalBinner(
        max_n_bins=8, min_bin_size=0.05, monotonic_trend=None, woe_sign="event", n_jobs=1
    )
    return pd.DataFrame(binner.fit(X, y).transform(X))


def by_scorecardpy(X: pd.DataFrame, y: NDArray[np.int64]) -> pd.DataFrame:
    rows = X.assign(y=y)
    with contextlib.redirect_stdout(io.StringIO()):
        bins = scorecardpy.woebin(rows, y="y", bin_num_limit=8, no_cores=1)
        return scorecardpy.woebin_ply(rows, bins, no_cores=1)


def by_toad(X: pd.DataFrame, y: NDArray[np.int64]) -> pd.DataFrame:
    combiner = toad.transform.Combiner()
    codes = combiner.fit_transform(X, y, method="chi", n_bins=8, min_samples=0.05)
    return toad.transform.WOETransformer().fit_transform(codes, y)


def information_value(coded: pd.DataFrame, y: NDArray[np.int64]) -> float:
    """Return the sum of information values of coded columns, by their distinct weights."""
    total = 0.0
    for name in coded.columns.drop("y", errors="ignore"):
        counts = pd.crosstab(coded[name], y).to_numpy(np.float64)
        good, bad = (counts / counts.sum(axis=0)).T
        kept = (good > 0.0) & (bad > 0.0)
        total += float(((good - bad) * np.log(good / bad, where=kept, out=0.0 * good)).sum())
    return total


def main() -> None:
    n = sized(20_000, 3000)
    X, y = mixed_frame(n)
    small, events = mixed_frame(2000, seed=1)
    runs = compare(
        {
            "infotheory OptimalBinner": lambda: ours(X, y),
            "scorecardpy woebin": lambda: by_scorecardpy(X, y),
            "toad Combiner (chi)": lambda: by_toad(X, y),
        },
        repeats=3,
        warm_up=lambda: (ours(small, events), by_scorecardpy(small, events)),
    )
    # Not before: what this process holds is not counted in its children.
    told = ", ".join(
        f"{name} {information_value(code(X, y), y):.4f}"
        for name, code in (("ours", ours), ("scorecardpy", by_scorecardpy), ("toad", by_toad))
    )
    report(
        f"fit and transform on pandas 2, {n:,} rows x 4 numbers and a category",
        runs,
        f"Sum of information values on these rows: {told}.",
    )


if __name__ == "__main__":
    main()
