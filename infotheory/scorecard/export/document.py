"""A fitted card as one versioned JSON document, and back."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, TypeVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._documents import load_schema, read_document, sound, within
from infotheory._typing import FloatArray
from infotheory.binning import FeatureBins
from infotheory.binning.copies import woe_by_hand
from infotheory.binning.prebins.searched import SearchBreadth, breadth_of_bins
from infotheory.cells import BinSpec
from infotheory.scorecard.export.agreement import (
    check_evidence,
    check_imported_points,
    check_labels,
    check_lengths,
    check_parts,
    check_points_follow,
)
from infotheory.scorecard.points.fitted import AnyCard, FittedCard, check_options_of_fit
from infotheory.scorecard.points.learners import learner_entry
from infotheory.scorecard.points.restored import frozen_binner, with_bins_and_points
from infotheory.tables import CountTable

__all__ = [
    "FORMAT",
    "VERSION",
    "card_of_document",
    "document_schema",
    "dump_card",
    "numbers_of",
    "plain_numbers",
    "plain_setting",
    "read_card",
    "read_regression",
    "regression_entry",
]

CardT = TypeVar("CardT", bound=FittedCard)

FORMAT = "infotheory scorecard"
VERSION = 1
SCHEMA = "scorecard-1.schema.json"
FITTED = ("coef_", "intercept_", "covariance_", "variance_inflation_", "active_")


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document that ``Scorecard.to_json`` writes.

    Returns
    -------
    dict
        The schema of the current version.

    Examples
    --------
    >>> schema = document_schema()
    >>> schema["type"]
    'object'
    """
    return deepcopy(load_schema("infotheory.scorecard.export", SCHEMA))


def dump_card(card: FittedCard) -> str:
    """Write a fitted card as JSON.

    Numbers survive exactly, infinite and undefined ones are strings. What a card from another
    package does not have is null. A card whose options are others than those of its fit has no
    document: ValueError.
    """
    check_is_fitted(card, "points_")
    check_options_of_fit(card)
    binner, settings = card.binner_, card.get_params(deep=False)
    settings["exclude_from_reasons"] = list(card.exclude_from_reasons)
    del settings["binner"]  # its bins are there, and it is not fitted again

    features = binner.features_.items()
    document = {
        "format": FORMAT,
        "version": VERSION,
        "origin": card.origin_,
        "settings": settings,
        "classes": card.classes_.tolist(),
        "event_label": _plain_label(card.event_label_),
        "woe_sign": binner.woe_sign,
        "zero_cells": binner.zero_cells,
        "learner": learner_entry(binner),
        "audit": list(getattr(binner, "audit_", ())),
        "named": hasattr(card, "feature_names_in_"),
        "features": [
            _feature_entry(bins, card.points_[name], binner.zero_cells) for name, bins in features
        ],
        "base": card.base_,
        "regression": regression_entry(card) if card.origin_ == "fit" else None,
    }
    return json.dumps(document, allow_nan=False, indent=1, default=plain_setting)


def read_card(text: str, make: Callable[..., CardT]) -> CardT:
    """Read a card that ``dump_card`` wrote; ``make`` is its class, called with the settings."""
    document = read_document(text, FORMAT, VERSION, document_schema())
    with sound(FORMAT):
        return card_of_document(document, make)


def card_of_document(document: Mapping[str, Any], make: Callable[..., CardT]) -> CardT:
    """Make a card of a document that keeps the schema, after checking that its parts agree."""
    features = [
        _read_bins(entry, f"$.features[{i}]", document)
        for i, entry in enumerate(document["features"])
    ]
    check_parts(document, features)
    binner = frozen_binner(
        features,
        named=document["named"],
        classes=document["classes"],
        audit=document["audit"],
        woe_sign=document["woe_sign"],
        zero_cells=document["zero_cells"],
        event_label=document["event_label"],
        # Documents of earlier versions do not tell how bins were learnt.
        learner=document.get("learner"),
    )

    points = {
        bins.name: numbers_of(entry["points"])
        for bins, entry in zip(features, document["features"], strict=True)
    }
    with within("$.settings"):
        made = make(binner, **document["settings"])
    card = with_bins_and_points(made, binner, points, float(document["base"]), document["origin"])

    if document["regression"] is not None:
        read_regression(card, document["regression"])
        check_points_follow(card)
    return card


