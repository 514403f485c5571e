"""The two labels of a target: learnt once, and checked in one place wherever rows come in later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import narwhals as nw
import numpy as np

from infotheory._later import pd
from infotheory._typing import ArrayLike, FloatArray, LabelArray
from infotheory._validation import (
    as_label_array,
    as_weights,
    distinct_labels,
    fill_absent,
    missing_labels,
    missing_mask,
    refuse_joined,
)
from infotheory._warnings import warn_once_a_call
from infotheory.exceptions import EventLabelWarning

__all__ = [
    "TargetLabels",
    "as_labels",
    "declared_order",
    "is_clear",
    "learn_target",
    "refuse_amounts",
    "refuse_missing",
    "same_label",
]

#: Pairs of numbers that say by themselves which of them is the event; False is 0 and True is 1.
_CLEAR_NUMBERS = ((0, 1), (-1, 1))

#: The same pairs as text, in lower case. They mean what they mean as numbers, and sort alike.
_CLEAR_TEXTS = (("0", "1"), ("-1", "1"), ("0.0", "1.0"), ("-1.0", "1.0"), ("false", "true"))


class Labelled(Protocol):
    """A fitted binner or card: it knows the two labels, and which is the event."""

    @property
    def classes_(self) -> LabelArray:
        """The two labels, sorted."""

    @property
    def event_label_(self) -> Any:
        """The label that counts as an event."""


@dataclass(frozen=True, slots=True, eq=False)
class TargetLabels:
    """The two labels of a target, sorted, and the one that counts as an event."""

    classes: LabelArray
    event: Any

    @classmethod
    def learn(
        cls,
        y: ArrayLike,
        event_label: Any = None,
        *,
        name: str = "y",
        weights: FloatArray | None = None,
    ) -> tuple[FloatArray, Self]:
        """Read the labels of a fit: exactly two, the larger the event unless one is named.

        A warning says so where the labels do not tell: everywhere but 0/1, -1/1 and False/True, as
        numbers or text. Where categories have an order that says otherwise, the event is not
        guessed. What rows of weight 0 hold is no label.
        """
        given = as_labels(name, y)
        array = fill_absent(name, given, weights)
        refuse_missing(name, array)
        classes = _two_classes(name, array, absent=array is not given)
        # An event that is named needs no order of categories to be told.
        order = () if event_label is not None else declared_order(y)
        labels = cls(classes, event_among(classes, event_label, name=name, order=order))
        return labels._indicator(array), labels

    @classmethod
    def among(
        cls,
        classes: Sequence[Any],
        event_label: Any,
        *,
        order: Sequence[Any] = (),
        weighted: bool = False,
    ) -> Self:
        """Take two labels that were found elsewhere, by ``learn``'s rule for the event.

        ``weighted`` says that they were found among rows that have weight.
        """
        found = _two_classes("y", np.array(classes), absent=weighted)
        return cls(found, event_among(found, event_label, name="y", order=order))

    @classmethod
    def of(cls, fitted: Labelled) -> Self:
        """Take the labels of a fitted binner or card."""
        kind = getattr(fitted, "target_type_", "binary")
        if kind != "binary":
            message = (
                f"this takes a target of two classes, got a binner of target_type={kind!r}; fit "
                "one with target_type='binary'"
            )
            raise ValueError(message)
        return cls(fitted.classes_, fitted.event_label_)

    @property
    def nonevent(self) -> Any:
        """The other label."""
        first, second = self.classes.tolist()
        return first if second == self.event else second

    def beside(self, present: Sequence[Any], event_label: Any = None) -> Self:
        """Labels of other rows beside bins that were learnt with these, which have the same event.

        Other labels need an ``event_label``, unless both pairs tell their event by themselves.
        """
        known = self.classes.tolist()
        if all(label in known for label in present):
            if event_label is not None and not same_label(event_label, self.event):
                raise ValueError(self._other_event(known, event_label))
            return self

        others = _two_classes("y", np.array(list(present)))
        # Other labels mean the same event where somebody says so, or where both pairs say it
        # themselves.
        told = event_label is not None or (is_clear(*others.tolist()) and is_clear(*known))
        if not told or (event_label is None and self.event != known[1]):
            raise ValueError(self._other_event(others.tolist(), None))
        labels = type(self)(others, event_among(others, event_label))
        # An event of one pair must not be the non-event of the other.
        turned = self.event in others.tolist() and not same_label(self.event, labels.event)
        if turned or same_label(self.nonevent, labels.event):
            raise ValueError(self._other_event(others.tolist(), labels.event))
        return labels

    def _other_event(self, labels: Sequence[Any], event: Any) -> str:
        return (
            f"a card must have the event of its frozen binner, {self.event!r} of the labels "
            f"{self.classes.tolist()}, got the labels {list(labels)} and event_label={event!r}; "
            "name their event by Scorecard(event_label=...), or fit the binner on these labels"
        )

    def read(
        self,
        y: ArrayLike,
        n_rows: int | None = None,
        *,
        of: str = "",
        both: bool = True,
        weights: FloatArray | None = None,
    ) -> FloatArray:
        """Return 1.0 for each event among labels of the fit.

        ``of`` names the sample in messages ("the hold-out rows"), ``both`` asks for events and
        non-events. What rows of weight 0 hold is no label.
        """
        name = f"y of {of}" if of else "y"
        labels = fill_absent(name, as_labels(name, y, n_rows), weights)
        known = self.classes.tolist()
        refuse_missing(name, labels)

        present = pd.unique(labels).tolist()
        refuse_joined(name, present)
        foreign = [label for label in present if label not in known]
        if foreign:
            message = (
                f"{name} must hold the labels of the fit {known}, got {foreign[:5]}; the event of "
                f"the fit is {self.event!r}"
            )
            raise ValueError(message)
        if both and len(present) < 2:
            message = (
                f"{name} must hold two classes, got one class: {present[0]!r}"
                if present
                else f"{name} must hold rows, got none"
            )
            raise ValueError(message)
        return self._indicator(labels)

    def _indicator(self, labels: LabelArray) -> FloatArray:
        return np.asarray(labels == self.event, dtype=np.float64)


def learn_target(
    y: ArrayLike, sample_weight: ArrayLike | None, event_label: Any = None
) -> tuple[FloatArray, FloatArray | None]:
    """Read a target of two classes and the weights of its rows: 1.0 for each event, and weights."""
    weights = as_weights(sample_weight, as_labels("y", y).size)
    target, _ = TargetLabels.learn(y, event_label, weights=weights)
    return target, weights


def as_labels(name: str, y: ArrayLike, n_rows: int | None = None) -> LabelArray:
    """Return labels as a one-dimensional array; a table of one column is its column."""
    array = as_label_array(name, y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]

    if array.ndim != 1:
        message = f"{name} must have shape (n_rows,), got shape {array.shape}"
        raise ValueError(message)
    if n_rows is not None and array.size != n_rows:
        message = f"{name} must have shape ({n_rows},), one entry a row, got shape {array.shape}"
        raise ValueError(message)
    if array.dtype.kind in "cmMV":
        message = f"{name} must hold two labels, numbers or text, got dtype {array.dtype}"
        raise ValueError(message)
    return array


def refuse_missing(name: str, labels: LabelArray) -> None:
    """Raise ValueError where a label is missing, and say how many are."""
    missing = missing_mask(labels)
    if missing.any():
        raise ValueError(missing_labels(name, int(missing.sum())))


def refuse_amounts(name: str, found: LabelArray) -> None:
    """Raise ValueError where distinct labels of several classes are numbers that are not whole.

    Each row would be a class of its own without a word; scikit-learn's classifiers refuse them, too
    ("Unknown label type" is what its checks look for).
    """
    broken = [label for label in found.tolist() if isinstance(label, float) and label % 1.0]
    if broken:
        message = (
            f"Unknown label type: {name} must hold classes for target_type='multiclass', got "
            f"{len(broken)} different numbers that are not whole ({broken[0]:g}, ...); name "
            "amounts target_type='continuous', 'rate' or 'fraction', or turn classes into strings"
        )
        raise ValueError(message)


def declared_order(values: Any) -> tuple[Any, ...]:
    """Return the categories of a column that puts them in order; none of any other column."""
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    if isinstance(values, pd.Categorical):
        return tuple(values.categories) if values.ordered else ()

    series: Any = nw.from_native(values, series_only=True, pass_through=True)
    dtype = getattr(series, "dtype", None) if isinstance(series, nw.Series) else None
    return tuple(dtype.categories) if isinstance(dtype, nw.Enum) else ()


def same_label(one: Any, other: Any) -> bool:
    """Whether two labels are equal; what has no truth value (an array, NA) equals nothing."""
    equal = one == other
    return bool(equal) if isinstance(equal, bool | np.bool_) else False


def event_among(
    classes: LabelArray, event_label: Any, *, name: str = "y", order: Sequence[Any] = ()
) -> Any:
    """Return the label of the event among two, which a caller named or which has to be guessed."""
    low, high = classes.tolist()
    # The label as the data have it, since 1 equals True and 1.0.
    if event_label is not None:
        for label in (low, high):
            if same_label(label, event_label):
                return label
        message = f"event_label must be one of the labels {[low, high]}, got {event_label!r}"
        raise ValueError(message)

    if is_clear(low, high):
        return high
    # The larger label by value is a guess that an order of categories may contradict.
    in_order = [label for label in order if label in (low, high)]
    if in_order and in_order[-1] != high:
        message = (
            f"event_label must be given where the categories of {name} are ordered, {low!r} after "
            f"{high!r}, got None; pass event_label={low!r} or event_label={high!r}"
        )
        raise ValueError(message)

    # Each fold of a cross-validation would say the same.
    warn_once_a_call(
        f"the labels are {low!r} and {high!r}, and {high!r} is taken for the event (the larger "
        f"label); pass event_label={low!r} if that is the event, or event_label={high!r} to "
        "confirm",
        EventLabelWarning,
    )
    return high


def is_clear(low: Any, high: Any) -> bool:
    """Whether two labels say by themselves that the second of them is the event."""
    if isinstance(low, str) and isinstance(high, str):
        return (low.lower(), high.lower()) in _CLEAR_TEXTS
    return (low, high) in _CLEAR_NUMBERS


def _two_classes(name: str, labels: LabelArray, *, absent: bool = False) -> LabelArray:
    """Return the two labels, sorted, or say what there is in place of two.

    ``absent`` says that there are rows of weight 0, whose labels are not among these.
    """
    classes = _distinct(name, labels)
    if classes.size != 2:
        raise ValueError(_not_binary(name, classes, absent=absent))

    # Numbers in an array of objects (nullable columns are read so) are numbers.
    plain = classes.tolist()
    if classes.dtype.kind == "O" and not any(isinstance(label, str) for label in plain):
        return np.array(plain)
    return classes


def _distinct(name: str, labels: LabelArray) -> LabelArray:
    """Return the sorted distinct labels; two numbers are told by their extremes, without a hash."""
    if labels.dtype.kind in "biuf" and labels.size:
        ends = np.array([labels.min(), labels.max()])
        if ends[0] != ends[1] and ((labels == ends[0]) | (labels == ends[1])).all():
            refuse_joined(name, ends)
            return ends
    return distinct_labels(name, labels)[0]


def _not_binary(name: str, classes: LabelArray, *, absent: bool) -> str:
    """Say why labels are not two classes, and what would make them so."""
    if not classes.size:
        return f"{name} must hold two classes, got no rows"
    if classes.size == 1:
        which = " with positive sample_weight" * absent
        return (
            f"{name} must hold two classes, got one class{which}: {classes.tolist()[0]!r}; without "
            "both there is no evidence"
        )

    # The first words of both texts are those of scikit-learn, whose checks look for them.
    if classes.dtype.kind == "f" and (classes != np.floor(classes)).any():
        return (
            f"Unknown label type: continuous. {name} must hold two classes, got {classes.size} "
            f"distinct real numbers; cut them, as in {name} > {np.median(classes):g}"
        )
    shown = ", ".join(repr(label) for label in classes[:5].tolist())
    return (
        "Only binary classification is supported. The type of the target is multiclass: "
        f"got {classes.size} classes ({shown}{', ...' if classes.size > 5 else ''}); pass "
        f"{name} == {classes.tolist()[-1]!r} for one of them against the others"
    )
