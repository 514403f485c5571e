"""A fitted card of a mean as one versioned JSON document, and back."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Protocol, TypeVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._documents import DocumentError, load_schema, read_document, sound, within
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray
from infotheory.binning import FeatureBins
from infotheory.binning.copies import woe_by_hand
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.options import divergences_of
from infotheory.binning.prebins.searched import SearchBreadth, breadth_of_bins
from infotheory.cells import BinSpec
from infotheory.scorecard.export.agreement import (
    check_labels,
    check_lengths,
    check_mean_parts,
    check_points_follow,
    check_target_evidence,
)
from infotheory.scorecard.export.document import (
    numbers_of,
    plain_numbers,
    plain_setting,
    read_regression,
    regression_entry,
)
from infotheory.scorecard.links import MeanLink, link_of_target
from infotheory.scorecard.points.binners import kind_of_binner
from infotheory.scorecard.points.fitted import AnyCard, check_options_of_fit
from infotheory.scorecard.points.learners import learner_entry
from infotheory.scorecard.points.restored import frozen_binner, with_bins_and_points
from infotheory.tables import EvidenceTable

__all__ = ["dump_mean_card", "mean_document_schema", "read_mean_card"]

FORMAT = "infotheory scorecard of a mean"
VERSION = 1
SCHEMA = "mean-scorecard-1.schema.json"


class MeanCard(AnyCard, Protocol):
    """A card of a mean, as its document needs it."""

    target_type: str
    power: float

    base_mean_: float
    link_: MeanLink


CardT = TypeVar("CardT", bound=MeanCard)


def mean_document_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what ``ScorecardRegressor.to_json`` writes."""
    return deepcopy(load_schema("infotheory.scorecard.export", SCHEMA))


def dump_mean_card(card: MeanCard) -> str:
    """Write a fitted card of a mean as JSON, numbers exactly.

    A card whose options are others than those of its fit has no document: ValueError.
    """
    check_is_fitted(card, "points_")
    kind = kind_of_binner(card.binner_, card.target_type)
    # Points and coefficients would be read back under another power than they were fitted with.
    if card.link_ != link_of_target(card.target_type, card.power):
        message = (
            f"power must be that of the fit, got {card.power!r} beside {card.link_}; fit the card "
            "again, or set it back"
        )
        raise ValueError(message)
    check_options_of_fit(card)
    binner, settings = card.binner_, card.get_params(deep=False)
    settings["exclude_from_reasons"] = list(card.exclude_from_reasons)
    del settings["binner"]  # its bins are there, and it is not fitted again

    features = binner.features_.items()
    document = {
        "format": FORMAT,
        "version": VERSION,
        "settings": settings,
        "target": {"kind": kind.kind, "origin": kind.origin, "base_mean": card.base_mean_},
        "woe_sign": binner.woe_sign,
        "zero_cells": binner.zero_cells,
        "learner": learner_entry(binner),
        "audit": list(getattr(binner, "audit_", ())),
        "named": hasattr(card, "feature_names_in_"),
        "features": [
            _feature_entry(bins, card.points_[name], _breadth(binner, bins))
            for name, bins in features
        ],
        "base": card.base_,
        "regression": regression_entry(card),
    }
    return json.dumps(document, allow_nan=False, indent=1, default=plain_setting)


def read_mean_card(text: str, make: Callable[..., CardT]) -> CardT:
    """Read a card that ``dump_mean_card`` wrote; ``make`` is its class, called with settings."""
    document = read_document(text, FORMAT, VERSION, mean_document_schema())
    with sound(FORMAT):
        return _card_of_document(document, make)


def _card_of_document(document: Mapping[str, Any], make: Callable[..., CardT]) -> CardT:
    """Make a card of a document that keeps the schema, after checking that its parts agree."""
    target = document["target"]
    kind = TargetKind(target["kind"], (), float(target["origin"]))
    features = [
        _read_bins(entry, f"$.features[{i}]", document, kind)
        for i, entry in enumerate(document["features"])
    ]
    check_mean_parts(document, features)
    binner = frozen_binner(
        features,
        named=document["named"],
        classes=(),
        audit=document["audit"],
        kind=kind,
        target_type=kind.kind,
        woe_sign=document["woe_sign"],
        zero_cells=document["zero_cells"],
        # documents of earlier versions do not tell
        learner=document.get("learner"),
    )

    points = {
        bins.name: numbers_of(entry["points"])
        for bins, entry in zip(features, document["features"], strict=True)
    }
    with within("$.settings"):
        made = make(binner, **document["settings"])
        if made.target_type != kind.kind:
            rule = f" must be {kind.kind!r}, as the target says, got {made.target_type!r}"
            raise DocumentError(path="$.settings.target_type", rule=rule)
        made.link_ = link_of_target(kind.kind, made.power)
    made.base_mean_ = float(target["base_mean"])
    card = with_bins_and_points(made, binner, points, float(document["base"]), "fit")
    read_regression(card, document["regression"])
    # The document has the form of two classes: a matrix of one row, and a vector of one.
    card.coef_, card.intercept_ = card.coef_[0], float(card.intercept_[0])
    check_points_follow(card)
    return card


def _breadth(binner: FittedBinner, bins: FeatureBins) -> SearchBreadth | None:
    """Say among what the bins of a characteristic were searched."""
    return breadth_of_bins(bins, binner.zero_cells, divergences_of(binner).get(bins.name))


def _feature_entry(
    bins: FeatureBins, points: FloatArray, breadth: SearchBreadth | None
) -> dict[str, Any]:
    """Write one characteristic."""
    spec, table = bins.summed()
    if not isinstance(table, EvidenceTable) or bins.woe is None:
        message = f"bins of a card of a mean must hold sums, got {type(table).__name__}"
        raise TypeError(message)
    flat, by_hand = table.without_groups(), bins.woe_by_hand
    return {
        "bins": spec.to_dict(),
        "labels": list(flat.labels),
        "points": plain_numbers(points),
        "sums": flat.sums.tolist(),
        "products": flat.products.tolist(),
        "woe": bins.woe.tolist(),
        "status": bins.status,
        "searched": None if breadth is None else breadth._asdict(),
        # Only where it says something, as in the document of two classes.
        **({"woe_by_hand": {str(c): woe for c, woe in by_hand.items()}} if by_hand else {}),
    }


def _read_bins(
    entry: Mapping[str, Any], path: str, document: Mapping[str, Any], kind: TargetKind
) -> FeatureBins:
    """Read the bins of one characteristic with their sums and evidence."""
    with within(f"{path}.bins"):
        spec = BinSpec.from_dict(entry["bins"])
    check_lengths(entry, spec, path)
    check_labels(entry["labels"], spec, path)

    with within(f"{path}.sums"):
        sums, products = numbers_of(entry["sums"]), numbers_of(entry["products"])
        labels = tuple(entry["labels"])
        table = EvidenceTable(labels, kind.kind, sums, products, origin=kind.origin)
    searched = entry.get("searched")
    bins = FeatureBins(
        spec=spec,
        table=table,
        woe=np.array(entry["woe"], dtype=np.float64),
        status=entry["status"],
        # documents of earlier versions do not tell, and their bins count as fixed before
        read_breadth=None if searched is None else SearchBreadth(**searched),
        woe_by_hand=woe_by_hand(entry, spec, table, path),
    )
    check_target_evidence(bins, table, path, document["woe_sign"], document["zero_cells"])
    return bins
