"""Search for the best codes of an information bottleneck at one multiplier."""

from collections.abc import Sequence

import numpy as np

from infotheory._typing import FloatArray
from infotheory.measures._bottleneck_codes import Bottleneck, encoder_of, laws_of
from infotheory.measures._fixed_point import FixedPoint

__all__ = ["possible_laws", "search_encoder"]

# The linear program takes smaller probabilities for rounding: such symbols have codes of their
# own, which are merged with others where that costs less.
_RARE = 1e-7

# Up to so many symbols all pairs are tried as codes, beyond it those that mergers lead to.
_ALL_PAIRS = 12

# A code of less mass is none.
_LEAST_CODE = 1e-11

# What is exactly 0 stays 0: starts are mixed with these shares of what has no zeros.
_SOFT = (1e-3, 0.1, 0.5)

_MANY_LAWS = 300

# Shares of the largest mass that a new code may have.
_SHARES = (0.03, 0.3, 0.9)

# New codes in a round, rounds, and starts by chance where codes are few.
_MOST_SPLITS = 6
_ROUNDS = 12
_DRAWS = 24

# Steps of climbs, of starts of which many are compared, and of those that are continued.
_CLIMB = 40
_SHORT = 60
_LONG = 600


def search_encoder(
    problem: Bottleneck,
    n_codes: int,
    *,
    laws: FloatArray,
    starts: Sequence[FloatArray],
    tolerance: float,
    max_iter: int,
) -> tuple[FloatArray, FixedPoint]:
    """Return the best encoder that was found, a fixed point, and how its iteration ended.

    ``laws`` are those of X that codes may have; ``starts`` are encoders of other multipliers.
    """
    fitting = [start for start in starts if start.shape[1] == n_codes]
    # As many codes as symbols first, where prices tell that no other encoder is better.
    codes = _without_spare_codes(problem, _free_encoder(problem, laws, fitting))
    if codes.shape[0] > n_codes:
        codes = _few_codes(problem, codes, n_codes, fitting)
    return problem.fixed_point(encoder_of(codes, n_codes), tolerance=tolerance, max_iter=max_iter)


def possible_laws(problem: Bottleneck) -> FloatArray:
    """Laws of X that codes may have: of single symbols, of Y given, of mergers, of pairs."""
    table, law_x = problem.table, problem.law_x
    n_x = law_x.size
    merged = [codes[-1:] for codes, _ in problem.mergers(np.diag(law_x))]
    laws = [np.eye(n_x), table.T[table.sum(axis=0) > 0], *merged]
    if n_x <= _ALL_PAIRS:
        first, second = np.tril_indices(n_x, -1)
        pairs = np.zeros((first.size, n_x))
        pairs[np.arange(first.size), first] = law_x[first]
        pairs[np.arange(first.size), second] = law_x[second]
        laws.append(pairs)
    return laws_of(np.vstack(laws))


def _free_encoder(
    problem: Bottleneck, laws: FloatArray, starts: Sequence[FloatArray]
) -> FloatArray:
    """Return the best encoder of as many codes as symbols.

    A fixed point sets prices on symbols, which say what laws of X would be worth more than they
    cost, as codes. Where there are some, they are added to the codes, and a linear program mixes
    all codes seen so far.
    """
    n_x = problem.law_x.size
    apart = np.eye(n_x)
    candidates = [encoder_of(problem.law_x[None], n_x)]
    candidates += [
        problem.fixed_point(start, tolerance=1e-9, max_iter=_LONG)[0]
        for start in (apart, 0.99 * apart + 0.01 / n_x, *starts)
    ]
    best = _best(problem, candidates)

    # No encoder is better by more than its laws are worth at most.
    least_worth = 1e-9 + 1e-14 * problem.beta
    pool = laws
    for _ in range(_ROUNDS):
        prices = problem.prices(best)
        codes = laws_of(_codes(problem, best))
        climbed = problem.worthy_laws(prices, _softened(problem, np.vstack([laws, codes])), _CLIMB)
        worth = problem.gain(climbed) - climbed @ prices
        if worth.max() <= least_worth:
            break

        worthy = _distinct(climbed, worth, least_worth)
        split, _ = problem.fixed_point(
            _with_one_more_code(problem, best, worthy), tolerance=1e-9, max_iter=_SHORT
        )
        pool = np.vstack(
            [pool, codes, worthy, *(laws_of(_codes(problem, encoder)) for encoder in split)]
        )
        mixed = encoder_of(_mixture(problem, pool), n_x)
        reached, _ = problem.fixed_point(mixed, tolerance=1e-9, max_iter=_LONG)
        best = _best(problem, [best, reached])
    return best


