"""Laws of aligned policies on finite alphabets: tilts, best of n, differential information."""

from infotheory.fields.alignment.best_of_n import best_of_n, best_of_n_kl_bound
from infotheory.fields.alignment.differential import differential_information, rejected_sample_law
from infotheory.fields.alignment.tilt import Tilt, exponential_tilt, tilt_for_kl

__all__ = [
    "Tilt",
    "best_of_n",
    "best_of_n_kl_bound",
    "differential_information",
    "exponential_tilt",
    "rejected_sample_law",
    "tilt_for_kl",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
