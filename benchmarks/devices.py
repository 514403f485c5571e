"""The same numbers on a CUDA device as on the processor, in float64: digits, times, memory.

Diffusion spectral entropy, the same of order 2 in blocks, and the O-information of all triplets and
quadruplets. It ends within ten minutes on the device; where there is none it computes the smallest
size on the processor, so that the script is known to run, and says that the rest was not run. Times
are of the clock, all cores of the processor against one device, copies there and back included.
"""

import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from harness import Row, not_run, record, sized
from numpy.typing import NDArray

from infotheory.estimation import higher_order_information
from infotheory.spectral import diffusion_spectral_entropy

Floats = NDArray[np.float64]
Call = Callable[[str], Floats]
BUDGET = 540.0  # seconds; sizes that would begin later are left out, and said to be
#: Sums of a device come in another order: digits beyond these may differ.
TOLERANCE = 1e-9


def exact(n: int) -> Call:
    X = torch.as_tensor(np.random.default_rng(0).uniform(0, 1, (n, 64)))
    return lambda device: np.array(
        [float(diffusion_spectral_entropy(X.to(device), bandwidth=2.0, method="exact").value)]
    )


def blocked(n: int) -> Call:
    X = torch.as_tensor(np.random.default_rng(0).uniform(0, 1, (n, 64)))
    return lambda device: np.array(
        [
            float(
                diffusion_spectral_entropy(
                    X.to(device), bandwidth=2.0, order=2.0, method="blocked"
                ).value
            )
        ]
    )


def multiplets(n_columns: int) -> Call:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10_000, n_columns))
    X[:, 2] += X[:, 0] + X[:, 1]
    return lambda device: np.asarray(
        higher_order_information(X, sizes=(3, 4), device=device).o_information
    )


JOBS: dict[str, tuple[Callable[[int], Call], tuple[int, ...], str]] = {
    "diffusion spectral entropy": (exact, sized((500, 2000, 4000, 8000), (300,)), "rows"),
    "order 2 in blocks": (blocked, sized((2000, 10_000, 50_000), (1000,)), "rows"),
    "O-information": (multiplets, sized((10, 20, 40), (8,)), "columns"),
}


def timed(call: Call, device: str) -> tuple[Floats, float]:
    """Return what a call gives and the median seconds of three, the first not counted."""
    found, seconds = call(device), []
    for _ in range(3):
        start = time.perf_counter()
        found = call(device)  # the numbers are read back, so the device has finished
        seconds.append(time.perf_counter() - start)
        if seconds[-1] > 20.0:  # noise is small beside such a time
            break
    return found, median(seconds)


def compared(name: str, call: Call, size: str) -> Row:
    """Return digits, times and memory of one call on both."""
    ours, seconds = timed(call, "cpu")
    torch.cuda.reset_peak_memory_stats()
    theirs, device_seconds = timed(call, "cuda")
    apart = float(np.max(np.abs(ours - theirs) / np.maximum(np.abs(ours), 1.0)))
    return {
        "case": f"{name}, {size}",
        "largest difference": apart,
        "same digits": "yes" if apart <= TOLERANCE else "NO",
        "processor_s": seconds,
        "device_s": device_seconds,
        "times as fast": seconds / device_seconds,
        "device_mib": torch.cuda.max_memory_allocated() / 2**20,
    }


def main() -> None:
    torch.set_num_threads(os.cpu_count() or 1)
    if not torch.cuda.is_available():
        for name, (prepare, sizes, axis) in JOBS.items():
            found, seconds = timed(prepare(sizes[0]), "cpu")
            print(f"{name}, {sizes[0]} {axis}: {found[0]:.12f}, {seconds:.3f} s on the processor")
        not_run("there is no CUDA device here; only the processor's part was tried")

    start, rows, left = time.perf_counter(), [], []
    for name, (prepare, sizes, axis) in JOBS.items():
        for size in sizes:
            if time.perf_counter() - start > BUDGET / 2:
                left.append(f"{name} at {size:,} {axis}")
                continue
            rows.append(compared(name, prepare(size), f"{size:,} {axis}"))
    note = f"{torch.cuda.get_device_name()}, torch {torch.__version__}; float64."
    note += f" Left out for want of time: {'; '.join(left)}." if left else ""
    record("a CUDA device beside the processor", rows, note)
    wrong = [str(row["case"]) for row in rows if row["same digits"] != "yes"]
    if wrong:
        message = f"other digits on the device: {', '.join(wrong)}"
        raise ValueError(message)


if __name__ == "__main__":
    main()
