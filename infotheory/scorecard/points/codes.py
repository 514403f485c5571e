"""From bin codes to scores: the one place where what each bin gives is added up."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from infotheory._display import number_text
from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory._validation import rows_with_weight
from infotheory._warnings import warn_once_a_call
from infotheory.binning.features import FittedBinner
from infotheory.exceptions import UnseenValueWarning
from infotheory.scorecard.points.fitted import (
    AnyCard,
    contributions_of,
    event_direction,
    event_intercept,
    has_probabilities,
    scale_of,
)

__all__ = [
    "check_points",
    "codes_with_warning",
    "event_log_odds_of_codes",
    "log_odds_of_codes",
    "points_of_codes",
    "sum_by_code",
    "warn_of_new_values",
    "warn_of_rows_new_to_bins",
]


def codes_with_warning(binner: FittedBinner, X: Any) -> IntArray:
    """Return bin codes of rows; warn once of all values that the training rows never had."""
    codes = binner.bin_codes(X)
    warn_of_new_values(binner, codes)
    return codes


def warn_of_new_values(
    binner: FittedBinner,
    codes: IntArray,
    weights: FloatArray | None = None,
    *,
    names: Collection[str] | None = None,
    patterns: Patterns | None = None,
    of: str = "the training rows",
) -> None:
    """Warn once of all values among coded rows that the training rows never had.

    Rows of weight 0 are none; ``names`` are the characteristics that count, all when None. Where
    ``codes`` are those of patterns, these say how many rows each stands for; ``of`` says which
    rows never had the values.
    """
    has_weight = rows_with_weight(weights)
    codes = codes if has_weight is None else codes[has_weight]
    # A bin without training rows is as new as a category in no bin: its points are neutral, too.
    is_new = {
        name: bins.new_codes[column]
        for (name, bins), column in zip(binner.features_.items(), codes.T, strict=True)
        if names is None or name in names
    }
    unseen_rows = {
        name: np.count_nonzero(new) if patterns is None else float(patterns.mass[new].sum())
        for name, new in is_new.items()
    }

    if any(unseen_rows.values()):
        # Rows without weights weigh 1, as their squares do.
        one_each = patterns is None or np.array_equal(patterns.mass, patterns.squared_mass)
        unit = "rows" if one_each else "of weight"
        shown = ", ".join(
            f"{name}: {number_text(float(count))} {unit}"
            for name, count in unseen_rows.items()
            if count
        )
        # A card from another package has points for unseen values and no weights of evidence.
        consequence = "weight of evidence 0" if binner.woe_ else "the points of unseen values"
        message = f"X holds values that {of} never had ({shown}); they get {consequence}"
        features = ", ".join(name for name, count in unseen_rows.items() if count)
        warn_once_a_call(message, UnseenValueWarning, about=features)


def warn_of_rows_new_to_bins(binner: FittedBinner, patterns: Patterns) -> None:
    """Warn of what a card is fitted on that the rows of its frozen bins never had.

    It has no evidence, so that coefficients are learnt as if it said nothing.
    """
    # Bins that were learnt on these very rows know all that they hold.
    if isinstance(binner, FrozenEstimator):
        of = "the rows of the frozen bins"
        warn_of_new_values(binner, patterns.codes, patterns=patterns, of=of)


def points_of_codes(card: AnyCard, codes: IntArray) -> FloatArray:
    """Return the score of rows of bin codes, shape (n_rows,); unknown points are an error."""
    points = sum_by_code(codes, list(card.points_.values()), card.base_)
    # A sum is unknown where a part of it is: rows are looked at by characteristic only then.
    if np.isnan(points).any():
        check_points(codes, card.points_, card.origin_)
    return points


def event_log_odds_of_codes(card: AnyCard, codes: IntArray) -> FloatArray:
    """Return the log odds of an event of rows of bin codes, or the predictor of a mean, (n_rows,).

    They come from the coefficients, or, for a card that has points only, from its scale.
    """
    if card.origin_ == "fit":
        return sum_by_code(codes, contributions_of(card), event_intercept(card))

    points = points_of_codes(card, codes)
    if not has_probabilities(card):
        message = (
            f"probabilities need the scale of the points, which the export of {card.origin_} "
            f"does not hold; pass pdo, base_points and base_odds to from_{card.origin_}"
        )
        raise ValueError(message)
    return scale_of(card).predictor(points)


def log_odds_of_codes(card: AnyCard, codes: IntArray) -> FloatArray:
    """Return the log odds of ``classes_[1]`` of rows of bin codes, shape (n_rows,)."""
    # The sum with 0 turns the -0.0 of a turned zero into 0.0.
    return event_direction(card) * event_log_odds_of_codes(card, codes) + 0.0


def check_points(codes: IntArray, points: Mapping[str, FloatArray], origin: str) -> None:
    """Raise ValueError where a row falls into a bin whose points are not known (NaN)."""
    for (name, by_code), column in zip(points.items(), codes.T, strict=True):
        # Most cards know all points, and are spared the sum over rows.
        is_unknown = np.isnan(by_code)
        count = int(is_unknown[column].sum()) if is_unknown.any() else 0
        if count:
            message = (
                f"every value must have points in the export of {origin}, got {count} rows of "
                f"feature {name!r} with a missing, special or unseen value that it does not list; "
                "pass unlisted= to give these points"
            )
            raise ValueError(message)


def sum_by_code(codes: IntArray, tables: Sequence[FloatArray], start: float) -> FloatArray:
    """Add up what each feature gives a row: points, or terms of log odds.

    ``tables`` hold the value of each code, one array a feature; ``start`` comes first. The order of
    the sum is that of the features, so that SQL, Python and PMML can give the same float64.

    Examples
    --------
    >>> codes = np.array([[0, 1], [1, 1]])
    >>> sum_by_code(codes, [np.array([1.0, 2.0]), np.array([10.0, 20.0])], 100.0).tolist()
    [121.0, 122.0]
    """
    total = np.full(len(codes), start)
    for by_code, column in zip(tables, codes.T, strict=True):
        total += by_code[column]
    return total
