"""Rows of a frame of any engine: only distinct rows of bin codes with their counts leave it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from infotheory._rows import Rows
from infotheory.engines import count_patterns, open_frame
from infotheory.engines.periods import check_period_order
from infotheory.scorecard.card.frames import MAX_PATTERNS
from infotheory.scorecard.monitoring._rows import scores_of_codes
from infotheory.scorecard.points.fitted import AnyCard, kind_of

__all__ = ["score_frame"]


def score_frame(
    card: AnyCard,
    frame: Any,
    target: str | None,
    sample_weight: str | None,
    *,
    periods: str | None = None,
    period_order: Sequence[Any] | None = None,
    name: str,
) -> Rows:
    """Score the distinct rows of bin codes of a frame, one entry a period, pattern and class.

    ``target``, ``sample_weight`` and ``periods`` are columns; ``name`` is that of the only period
    where ``periods`` is None.
    """
    patterns = count_patterns(
        open_frame(frame),
        card.binner_.specs_,
        target=target,
        event_label=None if target is None else getattr(card, "event_label_", None),
        sample_weight=sample_weight,
        group=periods,
        period_order=check_period_order(periods, period_order),
        classes=None if target is None else getattr(card, "classes_", np.zeros(0)).tolist(),
        max_patterns=MAX_PATTERNS,
    )
    points, probability = scores_of_codes(card, patterns.codes)

    # A pattern makes an entry for each class that it occurs in.
    place, label = np.nonzero(patterns.counts)
    group = (
        np.zeros(len(patterns.codes), dtype=np.intp) if patterns.group is None else patterns.group
    )
    return Rows(
        kind=kind_of(card),
        target=np.full(place.size, np.nan) if target is None else label.astype(np.float64),
        weights=patterns.counts[place, label],
        squared_weights=patterns.squared_weights[place, label],
        codes=patterns.codes[place],
        score=points[place],
        probability=None if probability is None else probability[place],
        period=group[place],
        periods=patterns.groups or (name,),
    )
