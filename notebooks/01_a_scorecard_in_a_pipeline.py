# %% [markdown]
# # A scorecard in a pipeline
#
# A scorecard is a logistic regression on weights of evidence, written as points. Both halves are
# ordinary scikit-learn estimators, so binning can sit in a pipeline, be tuned, and be validated
# without leaking a row. This notebook builds one on German credit, and ends with the question that
# a validator asks first: *how much of the AUC is the binning looking at its own rows?*

# %%
# %matplotlib inline
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    RepeatedStratifiedKFold,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.evidence import area_under_curve
from infotheory.plots import plot_binning, plot_calibration
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, calibration_table

pd.set_option("display.max_colwidth", 60)

# %% [markdown]
# ## Data, and what stays out
# 1000 loans, 300 of them bad (over-sampled: about 5 % of the bank's loans were). Age and foreign
# worker are protected, and `personal_status_and_sex` mixes sex with marital status. They are no
# characteristics; they are kept aside to ask later how the card treats them.

# %%
X, y = load_german_credit()
PROTECTED = ["age_in_years", "foreign_worker", "personal_status_and_sex"]
protected, X = X[PROTECTED], X.drop(columns=PROTECTED)
X_train, X_test, y_train, y_test, _, protected_test = train_test_split(
    X, y, protected, test_size=0.3, random_state=7, stratify=y
)
print(f"{len(X_train)} rows to learn from, {len(X_test)} held out, {X.shape[1]} characteristics")

# %% [markdown]
# ## One characteristic
# A bin $j$ holds the share $p_j$ of the non-events and $q_j$ of the events. Its weight of evidence
# and the information value of the characteristic are
#
# $$\mathrm{WoE}_j = \ln\frac{p_j}{q_j}, \qquad \mathrm{IV} = \sum_j (p_j - q_j)\,\mathrm{WoE}_j .$$
#
# Positive is safer. Among all bins that meet the limits the binner finds those of largest IV, by
# dynamic programming: exactly, not by a heuristic.

# %%
binner = OptimalBinner(max_n_bins=5).fit(X_train, y_train)
binner.binning_table("duration_in_month")[
    ["bin", "count", "event_rate", "woe", "woe_low", "woe_high", "iv"]
].round(3)

# %%
plot_binning(binner, "duration_in_month").figure

# %% [markdown]
# All characteristics, the strongest first. Each information value comes with a standard error: at
# 700 rows hardly two neighbours below the first can be told apart.

# %%
summary = binner.summary().sort_values("iv", ascending=False)
summary[["feature", "n_bins", "iv", "iv_standard_error", "iv_low", "iv_high", "trend"]].head(
    8
).round(3)

# %% [markdown]
# ## The pipeline
# The binner takes numbers and categories alike. A `ColumnTransformer` is needed only where columns
# want different treatment: here housing and telephone are one-hot encoded, to show that it can be
# done.

# %%
ONE_HOT = ["housing", "telephone"]
columns = ColumnTransformer(
    [("one hot", OneHotEncoder(drop="first"), ONE_HOT)],
    remainder=OptimalBinner(),
    verbose_feature_names_out=False,
)
pipeline = make_pipeline(columns, LogisticRegression(C=1.0))
pipeline.fit(X_train, y_train)
names = pipeline[:-1].get_feature_names_out()
print(len(names), "columns:", ", ".join(names[:4]), "...")

# %% [markdown]
# Parameters of the binner are tuned like any other. The folds refit the bins, so that a fold never
# helps to choose the bins that it is judged with.

# %%
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
grid = {"columntransformer__remainder__max_n_bins": [2, 3, 4, 6, 8, 12]}
search = GridSearchCV(pipeline, grid, cv=folds, scoring="roc_auc").fit(X_train, y_train)
found = pd.DataFrame(search.cv_results_)[
    ["param_columntransformer__remainder__max_n_bins", "mean_test_score"]
]
found.columns = ["max_n_bins", "cross-validated AUC"]
found.round(4)

# %% [markdown]
# Is the winner better? Scores of one fold under two settings share their rows, so compare
# *differences* by fold. (Folds overlap, so the plain standard error is too small: Nadeau and
# Bengio's factor $1/n + n_\mathrm{test}/n_\mathrm{train}$ replaces $1/n$,
# doi:10.1023/A:1024068626366.)

# %%
scores = np.array([search.cv_results_[f"split{i}_test_score"] for i in range(folds.get_n_splits())])
best = int(search.best_index_)
difference = scores[:, [best]] - scores
error = difference.std(axis=0, ddof=1) * np.sqrt(1 / len(scores) + 1 / 4)
found.assign(behind_the_best=difference.mean(axis=0), standard_error=error).round(4)

# %% [markdown]
# Two bins are too few, more than six buy nothing. A card of few bins is easier to explain, so the
# rule of one standard error chooses: the fewest bins whose shortfall is below its error.

