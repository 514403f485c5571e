"""A card as a model of dbt, and what is no table of a database; the view is in tests/warehouse."""

import re
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import pytest

from infotheory._databases import table_names
from infotheory.scorecard import Scorecard


def card_of(*levels):
    region = np.repeat(np.array(levels, dtype=object), 60)
    rng = np.random.default_rng(0)
    bad = (rng.random(region.size) < np.linspace(0.1, 0.6, region.size)).astype(int)
    frame = pd.DataFrame({"region": region})
    return Scorecard(signs="free").fit(frame, bad), frame


def test_a_model_of_dbt_is_the_query_on_another_model():
    card, _ = card_of("north", "{{ x }}", "{% if %}")
    model = card.to_dbt("staged_loans", dialect="postgres", keep=["id"])
    assert model.startswith("{{ config(materialized='view') }}\n{% raw %}")
    assert model.count("{{ ref('staged_loans') }}") == 1

    # Without the templates it is the statement that to_sql writes of a table.
    plain = re.sub(r"\{% (end)?raw %\}|\{\{ config.+?\}\}\n", "", model)
    plain = plain.replace("{{ ref('staged_loans') }}", "loans").rstrip("\n")
    assert plain == card.to_sql("loans", dialect="postgres", keep=["id"])


def test_a_level_that_ends_what_dbt_leaves_alone_is_refused():
    card, _ = card_of("north", "{% endraw %}")
    with pytest.raises(ValueError, match=r"must not hold '\{% endraw'"):
        card.to_dbt("loans")


def test_a_table_in_memory_has_no_view():
    card, frame = card_of("north", "south")
    with pytest.raises(TypeError, match=r"table must be a table of Ibis.*got a frame of pandas"):
        card.create_view(None, "scored", table=frame)


def test_a_temporary_table_takes_its_name():
    with duckdb.connect() as connection:
        for statement in (
            "CREATE TABLE stored AS SELECT 1 AS x",
            "CREATE TEMP TABLE mine AS SELECT 1 AS x",
            "CREATE TEMP TABLE stored AS SELECT 2 AS x",
            "CREATE SCHEMA other",
            "CREATE TABLE other.away AS SELECT 1 AS x",
        ):
            connection.execute(statement)
        database = SimpleNamespace(name="duckdb", con=connection)
        assert sorted(table_names(database)) == ["mine", "stored"]
        assert table_names(database, "other") == ["away"]
