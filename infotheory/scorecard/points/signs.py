"""Signs of coefficients: which are right, and a word on those that are not.

A weight of evidence that is larger in a safer bin must lower the odds of an event. Where its
coefficient raises them, which other characteristics that say the same can bring about, the safer
bin gets fewer points.
"""

from collections.abc import Sequence

import numpy as np

from infotheory._target_kinds import TargetKind
from infotheory._typing import BoolArray, FloatArray
from infotheory._warnings import warn, warn_once_a_call
from infotheory.binning.features import FittedBinner
from infotheory.exceptions import CoefficientSignWarning

__all__ = ["HELD", "ONE_BIN", "effective_sign", "right_sign", "warn_of_signs", "wrong_signs"]

#: Why a characteristic has no points, and its coefficient neither error nor test.
HELD = "held at 0 by its sign: not in the regression"
#: Why a characteristic has no coefficient.
ONE_BIN = "one bin: no information, not in the regression"

_NONE = 1e-7  # a coefficient this close to 0 has no sign: rounding of the optimum
_MOST_NAMES = 10  # in a warning
_SAFER_GET_FEWER = "so that their safer bins get fewer points"


def effective_sign(binner: FittedBinner) -> str:
    """Return the ``woe_sign`` of a binner; what is said of a continuous target rises with it."""
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    return "event" if kind is not None and kind.kind == "continuous" else binner.woe_sign


def right_sign(woe_sign: str) -> int:
    """Return the sign that a coefficient of a weight of evidence must have in the log odds."""
    return -1 if woe_sign == "nonevent" else 1


def wrong_signs(coefficients: FloatArray, woe_sign: str) -> BoolArray:
    """Mark coefficients (of the log odds of an event) of the wrong sign; rounding has no sign."""
    return np.asarray(right_sign(woe_sign) * coefficients < -_NONE)


def warn_of_signs(
    names: Sequence[str], coefficients: FloatArray, woe_sign: str, *, of_mean: bool = False
) -> None:
    """Warn of coefficients of the wrong sign, if there are some; once for all folds."""
    consequence = (
        "so that their points turn the evidence of their bins round"
        if of_mean
        else _SAFER_GET_FEWER
    )
    texts = _wrong(names, coefficients, woe_sign, consequence)
    if texts is None:
        return

    way_out = (
        "Leave them out, fit with signs='constrained', which keeps every coefficient at its right "
        "sign or at 0, or take the card as it is with signs='free'"
    )
    warn_once_a_call(f"{texts}. {way_out}", CoefficientSignWarning, about="a card")


def warn_of_refitted_signs(
    names: Sequence[str], coefficients: Sequence[FloatArray], woe_sign: str
) -> None:
    """Warn of coefficients of the wrong sign in some of several cards of the same bins."""
    # The worst of all cards by characteristic, in the right direction and back again.
    signed = right_sign(woe_sign) * np.stack(list(coefficients))
    texts = _wrong(names, right_sign(woe_sign) * signed.min(axis=0), woe_sign)
    if texts is not None:
        message = (
            f"in a card refitted with rejects {texts}. Leave them out of the card, or take its "
            "numbers as they are"
        )
        warn(message, CoefficientSignWarning)


def _wrong(
    names: Sequence[str],
    coefficients: FloatArray,
    woe_sign: str,
    consequence: str = _SAFER_GET_FEWER,
) -> str | None:
    """Name the coefficients of the wrong sign; None where there are none."""
    places = np.flatnonzero(wrong_signs(coefficients, woe_sign)).tolist()
    if not places:
        return None

    texts = [f"{names[f]!r} ({coefficients[f]:+.2g})" for f in places[:_MOST_NAMES]]
    texts += [f"{len(places) - _MOST_NAMES} more"] if len(places) > _MOST_NAMES else []
    wanted = "negative" if right_sign(woe_sign) < 0 else "positive"
    return (
        f"{len(places)} of {len(names)} characteristics have a coefficient of the wrong sign, "
        f"{consequence}: {', '.join(texts)}, where it must be {wanted}"
    )
