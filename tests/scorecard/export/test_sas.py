"""A data step gives the points of the card; a small reader of data steps runs it here."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from infotheory import OptimalBinner, Scorecard
from infotheory.scorecard import from_toad

TOKEN = re.compile(r"'(?:[^']|'')*'n?|[\w.]+|<|.", re.S)


class DataStep:
    """The statements that are written here: chains of IF, assignments, sums, KEEP and DROP."""

    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        self.statements = [s.strip() for s in self.split(text) if s.strip()]

    @staticmethod
    def split(text):
        """Statements end with a semicolon outside quotes."""
        return re.findall(r"(?:'(?:[^']|'')*'|[^';])+", text)

    @staticmethod
    def python(expression):
        """The same expression in Python, columns as entries of ``row``."""
        known = {"missing", "cats", "lowcase", "ifc", "input", "strip", "put", "exp", "in"}
        known |= {"vtype", "prxmatch", "prxchange"}
        words = []
        for part in TOKEN.findall(expression):
            if part.startswith("'"):
                text = part.rstrip("n")[1:-1].replace("''", "'")
                words.append(f"row[{text!r}]" if part.endswith("n") else repr(text))
            elif part in ("best32.", "?"):
                continue
            elif part == ".":
                words.append("None")
            elif part == "=":
                words.append("==")
            elif re.fullmatch(r"[A-Za-z_]\w*", part) and part not in known:
                words.append(f"row[{part!r}]")
            else:
                words.append(part)
        return re.sub(r",\s*\)", ")", "".join(f" {w} " if w == "in" else w for w in words))

    def run(self, row):
        row, decided, active = dict(row), False, True
        keep = drop = None
        for statement in self.statements:
            word = statement.split()[0]
            if word in ("data", "set", "length", "run"):
                continue
            if word in ("keep", "drop"):
                names = [
                    t.rstrip("n").strip("'") if t[0] == "'" else t
                    for t in TOKEN.findall(statement[5:])
                    if t.strip()
                ]
                keep, drop = (names, drop) if word == "keep" else (keep, names)
            elif word in ("if", "else"):
                decided = decided and word == "else"
                test = re.fullmatch(r"(?:else )?if (.*) then do", statement, re.S)
                holds = test is None or self.value(test[1], row)
                active, decided = holds and not decided, decided or holds
            elif word == "end":
                active = True
            elif active:
                name, expression = statement.split("=", 1)
                name = name.strip()
                name = name[1:-2].replace("''", "'") if name.endswith("'n") else name
                row[name] = self.value(expression, row)
        if keep is not None:
            return {name: row[name] for name in keep}
        return {name: value for name, value in row.items() if name not in (drop or ())}

    def value(self, expression, row):
        def missing(value):
            return value is None or value == "" or pd.isna(value)

        def cats(value):
            if missing(value):
                return "." if not isinstance(value, str) else ""
            return value.strip() if isinstance(value, str) else f"{value:.12g}"

        def read(text, *_):
            try:
                return float(text)
            except ValueError:
                return None

        def changed(pattern, times, text):
            _, old, new, _ = re.split(r"(?<!\\)/", pattern)
            return re.sub(old, new, text, count=times)

        names = {
            "vtype": lambda value: "C" if isinstance(value, str) else "N",
            "prxmatch": lambda pattern, text: bool(re.search(pattern.strip("/"), text)),
            "prxchange": changed,
            "missing": missing,
            "cats": cats,
            "lowcase": str.lower,
            "exp": math.exp,
            "ifc": lambda test, yes, no: yes if test else no,
            "input": read,
            "strip": lambda text: "" if text is None else text.strip(),
            "put": lambda number, *_: None if number is None else f"{number:.15g}".upper(),
        }
        source = self.python(re.sub(r"\n\s*", " ", expression.strip()))
        # one item in brackets is a list in SAS
        source = re.sub(r" in\s*\(", " in [", source)
        if " in [" in source:
            source = source[:-1] + "]"
        try:
            return eval(source, names, {"row": row})  # noqa: S307 - what we have written
        except TypeError:
            return None  # a missing term makes a sum missing


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    n = 800
    X = pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.integers(18, 80, n)),
            "debt ratio": np.where(rng.random(n) < 0.1, -9.0, rng.lognormal(0.0, 1.0, n)),
            "town": rng.choice(["a", "it's", "M&S %put", None], n),
            "grade": rng.choice([1.0, 2.5, 3.0], n),
        }
    )
    risk = 0.03 * X["age"].fillna(40) - 0.8 * (X["town"] == "a") + 0.4 * X["grade"]
    return X, (rng.random(n) < 1.0 / (1.0 + np.exp(risk - 1.5))).astype(int)


@pytest.fixture(scope="module")
def card(rows):
    binner = OptimalBinner(
        special_codes={"debt ratio": {"none": [-9.0]}}, categorical_features=["town", "grade"]
    )
    return Scorecard(binner, round=False, signs="free").fit(*rows)


def records(X):
    return X.astype(object).where(X.notna(), None).to_dict("records")


def test_points_are_those_of_the_card(card, rows):
    X, _ = rows
    step = DataStep(card.to_sas("work.loans", "work.scored"))
    made = [step.run(row) for row in records(X)]
    assert list(made[0]) == [*X, "points"]
    np.testing.assert_array_equal([row["points"] for row in made], card.predict_points(X))


def test_all_columns_are_those_of_the_card(card, rows):
    X, _ = rows
    step = DataStep(card.to_sas("loans", "scored", columns="all", keep=["age"]))
    made = pd.DataFrame([step.run(row) for row in records(X)])
    labels = card.binner_.set_params(metric="bins").transform(X)
    woe = card.binner_.set_params(metric="woe").transform(X)
    names = list(X)
    np.testing.assert_array_equal(made[[f"{name}_bin" for name in names]], labels)
    np.testing.assert_array_equal(made[[f"{name}_woe" for name in names]], woe)
    np.testing.assert_array_equal(made["points"], card.predict_points(X))
    np.testing.assert_allclose(made["probability"], card.predict_proba(X)[:, 1], rtol=1e-12)
    assert made.columns[0] == "age"
    assert "town" not in made


def test_numbers_that_come_as_text_are_the_same_levels(card, rows):
    X, _ = rows
    step = DataStep(card.to_sas("loans", "scored"))
    row = records(X)[0]
    points = {step.run(row | {"grade": grade})["points"] for grade in (1.0, "1", "1.00", " 1 ")}
    assert len(points) == 1
    missing = [step.run(row | {"grade": grade})["points"] for grade in (None, "", ".")]
    assert len(set(missing)) == 1


def test_what_the_card_refuses_has_no_points():
    card = from_toad({"age": {"[-inf ~ 25)": 40.0, "[25 ~ inf)": 52.5}})
    assert DataStep(card.to_sas("loans", "scored")).run({"age": None})["points"] is None
    with pytest.raises(ValueError, match="evidence"):
        card.to_sas("loans", "scored", columns="all")


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        ({"a" * 33: [1.0, 2.0]}, {}, "at most 32 bytes for SAS"),
        ({"x": ["b", "b "]}, {}, "more than trailing blanks"),
        ({"points": [1.0, 2.0]}, {}, "distinct names, got 'points' twice"),
        ({"x": [1.0, np.inf]}, {"special_codes": [np.inf]}, "SAS, which has no infinity"),
    ],
)
def test_what_sas_cannot_hold_is_refused(X, options, message):
    frame = pd.DataFrame({name: np.repeat(values, 60) for name, values in X.items()})
    y = np.tile([0, 1, 1, 0, 0, 1], 20)
    card = Scorecard(OptimalBinner(**options), signs="free").fit(frame, y)
    with pytest.raises(ValueError, match=message):
        card.to_sas("loans", "scored")


def test_names_of_tables_cannot_hold_code(card):
    for name in ("loans; endsas", "", "a.b.c"):
        with pytest.raises(ValueError, match="names of SAS"):
            card.to_sas(name, "scored")
        with pytest.raises(ValueError, match="names of SAS"):
            card.to_sas("loans", name)
