"""Entropies of spectra: of diffusion matrices, kernels and features.

Rows need the extra ``torch``, which is loaded when they come; eigenvalues do not.
Numpy in, floats out; tensors in, tensors out on their device, with gradients.
"""

from infotheory.spectral.decay import SpectralDecay, spectral_decay
from infotheory.spectral.diffusion.diffusion_entropy import diffusion_spectral_entropy
from infotheory.spectral.diffusion.diffusion_information import (
    diffusion_spectral_mutual_information,
)
from infotheory.spectral.eigenvalues import spectral_entropy
from infotheory.spectral.kernel_entropies import (
    cosine_vendi_score,
    matrix_renyi_entropy,
    matrix_renyi_mutual_information,
    vendi_score,
)
from infotheory.spectral.monitor import SpectralMonitor
from infotheory.spectral.representation import (
    effective_rank,
    participation_ratio,
    rankme,
    stable_rank,
    von_neumann_entropy,
)
from infotheory.spectral.results import SpectralEstimate, SpectralInformation

__all__ = [
    "SpectralDecay",
    "SpectralEstimate",
    "SpectralInformation",
    "SpectralMonitor",
    "cosine_vendi_score",
    "diffusion_spectral_entropy",
    "diffusion_spectral_mutual_information",
    "effective_rank",
    "matrix_renyi_entropy",
    "matrix_renyi_mutual_information",
    "participation_ratio",
    "rankme",
    "spectral_decay",
    "spectral_entropy",
    "stable_rank",
    "vendi_score",
    "von_neumann_entropy",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
