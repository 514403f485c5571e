"""Bundled data with their licences, and synthetic portfolios and losses whose truth is known."""

from infotheory.datasets.bundled import load_german_credit, load_simu_credit
from infotheory.datasets.losses import Losses, make_losses
from infotheory.datasets.portfolio import Portfolio, make_portfolio

__all__ = [
    "Losses",
    "Portfolio",
    "load_german_credit",
    "load_simu_credit",
    "make_losses",
    "make_portfolio",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
