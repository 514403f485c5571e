"""What an analyst must hear of a binned feature: it knows the outcome, or is mostly noise."""

from collections.abc import Iterable, Mapping, Sequence

from infotheory._any_table import AnyTable
from infotheory._validation import check_integer, check_option
from infotheory._warnings import warn, warn_once_a_call
from infotheory.binning.prebins.separation import GENUINE, area_of_parted_class, separating_area
from infotheory.cells import BinSpec
from infotheory.engines.placing import MOST_PREBINS
from infotheory.exceptions import ApproximationWarning, HighCardinalityWarning, LeakageWarning
from infotheory.tables import CountTable

__all__ = [
    "check_max_levels",
    "warn_many_levels",
    "warn_of_prebins",
    "warn_separating",
]


#: Levels above which a category is mostly noise, whatever the number of rows.
MOST_LEVELS = 50
#: Levels above this share of the rows have fewer than twenty rows each.
MOST_LEVELS_BY_ROW = 0.05
#: Levels up to this number are few, however small the sample is.
FEW_LEVELS = 9

_SHOWN = 5


def check_max_levels(limit: str | int | None) -> None:
    """Raise ValueError where a limit on the levels of a category is none."""
    if limit is None or isinstance(limit, str):
        check_option("max_levels", limit, ("auto", None))
    else:
        check_integer("max_levels", limit, alternative=', "auto", or None for no limit')


def warn_of_prebins(
    prebins: Sequence[tuple[BinSpec, AnyTable]],
    max_levels: Sequence[str | int | None],
    max_n_prebins: Sequence[int],
) -> None:
    """Warn of all that pre-bins tell; limits come one a feature."""
    warn_separating(prebins)
    warn_many_levels(prebins, max_levels)

    # Equal values may leave fewer of them than there would be without the bound.
    bounded = {
        spec.name: f"{spec.n_bins} pre-bins, max_n_prebins={wanted}"
        for (spec, _), wanted in zip(prebins, max_n_prebins, strict=True)
        if wanted > MOST_PREBINS and spec.n_bins > MOST_PREBINS // 2
    }
    if bounded:
        message = (
            f"features have at most {MOST_PREBINS} pre-bins, since a search looks at each pair of "
            f"them: {_shown(bounded)}; max_n_prebins={MOST_PREBINS} says the same without a warning"
        )
        warn(message, ApproximationWarning)


def warn_separating(prebins: Iterable[tuple[BinSpec, AnyTable]]) -> None:
    """Warn once about all features that separate the classes, or nearly."""
    # Amounts have no perfect cut: nothing separates them. Of several classes one may be parted.
    found = {
        spec.name: separating_area(spec, table)
        if isinstance(table, CountTable)
        else area_of_parted_class(spec, table)
        for spec, table in prebins
    }
    areas = {name: area for name, area in found.items() if area is not None}
    if not areas:
        return

    message = (
        f"features that separate the classes, or nearly: {_shown(areas, 'area under the curve')}, "
        f"where an excellent bureau score reaches {GENUINE:g}; they may be known only after the "
        "outcome: exclude them, or make sure that they are known when the score is used"
    )
    warn(message, LeakageWarning)


def warn_many_levels(
    prebins: Iterable[tuple[BinSpec, AnyTable]], max_levels: Sequence[str | int | None]
) -> None:
    """Warn once about all categories with more levels than is allowed, one limit a feature."""
    found = {}
    for (spec, table), limit in zip(prebins, max_levels, strict=True):
        if spec.kind != "categorical" or limit is None:
            continue
        # The Kish size: weights that differ tell less than their number.
        n_rows = table.weight.sum() ** 2 / table.squared_weight.sum()
        most = min(MOST_LEVELS, max(FEW_LEVELS, MOST_LEVELS_BY_ROW * n_rows))
        if spec.n_bins > (most if isinstance(limit, str) else limit):
            found[spec.name] = f"{spec.n_bins} levels in {n_rows:.0f} rows"
    if not found:
        return

    message = (
        f"categories with many levels: {_shown(found)}; their information value on the rows of the "
        "fit is mostly noise: pool rare levels (cat_cutoff), leave them out, or raise max_levels"
    )
    warn_once_a_call(message, HighCardinalityWarning, about=", ".join(found))


def _shown(found: Mapping[str, object], what: str = "") -> str:
    """Name the first features, each with what was found."""
    texts = [
        f"{name!r} ({what} {value:.4g})" if isinstance(value, float) else f"{name!r} ({value})"
        for name, value in list(found.items())[:_SHOWN]
    ]
    more = len(found) - len(texts)
    return ", ".join(texts) + (f" and {more} more" if more else "")