def _best(problem: Bottleneck, encoders: Sequence[FloatArray]) -> FloatArray:
    """Return the best of some encoders, the first of equals."""
    return min(encoders, key=lambda encoder: float(problem.objective(encoder)))


def _codes(problem: Bottleneck, encoder: FloatArray) -> FloatArray:
    """Return the table of masses, codes by symbols, without codes that no symbol has."""
    joint = (problem.law_x[:, None] * encoder).T
    return np.asarray(joint[joint.sum(axis=1) > _LEAST_CODE])


def _softened(problem: Bottleneck, laws: FloatArray) -> FloatArray:
    """Mix laws with that of X, many of them in one way only."""
    shares = _SOFT if len(laws) <= _MANY_LAWS else _SOFT[1:2]
    return np.vstack([(1.0 - share) * laws + share * problem.law_x for share in shares])


def _distinct(laws: FloatArray, worth: FloatArray, least: float) -> FloatArray:
    """Return some laws of most worth that differ."""
    chosen: list[FloatArray] = []
    for place in np.argsort(-worth):
        if worth[place] <= least or len(chosen) == _MOST_SPLITS:
            break
        if all(np.abs(laws[place] - other).sum() > 0.05 for other in chosen):
            chosen.append(laws[place])
    return np.array(chosen)


def _with_one_more_code(problem: Bottleneck, encoder: FloatArray, laws: FloatArray) -> FloatArray:
    """Give each of some laws of X a code beside those of an encoder, which share what is left."""
    # At the largest mass that a code of such a law may have, some symbol has no other code.
    ratios = laws / problem.law_x
    most = ratios / ratios.max(axis=1, keepdims=True)
    added = np.concatenate([share * most for share in _SHARES])[..., None]
    return np.concatenate([(1.0 - added) * encoder, added], axis=-1)


def _mixture(problem: Bottleneck, pool: FloatArray) -> FloatArray:
    """Weigh the laws of a pool so that their mean is the law of X and that of F is largest.

    Returns the table of masses, codes by symbols: at most as many codes as symbols.
    """
    # `import infotheory` loads no optimiser.
    from scipy.optimize import linprog

    law_x = problem.law_x
    common = law_x > _RARE
    # The simplex method ends at a vertex, which has no more laws than there are symbols. The
    # objective is divided by the size of F, which the tolerances do not know.
    solution = linprog(
        -problem.gain(pool) / (1.0 + problem.beta),
        A_eq=pool[:, common].T,
        b_eq=law_x[common],
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if solution.x is None:
        return np.diag(law_x)

    # Rare symbols have codes of their own, and what the tolerance leaves of the others is put
    # right: in the end the mean of the laws is the law of X.
    used = solution.x > _LEAST_CODE
    joint = pool[used] * solution.x[used, None]
    joint[:, ~common] = 0.0
    joint = np.vstack([joint, np.diag(law_x)[~common]])
    return np.asarray(joint * (law_x / joint.sum(axis=0)))


def _without_spare_codes(problem: Bottleneck, encoder: FloatArray) -> FloatArray:
    """Merge codes as long as that costs nothing: the table of masses, codes by symbols."""
    codes = _codes(problem, encoder)
    nothing = 1e-12 * (1.0 + problem.beta)
    for merged, cost in problem.mergers(codes):
        if cost > nothing:
            break
        codes = merged
    return codes


def _few_codes(
    problem: Bottleneck, joint: FloatArray, n_codes: int, starts: Sequence[FloatArray]
) -> FloatArray:
    """Return the best table of fewer codes than the problem would like."""
    n_x = problem.law_x.size
    hard = [encoder_of(problem.law_x[None], n_codes), *starts]
    for codes in (joint, np.diag(problem.law_x)):
        merged = next(table for table, _ in problem.mergers(codes) if len(table) == n_codes)
        hard.append(encoder_of(merged, n_codes))
    soft = [(1 - share) * e + share / n_codes for e in hard for share in (1e-3, 0.1)]
    rng = np.random.default_rng(0)
    # Mostly one code a symbol, with nothing that is exactly 0. The seed makes results repeat.
    draws = rng.dirichlet(np.full(n_codes, 0.3), size=(_DRAWS, n_x)) * 0.99 + 0.01 / n_codes
    encoders, _ = problem.fixed_point(
        np.concatenate([hard, soft, draws]), tolerance=1e-6, max_iter=300
    )
    return _codes(problem, encoders[np.argmin(problem.objective(encoders))])
