import warnings

import pandas as pd
import pytest

from infotheory.datasets import load_german_credit, make_portfolio
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard

KEPT_OUT = ["age_in_years", "foreign_worker", "personal_status_and_sex"]


@pytest.fixture(scope="session")
def german():
    """Report on the German credit data, hold-out and two protected attributes included."""
    X, y = load_german_credit()
    groups = pd.DataFrame({"young": X["age_in_years"] <= 25, "foreign_worker": X["foreign_worker"]})
    train = X.index % 10 < 7
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard().fit(X[train].drop(columns=KEPT_OUT), y[train])
    report = scorecard_report(
        card,
        X[train],
        y[train],
        protected=groups[train],
        holdout={"X": X[~train], "y": y[~train], "protected": groups[~train]},
        reasons=dict.fromkeys(KEPT_OUT, "protected"),
        n_permutations=19,
    )
    return card, report, (X, y, train, groups)


@pytest.fixture(scope="session")
def small():
    """Card on three synthetic columns, with its rows."""
    portfolio = make_portfolio(
        1500, numeric=[0.6, 0.2], categorical=[0.3], missing_rate=0.1, protected_slope=1.0, random_state=0
    )
    return Scorecard().fit(portfolio.X, portfolio.y), portfolio
