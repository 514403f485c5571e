"""The two labels of a target: learnt once, and checked in one place wherever rows come in later."""

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from infotheory._typing import ArrayLike, FloatArray, LabelArray
from infotheory._validation import as_binary_target, check_length, missing_labels, missing_mask

__all__ = ["TargetLabels"]


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
    def learn(cls, y: ArrayLike, event_label: Any = None) -> tuple[FloatArray, Self]:
        """Read the labels of a fit: exactly two, the larger the event unless one is named."""
        target, classes = as_binary_target(y, event_label=event_label)
        return target, cls(classes, classes.tolist()[1] if event_label is None else event_label)

    @classmethod
    def of(cls, fitted: Labelled) -> Self:
        """Take the labels of a fitted binner or card."""
        return cls(fitted.classes_, fitted.event_label_)

    @property
    def nonevent(self) -> Any:
        """The other label."""
        first, second = self.classes.tolist()
        return first if second == self.event else second

    def read(
        self, y: ArrayLike, n_rows: int | None = None, *, of: str = "", both: bool = True
    ) -> FloatArray:
        """Return 1.0 for each event among labels of the fit.

        ``of`` names the sample in messages ("the hold-out rows"), ``both`` asks for events and
        non-events.
        """
        name = f"y of {of}" if of else "y"
        labels = np.asarray(y) if n_rows is None else check_length(name, y, n_rows)
        known = self.classes.tolist()

        if missing_mask(labels).any():
            raise ValueError(missing_labels(name, int(missing_mask(labels).sum())))

        present = pd.unique(labels).tolist()
        foreign = [label for label in present if label not in known]
        if foreign:
            message = f"{name} must hold the labels of the fit {known}, got {foreign[:5]}"
            raise ValueError(message)
        if both and len(present) < 2:
            message = (
                f"{name} must hold two classes, got one class: {present[0]!r}"
                if present
                else f"{name} must hold rows, got none"
            )
            raise ValueError(message)
        return np.asarray(labels == self.event, dtype=np.float64)
