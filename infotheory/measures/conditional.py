"""Conditional entropies of every order, in the four definitions that are in use."""

import math
from collections.abc import Sequence

from infotheory._numerics import in_units, namespace, renyi_entropy_nats
from infotheory._pmfs import as_joint, one_table
from infotheory._typing import Array, ArrayLike, Base
from infotheory._validation import as_order, as_variables, check_option
from infotheory.measures._column_means import conditional_entropy_nats

__all__ = ["conditional_entropy"]

KINDS = ("arimoto", "hayashi", "jizba_arimitsu", "cachin")


@one_table("estimate_entropy(rows)")
def conditional_entropy(
    pxy: ArrayLike,
    *,
    given: int | Sequence[int] = -1,
    order: float = 1.0,
    kind: str = "arimoto",
    base: Base = None,
    batch_ndim: int = 0,
) -> Array:
    """Entropy of the other variables given some variables of a joint table, of any Rényi order.

    With the conditional entropies ``H_alpha(X|y)`` of the rows:

    - ``"arimoto"``: ``alpha/(1-alpha) log sum_y P(y) exp((1-alpha)/alpha H_alpha(X|y))``;
    - ``"hayashi"``: ``1/(1-alpha) log sum_y P(y) exp((1-alpha) H_alpha(X|y))``;
    - ``"jizba_arimitsu"``: ``H_alpha(X,Y) - H_alpha(Y)``;
    - ``"cachin"``: ``sum_y P(y) H_alpha(X|y)``.

    All four are Shannon's conditional entropy at order 1. Orders 0 and inf are their limits.

    Parameters
    ----------
    pxy : array-like
        Joint probabilities, one axis a variable, any number of variables. Numpy or torch.
    given : int or sequence of int
        Variables that are known, counted among the variable axes.
    order : float
        Order from 0 to inf.
    kind : {"arimoto", "hayashi", "jizba_arimitsu", "cachin"}
        Definition. Only ``"arimoto"`` and ``"hayashi"`` obey data processing at every order;
        ``"jizba_arimitsu"`` alone has the chain rule.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    batch_ndim : int
        Number of leading axes that index a batch of tables.

    Returns
    -------
    float or array
        Conditional entropy per table, not negative except for ``"jizba_arimitsu"``.

    Raises
    ------
    ValueError
        If ``pxy`` is not a joint table, ``given`` names no variable, all of them, or one twice, or
        ``order`` or ``kind`` is not known.

    References
    ----------
    S. Arimoto (1977), "Information measures and capacity of order alpha for discrete memoryless
    channels". M. Hayashi (2011), "Exponential decreasing rate of leaked information",
    arXiv:0904.0308. P. Jizba, T. Arimitsu (2004), "The world according to Rényi",
    arXiv:cond-mat/0207707. C. Cachin (1997), "Entropy measures and unconditional security in
    cryptography". S. Fehr, S. Berens (2014), "On the conditional Rényi entropy",
    doi:10.1109/TIT.2014.2357799, compares them.

    Examples
    --------
    >>> round(float(conditional_entropy([[0.5, 0.0], [0.25, 0.25]], base=2)), 6)
    0.688722
    >>> round(float(conditional_entropy([[0.5, 0.0], [0.25, 0.25]], given=0, base=2)), 6)
    0.5
    """
    check_option("kind", kind, KINDS)
    order = as_order(order)
    cells = _unknown_by_given(as_joint(pxy, batch_ndim=batch_ndim, name="pxy"), given, batch_ndim)
    xp = namespace(cells)
    given_law = xp.sum(cells, axis=-2)
    if kind == "jizba_arimitsu" and order != 1.0:
        joint = xp.reshape(cells, (*cells.shape[:-2], -1))
        return in_units(
            renyi_entropy_nats(joint, order) - renyi_entropy_nats(given_law, order), base, pxy
        )
    return in_units(conditional_entropy_nats(cells, order, kind), base, pxy)


def _unknown_by_given(table: Array, given: int | Sequence[int], batch_ndim: int) -> Array:
    """Reshape checked tables to (batch..., unknown, given)."""
    n_variables = table.ndim - batch_ndim
    conditions = as_variables("given", given)
    if not all(-n_variables <= variable < n_variables for variable in conditions):
        message = (
            f"given must name variables between {-n_variables} and {n_variables - 1}, got {given!r}"
        )
        raise ValueError(message)

    # A variable named twice, as 1 and as -1 perhaps, makes the set shorter than the list.
    known = {variable % n_variables for variable in conditions}
    if not 0 < len(known) < n_variables or len(known) < len(conditions):
        message = (
            f"given must name some but not all of the {n_variables} variables, each once, got "
            f"{given!r}"
        )
        raise ValueError(message)

    unknown = [variable for variable in range(n_variables) if variable not in known]
    axes = [batch_ndim + variable for variable in (*unknown, *sorted(known))]
    xp = namespace(table)
    moved = xp.permute_dims(table, (*range(batch_ndim), *axes))
    n_unknown = math.prod(table.shape[batch_ndim + variable] for variable in unknown)
    return xp.reshape(moved, (*table.shape[:batch_ndim], n_unknown, -1))
