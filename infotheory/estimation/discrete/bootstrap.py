"""Bootstrap by resampling counts: multinomial draws of a table, never of rows."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from infotheory._interrupts import in_pieces
from infotheory._random import Rng, as_generator
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import as_counts, check_integer
from infotheory._warnings import warn
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import WithheldLaw, two_sided_quantile

__all__ = ["BootstrapLaw", "bootstrap_counts"]

# Beyond it two whole numbers can be one float64.
_MOST_RESAMPLES = 10_000_000
_MOST_ROWS = 2.0**53
# Of all tables that are drawn together: some 10 MB, and a tenth of a second
_CELLS_AT_ONCE = 2**20

# Draws know nothing of a cell without rows, and little of one of few. Where half a row in each of
# them moves the value by more than this many errors, or they are more than this share of all cells,
# intervals covered .4 to .9.
_FEW_ROWS, _MOST_MOVED, _MOST_FEW = 5.0, 0.5, 0.25

# A length, such as a total variation or Cramér's V, that is noise alone has all of its mean as
# bias, and draws, whose noise comes on top of it, show `sqrt(2) - 1` of that: 1.4 times the bias of
# the draws are not in it, and more where the value happens to be large. By 1.4 total variations of
# equal samples were covered .90.
_BIAS_NOT_SHOWN = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapLaw:
    """The widest ends of three bootstrap intervals.

    Each takes the bias of the draws off the value. The basic one takes off quantiles of their
    errors, and the one of percentiles adds them: which of the two errs where errors are skewed
    hangs on how the variance goes with the value, and the normal one lies between them. The end
    towards which the bias is taken off reaches further, by what draws do not show of it.
    """

    # Resampled values less the value, sorted, of shape (n_resamples,)
    errors: FloatArray
    name: str = field(default="bootstrap", init=False)

    def interval(
        self,
        value: float,
        standard_error: float,
        level: float,
    ) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = np.quantile(self.errors, [0.5 - level / 2.0, 0.5 + level / 2.0]).tolist()
        bias, margin = float(self.errors.mean()), two_sided_quantile(level) * standard_error
        not_shown = _BIAS_NOT_SHOWN * bias
        lows = (-high - max(not_shown, 0.0), -bias - margin, low - 2.0 * bias)
        highs = (-low - min(not_shown, 0.0), -bias + margin, high - 2.0 * bias)
        return value + min(lows), value + max(highs)


def bootstrap_counts(
    counts: ArrayLike,
    statistic: "Callable[[FloatArray], ArrayLike]",
    *,
    n_resamples: int = 999,
    rng: Rng = None,
) -> Estimate:
    """Estimate a function of a table of counts with a multinomial bootstrap error.

    Drawing the table anew is the same as resampling rows, at a cost that does not grow with the
    rows.

    Parameters
    ----------
    counts : array-like
        Whole counts, of any shape.
    statistic : callable
        Takes frequencies of shape ``(n, *counts.shape)``, each table summing to 1, and returns n
        values; it is called once for each million cells, on the table of the counts, where cells
        have fewer than 5 rows on that with half a row more in each of them, and on the tables
        drawn.
    n_resamples : int
        Number of tables drawn, at least 2.
    rng : Generator or int, optional
        Source of randomness, or its seed.

    Returns
    -------
    Estimate
        Value at the observed frequencies, standard deviation of the resampled values, and the
        widest ends of the basic, the normal and the percentile interval, each without the bias of
        the draws; the lower end of the basic one is lower by twice that bias (where it is negative
        the upper end is higher). Withheld, with a WithheldWarning, where more than a
        quarter of the cells have fewer than 5 rows, or half a row more in each of these moves the
        value by more than half an error: rows that were not seen do; where a drawn table has no
        finite value, as a divergence from an empty cell; and where all have one.

    Raises
    ------
    ValueError
        If the counts are not whole, ``n_resamples`` is below 2, or the statistic returns another
        number of values.

    Warns
    -----
    WithheldWarning
        If the interval is withheld.

    Notes
    -----
    Intervals of 95 % cover .92 to .98 in total variations and Hellinger's distance of equal
    samples, Cramér's V of independent labels (such lengths are all noise there, and quantiles of
    draws alone cover .66 to .72), divergences of two samples, normalised and variation of
    information, entropies and effective numbers, with ten rows a cell (300 samples each). Near
    independence those of information are wide; `estimate_mutual_information` and
    `entropy_from_counts` know more there, and where cells are sparse.

    Examples
    --------
    >>> from infotheory.measures.entropies import entropy
    >>> estimate = bootstrap_counts([50, 50], lambda p: entropy(p, base=2), rng=0)
    >>> estimate.value
    1.0
    """
    table = as_counts(counts)
    if (table != np.floor(table)).any():
        message = f"counts must be whole to draw tables, got {table[table != np.floor(table)][0]}"
        raise ValueError(message)
    check_integer("n_resamples", n_resamples, low=2, high=_MOST_RESAMPLES)
    if not callable(statistic):
        message = f"statistic must be a function of tables of shares, got {statistic!r}"
        raise ValueError(message)  # noqa: TRY004 - as all wrong arguments
    if table.sum() > _MOST_ROWS:
        message = (
            f"counts must add up to at most 2^53, got {table.sum():g}; beyond it whole numbers are "
            "not told apart"
        )
        raise ValueError(message)

    total = int(table.sum())
    frequencies = table.ravel() / total
    # What the statistic makes of rows that few cells happen not to have, beside the counts.
    first = [frequencies, *_with_halves(table.ravel())]
    values = _values_of_draws(statistic, total, first, table.shape, n_resamples, as_generator(rng))

    value, resampled = float(values[0]), values[len(first) :]
    finite = np.isfinite(resampled)
    error = float(resampled.std(ddof=1)) if finite.all() else math.nan
    few = float((table < _FEW_ROWS).mean())
    reason = _why_withheld(values[: len(first)], finite, error, few)
    if reason is not None:
        warn(reason, WithheldWarning)
    return Estimate(
        value=value,
        standard_error=error,
        method="bootstrap",
        law=BootstrapLaw(np.sort(resampled - value)) if reason is None else WithheldLaw(reason),
    )


def _with_halves(counts: FloatArray) -> list[FloatArray]:
    """Frequencies with half a row more in each cell of few rows, where there are such cells."""
    few = counts < _FEW_ROWS
    filled = counts + 0.5 * few
    return [filled / filled.sum()] if few.any() else []


def _values_of_draws(
    statistic: "Callable[[FloatArray], ArrayLike]",
    total: int,
    first: list[FloatArray],
    shape: tuple[int, ...],
    n_resamples: int,
    generator: np.random.Generator,
) -> FloatArray:
    """Values of some tables, and of those drawn from the first of them."""
    frequencies = first[0]
    values = np.empty(n_resamples + len(first))
    # In pieces, so that memory is bounded and Ctrl-C is heard between two of them.
    for piece in in_pieces(n_resamples, max(1, _CELLS_AT_ONCE // frequencies.size)):
        drawn = generator.multinomial(total, frequencies, size=piece.stop - piece.start) / total
        # The observed table goes first through the same call as the drawn ones.
        ahead = [np.stack(first)] if piece.start == 0 else []
        tables = np.concatenate([*ahead, drawn]).reshape(-1, *shape)
        of_piece = np.asarray(statistic(tables), dtype=np.float64)
        if of_piece.shape != (len(tables),):
            message = (
                f"statistic must return one value a table, got shape {of_piece.shape} for "
                f"{len(tables)} tables"
            )
            raise ValueError(message)
        end = piece.stop + len(first)
        values[end - len(tables) : end] = of_piece
    return values


def _why_withheld(of_counts: FloatArray, finite: BoolArray, error: float, few: float) -> str | None:
    """Reason why no interval is known to hold, None where one is."""
    if not (finite.all() and np.isfinite(of_counts[0])):
        return (
            f"{int((~finite).sum())} of {finite.size} drawn tables have no finite value, as a "
            "divergence from an empty cell: nothing bounds the statistic; merge rare cells"
        )

    if error == 0.0:
        return "all drawn tables have one value: how much it may vary is not known"
    if few > _MOST_FEW:
        return (
            f"{few:.0%} of the cells have fewer than {_FEW_ROWS:g} rows (at most {_MOST_FEW:.0%}): "
            "draws know nothing of rows that were not seen; merge rare cells, and leave out cells "
            "that can have no rows"
        )

    # Few rows of a cell do no harm where the value does not hang on them.
    moved = float(np.abs(of_counts[1:] - of_counts[0]).max(initial=0.0)) / error
    # no number, too, is no small one
    if not moved <= _MOST_MOVED:
        return (
            f"cells have fewer than {_FEW_ROWS:g} rows, and half a row more in each of them moves "
            f"the value by {moved:.2g} errors (at most {_MOST_MOVED:g}): draws know nothing of "
            "rows that were not seen; merge rare cells, or take more rows"
        )
    return None
