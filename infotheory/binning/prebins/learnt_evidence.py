"""The evidence of a fit, and the options that say how to read it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["check_evidence_options", "sign_of", "sign_of_fit"]


def sign_of(woe_sign: str) -> float:
    """Factor on ln(share of non-events / share of events): 1.0 where positive is safer."""
    return 1.0 if woe_sign == "nonevent" else -1.0


def sign_of_fit(binner: Any, feature: str) -> float:
    """Return the sign that the evidence of a feature was learnt with."""
    check_evidence_options(binner, [feature])
    return sign_of(binner.woe_sign)


def check_evidence_options(binner: Any, features: Sequence[str] | None = None) -> None:
    """Raise ValueError where ``woe_sign`` or ``zero_cells`` are not those of the fit.

    Whoever sets them afterwards, as one may before another fit, keeps the evidence of before:
    read with the new ones, tables, signs and documents would contradict what ``transform`` gives.
    """
    names = binner.features_ if features is None else features
    for name in names:
        bins = binner.features_[name]
        # Bins from another program have no counts that evidence could follow from.
        if bins.woe is None or bins.table is None:
            continue
        # What is asked is whether the options give the evidence that is there, from its own counts:
        # so it holds for documents and pickles of any age.
        told = bins.with_evidence(binner.zero_cells, sign_of(binner.woe_sign)).woe
        if not np.allclose(told, bins.woe, rtol=1e-9, atol=1e-12, equal_nan=True):
            message = (
                "woe_sign and zero_cells of a fitted binner must be those of its fit, got "
                f"woe_sign={binner.woe_sign!r} and zero_cells={binner.zero_cells!r}, from which "
                f"the evidence of {name!r} does not follow; fit it again, or set them back"
            )
            raise ValueError(message)
