"""A target that is an amount or one of several classes: what was learnt, and how it adds up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from infotheory._codes import cell_sums
from infotheory._evidence_table import (
    NUMERIC_KINDS,
    EvidenceTable,
    check_amounts,
    evidence_of_classes,
    evidence_of_powers,
    origin_of,
    power_sums,
    power_terms,
)
from infotheory._target import as_labels, refuse_amounts, refuse_missing
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import check_option, distinct_labels, fill_absent

__all__ = ["KINDS", "TargetKind", "kind_of_target", "unclear_kind"]

#: What ``target_type`` may be.
KINDS = ("binary", *NUMERIC_KINDS, "multiclass")


def kind_of_target(target_type: str, y: ArrayLike, weights: FloatArray | None = None) -> str:
    """Return the kind that ``target_type`` names, or that labels tell where it is "auto".

    Raises
    ------
    ValueError
        If whole numbers of more than two values leave open what they are.
    """
    check_option("target_type", target_type, (*KINDS, "auto"))
    if target_type != "auto":
        return target_type

    labels = fill_absent("y", as_labels("y", y), weights)
    refuse_missing("y", labels)
    distinct, _ = distinct_labels("y", labels)
    if distinct.size <= 2:
        return "binary"
    # Text is no amount; numbers that are not whole are no labels; whole numbers may be either.
    if any(isinstance(label, str) for label in distinct.tolist()):
        return "multiclass"
    numbers = distinct.astype(np.float64)
    if (numbers != np.floor(numbers)).any():
        return "continuous"
    raise ValueError(unclear_kind(distinct.size, float(numbers.min()), float(numbers.max())))


def unclear_kind(n_values: int, lowest: float, highest: float) -> str:
    """Say why whole numbers of more than two values need a named kind."""
    return (
        "target_type must be named where y holds whole numbers of more than two values, got "
        f"'auto' and {n_values} values ({lowest:g} to {highest:g}); they may be counts ('rate'), "
        "amounts ('continuous') or labels ('multiclass')"
    )


@dataclass(frozen=True, slots=True)
class TargetKind:
    """What a fit learnt of its target: the kind, the classes, and the origin of its squares."""

    kind: str
    classes: tuple[Any, ...] = ()
    origin: float = 0.0

    @classmethod
    def learn(
        cls, kind: str, y: ArrayLike, n_rows: int, weights: FloatArray | None
    ) -> tuple[FloatArray, Self]:
        """Read the target of a fit: codes of classes, or amounts less their origin."""
        # Labels and amounts whose rows have no weight count as absent.
        labels = fill_absent("y", as_labels("y", y, n_rows), weights)
        if kind == "multiclass":
            refuse_missing("y", labels)
            found, codes = distinct_labels("y", labels)
            refuse_amounts("y", found)
            classes = tuple(found.tolist())
            if len(classes) < 2:
                message = (
                    "y must hold two classes or more for target_type='multiclass', got one class: "
                    f"{classes[0]!r}"
                )
                raise ValueError(message)
            return codes.astype(np.float64), cls(kind, classes)

        amounts = check_amounts(kind, labels)
        lowest, highest = float(amounts.min()), float(amounts.max())
        # Amounts have no divergence at the end of their range; a rate of 1 is as good as any other.
        ends = {"fraction": (0.0, 1.0), "rate": (0.0,), "continuous": (lowest,)}[kind]
        if lowest == highest and lowest in ends:
            n_present = amounts.size if weights is None else int((weights > 0.0).sum())
            rows = "one sample" if n_present == 1 else "all rows"
            message = f"y must vary for target_type={kind!r}, got {lowest:g} in {rows}"
            raise ValueError(message)
        learnt = cls(kind, (), origin_of(amounts, weights) if kind == "continuous" else 0.0)
        return amounts - learnt.origin, learnt

    def read(
        self,
        y: ArrayLike,
        n_rows: int | None = None,
        *,
        of: str = "",
        weights: FloatArray | None = None,
    ) -> FloatArray:
        """Read the target of other rows: codes of classes, or amounts less the origin.

        What rows of weight 0 hold is neither.
        """
        name = f"y of {of}" if of else "y"
        labels = fill_absent(name, as_labels(name, y, n_rows), weights)
        refuse_missing(name, labels)
        if self.kind != "multiclass":
            return check_amounts(self.kind, labels, name=name) - self.origin

        present, codes = distinct_labels(name, labels)
        # Codes are those of the fit, whichever classes these rows have.
        place = {label: i for i, label in enumerate(self.classes)}
        foreign = [label for label in present.tolist() if label not in place]
        if foreign:
            message = (
                f"{name} must hold the labels of the fit {list(self.classes)}, got {foreign[:5]}"
            )
            raise ValueError(message)
        return np.array([place[label] for label in present.tolist()], dtype=np.float64)[codes]

    def table(
        self,
        codes: IntArray,
        target: FloatArray,
        labels: Sequence[str],
        weights: FloatArray | None,
        group: IntArray | None = None,
        groups: tuple[Any, ...] = (),
    ) -> EvidenceTable:
        """Add up rows by code [and group]; a label for each code."""
        shape: tuple[int, ...] = (len(labels),)
        cells = codes.astype(np.intp)
        if group is not None:
            shape, cells = (len(labels), len(groups)), cells * len(groups) + group
        if self.kind == "multiclass":
            width = len(self.classes)
            # Classes are the innermost axis of these sums.
            places = cells * width + target.astype(np.intp)
            sums = cell_sums(places, (*shape, width), weights)
            return evidence_of_classes(labels, self.classes, *sums, groups)
        terms = power_terms(self.kind, target, weights)
        powers = power_sums(cells, shape, terms)
        return evidence_of_powers(labels, self.kind, *powers, groups, self.origin)
