"""Minimum entropy coupling, with and without a bottleneck."""

from infotheory.coupling.bounds import coupling_lower_bound
from infotheory.coupling.minimum_entropy import minimum_entropy_coupling
from infotheory.coupling.result import Coupling

__all__ = ["Coupling", "coupling_lower_bound", "minimum_entropy_coupling"]
