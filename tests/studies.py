"""Monte-Carlo studies that end once their answer is known.

A study of a rate (how often an interval covers, a test rejects) has a bound that the rate must not
pass and a number of samples at which it is compared. Where the rate lies well within its bound, a
part of the samples shows it: the study looks 32 times and ends where each rate is far enough within
its bounds, in standard errors of a binomial share at the bound: 1.25 over the fourth root of the
part that was drawn, 3 at the first look and 1.25 at the last. What the whole study would find out
with 84 to 91 %, 1.3 standard errors of the whole beyond its bound, is found so with 83 to 90 %, at
most 2.2 % less often (4,000 draws each of 200 to 2000 samples, bounds of .90, .93, .10 and .07). An
interval of 95 % that must cover .90 to .93 takes .11 to .73 of the samples. Eight looks from an
eighth of the samples on, at 1.75 standard errors each, miss as much and take .13 to .85, a fifth
more.
"""

from collections.abc import Iterator
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

LOOKS = 32
# Standard errors at the end; looks before it ask for more, as many of them would find luck.
ERRORS, POWER = 1.25, 0.25


class Study:
    """Samples to draw, and rates with their bounds; ``for _ in study`` draws while it must."""

    def __init__(self, most: int, **bounds: tuple[float, float]):
        self.most = most
        self.bounds = bounds
        self.noted: dict[str, list[ArrayLike]] = {name: [] for name in bounds}
        self.drawn = 0

    def __iter__(self) -> Iterator[int]:
        looks = {self.most * look // LOOKS for look in range(1, LOOKS)}
        for sample in range(self.most):
            self.drawn = sample + 1
            yield sample
            if self.drawn in looks and all(map(self._clear, self.bounds)):
                return

    def note(self, **found: ArrayLike) -> None:
        """Keep what one sample showed; a rate that it does not show is left out.

        Several rates with the same bounds are noted as an array of one name, each under its own.
        """
        for name, hit in found.items():
            self.noted[name].append(hit)

    def rate(self, name: str) -> NDArray[np.float64]:
        """Shares of the samples that showed it, NaN where none could."""
        return np.mean(self.noted[name], axis=0) if self.noted[name] else np.float64(np.nan)

    def check(self, title: str, but: tuple[str, ...] = ()) -> None:
        """Print the rates and hold each, but those left out, against its bounds."""
        rates = {name: self.rate(name) for name in self.bounds}
        told = ", ".join(f"{name} {np.round(rate, 4)}" for name, rate in rates.items())
        print(f"{title}: {told} of {self.drawn} samples")
        for name, (low, high) in self.bounds.items():
            if name in but:
                continue
            inside = (low <= rates[name]) & (rates[name] <= high)
            assert inside.all(), (title, name, rates[name], (low, high))

    def _clear(self, name: str) -> bool:
        """Whether a rate is well within its bounds already."""
        size, rate = len(self.noted[name]), self.rate(name)
        if np.isnan(rate).any():
            return False
        low, high = self.bounds[name]
        errors = ERRORS * (self.drawn / self.most) ** -POWER
        margins = ((low, rate.min() - low), (high, high - rate.max()))
        return all(
            # a bound beyond 0 or 1 is one that nothing can pass
            margin >= errors * np.sqrt(max(bound * (1.0 - bound), 0.0) / size)
            for bound, margin in margins
            if isfinite(bound)
        )
