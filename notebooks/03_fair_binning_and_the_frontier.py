# %% [markdown]
# # Fair binning and the frontier: the paper reproduced
#
# Sudjianto and Burakov (arXiv:2509.09855) join the words of credit scoring (weight of evidence,
# information value, population stability) to information theory, and ask for scorecards within a
# budget of information about a protected group. Here are their numbers beside ours, on data that
# fit their description; what matches, what does not, and two formulas that we replace.
#
# The functions of the comparisons are in `benchmarks/paper_sudjianto_burakov.py`, which prints the
# same tables.

# %%
# %matplotlib inline
import sys

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from infotheory.fairness import fairness_frontier
from infotheory.plots import PALETTE, plot_frontier

sys.path.append("../benchmarks")
import paper_sudjianto_burakov as paper

train, test = paper.load_split()
print(
    f"{len(train.X)} training rows, {len(test.X)} test rows, {train.y.mean():.1%} defaults, "
    "predictors:"
)
print(", ".join(train.X.columns))

# %% [markdown]
# The paper speaks of about 15 % defaults; these data (PiML's SimuCredit, 20 000 rows) have 44.8 %.
# Gender and race are protected and no predictors.
#
# ## Table 1
# AUC on training and test rows (80/20, seed 42). One booster of depth-1 trees over all
# characteristics gives the bins, learning rate 1; at 50 and 100 rounds with `gamma=5`, which stops
# it before round 50, so that the two agree as they do in the paper.

# %%
paper.table_1(train, test).style.hide().format(
    {"gamma": "{:.0f}", "largest difference from the paper": "{:.3f}"}
)

# %% [markdown]
# **Matches**: one-hot at 10 rounds, the free boosters (within .001), and the prototype behind
# this project's specification. But the paper's section 7.2.3 says that its boosters are held
# monotone; held so, ours give .811/.814 and .813/.817, below the paper's by .005 to .007 at 10
# rounds and by .018 to .023 at 50 and 100. Its numbers are those of boosters without constraints.
# WoE logistic matches (.000 and .002) where a safer bin may not have the larger odds, so the
# paper's seems to hold the signs. Maximum likelihood without signs is better by .005 and .010 to
# .015, thanks to Balance, which enters against its weight of evidence: it corrects what Mortgage
# and Utilization say. **Does not match**: one-hot at 50 rounds, better here by .005. `gamma` is
# our choice.
#
# ## The worked example
# IV .066 with standard error .0069: does it exceed .05? These counts were made to have that IV and,
# by Eq. 18, nearly that standard error.

# %%
paper.worked_example().style.hide().format(precision=4)

# %% [markdown]
# The paper's .99 is reproduced. With the standard error that holds it is .88, and .05 lies inside
# the interval.
#
# ## Why Eq. 18 is replaced
# Eq. 18 holds the weights $p_j - q_j$ of the sum fixed. They come from the same counts, so it
# misses about half of the standard error, and 95 % intervals cover about 70 %. Six bins, 15 %
# events, 20 000 replicates.

# %%
paper.coverage_study().style.hide().format(
    {"true IV": "{:.4f}", "sd of IV": "{:.4f}", "delta SE": "{:.4f}", "Eq. 18": "{:.4f}"},
    precision=3,
)

# %%
values = [0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64]
coverage = paper.coverage_study([(5_000, iv) for iv in values], n_replicates=10_000)


