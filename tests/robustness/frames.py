"""Data sets as users bring them: mixed types, missing values, extreme numbers, odd names, many
containers.
"""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import strategies as st

from tests.robustness.inputs import HUGE, SUBNORMAL, TINY

COLUMNS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "gaps": lambda rng, n: np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
    "constant": lambda rng, n: np.full(n, rng.normal()),
    "absent": lambda rng, n: rng.choice([np.nan], n),
    "huge": lambda rng, n: rng.choice([HUGE, -HUGE, 1.0], n),
    "tiny": lambda rng, n: rng.choice([TINY, SUBNORMAL, 0.0, -0.0], n),
    "infinite": lambda rng, n: rng.choice([np.inf, 1.0, 2.0], n),
    "integers": lambda rng, n: rng.integers(-3, 4, n),
    "large integers": lambda rng, n: rng.choice([2**62, 2**62 + 1, 0], n),
    "flags": lambda rng, n: rng.random(n) < 0.5,
    "text": lambda rng, n: rng.choice(["a", "b", "", "é", "\u202eabc", "<b>", "=1+1"], n).astype(
        object
    ),
    "mixed": lambda rng, n: np.array(
        [[1, "a", None, 2.5, True][k] for k in rng.integers(0, 5, n)], dtype=object
    ),
    "lists": lambda rng, n: pd.Series(
        [[int(k)] for k in rng.integers(0, 2, n)], dtype=object
    ).to_numpy(),
    "category": lambda rng, n: pd.Categorical(
        rng.choice(["u", "v", None], n), categories=["v", "u", "never"]
    ),
    "Int64": lambda rng, n: pd.array(np.where(rng.random(n) < 0.2, None, 3), dtype="Int64"),
    "boolean": lambda rng, n: pd.array(
        np.where(rng.random(n) < 0.2, None, rng.random(n) < 0.5), dtype="boolean"
    ),
    "string": lambda rng, n: pd.array(rng.choice(["x", "y"], n), dtype="string"),
    "arrow": lambda rng, n: pd.array(rng.choice(["x", "y"], n), dtype=pd.ArrowDtype(pa.string())),
    "arrow numbers": lambda rng, n: pd.array(
        rng.integers(0, 5, n), dtype=pd.ArrowDtype(pa.int64())
    ),
    "dates": lambda rng, n: pd.to_datetime(rng.integers(0, 9, n)),
    "complex": lambda rng, n: rng.normal(size=n) + 1j,
}
CONTAINERS = ("pandas", "pandas", "pandas", "polars", "pyarrow", "array", "list", "index")
NAMES = ("as they are", "as they are", "numbers", "twice", "mixed", "hostile", "missing")


def frame(
    columns: list[str],
    n_rows: int,
    seed: int,
    *,
    names: str = "as they are",
    container: str = "pandas",
) -> Any:
    """Make the data set."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({name: COLUMNS[name](rng, n_rows) for name in columns}, index=range(n_rows))
    n = len(columns)
    if names != "as they are":
        data.columns = {
            "numbers": list(range(n)),
            "twice": ["x"] * n,
            "mixed": [0, *"abcdef"][:n],
            "hostile": ['"; DROP TABLE t; --', "<script>", "=cmd|' /C calc'!A0", "\u202ex\n"][:n],
            "missing": [None, *"abcdef"][:n],
        }[names]
    if container == "polars":
        return pl.from_pandas(data)
    if container == "pyarrow":
        return pa.Table.from_pandas(data)
    if container == "array":
        return data.to_numpy()
    if container == "list":
        return data.to_numpy(dtype=object).tolist()
    if container == "index":
        return data.set_index(pd.Index(rng.permutation(n_rows)))
    return data


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Features, target and weights."""
    n_rows = draw(st.sampled_from([60, 60, 60, 2, 1, 0]))
    columns = draw(st.lists(st.sampled_from(sorted(COLUMNS)), max_size=4, unique=True))
    seed = draw(st.integers(0, 99))
    names, container = draw(st.sampled_from(NAMES)), draw(st.sampled_from(CONTAINERS))
    try:
        X = frame(columns, n_rows, seed, names=names, container=container)
    except (
        TypeError,
        ValueError,
        OverflowError,
        pa.ArrowException,
    ):  # the other package takes no such column
        X = frame(columns, n_rows, seed)
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n_rows)
    y = draw(
        st.sampled_from(
            [
                y,
                y,
                y,
                np.where(y, "good", "bad"),
                np.zeros(n_rows),
                y.astype(object),
                y.astype(bool),
            ]
        )
    )
    weights = draw(
        st.sampled_from(
            [None, None, rng.random(n_rows), np.zeros(n_rows), rng.integers(0, 3, n_rows)]
        )
    )
    return X, y, weights
