"""``infotheory export``: a card as SQL, PMML or Python."""

import argparse
from pathlib import Path

from infotheory._files import replace_text
from infotheory.cli.data_files import card_of_file

__all__ = ["FORMATS", "export"]

FORMATS = ("sql", "pmml", "python")


def export(options: argparse.Namespace) -> None:
    """Read a card from JSON and write it in another language."""
    card = card_of_file(options.card)
    if options.to == "sql":
        text = card.to_sql(options.table, dialect=options.dialect)
    else:
        text = card.to_pmml() if options.to == "pmml" else card.to_python()
    if options.output is None:
        print(text)
        return
    options.output.parent.mkdir(parents=True, exist_ok=True)
    replace_text(options.output, text)
    print(f"{options.to}: {Path(options.output).resolve()}")
