"""Synthetic losses and claims whose means are known exactly."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from infotheory._display import html_repr, short_repr
from infotheory._random import Rng, as_generator
from infotheory._typing import FloatArray, IntArray
from infotheory._validation import check_integer, check_option

__all__ = ["Losses", "make_losses"]

#: Share of loans that lose all or nothing.
_WHOLE = 0.7
#: Mean and spread (of the logarithm) of the cost of a claim, in thousands.
_COST, _SPREAD = 2.0, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Synthetic losses or claims with the truth they were drawn from.

    Parameters
    ----------
    X : DataFrame of shape (n, n_features)
        Characteristics.
    y : Series of shape (n,)
        Loss given default, in [0, 1]; or cost of claims per year of exposure, in thousands.
    mean : Series of shape (n,)
        Its true mean, given the characteristics (a loan to value that nobody saw included).
    exposure : Series of shape (n,) or None
        Years of exposure of each policy; None for losses.
    """

    X: pd.DataFrame
    y: pd.Series
    mean: pd.Series
    exposure: pd.Series | None = None

    __repr__ = short_repr
    _repr_html_ = html_repr


def make_losses(n: int, *, kind: str = "loans", random_state: Rng = None) -> Losses:
    """Draw defaulted loans with their losses, or insurance policies with the cost of their claims.

    Parameters
    ----------
    n : int
        Number of rows.
    kind : {"loans", "policies"}
        "loans" have a loss given default: seven in ten lose all or nothing, the others lie between.
        "policies" have claims over some days to two years; nine in ten have none, and the cost of a
        claim is lognormal.
    random_state : int, Generator or None
        Source of the draws.

    Returns
    -------
    Losses
        Characteristics, target, exposure, and the true mean of each row.

    Raises
    ------
    ValueError
        If ``n`` is not a positive integer or ``kind`` is unknown.

    Examples
    --------
    >>> losses = make_losses(1000, random_state=0)
    >>> list(losses.X)
    ['loan_to_value', 'product', 'months_in_arrears', 'branch']
    >>> bool(abs(losses.y.mean() - losses.mean.mean()) < 0.05)
    True
    """
    check_integer("n", n)
    check_option("kind", kind, ("loans", "policies"))
    rng = as_generator(random_state)
    return _loans(n, rng) if kind == "loans" else _policies(n, rng)


def _loans(n: int, rng: np.random.Generator) -> Losses:
    """Draw loans: the loss rises with the loan to value and without collateral."""
    loan_to_value = rng.gamma(9.0, 0.09, n)
    product = rng.choice(["mortgage", "car", "consumer"], n, p=[0.5, 0.3, 0.2])
    months = rng.integers(3, 25, n).astype(np.float64)
    branch = rng.choice(["north", "east", "south", "west"], n)  # which says nothing

    of_product = pd.Series(product).map({"mortgage": -0.9, "car": 0.1, "consumer": 1.1}).to_numpy()
    eta = -0.8 + 2.2 * (loan_to_value - 0.8) + of_product + 0.05 * (months - 12.0)
    mean = np.asarray(special.expit(eta))
    # Both laws have the same mean, so that their mixture has it too, whatever their shares.
    between = rng.beta(4.0 * mean, 4.0 * (1.0 - mean))
    y = np.where(rng.random(n) < _WHOLE, rng.random(n) < mean, between)

    # A valuation is missing where nobody looked, whatever the loan.
    shown = np.where(rng.random(n) < 0.06, np.nan, loan_to_value)
    X = pd.DataFrame(
        {
            "loan_to_value": shown,
            "product": product,
            "months_in_arrears": months,
            "branch": branch,
        }
    )
    return Losses(X, pd.Series(y, name="loss"), pd.Series(mean, name="mean"))


def _policies(n: int, rng: np.random.Generator) -> Losses:
    """Draw policies: claims are frequent at both ends of age, and with power."""
    exposure = rng.uniform(1.0 / 365.0, 2.0, n)
    age, power = rng.uniform(18.0, 85.0, n), rng.gamma(6.0, 15.0, n)
    area = rng.choice(["city", "suburb", "country"], n, p=[0.3, 0.4, 0.3])

    of_area = pd.Series(area).map({"city": 0.4, "suburb": 0.0, "country": -0.4}).to_numpy()
    frequency = np.exp(-2.6 + 0.025 * np.abs(age - 50.0) + 0.006 * (power - 90.0) + of_area)
    n_claims = rng.poisson(exposure * frequency)
    cost = _costs(n_claims, rng)

    X = pd.DataFrame({"age": age, "power": power, "area": area})
    return Losses(
        X,
        pd.Series(cost / exposure, name="cost_a_year"),
        pd.Series(_COST * frequency, name="mean"),
        pd.Series(exposure, name="exposure"),
    )


def _costs(n_claims: IntArray, rng: np.random.Generator) -> FloatArray:
    """Add up the costs of the claims of each policy."""
    owner = np.repeat(np.arange(len(n_claims)), n_claims)
    # A lognormal has its mean half a variance above its median.
    costs = rng.lognormal(np.log(_COST) - _SPREAD**2 / 2.0, _SPREAD, len(owner))
    return np.bincount(owner, costs, minlength=len(n_claims)).astype(np.float64)
