"""Partial information decomposition of Gaussian variables, from their covariance."""

from collections.abc import Sequence

import numpy as np

from infotheory._numerics import as_float64, log_base
from infotheory._row_order import warn_of_square_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import as_array, as_variables, check_integer
from infotheory.decomposition.antichains import antichains_of
from infotheory.decomposition.information_lattice import InformationLattice, check_n_sources

__all__ = ["gaussian_information_lattice"]

#: A correlation matrix with a smaller eigenvalue is that of variables that determine each other.
_SINGULAR = 1e-12
_SYMMETRY = 1e-9


def gaussian_information_lattice(
    covariance: ArrayLike,
    *,
    sources: "Sequence[int | Sequence[int]] | None" = None,
    target: int | Sequence[int] = -1,
    base: Base = None,
) -> "InformationLattice":
    """Split the information of up to four Gaussian sources on a Gaussian target.

    The redundancy of a node is the least information of its sets of sources on the target. For one
    target variable and two sources that is the only redundancy which depends on the two pairs of a
    source and the target alone, and is not negative (Barrett 2015).

    Parameters
    ----------
    covariance : array-like of shape (n_variables, n_variables)
        Covariance or correlation of all variables.
    sources : sequence of int or of sequences of int, optional
        Variables of each of 1 to 4 sources; every variable but the target, one a source, when None.
    target : int or sequence of int
        Variables that the sources tell of.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    InformationLattice
        Nodes, redundancies and atoms, without outcomes; descriptive numbers of the covariance that
        is given.

    Raises
    ------
    ValueError
        If the matrix is not a covariance of variables of which none determines another, a source
        or the target is not one of its variables or in two of them, or there are more than 4
        sources.

    See Also
    --------
    partial_information_lattice : Of labels, from a joint table.
    estimate_partial_information : From samples, with errors.

    References
    ----------
    A. Barrett (2015), "Exploration of synergistic and redundant information sharing in static and
    dynamical Gaussian systems", doi:10.1103/PhysRevE.91.052802.

    Examples
    --------
    Two independent causes of equal weight share the information that each has:

    >>> covariance = [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 3.0]]
    >>> gaussian_information_lattice(covariance).to_frame().round(4)["atom"].tolist()
    [0.2027, 0.0, 0.0, 0.3466]
    """
    warn_of_square_order(covariance=covariance)
    correlation = _as_correlation(covariance)
    n_variables = len(correlation)
    aim = _variables("target", target, n_variables)
    rest = [i for i in range(n_variables) if i not in aim]
    groups = (
        [(i,) for i in rest]
        if sources is None
        else [_variables("a source", one, n_variables) for one in sources]
    )
    used = [i for group in groups for i in group] + list(aim)
    if not groups or len(set(used)) < len(used):
        message = f"sources and target must share no variable, got {sources!r} and {target!r}"
        raise ValueError(message)
    check_n_sources(len(groups))

    # Each set of sources stands in many nodes, and its information is the same in all.
    lattice, unit = antichains_of(len(groups)), log_base(base)
    told: dict[tuple[int, ...], float] = {}
    for node in lattice.named():
        for one in node:
            members = tuple(i for source in one for i in groups[source])
            told[one] = _information(correlation, members, aim)

    # The redundancy of a node is the least of what its sets tell.
    values = np.array([min(told[one] for one in node) for node in lattice.named()])
    return InformationLattice(
        nodes=lattice.named(),
        redundancy=values / unit,
        atoms=lattice.atoms(values) / unit,
        kind="minimum, gaussian",
        # a density has no outcomes to list
        probabilities=np.empty(0),
        outcomes=np.empty((0, len(groups) + 1), dtype=np.intp),
    )


def _as_correlation(covariance: ArrayLike) -> FloatArray:
    """Check a covariance, and return it in units of the standard deviations."""
    matrix = np.asarray(as_float64(as_array("covariance", covariance), name="covariance"))
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] and matrix.shape[0] > 1
    if not square or not np.isfinite(matrix).all() or (np.diag(matrix) <= 0.0).any():
        message = (
            "covariance must be a square matrix of finite numbers with a positive diagonal, for "
            f"two variables or more, got shape {matrix.shape}; of rows take numpy.cov"
        )
        raise ValueError(message)

    # Information does not change with the units of the variables, and rounding is judged without
    # them: of correlations 1e-9 and 1e-12 mean the same for all data.
    scale = np.sqrt(np.diag(matrix))
    correlation = matrix / scale / scale[:, None]
    if np.abs(correlation - correlation.T).max() > _SYMMETRY:
        message = "covariance must be symmetric, got a matrix that differs from its transpose"
        raise ValueError(message)

    # Variables that determine each other have infinite information.
    least = float(np.linalg.eigvalsh(correlation)[0])
    if least < _SINGULAR:
        message = (
            "covariance must be positive definite, got correlations with the least eigenvalue "
            f"{least:.3g}; leave out variables that others determine"
        )
        raise ValueError(message)
    return np.asarray(correlation)


def _variables(name: str, variables: int | Sequence[int], n_variables: int) -> tuple[int, ...]:
    """Read the numbers of some variables, counted from the end where they are negative."""
    numbers = as_variables(name, variables)
    for one in numbers:
        check_integer(f"a variable of {name}", one, low=-n_variables, high=n_variables - 1)
    if not numbers:
        message = f"{name} must have a variable, got {variables!r}"
        raise ValueError(message)
    return tuple(one % n_variables for one in numbers)


def _information(
    correlation: FloatArray, sources: tuple[int, ...], target: tuple[int, ...]
) -> float:
    """Mutual information in nats of some of the variables and others."""

    def log_det(*which: int) -> float:
        return float(np.linalg.slogdet(correlation[np.ix_(which, which)])[1])

    return 0.5 * (log_det(*sources) + log_det(*target) - log_det(*sources, *target))
