"""Regressions of means by another package, for ``test_means.py``.

Run in an environment with statsmodels, which the tests do not need:

    python -m tests.scorecard.regression.glm_numbers

It fits the rows of ``rows_of`` by statsmodels' GLM and writes coefficients and heteroscedasticity
consistent covariances (HC0) to ``glm_numbers.json``, with the version that made them.
"""

import json
from pathlib import Path

import numpy as np

NUMBERS = Path(__file__).with_suffix(".json")

#: Kind of target, power of the variance, and whether rows have weights (exposures of a rate).
CASES = {
    f"{kind} {power} {'weighted' if weighted else 'unweighted'}": (kind, power, weighted)
    for kind, power in (
        ("fraction", 1.0),
        ("rate", 1.0),
        ("rate", 1.5),
        ("rate", 2.0),
        ("continuous", 0.0),
    )
    for weighted in (False, True)
}


def rows_of(kind, weighted, n_rows=400):
    """Columns, target and weights; the generator is one whose stream is frozen."""
    rng = np.random.RandomState(7)
    X = np.column_stack([rng.randint(0, 4, n_rows), rng.randint(0, 3, n_rows)]) * [0.5, -0.8]
    eta, noise = 0.4 * X[:, 0] - 0.5 * X[:, 1] - 0.7, rng.standard_normal(n_rows)
    if kind == "fraction":  # two humps at the ends
        y = np.clip(1.0 / (1.0 + np.exp(-eta - 3.0 * noise)) * 1.4 - 0.2, 0.0, 1.0)
    elif kind == "rate":  # nine rows in ten have nothing
        y = np.exp(eta + 1.5 * noise) * (rng.random_sample(n_rows) < 0.1 + 0.1 * (X[:, 0] > 0.5))
    else:
        y = 50.0 + eta + noise**3
    weights = np.exp(0.8 * rng.standard_normal(n_rows)) if weighted else np.ones(n_rows)
    return X, y, weights


def fitted(kind, power, weighted):
    """Coefficients, the intercept first, and their covariance."""
    import statsmodels.api as sm

    X, y, weights = rows_of(kind, weighted)
    families = sm.families
    if kind == "fraction":
        family = families.Binomial()
    elif kind == "continuous":
        family = families.Gaussian()
    else:
        family = families.Tweedie(var_power=power, link=families.links.Log())
    model = sm.GLM(y, sm.add_constant(X), family=family, var_weights=weights)
    result = model.fit(tol=1e-14, maxiter=500, cov_type="HC0")
    return {"theta": result.params.tolist(), "covariance": result.cov_params().tolist()}


if __name__ == "__main__":
    import statsmodels

    numbers = {name: fitted(*case) for name, case in CASES.items()}
    document = {"made_by": f"statsmodels {statsmodels.__version__}", "fits": numbers}
    NUMBERS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
