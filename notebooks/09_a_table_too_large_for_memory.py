# %% [markdown]
# # A table too large for memory
#
# Bins, evidence and monitors are functions of counts, so rows are only ever counted. Here a
# portfolio arrives month by month as Parquet; each month is counted once, on whichever engine is at
# hand, and the counts add up. The months are small so that this runs anywhere; the same code fits
# 10^8 rows in less than 1 GiB of memory (see the how-to).

# %%
# %matplotlib inline
import tempfile
from pathlib import Path

import duckdb
import matplotlib.pyplot as plt
import numpy as np
import polars as pl

from infotheory.binning import OptimalBinner
from infotheory.engines import CountStore
from infotheory.evidence import information_value
from infotheory.scorecard import Scorecard, ScorecardMonitor

holder = tempfile.TemporaryDirectory()
folder = Path(holder.name)
months = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]
ROWS = 200_000


def loans(month):
    """One month; in May incomes are higher and arrears weigh less."""
    number = months.index(month)
    may = month == "2026-05"
    rng = np.random.default_rng(number)
    income = rng.lognormal(8.0 + 0.1 * may, 0.6, ROWS).round()
    arrears = np.where(rng.random(ROWS) < 0.7, 0.0, rng.exponential(300.0, ROWS).round())
    tenure = np.where(rng.random(ROWS) < 0.05, np.nan, rng.gamma(2.0, 3.0, ROWS))
    channel = rng.choice(["branch", "web", "broker", *(["app"] if number >= 2 else [])], ROWS)
    z = -1.6 - 0.7 * (np.log(income) - 8.0) + (0.002 - 0.001 * may) * arrears
    z += 0.5 * (channel == "broker") - 0.05 * np.nan_to_num(tenure, nan=2.0)
    bad = rng.random(ROWS) < 1.0 / (1.0 + np.exp(-z))
    columns = {
        "income": income,
        "arrears": arrears,
        "tenure": tenure,
        "channel": channel,
        "noise": rng.normal(size=ROWS),
    }
    return pl.DataFrame(columns | {"month": [month] * ROWS, "bad": bad.astype(np.int8)})


for month in months:
    loans(month).write_parquet(folder / f"{month}.parquet")
features = ["income", "arrears", "tenure", "channel", "noise"]

# %% [markdown]
# ## Cells once, counts a month at a time
# The first month places about 1024 fine cells a number. Every later month is counted over the same
# cells, here on DuckDB and Polars in turn. The store is a directory with one file a month.

# %%
january = pl.scan_parquet(folder / "2026-01.parquet")
cells = OptimalBinner().fit_frame(january, "bad", features=features).counts_.specs
{name: spec.n_bins for name, spec in cells.items()}

# %%
store = CountStore(folder / "counts")
for number, month in enumerate(months[:4]):
    file = folder / f"{month}.parquet"
    frame = pl.scan_parquet(file) if number % 2 else duckdb.read_parquet(str(file))
    store.count(frame, cells, shard=month, target="bad")
store.shards, store.total().rows

# %% [markdown]
# A month that is counted again, because a job was killed or the data was corrected, replaces
# itself:

# %%
store.count(pl.scan_parquet(folder / "2026-02.parquet"), cells, shard="2026-02", target="bad")
store.total().rows

# %% [markdown]
# Adding a month twice by hand is an error, and so is a month whose columns have changed:

# %%
try:
    store.load("2026-01") + store.total()
except ValueError as error:
    print(error)
try:
    store.count(
        january.with_columns(pl.col("income").cast(pl.String)), cells, shard="2026-01", target="bad"
    )
except TypeError as error:
    print(error, *error.__notes__)

# %% [markdown]
# ## Bins from counts alone
# "app" is a channel that January did not know; it has a cell of its own. `rank_errors_` bounds the
# share of the rows by which a quantile cut may be off. One scan of all four files gives the same
# bins up to that.

# %%
binner = OptimalBinner().fit_counts(store.total())
binner.summary()[["feature", "n_bins", "iv", "iv_standard_error", "trend"]]

# %%
everything = pl.scan_parquet([folder / f"{month}.parquet" for month in months[:4]])
at_once = OptimalBinner().fit_frame(everything, "bad", features=features)
print("levels:", *binner.specs_["channel"].levels)
print("rank error at most:", max(binner.rank_errors_.values()), max(at_once.rank_errors_.values()))
print(
    "information values:",
    np.abs(binner.summary()["iv"] - at_once.summary()["iv"]).max(),
    "apart at most",
)

# %% [markdown]
# ## Windows that roll by adding
# The information value in windows of two months, each with bins of its own; the rows are not read
# again.

# %%
figure, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
windows = [months[i : i + 2] for i in range(3)]
for name in ("income", "arrears", "channel"):
    tables = [OptimalBinner().fit_counts(store.total(window)).tables_[name] for window in windows]
    values = [information_value(table) for table in tables]
    ends = np.array([value.interval() for value in values]).T
    middle = [value.value for value in values]
    ax.errorbar(range(3), middle, [middle - ends[0], ends[1] - middle], capsize=3, label=name)
ax.set_xticks(range(3), [" to ".join(window) for window in windows])
ax.set(ylabel="information value")
ax.legend(frameon=False)
# %% [markdown]
# ## Transform and score where the rows are
# Both are lazy: nothing is read before something is asked for, and other columns stay.

# %%
binner.transform_frame(everything).group_by("month").agg(pl.col("income", "arrears").mean()).sort(
    "month"
).collect()

# %%
card = Scorecard(OptimalBinner()).fit_frame(everything.select(*features, "bad"), "bad")
points = card.predict_points_frame(pl.scan_parquet(folder / "*.parquet"))
points.group_by("month").agg(pl.col("points").mean(), pl.col("bad").mean()).sort("month").collect()

# %% [markdown]
# ## Watch the next month
# The reference is counted once; May is grouped on DuckDB. Incomes moved, and arrears say less than
# they did.

# %%
monitor = ScorecardMonitor.from_reference_frame(card, everything, "bad")
may = monitor.compare_frame(
    duckdb.read_parquet(str(folder / "2026-05.parquet")), "bad", periods="month"
)
may.stability[["feature", "value", "low", "high", "critical_value", "alarm"]]

# %%
may.performance[["measure", "value", "reference", "difference_low", "difference_high", "alarm"]]
