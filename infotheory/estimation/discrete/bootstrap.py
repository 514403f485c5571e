"""Bootstrap by resampling counts: multinomial draws of a table, never of rows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from infotheory._interrupts import in_pieces
from infotheory._random import Rng, as_generator
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_counts, check_integer
from infotheory.inference import Estimate

__all__ = ["BootstrapLaw", "bootstrap_counts"]

# Beyond it two whole numbers can be one float64.
_MOST_RESAMPLES = 10_000_000
_MOST_ROWS = 2.0**53
# Of all tables that are drawn together: some 10 MB, and a tenth of a second
_CELLS_AT_ONCE = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapLaw:
    """Basic bootstrap interval: quantiles of the resampled errors, taken from the value."""

    # Resampled values less the value, sorted, of shape (n_resamples,)
    errors: FloatArray
    name: str = field(default="basic bootstrap", init=False)

    def interval(
        self,
        value: float,
        standard_error: float,  # noqa: ARG002 - laws share one interface
        level: float,
    ) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = np.quantile(self.errors, [0.5 - level / 2.0, 0.5 + level / 2.0])
        return value - float(high), value - float(low)


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
        values; it is called once for each million cells.
    n_resamples : int
        Number of tables drawn, at least 2.
    rng : Generator or int, optional
        Source of randomness, or its seed.

    Returns
    -------
    Estimate
        Value at the observed frequencies, standard deviation of the resampled values, basic
        bootstrap interval.

    Raises
    ------
    ValueError
        If the counts are not whole, ``n_resamples`` is below 2, or the statistic returns another
        number of values.

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
    generator, values = as_generator(rng), np.empty(n_resamples + 1)
    # In pieces, so that memory is bounded and Ctrl-C is heard between two of them.
    for piece in in_pieces(n_resamples, max(1, _CELLS_AT_ONCE // table.size)):
        size = piece.stop - piece.start
        drawn = generator.multinomial(total, frequencies, size=size) / total
        # The observed table goes first through the same call as the drawn ones.
        first = [frequencies[None]] if piece.start == 0 else []
        tables = np.concatenate([*first, drawn]).reshape(-1, *table.shape)
        of_piece = np.asarray(statistic(tables), dtype=np.float64)
        if of_piece.shape != (len(tables),):
            message = (
                f"statistic must return one value a table, got shape {of_piece.shape} for "
                f"{len(tables)} tables"
            )
            raise ValueError(message)
        values[piece.stop + 1 - len(tables) : piece.stop + 1] = of_piece

    value, resampled = float(values[0]), values[1:]
    law = BootstrapLaw(np.sort(resampled - value))
    return Estimate(
        value=value, standard_error=float(resampled.std(ddof=1)), method="bootstrap", law=law
    )