def _feature_entry(
    bins: FeatureBins, points: FloatArray, zero_cells: str | float
) -> dict[str, Any]:
    """Write one characteristic; null what a card of another package does not know of it."""
    entry: dict[str, Any] = {
        "bins": bins.spec.to_dict(),
        "labels": list(bins.spec.labels),
        "points": plain_numbers(points),
    }
    if bins.table is None or bins.woe is None:
        return entry | dict.fromkeys(("counts", "squared_weights", "woe", "status"))

    table, by_hand = bins.table.without_groups(), bins.woe_by_hand
    breadth = breadth_of_bins(bins, zero_cells)
    return entry | {
        "labels": list(table.labels),
        "counts": table.counts.tolist(),
        "squared_weights": table.squared_weights.tolist(),
        "woe": bins.woe.tolist(),
        "status": bins.status,
        "searched": None if breadth is None else breadth._asdict(),
        # Only where it says something: earlier readers know the other fields.
        **({"woe_by_hand": {str(c): woe for c, woe in by_hand.items()}} if by_hand else {}),
    }


def _read_bins(entry: Mapping[str, Any], path: str, document: Mapping[str, Any]) -> FeatureBins:
    """Read the bins of one characteristic, with counts and evidence where the card has them."""
    with within(f"{path}.bins"):
        spec = BinSpec.from_dict(entry["bins"])
    check_lengths(entry, spec, path)
    check_labels(entry["labels"], spec, path)
    if entry["counts"] is None:
        check_imported_points(entry["points"], spec, path)
        return FeatureBins(spec=spec)

    counts, squared_weights = numbers_of(entry["counts"]), numbers_of(entry["squared_weights"])
    with within(f"{path}.counts"):
        table = CountTable(tuple(entry["labels"]), counts, squared_weights)
    searched = entry.get("searched")
    bins = FeatureBins(
        spec=spec,
        table=table,
        woe=numbers_of(entry["woe"]),
        status=entry["status"],
        # documents of earlier versions do not tell, and their bins count as fixed before
        read_breadth=None if searched is None else SearchBreadth(**searched),
        woe_by_hand=woe_by_hand(entry, spec, table, path),
    )
    check_evidence(bins, path, document["woe_sign"], document["zero_cells"])
    return bins


def regression_entry(card: AnyCard) -> dict[str, Any]:
    """Write the regression; of the large covariance the lower half, without its zero rows."""
    covariance = card.contribution_covariance_
    # What does not vary has rows of zeros: characteristics outside the regression, codes of unseen
    # values.
    places = np.flatnonzero(np.diag(covariance) > 0.0)
    rows, columns = np.tril_indices(places.size)
    packed = {
        "size": len(covariance),
        "places": places.tolist(),
        "lower": covariance[places[rows], places[columns]].tolist(),
    }
    # A card of a mean has a vector and a number, as scikit-learn's regressors have.
    arrays = {name: getattr(card, name) for name in FITTED}
    arrays |= {"coef_": np.atleast_2d(card.coef_), "intercept_": np.ravel(card.intercept_)}
    entry = {name.rstrip("_"): plain_numbers(array) for name, array in arrays.items()}
    return entry | {
        "held": card.held_.tolist(),
        "information": None if card.information_ is None else plain_numbers(card.information_),
        "contribution_covariance": packed,
        "status": card.status_,
        "n_iter": card.n_iter_,
    }


def read_regression(card: AnyCard, entry: Mapping[str, Any]) -> None:
    """Give a card the regression that ``regression_entry`` wrote."""
    for name in FITTED:
        setattr(card, name, numbers_of(entry[name.rstrip("_")]))
    card.active_ = card.active_.astype(bool)
    # Documents of earlier versions know no information, and no coefficients that are held.
    information = entry.get("information")
    card.information_ = None if information is None else numbers_of(information)
    card.held_ = np.array(entry.get("held", [False] * card.active_.size), dtype=bool)
    card.contribution_covariance_ = _unpacked(entry["contribution_covariance"])
    card.status_, card.n_iter_ = entry["status"], entry["n_iter"]


def _unpacked(packed: Mapping[str, Any]) -> FloatArray:
    """Put the lower half of a covariance, of which all lengths are right, back in its place."""
    places = np.array(packed["places"], dtype=np.intp)
    rows, columns = np.tril_indices(places.size)
    covariance = np.zeros((packed["size"], packed["size"]))
    covariance[places[rows], places[columns]] = packed["lower"]
    covariance[places[columns], places[rows]] = packed["lower"]
    return covariance


def _plain_label(label: Any) -> Any:
    """Return a label that came as a scalar of numpy as one of Python."""
    return label.item() if isinstance(label, np.generic) else label


def plain_setting(value: Any) -> Any:
    """Return a number of numpy among the settings as one of Python."""
    if isinstance(value, np.generic):
        return value.item()
    message = f"settings must be plain numbers and text, got {type(value).__name__} {value!r}"
    raise TypeError(message)


def numbers_of(values: Any) -> FloatArray:
    """Read numbers, of which some may be text."""
    return np.array(values, dtype=np.float64)


def plain_numbers(array: FloatArray) -> Any:
    """Return nested lists with non-finite numbers as text, which ``float`` reads."""
    if array.ndim > 1:
        return [plain_numbers(row) for row in array]
    return [value if np.isfinite(value) else str(value) for value in array.tolist()]
