"""A workbench on bundled or made data, for tests in a browser: ``served.py KIND``.

``served.py --nursery`` reads lines of arguments instead, and serves each in a process of its own
that is forked from one in which everything is imported: a server is there at once.
"""

import argparse
import json
import os
import signal
import sys
from functools import cache

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.workbench import workbench

HOSTILE = ["<img src=x onerror=window.pwned=1>", '"><script>window.pwned=2</script>']


def made(kind):
    """Return X, y and what goes with them."""
    X, y = load_german_credit()
    if kind == "holdout":
        parts = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
        train, test, target, other = parts
        return train, target, {"holdout": (test, other), "periods": np.arange(len(target)) % 3}
    if kind == "hostile":
        X = X[["duration_in_month", "purpose"]].copy()
        X.columns = HOSTILE
        level = "<b onmouseover=window.pwned=3>biz</b>\u202e" + "x" * 10_000
        X[HOSTILE[1]] = X[HOSTILE[1]].astype(str).replace("business", level)
        return X, y, {}
    if kind == "missing":
        X = X[["duration_in_month", "purpose"]].copy()
        X.loc[::7, "duration_in_month"] = np.nan
        return X, y, {}
    if kind == "levels":
        rng = np.random.default_rng(0)
        names = np.array([f"\u05e9\U0001f680 <i>level {i}</i>" for i in range(10_000)])
        X = pd.DataFrame(
            {
                "many": names[np.r_[np.arange(10_000), rng.integers(0, 10_000, 30_000)]],
                "\U0001f680 \u05e9\u05dc\u05d5\u05dd": rng.normal(size=40_000),
                "missing only": np.full(40_000, np.nan),
                "one value": np.ones(40_000),
            }
        )
        return X, (rng.random(40_000) < 0.3).astype(int), {}
    if "x" in kind:
        n_rows, n_columns = map(int, kind.split("x"))
        rng = np.random.default_rng(0)
        X = pd.DataFrame(
            rng.normal(size=(n_rows, n_columns)), columns=[f"x{i}" for i in range(n_columns)]
        )
        return X, (rng.random(n_rows) < 1 / (1 + np.exp(1.5 - X["x0"] / 2))).astype(int), {}
    return X, y, {"holdout": (X[y == 1], y[y == 1])} if kind == "one class" else {}


def means(kind):
    """Return rows whose target goes up to 1.5 times the number in the name, or has both signs."""
    x = np.random.default_rng(0).normal(size=3000)
    size, _, signs = kind.removeprefix("mean").partition("of")
    middle = 0.0 if signs else 1.0
    return pd.DataFrame({"x": x}), float(size) * (middle + np.tanh(x) / 2), {}


@cache
def fitted(kind):
    """Return a binner, its rows and what goes with them."""
    of_means = kind.startswith("mean")
    X, y, more = means(kind) if of_means else made(kind)
    target_type = "continuous" if of_means else "binary"
    return OptimalBinner(target_type=target_type).fit(X, y), X, y, more


def serve(arguments, announce):
    parser = argparse.ArgumentParser()
    parser.add_argument("kind")
    parser.add_argument("--session")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--read-only", action="store_true")
    options = parser.parse_args(arguments)
    settings = {"session": options.session, "who": "KL", "read_only": options.read_only}
    if options.read_only:
        opened = workbench(None, **settings)
    else:
        binner, X, y, more = fitted(options.kind)
        opened = workbench(binner, X, y, **more, **settings)
    with opened:
        opened.serve(options.port, open_browser=False, announce=announce)


def nursery():
    """Fork a server for each line of arguments, until there are no more lines."""
    fitted("german")
    # Who ends is nobody's business here, and leaves no entry in the table of processes.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.readline, ""):
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(json.loads(line), lambda address: print(os.getpid(), address, flush=True))
            return


if __name__ == "__main__":
    if sys.argv[1:] == ["--nursery"]:
        nursery()
    else:
        serve(sys.argv[1:], lambda address: print(address, flush=True))
