"""Counts by score, which all measures of discrimination and calibration can be recomputed from."""

from typing import Any

import numpy as np

from infotheory._groups import ProtectedAttribute
from infotheory._typing import BoolArray, IntArray
from infotheory.report.subject import Sample

__all__ = ["bins_of_groups", "score_counts", "score_counts_of_groups"]

#: Of more distinct scores the document would be of counts alone.
_MOST_SCORES = 5000


def score_counts(sample: Sample, member: BoolArray | None = None) -> dict[str, Any] | None:
    """Count non-events and events by score and predicted probability, the lowest score first.

    None where rows have weights, whose squares would be needed too, and of very many scores.
    """
    if sample.rows.weighted:
        return None
    rows = slice(None) if member is None else member
    # points may be rounded, so that rows of one score differ in what is predicted
    pairs = np.stack([sample.score[rows], sample.probability[rows]], axis=1)
    distinct, place = np.unique(pairs, axis=0, return_inverse=True)
    if len(distinct) > _MOST_SCORES:
        return None

    place, target = place.reshape(-1), sample.target[rows]
    counts = {
        name: np.bincount(place[target == code], minlength=len(distinct))
        for name, code in (("nonevents", 0.0), ("events", 1.0))
    }
    return {"score": distinct[:, 0], "predicted": distinct[:, 1], **counts}


def score_counts_of_groups(sample: Sample, attribute: ProtectedAttribute) -> list[dict[str, Any]]:
    """Count by score within each group of people; nothing where that cannot be done for all."""
    parts = [score_counts(sample, attribute.codes == code) for code in range(len(attribute.groups))]
    where = {"attribute": attribute.name, "sample": sample.name}
    return [
        {**where, "group": group, **part}
        for group, part in zip(attribute.groups, parts, strict=True)
        if part is not None and None not in parts
    ]


def bins_of_groups(
    sample: Sample, attribute: ProtectedAttribute, codes: IntArray, n_bins: int
) -> dict[str, Any] | None:
    """Count the rows of each group by bins of a characteristic; None where rows have weights."""
    if sample.rows.weighted:
        return None
    return {
        group: np.bincount(codes[attribute.codes == code], minlength=n_bins)
        for code, group in enumerate(attribute.groups)
    }
