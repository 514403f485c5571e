"""Partial information decomposition: what sources say alone, alike, and only together."""

from infotheory.decomposition.gaussian import gaussian_information_lattice
from infotheory.decomposition.information_lattice import (
    InformationLattice,
    partial_information_lattice,
)
from infotheory.decomposition.samples import EstimatedLattice, estimate_partial_information
from infotheory.decomposition.two_sources import (
    PartialInformation,
    partial_information_decomposition,
    redundant_information,
)

__all__ = [
    "EstimatedLattice",
    "InformationLattice",
    "PartialInformation",
    "estimate_partial_information",
    "gaussian_information_lattice",
    "partial_information_decomposition",
    "partial_information_lattice",
    "redundant_information",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
