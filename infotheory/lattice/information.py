"""Shannon's information: random variables that are functions of each other, as one partition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._codes import (
    CodeArray,
    Codes,
    canonical,
    count_codes,
    encode_labels,
    joint_codes,
    sum_weights,
)
from infotheory._display import html_repr
from infotheory._numerics import information_of_cells, log_base
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import (
    as_order,
    check_length,
    check_number,
    check_option,
    mass_of_rows,
    number_or_nan,
    present_labels,
)
from infotheory.lattice import _partitions
from infotheory.lattice._arimoto import arimoto_entropy
from infotheory.lattice._atoms import frame_atoms, joint_atoms
from infotheory.lattice._partitions import ClassTable
from infotheory.measures.entropies import entropy

__all__ = ["Information", "check_informations", "check_lattice_parts"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Information:
    """An element of Shannon's information lattice: what one knows when one knows a random variable.

    Two variables that are functions of each other carry the same information, so an information is
    a partition of the atoms of a finite space, kept as labels numbered by first occurrence. Atoms
    of weight 0 are dropped when it is made: order and equality are almost sure. Use the
    constructors `from_labels`, `from_joint` and `from_frame`; informations combine only over the
    same atoms with the same weights.

    ``x | y`` is the join (total information), ``x & y`` the meet (common information), ``x <= y``
    says that x is a function of y. All three are decided on integers, never by comparing entropies.

    Parameters
    ----------
    labels : ndarray of shape (n_atoms,)
        Class of each atom, numbered by first occurrence.
    n_classes : int
        Number of classes.
    weights : ndarray of shape (n_atoms,)
        Weight of each atom, positive; entropies divide by the sum.

    Notes
    -----
    Concepts after Shannon, "The lattice theory of information", 1953, and Delsol, Rioul, Béguinot,
    Rabiet and Souloumiac, "An information theoretic condition for perfect reconstruction", Entropy
    26(1):86, 2024, arXiv:2306.15540.

    Examples
    --------
    >>> first = Information.from_labels([0, 0, 1, 1])
    >>> second = Information.from_labels(["a", "b", "a", "b"])
    >>> (first | second).n_classes, (first & second).n_classes
    (4, 1)
    >>> first <= first | second
    True
    >>> first.entropy(base=2)
    1.0
    """

    labels: CodeArray
    n_classes: int
    weights: FloatArray

    @classmethod
    def from_labels(
        cls, labels: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "Information":
        """Make an information from the value of a variable at each atom.

        Parameters
        ----------
        labels : array-like of shape (n_atoms,) or (n_atoms, n_variables)
            Labels of any type; several columns are one joint variable.
        sample_weight : array-like of shape (n_atoms,), optional
            Weights of the atoms, not negative; equal when None.

        Returns
        -------
        Information
            Over the atoms of positive weight.

        Raises
        ------
        ValueError
            If there are no atoms, a label is missing or a weight is negative or not finite.
        """
        warn_of_row_order(labels=labels, sample_weight=sample_weight)
        labels, weights = present_labels("labels", labels, sample_weight)
        codes = encode_labels(labels, name="labels")
        return cls._over_support(codes, mass_of_rows(weights, codes.n_rows), 0.0)

    @classmethod
    def from_joint(
        cls, p: ArrayLike, axes: int | Sequence[int], *, min_weight: float = 0.0
    ) -> "Information":
        """Make the information of some variables of a joint distribution.

        Parameters
        ----------
        p : array-like
            Joint probabilities, one axis a variable; they sum to 1.
        axes : int or sequence of int
            The variables.
        min_weight : float
            Cells of smaller probability are dropped. One stray cell can merge two classes of a
            meet.

        Returns
        -------
        Information
            Over the cells that are kept; the same ``p`` and ``min_weight`` give the same atoms.

        Raises
        ------
        ValueError
            If ``p`` is not a joint distribution, or an axis is not one of its axes.
        """
        return cls._over_support(*joint_atoms(p, axes), min_weight)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        columns: str | Sequence[str],
        *,
        sample_weight: str | ArrayLike | None = None,
        min_weight: float = 0.0,
    ) -> "Information":
        """Make the information of some columns of a frame of samples, for the empirical law.

        The atoms are the distinct rows of the whole frame, so that informations of the same frame
        combine. Entropies of it are descriptive of these rows; `estimate_mutual_information` and
        `estimate_entropy` have intervals.

        Parameters
        ----------
        frame : DataFrame
            One row a sample (pandas, Polars, or what narwhals reads); all columns are labels.
        columns : str or sequence of str
            The variables.
        sample_weight : str or array-like of shape (n_rows,), optional
            Weights of the rows, or the name of the column that holds them.
        min_weight : float
            Distinct rows of smaller total weight are dropped. One stray row can merge two classes
            of a meet.

        Returns
        -------
        Information
            Over the distinct rows that are kept.

        Raises
        ------
        ValueError
            If a column is absent, holds missing values or real numbers that are not labels.
        """
        return cls._over_support(*frame_atoms(frame, columns, sample_weight), min_weight)

    @classmethod
    def _over_support(cls, codes: Codes, weights: FloatArray, min_weight: float) -> "Information":
        """Make an information over the atoms that weigh enough, none of weight 0."""
        # Nothing is at least NaN: what is no number keeps no atom and is refused.
        least = number_or_nan(min_weight)
        keep = (weights > 0.0) & (weights >= least)
        if not keep.any():
            message = (
                f"min_weight must leave at least one atom, got {min_weight!r}; the largest is "
                f"{weights.max()}"
            )
            raise ValueError(message)
        return cls._make(
            canonical(Codes(codes.index[keep], codes.n_levels)), _frozen(weights[keep])
        )

    @classmethod
    def _make(cls, partition: Codes, weights: FloatArray) -> "Information":
        """Make an information of a partition whose classes are numbered by first occurrence."""
        return cls(_frozen(partition.index), partition.n_levels, weights)

    @property
    def n_atoms(self) -> int:
        """Number of atoms of positive weight."""
        return self.labels.shape[0]

    @property
    def class_weights(self) -> FloatArray:
        """Total weight of the atoms of each class, shape (n_classes,)."""
        return sum_weights(_codes_of(self), self.weights)

    @property
    def probabilities(self) -> FloatArray:
        """Probability of each class, shape (n_classes,)."""
        sums = self.class_weights
        return np.asarray(sums / sums.sum())

    def __repr__(self) -> str:
        return f"Information(n_classes={self.n_classes}, n_atoms={self.n_atoms})"

    _repr_html_ = html_repr

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Information):
            return NotImplemented
        # Classes are numbered by first occurrence: equal partitions have equal labels.
        return self._same_space(other) and np.array_equal(self.labels, other.labels)

    def __hash__(self) -> int:
        return hash((self.n_classes, self.labels.tobytes(), self.weights.tobytes()))

    def __le__(self, other: "Information") -> bool:
        if not isinstance(other, Information):
            return NotImplemented
        self.check_space(other)
        return _partitions.is_function_of(_codes_of(self), _codes_of(other))

    def __lt__(self, other: "Information") -> bool:
        if not isinstance(other, Information):
            return NotImplemented
        return self <= other and self.n_classes < other.n_classes

    def __or__(self, other: "Information") -> "Information":
        if not isinstance(other, Information):
            return NotImplemented
        return self.join(other)

    def __and__(self, other: "Information") -> "Information":
        if not isinstance(other, Information):
            return NotImplemented
        return self.meet(other)

    def join(self, *others: "Information") -> "Information":
        """Return the total information of this and others: the least that all are functions of.

        Parameters
        ----------
        *others : Information
            Over the same atoms.
        """
        self.check_space(*others)
        partitions = [_codes_of(x) for x in (self, *others)]
        return self._make(_partitions.join(partitions), self.weights)

    def meet(self, *others: "Information") -> "Information":
        """Return the common information of this and others: the most that is a function of each.

        It is Gács and Körner's.

        Parameters
        ----------
        *others : Information
            Over the same atoms.
        """
        self.check_space(*others)
        partitions = [_codes_of(x) for x in (self, *others)]
        return self._make(_partitions.meet(partitions), self.weights)

    def bottom(self) -> "Information":
        """Return the information of a constant on the same atoms, the 0 of the lattice."""
        return self._make(Codes(np.zeros(self.n_atoms, dtype=np.intp), 1), self.weights)

    def top(self) -> "Information":
        """Return the information of the atom itself, the 1 of the lattice."""
        return self._make(Codes(np.arange(self.n_atoms), self.n_atoms), self.weights)

    def complement(
        self, within: "Information | None" = None, *, order: str = "first"
    ) -> "Information":
        """Return Z with ``self | Z == within`` and ``self & Z`` constant, one of several.

        The classes of ``within`` are numbered inside each class of this information, and Z is that
        number.

        Parameters
        ----------
        within : Information, optional
            The information to complete to; the top when None.
        order : {"first", "probability"}
            Number by first occurrence, or by descending probability. The latter gives an
            independent Z wherever there is one (`has_independent_complement`).

        Returns
        -------
        Information
            Its entropy is at least that of ``within`` given this, equal where the two are
            independent.

        Raises
        ------
        ValueError
            If this is not a function of ``within``.

        Examples
        --------
        >>> x = Information.from_labels([0, 0, 0, 1, 1, 2], [0.3, 0.1, 0.1, 0.2, 0.2, 0.1])
        >>> x.complement().labels.tolist()
        [0, 1, 2, 0, 1, 0]
        """
        check_option("order", order, ("first", "probability"))
        total, holder, weights = self._classes_within(within)
        ranking = (
            np.arange(holder.size) if order == "first" else np.argsort(-weights, kind="stable")
        )
        # Z tells the rank of a class inside its holder. Every holder has a class of rank 0, so
        # nothing but a constant is a function of both.
        ranks = _partitions.rank_within(holder, ranking)
        numbered = Codes(ranks[total.labels], int(ranks.max()) + 1)
        return self._make(canonical(numbered), self.weights)

    def has_independent_complement(
        self, within: "Information | None" = None, *, rtol: float = 1e-9
    ) -> bool:
        """Tell whether some complement is independent of this information.

        There is one exactly when the conditional law of ``within`` given a class is the same for
        all classes up to a permutation.

        Parameters
        ----------
        within : Information, optional
            The information to complete to; the top when None.
        rtol : float
            Relative difference up to which two conditional probabilities count as equal.

        Returns
        -------
        bool
            True where an independent complement exists.

        Raises
        ------
        ValueError
            If this is not a function of ``within``.
        """
        check_number("rtol", rtol, 0.0, 1.0)
        _, holder, weights = self._classes_within(within)
        sizes = np.bincount(holder)
        # Laws of different lengths are no permutations of each other, and make no table below.
        if (sizes != sizes[0]).any():
            return False

        # The weights of each class in ascending order, one class a row: equal up to a permutation
        # means equal rows.
        laws = weights[np.lexsort((weights, holder))].reshape(self.n_classes, -1)
        laws = laws / laws.sum(axis=1, keepdims=True)
        return bool(np.allclose(laws, laws[0], rtol=float(rtol), atol=0.0))

    def entropy(self, order: float = 1.0, base: Base = None) -> float:
        """Rényi entropy of the classes.

        Parameters
        ----------
        order : float
            Order between 0 and infinity; 1 is Shannon's.
        base : float or str, optional
            Base of the logarithm, "bits" or "nats"; nats when None.
        """
        # Adding 0.0 turns -0.0 into 0.0.
        return float(entropy(self.probabilities, order=order, base=base)) + 0.0

    def conditional_entropy(
        self, given: "Information", order: float = 1.0, base: Base = None
    ) -> float:
        """Entropy that is left when another information is known.

        It is exactly 0 where this is a function of the other.

        Parameters
        ----------
        given : Information
            What is known, over the same atoms.
        order : float
            Order; away from 1 it is Arimoto's conditional entropy.
        base : float or str, optional
            Base of the logarithm, "bits" or "nats"; nats when None.
        """
        self.check_space(given)
        order = as_order(order)

        # Decided on integers: exactly 0 rather than what sums leave.
        if self <= given:
            return 0.0

        joint = given.class_table(self)
        p = joint.weights / joint.weights.sum()
        if order == 1.0:
            # No term is negative, so that nothing cancels where little is left.
            shares = joint.weights / given.class_weights[joint.rows]
            return float(max(0.0, -(p @ np.log(shares))) / log_base(base))
        return arimoto_entropy(p, joint.rows, order, base)

    def mutual_information(self, other: "Information", base: Base = None) -> float:
        """Mutual information ``H(X) - H(X given Y)``, not negative.

        Parameters
        ----------
        other : Information
            Over the same atoms.
        base : float or str, optional
            Base of the logarithm, "bits" or "nats"; nats when None.
        """
        return self.conditional_mutual_information(other, self.bottom(), base=base)

    def conditional_mutual_information(
        self, other: "Information", given: "Information", base: Base = None
    ) -> float:
        """Mutual information ``H(X given Z) - H(X given Y, Z)``, not negative.

        Parameters
        ----------
        other, given : Information
            Y and Z, over the same atoms.
        base : float or str, optional
            Base of the logarithm, "bits" or "nats"; nats when None.
        """
        self.check_space(other, given)
        joint = self.join(other, given)
        margins = [x.join(given) for x in (self, other)]
        in_first, in_second, in_given = (
            _partitions.holders(_codes_of(joint), _codes_of(x)) for x in (*margins, given)
        )

        cells = joint.class_weights
        first, second, shared = (
            x.class_weights[holder]
            for x, holder in zip((*margins, given), (in_first, in_second, in_given), strict=True)
        )
        # No term of an occupied cell is negative, so small informations do not cancel.
        mass = float(information_of_cells(cells, first, second, shared).sum())

        # Empty cells have what is left of the expected weights: nothing where all are occupied.
        x_classes, y_classes = (
            np.bincount(_partitions.holders(_codes_of(x), _codes_of(given))) for x in margins
        )
        if int(x_classes @ y_classes) > cells.size:
            mass += max(0.0, float((cells - first * second / shared).sum()))
        return mass / float(cells.sum()) / log_base(base)

    def coarsen(self, groups: ArrayLike) -> "Information":
        """Merge classes.

        Parameters
        ----------
        groups : array-like of shape (n_classes,)
            New label of each class.

        Returns
        -------
        Information
            A function of this one.

        Raises
        ------
        ValueError
            If there is not one label a class.
        """
        codes = encode_labels(check_length("groups", groups, self.n_classes), name="groups")
        return self._make(canonical(Codes(codes.index[self.labels], codes.n_levels)), self.weights)

    def class_table(self, other: "Information") -> ClassTable:
        """Return the joint weights of the classes of this and another information.

        Empty cells are left out.

        Parameters
        ----------
        other : Information
            Over the same atoms.

        Returns
        -------
        ClassTable
            One entry a pair of classes that share an atom, in order of this class and then the
            other's.
        """
        self.check_space(other)
        cells, weights = count_codes(joint_codes(_codes_of(self), _codes_of(other)), self.weights)
        return ClassTable(*np.divmod(cells, other.n_classes), weights)

    def check_space(self, *others: "Information") -> None:
        """Raise ValueError unless all are over the same atoms with the same weights.

        Parameters
        ----------
        *others : Information
            Informations to compare with this one.

        Raises
        ------
        ValueError
            If one has other atoms or weights.
        """
        for other in others:
            if not isinstance(other, Information):
                message = f"informations combine with informations, got {type(other).__name__}"
                raise ValueError(message)  # noqa: TRY004 - as all wrong arguments
            if not self._same_space(other):
                message = (
                    "informations combine only over the same atoms with the same weights, got "
                    f"{self.n_atoms} atoms of total weight {self.weights.sum()} and "
                    f"{other.n_atoms} of {other.weights.sum()}; build them from one joint, one "
                    "frame or labels of one length"
                )
                raise ValueError(message)

    def _same_space(self, other: "Information") -> bool:
        """Tell whether the atoms weigh the same; those of one join or meet share the array."""
        return self.weights is other.weights or np.array_equal(self.weights, other.weights)

    def _classes_within(
        self, within: "Information | None"
    ) -> tuple["Information", CodeArray, FloatArray]:
        """Return a finer information, the class that holds each of its classes, their weights."""
        total = self.top() if within is None else within
        self.check_space(total)
        if not self <= total:
            message = (
                "within must determine this information, got one with "
                f"{total.n_classes} classes that does not; use within | self"
            )
            raise ValueError(message)
        return total, _partitions.holders(_codes_of(total), _codes_of(self)), total.class_weights


def _codes_of(information: Information) -> Codes:
    """Return the partition as codes of the atoms."""
    return Codes(information.labels, information.n_classes)


def _frozen(array: Any) -> Any:
    array.setflags(write=False)
    return array


def check_informations(function: str, informations: Sequence[object]) -> None:
    """Raise ValueError unless the arguments of a function are informations, at least one."""
    if not informations:
        message = "informations must hold at least one, got none"
        raise ValueError(message)

    strangers = [one for one in informations if not isinstance(one, Information)]
    if strangers:
        message = (
            "informations must be Information objects, one an argument, got "
            f"{type(strangers[0]).__name__}; unpack a list as {function}(*informations)"
        )
        raise ValueError(message)


def check_lattice_parts(function: str, x: object, parts: object) -> None:
    """Raise ValueError unless x is an information and the parts are a list of them."""
    if not isinstance(parts, Sequence) or not all(isinstance(one, Information) for one in parts):
        message = f"parts must be a list of Information objects, got {parts!r}"
        raise ValueError(message)
    check_informations(function, (x,))
    if isinstance(x, Information):
        x.check_space(*parts)
