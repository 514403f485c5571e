"""A pandas frame as a frame of another library, made as its users would make it."""

import pytest

FRAMES = ("pandas", "pyarrow", "polars", "lazy polars", "duckdb")


def frame_of(library, frame):
    if library == "pandas":
        return frame
    if library == "pyarrow":
        return pytest.importorskip("pyarrow").Table.from_pandas(frame)
    if library == "duckdb":
        return pytest.importorskip("duckdb").from_df(frame)
    polars = pytest.importorskip("polars").from_pandas(frame)
    return polars.lazy() if library == "lazy polars" else polars
