"""Shannon's lattice of information: order, join, meet, distances, common information, perfect reconstruction."""

from infotheory.lattice.information import Information

__all__ = ["Information"]
