"""Statistical mechanics: numbers of arrangements, maximum entropy, entropy production."""

from infotheory.fields.statmech.chains import entropy_production_markov
from infotheory.fields.statmech.counting import (
    boltzmann_entropy,
    log_multiplicity,
    structural_entropy,
)
from infotheory.fields.statmech.diffusions import (
    entropy_production_diffusion,
    entropy_production_linear,
    entropy_production_parts,
)
from infotheory.fields.statmech.maximum import MaximumEntropy, maximum_entropy

__all__ = [
    "MaximumEntropy",
    "boltzmann_entropy",
    "entropy_production_diffusion",
    "entropy_production_linear",
    "entropy_production_markov",
    "entropy_production_parts",
    "log_multiplicity",
    "maximum_entropy",
    "structural_entropy",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
