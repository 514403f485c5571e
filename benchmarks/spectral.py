"""Diffusion spectral entropy beside the dense algorithm in numpy.

The methods for many rows, with error and memory.
"""

import math
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import compare, report
from numpy.typing import NDArray

Points = NDArray[Any]
SIGMA = 10.0


def literal(X: Points) -> float:
    """Follow the formulas in numpy to the letter, products with diagonal matrices included.

    Bits.
    """
    squares = (X**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * X @ X.T, 0))
    G = np.exp(-(distances**2) / (2 * SIGMA**2))
    root = np.diag(1 / np.sqrt(G.sum(axis=1)))
    lam = np.abs(np.linalg.eigvalsh(root @ G @ root))
    p = lam / lam.sum()
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def ours(X: Points, **options: Any) -> Any:
    from infotheory.spectral import diffusion_spectral_entropy

    return diffusion_spectral_entropy(X, base=2, **options)


def dense() -> None:
    X = np.random.default_rng(0).uniform(0, 1, (4000, 512))
    short = X.astype(np.float32)
    held: list[Any] = []

    def load() -> None:
        ours(X[:50], bandwidth=SIGMA)
        ours(short[:50], bandwidth=SIGMA)

    def hold_matrix() -> None:
        import torch

        held.append(torch.as_tensor(short @ short.T))

    def eigenvalues_alone() -> None:
        import torch

        torch.linalg.eigvalsh(held[0])

    cases = {
        "ours, float32": lambda: ours(short, bandwidth=SIGMA),
        "ours, float64": lambda: ours(X, bandwidth=SIGMA),
        "formulas in numpy, float64": lambda: literal(X),
        "eigvalsh alone, float32": eigenvalues_alone,
    }
    warm_up = {"ours, float32": load, "ours, float64": load, "eigvalsh alone, float32": hold_matrix}
    runs = compare(cases, warm_up=warm_up)
    report("Exact, n = 4000, d = 512", runs)
    whole = {run.name: run.process_mib for run in runs}
    threads = {
        name: os.environ.get(name, f"all {os.cpu_count()}")
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    }
    print(f"threads {threads}; eigvalsh is the floor, the last ratio its share")
    print(
        "whole processes, imports included, MiB:",
        {name: round(peak) for name, peak in whole.items()},
    )


def paired() -> None:
    """Ours, the formulas and the solver alone, in turn in one process.

    The first call of each is not counted.
    """
    import torch

    X = np.random.default_rng(0).uniform(0, 1, (4000, 512))
    short = X.astype(np.float32)
    matrix = torch.as_tensor(short @ short.T)
    cases = (
        lambda: ours(short, bandwidth=SIGMA),
        lambda: literal(X),
        lambda: torch.linalg.eigvalsh(matrix),
    )
    seconds = np.zeros((10, len(cases)))
    for row in seconds:
        for place, case in enumerate(cases):
            start = time.perf_counter()
            case()
            row[place] = time.perf_counter() - start
    mine, theirs, floor = np.median(seconds[1:], axis=0)
    ratios = np.sort(seconds[1:, 1] / seconds[1:, 0])
    print(
        f"one process, 9 pairs: {mine:.2f} s against {theirs:.2f} s, ratio {np.median(ratios):.2f}"
    )
    print(
        f"  ratios {ratios.round(2).tolist()}; eigvalsh alone {floor:.2f} s, {floor / mine:.0%} of "
        "ours"
    )


def quadrature() -> None:
    X = np.random.default_rng(1).standard_normal((20_000, 64)).astype(np.float32)

    def error() -> None:
        exact, found = ours(X[:8000], method="exact"), ours(X[:8000], method="slq", rng=0)
        gap, bits = found.value - exact.value, found.standard_error
        print(
            f"n = 8000: exact {exact.value:.5f} bits, Lanczos off by {gap:+.5f}, its standard "
            f"error {bits:.5f}"
        )

    cases = {
        "Lanczos, n = 20 000": lambda: ours(X, method="slq", rng=0),
        "both at n = 8000": error,
    }
    report("Stochastic Lanczos quadrature, d = 64", compare(cases, repeats=1))


def many_rows() -> None:
    from infotheory.spectral import rankme

    X = np.random.default_rng(2).standard_normal((50_000, 64)).astype(np.float32)
    block = np.random.default_rng(3).standard_normal((50_000, 256)).astype(np.float32)

    def blocks() -> Iterator[Points]:
        return (block for _ in range(20))

    def second_order() -> None:
        value = ours(X, order=2.0, method="blocked").value
        if not (math.isfinite(value) and value > 0):
            message = f"the entropy must be positive, got {value}"
            raise ValueError(message)

    report("Renyi-2 in blocks, n = 50 000, d = 64", compare({"ours": second_order}, repeats=1))
    report(
        "RankMe of 10^6 x 256, streaming", compare({"ours": lambda: rankme(blocks())}, repeats=1)
    )


if __name__ == "__main__":
    dense()
    paired()
    quadrature()
    many_rows()
