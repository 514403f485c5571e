"""Every damaged document is refused with its place, or gives what the original gave."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.cells import BinSpec
from infotheory.engines import FrameCounts
from infotheory.scorecard import Scorecard, ScorecardMonitor
from tests.robustness.documents import parent, places

FOLDER = Path(__file__).parents[1] / "documents_of_version_1"
READERS = {
    "card": Scorecard.from_json,
    "imported": Scorecard.from_json,
    "monitor": ScorecardMonitor.from_json,
    "counts": FrameCounts.from_json,
    "binner": OptimalBinner.from_json,
}
TEXTS = {name: (FOLDER / f"{name}.json").read_text(encoding="utf-8") for name in READERS}
ROWS = pd.read_json(FOLDER / "rows.json")

#: Values that stand where others should; text that ``json`` cannot write is put in by hand.
MARK = "\x00here\x00"
RAW = ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 400, "1" * 5000)
PLAIN = (
    *(None, True, "x", "", "nan", "inf", "\ud800", -1, -1.5, 1e308, 5e-324, 10**30, [], {}),
    *([[]], [None], {"a": {"b": 1}}, ["x"] * 3, [math.pi] * 3),
)


def damaged(text):  # noqa: PLR0912 - one branch a kind of damage
    """Name and text of each damaged document.

    One place is given every second of the values, the next one the others: places of a kind are
    many, and each sees all of them.
    """
    original = json.loads(text)
    for number, path in enumerate(filter(None, places(original, every=False))):
        values = (*PLAIN, *RAW)[number % 2 :: 2]
        for change in ("missing", "twice", "extra", "longer", "shorter", "swapped", *values):
            document = json.loads(text)
            place, key = parent(document, path), path[-1]
            old = place[key]
            if change == "missing":
                del place[key]
            elif change == "twice":
                if isinstance(place, list):
                    place.insert(key, old)
                else:
                    place[MARK] = old
            elif change in ("extra", "longer", "shorter", "swapped"):
                if isinstance(old, dict) and change == "extra":
                    old["extra"] = 1
                elif isinstance(old, list) and old and change != "extra":
                    changes = {"longer": old + old[-1:], "shorter": old[:-1], "swapped": old[::-1]}
                    place[key] = changes[change]
                else:
                    continue
            else:
                place[key] = MARK if change in RAW else change
            if document == original:
                continue
            written = json.dumps(document)
            if change == "twice":
                written = written.replace(json.dumps(MARK), json.dumps(key))
            elif change in RAW:
                written = written.replace(json.dumps(MARK), change)
            yield f"{path} {change!r:.20}", written


def points_of(card):
    """Points of the rows and of every code, or the worded error of a card of other columns."""
    X = ROWS[["income", "home"]] if "income" in card.binner_.specs_ else None
    codes = [points.tolist() for points in card.points_.values()]
    return codes, card.base_, None if X is None else card.predict_points(X).tolist()


def facts(name, read):
    """What a reader gives, in numbers: a harmless change may change none of them."""
    if name in ("card", "imported"):
        return points_of(read)
    if name == "monitor":
        tables = {key: table.counts.tolist() for key, table in read.tables.items()}
        score = read.score_table.counts.tolist(), read.score_table.squared_weights.tolist()
        return points_of(read.card), tables, score, read.description["count"]
    if name == "binner":
        # The order of the features is free: X names its columns.
        bins = sorted(read.features_.values(), key=lambda one: one.name)
        bins += [past.bins for past in read.history_.done]
        return [(one.spec, one.woe.tolist(), one.counted()[1].counts.tolist()) for one in bins]
    tables = {key: table.counts.tolist() for key, table in read.tables.items()}
    return tables, read.rows, read.weighted, read.specs


#: What may be another true document: nothing else in it says what stood there.
FREE = ("name", "event_label", "splits", "levels", "unknown", "special", "performance", "labels")


FREE_IN = {
    "imported": ("points", "base", "features"),
    "counts": ("weighted",),
    "monitor": ("swapped",),
    "binner": ("groups", "dropped", "parameters", "counts", "done"),
}


def is_free(name, case):
    return any(f"'{word}'" in case for word in (*FREE, *FREE_IN.get(name, ())))


@pytest.mark.parametrize("name", READERS)
def test_damage_is_refused_with_its_place_or_does_no_harm(name):
    read, n_refused, harmless, wrong, unnamed = READERS[name], 0, 0, [], []
    expected = facts(name, read(TEXTS[name]))
    for case, text in damaged(TEXTS[name]):
        try:
            result = read(text)
        except ValueError as error:
            n_refused += 1
            if not str(error).startswith(("$", "text must be", "version must be")):
                unnamed.append((case, error))
            continue
        try:
            same = repr(facts(name, result)) == repr(expected)
        except ValueError:  # a column of another name: said where rows come in
            same = "'name'" in case
        harmless += 1
        if not same and not is_free(name, case):
            wrong.append(case)
    assert (wrong, unnamed) == ([], [])
    assert n_refused > 4 * harmless


@pytest.mark.parametrize("name", READERS)
def test_text_that_is_cut_or_in_another_encoding(name):
    text, read = TEXTS[name], READERS[name]
    rng = random.Random(0)  # noqa: S311 - no secret
    cut = [text[: rng.randrange(len(text) - 1)] for _ in range(50)]
    deep = ["[" * 10**5, '{"a":' * 10**5, text[:-2] + ',"x":' + "[" * 5000 + "]" * 5000 + "}"]
    others = [*cut, *deep, "", "null", "3", '"x"', "[]", "\ufeff" + text, text + "}", text * 2]
    for other in [*others, text.encode("utf-16")[3:], b"\xff" + text.encode()]:
        with pytest.raises(ValueError, match=r"text must be|\$"):
            read(other)
    for nothing in (None, 3, {}, Path("card.json")):
        with pytest.raises(TypeError, match="text must be JSON that to_json"):
            read(nothing)


@pytest.mark.parametrize("name", READERS)
def test_documents_of_version_1_are_read(name):
    read = READERS[name](TEXTS[name])
    assert facts(name, READERS[name](read.to_json())) == facts(name, read)
    if name == "card":
        points = read.predict_points(ROWS[["income", "home"]])
        np.testing.assert_array_equal(points, ROWS["points"])


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("version", [2, 99, 1.5, 0, -1, "1", None, True, [1], 10**30])
def test_other_versions_say_the_way_out(name, version):
    text = json.dumps(json.loads(TEXTS[name]) | {"version": version})
    is_newer = type(version) in (int, float) and version > 1
    way_out = "pip install --upgrade" if is_newer else "write it with to_json"
    with pytest.raises(ValueError, match=f"version must be 1, got .*{way_out}"):
        READERS[name](text)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("features", 0, "bins", "splits", 1), "x", "must be a finite number, got 'x'"),
        (("features", 1, "bins", "levels", 0), "x", "must be a list, got 'x'"),
        (("features", 0, "points", 1), 10**9, "must be .*, rounded, as coefficients"),
        (("features", 0, "woe", 0), 0.5, "must be .*, as the counts of 'income' say, got 0.5"),
        (("features", 0, "counts", 0, 0), -1, "must be at least 0, got -1"),
        (("settings", "pdo"), 0, "must be above 0, got 0"),
        (("settings", "pdo"), None, "must be a finite number, like the rest of the scale"),
        (("regression", "coef", 0, 0), 9.0, "points"),
        (("regression", "covariance", 0, 1), 9.0, "correlations of at most 1"),
        (("regression", "information"), [[1.0]], "information must have . entries, one for each"),
        (("regression", "information"), [[1.0], [0.0, 1.0]], r"n\[0\] must have 2 entries, one"),
        (("regression", "information"), [["nan", 0.0], [0.0, 1.0]], "must be finite, or null"),
        (("regression", "contribution_covariance", "places", 0), 99, "must be below"),
        (("regression", "contribution_covariance", "lower", 0), -1.0, "be a covariance"),
        (("classes",), [0, "a"], "must be two labels of one kind"),
        (("event_label",), 2, "must be null or one of"),
        (("event_label",), True, "must be null or one of"),
        (("audit",), [1], "must be an object, got 1"),
        (("settings", "unit"), 1, "must have no keys but .*, got 'unit'"),
    ],
)
def test_messages_name_place_rule_and_value(path, value, message):
    document = json.loads(TEXTS["card"])
    parent(document, path)[path[-1]] = value
    with pytest.raises(ValueError, match=rf"^\$.*{message}.* is damaged, write it again"):
        Scorecard.from_json(json.dumps(document))


def test_places_cannot_ask_for_memory():
    document = json.loads(TEXTS["card"])
    document["regression"]["contribution_covariance"]["places"] = list(range(40_000))
    with pytest.raises(ValueError, match=r"lower must have 800020000 entries, the lower half of"):
        Scorecard.from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("splits", [1, float("nan")], r"\$.splits\[1\] must be a finite number, got NaN"),
        ("splits", [1, True], r"\$.splits\[1\] must be a finite number, got True"),
        ("splits", [10**400], "must be a number of at most 63 bits, got an integer of 1329 bits"),
        ("splits", [2, 1], "splits of feature 'x' must be finite and increase"),
        (
            "special",
            {"s": ["a"]},
            r"\$.special.s\[0\] must be a finite number or 'inf', '-inf', got 'a'",
        ),
        ("special", {"my s": [1, 1]}, r'\$.special\["my s"\]\[1\] must differ from'),
        ("special", [], r"\$.special must be an object, got \[\]"),
        ("levels", [["a"]], r"\$.levels must have 0 entries, got 1"),
        ("pooled", 1, r"\$.pooled must be true or false, got 1"),
        ("name", 3, r"\$.name must be text, got 3"),
        ("unknown", "drop", r"\$.unknown must be one of 'zero', 'missing', 'error', got 'drop'"),
    ],
)
def test_bins_of_plain_data(key, value, message):
    data = BinSpec(name="x", kind="numerical", splits=(1.0,)).to_dict()
    with pytest.raises(ValueError, match=message):
        BinSpec.from_dict(data | {key: value})
    for nothing in (None, [], "bins", 3):
        with pytest.raises(ValueError, match=r"\$ must be an object, got"):
            BinSpec.from_dict(nothing)


@pytest.mark.parametrize("reader", READERS)
def test_halves_of_characters_are_refused_wherever_they_stand(reader):
    """No encoding holds them, so that tables and files of them could not be made."""
    for text in (
        TEXTS[reader].replace("{", '{"a\\udfff": 1, ', 1),
        TEXTS[reader].replace("{", '{"a": [["b\\ud800"]], ', 1),
    ):
        with pytest.raises(ValueError, match="without lone surrogates"):
            READERS[reader](text)
