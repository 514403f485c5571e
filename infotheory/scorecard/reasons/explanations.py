"""Reasons of applicants from a fitted card, and how surely its estimated points support them."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.points.codes import check_points, codes_with_warning
from infotheory.scorecard.points.fitted import (
    AnyCard,
    check_estimated,
    contributions_of,
    event_intercept,
    scale_of,
)
from infotheory.scorecard.reasons.confidence import PointDraws, kept_reasons
from infotheory.scorecard.reasons.intervals import warn_of_few_events
from infotheory.scorecard.reasons.ranking import check_reasons, rank_reasons, references_of

__all__ = ["Reference", "confidence_of_rows", "reasons_of_rows"]

Reference = Literal["max", "average", "neutral"]
Seed = int | np.random.RandomState | None


def reasons_of_rows(
    card: AnyCard, X: Any, n: int, reference: Reference, texts: Mapping[str, str] | None
) -> pd.DataFrame:
    """Return the characteristics that cost each row the most points."""
    codes, references = _codes_and_references(card, X, reference)
    excluded = tuple(card.exclude_from_reasons)
    return rank_reasons(codes, card.points_, references, n, texts=texts, excluded=excluded)


def confidence_of_rows(
    card: AnyCard, X: Any, n: int, reference: Reference, n_draws: int, rng: Seed
) -> pd.DataFrame:
    """Return the share of drawn cards that give each row the reasons of this card."""
    check_estimated(card, "standard errors of points")
    excluded = tuple(card.exclude_from_reasons)
    check_reasons(n, card.points_, excluded, None)

    codes, _ = _codes_and_references(card, X, reference)
    draws = PointDraws(
        scale=scale_of(card),
        intercept=event_intercept(card),
        contributions=contributions_of(card),
        covariance=card.contribution_covariance_,
        active=card.active_,
        spread=card.intercept == "spread",
        rounded=card.round,
    )

    # Another card has another best bin: what points are lost against is drawn with them.
    def refer(points: Mapping[str, FloatArray]) -> dict[str, float]:
        return references_of(card.binner_.features_, points, reference)

    kept = kept_reasons(codes, card.points_, draws, refer, n, excluded, n_draws, rng)
    warn_of_few_events(card, "shares of draws that keep a reason")
    return kept


def _codes_and_references(
    card: AnyCard, X: Any, reference: Reference
) -> tuple[IntArray, dict[str, float]]:
    check_is_fitted(card, "points_")
    references = references_of(card.binner_.features_, card.points_, reference)
    codes = codes_with_warning(card.binner_, X)
    check_points(codes, card.points_, card.origin_)
    return codes, references
