"""Worlds of the coding game: a slippery grid, its soft policies, and what these are worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from scipy.special import logsumexp, softmax

from infotheory._display import html_repr, short_repr
from infotheory._numerics import as_float64
from infotheory._pmfs import as_pmf
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import (
    as_array,
    check_integer,
    check_number,
    check_option,
    number_or_nan,
)
from infotheory.measures._fixed_point import to_numpy

__all__ = [
    "FIRST_POWER",
    "GridWorld",
    "RewardConvention",
    "as_policy",
    "check_world",
    "expected_reward",
    "soft_policy",
]

# The grid, the policy and its sweeps are those of the paper's experiment.
_SHAPE, _START, _GOAL, _TRAP = (8, 8), (5, 4), (0, 7), (1, 7)
_DISCOUNT, _SWEEPS = 0.95, 100

# Temperatures beyond e^-100 and e^100 change nothing, and squares of these are still float64.
_LARGEST_LOG = 100

# A table of transitions has n_states^2 n_moves cells: 128 MB here.
_MOST_CELLS = 2000

# Up, right, down, left: a slip goes to the neighbours in this circle.
_MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))

RewardConvention = Literal["entering", "authors"]

#: Power of the discount that the reward of the first step has.
FIRST_POWER: MappingProxyType[str, int] = MappingProxyType({"entering": 0, "authors": 1})


@dataclass(frozen=True, slots=True, eq=False)
class GridWorld:
    """A Markov decision process with rewards on states; `build` lays out the grid of the game.

    Cell (row, column) of a grid is the state ``n_columns * row + column``.

    Parameters
    ----------
    transition : array-like of shape (n_states, n_moves, n_states)
        Probabilities of the next state; in terminal states nothing is read. The world keeps copies
        of its arrays.
    reward : array-like of shape (n_states,)
        Reward on entering a state.
    terminal : array-like of bool of shape (n_states,)
        Where an episode ends.
    start : int
        First state, not terminal.
    discount : float
        Factor of the reward from step to step, from 0 on and below 1.

    Examples
    --------
    >>> transition = np.zeros((2, 2, 2))
    >>> transition[0, 0, 1] = transition[0, 1, 0] = 1.0  # the first move ends the game
    >>> world = GridWorld(transition, np.array([0.0, 1.0]), np.array([False, True]), start=0)
    >>> world.discount
    0.95
    """

    transition: FloatArray
    reward: FloatArray
    terminal: BoolArray
    start: int
    discount: float = _DISCOUNT

    __repr__ = short_repr
    _repr_html_ = html_repr

    def __post_init__(self) -> None:
        reward = to_numpy(as_float64(self.reward, name="reward"))
        transition = to_numpy(as_float64(self.transition, name="transition"))
        terminal = as_array("terminal", self.terminal)
        n_states = reward.size
        fits = (
            transition.ndim == 3
            and transition.shape[::2] == (n_states, n_states)
            and transition.shape[1] > 0
            and reward.shape == terminal.shape == (n_states,)
        )
        if not fits or n_states == 0:
            message = (
                "a world needs transition of shape (n_states, n_moves, n_states), reward and "
                f"terminal of shape (n_states,), got {transition.shape}, {reward.shape} and "
                f"{terminal.shape}"
            )
            raise ValueError(message)

        # Of integers ``~terminal`` would be the indices -1 and -2 rather than a mask.
        if terminal.dtype != np.bool_ or not np.isfinite(reward).all():
            message = (
                f"terminal must be bool and reward finite, got {terminal.dtype} and "
                f"{reward.tolist()[:6]}"
            )
            raise ValueError(message)

        check_integer("start", self.start, low=0, high=n_states - 1)
        if terminal[self.start]:
            message = f"start must not be terminal, got state {self.start}"
            raise ValueError(message)
        check_number("discount", self.discount, 0.0, 1.0, ends="[)")

        # The rows of terminal states may hold anything, NaN included: nothing follows the end.
        as_pmf(transition[~terminal], name="transition")

        # Copies of what was checked, so that nothing else is used.
        checked = {"transition": transition, "reward": reward, "terminal": terminal}
        for name, array in checked.items():
            object.__setattr__(self, name, np.array(array))
        object.__setattr__(self, "start", int(self.start))

    @classmethod
    def build(
        cls,
        *,
        shape: tuple[int, int] = _SHAPE,
        start: tuple[int, int] = _START,
        goal: tuple[int, int] = _GOAL,
        trap: tuple[int, int] | None = _TRAP,
        obstacles: Sequence[tuple[int, int]] | None = None,
        slip: float = 0.1,
        discount: float = _DISCOUNT,
    ) -> "GridWorld":
        """Lay out a grid: obstacles, a goal (+1) and a trap (-1), both terminal, slippery moves.

        The moves are up, right, down and left. Walls and obstacles leave the player where it is.

        Parameters
        ----------
        shape : tuple of int
            Rows and columns, at most 2000 cells.
        start, goal : tuple of int
            Cells where an episode starts, and where it ends with reward 1.
        trap : tuple of int or None
            Cell where it ends with reward -1; none when None.
        obstacles : sequence of tuple of int, optional
            Cells that cannot be entered; the diagonal but for its first cell when None, as in the
            paper.
        slip : float
            Probability of each of the two neighbouring directions, 0 to 0.5.
        discount : float
            Factor of the reward from step to step, from 0 on and below 1.

        Returns
        -------
        GridWorld
            The grid.

        Raises
        ------
        ValueError
            If a cell lies outside, two of start, goal, trap and the obstacles are the same, or a
            number leaves its range.

        Examples
        --------
        >>> GridWorld.build(shape=(1, 3), start=(0, 0), goal=(0, 2), trap=None, obstacles=[]).reward
        array([0., 0., 1.])
        """
        check_number("slip", slip, 0.0, 0.5)
        n_rows, n_columns = _as_shape(shape)
        if obstacles is None:
            obstacles = [(i, i) for i in range(1, min(n_rows, n_columns))]
        ends = [goal] if trap is None else [goal, trap]
        blocked = [_as_state(cell, (n_rows, n_columns)) for cell in obstacles]
        first, *last = [_as_state(cell, (n_rows, n_columns)) for cell in (start, *ends)]
        if len({first, *last}) < 1 + len(last) or {first, *last} & set(blocked):
            message = (
                "start, goal, trap and obstacles must be different cells, got "
                f"{start}, {goal}, {trap} and {list(obstacles)}"
            )
            raise ValueError(message)

        reward = np.zeros(n_rows * n_columns)
        reward[last] = [1.0, -1.0][: len(last)]
        transition = _transitions((n_rows, n_columns), blocked, slip)
        # Goal and trap are the only cells with a reward, so the reward marks where an episode ends.
        return cls(transition, reward, reward != 0.0, first, discount)


def _as_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns of a grid, checked."""
    try:
        n_rows, n_columns = shape
    except (TypeError, ValueError):
        message = f"shape must be (n_rows, n_columns), got {shape!r}"
        raise ValueError(message) from None
    for name, size in (("n_rows", n_rows), ("n_columns", n_columns)):
        check_integer(name, size, high=_MOST_CELLS)
    if n_rows * n_columns > _MOST_CELLS:
        message = f"shape must have at most {_MOST_CELLS} cells, got {shape!r}"
        raise ValueError(message)
    return int(n_rows), int(n_columns)


