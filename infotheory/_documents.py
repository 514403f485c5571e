"""JSON documents that say their format and version, checked against a schema before they are used.

A document comes from outside, so nothing of it is believed: keys that stand twice, numbers that
are not finite, text where numbers belong and lists of the wrong length are errors that name the
place (``$.features[3].splits[2]``), the rule and the value. The schemas are JSON Schema (draft
2020-12); of its words this module knows those that ours use, so that no package is needed.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np

__all__ = [
    "DocumentError",
    "check_schema",
    "load_schema",
    "member_path",
    "read_document",
    "sound",
    "within",
]

Schema = Mapping[str, Any]

#: What a missing key, or a value of another type, length or range raises, part by part.
_DAMAGE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)

#: Integers beyond it are in no array; integers of thousands of digits cannot even be shown.
_LARGEST_INTEGER = 2**63 - 1
_MOST_LETTERS = 60

#: The words of JSON Schema that are read here; a schema with another one would be checked in part.
_ANNOTATIONS = {"$schema", "$id", "title", "description", "$defs"}
_WORDS = {
    *("$ref", "type", "const", "enum", "oneOf", "allOf", "if", "then", "else"),
    *("properties", "required", "additionalProperties", "items", "minItems", "maxItems"),
    *("uniqueItems", "minimum", "exclusiveMinimum", "maxLength"),
}

_NAMES = {
    "null": "null",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a finite number",
    "string": "text",
    "array": "a list",
    "object": "an object",
}


class DocumentError(ValueError):
    """A place of a document where a rule is broken.

    Parameters
    ----------
    path : str
        The place, ``$`` for the whole document.
    rule : str
        The rule and the value, as they follow the place in a sentence.
    """

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path}{rule}")
        self.path, self.rule = path, rule


class _Repeated(dict[str, Any]):
    """An object of JSON in which a key stands twice."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.key = next(key for i, key in enumerate(keys) if key in keys[:i])


def read_document(text: str, form: str, version: int, schema: Schema) -> dict[str, Any]:
    """Read a JSON document of a format and version, and check it against its schema."""
    document = _parsed(text)
    if not isinstance(document, dict) or document.get("format") != form:
        message = (
            f"text must be a document of format {form!r}, got {_beginning(text)}; write it with "
            "to_json()"
        )
        raise ValueError(message)

    _check_version(document.get("version"), version)
    with sound(form):
        _check_keys_and_constants(document, "$")
        check_schema(document, schema)
    return document


def _parsed(text: str) -> Any:
    """Parse JSON of which nothing is known; keys that stand twice are marked, not lost."""
    if not isinstance(text, str | bytes | bytearray):
        message = (
            f"text must be JSON that to_json() wrote, got {type(text).__name__}; give the text "
            "itself, not a file or its name"
        )
        raise TypeError(message)
    try:
        # The reader raises ValueError for what is no JSON, bytes of no encoding and integers of
        # thousands of digits, RecursionError for lists in lists without end.
        return json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        message = f"text must be JSON that to_json() wrote, got {_beginning(text)} ({error})"
        raise ValueError(message) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # A key that stands twice is lost in a dict, and only its number tells.
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else _Repeated(pairs)


def _check_version(found: object, version: int) -> None:
    """Raise ValueError unless a document is of the version that this release reads."""
    # By type: True and 1.0 are equal to 1.
    if type(found) is int and found == version:
        return
    is_newer = isinstance(found, int | float) and found > version
    way_out = (
        "read it with the release that wrote it, or one that is newer: "
        "pip install --upgrade infotheory-stats"
        if is_newer
        else "write it with to_json()"
    )
    message = f"version must be {version}, got {_shown(found)}; {way_out}"
    raise ValueError(message)


@contextmanager
def sound(form: str) -> Iterator[None]:
    """Say of whatever a damaged document raises which document it is, and the way out."""
    way_out = f"; the document of format {form!r} is damaged, write it again with to_json()"
    try:
        # Numbers that overflow while they are compared differ from those that should be there.
        with np.errstate(all="ignore"):
            yield
    except DocumentError as error:
        # The place that is known stays.
        raise DocumentError(error.path, error.rule + way_out) from error
    except _DAMAGE as error:
        raise DocumentError(path="$", rule=f" {_reason(error)}{way_out}") from error


