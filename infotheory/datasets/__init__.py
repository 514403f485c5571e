"""Bundled data with their licences, and synthetic portfolios and losses whose truth is known."""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
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

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {
    "bundled": ("load_german_credit", "load_simu_credit"),
    "losses": ("Losses", "make_losses"),
    "portfolio": ("Portfolio", "make_portfolio"),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
