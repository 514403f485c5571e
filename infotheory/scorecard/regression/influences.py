"""What each row adds to the error of the coefficients of a card.

The estimation of the weights of evidence is included. The coefficients solve
``U(beta, w) = sum_i a_i (y_i - p_i) = 0`` with ``a_i = (1, weights of evidence of row i)``. The
weight of evidence of bin j, ``ln g_j/G - ln b_j/B``, is estimated on the same rows: a non-event of
bin j moves it by ``1/g_j - 1/G`` and any other bin of the feature by ``-1/G``; an event by
``-(1/b_j - 1/B)`` and ``1/B``. Hence a row moves the score equations by

    u_i = a_i (y_i - p_i) + sum_f sum_j D_fj (influence of row i on w_fj),
    D_fj = sum of [e_f (y - p) - a p (1 - p) beta_f] over the rows of bin j,

and the coefficients by ``H^-1 u_i`` (stacked estimating equations, an M-estimator of Huber's kind).
Squares of sampling weights go with the squared influences.

Rows are taken in blocks: a first pass sums ``D``, a second makes the influences of one block after
the other.

What is linear in the class of a row is so in its two sums, whatever the target: a row of a fraction
is ``1 - y`` of a non-event and ``y`` of an event. Its squared influence then has a mixed term.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.links import LOGIT, MeanLink
from infotheory.scorecard.regression._blocks import pattern_blocks
from infotheory.scorecard.regression.likelihood import with_intercept
from infotheory.scorecard.regression.regressors import Regressor, columns_of, means_moved_by

__all__ = [
    "InfluenceBlock",
    "code_indicators",
    "influence_blocks",
    "influence_by_code",
    "outer_product",
    "row_influences",
    "through_evidence",
]


class InfluenceBlock(NamedTuple):
    """Influences of the rows of some patterns, per unit of weight, shape (n_rows, n_outputs).

    Those of targets that are numbers are per unit of the first and of the second sum.
    """

    rows: Patterns
    nonevent: FloatArray
    event: FloatArray

    def weighted(self) -> tuple[FloatArray, FloatArray]:
        """Return what the influences of one row of each class are multiplied by in a square."""
        squares, crossed = self.rows.squared_weights, self.rows.crossed

        # A row of two classes has one of them; of a number it has both sums, and its squared
        # influence the product of both, half of it on either side.
        nonevent, event = self.nonevent * squares[:, [0]], self.event * squares[:, [1]]
        if crossed is None:
            return nonevent, event
        mixed = crossed[:, None]
        return nonevent + mixed * self.event, event + mixed * self.nonevent


def influence_blocks(
    theta: FloatArray,
    patterns: Patterns,
    regressors: Sequence[Regressor],
    combination: FloatArray,
    link: MeanLink = LOGIT,
) -> Iterator[InfluenceBlock]:
    """Yield what a non-event and an event of each pattern add to ``scores @ combination``.

    ``theta`` holds intercept and coefficients; ``combination``, of shape
    (1 + n_features, n_outputs), makes outputs of the score equations: the bread gives the
    coefficients.
    """
    moving = _influence_through_evidence(theta, patterns, regressors, combination, link)
    n_outputs = combination.shape[1]

    for part in pattern_blocks(patterns):
        design = with_intercept(part.design(columns_of(regressors)))
        terms = link.terms(part.counts, design @ theta)
        combined = design @ combination
        nonevent = combined * terms.by_first[:, None]
        event = combined * terms.by_second[:, None]

        if moving is not None:
            moved = code_indicators(part.codes, regressors) @ moving
            nonevent += moved[:, :n_outputs]
            event += moved[:, n_outputs:]
        yield InfluenceBlock(part, nonevent, event)


def row_influences(
    theta: FloatArray, patterns: Patterns, regressors: Sequence[Regressor], combination: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Influences of all patterns at once, for those who change them, by class."""
    blocks = [
        (block.nonevent, block.event)
        for block in influence_blocks(theta, patterns, regressors, combination)
    ]
    nonevent, event = (np.concatenate(arrays) for arrays in zip(*blocks, strict=True))
    return nonevent, event


