"""The four measures of a multiplet: two are computed, their difference and their sum follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from infotheory._typing import FloatArray

__all__ = ["MEASURES", "Values"]

MEASURES = ("total_correlation", "dual_total_correlation", "o_information", "s_information")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """Measures of multiplets of one size, in nats."""

    # The two that the others are made of, of shape (n_multiplets,)
    total_correlation: FloatArray
    dual_total_correlation: FloatArray
    # Errors in the order of `MEASURES`; NaN where they are withheld, of shape (n_multiplets, 4)
    standard_errors: FloatArray
    # Errors of the O-information where it is 0, for its test; NaN where withheld, of shape
    # (n_multiplets,)
    errors_of_no_o_information: FloatArray
    # Tests that all variables of a multiplet are independent; NaN where withheld, of shape
    # (n_multiplets,)
    independence_p_values: FloatArray

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put batches one after the other."""
        return cls(
            **{
                name: np.concatenate([getattr(part, name) for part in parts])
                for name in cls.__dataclass_fields__
            }
        )

    @property
    def table(self) -> FloatArray:
        """All four measures, shape (n_multiplets, 4)."""
        total, dual = self.total_correlation, self.dual_total_correlation
        return np.stack([total, dual, total - dual, total + dual], axis=1)