def _as_state(cell: tuple[int, int], shape: tuple[int, int]) -> int:
    """Return the number of a cell of a grid."""
    try:
        # A place between two cells becomes -1, which is outside; OverflowError is what an infinite
        # one raises.
        row, column = (int(place) if place == int(place) else -1 for place in cell)
    except (TypeError, ValueError, OverflowError):
        row, column = -1, -1
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        message = f"cells must be (row, column) inside the grid of shape {shape}, got {cell!r}"
        raise ValueError(message)
    return row * shape[1] + column


def _transitions(shape: tuple[int, int], blocked: list[int], slip: float) -> FloatArray:
    """Return the probabilities of the next cell by cell and move."""
    rows, columns = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    states = np.arange(rows.size)
    outcome: IntArray = np.empty((states.size, len(_MOVES)), dtype=np.intp)
    for move, (down, right) in enumerate(_MOVES):
        # A step beyond the border is clipped back: walls leave the player where it is.
        row = np.clip(rows + down, 0, shape[0] - 1)
        column = np.clip(columns + right, 0, shape[1] - 1)
        there = row * shape[1] + column
        outcome[:, move] = np.where(np.isin(there, blocked), states, there)

    transition = np.zeros((states.size, len(_MOVES), states.size))
    for move in range(len(_MOVES)):
        for turn, probability in ((0, 1.0 - 2.0 * slip), (1, slip), (-1, slip)):
            # Added, not set: two of the directions may end in the same cell. Within one direction
            # each state occurs once, so no addition is lost.
            transition[states, move, outcome[:, (move + turn) % len(_MOVES)]] += probability
    return transition


def check_world(world: object) -> None:
    """Raise ValueError unless it is a `GridWorld`."""
    if not isinstance(world, GridWorld):
        message = f"world must be a GridWorld, got {type(world).__name__}; see GridWorld.build()"
        raise ValueError(message)  # noqa: TRY004 - as all wrong arguments