@contextmanager
def within(path: str) -> Iterator[None]:
    """Name the place of a part of a document in what the part raises while it is read."""
    try:
        yield
    except DocumentError as error:
        raise DocumentError(path + error.path.removeprefix("$"), error.rule) from error
    except _DAMAGE as error:
        raise DocumentError(path, f" {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """Word what a reader raised: its own words, or what Python says where it was not worded."""
    worded = type(error) is ValueError and str(error)
    said = str(error) if worded else f"{type(error).__name__}: {error}"
    return f"must be sound, got what is not ({said})"


@cache
def load_schema(package: str, name: str) -> dict[str, Any]:
    """Load a schema that lies in a package, and check that all its words are known here."""
    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    for part in _parts_of_schema(schema):
        unknown = set(part) - _WORDS - _ANNOTATIONS
        if unknown:
            message = f"schema {name} must use words that are checked, got {sorted(unknown)}"
            raise ValueError(message)
    return schema


def _parts_of_schema(schema: object) -> Iterator[Schema]:
    """Walk over a schema and the schemas in it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for word, value in schema.items():
        # Words whose values are schemas by name, lists of schemas, and single ones.
        if word in ("properties", "$defs"):
            inside = list(value.values())
        elif word in ("oneOf", "allOf"):
            inside = value
        else:
            inside = [value] if word in ("items", "additionalProperties", "if", "then") else []
            inside += [value] if word == "else" else []
        for part in inside:
            yield from _parts_of_schema(part)


def check_schema(value: object, schema: Schema, path: str = "$") -> None:
    """Raise DocumentError at the first place that breaks a rule of a schema."""
    _check(value, schema, path, schema)


def _check(value: object, schema: Schema, path: str, root: Schema) -> None:
    """Check a value against the part of the schema ``root`` that speaks of it."""
    # A reference, and what stands beside it: both hold.
    if "$ref" in schema:
        _check(value, _referred(schema["$ref"], root), path, root)
    if "const" in schema or "enum" in schema:
        _check_choice(value, schema.get("enum", [schema.get("const")]), path)
    if "type" in schema and not any(_is_of(value, kind) for kind in _kinds(schema)):
        _fail(value, schema, path, root)

    check = _CHECKS.get(_kind(value))
    if check is not None:
        check(value, schema, path, root)

    # What depends on other members comes after these members themselves.
    if "oneOf" in schema:
        _check_alternatives(value, schema, path, root)
    for part in schema.get("allOf", ()):
        _check(value, part, path, root)
    if "if" in schema:
        holds = _holds(value, schema["if"], path, root)
        _check(value, schema.get("then" if holds else "else", {}), path, root)


def _check_choice(value: object, options: Sequence[Any], path: str) -> None:
    # By type too: 1 is no version "1", and True no number.
    if not any(type(value) is type(option) and value == option for option in options):
        listed = ", ".join(map(repr, options))
        raise DocumentError(
            path, f" must be {'one of ' * (len(options) > 1)}{listed}, got {_shown(value)}"
        )


def _check_alternatives(value: object, schema: Schema, path: str, root: Schema) -> None:
    """Check against the one alternative that is meant, for the sake of the message."""
    alternatives = [_resolved(part, root) for part in schema["oneOf"]]
    of_kind = [part for part in alternatives if any(_is_of(value, k) for k in _kinds(part))]
    # One alternative of the type of the value is what was meant: its own message names the place.
    if len(of_kind) == 1 and not {"enum", "const"} & set(of_kind[0]):
        _check(value, of_kind[0], path, root)
    elif not any(_holds(value, part, path, root) for part in of_kind):
        _fail(value, schema, path, root)


def _check_number(value: Any, schema: Schema, path: str, root: Schema) -> None:
    is_integer = isinstance(value, int | np.integer)
    # Integers of any length are finite; isfinite would make floats of them, which overflow.
    if not is_integer and not math.isfinite(value):
        _fail(value, {"type": "number"}, path, root)
    if is_integer and not -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER:
        raise DocumentError(path, f" must be a number of at most 63 bits, got {_shown(value)}")

    low, above = schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf)
    if value < low or value <= above:
        rule = f"at least {low}" if value < low else f"above {above}"
        raise DocumentError(path, f" must be {rule}, got {_shown(value)}")


