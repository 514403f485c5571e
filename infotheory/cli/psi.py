"""``infotheory psi``: the stability index of every column of two files, with error and test."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from infotheory._files import replace_file
from infotheory._typing import FloatArray
from infotheory._validation import as_weights, mass_of_rows
from infotheory.cells import UNSEEN, BinSpec, Factor
from infotheory.cli.columns import characteristics
from infotheory.cli.data_files import declared_columns, read_file, require_columns
from infotheory.cli.text_files import columns_of_words
from infotheory.engines import PrebinOptions, read_columns
from infotheory.engines.placing import categorical_spec, numerical_spec
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.drift import flag_changes, stability_of_each

__all__ = ["compare_files"]

_SHOWN = (
    "feature",
    "bins",
    "value",
    "standard_error",
    "low",
    "high",
    "critical_value",
    "p_value",
    "moved",
    "alarm",
    "band",
)

#: What pandas writes behind these endings when it is given a path.
_COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zip": "zip", ".xz": "xz"}


def compare_files(options: argparse.Namespace) -> None:
    """Compare two files over quantile cells (numbers) and levels (text) of the first."""
    form = {"separator": options.separator, "encoding": options.encoding}
    expected = read_file(options.expected, "EXPECTED", **form)
    actual = read_file(options.actual, "ACTUAL", words=columns_of_words(expected), **form)
    weight = options.sample_weight
    roles = [weight] if weight else []
    require_columns([*options.keep, *roles], expected)
    names = options.columns or characteristics(expected, options.keep, roles)
    for frame in (expected, actual):
        require_columns([*names, *roles], frame)

    weights = [_weights(frame, weight) for frame in (expected, actual)]
    indices = _stability_table((expected[names], actual[names]), weights, options)
    if options.output is None:
        print(indices[list(_SHOWN)].to_string(index=False, float_format="{:.4f}".format))
        return

    options.output.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(options.output) as file:
        indices.to_csv(file, index=False, compression=_COMPRESSIONS.get(options.output.suffix))
    print(f"stability: {Path(options.output).resolve()}")


def _weights(frame: pd.DataFrame, column: str | None) -> FloatArray:
    weights = as_weights(None if column is None else frame[column].to_numpy(), len(frame))
    return mass_of_rows(weights, len(frame))


def _stability_table(
    frames: tuple[pd.DataFrame, pd.DataFrame],
    weights: Sequence[FloatArray],
    options: argparse.Namespace,
) -> pd.DataFrame:
    """One row a column: its index between the two frames, over cells of the first."""
    codes = declared_columns(options.categorical, frames[0].columns)
    first = read_columns(frames[0], categorical=codes)
    # Kinds of the first file, whose cells both are counted in: text in its numbers is an error.
    second = read_columns(frames[1], kinds=first.kinds)
    old_weights, new_weights = weights
    cells = PrebinOptions(max_n_prebins=options.bins)

    pairs, labels = [], []
    for name, old, new in zip(first.names, first.data, second.data, strict=True):
        spec = _cells(name, old, old_weights, cells)
        counts = [_counts(spec, old, old_weights), _counts(spec, new, new_weights)]
        # Sums of squared weights give the errors of weighted shares.
        squares = [_counts(spec, old, old_weights**2), _counts(spec, new, new_weights**2)]
        pairs.append(BinnedSamples(*(np.array([sums]) for sums in (*counts, *squares))))
        labels.append((*spec.labels, UNSEEN))

    # The columns are looked at together: one family of tests.
    limits = {"alpha": options.alpha, "tolerance": options.tolerance}
    table = stability_of_each(pairs, **limits, labels=labels)
    table.insert(0, "feature", first.names)
    return flag_changes(table, [""] * len(table), options.alpha)


def _cells(
    name: str, values: FloatArray | Factor, weights: FloatArray, options: PrebinOptions
) -> BinSpec:
    if isinstance(values, Factor):
        return categorical_spec(name, values, weights, options)
    return numerical_spec(name, values, weights, options)


def _counts(spec: BinSpec, values: FloatArray | Factor, weights: FloatArray) -> FloatArray:
    """Sum weights by code: cells, missing values, and levels that the first file does not have."""
    return np.bincount(spec.encode(values), weights, minlength=spec.n_codes).astype(np.float64)
