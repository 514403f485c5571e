"""What a monitor compares with: a card, and the counts of its reference rows."""

from collections.abc import Mapping
from typing import Any, Protocol

from infotheory._any_table import AnyTable
from infotheory.cells import BinSpec
from infotheory.inference import Estimate

__all__ = ["Reference"]


class Reference(Protocol):
    """A card with the counts of its reference rows, as a monitor holds them."""

    @property
    def card(self) -> Any: ...
    @property
    def score_bins(self) -> BinSpec: ...
    @property
    def score_table(self) -> AnyTable: ...
    @property
    def tables(self) -> Mapping[str, AnyTable]: ...
    @property
    def performance(self) -> Mapping[str, Estimate]: ...
    @property
    def description(self) -> Mapping[str, float]: ...
