"""What users wait for: reports, a card, labels, temperatures, encoders.

Seconds of the processor and the largest memory above the start, each case in a forked child of its
own, the median of three. What was asked of each stands beside it, on a quiet machine. A case has
run once before, smaller or whole, and memory is above the most that the process had held by then: 0
is that of a call which needs no more than the one before it.
"""

import multiprocessing
import resource
import time
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from statistics import median

import numpy as np
import pandas as pd
from harness import Row, record, repeated

from infotheory.binning import OptimalBinner
from infotheory.coupling import entropy_bounded_information
from infotheory.datasets import make_portfolio
from infotheory.estimation import estimate_mutual_information, transfer_entropy
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard

REPEATS = repeated(3)


def run_once(prepare: Callable[[], Callable[[], object]], pipe: Connection) -> None:
    """Prepare and warm up in this child, then send CPU seconds and MiB of one call."""
    warnings.simplefilter("ignore")
    call = prepare()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    call()
    seconds = time.process_time() - start
    pipe.send((seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))


def measured(prepare: Callable[[], Callable[[], object]]) -> tuple[float, float]:
    """Median CPU seconds and MiB above the start of a call, in children of this process."""
    context, runs = multiprocessing.get_context("fork"), []
    for _ in range(REPEATS):
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=run_once, args=(prepare, sender))
        child.start()
        sender.close()
        runs.append(receiver.recv())
        child.join()
    return median(run[0] for run in runs), median(run[1] for run in runs)


def report(n_rows: int) -> Callable[[], object]:
    """Report on 20 characteristics."""
    made = make_portfolio(
        n_rows,
        numeric=np.linspace(0.15, 0.0, 16),
        categorical=np.linspace(0.1, 0.0, 4),
        event_rate=0.1,
        missing_rate=0.05,
        random_state=0,
    )
    card = Scorecard(OptimalBinner(n_jobs=1)).fit(made.X, made.y)
    scorecard_report(card, made.X, made.y, n_permutations=3)
    return lambda: scorecard_report(card, made.X, made.y)


def card_fit() -> Callable[[], object]:
    """Fit of 10^6 x 10."""
    made = make_portfolio(
        10**6, numeric=np.linspace(0.15, 0.02, 10), categorical=[], event_rate=0.1, random_state=0
    )
    X, y = made.X, made.y
    Scorecard(OptimalBinner(n_jobs=1)).fit(X[:20_000], y[:20_000])
    return lambda: Scorecard(OptimalBinner(n_jobs=1)).fit(X, y)


def labels(dtype: str) -> Callable[[], object]:
    """Mutual information of 10^6 labels."""
    rng = np.random.default_rng(0)
    texts = np.array([f"level {i}" for i in range(10)])
    x = rng.integers(0, 10, 10**6)
    columns = [
        pd.Series(texts[c]).astype(dtype) for c in (x, (x + rng.integers(0, 8, x.size)) % 10)
    ]
    estimate_mutual_information(*(column[:1000] for column in columns))
    return lambda: estimate_mutual_information(*columns)


def transfer() -> Callable[[], object]:
    """Transfer entropy of 10^6 labels."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, 10**6)
    y = np.r_[0, np.where(rng.random(x.size - 1) < 0.3, x[:-1], rng.integers(0, 2, x.size - 1))]
    transfer_entropy(x[:200_000], y[:200_000])  # long series have kernels of their own
    return lambda: transfer_entropy(x, y)


def encoder(concentration: float) -> Callable[[], object]:
    """Best encoder of 512 symbols at half of their entropy."""
    p = np.random.default_rng(0).dirichlet(np.full(512, concentration))
    entropy = -float(p[p > 0.0] @ np.log(p[p > 0.0]))
    entropy_bounded_information(p[:40] / p[:40].sum(), 0.3)
    entropy_bounded_information(p, 0.4 * entropy)
    return lambda: entropy_bounded_information(p, 0.5 * entropy)


def temperature() -> Callable[[], object]:
    """Temperatures of 64 rows of 152 000 scores."""
    import torch

    from infotheory.fields.language import temperature_for_entropy

    torch.set_num_threads(1)
    scores = torch.randn(64, 152_000, generator=torch.Generator().manual_seed(0)) * 2.5
    temperature_for_entropy(scores[:2, :100], 2.0)
    return lambda: temperature_for_entropy(scores, 8.0)


def points() -> Callable[[], object]:
    """Points of a card of 20 characteristics."""
    made = make_portfolio(
        3000,
        numeric=np.linspace(0.15, 0.02, 16),
        categorical=np.linspace(0.1, 0.02, 4),
        event_rate=0.2,
        random_state=0,
    )
    card = Scorecard(OptimalBinner(n_jobs=1)).fit(made.X, made.y)
    card.points_table()
    return card.points_table


def applicants(by: str) -> Callable[[], object]:
    """Points of a thousand applicants, one call each, of a card of 20 characteristics."""
    made = make_portfolio(
        3000,
        numeric=np.linspace(0.15, 0.02, 20),
        categorical=[],
        event_rate=0.2,
        random_state=0,
    )
    numbers = made.X.to_numpy(np.float64)
    card = Scorecard(OptimalBinner(n_jobs=1))
    card.fit(numbers if by == "array" else made.X, made.y)
    score, calls = card.predict_points, [numbers[i : i + 1] for i in range(1000)]
    if by == "frame":
        calls = [made.X[i : i + 1] for i in range(1000)]
    elif by == "scorer":
        score = card.scorer()
        calls = [dict(zip(made.X, row, strict=True)) for row in numbers[:1000].tolist()]
    score(calls[0])
    return lambda: [score(call) for call in calls]


CASES: dict[str, tuple[Callable[[], Callable[[], object]], str]] = {
    "report, 5,000 x 20": (lambda: report(5000), "2 s"),
    "report, 50,000 x 20": (lambda: report(50_000), "3 s"),
    "Scorecard.fit, 10^6 x 10": (card_fit, "1.2 s, 200 MiB"),
    "mutual information, 10^6 texts": (lambda: labels("str"), ".04 s"),
    "mutual information, 10^6 categories": (lambda: labels("category"), ".04 s"),
    "transfer entropy, 10^6 labels": (transfer, "twice pyinform"),
    "best encoder, 512 even symbols": (lambda: encoder(5.0), ".01 s"),
    "best encoder, 512 uneven symbols": (lambda: encoder(0.1), ".01 s"),
    "temperature, 64 x 152,000": (temperature, "1.5 s, 200 MiB"),
    "1,000 applicants, one at a time, frames": (lambda: applicants("frame"), ".5 s"),
    "1,000 applicants, one at a time, arrays": (lambda: applicants("array"), ".1 s"),
    "1,000 applicants, one at a time, card.scorer()": (lambda: applicants("scorer"), ".05 s"),
    "points_table, 20 characteristics": (points, ".005 s"),
}


def main() -> None:
    """Record a line a case."""
    rows: list[Row] = []
    for name, (prepare, asked) in CASES.items():
        seconds, mib = measured(prepare)
        rows.append({"case": name, "cpu_s": seconds, "peak_mib": mib, "asked": asked})
    record(f"median of {REPEATS}, each in a process of its own", rows)


if __name__ == "__main__":
    main()
