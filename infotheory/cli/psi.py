"""``infotheory psi``: the stability index of every column of two tables, with its error and test."""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from infotheory._typing import FloatArray
from infotheory._validation import as_weights
from infotheory.cells import BinSpec, Factor
from infotheory.cli.data_files import check_columns, read_table
from infotheory.engines import PrebinOptions, read_columns
from infotheory.engines.placing import categorical_spec, numerical_spec
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.drift import stability_rows

__all__ = ["stability"]


def stability(options: argparse.Namespace) -> None:
    """Compare two files over quantile cells (numbers) and levels (text) of the first, and print a row a column.

    Parameters
    ----------
    options : argparse.Namespace
        What the parser read.
    """
    expected, actual = read_table(options.expected), read_table(options.actual)
    names = options.columns or [name for name in expected.columns if name != options.weights]
    for frame in (expected, actual):
        check_columns([*names, *([options.weights] if options.weights else [])], frame)
    w, v = (_weights(options, frame) for frame in (expected, actual))
    found = _rows(expected[names], actual[names], w, v, options)
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        found.to_csv(options.output, index=False)
        print(f"stability: {Path(options.output).resolve()}")
        return
    shown = found[
        [
            "name",
            "bins",
            "value",
            "standard_error",
            "low",
            "high",
            "critical_value",
            "p_value",
            "band",
        ]
    ]
    print(shown.to_string(index=False, float_format="{:.4f}".format))


def _weights(options: argparse.Namespace, frame: pd.DataFrame) -> FloatArray:
    given = None if options.weights is None else frame[options.weights].to_numpy()
    weights = as_weights(given, len(frame))
    return np.ones(len(frame)) if weights is None else weights


def _rows(
    expected: pd.DataFrame,
    actual: pd.DataFrame,
    w: FloatArray,
    v: FloatArray,
    options: argparse.Namespace,
) -> pd.DataFrame:
    first = read_columns(expected)
    second = read_columns(actual, kinds=first.kinds)
    cells = PrebinOptions(max_n_prebins=options.bins)
    frames = []
    for name, old, new in zip(first.names, first.data, second.data, strict=True):
        spec = _cells(name, old, w, cells)
        counts = [_counts(spec, *pair) for pair in ((old, w), (new, v), (old, w * w), (new, v * v))]
        frame = stability_rows(
            BinnedSamples(*(np.array([count]) for count in counts)), alpha=options.alpha
        )
        frames.append(frame.assign(name=name))
    found = pd.concat(frames, ignore_index=True)
    return found[["name", *(column for column in found.columns if column != "name")]]


def _cells(
    name: str, values: FloatArray | Factor, weights: FloatArray, options: PrebinOptions
) -> BinSpec:
    if isinstance(values, Factor):
        return categorical_spec(name, values, weights, options)
    return numerical_spec(name, values, weights, options)


def _counts(spec: BinSpec, values: FloatArray | Factor, weights: FloatArray) -> FloatArray:
    """Sum weights by code: regular cells, missing values, and levels that the first table does not have."""
    return np.bincount(spec.encode(values), weights, minlength=spec.n_codes).astype(np.float64)
