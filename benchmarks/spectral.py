"""Diffusion spectral entropy beside the dense algorithm in numpy.

The methods for many rows, with error and memory.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import compare, report, sized
from numpy.typing import NDArray

Points = NDArray[Any]
SIGMA = 10.0
N_ROWS = sized(4000, 400)


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
    X = np.random.default_rng(0).uniform(0, 1, (N_ROWS, 512))
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
        "infotheory, float32": lambda: ours(short, bandwidth=SIGMA),
        "infotheory, float64": lambda: ours(X, bandwidth=SIGMA),
        "formulas in numpy, float64": lambda: literal(X),
        "eigvalsh alone, float32": eigenvalues_alone,
    }
    warm_ups = {
        "infotheory, float32": load,
        "infotheory, float64": load,
        "eigvalsh alone, float32": hold_matrix,
    }
    runs = compare(cases, repeats=3, warm_up=warm_ups)
    report(
        f"diffusion spectral entropy, exact, {N_ROWS:,} rows x 512",
        runs,
        "The eigenvalues alone are the limit. Whole processes, imports included, hold "
        + ", ".join(f"{run.process_mib:.0f}" for run in runs)
        + " MiB.",
    )


def quadrature() -> None:
    n, fewer = sized((20_000, 8000), (2000, 800))
    X = np.random.default_rng(1).standard_normal((n, 64)).astype(np.float32)
    exact, found = ours(X[:fewer], method="exact"), ours(X[:fewer], method="slq", rng=0)
    note = (
        f"At {fewer:,} rows it is off the exact value ({exact.value:.5f} bits) by "
        f"{found.value - exact.value:+.5f} bits, with a standard error of "
        f"{found.standard_error:.5f}."
    )
    runs = compare({"infotheory": lambda: ours(X, method="slq", rng=0)}, repeats=1)
    report(f"stochastic Lanczos quadrature, {n:,} rows x 64", runs, note)


def many_rows() -> None:
    from infotheory.spectral import rankme

    n = sized(50_000, 5000)
    X = np.random.default_rng(2).standard_normal((n, 64)).astype(np.float32)
    block = np.random.default_rng(3).standard_normal((n, 256)).astype(np.float32)

    def blocks() -> Iterator[Points]:
        return (block for _ in range(20))

    def second_order() -> None:
        value = ours(X, order=2.0, method="blocked").value
        if not (math.isfinite(value) and value > 0):
            message = f"the entropy must be positive, got {value}"
            raise ValueError(message)

    runs = compare({"infotheory": second_order}, repeats=1)
    report(f"Renyi entropy of order 2 of the diffusion matrix in blocks, {n:,} rows x 64", runs)
    runs = compare({"infotheory": lambda: rankme(blocks())}, repeats=1)
    report(f"RankMe of {20 * n:,} rows x 256 in blocks", runs)


if __name__ == "__main__":
    dense()
    many_rows()
    quadrature()
