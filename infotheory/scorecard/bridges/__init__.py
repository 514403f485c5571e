"""Cards of other packages, read from what they export."""

from infotheory.scorecard.bridges.optbinning import from_optbinning
from infotheory.scorecard.bridges.scorecardpy import from_scorecardpy
from infotheory.scorecard.bridges.toad import from_toad

__all__ = ["from_optbinning", "from_scorecardpy", "from_toad"]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
