"""Exact coupling of 6 x 6 symbols beside dit's minimum entropy optimiser: quality and time."""

import time

import dit
import numpy as np
from dit.algorithms.distribution_optimizers import MinEntOptimizer

from infotheory.coupling import minimum_entropy_coupling


def dit_entropy(p: np.ndarray, q: np.ndarray) -> float:
    outcomes = [f"{i}{j}" for i in range(p.size) for j in range(q.size)]
    optimizer = MinEntOptimizer(dit.Distribution(outcomes, np.outer(p, q).ravel()), [[0], [1]])
    optimizer.optimize()
    return float(dit.shannon.entropy(optimizer.construct_dist()))


def main() -> None:
    rng = np.random.default_rng(0)
    minimum_entropy_coupling([0.5, 0.5], [0.6, 0.4], method="exact")
    print(
        f"{'pair':>4} {'ours bits':>10} {'dit bits':>10} {'excess':>8} {'ours s':>9} {'dit s':>8} "
        f"{'ratio':>8}"
    )
    for pair in range(2):
        p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
        start = time.perf_counter()
        ours = minimum_entropy_coupling(p, q, method="exact", base=2).entropy
        middle = time.perf_counter()
        theirs = dit_entropy(p, q)
        end = time.perf_counter()
        mine, other = middle - start, end - middle
        print(
            f"{pair:4d} {ours:10.5f} {theirs:10.5f} {theirs - ours:8.5f} {mine:9.5f} {other:8.2f} "
            f"{other / mine:8.0f}"
        )


if __name__ == "__main__":
    main()
