"""Bundled data with their licences, and synthetic portfolios whose information values are known."""

from infotheory.datasets.bundled import load_german_credit, load_simu_credit
from infotheory.datasets.portfolio import Portfolio, make_portfolio

__all__ = ["Portfolio", "load_german_credit", "load_simu_credit", "make_portfolio"]
