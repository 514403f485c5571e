"""Shannon's lattice of information: order, join, meet, distances, common information."""

from infotheory.lattice.common import (
    WynerBounds,
    common_information,
    minimal_sufficient_statistic,
    wyner_bounds,
)
from infotheory.lattice.convexity import convex_envelope
from infotheory.lattice.distances import (
    dependency_coefficient,
    geodesic,
    rajski_distance,
    relative_redundancy,
    renyi_distance,
    shannon_distance,
    triangle_defect,
)
from infotheory.lattice.functional import FunctionalRepresentation, functional_representation
from infotheory.lattice.generated import GeneratedLattice, generated_lattice
from infotheory.lattice.information import Information
from infotheory.lattice.reconstruction import Reconstruction, reconstruction
from infotheory.lattice.subset import SufficientSubset, minimal_sufficient_subset

__all__ = [
    "FunctionalRepresentation",
    "GeneratedLattice",
    "Information",
    "Reconstruction",
    "SufficientSubset",
    "WynerBounds",
    "common_information",
    "convex_envelope",
    "dependency_coefficient",
    "functional_representation",
    "generated_lattice",
    "geodesic",
    "minimal_sufficient_statistic",
    "minimal_sufficient_subset",
    "rajski_distance",
    "reconstruction",
    "relative_redundancy",
    "renyi_distance",
    "shannon_distance",
    "triangle_defect",
    "wyner_bounds",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
