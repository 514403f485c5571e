"""A card read from the JSON that it was written to."""

import re
from pathlib import Path

from infotheory._levels import LevelReader
from infotheory.scorecard import Scorecard, ScorecardRegressor

__all__ = ["card_of_file", "words_of_card"]


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


def words_of_card(card: Scorecard | ScorecardRegressor) -> dict[str, bool]:
    """Whether each characteristic of a card is one of words, as its file has to be read.

    Levels that are numbers or truth values may stand beside words for what is missing.
    """
    words = {}
    for name in card.feature_names_in_:
        levels = [level for bin_levels in card.binner_.specs_[name].levels for level in bin_levels]
        kind = LevelReader(levels).kind if levels else "number"
        words[name] = kind == "text"
    return words
