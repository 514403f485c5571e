"""What two sources say of a target alone, alike, and only together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base, safe_log
from infotheory._pmfs import as_joint
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import as_variables, check_option
from infotheory._warnings import warn
from infotheory.decomposition.common_change import common_change_of_groups
from infotheory.exceptions import NotConvergedWarning
from infotheory.lattice import Information
from infotheory.measures._broja import least_joint_information
from infotheory.measures._fixed_point import to_numpy
from infotheory.measures.mutual import mutual_information

__all__ = [
    "PartialInformation",
    "as_sources",
    "meet_information",
    "partial_information_decomposition",
    "redundant_information",
]

# Probabilities below it change no digit, and their squares leave float64.
_NEGLIGIBLE = 1e-100

# Cells below it move no information by the gap at which a program ends, and its Newton steps, which
# keep every cell positive, by next to nothing.
_RARE = 1e-18

# Nats of a gap from which on what was found is not the least joint information.
_UNPROVEN = 1e-6

KINDS = ("williams_beer", "minimum", "meet", "broja", "common_change")


@dataclass(frozen=True, slots=True)
class PartialInformation:
    """The information of two sources on a target, split into four parts.

    Parameters
    ----------
    redundancy : float
        What each source says by itself.
    unique : tuple of float
        What only the first, and only the second, source says.
    synergy : float
        What only both together say.
    kind : str
        The measure of redundancy.
    gap : float
        Certified bound on the error of each part; 0 for closed formulas.
    """

    redundancy: float
    unique: tuple[float, float]
    synergy: float
    kind: str
    gap: float

    __repr__ = short_repr
    _repr_html_ = html_repr


def redundant_information(
    p: ArrayLike,
    *,
    sources: "Sequence[int | Sequence[int]] | None" = None,
    target: int = -1,
    kind: str = "broja",
    base: Base = None,
) -> float:
    """Information on the target that every source has.

    - ``"williams_beer"``: ``I_min``, the mean over target values of the least specific information
      of a source;
    - ``"minimum"``: ``I_MMI``, the least mutual information of a source;
    - ``"meet"``: ``I(T; meet of the sources)``, what can be read off each source alone with
      certainty;
    - ``"broja"``: what the least synergistic law with the same pair laws leaves to both (two
      sources);
    - ``"common_change"``: ``I_ccs``, the mean local co-information of the sources and the target
      over the outcomes at which it has the sign of the local information of every source and of all
      together, under the law of most entropy that keeps the law of the sources and that of each
      source and the target. A change of 0 (below 1e-8) has no sign and shares nothing; outcomes
      pass from one sign to the other at once, so that the measure jumps as the law moves.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable.
    sources : sequence of int or of sequences of int, optional
        Variables of each source; every variable but the target, one a source, when None.
    target : int
        The variable that the sources tell of.
    kind : {"williams_beer", "minimum", "meet", "broja", "common_change"}
        Measure of redundancy.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Redundancy, from 0 to the least mutual information of a source; that of ``"common_change"``
        may be below 0 or above it, where the sources mislead.

    Raises
    ------
    ValueError
        If ``p`` is not a joint table, a source or the target is not one of its variables, the
        target is in a source, ``kind`` is not known, ``"broja"`` is asked for more or fewer than
        two sources, or ``"common_change"`` for more than 8 sources or 2048 pairs of a joint value
        of the sources and a target value.

    Warns
    -----
    NotConvergedWarning
        If the law of most entropy of ``"common_change"`` was not reached, or the least joint
        information of ``"broja"`` not within 1e-6 nats.

    References
    ----------
    P. Williams, R. Beer (2010), "Nonnegative decomposition of multivariate information",
    arXiv:1004.2515, eq. (3). A. Barrett (2015), "Exploration of synergistic and redundant
    information sharing in static and dynamical Gaussian systems", arXiv:1411.2832 (minimum). V.
    Griffith et al. (2014), "Intersection information based on common randomness", arXiv:1310.1538
    (meet). N. Bertschinger et al. (2014), "Quantifying unique information", arXiv:1311.2852
    (broja). R. Ince (2017), "Measuring multivariate redundant information with pointwise common
    change in surprisal", doi:10.3390/e19070318 (common_change).

    Examples
    --------
    Two fair bits and their logical and:

    >>> table = [[[0.25, 0.0], [0.25, 0.0]], [[0.25, 0.0], [0.0, 0.25]]]
    >>> round(redundant_information(table, kind="williams_beer", base=2), 6)
    0.311278
    >>> redundant_information(table, kind="meet", base=2)
    0.0
    """
    check_option("kind", kind, KINDS)
    table, groups, aim = as_sources(p, sources, target)
    return _redundancy(table, groups, aim, kind)[0] / log_base(base)


def partial_information_decomposition(
    p: ArrayLike,
    *,
    sources: "Sequence[int | Sequence[int]] | None" = None,
    target: int = -1,
    kind: str = "broja",
    base: Base = None,
) -> PartialInformation:
    """Split the information of two sources on a target into redundant, unique and joint parts.

    With R the redundancy: the unique parts are ``I(S_i;T) - R``, the synergy is
    ``I(S_1,S_2;T) - I(S_1;T) - I(S_2;T) + R``.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable.
    sources : sequence of int or of sequences of int, optional
        Variables of the two sources; the two variables that are not the target when None.
    target : int
        The variable that the sources tell of.
    kind : {"broja", "williams_beer", "minimum", "meet", "common_change"}
        Measure of redundancy, see `redundant_information`.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    PartialInformation
        The four parts; they add up to the mutual information of both sources together and the
        target. Those of ``"common_change"`` may be negative.

    Raises
    ------
    ValueError
        As in `redundant_information`, and if there are not exactly two sources.

    Warns
    -----
    NotConvergedWarning
        As in `redundant_information`.

    Examples
    --------
    >>> table = [[[0.25, 0.0], [0.25, 0.0]], [[0.25, 0.0], [0.0, 0.25]]]
    >>> parts = partial_information_decomposition(table, base=2)
    >>> round(parts.redundancy, 6), round(parts.synergy, 6)
    (0.311278, 0.5)
    """
    check_option("kind", kind, KINDS)
    table, groups, aim = as_sources(p, sources, target)
    _check_two(groups)
    unit = log_base(base)

    redundancy, gap = _redundancy(table, groups, aim, kind)
    alone = [float(mutual_information(_source_table(table, group, aim))) for group in groups]

    # Rounding, or the gap, may lift it above what one source says; a common change may truly be
    # more, where one of them misleads elsewhere.
    if kind != "common_change":
        redundancy = min(redundancy, *alone)

    # A variable may be in both sources, and counts once.
    together = tuple(dict.fromkeys(groups[0] + groups[1]))
    both = float(mutual_information(_source_table(table, together, aim)))
    return PartialInformation(
        redundancy=redundancy / unit,
        unique=((alone[0] - redundancy) / unit, (alone[1] - redundancy) / unit),
        synergy=(both - sum(alone) + redundancy) / unit,
        kind=kind,
        gap=gap / unit,
    )


def as_sources(
    p: ArrayLike, sources: Sequence[int | Sequence[int]] | None, target: int
) -> tuple[FloatArray, list[tuple[int, ...]], int]:
    """Return the table, the variables of each source and the target, all counted from 0."""
    table = to_numpy(as_joint(p))
    # Refused here where it is no whole number: below it is an axis.
    as_variables("target", [target])
    table = np.where(table < _NEGLIGIBLE, 0.0, table)
    n_variables = table.ndim

    listed = (
        [axis for axis in range(n_variables) if axis != target % n_variables]
        if sources is None
        else sources
    )
    listed = list(listed) if isinstance(listed, np.ndarray) and listed.ndim else listed
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes):
        message = f"sources must be a list of variables or groups of them, got {sources!r}"
        raise ValueError(message)  # noqa: TRY004 - as all wrong arguments
    raw = [tuple(as_variables("a source", source)) for source in listed]
    if not all(
        -n_variables <= axis < n_variables
        for axis in (target, *(axis for source in raw for axis in source))
    ):
        message = (
            f"target and sources must lie between {-n_variables} and {n_variables - 1}, got "
            f"{target!r} and {raw}"
        )
        raise ValueError(message)

    aim = target % n_variables
    groups = [tuple(sorted({axis % n_variables for axis in source})) for source in raw]
    if not groups or not all(groups) or any(aim in group for group in groups):
        message = f"sources must each name variables other than the target {target!r}, got {raw}"
        raise ValueError(message)
    return table, groups, aim


def _check_two(groups: list[tuple[int, ...]]) -> None:
    """Raise ValueError unless there are two sources."""
    if len(groups) != 2:
        message = (
            f"this decomposition is defined for two sources, got {len(groups)}; name two groups by "
            "sources"
        )
        raise ValueError(message)


def _source_table(table: FloatArray, source: tuple[int, ...], target: int) -> FloatArray:
    """Joint law of the values of a source and of the target, shape (n_values, n_target)."""
    axes = (*source, target)
    others = tuple(axis for axis in range(table.ndim) if axis not in axes)
    # The sum keeps the axes in their order, among which the target's place is to be found.
    marginal = np.moveaxis(table.sum(axis=others), sorted(axes).index(target), -1)
    return np.asarray(marginal.reshape(-1, table.shape[target]))


def _redundancy(
    table: FloatArray, groups: list[tuple[int, ...]], target: int, kind: str
) -> tuple[float, float]:
    """Redundancy in nats, and a bound on its error."""
    tables = [_source_table(table, group, target) for group in groups]
    if kind == "meet":
        return meet_information(table, groups, target), 0.0
    if kind == "common_change":
        return common_change_of_groups(table, groups, target), 0.0
    if kind == "williams_beer":
        specific = np.stack([_specific_information(joint) for joint in tables])
        # (n_sources, n_target), and the law of the target, which all tables have.
        return float(specific.min(axis=0) @ tables[0].sum(axis=0)), 0.0

    alone = [float(mutual_information(joint)) for joint in tables]
    if kind == "minimum":
        return min(alone), 0.0

    _check_two(groups)
    likely = np.where(table < _RARE, 0.0, table)
    first, second = (_source_table(likely, group, target) for group in groups)
    together, gap = least_joint_information(first, second)
    # A gap that is no number bounds nothing either.
    if not gap <= _UNPROVEN:
        message = (
            f"kind='broja' must come within {_UNPROVEN:.0e} nats of the least joint information, "
            f"got a gap of {gap:.1e}: each part may be off by so much; merge rare values"
        )
        warn(message, NotConvergedWarning)
    # I(S1;T) + I(S2;T) - I(S1,S2;T), largest where the joint information is least; the gap, or
    # rounding, may lift that above the sum. In this order `max` keeps what is no number.
    return max(sum(alone) - together, 0.0), gap


def _specific_information(joint: FloatArray) -> FloatArray:
    """Compute ``sum_s P(s|t) log P(t|s)/P(t)`` for each target value t, 0 where t never occurs."""
    law_s, law_t = joint.sum(axis=1, keepdims=True), joint.sum(axis=0, keepdims=True)
    given_t = joint / np.where(law_t > 0, law_t, 1.0)
    # A difference of logarithms: the product of two small margins may be 0 where the cell is not.
    ratio = safe_log(joint) - safe_log(law_s) - safe_log(law_t)
    return np.asarray((given_t * np.where(joint > 0, ratio, 0.0)).sum(axis=0))


def meet_information(table: FloatArray, groups: list[tuple[int, ...]], target: int) -> float:
    """Information in nats of what all sources know for certain, on the target."""
    first, *others = (Information.from_joint(table, group) for group in groups)
    return first.meet(*others).mutual_information(Information.from_joint(table, target))
