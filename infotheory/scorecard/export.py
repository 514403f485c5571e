"""A fitted card as one versioned JSON document, and back."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from sklearn.frozen import FrozenEstimator

from infotheory._typing import FloatArray
from infotheory.binning import OptimalBinner
from infotheory.cells import BinSpec
from infotheory.tables import CountTable

__all__ = ["FORMAT", "VERSION", "binner_from_dict", "dump_card", "read_document", "restore"]

FORMAT = "infotheory scorecard"
VERSION = 1
Card = TypeVar("Card", bound=Any)
FITTED = ("coef_", "intercept_", "covariance_", "variance_inflation_", "active_")


def dump_card(card: Any) -> str:
    """Write a fitted card as JSON.

    Parameters
    ----------
    card : Scorecard
        A fitted card.

    Returns
    -------
    str
        The document; numbers survive exactly, infinite and undefined ones are strings.
    """
    binner, settings = card.binner_, card.get_params(deep=False)
    features = [
        {
            "bins": spec.to_dict(),
            "labels": list(binner.tables_[name].labels),
            "counts": binner.tables_[name].without_groups().counts.tolist(),
            "squared_weights": binner.tables_[name].without_groups().squared_weights.tolist(),
            "woe": binner.woe_[name].tolist(),
            "points": card.points_[name].tolist(),
            "status": binner.status_[name],
        }
        for name, spec in binner.specs_.items()
    ]
    document = {
        "format": FORMAT,
        "version": VERSION,
        "settings": {name: value for name, value in settings.items() if name != "binner"}
        | {"exclude_from_reasons": list(card.exclude_from_reasons)},
        "classes": card.classes_.tolist(),
        "event_label": _event_label(card),
        "woe_sign": binner.woe_sign,
        "zero_cells": binner.zero_cells,
        "named": hasattr(card, "feature_names_in_"),
        "features": features,
        "base": card.base_,
        "status": card.status_,
        "n_iter": card.n_iter_,
        "fitted": {name: _plain(getattr(card, name)) for name in FITTED},
    }
    return json.dumps(document, allow_nan=False, indent=1)


def read_document(text: str) -> dict[str, Any]:
    """Parse and check the head of a document.

    Parameters
    ----------
    text : str
        What ``dump_card`` wrote.

    Returns
    -------
    dict
        The document; the arrays of ``fitted`` are numpy arrays.

    Raises
    ------
    ValueError
        If the text is not such a document, or of a later version.
    """
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        message = f"text must be a document of format {FORMAT!r}, got {str(text)[:40]!r}; write it with to_json()"
        raise ValueError(message)
    if document["version"] != VERSION:
        message = f"version must be {VERSION}, got {document['version']!r}; read it with the release that wrote it"
        raise ValueError(message)
    document["fitted"] = {name: np.array(value, dtype=np.float64) for name, value in document["fitted"].items()}
    document["fitted"]["active_"] = document["fitted"]["active_"].astype(bool)
    return document


def binner_from_dict(document: Mapping[str, Any]) -> Any:
    """Rebuild the fitted bins.

    Parameters
    ----------
    document : mapping
        What ``read_document`` returned.

    Returns
    -------
    FrozenEstimator
        A binner that is not refitted.
    """
    binner = OptimalBinner(
        woe_sign=document["woe_sign"], zero_cells=document["zero_cells"], event_label=document["event_label"]
    )
    specs = [BinSpec.from_dict(feature["bins"]) for feature in document["features"]]
    pairs = list(zip(specs, document["features"], strict=True))
    binner.specs_ = {spec.name: spec for spec in specs}
    binner.tables_ = {spec.name: _table(feature) for spec, feature in pairs}
    binner.woe_ = {spec.name: np.array(feature["woe"], dtype=np.float64) for spec, feature in pairs}
    binner.status_ = {spec.name: feature["status"] for spec, feature in pairs}
    binner.classes_ = np.array(document["classes"])
    binner.n_features_in_ = len(specs)
    if document["named"]:
        binner.feature_names_in_ = np.array([spec.name for spec in specs], dtype=object)
    return FrozenEstimator(binner)


def restore(card: Card, document: Mapping[str, Any]) -> Card:
    """Give a new card its fitted attributes.

    Parameters
    ----------
    card : Scorecard
        A card whose binner is that of the document.
    document : mapping
        What ``read_document`` returned.

    Returns
    -------
    Scorecard
        The same object, fitted.
    """
    fitted = dict(document["fitted"])
    fitted |= {"binner_": card.binner, "classes_": card.binner.classes_, "n_features_in_": card.binner.n_features_in_}
    if document["named"]:
        fitted["feature_names_in_"] = card.binner.feature_names_in_
    fitted |= {"status_": document["status"], "n_iter_": document["n_iter"], "base_": document["base"]}
    fitted["points_"] = {feature["bins"]["name"]: np.array(feature["points"]) for feature in document["features"]}
    for name, value in fitted.items():
        setattr(card, name, value)
    return card


def _table(feature: Mapping[str, Any]) -> CountTable:
    counts, squared = (np.array(feature[key], dtype=np.float64) for key in ("counts", "squared_weights"))
    return CountTable(tuple(feature["labels"]), counts, squared)


def _event_label(card: Any) -> Any:
    label = card.binner_.event_label
    return label.item() if isinstance(label, np.generic) else label


def _plain(array: FloatArray) -> Any:
    """Nested lists with non-finite numbers as text, which ``float`` reads."""
    if array.ndim > 1:
        return [_plain(row) for row in array]
    return [value if np.isfinite(value) else str(value) for value in array.tolist()]
