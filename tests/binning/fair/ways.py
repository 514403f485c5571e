"""Ways of solving the fair problem, taken in turn by tests."""

import numpy as np
import pytest

from infotheory.binning.fair.lists.listed import NO_SOLVER
from infotheory.binning.fair.milp import SolverResult


def take(way, monkeypatch):
    """Let lists of all groupings, groupings near prices, or the program of arcs do the work.

    Where too many groupings come near the prices arcs go on, unless the prices are to work alone.
    """
    if way != "lists":
        monkeypatch.setattr("infotheory.binning.fair.lists.groupings.MAX_NUMBERS", 0)
    if way == "prices alone":
        monkeypatch.setattr("infotheory.binning.fair.search._search", _no_arcs)
    if way == "arcs":
        monkeypatch.setattr("infotheory.binning.fair.search.solve_priced", _no_prices)


def _no_prices(problem, options, known, progress):
    """Answer as where too many groupings come near the prices."""
    result = SolverResult(x=None, status="time limit", bound=np.inf, solver=NO_SOLVER)
    return known, result, 0


def _no_arcs(*_):
    """Fail where the groupings near the prices do not end the search."""
    pytest.fail("the program of arcs was needed")
