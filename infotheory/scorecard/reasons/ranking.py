"""Why an applicant did not score higher: the characteristics that cost the most points."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import check_integer, check_option
from infotheory.binning.features import FeatureBins
from infotheory.scorecard.points.fitted import training_weights

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
    """Return the points of one characteristic against which a shortfall is measured.

    ``points`` stand by code, the unseen code (weight of evidence 0) last; ``counts`` are the
    training weights by code without it. The reference is the best bin that had training rows
    ("max"), the mean over training rows ("average"), or a weight of evidence of 0 ("neutral").

    Examples
    --------
    >>> points, counts = np.array([10.0, 40.0, 20.0]), np.array([3.0, 1.0])
    >>> [reference_points(points, counts, reference) for reference in REFERENCES]
    [40.0, 17.5, 20.0]
    """
    check_option("reference", reference, REFERENCES)
    if reference == "neutral":
        return float(points[-1])
    if reference == "average":
        return float(np.average(points[:-1], weights=counts))
    # A bin that no row had is no better one that an applicant could have been in.
    return float(points[:-1][counts > 0.0].max())


def references_of(
    features: Mapping[str, FeatureBins], points: Mapping[str, FloatArray], reference: str
) -> dict[str, float]:
    """Return the reference points of each characteristic of a card.

    The counts of its bins say which had training rows. Without counts every bin with points does,
    and any reference but "max" is an error.
    """
    references = {}
    for name, by_code in points.items():
        counts = training_weights(features[name])
        if counts is None:
            if reference != "max":
                message = (
                    "reference must be 'max' for a card whose export holds no counts and weights "
                    f"of evidence, got {reference!r} and no counts of {name!r}"
                )
                raise ValueError(message)
            # Only the best known points are asked for: every bin whose points are known takes part.
            counts = (~np.isnan(by_code[:-1])).astype(np.float64)
        references[name] = reference_points(by_code, counts, reference)
    return references


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
    may_be_given: BoolArray,
    n: int,
) -> Ranking:
    """Order the characteristics that may be given by their shortfall in each row; return the first.

    Columns of ``codes`` and entries of ``may_be_given`` stand in the order of ``points``. Ties keep
    the order of the characteristics.
    """
    losses = [
        references[name] - by_code[column]
        for (name, by_code), column, counts in zip(
            points.items(), codes.T, may_be_given, strict=True
        )
        if counts
    ]

    # The first block has no columns: it gives the shape where no characteristic may be given.
    shortfall = np.column_stack([np.zeros((len(codes), 0)), *losses])
    order = np.argsort(-shortfall, axis=1, kind="stable")[:, :n]
    return Ranking(order, np.take_along_axis(shortfall, order, axis=1))


def check_reasons(
    n: int,
    points: Mapping[str, FloatArray],
    excluded: Sequence[str],
    texts: Mapping[str, str] | None,
) -> None:
    """Raise ValueError where the number of reasons or the name of a characteristic is not valid."""
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
    """Name the characteristics of each row by the points they fall short of their reference.

    The table has one row an applicant: reason_1, shortfall_1, reason_2, ... Only characteristics
    with a positive shortfall count; where there are no more, None and NaN. ``texts`` say what to
    call a characteristic, those in ``excluded`` are never a reason.
    """
    check_reasons(n, points, excluded, texts)
    may_be_given = np.array([name not in excluded for name in points])
    order, lost = rank(codes, points, references, may_be_given, n)

    # With fewer characteristics than reasons, the columns at the end cost nothing.
    n_absent = n - order.shape[1]
    order = np.pad(order, ((0, 0), (0, n_absent)))
    lost = np.pad(lost, ((0, 0), (0, n_absent)))

    names = [name for name in points if name not in excluded]
    wording = np.array([*((texts or {}).get(name, name) for name in names), None], dtype=object)
    columns: dict[str, object] = {}
    for i in range(n):
        costs = lost[:, i] > 0.0
        reason = wording[np.where(costs, order[:, i], len(names))]
        columns[f"reason_{i + 1}"] = pd.Series(reason, dtype=object)
        columns[f"shortfall_{i + 1}"] = np.where(costs, lost[:, i], np.nan)
    return pd.DataFrame(columns)
