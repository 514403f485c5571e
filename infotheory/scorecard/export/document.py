"""A fitted card as one versioned JSON document, and back."""

import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any, TypeVar

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory._documents import read_document, sound
from infotheory._typing import FloatArray
from infotheory.binning import FeatureBins, OptimalBinner
from infotheory.cells import BinSpec
from infotheory.scorecard.points.fitted import FittedCard
from infotheory.tables import CountTable

__all__ = ["FORMAT", "VERSION", "document_schema", "dump_card", "frozen_binner", "read_card"]

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
    """
    text = (
        resources.files("infotheory.scorecard.export").joinpath(SCHEMA).read_text(encoding="utf-8")
    )
    schema: dict[str, Any] = json.loads(text)
    return schema


def dump_card(card: FittedCard) -> str:
    """Write a fitted card as JSON.

    Numbers survive exactly, infinite and undefined ones are strings. What a card from another
    package does not have is null.
    """
    check_is_fitted(card, "points_")
    binner, settings = card.binner_, card.get_params(deep=False)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "origin": card.origin_,
        "settings": {name: value for name, value in settings.items() if name != "binner"}
        | {"exclude_from_reasons": list(card.exclude_from_reasons)},
        "classes": card.classes_.tolist(),
        "event_label": _event_label(card),
        "woe_sign": binner.woe_sign,
        "zero_cells": binner.zero_cells,
        "audit": list(getattr(binner, "audit_", ())),
        "named": hasattr(card, "feature_names_in_"),
        "features": [_feature(card, name, spec) for name, spec in binner.specs_.items()],
        "base": card.base_,
        "regression": _regression(card) if card.origin_ == "fit" else None,
    }
    return json.dumps(document, allow_nan=False, indent=1, default=_item)


def read_card(text: str, make: Callable[..., CardT]) -> CardT:
    """Read a card that ``dump_card`` wrote; ``make`` is its class, called with the settings."""
    document = read_document(text, FORMAT, VERSION)
    with sound(FORMAT):
        return _read(document, make)


def _read(document: Mapping[str, Any], make: Callable[..., CardT]) -> CardT:
    binner = _binner(document)
    card = make(binner, **document["settings"])

    fitted = {
        "binner_": binner,
        "classes_": binner.classes_,
        "event_label_": binner.event_label_,
        "n_features_in_": binner.n_features_in_,
    }
    if document["named"]:
        fitted["feature_names_in_"] = binner.feature_names_in_
    fitted |= {"origin_": document["origin"], "base_": document["base"]}
    pairs = zip(binner.specs_.items(), document["features"], strict=True)
    fitted["points_"] = {name: _by_code(feature["points"], spec) for (name, spec), feature in pairs}
    if document["regression"] is not None:
        fitted |= _fitted(
            document["regression"], sum(spec.n_codes for spec in binner.specs_.values())
        )
    for name, value in fitted.items():
        setattr(card, name, value)
    return card


def frozen_binner(
    features: list[FeatureBins], *, named: bool, classes: list[Any], **settings: Any
) -> Any:
    """Make a fitted binner of given bins, which is not refitted.

    ``named`` says that the features have names in X, ``classes`` are the two labels, ``settings``
    the parameters of the binner.
    """
    binner = OptimalBinner(**settings)
    binner.features_ = {bins.name: bins for bins in features}
    binner.audit_ = []
    binner.classes_, binner.n_features_in_ = np.array(classes), len(features)
    binner.event_label_ = classes[1] if binner.event_label is None else binner.event_label
    if named:
        binner.feature_names_in_ = np.array([bins.name for bins in features], dtype=object)
    return FrozenEstimator(binner)


def _feature(card: FittedCard, name: str, spec: BinSpec) -> dict[str, Any]:
    binner = card.binner_
    entry: dict[str, Any] = {
        "bins": spec.to_dict(),
        "labels": list(spec.labels),
        "points": _plain(card.points_[name]),
    }
    bins = binner.features_[name]
    if bins.table is None:
        return entry | dict.fromkeys(("counts", "squared_weights", "woe", "status"))
    table = bins.table.without_groups()
    return entry | {
        "labels": list(table.labels),
        "counts": table.counts.tolist(),
        "squared_weights": table.squared_weights.tolist(),
        "woe": bins.woe.tolist(),
        "status": bins.status,
    }


def _regression(card: FittedCard) -> dict[str, Any]:
    covariance = card.contribution_covariance_
    places = np.flatnonzero(np.diag(covariance) > 0.0)
    rows, columns = np.tril_indices(places.size)
    lower = covariance[places[rows], places[columns]].tolist()
    return {name.rstrip("_"): _plain(getattr(card, name)) for name in FITTED} | {
        "contribution_covariance": {
            "size": len(covariance),
            "places": places.tolist(),
            "lower": lower,
        },
        "status": card.status_,
        "n_iter": card.n_iter_,
    }


def _fitted(regression: Mapping[str, Any], n_codes: int) -> dict[str, Any]:
    fitted: dict[str, Any] = {name: _array(regression[name.rstrip("_")]) for name in FITTED}
    fitted["active_"] = fitted["active_"].astype(bool)
    fitted["contribution_covariance_"] = _unpack(regression["contribution_covariance"], n_codes + 1)
    return fitted | {"status_": regression["status"], "n_iter_": regression["n_iter"]}


def _unpack(packed: Mapping[str, Any], most: int) -> FloatArray:
    places = np.array(packed["places"], dtype=np.intp)
    if not 0 <= packed["size"] <= most:
        message = f"the covariance must have at most {most} rows, got {packed['size']!r}"
        raise ValueError(message)
    rows, columns = np.tril_indices(places.size)
    whole = np.zeros((packed["size"], packed["size"]))
    whole[places[rows], places[columns]] = packed["lower"]
    whole[places[columns], places[rows]] = packed["lower"]
    return whole


def _binner(document: Mapping[str, Any]) -> Any:
    binner = frozen_binner(
        [_bins(feature) for feature in document["features"]],
        named=document["named"],
        classes=document["classes"],
        woe_sign=document["woe_sign"],
        zero_cells=document["zero_cells"],
        event_label=document["event_label"],
    )
    binner.audit_.extend(document["audit"])
    return binner


def _bins(feature: Mapping[str, Any]) -> FeatureBins:
    spec = BinSpec.from_dict(feature["bins"])
    if feature["counts"] is None:
        return FeatureBins(spec=spec)
    counts, squared = (_array(feature[key]) for key in ("counts", "squared_weights"))
    table = CountTable(tuple(feature["labels"]), counts, squared)
    woe = _by_code(feature["woe"], spec)
    return FeatureBins(spec=spec, table=table, woe=woe, status=feature["status"])


def _by_code(values: Any, spec: BinSpec) -> FloatArray:
    numbers = _array(values)
    if numbers.shape != (spec.n_codes,):
        message = (
            f"feature {spec.name!r} must have {spec.n_codes} points and weights, got shape "
            f"{numbers.shape}"
        )
        raise ValueError(message)
    return numbers


def _event_label(card: FittedCard) -> Any:
    label = card.binner_.event_label
    return label.item() if isinstance(label, np.generic) else label


def _item(value: Any) -> Any:
    """Numbers of numpy among the settings."""
    if isinstance(value, np.generic):
        return value.item()
    message = f"settings must be plain numbers and text, got {type(value).__name__} {value!r}"
    raise TypeError(message)


def _array(values: Any) -> FloatArray:
    return np.array(values, dtype=np.float64)


def _plain(array: FloatArray) -> Any:
    """Nested lists with non-finite numbers as text, which ``float`` reads."""
    if array.ndim > 1:
        return [_plain(row) for row in array]
    return [value if np.isfinite(value) else str(value) for value in array.tolist()]