def _check_text(value: str, schema: Schema, path: str, root: Schema) -> None:  # noqa: ARG001
    most = schema.get("maxLength", math.inf)
    if len(value) > most:
        raise DocumentError(path, f" must have at most {most} characters, got {len(value)}")


def _check_array(value: Sequence[Any], schema: Schema, path: str, root: Schema) -> None:
    """Check a list: how many entries, each of them, and that none stands twice."""
    fewest, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    if not fewest <= len(value) <= most:
        rule = f"{fewest}" if fewest == most else f"at least {fewest}"
        rule = f"at most {most}" if len(value) > most > fewest else rule
        raise DocumentError(path, f" must have {rule} entries, got {len(value)}")

    items = schema.get("items")
    if items is not None:
        part = _resolved(items, root)
        for i, entry in enumerate(value):
            _check(entry, part, f"{path}[{i}]", root)

    if schema.get("uniqueItems"):
        first: dict[tuple[str, str], int] = {}
        for i, entry in enumerate(value):
            # By kind and text: entries may be lists, which are no keys, and True is not 1.
            place = first.setdefault((_kind(entry), repr(entry)), i)
            if place != i:
                rule = f" must differ from {path}[{place}], got {_shown(entry)} again"
                raise DocumentError(path=f"{path}[{i}]", rule=rule)


def _check_object(value: Mapping[str, Any], schema: Schema, path: str, root: Schema) -> None:
    """Check an object: keys that must or may be there, and what each holds."""
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    absent = [key for key in schema.get("required", ()) if key not in value]
    if absent:
        keys = ", ".join(map(repr, absent))
        raise DocumentError(path, f" must have the key {keys}, got {_keys(value)}")

    for key, entry in value.items():
        if not isinstance(key, str):
            raise DocumentError(path, f" must have keys that are text, got {_shown(key)}")
        if key in properties:
            _check(entry, properties[key], member_path(path, key), root)
        elif others is False:
            known = ", ".join(map(repr, properties))
            raise DocumentError(path, f" must have no keys but {known}, got {_shown(key)}")
        elif others is not True:
            _check(entry, others, member_path(path, key), root)


_CHECKS: dict[str, Callable[[Any, Schema, str, Schema], None]] = {
    "number": _check_number,
    "string": _check_text,
    "array": _check_array,
    "object": _check_object,
}


