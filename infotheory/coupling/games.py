"""A game in which a player sends a message through its moves in a world, within a rate."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import entr

from infotheory._display import html_repr, short_repr
from infotheory._pmfs import as_pmf
from infotheory._random import Rng, as_generator
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import check_flag, check_integer, check_option, number_or_nan
from infotheory.coupling._marginals import Marginal, sort_marginal
from infotheory.coupling.encoder import ENCODERS
from infotheory.coupling.rate_limited import couple_by_method
from infotheory.coupling.worlds import (
    FIRST_POWER,
    GridWorld,
    RewardConvention,
    as_policy,
    check_world,
    soft_policy,
)
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, JeffreysLaw, StudentLaw, WithheldLaw
from infotheory.measures._fixed_point import to_numpy

__all__ = ["GameResult", "markov_coding_game"]

# An episode that meets no end is cut off here; with the paper's discount of .95 a later reward
# would count less than 1e-22.
_MAX_STEPS = 1000

# The belief over messages is coupled anew at every step.
_MOST_MESSAGES = 1_000_000

_N_MESSAGES = 64

_METHOD = "mean over episodes"


@dataclass(frozen=True, slots=True, eq=False)
class GameResult:
    """What happened in every episode.

    Parameters
    ----------
    discounted_rewards : ndarray of shape (episodes,)
        Discounted reward.
    decoded : ndarray of shape (episodes,)
        1 where the receiver read the whole message, else 0.
    steps : ndarray of shape (episodes,)
        Length of the trajectory.
    rate : float
        Largest entropy of T in bits, that of the first block where blocks differ; infinite where
        the game was played without a limit.
    messages : ndarray of int of shape (episodes, n_blocks)
        Symbols that were sent.
    decoded_blocks : ndarray of shape (episodes, n_blocks)
        1 where the receiver read the symbol of a block, else 0.
    beliefs : tuple of ndarray of shape (steps + 1,)
        For each episode the probability that the receiver gives to the message sent, before the
        first move and after each.
    belief_entropies : tuple of ndarray of shape (steps + 1,)
        Entropy of the receiver's belief in bits, at the same times.
    informations : tuple of ndarray of shape (steps,)
        Information between message and move in the coupling of each step, in bits.
    states : tuple of ndarray of int of shape (steps + 1,)
        Where the player was.
    moves : tuple of ndarray of int of shape (steps,)
        What it did.
    whole_beliefs : tuple of ndarray of shape (steps + 1, n_blocks, n_messages)
        Whole beliefs at the same times; empty unless asked for.
    policy : ndarray of shape (n_states, n_moves)
        Policy that was played.
    """

    discounted_rewards: FloatArray
    decoded: FloatArray
    steps: IntArray
    rate: float
    messages: IntArray
    decoded_blocks: FloatArray
    beliefs: tuple[FloatArray, ...]
    belief_entropies: tuple[FloatArray, ...]
    informations: tuple[FloatArray, ...]
    states: tuple[IntArray, ...]
    moves: tuple[IntArray, ...]
    whole_beliefs: tuple[FloatArray, ...]
    policy: FloatArray

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def reward(self) -> Estimate:
        """Mean discounted reward with Student's interval.

        The interval is withheld of one episode, and of episodes that all earned the same.
        """
        return _episode_mean(self.discounted_rewards)

    @property
    def accuracy(self) -> Estimate:
        """Share of messages read with its standard error and Jeffreys interval."""
        law = JeffreysLaw(float(self.decoded.size))
        value, error = _mean_and_error(self.decoded)
        return Estimate(value=value, standard_error=error, method=_METHOD, law=law)

    def belief_after(self, step: int) -> Estimate:
        """Mean belief in the message sent after some moves; what has ended stays as it ended.

        Parameters
        ----------
        step : int
            Number of moves, from 0 on.

        Returns
        -------
        Estimate
            Mean over the episodes with Student's interval; withheld where all beliefs are equal, as
            those in equally likely messages are before the first move.
        """
        check_integer("step", step, low=0)
        values = [path[min(step, path.size - 1)] for path in self.beliefs]
        return _episode_mean(np.array(values))


def _mean_and_error(values: FloatArray) -> tuple[float, float]:
    """Mean over episodes and its standard error; one episode has no error to speak of."""
    error = float(values.std(ddof=1)) / math.sqrt(values.size) if values.size > 1 else math.inf
    return float(values.mean()), error


def _episode_mean(values: FloatArray) -> Estimate:
    """Mean over episodes, with an interval where they say how far it may be off."""
    value, error = _mean_and_error(values)
    law: IntervalLaw = StudentLaw(values.size - 1.0)
    # Not by the error: equal numbers may differ from their mean by its rounding.
    if (values == values[0]).all():
        law = WithheldLaw("episodes that do not differ say nothing of their error")
    return Estimate(value=value, standard_error=error, method=_METHOD, law=law)


@dataclass(frozen=True, slots=True, eq=False)
class _Rules:
    """What is agreed on before an episode; rates in nats, one a block."""

    world: GridWorld
    policy: FloatArray
    moves: tuple[Marginal, ...]
    priors: FloatArray
    limits: FloatArray
    method: str
    compress: str
    first_power: int
    keep_beliefs: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Episode:
    """One episode as it went."""

    sent: IntArray
    read: IntArray
    reward: float
    states: IntArray
    moves: IntArray
    beliefs: FloatArray
    entropies: FloatArray
    informations: FloatArray
    whole: FloatArray


def markov_coding_game(
    n_messages: int | None = None,
    *,
    rate: float = math.inf,
    method: str = "best",
    log_beta: float = -5.0,
    episodes: int = 100,
    rng: Rng = 0,
    prior: ArrayLike | None = None,
    n_blocks: int | None = None,
    compress: Literal["message", "moves"] = "message",
    convention: RewardConvention = "entering",
    world: GridWorld | None = None,
    policy: ArrayLike | None = None,
    keep_beliefs: bool = False,
) -> GameResult:
    """Play the Markov coding game: send a message through an agent's moves, within a rate.

    At every step the belief over messages is coupled with the policy's moves through a bottleneck
    of H(T) <= R. The agent draws its move given the message; the receiver, who sees the trajectory,
    updates the belief by Bayes' rule. The law of the moves stays the policy's, so the reward does
    not suffer (`expected_reward` is exact); what the rate costs is accuracy [1]_.

    A message may consist of blocks that are independent. Then each step sends of the block whose
    belief has the largest entropy, the first of equal ones.

    Parameters
    ----------
    n_messages : int, optional
        Size of the alphabet of messages, or of each block, from 2 to a million; that of ``prior``,
        or else 64, when None.
    rate : float
        R as a share of the entropy of the message, or of the block, fixed at the start; inf for no
        limit. Its inverse is the compression rate of the paper.
    method : {"best", "algorithm1", "search", "exact", "balanced", "uniform"}
        Encoder of `bottleneck_coupling`.
    log_beta : float
        Natural logarithm of the temperature of the policy; not used where ``policy`` is given.
    episodes : int
        Number of episodes, from 1 on.
    rng : numpy.random.Generator or int
        Source of messages, moves and slips, or its seed.
    prior : array-like of shape (n_messages,) or (n_blocks, n_messages), optional
        Probabilities of the messages, or of the symbols of each block; uniform when None.
    n_blocks : int, optional
        Blocks of a message; those of ``prior``, or else 1, when None.
    compress : {"message", "moves"}
        What T describes: the message, or the move (the reverse mode of the authors' code).
    convention : {"entering", "authors"}
        Whether the reward of the first step counts whole, or is discounted once as in the authors'
        code, whose policy differs as well, see `soft_policy`.
    world : GridWorld, optional
        Where the game is played; the grid of the paper, `GridWorld.build`, when None.
    policy : array-like of shape (n_states, n_moves), optional
        Probabilities of the moves; the soft policy of ``log_beta`` when None.
    keep_beliefs : bool
        Keep the whole belief after each move in ``whole_beliefs``, 8 bytes a message, move and
        episode; beliefs in the message sent are always kept.

    Returns
    -------
    GameResult
        Rewards, decoded messages, beliefs and trajectories by episode.

    Raises
    ------
    ValueError
        If ``n_messages`` is below 2, ``episodes`` below 1, ``rate`` negative or NaN, an option
        unknown, or a prior or policy no pmfs of the right shape.

    Notes
    -----
    In the authors' code the rate of a message in blocks is an array that fits no block; here each
    block has its own.

    References
    ----------
    .. [1] M. R. Ebrahimi, J. Chen, A. Khisti, "Minimum entropy coupling with bottleneck", NeurIPS
       2024, arXiv:2410.21666, section 5.

    Examples
    --------
    >>> game = markov_coding_game(2, episodes=5)
    >>> game.decoded.shape, game.rate
    ((5,), inf)
    >>> game.beliefs[0][0].round(6).tolist(), len(game.beliefs[0]) - len(game.moves[0])
    (0.5, 1)
    """
    check_option("method", method, tuple(ENCODERS))
    check_option("compress", compress, ("message", "moves"))
    check_option("convention", convention, tuple(FIRST_POWER))
    check_integer("episodes", episodes)
    check_flag("keep_beliefs", keep_beliefs)
    priors = _as_priors(prior, n_messages, n_blocks)
    if priors.shape[1] < 2 or not number_or_nan(rate) >= 0.0:
        message = (
            "the game needs n_messages >= 2, episodes >= 1 and rate >= 0, "
            f"got n_messages={priors.shape[1]}, episodes={episodes}, rate={rate}"
        )
        raise ValueError(message)

    world = GridWorld.build() if world is None else world
    check_world(world)
    if policy is None:
        policy = soft_policy(world, log_beta, convention=convention)
    entropies = entr(priors).sum(axis=1)
    played = as_policy(policy, world)
    rules = _Rules(
        world=world,
        policy=played,
        # the moves of each state are sorted once for all episodes
        moves=tuple(sort_marginal(law) for law in played),
        priors=priors,
        # infinity times the entropy 0 of a certain block would be NaN
        limits=np.full_like(entropies, math.inf) if math.isinf(rate) else float(rate) * entropies,
        method=method,
        compress=compress,
        first_power=FIRST_POWER[convention],
        keep_beliefs=bool(keep_beliefs),
    )

    generator = as_generator(rng)
    return _result(rules, [_play(rules, generator) for _ in range(episodes)])


def _as_priors(prior: ArrayLike | None, n_messages: int | None, n_blocks: int | None) -> FloatArray:
    """Return the prior of each block, (n_blocks, n_messages)."""
    for name, value in (("n_messages", n_messages), ("n_blocks", n_blocks)):
        if value is not None:
            check_integer(name, value, high=_MOST_MESSAGES)
    if prior is None:
        size = _N_MESSAGES if n_messages is None else int(n_messages)
        _check_symbols(size, n_blocks)
        return np.full((1 if n_blocks is None else int(n_blocks), size), 1.0 / size)

    laws = np.asarray(to_numpy(as_pmf(prior, name="prior")))
    if laws.ndim == 1:
        _check_symbols(laws.size, n_blocks)
        laws = np.tile(laws, (1 if n_blocks is None else int(n_blocks), 1))
    fits = laws.ndim == 2 and n_messages in (None, laws.shape[-1])
    if not fits or n_blocks not in (None, laws.shape[0]):
        message = (
            "prior must have shape (n_messages,) or (n_blocks, n_messages), got shape "
            f"{np.shape(prior)} with n_messages={n_messages}, n_blocks={n_blocks}"
        )
        raise ValueError(message)
    return laws


def _check_symbols(n_messages: int, n_blocks: int | None) -> None:
    """Raise ValueError where beliefs of all blocks would be too long."""
    if n_messages * (n_blocks or 1) > _MOST_MESSAGES:
        message = (
            f"n_blocks times n_messages must be at most {_MOST_MESSAGES}, got {n_blocks} times "
            f"{n_messages}"
        )
        raise ValueError(message)


def _play(rules: _Rules, rng: np.random.Generator) -> _Episode:
    """Play one episode."""
    world = rules.world
    sent = np.array([_draw(prior, rng) for prior in rules.priors])
    belief, entropies = rules.priors.copy(), entr(rules.priors).sum(axis=1)
    every = np.arange(sent.size)

    states, reward = [world.start], 0.0
    moves: list[int] = []
    informations: list[float] = []
    # Blocks are independent: beliefs in a message multiply, and entropies add up.
    beliefs, doubts, whole = [float(belief[every, sent].prod())], [float(entropies.sum())], []
    if rules.keep_beliefs:
        whole.append(belief.copy())
    while len(moves) < _MAX_STEPS and not world.terminal[states[-1]]:
        # The sender draws its move given the message; who sees the move updates the belief.
        block = int(np.argmax(entropies))
        joint, information = _couple(rules, states[-1], block, belief[block])
        row = joint[sent[block]]
        move = int(rng.choice(row.size, p=row / row.sum()))
        belief[block] = joint[:, move] / joint[:, move].sum()
        entropies[block] = entr(belief[block]).sum()

        state = int(rng.choice(world.reward.size, p=world.transition[states[-1], move]))
        power = len(moves) + rules.first_power
        reward += world.discount**power * float(world.reward[state])
        states.append(state)
        moves.append(move)
        informations.append(information)
        beliefs.append(float(belief[every, sent].prod()))
        doubts.append(float(entropies.sum()))
        if rules.keep_beliefs:
            whole.append(belief.copy())

    return _Episode(
        sent=sent,
        read=belief.argmax(axis=1),
        reward=reward,
        states=np.array(states),
        moves=np.array(moves, dtype=np.intp),
        beliefs=np.array(beliefs),
        entropies=np.array(doubts) / math.log(2.0),
        informations=np.array(informations),
        whole=np.array(whole),
    )


def _draw(prior: FloatArray, rng: np.random.Generator) -> int:
    """Draw a symbol; equal ones without a table of their sums."""
    if (prior == prior[0]).all():
        return int(rng.integers(prior.size))
    return int(rng.choice(prior.size, p=prior / prior.sum()))


def _couple(rules: _Rules, state: int, block: int, belief: FloatArray) -> tuple[FloatArray, float]:
    """Couple the belief in a block with the moves: (n_messages, n_moves), and their bits."""
    message, moves = sort_marginal(belief), rules.moves[state]
    sides = (message, moves) if rules.compress == "message" else (moves, message)
    coupling = couple_by_method(
        *sides, float(rules.limits[block]), method=rules.method, unit=math.log(2.0)
    )
    joint = coupling.toarray()
    return joint if rules.compress == "message" else joint.T, coupling.information


def _result(rules: _Rules, played: list[_Episode]) -> GameResult:
    """Lay episodes side by side."""
    messages = np.array([episode.sent for episode in played])
    right = np.array([episode.read for episode in played]) == messages

    # The episodes have their entropies and informations in bits already, the limits are in nats.
    return GameResult(
        discounted_rewards=np.array([episode.reward for episode in played]),
        decoded=right.all(axis=1).astype(np.float64),
        steps=np.array([episode.moves.size for episode in played]),
        rate=float(rules.limits[0]) / math.log(2.0),
        messages=messages,
        decoded_blocks=right.astype(np.float64),
        beliefs=tuple(episode.beliefs for episode in played),
        belief_entropies=tuple(episode.entropies for episode in played),
        informations=tuple(episode.informations for episode in played),
        states=tuple(episode.states for episode in played),
        moves=tuple(episode.moves for episode in played),
        whole_beliefs=tuple(episode.whole for episode in played if rules.keep_beliefs),
        policy=rules.policy,
    )
