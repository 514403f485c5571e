"""What other databases would be asked: compiled by Ibis, parsed back by sqlglot, and not run.

The statements are kept as files, so that a change is seen; write them anew with
``python -m tests.warehouse.test_dialects`` in the environment of ``make test-warehouse``.
"""

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.engines import open_frame
from infotheory.scorecard import Scorecard
from tests.engines.warehouse import WAREHOUSES
from tests.warehouse.dialects import DIALECTS, FOLDER, unreached_table

pytestmark = pytest.mark.skipif(not WAREHOUSES, reason="needs ibis-framework")


def scored_statement(database):
    """Points of a card with a special code, categories with a quote, booleans and integers."""
    import ibis

    x = np.arange(400.0)
    rows = pd.DataFrame(
        {
            "amount": np.where(x % 40 == 0, -9.0, np.where(x % 25 == 0, np.nan, x * 10.5)),
            "region": np.array(["North", "o'Brien", "West"])[(x % 3).astype(int)],
            "owner": x % 7 < 3,
            "age": (18 + x % 60).astype(int),
        }
    )
    bad = ((x % 3 == 0) & (x % 4 < 2)) | (x % 11 == 0)
    binner = OptimalBinner(max_n_bins=3, special_codes={"amount": {"asked": [-9.0]}})
    card = Scorecard(binner, signs="free").fit(rows, bad.astype(int))
    types = {"amount": "float64", "region": "string", "owner": "boolean", "age": "int64"}
    table = unreached_table(database, "loans", **types, **{"my key": "string"})
    return str(ibis.to_sql(card.predict_points_frame(table), dialect=database))


@pytest.mark.parametrize("database", DIALECTS)
def test_statements_are_those_on_file_and_read_back(database):
    import sqlglot

    sql = scored_statement(database)
    kept = FOLDER / f"points.{database}.sql"
    assert sql + "\n" == kept.read_text(encoding="utf-8")

    dialect = DIALECTS[database][0]
    parsed = sqlglot.parse_one(sql, read=dialect)
    literals = {node.this for node in parsed.find_all(sqlglot.exp.Literal) if node.is_string}
    assert "o'Brien" in literals
    names = {node.name for node in parsed.find_all(sqlglot.exp.Column)}
    assert {"amount", "region", "owner", "age", "my key"} <= names


@pytest.mark.parametrize(("database", "dialect"), [("mssql", "tsql"), ("oracle", "oracle")])
def test_databases_in_which_conditions_are_no_values_are_refused(database, dialect):
    with pytest.raises(TypeError, match=rf"to_sql\(dialect='{dialect}'\)"):
        open_frame(unreached_table(database, "loans", x="float64"))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in DIALECTS:
        text = scored_statement(name) + "\n"
        (FOLDER / f"points.{name}.sql").write_text(text, encoding="utf-8")