def _check_keys_and_constants(value: object, path: str) -> None:
    """Raise DocumentError where a key stands twice, or a value is none, known to a schema or not.

    Python's reader takes NaN, Infinity and 1e999, which are no JSON or no float64, and halves of
    characters, which are in no encoding.
    """
    if isinstance(value, _Repeated):
        raise DocumentError(path, f" must have each key once, got {_shown(value.key)} twice")
    if isinstance(value, dict):
        for key, entry in value.items():
            _check_keys_and_constants(key, path)
            _check_keys_and_constants(entry, member_path(path, key))
    elif isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise DocumentError(path, f" must be text without lone surrogates, got {_shown(value)}")
    elif isinstance(value, list):
        for i, entry in enumerate(value):
            _check_keys_and_constants(entry, f"{path}[{i}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise DocumentError(path, f" must be a finite number, got {_shown(value)}")


def _fail(value: object, schema: Schema, path: str, root: Schema) -> None:
    raise DocumentError(path, f" must be {_described(schema, root)}, got {_shown(value)}")


def _holds(value: object, schema: Schema, path: str, root: Schema) -> bool:
    try:
        _check(value, schema, path, root)
    except DocumentError:
        return False
    return True


def _referred(reference: str, root: Schema) -> Schema:
    """Return the part of a schema that ``#/$defs/name`` means."""
    part: Any = root
    for key in reference.removeprefix("#/").split("/"):
        part = part[key]
    resolved: Schema = part
    return resolved


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow a reference, with what stands beside it."""
    if "$ref" not in schema:
        return schema
    beside = {word: value for word, value in schema.items() if word != "$ref"}
    return {**_resolved(_referred(schema["$ref"], root), root), **beside}


def _kinds(schema: Schema) -> Sequence[str]:
    """Return the types that a schema allows."""
    if "type" in schema:
        kinds = schema["type"]
        return [kinds] if isinstance(kinds, str) else kinds
    if "oneOf" in schema:
        return [kind for part in schema["oneOf"] for kind in _kinds(part)]
    options = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return list(_NAMES) if options is None else [_kind(option) for option in options]


def _kind(value: object) -> str:
    """Return the type of JSON that a value has, "other" where it has none."""
    its_class: Any = type(value)  # a class is hashable, whatever it says of its values
    return _kind_of(its_class)


@lru_cache(maxsize=256)  # a document holds thousands of values, and they are of a few classes
def _kind_of(kind_of_value: type) -> str:
    """Return the type of JSON that values of a class have."""
    kinds: list[tuple[Any, str]] = [
        (type(None), "null"),
        # Before the numbers: truth values are integers to Python.
        (bool | np.bool_, "boolean"),
        (str, "string"),
        (int | float | np.integer | np.floating, "number"),
        (list | tuple, "array"),
        (Mapping, "object"),
    ]
    return next((name for kind, name in kinds if issubclass(kind_of_value, kind)), "other")


def _is_of(value: object, kind: str) -> bool:
    if kind == "integer":
        return _kind(value) == "number" and isinstance(value, int | np.integer)
    return _kind(value) == kind


def _described(schema: Schema, root: Schema) -> str:
    """Say what a schema allows."""
    part = _resolved(schema, root)
    if "oneOf" in part:
        return " or ".join(_described(each, root) for each in part["oneOf"])
    if "enum" in part or "const" in part:
        return ", ".join(map(repr, part.get("enum", [part.get("const")])))
    return " or ".join(_NAMES[kind] for kind in _kinds(part))


def member_path(path: str, key: object) -> str:
    """Return the path of a member: ``$.bins``, or ``$["my bins"]`` where it is no word."""
    text = str(key)
    is_word = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text)
    return f"{path}.{text}" if is_word else f"{path}[{json.dumps(text[:_MOST_LETTERS])}]"


def _keys(value: Mapping[str, Any]) -> str:
    listed = ", ".join(_shown(key) for key in list(value)[:10]) or "no key"
    return f"{listed}, ..." if len(value) > 10 else listed


def _shown(value: object) -> str:
    """Show a value of any size in a few letters."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' * (value < 0)}infinity"
    if isinstance(value, int) and value.bit_length() > 200:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, list | tuple | Mapping) and len(value) > 3:
        return f"{_NAMES[_kind(value)]} of {len(value)} entries"
    if isinstance(value, list | tuple | Mapping):
        # Short, but perhaps deep: only the outermost level is shown.
        inside = value.items() if isinstance(value, Mapping) else enumerate(value)
        parts = [(key, _shown_briefly(entry)) for key, entry in inside]
        if isinstance(value, Mapping):
            return "{" + ", ".join(f"{_shown_briefly(key)}: {entry}" for key, entry in parts) + "}"
        return "[" + ", ".join(entry for _, entry in parts) + "]"
    return _cut(repr(value))


def _shown_briefly(value: object) -> str:
    return "..." if isinstance(value, list | tuple | Mapping) and value else _shown(value)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}..."


def _beginning(text: str | bytes | bytearray) -> str:
    return repr(str(text[:40]) if isinstance(text, str) else bytes(text[:40]))
