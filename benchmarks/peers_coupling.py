"""Exact coupling of 6 x 6 symbols and measures of a joint law, beside dit: quality and time."""

import time

import dit
import numpy as np
from dit.algorithms.distribution_optimizers import MinEntOptimizer
from harness import Row, compare, record, report, sized

from infotheory import conditional_mutual_information, mutual_information
from infotheory.coupling import minimum_entropy_coupling


def dit_entropy(p: np.ndarray, q: np.ndarray) -> float:
    outcomes = [f"{i}{j}" for i in range(p.size) for j in range(q.size)]
    optimizer = MinEntOptimizer(dit.Distribution(outcomes, np.outer(p, q).ravel()), [[0], [1]])
    optimizer.optimize()
    return float(dit.shannon.entropy(optimizer.construct_dist()))


def measures(rng: np.random.Generator, n: int) -> None:
    """Measures of a law that is given; dit's distribution is made before the clock starts."""
    law = rng.dirichlet(np.ones(n**3)).reshape(n, n, n)
    theirs = dit.Distribution(list(np.ndindex(law.shape)), law.ravel())
    ours = conditional_mutual_information(law, base=2)
    assert (
        abs(
            ours
            - dit.shannon.conditional_entropy(theirs, [0], [2])
            + dit.shannon.conditional_entropy(theirs, [0], [1, 2])
        )
        < 1e-9
    )
    runs = compare(
        {
            "infotheory": lambda: mutual_information(law.sum(axis=2), base=2),
            "dit": lambda: dit.shannon.mutual_information(theirs, [0], [1]),
        },
        warm_up=lambda: (
            mutual_information(law[:2, :2, 0] / law[:2, :2, 0].sum()),
            dit.shannon.mutual_information(dit.Distribution(["00", "11"], [0.5, 0.5]), [0], [1]),
        ),
    )
    report(f"I(X;Y) of a given law of {n} x {n} x {n} symbols", runs)


def main() -> None:
    rng = np.random.default_rng(0)
    measures(rng, sized(20, 6))
    minimum_entropy_coupling([0.5, 0.5], [0.6, 0.4], method="exact")
    rows: list[Row] = []
    for pair in range(sized(2, 1)):
        p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
        start = time.process_time()
        ours = minimum_entropy_coupling(p, q, method="exact", base=2).entropy
        middle = time.process_time()
        theirs = dit_entropy(p, q)
        end = time.process_time()
        mine, other = middle - start, end - middle
        rows += [
            {"case": f"infotheory, pair {pair}", "bits": ours, "cpu_s": mine, "cpu_ratio": 1.0},
            {
                "case": f"dit MinEntOptimizer, pair {pair}",
                "bits": theirs,
                "cpu_s": other,
                "cpu_ratio": other / mine,
            },
        ]
    record("minimum entropy coupling of 6 x 6 symbols", rows, "The less bits the better.")


if __name__ == "__main__":
    main()
