"""Minimum entropy coupling: the joint distribution of least entropy that has given marginals."""

from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base
from infotheory._validation import check_option
from infotheory.coupling._couplers import COUPLERS
from infotheory.coupling._marginals import as_marginals
from infotheory.coupling.result import Coupling, make_coupling

__all__ = ["minimum_entropy_coupling"]


def minimum_entropy_coupling(
    *marginals: ArrayLike, method: str = "greedy", base: Base = None
) -> Coupling:
    """Couple marginals so that the joint entropy is small; of two, the information is large.

    The problem is NP-hard. Every result carries a lower bound on the optimum and the gap to it.

    - ``"greedy"``: the better of the next two for two marginals with at most 500 positive masses
      together, else ``"max_seeking"``.
    - ``"max_seeking"`` [1]_: takes the largest mass left of each marginal; any number of them,
      O(k N log n) for N cells, at most ``sum(n_j) - k + 1`` of them. For two marginals the entropy
      is at most log2(e)/e = 0.53 bits above the optimum, for any number (1 + log2 e)/2 = 1.22 bits
      [2]_.
    - ``"zero_seeking"`` [4]_: takes the pair of masses left of least difference; two marginals,
      O(n^2). On average it is a little better, and no bound is known.
    - ``"majorization"`` [3]_: splits the meet of the marginals; at most 1 bit above the optimum for
      two, log2 k bits (rounded up) for k.
    - ``"exact"``: branch and bound over the vertices, two marginals with at most 8 positive masses
      each.

    Cells are kept as a list; a dense array is made only by ``toarray``. Equal masses are taken by
    index, so that results repeat bit for bit.

    Parameters
    ----------
    *marginals : array-like of shape (n_j,)
        Pmfs, each with sum 1; lengths may differ, masses may be 0.
    method : {"greedy", "max_seeking", "zero_seeking", "exact", "majorization"}
        How to couple.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Coupling
        Cells, entropy, lower bound, gap and marginal error.

    Raises
    ------
    ValueError
        If there is no marginal, one is not a pmf, ``method`` is unknown, or the exact method gets
        too much.

    References
    ----------
    .. [1] M. Kocaoglu, A. Dimakis, S. Vishwanath, B. Hassibi, "Entropic causality and greedy
       minimum entropy coupling", ISIT 2017, arXiv:1701.08254.
    .. [2] S. Compton, D. Katz, B. Qi, K. Greenewald, M. Kocaoglu, "Minimum-entropy coupling
       approximation guarantees beyond the majorization barrier", AISTATS 2023, arXiv:2302.11838.
    .. [3] F. Cicalese, L. Gargano, U. Vaccaro, "Minimum-entropy couplings and their applications",
       IEEE Trans. Inf. Theory 65 (2019), arXiv:1901.07530.
    .. [4] M. R. Ebrahimi, J. Chen, A. Khisti, "Minimum entropy coupling with bottleneck", NeurIPS
       2024, arXiv:2410.21666, Table 1.

    Examples
    --------
    >>> coupling = minimum_entropy_coupling([0.5, 0.5], [0.6, 0.4], base=2)
    >>> coupling.toarray().round(12).tolist()
    [[0.5, 0.0], [0.1, 0.4]]
    >>> round(coupling.entropy, 6), round(coupling.gap, 6)
    (1.360964, 0.0)
    """
    check_option("method", method, tuple(COUPLERS))
    unit = log_base(base)
    checked = as_marginals(marginals)
    indices, mass = COUPLERS[method](checked)
    return make_coupling(checked, indices, mass, method=method, unit=unit)