def as_policy(policy: ArrayLike, world: GridWorld) -> FloatArray:
    """Return probabilities of the moves by state, checked where an episode goes on."""
    table = np.asarray(to_numpy(policy))
    if table.shape != world.transition.shape[:2]:
        message = (
            "policy must have shape (n_states, n_moves) = "
            f"{world.transition.shape[:2]}, got {table.shape}"
        )
        raise ValueError(message)
    playing = ~world.terminal
    moves: FloatArray = np.zeros(table.shape)
    moves[playing] = as_pmf(table[playing], name="policy")
    return moves


def soft_policy(
    world: GridWorld, log_beta: float, *, convention: RewardConvention = "entering"
) -> FloatArray:
    r"""Return the stochastic policy of soft Q iteration (100 sweeps).

    With ``V = beta log sum_a exp(Q / beta)`` and discount g, "entering" iterates
    ``Q(s, a) = sum_s' T(s' | s, a) (r(s') + g V(s'))`` with V = 0 at the end. "authors" is what the
    code published with [1]_ computes: ``Q(s, a) = r(s) + g sum_s' T(s' | s, a) V(s')``, and
    ``Q = r`` of every move at the end, whose V therefore has ``beta log 4`` more than r.

    Parameters
    ----------
    world : GridWorld
        The game.
    log_beta : float
        Natural logarithm of the temperature.
    convention : {"entering", "authors"}
        When rewards are paid.

    Returns
    -------
    ndarray of shape (n_states, n_moves)
        Probabilities of the moves.

    Raises
    ------
    ValueError
        If ``log_beta`` does not lie between -100 and 100, or ``convention`` is unknown.

    References
    ----------
    .. [1] M. R. Ebrahimi, J. Chen, A. Khisti, "Minimum entropy coupling with bottleneck", NeurIPS
       2024, arXiv:2410.21666, algorithm 8 and its code.

    Examples
    --------
    >>> transition = np.zeros((2, 2, 2))
    >>> transition[0, 0, 1] = transition[0, 1, 0] = 1.0  # the first move ends the game
    >>> reward, terminal = np.array([0.0, 1.0]), np.array([False, True])
    >>> world = GridWorld(transition, reward, terminal, start=0, discount=0.5)
    >>> bool(soft_policy(world, log_beta=-2.0)[0, 0] > 0.5)
    True
    """
    check_world(world)
    check_option("convention", convention, tuple(FIRST_POWER))
    if not abs(number_or_nan(log_beta)) <= _LARGEST_LOG:
        message = f"log_beta must lie between -{_LARGEST_LOG} and {_LARGEST_LOG}, got {log_beta!r}"
        raise ValueError(message)

    beta = math.exp(log_beta)
    reward, terminal = world.reward, world.terminal
    entering = convention == "entering"
    # the authors start at Q = 0, where V is the entropy of equal moves
    value = np.full(reward.size, 0.0 if entering else beta * math.log(world.transition.shape[1]))
    for _ in range(_SWEEPS):
        if entering:
            q = world.transition @ (reward + world.discount * np.where(terminal, 0.0, value))
        else:
            q = reward[:, None] + world.discount * (world.transition @ value)
            q[terminal] = reward[terminal, None]
        value = beta * logsumexp(q / beta, axis=1)
    return softmax(q / beta, axis=1)


def expected_reward(
    world: GridWorld, policy: ArrayLike, *, convention: RewardConvention = "entering"
) -> float:
    """Exact expected discounted reward of a policy from the start on.

    A coding game keeps the law of the moves, so this is what it earns on average at every rate.

    Parameters
    ----------
    world : GridWorld
        The game.
    policy : array-like of shape (n_states, n_moves)
        Probabilities of the moves; at the end nothing is read.
    convention : {"entering", "authors"}
        Whether the reward of the first step counts whole, or is discounted once as in the code
        published with [1]_.

    Returns
    -------
    float
        Expected reward, without a limit on the steps.

    Raises
    ------
    ValueError
        If ``policy`` is no table of pmfs that fits the world, or ``convention`` is unknown.

    References
    ----------
    .. [1] M. R. Ebrahimi, J. Chen, A. Khisti, "Minimum entropy coupling with bottleneck", NeurIPS
       2024, arXiv:2410.21666.

    Examples
    --------
    >>> world = GridWorld.build()
    >>> policy = soft_policy(world, -6.0, convention="authors")
    >>> round(expected_reward(world, policy, convention="authors"), 3)
    0.332
    """
    check_world(world)
    check_option("convention", convention, tuple(FIRST_POWER))
    moves = as_policy(policy, world)
    # nothing follows the end: its rows are zero, and with them its value
    onward = np.where(world.terminal[:, None, None], 0.0, world.transition)
    step = np.einsum("sm,smt->st", moves, onward)
    # With a discount below 1 each diagonal entry outweighs the rest of its row: there is one
    # solution.
    value = np.linalg.solve(np.eye(world.reward.size) - world.discount * step, step @ world.reward)
    return float(world.discount ** FIRST_POWER[convention] * value[world.start])
