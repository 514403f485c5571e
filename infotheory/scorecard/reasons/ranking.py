"""Why an applicant did not score higher: the characteristics that cost the most points."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import check_integer, check_option

__all__ = [
    "REFERENCES",
    "Ranking",
    "check_reasons",
    "rank",
    "rank_reasons",
    "reference_points",
    "references_of",
]

REFERENCES = ("max", "average", "neutral")


def reference_points(points: FloatArray, counts: FloatArray, reference: str) -> float:
    """Points of one characteristic against which a shortfall is measured.

    Parameters
    ----------
    points : ndarray of shape (n_codes,)
        Points by bin code, the unseen code (weight of evidence 0) last.
    counts : ndarray of shape (n_codes - 1,)
        Training weight by bin code.
    reference : {"max", "average", "neutral"}
        The best bin that had training rows, the mean over training rows, or a weight of evidence of
        0.

    Returns
    -------
    float
        Points.

    Examples
    --------
    >>> points, counts = np.array([10.0, 40.0, 20.0]), np.array([3.0, 1.0])
    >>> [reference_points(points, counts, reference) for reference in ("max", "average", "neutral")]
    [40.0, 17.5, 20.0]
    """
    check_option("reference", reference, REFERENCES)
    if reference == "neutral":
        return float(points[-1])
    seen = points[:-1]
    return float(
        seen[counts > 0.0].max() if reference == "max" else np.average(seen, weights=counts)
    )


def references_of(
    binner: Any, points: Mapping[str, FloatArray], reference: str
) -> dict[str, float]:
    """Return the reference points of each characteristic of a card.

    Parameters
    ----------
    binner : estimator
        Fitted binner; its tables say which bins had training rows. Without a table every bin with
        points counts.
    points : mapping of str to ndarray
        Points by code of each characteristic.
    reference : {"max", "average", "neutral"}
        As in ``reference_points``.

    Returns
    -------
    dict of str to float
        Points.

    Raises
    ------
    ValueError
        If the reference is not "max" and there is no table.
    """
    found = {}
    for name, own in points.items():
        if name in binner.tables_:
            counts = binner.tables_[name].without_groups().counts.sum(axis=1)
        elif reference == "max":
            counts = (~np.isnan(own[:-1])).astype(np.float64)
        else:
            message = (
                "reference must be 'max' for a card whose export holds no counts and weights of "
                "evidence, "
                f"got {reference!r} and no counts of {name!r}"
            )
            raise ValueError(message)
        found[name] = reference_points(own, counts, reference)
    return found


class Ranking(NamedTuple):
    """Characteristics of each row by the points that they cost."""

    order: IntArray
    """Position among the ranked characteristics, shape (n_rows, n_reasons)."""
    lost: FloatArray
    """Points lost, of the same shape, largest first."""


def rank(
    codes: IntArray,
    points: Mapping[str, FloatArray],
    references: Mapping[str, float],
    kept: BoolArray,
    n: int,
) -> Ranking:
    """Order the characteristics of each row by their shortfall; ties keep the order of the characteristics.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_features)
        Bin codes, columns in the order of ``points``.
    points : mapping of str to ndarray
        Points by code of each characteristic.
    references : mapping of str to float
        Reference points of each characteristic.
    kept : ndarray of shape (n_features,)
        Characteristics that may be given.
    n : int
        Largest number of reasons.

    Returns
    -------
    Ranking
        The first ``n`` of the kept characteristics.
    """
    columns = [
        references[name] - own[column]
        for (name, own), column, keep in zip(points.items(), codes.T, kept, strict=True)
        if keep
    ]
    shortfall = np.column_stack([np.zeros((len(codes), 0)), *columns])
    order = np.argsort(-shortfall, axis=1, kind="stable")[:, :n]
    return Ranking(order, np.take_along_axis(shortfall, order, axis=1))


def check_reasons(
    n: int,
    points: Mapping[str, FloatArray],
    excluded: Sequence[str],
    texts: Mapping[str, str] | None,
) -> None:
    """Raise ValueError where the number of reasons or a name is not valid.

    Parameters
    ----------
    n : int
        Largest number of reasons.
    points : mapping of str to ndarray
        Points of each characteristic of the card.
    excluded : sequence of str
        Characteristics that are never a reason.
    texts : mapping of str to str or None
        What to say for a characteristic.
    """
    check_integer("n", n)
    for what, names in (("exclude_from_reasons", excluded), ("texts", texts or {})):
        unknown = [name for name in names if name not in points]
        if unknown:
            message = (
                f"{what} must name characteristics of the card, got {unknown}; known are "
                f"{list(points)}"
            )
            raise ValueError(message)


def rank_reasons(
    codes: IntArray,
    points: Mapping[str, FloatArray],
    references: Mapping[str, float],
    n: int,
    *,
    texts: Mapping[str, str] | None = None,
    excluded: Sequence[str] = (),
) -> pd.DataFrame:
    """Rank the characteristics of each row by the points they fall short of their reference.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_features)
        Bin codes, columns in the order of ``points``.
    points : mapping of str to ndarray
        Points by code of each characteristic.
    references : mapping of str to float
        Reference points of each characteristic.
    n : int
        Largest number of reasons.
    texts : mapping of str to str, optional
        What to say for a characteristic; its name where there is no entry.
    excluded : sequence of str
        Characteristics that are never a reason.

    Returns
    -------
    DataFrame
        One row an applicant: reason_1, shortfall_1, reason_2, ... Only characteristics with a
        positive shortfall count; the rest is None and NaN. Ties keep the order of the
        characteristics.

    Raises
    ------
    ValueError
        If ``n`` is not a positive integer, or a name is not one of the characteristics.
    """
    check_reasons(n, points, excluded, texts)
    kept = np.array([name not in excluded for name in points])
    order, lost = rank(codes, points, references, kept, n)
    names = [name for name in points if name not in excluded]
    said = np.array([*((texts or {}).get(name, name) for name in names), None], dtype=object)
    columns: dict[str, object] = {}
    for i in range(n):
        counts = lost[:, i] > 0.0 if i < order.shape[1] else np.zeros(len(codes), dtype=bool)
        chosen = order[:, i] if i < order.shape[1] else np.zeros(len(codes), dtype=np.intp)
        columns[f"reason_{i + 1}"] = pd.Series(
            said[np.where(counts, chosen, len(names))], dtype=object
        )
        columns[f"shortfall_{i + 1}"] = np.where(
            counts, lost[:, i] if i < order.shape[1] else 0.0, np.nan
        )
    return pd.DataFrame(columns)
