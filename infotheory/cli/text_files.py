"""Text tables as people have them: separators, decimal commas and encodings are found, and told."""

import csv
import gzip
import re
import sys
from pathlib import Path

import pandas as pd

__all__ = ["read_text_table"]

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_NAMED = {name: sign for sign, name in _SEPARATORS.items()}

# Bytes of a file that tell its separator.
_HEAD = 1 << 16

# What programs under Windows write where they do not write UTF-8.
_WINDOWS = "cp1252"

_WITH_COMMA = re.compile(r"[+-]?\d*(,\d+)?([eE][+-]?\d+)?")
# Blanks of several widths and apostrophes stand between thousands, as points and commas do.
_APART = " \u00a0\u2009\u202f'’"
_WITH_THOUSANDS = re.compile(
    rf"[+-]?\d{{1,3}}((\.\d{{3}})+(,\d+)?|(,\d{{3}})+(\.\d+)?|([{_APART}]\d{{3}})+([.,]\d+)?)"
)
_DIGITS_AND_SIGNS = re.compile(rf"[+-]?[\d.,{_APART}]*\d")
_ADDRESS = re.compile(r"(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])(\.(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])){3}")


def read_text_table(
    path: Path, name: str, *, separator: str | None = None, encoding: str | None = None
) -> pd.DataFrame:
    """Read a CSV file, whose separator and encoding are found where they are not given.

    ``name`` is what the command line calls the file. What is not plain (a comma, UTF-8) is told on
    the standard error, so that nobody wonders how a file was read.
    """
    head = _head_of(path)
    # The marks of UTF-16; of UTF-8 a mark may be there or not, and "utf-8-sig" takes both.
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    usual = "utf-16" if marked else "utf-8-sig"
    try:
        frame, form = _parsed(path, name, head, separator, encoding or usual)
    except UnicodeDecodeError as error:
        # Every byte but five means something there, so it is tried where nothing else is said.
        if encoding is None and not marked:
            return read_text_table(path, name, separator=separator, encoding=_WINDOWS)
        message = f"{name} must be text in {encoding}, got {path.name!r}: {error}; give --encoding"
        raise ValueError(message) from error
    except LookupError as error:
        message = f"--encoding must be one that Python knows, got {encoding!r}"
        raise ValueError(message) from error
    except pd.errors.EmptyDataError as error:
        message = f"{name} must hold a header and rows, got {path.name!r}, which is empty"
        raise ValueError(message) from error
    except (pd.errors.ParserError, csv.Error) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        message = (
            f"each line of {name} must have as many fields as its header, got {path.name!r}: "
            f"{reason}; give --separator where it is not the sign between the fields"
        )
        raise ValueError(message) from error

    if encoding == _WINDOWS:
        form = [*form, f"encoding {_WINDOWS}"]
    if form:
        print(f"infotheory: {path.name} is read with {', '.join(form)}", file=sys.stderr)
    return frame


def _parsed(
    path: Path, name: str, head: bytes, separator: str | None, encoding: str
) -> tuple[pd.DataFrame, list[str]]:
    """Read a file in one encoding; beside it what was not plain about it."""
    # The head may end within a character, whose bytes are left out.
    sign = _sign(separator) or _separator_of(head.decode(encoding, errors="ignore"))
    frame = pd.read_csv(path, sep=sign, encoding=encoding)
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes a field that the header lacks for names of rows
        message = f"the header has {frame.shape[1]} fields and the first row has more"
        raise pd.errors.ParserError(message)
    _refuse_thousands(frame, path, name, has_comma_fields=sign == ",")
    form = [] if sign == "," else [f"separator {_SEPARATORS.get(sign, sign)}"]

    # A file that is cut at commas quotes a number with one, which may as well group thousands.
    if sign != "," and _has_decimal_commas(frame, path, name):
        frame = pd.read_csv(path, sep=sign, encoding=encoding, decimal=",")
        form.append("decimal comma")
    return frame, form


