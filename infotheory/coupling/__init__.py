"""Minimum entropy coupling, with and without a bottleneck."""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
    from infotheory.coupling.bounds import coupling_lower_bound
    from infotheory.coupling.causal import CausalDirection, entropic_causal_direction
    from infotheory.coupling.curve import RateCurve, rate_curve
    from infotheory.coupling.encoder import Encoder, entropy_bounded_information
    from infotheory.coupling.games import GameResult, markov_coding_game
    from infotheory.coupling.iterative import Decoded, FactoredCoupling
    from infotheory.coupling.minimum_entropy import minimum_entropy_coupling
    from infotheory.coupling.rate_limited import BottleneckCoupling, bottleneck_coupling
    from infotheory.coupling.result import Coupling
    from infotheory.coupling.worlds import GridWorld, expected_reward, soft_policy

__all__ = [
    "BottleneckCoupling",
    "CausalDirection",
    "Coupling",
    "Decoded",
    "Encoder",
    "FactoredCoupling",
    "GameResult",
    "GridWorld",
    "RateCurve",
    "bottleneck_coupling",
    "coupling_lower_bound",
    "entropic_causal_direction",
    "entropy_bounded_information",
    "expected_reward",
    "markov_coding_game",
    "minimum_entropy_coupling",
    "rate_curve",
    "soft_policy",
]

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {
    "bounds": ("coupling_lower_bound",),
    "causal": ("CausalDirection", "entropic_causal_direction"),
    "curve": ("RateCurve", "rate_curve"),
    "encoder": ("Encoder", "entropy_bounded_information"),
    "games": ("GameResult", "markov_coding_game"),
    "iterative": ("Decoded", "FactoredCoupling"),
    "minimum_entropy": ("minimum_entropy_coupling",),
    "rate_limited": ("BottleneckCoupling", "bottleneck_coupling"),
    "result": ("Coupling",),
    "worlds": ("GridWorld", "expected_reward", "soft_policy"),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
