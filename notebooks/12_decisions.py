# %% [markdown]
# # From a score to decisions
#
# A card says how risky an applicant is. What follows is a cut-off, a view on those who were refused
# before, a scale that others can read, and a long-run rate. Each has an error of its own.

# %%
# %matplotlib inline
import warnings

import numpy as np

from infotheory.datasets import load_simu_credit
from infotheory.plots import plot_alignment, plot_cut_offs, plot_reject_points, plot_reject_quantity
from infotheory.scorecard import (
    CostTable,
    MasterScale,
    Scale,
    Scorecard,
    align_scores,
    best_cut_off,
    calibrate_to_rate,
    cut_off_sweep,
    grade_table,
    reject_inference,
    select_characteristics,
)

X, y = load_simu_credit()
protected = X[["Gender", "Race"]]
X = X.drop(columns=["Gender", "Race"])
rng = np.random.default_rng(0)
part = rng.choice(["train", "hold-out"], size=len(X), p=[0.7, 0.3])
train, hold_out = part == "train", part == "hold-out"

# %% [markdown]
# ## Which characteristics
# Every decision has its number, its threshold and a reason.

# %%
log = select_characteristics(X[train], y[train], rng=0)
frame = log.to_frame()
frame.loc[
    frame["stage"] == "stepwise",
    ["feature", "decision", "statistic", "value", "degrees_of_freedom", "p_value"],
]

# %%
card = Scorecard().fit(X.loc[train, log.selected], y[train])
points = card.predict_points(X[log.selected])

# %% [markdown]
# ## A cut-off
# A good customer earns 100, a bad one costs 150. The cut-off of greatest profit is learnt on the
# training rows and judged on the hold-out; the same rows would be refused.

# %%
costs = CostTable(gain_per_good=100, loss_per_bad=150)
best = best_cut_off(y[train], points[train], costs)
judged = cut_off_sweep(
    y[hold_out],
    points[hold_out],
    best,
    costs=costs,
    protected=protected[hold_out],
    reference={"Gender": 1.0, "Race": 1.0},
)
print(f"profit where it was learnt, {best.learnt_profit:.2f}, flatters")
judged.to_frame().drop(columns=["method", "origin"]).round(3)

# %%
stated = np.arange(440, 581, 5)
sweep = cut_off_sweep(
    y[hold_out],
    points[hold_out],
    stated,
    costs=costs,
    protected=protected[hold_out],
    reference={"Gender": 1.0, "Race": 1.0},
)
plot_cut_offs(sweep, "profit", marked=best.points[0]).figure

# %%
plot_cut_offs(sweep, "adverse_impact_ratio", attribute="Race", marked=best.points[0]).figure

# %% [markdown]
# ## Those who were refused
# Say an old policy refused the applicants with a high utilization, so that their outcome is
# unknown. How they would have behaved is an assumption; the result is a band over assumptions.

# %%
refused = train & (X["Utilization"] > X["Utilization"].quantile(0.75)).to_numpy()
accepted = train & ~refused
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    own = Scorecard().fit(X.loc[accepted, log.selected], y[accepted])
    band = reject_inference(
        own,
        X.loc[accepted, log.selected],
        y[accepted],
        X.loc[refused, log.selected],
        factors=(1, 1.25, 1.5, 2),
    )
print(f"{band.outside_share:.1%} of the rejects are riskier than every accepted applicant")
print(f"bad rate of all, known here because the refusal is invented: {y[train].mean():.3f}")
summary = band.band()
summary[~summary["quantity"].isin(["points", "coefficient"])].round(3)

# %%
plot_reject_quantity(band, "bad_rate_all").figure

# %%
plot_reject_points(band, "Mortgage").figure

# %% [markdown]
# ## One scale
# The points of both cards on one scale: 600 points at odds of 50 to 1, 20 points double the odds.

# %%
scale = Scale(pdo=20, base_points=600, base_odds=50)
old_points = own.predict_points(X[log.selected])
for name, score in (("card of all", points), ("card of the accepted", old_points)):
    aligned = align_scores(y[hold_out], score[hold_out], scale)
    print(name)
    print(aligned.to_frame().round(3).to_string(index=False))

# %%
plot_alignment(aligned, old_points[hold_out]).figure

# %% [markdown]
# ## The long run, and grades
# The sample has 45 % defaults. A long-run rate of 4 %, known with a standard error of 0.5 %, moves
# every probability; a master scale turns them into grades.

# %%
probability = card.predict_proba(X[log.selected])[:, 1]
calibrated = calibrate_to_rate(probability[train], 0.04, rate_standard_error=0.005)
print(calibrated.to_frame().round(4).to_string(index=False))
calibrated.table([0.1, 0.5, 0.9]).round(4)

# %%
grades = MasterScale.from_ends([0.0005, 0.005, 0.01, 0.02, 0.05, 0.1, 1.0], list("ABCDEF"))
labels = grades.assign(calibrated.predict(probability[hold_out]))
print({grade: f"{(labels == grade).mean():.1%}" for grade in grades.grades})
# default rates of the sample by grade, for the order only: the sample is not the long run
table = grade_table(grades, y[hold_out], calibrated.predict(probability[hold_out]))
table[["grade", "count", "event_rate", "low", "high", "inverted"]].round(3)
