"""A card as a PMML 4.4 Scorecard (Data Mining Group, https://dmg.org/pmml/v4-4/Scorecard.html)."""

import re
import sys
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from infotheory._exports.rules import FeatureRule
from infotheory._version import __version__
from infotheory.scorecard.export.rules import CardRules, warn_of_rounding

__all__ = ["write_pmml"]

NAMESPACE = "http://www.dmg.org/PMML-4_4"
LARGEST = repr(sys.float_info.max)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_pmml(rules: CardRules) -> str:
    """Write the document; a name or level that XML cannot carry is an error."""
    warn_of_rounding(rules, "PMML")
    about = rules.event or "more points are safer"
    root = ET.Element("PMML", {"xmlns": NAMESPACE, "version": "4.4"})
    header = ET.SubElement(root, "Header", {"description": _text(f"Scorecard; {about}")})
    ET.SubElement(header, "Application", {"name": "infotheory", "version": __version__})
    fields = ET.SubElement(root, "DataDictionary", {"numberOfFields": str(len(rules.features))})

    # The order of the elements is that of the schema of PMML, which evaluators insist on.
    start = {"initialScore": repr(rules.base), "useReasonCodes": "false"}
    card = ET.SubElement(root, "Scorecard", {"functionName": "regression"} | start)
    schema, output = ET.SubElement(card, "MiningSchema"), ET.SubElement(card, "Output")
    score = {"name": "points", "optype": "continuous", "dataType": "double"}
    ET.SubElement(output, "OutputField", score | {"feature": "predictedValue"})
    characteristics = ET.SubElement(card, "Characteristics")

    for feature in rules.features:
        _data_field(fields, feature)
        invalid = "returnInvalid" if _refuses(feature) else "asIs"
        attributes = {"name": _text(feature.spec.name), "invalidValueTreatment": invalid}
        ET.SubElement(schema, "MiningField", attributes)
        _characteristic(characteristics, feature)

    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _refuses(feature: FeatureRule) -> bool:
    """Tell whether some values get no points: infinite numbers, or categories that are unseen."""
    return feature.spec.kind == "numerical" or feature.unseen is None


def _data_field(parent: ET.Element, feature: FeatureRule) -> None:
    """Declare a field with its valid values.

    These are finite numbers and special ones, or the levels where others are refused.
    """
    spec = feature.spec
    kind = ("continuous" if spec.kind == "numerical" else "categorical", _data_type(feature))
    attributes = {"name": _text(spec.name), "optype": kind[0], "dataType": kind[1]}
    field = ET.SubElement(parent, "DataField", attributes)

    if spec.kind == "numerical":
        # An infinite special value is valid, so the interval of valid numbers is open at its end.
        special = [value for values, _ in feature.special for value in values]
        margins = {"leftMargin": -float(LARGEST), "rightMargin": float(LARGEST)}
        # The margins are the largest finite numbers, so that infinite ones are invalid.
        bounds = {
            side: repr(end) for side, end in margins.items() if end * float("inf") not in special
        }
        if bounds:
            ET.SubElement(field, "Interval", {"closure": "closedClosed"} | bounds)
    elif _refuses(feature):
        for level in _level_texts(feature, _levels(feature)):
            ET.SubElement(field, "Value", {"value": level, "property": "valid"})


def _characteristic(parent: ET.Element, feature: FeatureRule) -> None:
    """Write the attributes in the order in which they are tried: the first that holds counts."""
    spec = feature.spec
    node = ET.SubElement(parent, "Characteristic", {"name": _text(spec.name)})
    if feature.missing is not None:
        _simple(_attribute(node, feature.missing), spec.name, "isMissing")

    if spec.kind == "numerical":
        for values, points in feature.special:
            _equal(node, points, spec.name, [_number(value) for value in values])

    if spec.kind == "numerical":
        # A value below its split was not below the one before, so one bound makes a bin.
        for split, points in zip(spec.splits, feature.regular, strict=False):
            _simple(_attribute(node, points), spec.name, "lessThan", _number(split))
        # The last bin ends at the largest number: an infinite one is in no bin.
        _simple(_attribute(node, feature.regular[-1]), spec.name, "lessOrEqual", LARGEST)
        return

    for levels, points in feature.level_groups:
        _equal(node, points, spec.name, _level_texts(feature, levels))
    # After all levels: whatever is not missing is unseen.
    if feature.unseen is not None:
        _simple(_attribute(node, feature.unseen), spec.name, "isNotMissing")


def _levels(feature: FeatureRule) -> list[str]:
    return [level for group, _ in feature.level_groups for level in group]


def _data_type(feature: FeatureRule) -> str:
    """Type of a field; levels are numbers or booleans only where all of them are."""
    if feature.spec.kind == "numerical":
        return "double"
    # One level that is no number makes the whole field text.
    reader, levels = feature.spec.level_reader, _levels(feature)
    if reader.kind == "boolean" and {reader.key(level) for level in levels} <= {"True", "False"}:
        return "boolean"
    has_numbers = reader.kind == "number" and all(reader.number(v) is not None for v in levels)
    return "double" if has_numbers else "string"


def _level_texts(feature: FeatureRule, levels: Iterable[str]) -> list[str]:
    """Write levels as values of the type of the field."""
    data_type, reader = _data_type(feature), feature.spec.level_reader
    if data_type == "boolean":
        return [reader.key(level).lower() for level in levels]
    if data_type == "double":
        return [_number(float(reader.key(level))) for level in levels]
    # Evaluators turn numbers and booleans to text for a field of text: each may be written so.
    texts = [text for level in levels for text in (level, *reader.texts(level))]
    if reader.kind != "text":
        # A number may come as 1 or as 1.0.
        texts = [end for text in texts for end in (text, f"{text}.0" if text.isdigit() else text)]
    return [_text(text) for text in dict.fromkeys(texts)]


def _attribute(parent: ET.Element, points: float) -> ET.Element:
    return ET.SubElement(parent, "Attribute", {"partialScore": repr(points)})


def _simple(parent: ET.Element, field: str, operator: str, value: str | None = None) -> None:
    attributes = {"field": _text(field), "operator": operator}
    ET.SubElement(
        parent, "SimplePredicate", attributes if value is None else attributes | {"value": value}
    )


def _equal(parent: ET.Element, points: float, field: str, values: list[str]) -> None:
    """Write the attribute of a group of values."""
    # A group without values holds for no row, and a predicate needs one.
    if not values:
        return
    node = _attribute(parent, points)
    if len(values) > 1:
        node = ET.SubElement(node, "CompoundPredicate", {"booleanOperator": "or"})
    for value in values:
        _simple(node, field, "equal", value)


def _number(value: float) -> str:
    number = float(value)
    # PMML writes xs:double, whose infinity is INF.
    return repr(number) if abs(number) != float("inf") else ("INF" if number > 0 else "-INF")


def _text(value: str) -> str:
    forbidden = _NOT_XML.search(value)
    if forbidden:
        message = (
            f"names and levels must hold characters that XML can carry, got {forbidden[0]!r} in "
            f"{value!r}"
        )
        raise ValueError(message)
    return value
