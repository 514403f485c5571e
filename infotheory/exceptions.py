"""Errors and warnings of the package; each says the rule, the value received and the way out."""

__all__ = [
    "ApproximationWarning",
    "BandwidthWarning",
    "InfeasibleError",
    "MissingDependencyError",
    "SparseCellWarning",
    "UnseenValueWarning",
]


class InfeasibleError(ValueError):
    """No solution meets every limit; the message names the limits that cannot be met together."""


class MissingDependencyError(ImportError):
    """A package of an optional extra is not installed; the message gives the command that installs it."""


class SparseCellWarning(UserWarning):
    """A bin has no events or no non-events, so its weight of evidence was made finite by an added half."""


class UnseenValueWarning(UserWarning):
    """Rows hold categories, missing or special values that the fit never saw; they get weight of evidence 0."""


class ApproximationWarning(UserWarning):
    """The chosen method has a bias that its standard error does not show."""


class BandwidthWarning(UserWarning):
    """A kernel bandwidth is far from the distances between the points, so trends of the result may be its doing."""
