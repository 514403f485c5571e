"""What a search for bins gets and what it returns."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.cells import BinSpec
from infotheory.engines import Columns

__all__ = ["BY_HAND", "Grouping", "Rows", "check_feature"]

#: Status of a feature whose bins were set by hand.
BY_HAND = "set by hand"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """Which pre-bins of a feature make a bin, and why.

    Parameters
    ----------
    groups : ndarray of shape (n_prebins,)
        Bin of each regular pre-bin.
    status : str
        How the search ended.
    trend : str or None
        Shape of the event rate over the bins, where one was imposed.
    objective : float
        What the grouping maximises, NaN where it maximises nothing.
    shape_objectives : dict of str to float
        What the best grouping of each shape tried would reach.
    dropped : bool
        Every value, missing and special ones included, is in one bin, so that the feature says
        nothing.
    """

    groups: IntArray
    status: str
    trend: str | None = None
    objective: float = np.nan
    shape_objectives: dict[str, float] = field(default_factory=dict)
    dropped: bool = False

    def merged(self, prebins: BinSpec) -> BinSpec:
        """Bins of the feature.

        Parameters
        ----------
        prebins : BinSpec
            Its pre-bins.
        """
        return prebins.pool() if self.dropped else prebins.merge(self.groups)

    def new_codes(self, prebins: BinSpec) -> IntArray:
        """Code of the bin of each code of the pre-bins.

        Parameters
        ----------
        prebins : BinSpec
            The pre-bins.
        """
        return (
            np.zeros(prebins.n_codes, dtype=np.intp)
            if self.dropped
            else prebins.all_groups(self.groups)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The training rows, for binners that need more than counts.

    Parameters
    ----------
    columns : Columns
        The features.
    target : ndarray of shape (n_rows,)
        1.0 for an event, 0.0 for a non-event.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights.
    protected : object
        Protected attributes as they were given to ``fit``.
    """

    columns: Columns
    target: FloatArray
    weights: FloatArray | None
    protected: Any = None


def check_feature(what: str, name: str, names: tuple[str, ...]) -> None:
    """Raise ValueError where ``name`` is not a feature.

    Parameters
    ----------
    what : str
        Argument that holds the name.
    name : str
        The name.
    names : tuple of str
        Names of the features.
    """
    if name not in names:
        shown = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
        message = f"{what} must name features of X ({shown}), got {name!r}"
        raise ValueError(message)
