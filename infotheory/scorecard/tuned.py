"""Cards whose bins are tuned by hand, and what such a card was before and is after."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from infotheory._codes import common_weight
from infotheory._display import html_repr, short_repr
from infotheory._row_order import warn_of_row_order
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_weights, check_length
from infotheory.evidence.roc_area import area_under_curve, auc_influence
from infotheory.evidence.roc_laws import paired_difference
from infotheory.inference import Estimate
from infotheory.scorecard.card.classifier import Scorecard
from infotheory.scorecard.points.fitted import (
    check_estimated,
    check_two_classes,
    event_coefficients,
    event_direction,
)
from infotheory.scorecard.points.signs import wrong_signs

__all__ = ["CardComparison", "compare_cards", "compared_on_columns"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CardComparison:
    """Two cards on the same rows: what one of them gains, and what it changes.

    Areas and their difference are estimates with intervals; points are descriptive.

    Parameters
    ----------
    auc_before, auc_after : Estimate
        Areas under the ROC curve of the log odds.
    auc_difference : Estimate
        ``auc_after - auc_before`` with DeLong's error for two curves on the same rows.
    characteristics : DataFrame
        One row a characteristic of either card: feature, coefficient_before, coefficient_after,
        sign_ok_before, sign_ok_after, vif_before, vif_after; missing values where a card does not
        have it.
    points : DataFrame
        The bins whose points differ: feature, bin, points_before, points_after; missing values
        where a card does not have the bin.
    """

    auc_before: Estimate
    auc_after: Estimate
    auc_difference: Estimate
    characteristics: pd.DataFrame
    points: pd.DataFrame

    __repr__ = short_repr
    _repr_html_ = html_repr


def compare_cards(
    before: Scorecard,
    after: Scorecard,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> CardComparison:
    """Compare two cards on the same rows, such as one before and after its bins were tuned.

    Parameters
    ----------
    before, after : Scorecard
        Fitted cards of the same event. Their features may differ.
    X : array-like or frame of shape (n_rows, n_features)
        Rows with the features of both; a card with fewer takes its own by name. Rows that neither
        card learnt on, where the difference is to say something about others.
    y : array-like of shape (n_rows,)
        Their target.
    sample_weight : array-like of shape (n_rows,), optional
        Their weights.

    Returns
    -------
    CardComparison
        Areas under the curve and their difference, coefficients with signs and variance inflation,
        and the points that moved. The interval of the difference is withheld where the cards rank
        all rows alike, so that it has no error.

    Raises
    ------
    ValueError
        If a card was not fitted on rows, the cards have different labels or events, or the rows are
        not valid.

    Notes
    -----
    The error of the difference is the root of the sum over rows of the squared difference of their
    influences (E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988) 837-845,
    doi:10.2307/2531595). The interval holds the differences that two areas reach on the way to the
    ends of their own intervals, up to Student's quantile times the error that the difference has
    there (own rule, from 10 events on); the p-value is one less the level at which it reaches 0.

    Examples
    --------
    >>> from infotheory.binning import merge_bins
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> X = X[["duration_in_month", "savings_account_and_bonds"]]
    >>> card = Scorecard().fit(X, y)
    >>> tuned = merge_bins(card, "duration_in_month", [0, 1], reason="one policy", rows=(X, y))
    >>> comparison = compare_cards(card, tuned, X, y)
    >>> comparison.auc_difference.value < 0.0
    True
    """
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight)
    return compared_on_columns((before, after), (X, X), y, sample_weight)


def compared_on_columns(
    cards: tuple[Scorecard, Scorecard],
    columns: tuple[Any, Any],
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> CardComparison:
    """Compare two cards on the same rows, each on columns of its own."""
    before, after = cards
    # A difference of ranks means something only where both cards rank the same event.
    for card in (before, after):
        check_two_classes(card, "comparisons of cards")
        check_estimated(card, "comparisons of cards")
    labels = [card.classes_.tolist() for card in (before, after)]
    if labels[0] != labels[1] or before.event_label_ != after.event_label_:
        message = (
            "both cards must have the same labels and event, got "
            f"{labels[0]} with event {before.event_label_!r} and {labels[1]} with event "
            f"{after.event_label_!r}"
        )
        raise ValueError(message)

    log_odds = [_event_log_odds(card, X) for card, X in zip(cards, columns, strict=True)]
    n_rows = log_odds[0].size
    weights = as_weights(sample_weight, n_rows)
    target = TargetLabels.of(before).read(check_length("y", y, n_rows), n_rows, weights=weights)
    # Events were read as 1, whatever the labels, and the scores are their log odds.
    differ = weights is not None and common_weight(weights, weights**2) is None
    areas = [
        area_under_curve(target, scores, sample_weight=weights, event_label=1.0)
        for scores in log_odds
    ]
    influences = [auc_influence(target, scores, weights)[1] for scores in log_odds]
    return CardComparison(
        auc_before=areas[0],
        auc_after=areas[1],
        auc_difference=paired_difference(
            areas, influences, target == 1.0, weights=weights if differ else None
        ),
        characteristics=_side_by_side(before, after),
        points=_moved_points(before, after),
    )


def _event_log_odds(card: Scorecard, X: Any) -> FloatArray:
    """Log odds of an event of rows that may have more columns than the card."""
    # A card may know fewer columns than the other; one whose columns are not all there tells it.
    if isinstance(X, pd.DataFrame) and hasattr(card, "feature_names_in_"):
        present = [name for name in card.feature_names_in_ if name in X.columns]
        X = X[present] if len(present) == card.n_features_in_ else X
    return event_direction(card) * card.decision_function(X)


def _side_by_side(before: Scorecard, after: Scorecard) -> pd.DataFrame:
    """Lay out coefficients, signs and variance inflation of both cards by characteristic."""
    # The order of the first card; what the second has beyond it follows.
    names = list(dict.fromkeys([*before.binner_.features_, *after.binner_.features_]))
    sides = []
    for card, when in ((before, "before"), (after, "after")):
        coefficients = event_coefficients(card)
        values = np.array(list(coefficients.values()))
        columns = pd.DataFrame(
            {
                "coefficient": values,
                "sign_ok": ~wrong_signs(values, card.binner_.woe_sign),
                "vif": card.variance_inflation_,
            },
            index=list(coefficients),
        )
        sides.append(columns.reindex(names).add_suffix(f"_{when}"))

    table = pd.concat(sides, axis=1).rename_axis("feature").reset_index()
    pairs = [[f"{what}_before", f"{what}_after"] for what in ("coefficient", "sign_ok", "vif")]
    return table[["feature", *chain.from_iterable(pairs)]]


def _moved_points(before: Scorecard, after: Scorecard) -> pd.DataFrame:
    """Lay out the bins whose points differ; bins are the same where their labels are."""
    sides = [
        card.points_table().set_index(["feature", "bin"])["points"] for card in (before, after)
    ]
    both = pd.concat(sides, axis=1, keys=["points_before", "points_after"]).reset_index()

    # Bins that one card alone has come last: put them beside the others of their feature.
    place = {name: number for number, name in enumerate(dict.fromkeys(both["feature"]))}
    both = both.sort_values("feature", key=lambda names: names.map(place), kind="stable")
    return both[both["points_before"] != both["points_after"]].reset_index(drop=True)
