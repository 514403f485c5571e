"""Results to matplotlib axes: functions take a result and an optional ``ax``, and return axes."""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
    from infotheory.plots._style import PALETTE
    from infotheory.plots.binning import plot_binning, plot_binnings, plot_ranking
    from infotheory.plots.couplings import plot_coupling
    from infotheory.plots.decision import (
        plot_alignment,
        plot_cut_offs,
        plot_reject_points,
        plot_reject_quantity,
    )
    from infotheory.plots.fairness_frontier import plot_frontier
    from infotheory.plots.lattice import plot_lattice
    from infotheory.plots.periods import (
        plot_drift,
        plot_migration,
        plot_shares,
        plot_stability,
        plot_stability_map,
    )
    from infotheory.plots.rate_curve import plot_rate_curve
    from infotheory.plots.spectral import plot_spectral
    from infotheory.plots.validation import (
        plot_calibration,
        plot_class_curves,
        plot_lift,
        plot_lorenz,
        plot_roc,
        plot_score_distribution,
    )

__all__ = [
    "PALETTE",
    "plot_alignment",
    "plot_binning",
    "plot_binnings",
    "plot_calibration",
    "plot_class_curves",
    "plot_coupling",
    "plot_cut_offs",
    "plot_drift",
    "plot_frontier",
    "plot_lattice",
    "plot_lift",
    "plot_lorenz",
    "plot_migration",
    "plot_ranking",
    "plot_rate_curve",
    "plot_reject_points",
    "plot_reject_quantity",
    "plot_roc",
    "plot_score_distribution",
    "plot_shares",
    "plot_spectral",
    "plot_stability",
    "plot_stability_map",
]

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {
    "_style": ("PALETTE",),
    "binning": ("plot_binning", "plot_binnings", "plot_ranking"),
    "couplings": ("plot_coupling",),
    "decision": ("plot_alignment", "plot_cut_offs", "plot_reject_points", "plot_reject_quantity"),
    "fairness_frontier": ("plot_frontier",),
    "lattice": ("plot_lattice",),
    "periods": (
        "plot_drift",
        "plot_migration",
        "plot_shares",
        "plot_stability",
        "plot_stability_map",
    ),
    "rate_curve": ("plot_rate_curve",),
    "spectral": ("plot_spectral",),
    "validation": (
        "plot_calibration",
        "plot_class_curves",
        "plot_lift",
        "plot_lorenz",
        "plot_roc",
        "plot_score_distribution",
    ),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
