"""A card read from the JSON that it was written to."""

import re
from pathlib import Path

from infotheory.scorecard import Scorecard, ScorecardRegressor

__all__ = ["card_of_file"]


def card_of_file(path: Path) -> Scorecard | ScorecardRegressor:
    """Read a card from the JSON that it was written to."""
    if not path.is_file():
        message = (
            f"CARD must be a file that Scorecard.to_json wrote, got {str(path)!r}, which is not "
            "there"
        )
        raise ValueError(message)

    # A card of a mean has a document of its own; what is neither is told by the reader of cards.
    text = path.read_text(encoding="utf-8")
    if re.search(r'"format"\s*:\s*"infotheory scorecard of a mean"', text):
        return ScorecardRegressor.from_json(text)
    return Scorecard.from_json(text)
