"""Pairs of series without transfer, drawn from linear models that remember as the observed ones do.

The F test of transfer is off where both series remember for long: the memory of the target is
estimated too short, and what of it is missing a source of its own memory seems to explain. Series
drawn without transfer, from autoregressions whose memory was corrected for that bias, show the law
that the statistic has then.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, special

from infotheory._compiled import compiled
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.estimation._row_memory import autocorrelations
from infotheory.estimation.series.embedding import Embedding, Lagged, embed
from infotheory.estimation.series.signals import Signal, Trials

__all__ = ["PairWithoutTransfer", "informations_of_draws"]

#: Longest memory of the autoregressions, in steps; measured series have noise, which makes it long.
_MOST_LAGS = 8
#: Steps for each lag, and rows for each column of a regression.
_STEPS_A_LAG, _ROWS_A_COLUMN = 15, 3
#: Lags beyond those, of seasons, and the size of the tests that find the first of them.
_MOST_FAR_LAGS, _SIZE_OF_FAR_LAGS = 4, 0.01
#: Akaike's price of a weight.
_PRICE = 2.0
#: Numbers that the columns of the draws of one pass may hold.
_MOST_NUMBERS = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class PairWithoutTransfer:
    """A target that remembers itself, and a source that remembers itself and the target."""

    # The columns of the target, then those of the source, without their means, of shape (n, d)
    series: FloatArray
    n_target: int
    # How many steps before, and what a step takes of these, of shape (n_lags, d, d)
    lags: IntArray
    weights: FloatArray
    # What the conditions add to each step, of shape (n, d)
    added: FloatArray
    # Residuals of the steps that were seen, of shape (n_rows, d)
    shocks: FloatArray
    # Steps that stay as they are: the first ones of each trial
    stays: BoolArray

    @classmethod
    def fit(
        cls,
        target: Signal,
        source: Signal | None,
        conditions: Sequence[Lagged],
        trials: Trials,
        reach: int,
        *,
        sparing: bool = False,
    ) -> "PairWithoutTransfer | None":
        """Fit the models; ``reach`` is the past of the target that they have at least.

        Without a source it is the target alone. The number of lags is Akaike's, or if ``sparing``
        that of Schwarz's rule. None where the steps are too few.
        """
        signals = [target, *([] if source is None else [source])]

        def fitted(far: tuple[int, ...]) -> "tuple[PairWithoutTransfer, IntArray] | None":
            found = _steps_by_lags(signals, conditions, trials, reach, far)
            if found is None:
                return None
            n_lags, rows = found
            price = math.log(rows.n_rows) if sparing else _PRICE
            return cls._of_steps(signals, conditions, trials, reach, rows.steps, n_lags, far, price)

        far: tuple[int, ...] = ()
        model = fitted(far)
        # A season is a memory with a gap: what the lags that follow one another leave shows it.
        while model is not None and len(far) < _MOST_FAR_LAGS:
            lag = _far_lag(*model, max(_MOST_LAGS, reach), far)
            if lag is None:
                break
            longer = fitted((*far, lag))
            if longer is None:
                break
            model, far = longer, (*far, lag)
        return None if model is None else model[0]

    @classmethod
    def _of_steps(
        cls,
        signals: Sequence[Signal],
        conditions: Sequence[Lagged],
        trials: Trials,
        reach: int,
        steps: IntArray,
        n_lags: int,
        far: Sequence[int],
        price: float,
    ) -> "tuple[PairWithoutTransfer, IntArray]":
        """Fit the models to some steps; the price of a weight chooses of lags that are not far."""
        series = np.hstack([_centered(one) for one in signals])
        n_target, width = signals[0].n_columns, series.shape[1]
        given = _centered_columns(conditions, np.arange(len(series)))
        lags = np.array([*range(1, n_lags + 1), *far])
        past = [series[steps - lag] for lag in lags]
        own = [one[:, :n_target] for one in past]
        now, of_conditions = series[steps], given[steps]
        weights = np.zeros((lags.size, width, width))
        added, shocks = np.zeros(series.shape), np.empty(now.shape)
        most_taken = 0
        blocks = [(slice(0, n_target), own, reach), (slice(n_target, width), past, 1)]
        for block, columns, least in blocks[: len(signals)]:
            always = np.hstack([*columns[n_lags:], of_conditions])
            found, left = _autoregression(now[:, block], columns[:n_lags], always, least, price)
            n_known = columns[0].shape[1]
            n_taken = (len(found) - always.shape[1]) // n_known
            taken = [*range(n_taken), *range(n_lags, lags.size)]
            for place, lag in enumerate(taken):
                weights[lag, block, :n_known] = found[place * n_known : (place + 1) * n_known].T
            added[:, block] = given @ found[len(taken) * n_known :]
            shocks[:, block] = left
            _lengthen(weights, lags, block, steps.size)
            most_taken = max(most_taken, n_taken)

        # Lags that no model takes are left out: a draw asks each of them at each step.
        taken = [*range(most_taken), *range(n_lags, lags.size)]
        weights, lags = weights[taken], lags[taken]
        # Short trials would hardly be drawn if all that a model might take stayed as it is.
        first = int(lags.max()) if trials.named else max(n_lags, *far, 1)
        stays = trials.place < first
        return cls(series, n_target, lags, weights, added, shocks, stays), steps

    def draw(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw pairs of series, of shape (n_draws, n_steps, d)."""
        picked = rng.integers(len(self.shocks), size=(n_draws, len(self.series)))
        drawn = np.empty((n_draws, *self.series.shape))
        _run(
            self.series, self.stays, self.lags, self.weights, self.added, self.shocks, picked, drawn
        )
        return drawn

    def shifted(self, shares: FloatArray, trials: Trials, turn: int | None = None) -> FloatArray:
        """Return the series with the source rolled, inside trials, by shares of their lengths.

        If given, what comes after ``turn`` steps is the beginning again.
        """
        lengths = trials.lengths[trials.number] if turn is None else turn
        shifts = np.rint(shares[:, None] * lengths).astype(np.intp)
        places = trials.starts[trials.number] + (trials.place - shifts) % lengths
        source = self.series[places, self.n_target :]
        target = np.broadcast_to(self.series[:, : self.n_target], (*places.shape, self.n_target))
        return np.concatenate([target, source], axis=2)

    def with_memory(self, more: float) -> "PairWithoutTransfer":
        """Return the model with its largest root as an arcsine of so much more.

        It is no nearer to 1 than the rows can tell.
        """
        root = _largest_root(self.weights, self.lags)
        moved = math.sin(min(0.5 * math.pi, math.asin(min(root, 1.0)) + more))
        to = min(max(moved, 0.0), 1.0 - 1.0 / len(self.shocks))
        return replace(self, weights=_with_root(self.weights, self.lags, root, to))

    def mirrored(self) -> "PairWithoutTransfer":
        """Return the model whose correlations at odd lags have the other sign."""
        signs = np.where(self.lags % 2 == 1, -1.0, 1.0)[:, None, None]
        return replace(self, weights=self.weights * signs)

    def covariances(self, n_lags: int) -> FloatArray:
        """Return those of a step and the steps before it, of shape (n_lags * d, n_lags * d)."""
        width = self.series.shape[1]
        padded = np.zeros((max(n_lags, int(self.lags.max())), width, width))
        padded[self.lags - 1] = self.weights
        shock = np.zeros((len(padded) * width,) * 2)
        shock[:width, :width] = self.shocks.T @ self.shocks / len(self.shocks)
        whole = linalg.solve_discrete_lyapunov(_companion(padded), shock)
        return np.asarray(whole[: n_lags * width, : n_lags * width])

    def draws_at_once(self, n_columns: int) -> int:
        """Return how many draws, each with so many columns, one pass may hold."""
        return max(1, _MOST_NUMBERS // (len(self.series) * n_columns))


def informations_of_draws(
    target: FloatArray,
    source: FloatArray,
    steps: IntArray,
    past: Sequence[int],
    given: FloatArray,
    source_lags: Sequence[Sequence[int]],
    now: Sequence[int] = (0,),
) -> FloatArray:
    """Return the largest information over groups of lags of the source, for each draw, in nats.

    It is the plug-in of Gaussian variables: of the target at the lags ``now`` and the source, given
    the past of the target and the columns ``given``, which are the same in all draws.
    """
    n_draws, n_target = len(target), target.shape[2]
    lags = sorted({lag for group in source_lags for lag in group})
    first, last = int(steps[0]), int(steps[-1])

    def before(drawn: FloatArray, lag: int) -> FloatArray:
        # Steps that follow one another are seen where they lie: a list of them copies each draw.
        if last - first + 1 == steps.size:
            return drawn[:, first - lag : last + 1 - lag]
        return drawn[:, steps - lag]

    own = [before(target, lag) for lag in past]
    fixed = np.broadcast_to(given, (n_draws, *given.shape))
    sent = [before(source, lag) for lag in lags]
    following = [before(target, lag) for lag in now]

    columns = np.concatenate([*own, fixed, *following, *sent], axis=2)
    # A product: sums over the steps of few columns take `mean` thirty times as long.
    columns -= (np.full(steps.size, 1.0 / steps.size) @ columns)[:, None]
    products = np.swapaxes(columns, 1, 2) @ columns

    n_given, n_sent = n_target * len(past) + given.shape[1], source.shape[2]
    among, across = products[:, :n_given, :n_given], products[:, :n_given, n_given:]
    left = products[:, n_given:, n_given:]
    # The Schur complement: what the past and the conditions do not explain.
    left = left - np.swapaxes(across, 1, 2) @ np.linalg.solve(among, across)

    def log_volume(places: list[int]) -> FloatArray:
        return np.asarray(np.linalg.slogdet(left[:, places][:, :, places])[1])

    # What follows may be several steps, as many blocks of the target's columns.
    n_here = n_target * len(now)
    here, largest = list(range(n_here)), np.full(n_draws, -np.inf)
    for group in source_lags:
        of_source = [
            n_here + lags.index(lag) * n_sent + column for lag in group for column in range(n_sent)
        ]
        together = log_volume(here + of_source)
        information = 0.5 * (log_volume(here) + log_volume(of_source) - together)
        largest = np.maximum(largest, information)
    return largest


def _steps_by_lags(
    signals: Sequence[Signal],
    conditions: Sequence[Lagged],
    trials: Trials,
    least: int,
    far: Sequence[int],
) -> tuple[int, Embedding] | None:
    """Return how many lags models may have, at least some, and the steps that have so many.

    Gaps and short trials leave few steps with a long past: of models with more lags than they must
    have, half of the steps of those are left. None where there are too few in any case.
    """
    most = max(least, min(_MOST_LAGS, signals[0].n_steps // _STEPS_A_LAG))
    width = sum(one.n_columns for one in signals)
    n_given = sum(len(one.lags) * one.signal.n_columns for one in conditions)

    def rows_of(n_lags: int) -> Embedding | None:
        lags = (*range(n_lags + 1), *far)
        try:
            rows = embed([*(Lagged(one, lags) for one in signals), *conditions], trials)
        except ValueError:  # no step has so long a past
            return None
        fewest = _ROWS_A_COLUMN * ((n_lags + len(far)) * width + n_given)
        return rows if rows.n_rows >= fewest else None

    of_least = rows_of(least)
    if of_least is None:
        return None
    for n_lags in range(most, least, -1):
        rows = rows_of(n_lags)
        if rows is not None and 2 * rows.n_rows >= of_least.n_rows:
            return n_lags, rows
    return least, of_least


def _far_lag(
    model: PairWithoutTransfer, steps: IntArray, beyond: int, known: Sequence[int]
) -> int | None:
    """Return the lag beyond others at which what a model leaves remembers the most, if it does."""
    grid = np.zeros((len(model.series), model.shocks.shape[1]))
    grid[steps] = model.shocks
    memory = np.abs(autocorrelations(grid)).max(axis=1)
    memory[: beyond + 1] = memory[list(known)] = 0.0
    n_tests = model.shocks.shape[1] * max(1, len(memory) - beyond - 1)
    limit = special.ndtri(1.0 - 0.5 * _SIZE_OF_FAR_LAGS / n_tests) / math.sqrt(steps.size)
    lag = int(memory.argmax())
    return lag if memory[lag] > limit else None


def _centered(signal: Signal) -> FloatArray:
    """Return columns without their means; a step without a value stands at the mean."""
    there = ~signal.missing
    values = np.where(there[:, None], signal.values, 0.0).astype(np.float64)
    return np.where(there[:, None], values - values[there].mean(axis=0), 0.0)


def _centered_columns(parts: Sequence[Lagged], steps: IntArray) -> FloatArray:
    """Return lagged columns at all steps; before the first step a series stands at its mean."""
    columns = []
    for part in parts:
        centered = _centered(part.signal)
        for lag in part.lags:
            early = steps < lag
            columns.append(np.where(early[:, None], 0.0, centered[np.where(early, 0, steps - lag)]))
    return np.hstack(columns) if columns else np.empty((steps.size, 0))


def _autoregression(
    now: FloatArray, past: Sequence[FloatArray], given: FloatArray, least: int, price: float
) -> tuple[FloatArray, FloatArray]:
    """Return weights of some lags and of the conditions, and residuals, at a price a weight."""
    fits = []
    for n_lags in range(least, len(past) + 1):
        columns = np.hstack([*past[:n_lags], given])
        found = np.linalg.lstsq(columns, now, rcond=None)[0]
        left = now - columns @ found
        volume = float(np.linalg.slogdet(left.T @ left)[1])
        fits.append((len(now) * volume + price * found.size, found, left))

    _, found, left = min(fits, key=lambda fit: fit[0])
    weights: FloatArray = np.asarray(found, dtype=np.float64)
    left = left - left.mean(axis=0)
    # A regression takes a degree of freedom a column from its residuals.
    scale = np.sqrt(len(now) / (len(now) - len(weights) - 1.0))
    return weights, np.asarray(left * scale)


def _lengthen(weights: FloatArray, lags: IntArray, block: slice, n_rows: int) -> None:
    """Give series the memory that least squares took from them, without making them explode.

    The sum of the weights of a series of memory rho is too small by ``(1 + 3 rho) / n`` (Kendall
    1954, doi:10.1093/biomet/41.3-4.403).
    """
    for column in range(block.start, block.stop):
        memory = float(weights[:, column, column].sum())
        weights[0, column, column] += min((1.0 + 3.0 * memory) / n_rows, max(0.0, 1.0 - memory))

    own = weights[:, block, block]
    root = _largest_root(own, lags)
    if root > 1.0:
        weights[:, block, block] = _with_root(own, lags, root, 1.0)


def _companion(weights: FloatArray) -> FloatArray:
    """Return what takes the last steps, the latest first, to the next."""
    n_lags, width = weights.shape[:2]
    companion = np.eye(n_lags * width, k=-width)
    companion[:width] = np.hstack(list(weights))
    return companion


def _largest_root(weights: FloatArray, lags: IntArray) -> float:
    """How much a memory loses in a step, at the least: 1 where it loses nothing."""
    every = np.zeros((int(lags.max()), *weights.shape[1:]))
    every[lags - 1] = weights
    return float(np.abs(np.linalg.eigvals(_companion(every))).max())


def _with_root(weights: FloatArray, lags: IntArray, root: float, to: float) -> FloatArray:
    """Multiply all roots, of which the largest is given, so that it is another."""
    # Weights of lag k times a ratio to the power of k have roots times the ratio.
    powers = lags.astype(np.float64)[:, None, None]
    return np.asarray(weights * (to / max(root, 1e-12)) ** powers)


@compiled
def _run(
    series: FloatArray,
    stays: BoolArray,
    lags: IntArray,
    weights: FloatArray,
    added: FloatArray,
    shocks: FloatArray,
    picked: IntArray,
    drawn: FloatArray,
) -> None:
    """Write each draw step after step: what its past says, what is added, and a shock."""
    n_lags, width = weights.shape[:2]
    for draw in range(drawn.shape[0]):
        for step in range(drawn.shape[1]):
            for column in range(width):
                value = series[step, column]
                if not stays[step]:
                    value = added[step, column] + shocks[picked[draw, step], column]
                    for lag in range(n_lags):
                        for other in range(width):
                            before = drawn[draw, step - lags[lag], other]
                            value += weights[lag, column, other] * before
                drawn[draw, step, column] = value
