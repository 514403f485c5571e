"""A game in which a player sends a message through its moves on a grid, within a rate."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, softmax

from infotheory._display import html_repr, short_repr
from infotheory._random import Rng, as_generator
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import check_integer, check_option, number_or_nan
from infotheory.coupling._marginals import as_marginal
from infotheory.coupling.encoder import ENCODERS
from infotheory.coupling.rate_limited import couple_by_method
from infotheory.inference import Estimate

__all__ = ["GameResult", "GridWorld", "markov_coding_game", "soft_policy"]

# The grid, the policy and its sweeps are those of the paper's experiment.
_SIZE, _SLIP, _DISCOUNT, _MAX_STEPS, _SWEEPS = 8, 0.1, 0.95, 1000, 100

# Temperatures beyond e^-100 and e^100 change nothing, and squares of these are still float64.
_LARGEST_LOG = 100

# The belief over messages is coupled anew at every step.
_MOST_MESSAGES = 1_000_000
_START, _GOAL, _TRAP = (5, 4), (0, 7), (1, 7)

# Up, right, down, left: a slip goes to the neighbours in this circle.
_MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


@dataclass(frozen=True, slots=True, eq=False)
class GridWorld:
    """The 8 x 8 grid as a Markov decision process; cell (row, column) is ``8 * row + column``.

    Parameters
    ----------
    transition : ndarray of shape (n_states, n_moves, n_states)
        Probabilities of the next state.
    reward : ndarray of shape (n_states,)
        Reward on entering a state.
    terminal : ndarray of shape (n_states,)
        Where an episode ends.
    start : int
        First state.
    """

    transition: FloatArray
    reward: FloatArray
    terminal: BoolArray
    start: int

    __repr__ = short_repr
    _repr_html_ = html_repr

    @classmethod
    def build(cls) -> "GridWorld":
        """Lay out the grid: obstacles, a goal (+1) and a trap (-1) in a corner, slippery moves."""
        n_states = _SIZE * _SIZE
        outcome = np.array(
            [[_next_state(state, move) for move in range(4)] for state in range(n_states)]
        )

        transition = np.zeros((n_states, 4, n_states))
        states = np.arange(n_states)
        for move in range(4):
            for turn, probability in ((0, 1.0 - 2.0 * _SLIP), (1, _SLIP), (-1, _SLIP)):
                transition[states, move, outcome[:, (move + turn) % 4]] += probability

        reward = np.zeros(n_states)
        reward[_state(_GOAL)], reward[_state(_TRAP)] = 1.0, -1.0
        return cls(transition, reward, reward != 0.0, _state(_START))


def _state(cell: tuple[int, int]) -> int:
    """Return the number of a cell."""
    return cell[0] * _SIZE + cell[1]


def _next_state(state: int, move: int) -> int:
    """Return where a move leads: walls, and obstacles on the diagonal, keep it where it is."""
    row, column = divmod(state, _SIZE)
    row, column = row + _MOVES[move][0], column + _MOVES[move][1]
    inside = 0 <= row < _SIZE and 0 <= column < _SIZE
    return _state((row, column)) if inside and (row != column or row == 0) else state


def soft_policy(world: GridWorld, log_beta: float) -> FloatArray:
    """Return the stochastic policy of soft Q iteration (100 sweeps, discount 0.95).

    Parameters
    ----------
    world : GridWorld
        The game.
    log_beta : float
        Natural logarithm of the temperature.

    Returns
    -------
    ndarray of shape (n_states, n_moves)
        Probabilities of the moves.

    Raises
    ------
    ValueError
        If ``log_beta`` does not lie between -100 and 100.
    """
    if not isinstance(world, GridWorld):
        message = f"world must be a GridWorld, got {type(world).__name__}; see GridWorld.build()"
        raise ValueError(message)  # noqa: TRY004 - as all wrong arguments
    if not abs(number_or_nan(log_beta)) <= _LARGEST_LOG:
        message = f"log_beta must lie between -{_LARGEST_LOG} and {_LARGEST_LOG}, got {log_beta!r}"
        raise ValueError(message)
    beta = math.exp(log_beta)
    value = np.zeros(world.reward.size)
    for _ in range(_SWEEPS):
        q = world.transition @ (world.reward + _DISCOUNT * np.where(world.terminal, 0.0, value))
        value = beta * logsumexp(q / beta, axis=1)
    return softmax(q / beta, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class GameResult:
    """What happened in every episode.

    Parameters
    ----------
    discounted_rewards : ndarray of shape (episodes,)
        Discounted reward.
    decoded : ndarray of shape (episodes,)
        1 where the receiver read the message, else 0.
    steps : ndarray of shape (episodes,)
        Length of the trajectory.
    rate : float
        Largest entropy of T in bits, infinite where the game was played without a limit.
    """

    discounted_rewards: FloatArray
    decoded: FloatArray
    steps: IntArray
    rate: float

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def reward(self) -> Estimate:
        """Mean discounted reward with its standard error."""
        return _episode_mean(self.discounted_rewards)

    @property
    def accuracy(self) -> Estimate:
        """Share of messages read with its standard error."""
        return _episode_mean(self.decoded)


def _episode_mean(values: FloatArray) -> Estimate:
    """Mean over episodes; one episode has no error to speak of."""
    error = float(values.std(ddof=1)) / math.sqrt(values.size) if values.size > 1 else math.inf
    return Estimate(value=float(values.mean()), standard_error=error, method="mean over episodes")


def markov_coding_game(
    n_messages: int = 64,
    *,
    rate: float = math.inf,
    method: str = "best",
    log_beta: float = -5.0,
    episodes: int = 100,
    rng: Rng = 0,
) -> GameResult:
    """Play the Markov coding game: send a uniform message through an agent's moves, within a rate.

    At every step the belief over messages is coupled with the policy's moves through a bottleneck
    of H(T) <= R. The agent draws its move given the message; the receiver, who sees the trajectory,
    updates the belief by Bayes' rule. The law of the moves stays the policy's, so the reward does
    not suffer; what the rate costs is accuracy [1]_.

    Parameters
    ----------
    n_messages : int
        Size of the alphabet of messages, from 2 to a million.
    rate : float
        R as a share of the entropy of the message, fixed at the start; inf for no limit. Its
        inverse is the compression rate of the paper.
    method : {"best", "algorithm1", "search", "exact", "uniform"}
        Encoder of `bottleneck_coupling`.
    log_beta : float
        Natural logarithm of the temperature of the policy.
    episodes : int
        Number of episodes, from 1 on.
    rng : numpy.random.Generator or int
        Source of messages, moves and slips, or its seed.

    Returns
    -------
    GameResult
        Rewards and decoded messages by episode.

    Raises
    ------
    ValueError
        If ``n_messages`` is below 2, ``episodes`` below 1, ``rate`` negative or NaN, or ``method``
        unknown.

    References
    ----------
    .. [1] M. R. Ebrahimi, J. Chen, A. Khisti, "Minimum entropy coupling with bottleneck", NeurIPS
       2024, arXiv:2410.21666, section 5.

    Examples
    --------
    >>> game = markov_coding_game(2, episodes=5)
    >>> game.decoded.shape, game.rate
    ((5,), inf)
    """
    check_option("method", method, tuple(ENCODERS))
    check_integer("n_messages", n_messages, high=_MOST_MESSAGES)
    check_integer("episodes", episodes)
    if n_messages < 2 or episodes < 1 or not number_or_nan(rate) >= 0.0:
        message = (
            "the game needs n_messages >= 2, episodes >= 1 and rate >= 0, "
            f"got n_messages={n_messages}, episodes={episodes}, rate={rate}"
        )
        raise ValueError(message)

    generator = as_generator(rng)
    world = GridWorld.build()
    policy = soft_policy(world, log_beta)
    rate = float(rate)
    limit = rate * math.log(n_messages)
    played = [_play(world, policy, n_messages, limit, method, generator) for _ in range(episodes)]
    rewards, decoded, steps = zip(*played, strict=True)
    return GameResult(
        np.array(rewards),
        np.array(decoded, dtype=np.float64),
        np.array(steps),
        rate * math.log2(n_messages),
    )


def _play(
    world: GridWorld,
    policy: FloatArray,
    n_messages: int,
    limit: float,
    method: str,
    rng: np.random.Generator,
) -> tuple[float, bool, int]:
    """Play one episode: its discounted reward, whether the message was read, and its length."""
    sent = int(rng.integers(n_messages))
    belief = np.full(n_messages, 1.0 / n_messages)
    state, reward, step = world.start, 0.0, 0
    while step < _MAX_STEPS and not world.terminal[state]:
        # The sender draws its move given the message; who sees the move updates the belief.
        coupling = couple_by_method(
            as_marginal(belief), as_marginal(policy[state]), limit, method=method, unit=1.0
        )
        joint = coupling.toarray()
        move = int(rng.choice(4, p=joint[sent] / joint[sent].sum()))
        belief = joint[:, move] / joint[:, move].sum()

        state = int(rng.choice(world.reward.size, p=world.transition[state, move]))
        reward += _DISCOUNT**step * float(world.reward[state])
        step += 1
    return reward, int(np.argmax(belief)) == sent, step
