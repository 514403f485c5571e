"""What a grouping is like: the shape of its event rates, and the limits that it does not meet."""

from collections.abc import Mapping
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import special

from infotheory._display import number_text
from infotheory._typing import FloatArray
from infotheory.binning.search.limits import NEUTRAL, Limits

__all__ = ["broken_limits", "has_shape", "shape_of_rates"]

_TOLERANCE = 1e-9  # relative, for rounding


def shape_of_rates(rates: FloatArray) -> str | None:
    """Name the simplest shape of event rates over bins.

    "ascending" (or flat), "descending", "peak" (rises, then falls), "valley"; None for another
    shape or one bin.

    Examples
    --------
    >>> shape_of_rates(np.array([0.1, 0.3, 0.2])), shape_of_rates(np.array([0.1, 0.3, 0.2, 0.4]))
    ('peak', None)
    """
    if len(rates) < 2:
        return None
    steps = np.diff(rates)
    steps[np.abs(steps) <= _TOLERANCE * np.abs(rates).max()] = 0.0
    signs = np.sign(steps[steps != 0.0])
    # One sign for each run of steps in one direction; flat steps turn nothing.
    turns = [int(sign) for i, sign in enumerate(signs) if i == 0 or sign != signs[i - 1]]
    names = {
        (): "ascending",
        (1,): "ascending",
        (-1,): "descending",
        (1, -1): "peak",
        (-1, 1): "valley",
    }
    return names.get(tuple(turns))


def broken_limits(
    cells: FloatArray, squared: FloatArray, total: float, options: Mapping[str, Any]
) -> list[str]:
    """Say which limits the bins of a feature do not meet; nothing is forbidden here.

    ``cells`` and ``squared`` are the regular bins in order, ``total`` is the weight of all rows;
    ``options`` hold limits by name and ``monotonic_trend``, and absent ones restrict nothing. A
    single bin is exempt from the limits on its size and counts, as in the search.
    """
    named = {f.name: options[f.name] for f in fields(Limits) if f.name in options}
    limits = Limits(**(NEUTRAL | named))

    rates = cells[:, 1] / cells.sum(axis=1)
    checks = {
        "min_n_bins": (len(cells) >= limits.min_n_bins, f"{len(cells)} bins"),
        "max_n_bins": (
            limits.max_n_bins is None or len(cells) <= limits.max_n_bins,
            f"{len(cells)} bins",
        ),
        **_sizes(cells, squared, total, limits),
        **_neighbours(rates, cells, squared, limits),
    }

    broken = [
        f"{name}={getattr(limits, name)!r}: {found}"
        for name, (met, found) in checks.items()
        if not met
    ]
    trend = options.get("monotonic_trend")
    if not has_shape(rates, trend):
        broken.append(
            f"monotonic_trend={trend!r}: event rates {', '.join(map(number_text, rates))}"
        )
    return broken


def _sizes(
    cells: FloatArray, squared: FloatArray, total: float, limits: Limits
) -> dict[str, tuple[bool, str]]:
    """Whether bins are neither too small nor too large, and what was found."""
    share = cells.sum(axis=1) / total
    largest, slack = float(share.max()), 1.0 + _TOLERANCE
    checks = {
        "max_bin_size": (
            limits.max_bin_size is None or largest <= limits.max_bin_size * slack,
            f"largest bin {number_text(largest)}",
        )
    }

    # One bin of everything is exempt from limits on its size, as in the search.
    if len(cells) > 1:
        filled = squared > 0.0
        sizes = np.divide(cells**2, squared, out=np.zeros_like(cells), where=filled)  # Kish sizes
        for name, values in (
            ("min_bin_size", share),
            ("min_bin_n_nonevent", sizes[:, 0]),
            ("min_bin_n_event", sizes[:, 1]),
        ):
            least = float(values.min())
            checks[name] = (
                least * slack >= getattr(limits, name),
                f"smallest is {number_text(least)}",
            )
    return checks


def _neighbours(
    rates: FloatArray, cells: FloatArray, squared: FloatArray, limits: Limits
) -> dict[str, tuple[bool, str]]:
    """Check the gap and Pearson's chi-square test of consecutive bins."""
    if len(cells) < 2:
        return {}
    gap = float(np.abs(np.diff(rates)).min())

    # A bin of weighted rows tells of its rate as much as this many rows of one weight would.
    sizes = cells.sum(axis=1) ** 2 / squared.sum(axis=1)
    largest = 0.0
    for (rate_a, size_a), (rate_b, size_b) in pairwise(zip(rates, sizes, strict=True)):
        pooled = (size_a * rate_a + size_b * rate_b) / (size_a + size_b)
        spread = pooled * (1.0 - pooled) * (1.0 / size_a + 1.0 / size_b)
        statistic = (rate_a - rate_b) ** 2 / spread if spread > 0.0 else 0.0
        largest = max(largest, float(special.chdtrc(1.0, statistic)))

    met = limits.max_pvalue is None or largest <= limits.max_pvalue * (1.0 + _TOLERANCE)
    return {
        "min_event_rate_diff": (
            gap * (1.0 + _TOLERANCE) >= limits.min_event_rate_diff,
            f"smallest gap {gap:.4g}",
        ),
        "max_pvalue": (met, f"largest p-value {largest:.4g}"),
    }


def has_shape(rates: FloatArray, trend: str | None) -> bool:
    """Whether event rates have the shape that was asked for, up to rounding."""
    if trend is None or len(rates) < 2:
        return True
    if trend in ("concave", "convex"):
        bends = np.diff(rates, 2) * (1.0 if trend == "concave" else -1.0)
        return bool((bends <= _TOLERANCE * np.abs(rates).max()).all())
    found, flat = shape_of_rates(rates), np.ptp(rates) <= _TOLERANCE * np.abs(rates).max()
    if trend == "auto":
        return found is not None
    monotone = {
        "peak": ("peak", "ascending", "descending"),
        "valley": ("valley", "ascending", "descending"),
    }
    return bool(flat) or found in monotone.get(trend, (trend,))
