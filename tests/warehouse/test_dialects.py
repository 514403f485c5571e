"""What other databases would be asked: compiled by Ibis, parsed back by sqlglot, and not run.

The statements are kept as files, so that a change is seen; write them anew with
``python -m tests.warehouse.test_dialects`` in the environment of ``make test-warehouse``.
"""

import contextlib
import functools
import re

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.engines import open_frame
from infotheory.engines.counting import count_population
from infotheory.engines.population import Population
from infotheory.scorecard import Scorecard
from tests.engines.warehouse import WAREHOUSES
from tests.warehouse.dialects import DIALECTS, EXPORTED, FOLDER, unreached_table

pytestmark = pytest.mark.skipif(not WAREHOUSES, reason="needs ibis-framework")


TYPES = {"amount": "float64", "region": "string", "owner": "boolean", "age": "int64"}


@functools.cache
def fitted(level="o'Brien"):
    """Return a card of rows with a special code, categories, booleans and integers."""
    x = np.arange(400.0)
    rows = pd.DataFrame(
        {
            "amount": np.where(x % 40 == 0, -9.0, np.where(x % 25 == 0, np.nan, x * 10.5)),
            "region": np.array(["North", level, "West"])[(x % 3).astype(int)],
            "owner": x % 7 < 3,
            "age": (18 + x % 60).astype(int),
        }
    )
    bad = ((x % 3 == 0) & (x % 4 < 2)) | (x % 11 == 0)
    binner = OptimalBinner(max_n_bins=3, special_codes={"amount": {"asked": [-9.0]}})
    return Scorecard(binner, signs="free").fit(rows, bad.astype(int))


def scored_statement(database):
    """Points of the card."""
    import ibis

    table = unreached_table(database, "loans", **TYPES, **{"my key": "string"})
    scored = fitted().predict_points_frame(table)
    return str(ibis.to_sql(scored, dialect=database))


def counted_statement(database):
    """The scan that counts the numbers of a fit."""
    import ibis

    table = unreached_table(database, "loans", **TYPES, bad="int64")
    opened = open_frame(table)
    asked = []

    class SentError(Exception):
        """Nothing comes back."""

    class Told(type(opened)):
        def collect(self, rows, **_):
            asked.append(str(ibis.to_sql(rows.to_native(), dialect=database)))
            raise SentError

    told = Told(opened.table, opened.engine, opened.dtypes, opened.eager)
    specs = {name: fitted().binner_.specs_[name] for name in ("amount", "age")}
    population = Population(
        target="bad",
        weights=None,
        attributes=(),
        rows=400,
        classes=(0, 1),
        event_label=1,
        groups=(),
    )
    with contextlib.suppress(SentError):
        count_population(told, specs, population, n_queries=0)
    # What stands for NULL in arrays of Snowflake is a text that Ibis draws anew each time.
    return re.sub(r"'[0-9a-f]{32}'", "'drawn'", asked[0])


def exported_statement(dialect):
    """The export of the card for a database that is not asked through Ibis."""
    # The sqlglot that Ibis needs writes no quotes for Oracle that are to be trusted.
    return fitted("o Brien").to_sql("loans", keep=["my key"], dialect=dialect)


def statements():
    """All that is kept, by the name of its file."""
    found = {f"points.{name}": (scored_statement, name) for name in DIALECTS}
    found |= {f"counts.{name}": (counted_statement, name) for name in DIALECTS}
    return found | {f"export.{name}": (exported_statement, name) for name in EXPORTED}


@pytest.mark.parametrize("name", statements())
def test_statements_are_those_on_file_and_read_back(name):
    import sqlglot

    write, database = statements()[name]
    sql = write(database)
    kept = FOLDER / f"{name}.sql"
    assert sql + "\n" == kept.read_text(encoding="utf-8")

    dialect = DIALECTS.get(database, (database,))[0]
    parsed = sqlglot.parse_one(sql, read=dialect)
    names = {node.name for node in parsed.find_all(sqlglot.exp.Column)}
    if name.startswith("counts"):
        assert {"amount", "age", "bad"} <= names
        return
    kinds = (sqlglot.exp.Literal, sqlglot.exp.National)
    assert {"o'Brien", "o Brien"} & {node.name for node in parsed.find_all(*kinds)}
    assert {*TYPES, "my key"} <= names


@pytest.mark.parametrize(("database", "dialect"), [("mssql", "tsql"), ("oracle", "oracle")])
def test_databases_in_which_conditions_are_no_values_are_refused(database, dialect):
    with pytest.raises(TypeError, match=rf"to_sql\(dialect='{dialect}'\)"):
        open_frame(unreached_table(database, "loans", x="float64"))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, (write, of) in statements().items():
        (FOLDER / f"{file}.sql").write_text(write(of) + "\n", encoding="utf-8")
