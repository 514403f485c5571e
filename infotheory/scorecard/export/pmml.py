"""A card as a PMML 4.4 Scorecard (Data Mining Group, https://dmg.org/pmml/v4-4/Scorecard.html)."""

import re
import sys
from xml.etree import ElementTree as ET

from infotheory._version import __version__
from infotheory.scorecard.export.rules import CardRules, FeatureRule

__all__ = ["write_pmml"]

NAMESPACE = "http://www.dmg.org/PMML-4_4"
LARGEST = repr(sys.float_info.max)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_pmml(rules: CardRules) -> str:
    """Write the document.

    Parameters
    ----------
    rules : CardRules
        The card.

    Returns
    -------
    str
        XML.

    Raises
    ------
    ValueError
        If a name or level holds a character that XML cannot carry.
    """
    root = ET.Element("PMML", {"xmlns": NAMESPACE, "version": "4.4"})
    header = ET.SubElement(root, "Header", {"description": "Scorecard; more points are safer"})
    ET.SubElement(header, "Application", {"name": "infotheory", "version": __version__})
    fields = ET.SubElement(root, "DataDictionary", {"numberOfFields": str(len(rules.features))})
    card = ET.SubElement(
        root,
        "Scorecard",
        {"functionName": "regression", "initialScore": repr(rules.base), "useReasonCodes": "false"},
    )
    schema, output = ET.SubElement(card, "MiningSchema"), ET.SubElement(card, "Output")
    ET.SubElement(
        output,
        "OutputField",
        {
            "name": "points",
            "optype": "continuous",
            "dataType": "double",
            "feature": "predictedValue",
        },
    )
    characteristics = ET.SubElement(card, "Characteristics")
    for feature in rules.features:
        _data_field(fields, feature)
        refused = "returnInvalid" if _refuses(feature) else "asIs"
        ET.SubElement(
            schema,
            "MiningField",
            {"name": _text(feature.spec.name), "invalidValueTreatment": refused},
        )
        _characteristic(characteristics, feature)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _refuses(feature: FeatureRule) -> bool:
    return feature.spec.kind == "numerical" or feature.unseen is None


def _data_field(parent: ET.Element, feature: FeatureRule) -> None:
    """Declare a field with its valid values: finite numbers and special ones, or levels where others are refused."""
    spec = feature.spec
    optype, data = (
        ("continuous", "double") if spec.kind == "numerical" else ("categorical", "string")
    )
    field = ET.SubElement(
        parent, "DataField", {"name": _text(spec.name), "optype": optype, "dataType": data}
    )
    if spec.kind == "numerical":
        special = [value for values, _ in feature.special for value in values]
        margins = {"leftMargin": -float(LARGEST), "rightMargin": float(LARGEST)}
        kept = {
            side: repr(end) for side, end in margins.items() if end * float("inf") not in special
        }
        if kept:
            ET.SubElement(field, "Interval", {"closure": "closedClosed"} | kept)
    elif _refuses(feature):
        for level in _levels(feature):
            ET.SubElement(field, "Value", {"value": _text(level), "property": "valid"})


def _characteristic(parent: ET.Element, feature: FeatureRule) -> None:
    """Write the attributes in the order in which they are tried; the first that is true gives the points."""
    spec = feature.spec
    node = ET.SubElement(parent, "Characteristic", {"name": _text(spec.name)})
    if feature.missing is not None:
        _simple(_attribute(node, feature.missing), spec.name, "isMissing")
    for values, points in feature.special:
        texts = [_number(v) if spec.kind == "numerical" else _text(v) for v in values]
        _equal(node, points, spec.name, texts)
    if spec.kind == "numerical":
        for split, points in zip(spec.splits, feature.regular, strict=False):
            _simple(_attribute(node, points), spec.name, "lessThan", _number(split))
        _simple(_attribute(node, feature.regular[-1]), spec.name, "lessOrEqual", LARGEST)
        return
    for levels, points in zip(spec.levels, feature.regular, strict=True):
        _equal(node, points, spec.name, [_text(level) for level in levels])
    if feature.unseen is not None:
        _simple(_attribute(node, feature.unseen), spec.name, "isNotMissing")


def _levels(feature: FeatureRule) -> list[str]:
    groups = [*feature.spec.levels, *(values for _, values in feature.spec.special)]
    return [level for group in groups for level in group]


def _attribute(parent: ET.Element, points: float) -> ET.Element:
    return ET.SubElement(parent, "Attribute", {"partialScore": repr(points)})


def _simple(parent: ET.Element, field: str, operator: str, value: str | None = None) -> None:
    attributes = {"field": _text(field), "operator": operator}
    ET.SubElement(
        parent, "SimplePredicate", attributes if value is None else attributes | {"value": value}
    )


def _equal(parent: ET.Element, points: float, field: str, values: list[str]) -> None:
    """Write the attribute of a group of values."""
    if not values:
        return
    node = _attribute(parent, points)
    if len(values) > 1:
        node = ET.SubElement(node, "CompoundPredicate", {"booleanOperator": "or"})
    for value in values:
        _simple(node, field, "equal", value)


def _number(value: float) -> str:
    number = float(value)
    return repr(number) if abs(number) != float("inf") else ("INF" if number > 0 else "-INF")


def _text(value: str) -> str:
    found = _NOT_XML.search(value)
    if found:
        message = (
            f"names and levels must hold characters that XML can carry, got {found.group()!r} in "
            f"{value!r}"
        )
        raise ValueError(message)
    return value
