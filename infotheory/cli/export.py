"""``infotheory export``: a card as SQL, PMML, Python or ONNX."""

import argparse
from collections.abc import Callable
from pathlib import Path

from infotheory._files import replace_file, replace_text
from infotheory.cli.cards import card_of_file
from infotheory.scorecard import Scorecard, ScorecardRegressor

__all__ = ["FORMATS", "export"]

#: Languages that are text, and what writes a card in them.
_TEXTS: dict[str, Callable[[Scorecard | ScorecardRegressor, argparse.Namespace], str]] = {
    "sql": lambda card, options: card.to_sql(options.table, dialect=options.dialect),
    "pmml": lambda card, _: card.to_pmml(),
    "python": lambda card, _: card.to_python(),
}
FORMATS = (*_TEXTS, "onnx")


def export(options: argparse.Namespace) -> None:
    """Read a card from JSON and write it in another language."""
    card = card_of_file(options.card)
    if options.to == "onnx":
        _export_onnx(card, options)
        return
    text = _TEXTS[options.to](card, options)
    if options.output is None:
        print(text)
        return
    options.output.parent.mkdir(parents=True, exist_ok=True)
    replace_text(options.output, text)
    print(f"{options.to}: {Path(options.output).resolve()}")


def _export_onnx(card: Scorecard | ScorecardRegressor, options: argparse.Namespace) -> None:
    """Write a model, which is no text and goes to a file."""
    if options.output is None:
        message = "an ONNX model is no text: name its file, --output card.onnx"
        raise ValueError(message)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(options.output) as file:
        file.write(card.to_onnx())
    print(f"onnx: {Path(options.output).resolve()}")