def outer_product(blocks: Iterator[InfluenceBlock]) -> FloatArray:
    """Sum the outer products of the influences of all rows, times their squared weights."""
    return np.asarray(
        sum(
            influence.T @ weighted
            for block in blocks
            for influence, weighted in zip(
                (block.nonevent, block.event), block.weighted(), strict=True
            )
        )
    )


def _influence_through_evidence(
    theta: FloatArray,
    patterns: Patterns,
    regressors: Sequence[Regressor],
    combination: FloatArray,
    link: MeanLink,
) -> FloatArray | None:
    """Influence of a row of each code through weights of evidence; None where all are given.

    Columns: the outputs for a non-event, then those for an event.
    """
    if all(regressor.counts is None for regressor in regressors):
        return None

    # By code of all characteristics: sums of a p (1 - p), and of the residuals.
    sizes = [regressor.woe.size for regressor in regressors]
    sums = np.zeros((sum(sizes), theta.size + 1))
    for part in pattern_blocks(patterns):
        design = with_intercept(part.design(columns_of(regressors)))
        terms = link.terms(part.counts, design @ theta)
        # The first columns belong to -a p (1 - p), the last one to the residual.
        curved = design * terms.curvature[:, None]
        sums += code_indicators(part.codes, regressors).T @ np.column_stack(
            [curved, terms.residual]
        )

    return through_evidence(theta, regressors, sums, combination)


def through_evidence(
    theta: FloatArray,
    regressors: Sequence[Regressor],
    sums: FloatArray,
    combination: FloatArray,
) -> FloatArray:
    """Influence of a row of each code through weights of evidence.

    ``sums`` are those of ``a p (1 - p)`` and, in the last column, of the residuals by code of all
    characteristics. Columns: the outputs for a non-event, then those for an event.
    """
    sizes = [regressor.woe.size for regressor in regressors]
    moved = []
    for f, (regressor, of_codes) in enumerate(
        zip(regressors, np.split(sums, np.cumsum(sizes)[:-1]), strict=True)
    ):
        if regressor.counts is None:
            # Values that are given move with no row.
            moved.append(np.zeros((regressor.woe.size, 2 * combination.shape[1])))
            continue

        # The D_fj of the head of this file.
        derivative = -theta[1 + f] * of_codes[:, :-1]
        derivative[:, 1 + f] += of_codes[:, -1]
        through = regressor.through_counts(regressor.sign * (derivative @ combination))
        if regressor.of_means:
            # The derivative of a distance goes through the own bin and through the mean of all
            # rows.
            nonevent, event = (
                scale[:, None] * through - shift @ through
                for scale, shift in means_moved_by(regressor.counts)
            )
        else:
            # An event moves ln g/G - ln b/B through b and B: against the sign of a non-event.
            nonevent = influence_by_code(through, regressor.counts.first)
            event = -influence_by_code(through, regressor.counts.second)
        moved.append(np.hstack([nonevent, event]))
    return np.concatenate(moved)


def code_indicators(codes: IntArray, regressors: Sequence[Regressor]) -> sparse.csr_array:
    """Lay the indicators of the codes of all characteristics side by side.

    Shape (n_rows, n_all_codes): 1 at the code of each characteristic.
    """
    n_rows, n_features = codes.shape
    sizes = [regressor.woe.size for regressor in regressors]
    places = (codes + np.r_[0, np.cumsum(sizes)[:-1]]).astype(np.int32)

    # Every row has one entry a characteristic, so the rows start at equal distances.
    starts = np.arange(0, n_rows * n_features + 1, n_features, dtype=np.int32)
    return sparse.csr_array(
        (np.ones(places.size), places.ravel(), starts), shape=(n_rows, sum(sizes))
    )


def influence_by_code(derivative: FloatArray, counts: FloatArray) -> FloatArray:
    """Multiply a derivative by the influence of a row of each bin on all bins of its feature.

    ``derivative``, of shape (n_codes, n_outputs), is that of the outputs by ``ln(count / total)``
    of one class. A bin without rows has a fixed weight of evidence, and its rows no influence.
    """
    result = np.zeros_like(derivative)

    # The own bin moves by 1 / count, all bins by -1 / total: the second is one number for all.
    occupied = np.flatnonzero(counts > 0.0)
    of_occupied = derivative[occupied]
    result[occupied] = (
        of_occupied / counts[occupied][:, None] - of_occupied.sum(axis=0) / counts.sum()
    )
    return result
