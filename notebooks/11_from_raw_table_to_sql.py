# %% [markdown]
# # From a raw table to SQL scored in DuckDB
#
# A table of applications lies in a database. A scorecard is fitted on a part of it, written as one
# SQL query, and the database scores the whole table without leaving it. Every step is checked
# against `predict_points`.

# %%
import sqlite3
import warnings
from contextlib import closing

import duckdb
import numpy as np
import pandas as pd

from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.scorecard import Scorecard, reason_stability, reason_table

pd.set_option("display.width", 160)
pd.set_option("display.max_columns", 20)
pd.set_option("display.max_colwidth", 60)

# %% [markdown]
# ## The raw table
# German credit (UCI, CC BY 4.0), as a table of a database. Of 1000 applications 300 went bad, by
# the design of the sample.

# %%
X, y = load_german_credit()
connection = duckdb.connect()
connection.register("frame", X.assign(application=np.arange(len(X)), bad=y))
connection.sql("CREATE TABLE applications AS SELECT * FROM frame")
connection.sql(
    "SELECT bad, count(*) AS applications, median(credit_amount) AS amount FROM applications GROUP "
    "BY bad"
).df()

# %% [markdown]
# ## The card
# Age and foreign worker are protected attributes, and `personal_status_and_sex` mixes sex with
# marital status: none of them is a characteristic. 700 rows are for fitting.

# %%
PROTECTED = ["age_in_years", "foreign_worker", "personal_status_and_sex"]
USED = [
    "status_of_existing_checking_account",
    "duration_in_month",
    "credit_history",
    "savings_account_and_bonds",
    "credit_amount",
    "present_employment_since",
    "property",
]
table = connection.sql("SELECT * FROM applications ORDER BY application").df()
chosen = np.random.default_rng(0).permutation(len(table))
train, test = table.iloc[chosen[:700]], table.iloc[chosen[700:]]
print("protected characteristics:", sorted(set(USED) & set(PROTECTED)))
card = Scorecard(OptimalBinner(max_n_bins=5), base_points=600, base_odds=10, pdo=20).fit(
    train[USED], train["bad"]
)
card.coefficient_table().round(3)[
    ["feature", "coefficient", "standard_error", "low", "high", "vif", "sign_ok"]
]

# %% [markdown]
# ## Points with their errors
# The intervals hold the estimation of the weights of evidence and of the coefficients; bins are
# taken as given.

# %%
points = card.point_intervals()
points.loc[
    points["count"] > 0,
    ["feature", "bin", "count", "event_rate", "points", "standard_error", "low", "high"],
].round(2)

# %% [markdown]
# What 700 rows leave open about the score of an applicant, in points (20 points double the odds):

# %%
card.score_intervals(test[USED].head(6)).round(1)

# %% [markdown]
# ## One query
# A `CASE` expression a characteristic, in the dialect of the engine. The first one:

# %%
query = card.to_sql("applications", dialect="duckdb")
print(query[: query.index("END")] + "END ...")

# %%
connection.sql(f"CREATE TABLE scored AS {query}")
scored = connection.sql("SELECT * FROM scored ORDER BY application").df()
expected = card.predict_points(table[USED])
print(
    "rows:",
    len(scored),
    " largest difference from predict_points:",
    np.abs(scored["points"] - expected).max(),
)

# %% [markdown]
# The database can now answer for the card. The rows of the fit are among these, so the table
# describes and does not validate.

# %%
connection.sql(
    """
    SELECT 20 * floor(points / 20) AS score_from, count(*) AS applications,
        round(avg(bad), 3) AS bad_rate
    FROM scored GROUP BY score_from ORDER BY score_from
    """
).df()

# %% [markdown]
# ## The hard values
# Missing values, a category that the fit never saw, values on an edge and just below it, in DuckDB
# and in SQLite.

# %%
hard = test[USED].sample(2000, replace=True, random_state=1).reset_index(drop=True)
rng = np.random.default_rng(2)
edges = card.binner_.splits_["duration_in_month"]
hard["duration_in_month"] = rng.choice(
    [*edges, *np.nextafter(edges, -np.inf), np.nan], size=len(hard)
)
hard.loc[rng.random(len(hard)) < 0.2, "property"] = "a houseboat"
hard.loc[rng.random(len(hard)) < 0.2, "credit_history"] = None

# %%
with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # unseen values are counted in a warning, and they are on purpose here
    expected = card.predict_points(hard)
connection.register("hard", hard)
in_duckdb = connection.sql(card.to_sql("hard", dialect="duckdb")).df()["points"]
with closing(sqlite3.connect(":memory:")) as lite:
    hard.to_sql("hard", lite, index=False)
    in_sqlite = pd.read_sql(card.to_sql("hard", dialect="sqlite"), lite)["points"]
print(
    "DuckDB equal:",
    bool((in_duckdb == expected).all()),
    " SQLite equal:",
    bool((in_sqlite == expected).all()),
)

# %% [markdown]
# ## Why this score
# Up to four characteristics that cost the most points against the best bin, how often each is
# given, and how surely the data support them: the share of redrawn cards that give the same
# reasons.

# %%
reasons = card.reason_codes(test[USED], n=3, texts={"duration_in_month": "Length of the loan"})
reasons.head(3)

# %%
reason_table(reasons).round(3)[["reason", "count_1", "share_1", "count", "share"]]

# %%
confidence = card.reason_confidence(test[USED], n=3, random_state=0)
print(confidence.mean().round(3).to_dict())
before = card.reason_codes(train[USED], n=3, texts={"duration_in_month": "Length of the loan"})
with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # a reason that one batch never gives counts as half an applicant in both
    stability = reason_stability(before, reasons).round(3)
stability

# %% [markdown]
# ## The other exports
# One JSON document that gives the card back, a Python function without dependencies, and PMML.

# %%
again = Scorecard.from_json(card.to_json())
namespace = {}
exec(card.to_python(), namespace)  # noqa: S102 - our own source
rows = test[USED].to_dict("records")
by_function = [namespace["score"](row) for row in rows]
print(
    "JSON equal:", bool((again.predict_points(test[USED]) == card.predict_points(test[USED])).all())
)
print("Python equal:", by_function == card.predict_points(test[USED]).tolist())
print("\n".join(card.to_pmml().splitlines()[:6]))
