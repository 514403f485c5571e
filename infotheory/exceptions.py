"""Errors and warnings of the package; each says the rule, the value received and the way out."""

from infotheory._clash import refuse_clash

__all__ = [
    "ApproximationWarning",
    "BandwidthWarning",
    "CoefficientSignWarning",
    "EventLabelWarning",
    "ForeignCardWarning",
    "HighCardinalityWarning",
    "InfeasibleError",
    "InfotheoryWarning",
    "LeakageWarning",
    "MissingDependencyError",
    "NotConvergedWarning",
    "QueryError",
    "RefitWarning",
    "RowOrderWarning",
    "SolverWarning",
    "SparseCellWarning",
    "SpecialCodesWarning",
    "UnseenValueWarning",
    "WithheldWarning",
]

# Every room comes here first, and where the other package was installed last its __init__.py stands
# in the place of ours: a call from there would never be made.
refuse_clash(__file__)


class InfeasibleError(ValueError):
    """No solution meets every limit; the message names the limits that cannot be met together."""


class MissingDependencyError(ImportError):
    """A package of an optional extra is not installed; the message says how to install it."""


class QueryError(RuntimeError):
    """A database did not answer a query; nothing of what was counted before is kept."""


class InfotheoryWarning(UserWarning):
    """A number of this package needs a second look; all warnings of the package derive from it.

    Examples
    --------
    >>> import warnings
    >>> from infotheory.evidence import information_value
    >>> from infotheory.tables import CountTable
    >>> table = CountTable.from_codes([0, 0, 1, 1, 1], [0, 0, 0, 1, 1])
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", InfotheoryWarning)
    ...     try:
    ...         information_value(table)
    ...     except InfotheoryWarning as warning:
    ...         print(type(warning).__name__)
    SparseCellWarning
    """


class SparseCellWarning(InfotheoryWarning):
    """A bin lacks events or non-events; an added half made its weight of evidence finite."""


class UnseenValueWarning(InfotheoryWarning):
    """Rows hold values that the fit never saw; they get weight of evidence 0."""


class ApproximationWarning(InfotheoryWarning):
    """A method has a bias that no error shows, or an export rounds what it compares."""


class BandwidthWarning(InfotheoryWarning):
    """A kernel bandwidth is far from the distances between points: trends may be its doing."""


class NotConvergedWarning(InfotheoryWarning, RuntimeWarning):
    """An iteration or a search ended early, or has no end: separated rows, a gap, a time limit."""


class SolverWarning(InfotheoryWarning, RuntimeWarning):
    """Another solver than the one named does the work; the optimum is the same."""


class ForeignCardWarning(InfotheoryWarning):
    """The export of another package says something in a way that its own scorer reads otherwise."""


class EventLabelWarning(InfotheoryWarning):
    """The event had to be guessed among two labels that do not say which of them it is."""


class LeakageWarning(InfotheoryWarning):
    """A characteristic separates the classes, or nearly: it may be known only after the outcome."""


class CoefficientSignWarning(InfotheoryWarning):
    """A coefficient turns the sign of a characteristic: better bins would get fewer points."""


class HighCardinalityWarning(InfotheoryWarning):
    """A categorical feature has so many levels that its evidence is mostly noise."""


class RefitWarning(InfotheoryWarning):
    """A binner that was edited by hand is learnt anew, and its edits are lost."""


class RowOrderWarning(InfotheoryWarning):
    """Two arguments of pandas name rows, or bins, in another order: position alone matches them."""


class SpecialCodesWarning(InfotheoryWarning):
    """Special codes probably do not mean what was written: a near name, a code no row holds."""


class WithheldWarning(InfotheoryWarning):
    """An interval or a p-value is not shown, since none was shown to hold there; the value is."""


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
