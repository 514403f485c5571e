"""Which label is the event stands in every export, whatever characters the label has."""

import sqlite3
from contextlib import closing
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from infotheory.scorecard import Scorecard
from infotheory.scorecard.export.rules import rules_of

sqlglot = pytest.importorskip("sqlglot")

HOSTILE = ["*/ DROP TABLE loans; --", "a\nb", "?:x %s {d '", '"""', "\\", "/*+ hint */", "über"]
PAIRS = [(0, 1, 1), (0, 1, 0), ("bad", "good", "bad"), (False, True, True)]
PAIRS += [(*sorted([text, "0"]), text) for text in HOSTILE]


def fitted(low, high, event):
    X = pd.DataFrame({"x": np.repeat([1.0, 2.0], 60)})
    is_event = np.repeat([0, 1, 0, 1], [20, 40, 45, 15]) == 1
    other = high if event == low else low
    y = np.array([event if one else other for one in is_event], dtype=object)
    y = y.astype(bool if isinstance(event, bool) else type(event))
    return X, Scorecard(event_label=event).fit(X, y)


@pytest.mark.parametrize(("low", "high", "event"), PAIRS)
def test_exports_say_the_event_and_give_the_points(low, high, event):
    X, card = fitted(low, high, event)
    said = f"the event is {event!r} of the labels {low!r} and {high!r}"
    assert rules_of(card).event == f"more points are safer, {said}"
    wanted = card.predict_points(X)

    source, scope = card.to_python(), {}
    assert f"# more points are safer, {said}\n" in source
    exec(source, scope)  # noqa: S102
    assert [scope["score"](row) for row in X.to_dict("records")] == wanted.tolist()

    header = ET.fromstring(card.to_pmml())[0]  # noqa: S314
    assert header.get("description") == f"Scorecard; more points are safer, {said}"

    with closing(sqlite3.connect(":memory:")) as connection:
        X.to_sql("loans", connection, index=False)
        query = card.to_sql("loans", dialect="sqlite")
        assert query.startswith("/* Scorecard, more points are safer, the event is ")
        scored = pd.read_sql(f"SELECT * FROM ({query})", connection)
    np.testing.assert_array_equal(scored["points"], wanted)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_label_leaves_its_comment(text):
    _, card = fitted(*sorted([text, "0"]), text)
    query = card.to_sql("loans")
    comment = query[: query.index("*/") + 2]
    assert "--" not in comment
    assert query.count("*/") == query.count("/*") == 1
    assert not set(comment[2:-2]) & set('?:;%{}*/"\\\n')
    trees = [sqlglot.parse_one(part) for part in (query, query[len(comment) :])]
    assert trees[0].sql(comments=False) == trees[1].sql(comments=False)


def test_plain_labels_are_readable():
    _, card = fitted("bad", "good", "bad")
    assert card.to_sql("loans").startswith(
        "/* Scorecard, more points are safer, the event is 'bad' of the labels 'bad' and 'good' */"
    )


@pytest.mark.parametrize(
    "dialect",
    [
        "duckdb",
        "postgres",
        "mysql",
        "tsql",
        "snowflake",
        "bigquery",
        "oracle",
        "spark",
        "clickhouse",
    ],
)
def test_the_comment_is_in_every_dialect(dialect):
    _, card = fitted("bad", "good", "bad")
    query = card.to_sql("loans", dialect=dialect)
    assert query.startswith("/* Scorecard, ")
    assert len(sqlglot.parse(query, dialect=dialect)) == 1