def _sign(separator: str | None) -> str | None:
    """Sign that an option names: itself, or a word for what a shell does not pass on easily."""
    sign = _NAMED.get(separator, separator) if separator is not None else None
    if sign is not None and len(sign) != 1:
        message = f"--separator must be one sign, or one of {', '.join(_NAMED)}, got {separator!r}"
        raise ValueError(message)
    return sign


def _head_of(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked."""
    if path.suffix == ".gz":
        with gzip.open(path) as packed:
            return packed.read(_HEAD)
    with path.open("rb") as plain:
        return plain.read(_HEAD)


def _separator_of(head: str) -> str:
    """Separator that cuts the first lines into equally many fields, the most of all."""
    lines = head.splitlines()
    if len(head) > _HEAD // 4:
        lines = lines[:-1][:100]  # the last line may be torn

    widths = {}
    for sign in _SEPARATORS:
        # A sign that cuts lines into different numbers of fields is within the fields.
        n_fields = {len(fields) for fields in csv.reader(lines, delimiter=sign) if fields}
        widths[sign] = n_fields.pop() if len(n_fields) == 1 else 1
    best = max(widths, key=lambda sign: widths[sign])  # of equals the first, a comma
    return best if widths[best] > 1 else ","


def _texts_of(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns that are no numbers, as text, without what is missing."""
    others = frame.select_dtypes(exclude=["number", "bool"])
    return {name: others[name].dropna().astype(str).str.strip() for name in others.columns}


def _refuse_thousands(
    frame: pd.DataFrame, path: Path, name: str, *, has_comma_fields: bool
) -> None:
    """Refuse numbers that are written in groups of three digits: they would be read as words."""
    for column, texts in _texts_of(frame).items():
        is_grouped = _has_thousands(texts)
        # Between commas a quoted "1,5" or "1,234" is text to pandas, and nobody knows which of the
        # two its comma is; between other signs it is a decimal comma.
        has_commas = has_comma_fields and _has_commas(texts)
        if not (is_grouped or has_commas):
            continue
        form = "without signs between thousands"
        if not is_grouped:
            form = f"with a decimal point, where commas part the fields, and {form}"
        odd = texts[texts.str.fullmatch(_WITH_THOUSANDS if is_grouped else r".*,.*")].iloc[0]
        message = (
            f"numbers of {name} must be written {form}, got {odd!r} in column {column!r} of "
            f"{path.name!r}"
        )
        raise ValueError(message)


def _has_thousands(texts: pd.Series) -> bool:
    """Whether all entries are digits with signs, and one of them can only be in groups of three."""
    if not len(texts) or not texts.str.fullmatch(_DIGITS_AND_SIGNS).all():
        return False
    # Numbers do not begin with a nought before another digit, codes and telephone numbers do.
    if texts.str.match(r"[+-]?0\d").any() or texts.str.fullmatch(_ADDRESS).all():
        return False
    grouped = texts[texts.str.fullmatch(_WITH_THOUSANDS)]
    # With a single point or comma "1,234" may as well be a decimal number.
    is_apart = grouped.str.contains(f"[{_APART}]").any()
    return bool(len(grouped) and (is_apart or texts.str.count(r"[.,]").max() > 1))


def _has_commas(texts: pd.Series) -> bool:
    """Whether all entries are numbers, and some are written with one comma."""
    if not len(texts) or not texts.str.fullmatch(_WITH_COMMA).all():
        return False
    return bool(texts.str.contains(",").any())


def _has_decimal_commas(frame: pd.DataFrame, path: Path, name: str) -> bool:
    """Whether numbers are written with a comma; refuse a file that has both signs."""
    # Numbers with decimal commas are text to pandas so far; those with points are numbers already.
    with_commas = [column for column, texts in _texts_of(frame).items() if _has_commas(texts)]
    with_points = [
        column
        for column in frame.select_dtypes("float").columns
        if (frame[column].dropna() % 1.0 != 0.0).any()
    ]

    # Read with a decimal comma, the numbers that have points would become words.
    if with_commas and with_points:
        message = (
            f"{name} must have one decimal sign, got commas in {with_commas[:3]} and points in "
            f"{with_points[:3]} of {path.name!r}; write it anew with one of them"
        )
        raise ValueError(message)
    return bool(with_commas)
