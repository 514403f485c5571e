"""A card on frames of any engine: rows grouped for the regression, and points as an expression."""

from typing import Any

import narwhals as nw
import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory._patterns import Patterns
from infotheory.binning.features import FittedBinner
from infotheory.engines import Frame, bin_column, count_patterns, open_frame
from infotheory.engines.population import target_labels
from infotheory.scorecard.points.binners import labels_of_card
from infotheory.scorecard.points.codes import codes_with_warning, points_of_codes
from infotheory.scorecard.points.fitted import AnyCard

__all__ = ["MAX_PATTERNS", "patterns_of_frame", "points_on_frame"]

#: Most distinct rows of bin codes (counted by class) that are collected from an engine; 4.5 million
#: of 10 characteristics take 530 MiB while a card is fitted.
MAX_PATTERNS = 5_000_000

POINTS = "points"


def patterns_of_frame(
    binner: FittedBinner,
    frame: Frame,
    target: str,
    sample_weight: str | None,
    *,
    event_label: Any = None,
) -> Patterns:
    """Group the rows of a frame by their bins and class, in one scan of its engine."""
    # Only a frozen binner may know other labels than those of the frame.
    frozen = isinstance(binner, FrozenEstimator)
    # Reading the labels costs a query, so it is done only where they can matter.
    present = target_labels(frame, target) if frozen else ()
    return count_patterns(
        frame,
        binner.specs_,
        target=target,
        event_label=labels_of_card(binner, present, event_label).event,
        sample_weight=sample_weight,
        max_patterns=MAX_PATTERNS,
    )


def points_on_frame(card: AnyCard, frame: Any) -> Any:
    """Add the column ``points`` to a frame, on its engine and as lazy as the engine is."""
    check_is_fitted(card, "points_")
    opened = open_frame(frame)
    names = list(card.binner_.features_)
    opened.check_columns("features of the fit", names)
    if POINTS in opened.columns:
        message = (
            f"frame must have no column called {POINTS!r}, which the result adds; rename or drop it"
        )
        raise ValueError(message)

    # A frame in memory is scored through bin codes, which can warn of unseen values.
    if opened.eager:
        table = opened.lazy().collect()
        rows = table.select(names).to_native()
        points = points_of_codes(card, codes_with_warning(card.binner_, rows))
        column = nw.new_series(POINTS, points, backend=table.implementation)
        return table.with_columns(column).to_native()

    # The sum runs in the order of points_of_codes, so that a lazy engine gives the same float64.
    total = opened.value(float(card.base_))
    for name, bins in card.binner_.features_.items():
        # Unknown points are an error on rows in memory; an expression cannot raise one for a row,
        # and its result is null.
        by_code = [None if np.isnan(value) else value for value in card.points_[name].tolist()]
        total = total + bin_column(bins.spec, np.array(by_code, dtype=object), opened)
    return opened.as_given(opened.lazy().with_columns(total.alias(POINTS)))
