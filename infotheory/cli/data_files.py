"""Tables and labels named on the command line."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from infotheory._optional import require
from infotheory._target import is_clear
from infotheory.cli.text_files import read_text_table
from infotheory.engines import Frame

__all__ = [
    "declared_columns",
    "event_of_labels",
    "named_event",
    "read_file",
    "require_columns",
    "special_codes_option",
]

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?inf(inity)?", re.I)


def read_file(
    path: Path,
    name: str = "DATA",
    *,
    separator: str | None = None,
    encoding: str | None = None,
    words: Mapping[str, bool] | None = None,
) -> pd.DataFrame:
    """Read a CSV or Parquet file; ``words`` says which columns of a CSV are known to hold words."""
    if not path.is_file():
        message = f"{name} must be a file, got {str(path)!r}, which is not there"
        raise ValueError(message)
    if path.suffix == ".parquet":
        require("pyarrow", extra="report", purpose="reading Parquet")
        return pd.read_parquet(path)
    if path.name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz")):
        form = {"separator": separator, "encoding": encoding}
        return read_text_table(path, name, words=words, **form)
    message = f"{name} must end in .csv, .tsv (also .gz) or .parquet, got {path.name!r}"
    raise ValueError(message)


def require_columns(wanted: Iterable[str], frame: pd.DataFrame | Frame) -> None:
    """Raise ValueError where a column named on the command line is not in the data."""
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        names = [str(column) for column in frame.columns]
        near = [match for name in absent for match in difflib.get_close_matches(name, names, n=2)]
        more = " and more" if len(names) > 10 else ""
        message = (
            f"columns named on the command line must be in the data, got {absent} where the data "
            f"have {names[:10]}{more}{f'; did you mean {near}?' if near else ''}"
        )
        raise ValueError(message)


def declared_columns(declared: Sequence[str], columns: Iterable[str]) -> list[str]:
    """Return the columns declared categorical that are among some: others have other roles."""
    present = set(columns)
    return [name for name in dict.fromkeys(declared) if name in present]


def special_codes_option(texts: Sequence[str] | None) -> Any:
    """Return the special codes named on the command line."""
    if texts is None:
        return None

    objects = [text for text in texts if text.lstrip().startswith("{")]
    missing = [text for text in texts if text.strip().lower() == "nan"]
    if missing:
        message = (
            f"--special must be codes of values, got {missing[0]!r}; missing values have a bin of "
            "their own, leave it out"
        )
        raise ValueError(message)
    if not objects:
        return [_number_or_text(text) for text in texts]

    try:
        codes = json.loads(objects[0])
    # Besides what is no JSON: numbers of too many digits, and brackets nested by the thousand.
    except (ValueError, RecursionError) as error:
        message = f"--special must be codes or one JSON object, got {objects[0]!r:.200}: {error}"
        raise ValueError(message) from error

    if len(texts) > 1:
        message = f"--special must be codes or one JSON object, got {len(texts)} entries"
        raise ValueError(message)
    return codes


def _number_or_text(text: str) -> float | str:
    """Read a code as a number where a file would; whole ones have the text of a whole number."""
    # Python takes 1_000 for a number too, which is a word in a file.
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def named_event(text: str | None, y: pd.Series) -> Any:
    """Return the label named on the command line; labels that do not tell the event need one."""
    return event_of_labels(text, y.dropna().unique().tolist())


def event_of_labels(text: str | None, labels: Sequence[Any]) -> Any:
    """Return the label named on the command line, of all that a target has."""
    # Nobody guesses which of two words is the event: the sign of every result hangs on it.
    if text is None:
        is_text = any(isinstance(label, str) for label in labels)
        if len(labels) != 2 and not is_text:
            return None  # the fit says what it needs
        if len(labels) == 2 and (is_clear(*labels) or is_clear(*reversed(labels))):
            return None
        kind = "text labels" if is_text else "labels other than 0/1, -1/1 and False/True"
        message = f"{kind} need --event, which of them is the event; got the labels {labels[:5]}"
        raise ValueError(message)

    for label in labels:
        # a column of 0, 1 and blanks is read as 0.0 and 1.0, which nobody writes
        is_whole = isinstance(label, float) and label.is_integer()
        if text in (str(label), str(int(label)) if is_whole else ""):
            return label
    message = f"--event must be one of the labels {labels[:5]}, got {text!r}"
    raise ValueError(message)