# %%
within = (difference.mean(axis=0) <= error) & (np.arange(len(error)) <= best)
n_bins = int(found["max_n_bins"][within].min())
print("max_n_bins:", n_bins)

# %% [markdown]
# ## The card
# `Scorecard` is the same model with points on it: 20 points double the odds, 600 points are odds of
# 50 to 1. With $F = \mathrm{pdo}/\ln 2$,
#
# $$\text{points} = \text{base points} + F\,\bigl(\ln(\text{odds}) - \ln(\text{base odds})\bigr),$$
#
# and the log odds are a sum over characteristics, hence so are the points. Seven characteristics
# are enough for a card.

# %%
USED = [
    "status_of_existing_checking_account",
    "duration_in_month",
    "credit_history",
    "savings_account_and_bonds",
    "purpose",
    "credit_amount",
    "other_debtors_or_guarantors",
]
card = Scorecard(OptimalBinner(max_n_bins=n_bins), pdo=20, base_points=600, base_odds=50)
card.fit(X_train[USED], y_train)
table = card.coefficient_table()
table[["feature", "coefficient", "standard_error", "low", "high", "vif", "sign_ok"]].round(3)

# %% [markdown]
# With independent characteristics every coefficient would be $-1$ (of the log odds of an event, so
# that a safer bin lowers them). Nearer 0, a characteristic repeats what others say; beyond -1, the
# others hide some of what it knows. Points, and what 700 rows leave open of them:

# %%
points = card.point_intervals()
points = points[points["count"] > 0]
points[["feature", "bin", "count", "event_rate", "points", "low", "high"]].head(10).round(2)

# %% [markdown]
# ## Held out
# The AUC with its interval (DeLong), and calibration by groups of the score.

# %%
score = card.predict_points(X_test[USED])
auc = area_under_curve(y_test, -score)
low, high = auc.interval()
print(f"hold-out AUC {auc.value:.3f}, 95 % interval {low:.3f} to {high:.3f}")
probability = card.predict_proba(X_test[USED])[:, 1]
plot_calibration(calibration_table(y_test, probability, n_groups=6)).figure

# %% [markdown]
# ## One applicant
# The reasons for a score are the characteristics that cost the most points against the best bin.

# %%
refused = int(np.argmin(score))
applicant = X_test[USED].iloc[[refused]]
reasons = card.reason_codes(applicant, n=3)
print(
    f"{score[refused]:.0f} points, probability of a bad loan "
    f"{card.predict_proba(applicant)[0, 1]:.2f}"
)
print(applicant.T.to_string(header=False))
reasons.T

# %% [markdown]
# How surely? Redraw the card within its standard errors: how often is the first reason still the
# first, how often are the three the same? With three reasons four points apart, not often.

# %%
card.reason_confidence(applicant, n=3, random_state=0).T.round(2)

# %% [markdown]
# ## The report
# One call, one self-contained HTML file: bins, coefficients, validation, and, because the protected
# attributes are handed over here (and only here), how the groups fare.

# %%
report = scorecard_report(
    card,
    X_train[USED],
    y_train,
    holdout={
        "X": X_test[USED],
        "y": y_test,
        "protected": (protected_test["age_in_years"] < 26).rename("under 26"),
    },
)
with tempfile.TemporaryDirectory() as folder:
    path = report.to_html(Path(folder) / "report.html")
    print(path.name, f"{path.stat().st_size / 1024:.0f} kB")

# %% [markdown]
# ## How much of the AUC is the binning looking at its own rows?
# Bin all training rows first and cross-validate the regression alone, as is often done, or put the
# binner inside the folds. To see the effect at its worst, do the same with labels that mean
# nothing.

# %%
rng = np.random.default_rng(0)
model = LogisticRegression()
rows = []
for name, labels in (
    ("real labels", y_train),
    ("shuffled labels", pd.Series(rng.permutation(y_train))),
):
    outside = cross_val_score(
        model, OptimalBinner().fit_transform(X_train, labels), labels, cv=folds, scoring="roc_auc"
    )
    inside = cross_val_score(
        make_pipeline(OptimalBinner(), model), X_train, labels, cv=folds, scoring="roc_auc"
    )
    again = make_pipeline(OptimalBinner(), model).fit(X_train, labels).predict_proba(X_train)[:, 1]
    rows.append((name, roc_auc_score(labels, again), outside.mean(), inside.mean()))
pd.DataFrame(
    rows, columns=["", "training rows", "bins chosen before the folds", "bins chosen in the folds"]
).round(3)

# %% [markdown]
# **Answer.** Bins chosen before the folds promise an AUC that no new applicant will see; on
# shuffled labels they find what is not there. In a pipeline the folds refit the bins, and noise
# scores one half. Nothing else had to be remembered: that is what the pipeline is for.
