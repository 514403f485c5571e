"""Estimates from samples and counts, each with a standard error and an interval.

Names are loaded when they are first named, what selects features (a transformer of scikit-learn)
like the rest.
"""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
    from infotheory.estimation.discrete.bootstrap import bootstrap_counts
    from infotheory.estimation.discrete.pairwise import (
        PairwiseMutualInformation,
        pairwise_mutual_information,
    )
    from infotheory.estimation.entropy_estimates import entropy_from_counts, estimate_entropy
    from infotheory.estimation.information_estimates import (
        estimate_conditional_mutual_information,
        estimate_mutual_information,
    )
    from infotheory.estimation.many.higher_order import (
        HigherOrder,
        higher_order_information,
        local_o_information,
        o_information_gradient,
    )
    from infotheory.estimation.selection import MutualInformationSelector, mutual_information_score
    from infotheory.estimation.series.estimates import SeriesEstimate
    from infotheory.estimation.series.history import HistoryChoice, choose_history
    from infotheory.estimation.series.lag_scan import LagScan, lagged_mutual_information
    from infotheory.estimation.series.networks.search import TransferNetwork, transfer_network
    from infotheory.estimation.series.rates import (
        BlockEntropies,
        block_entropies,
        estimate_entropy_rate,
        predictive_information,
    )
    from infotheory.estimation.series.signals import stack_trials
    from infotheory.estimation.series.transfer import active_information_storage, transfer_entropy

__all__ = [
    "BlockEntropies",
    "HigherOrder",
    "HistoryChoice",
    "LagScan",
    "MutualInformationSelector",
    "PairwiseMutualInformation",
    "SeriesEstimate",
    "TransferNetwork",
    "active_information_storage",
    "block_entropies",
    "bootstrap_counts",
    "choose_history",
    "entropy_from_counts",
    "estimate_conditional_mutual_information",
    "estimate_entropy",
    "estimate_entropy_rate",
    "estimate_mutual_information",
    "higher_order_information",
    "lagged_mutual_information",
    "local_o_information",
    "mutual_information_score",
    "o_information_gradient",
    "pairwise_mutual_information",
    "predictive_information",
    "stack_trials",
    "transfer_entropy",
    "transfer_network",
]

#: Where each name lives: a room that needs one of them does not load the others.
_PLACES = {
    "discrete.bootstrap": ("bootstrap_counts",),
    "discrete.pairwise": ("PairwiseMutualInformation", "pairwise_mutual_information"),
    "entropy_estimates": ("entropy_from_counts", "estimate_entropy"),
    "information_estimates": (
        "estimate_conditional_mutual_information",
        "estimate_mutual_information",
    ),
    "many.higher_order": (
        "HigherOrder",
        "higher_order_information",
        "local_o_information",
        "o_information_gradient",
    ),
    "selection": ("MutualInformationSelector", "mutual_information_score"),
    "series.estimates": ("SeriesEstimate",),
    "series.history": ("HistoryChoice", "choose_history"),
    "series.lag_scan": ("LagScan", "lagged_mutual_information"),
    "series.networks.search": ("TransferNetwork", "transfer_network"),
    "series.rates": (
        "BlockEntropies",
        "block_entropies",
        "estimate_entropy_rate",
        "predictive_information",
    ),
    "series.signals": ("stack_trials",),
    "series.transfer": ("active_information_storage", "transfer_entropy"),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