def new_axes(width=6.4, height=3.2):
    axes = Figure(figsize=(width, height), layout="constrained").add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=PALETTE["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


axes = new_axes()
axes.axhline(0.95, color=PALETTE["muted"], linewidth=1.0)
for column, colour, style in (
    ("Eq. 18", "second", "s--"),
    ("delta", "muted", "^:"),
    ("interval used", "first", "o-"),
):
    axes.plot(
        coverage["true IV"],
        coverage[f"covered, {column}"],
        style,
        color=PALETTE[colour],
        label=column,
    )
axes.set(xscale="log", ylim=(0.5, 1.0), xlabel="true information value (5 000 rows, 15 % events)")
axes.set_ylabel("coverage of 95 % intervals")
axes.legend(frameon=False, loc="lower right", fontsize=9)
axes.figure

# %% [markdown]
# ## Why the Z test is replaced
# Eq. 21, Z = IV / SE, rests on Eq. 18. Where the true IV is 0 its gradient is 0 too, so that Z is
# not normal with *any* standard error: the more bins, the more often it rejects a true null
# hypothesis. Pearson's chi-square holds its size; it is the p-value of `information_value`.
# One-sided 5 %, 20 000 rows, 15 % events, 20 000 replicates:

# %%
paper.null_study().style.hide().format(precision=3)

# %%
figure = Figure(figsize=(8.4, 2.8), layout="constrained")
panels = figure.subplots(1, 3, sharey=True)
edges = np.linspace(-3.0, 8.0, 89)
middle = 0.5 * (edges[1:] + edges[:-1])
for axes, k in zip(panels, (5, 10, 20), strict=True):
    drawn = paper.null_statistics(k)
    axes.plot(
        middle, stats.norm.pdf(middle), color=PALETTE["muted"], linestyle=":", label="normal law"
    )
    for name, label, colour, style in (
        ("Eq. 18", "Eq. 18", "second", "--"),
        ("delta", "delta SE", "first", "-"),
    ):
        density, _ = np.histogram(drawn[name], edges, density=True)
        axes.plot(middle, density, color=PALETTE[colour], linestyle=style, label=f"Z, {label}")
    axes.axvline(1.645, color=PALETTE["ink"], linewidth=0.8)
    axes.set(xlabel=f"Z, {k} bins")
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("density where IV = 0")
panels[0].legend(frameon=False, fontsize=8, loc="upper right", bbox_to_anchor=(1.08, 1.0))
figure

# %% [markdown]
# Against a limit above 0 the gradient is there, and the standard error alone is wrong. Share of
# conclusions "IV > .05" where the IV *is* .05, one-sided 5 %:

# %%
paper.threshold_study().style.hide().format(precision=3)

# %% [markdown]
# ## Bins within a budget
# Race is the protected attribute. The demographic information value of a characteristic is the
# divergence between the two groups over its bins. `fairness_frontier` finds, at every budget of its
# sum over characteristics, the bins with the largest total information value. Nearly all of it sits
# in Mortgage.

# %%
holdout = {"X": test.X, "y": test.y, "protected": test.race}
bins = fairness_frontier(train.X, train.y, train.race, paper.BUDGETS, holdout=holdout)
summary = bins[-1].model.fairness_summary()
summary[["feature", "iv_fair", "iv_fair_standard_error"]].style.hide().format(precision=3)

# %%
plot_frontier(bins).figure

# %% [markdown]
# The test rows of this split happen to be easier than most (see the end). Bars are centred on
# values less their bias, which is large where a bin holds hardly anyone of one group.
#
# A scorecard is refitted on the bins of each budget, and judged on the test rows: deciles of the
# training scores are its bins, and half of the applicants are approved (as nearly as the distinct
# scores allow).

# %%
frontier = paper.fair_frontier(bins, train, test)
paper.compact(frontier).style.hide().format(precision=3)

# %% [markdown]
# The prototype that fixed this project's specification, above ours:

# %%
paper.beside_prototype(frontier).style.hide().format({"budget": "{:.1f}"})

# %% [markdown]
# ## Signs
# Balance has little information of its own and a coefficient of the wrong sign: who owes more gets
# more points, given the rest. A validator may not let that pass, and the paper holds the signs.

# %%
card = paper.refit(bins[5].model, train)
card.coefficient_table()[
    ["feature", "coefficient", "standard_error", "sign_ok"]
].style.hide().format(precision=2)

# %%
signed = paper.fair_frontier(bins, train, test, signs_held=True)
paper.compact(signed).style.hide().format(precision=3)

# %% [markdown]
# ## The curves of the paper's figures
# Their AUC and adverse impact ratio by budget were read off by eye. Ours are scorecards on bins
# within the same budget, signs held, on the test rows.

# %%
paper.beside_the_figures(train, test).style.hide().format("{:.3f}").format(
    "{:.1f}", subset=["budget"]
)

# %% [markdown]
# The shape is theirs, the level is not: our AUC is lower by .014 to .026 at every budget, and the
# ratio falls below theirs from a budget of 1.8 on. In the paper the information value rises from
# 2.18 to 2.41 over these budgets and the demographic one from .2 to 3.1.
#
# Figure 3 has the ratio of Eq. 27 for Mortgage fall from 1.69 to .90 at k = 2.58. Against race it
# does **not reproduce**: in these data Mortgage tells far more of race than of default.

# %%
paper.ratio_of_mortgage(train).style.hide().format({"k": "{:.2f}", "read off": "{:.2f}"}).format(
    "{:.4f}", subset=["ours"]
)

# %% [markdown]
# ## Scores within a budget
# `scorecard_frontier` leaves the bins alone and bounds the demographic information value of the
# score, as the paper's section 8 does. It shrinks coefficients until the value that is measured on
# the training rows meets the budget.

# %%
held = paper.score_bounds(train, test)
free = paper.score_bounds(train, test, signs_held=False)
plot_frontier(held).figure

# %%
scores_held, scores_free = (paper.score_frontier(scores, train, test) for scores in (held, free))
paper.compact(scores_held).style.hide().format(precision=3).set_caption("signs held")

# %%
paper.compact(scores_free).style.hide().format(precision=3).set_caption("no signs")

# %% [markdown]
# ## Beside other ways
# - Dropping the characteristics of largest demographic information value, one after the other: no
#   budget, no tuning.
# - The reductions of fairlearn (Agarwal and others, arXiv:1803.02453) on the same rows and bins,
#   without signs. fairlearn is no dependency: the points below were printed by
#   `benchmarks/peers_fairness.py` (fairlearn 0.15.0, scikit-learn 1.8.0).

# %%
dropped = paper.drop_worst(train, test)
paper.compact(dropped).style.hide().format(precision=3)

# %%
reductions = pd.DataFrame(
    [
        ("grid search", 0.797, 0.783, 0.811, 0.935, 0.872, 1.003),
        ("grid search", 0.807, 0.793, 0.820, 0.875, 0.815, 0.939),
        ("grid search", 0.816, 0.802, 0.828, 0.835, 0.776, 0.898),
        ("grid search", 0.820, 0.806, 0.832, 0.811, 0.753, 0.873),
        ("grid search", 0.826, 0.813, 0.838, 0.757, 0.701, 0.818),
        ("grid search", 0.831, 0.818, 0.843, 0.718, 0.664, 0.777),
        ("grid search", 0.834, 0.822, 0.846, 0.674, 0.622, 0.731),
        ("grid search", 0.837, 0.825, 0.849, 0.605, 0.556, 0.659),
        ("exponentiated gradient", 0.805, 0.791, 0.818, 0.883, 0.823, 0.947),
        ("exponentiated gradient", 0.813, 0.799, 0.826, 0.837, 0.778, 0.901),
        ("exponentiated gradient", 0.820, 0.807, 0.833, 0.811, 0.753, 0.874),
        ("exponentiated gradient", 0.834, 0.822, 0.846, 0.674, 0.622, 0.731),
    ],
    columns=[
        "method",
        "auc",
        "auc_low",
        "auc_high",
        *(f"adverse_impact_ratio{end}" for end in ("", "_low", "_high")),
    ],
)


def add_points(axes, frame, label, colour, marker, line="none"):
    reach = [
        np.array([frame[name] - frame[f"{name}_low"], frame[f"{name}_high"] - frame[name]])
        for name in ("adverse_impact_ratio", "auc")
    ]
    x, y, style = frame["adverse_impact_ratio"], frame["auc"], {"color": colour, "linestyle": line}
    axes.errorbar(
        x, y, xerr=reach[0], yerr=reach[1], fmt="none", ecolor=colour, elinewidth=0.7, alpha=0.4
    )
    axes.plot(x, y, marker, label=label, markersize=5, **style)


figure = Figure(figsize=(9.6, 4.6), layout="constrained")
panels = figure.subplots(1, 2, sharex=True, sharey=True)
blue, orange = PALETTE["first"], PALETTE["second"]
grid = reductions["method"] == "grid search"
add_points(panels[0], reductions[grid], "fairlearn, grid search", PALETTE["muted"], "^")
add_points(panels[0], reductions[~grid], "fairlearn, exponentiated gradient", PALETTE["ink"], "D")
add_points(
    panels[0],
    scores_free[scores_free["status"] == "converged"],
    "scores within a budget",
    orange,
    "s",
    "--",
)
add_points(panels[0], frontier, "bins within a budget", blue, "o", "-")
add_points(panels[0], dropped[1:], "worst characteristics dropped", "#3f8f5f", "P")
add_points(
    panels[1],
    scores_held[scores_held["status"] == "converged"],
    "scores within a budget",
    orange,
    "s",
    "--",
)
add_points(panels[1], signed, "bins within a budget", blue, "o", "-")
for axes, title in zip(panels, ("maximum likelihood", "signs held"), strict=True):
    axes.axvline(0.8, color=PALETTE["ink"], linewidth=0.8)
    axes.set(title=title, xlabel="adverse impact ratio at 50 % approval, test rows")
    axes.legend(frameon=False, loc="lower left", fontsize=8.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=PALETTE["grid"], linewidth=0.8)
panels[0].set_ylabel("AUC, test rows")
figure

# %% [markdown]
# ## How much of this is the split?
# Means and standard deviations over 20 other splits of the same rows, bins within a budget of 1.5
# and without one:

# %%
paper.over_splits().style.format(precision=3)

# %% [markdown]
# What this shows:
#
# - On the paper's split, bins within 1.5 nats bring the adverse impact ratio from .524 to .815 and
#   the AUC from .838 to .818; a score within .1 nats reaches .832 and .815. Both intervals of the
#   ratio begin below 0.8: 4 000 test rows certify neither.
# - The split is kind. Over 20 others the same budget gives .828 and .803, against .545 and .827:
#   the ratio costs .02 of AUC on either, but a hold-out AUC of .815 at a ratio above 0.8 is this
#   split's.
# - fairlearn's reductions lie on the curve of the scores, within the errors (over the 20 splits the
#   grid search gives .826 and .806). At a ratio of .81 to .83 either tells less about race than
#   bins within a budget, .11 to .13 nats against .27: a coefficient can shrink by any amount, bins
#   can only merge.
# - Dropping Mortgage is one end of the curve. Dropping Utilization too costs .06 of AUC and gains
#   nothing.
# - With the signs held the ratio reaches 0.8 at an AUC of about .80. Below .2 nats the score
#   frontier has one point only: where Mortgage has no coefficient many applicants are tied, and the
#   smallest one puts them in the order of their mortgage, hence nearly of race.
