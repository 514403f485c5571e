"""Text tables as people have them: separators, decimal commas and encodings are found, and told."""

import csv
import gzip
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from infotheory._validation import EXACT

__all__ = ["columns_of_words", "read_text_table"]

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
# pandas reads digits between blanks as the number, too.
_WITH_NOUGHT = re.compile(r"\s*0\d+\s*")
# Programs write a number with an exponent as 1e+06, 1.2E6 or, from there on, 1e16: two digits
# without a point (12E3) or an exponent with a nought (1E05) are of a code, and 1e5 may be either.
_CODE_WITH_E = re.compile(r"\s*(\d{2,}[eE]\d+|\d[eE]0\d*)\s*")
_SHORT_WITH_E = re.compile(r"\s*\d[eE]([1-9]|1[0-5])\s*")
#: Kinds of columns that hold no words; Parquet and databases hand decimals out as objects.
_NO_WORDS = {"number", "boolean", "decimal", "integer", "floating", "mixed-integer-float"}
_ADDRESS = re.compile(r"(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])(\.(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])){3}")


def columns_of_words(frame: pd.DataFrame) -> dict[str, bool]:
    """Whether each column holds words, as a second file has to be read; empty ones do not tell."""
    return {
        name: _kind_of(frame[name]) not in _NO_WORDS
        for name in frame.columns
        if frame[name].notna().any()
    }


def read_text_table(
    path: Path,
    name: str,
    *,
    separator: str | None = None,
    encoding: str | None = None,
    words: Mapping[str, bool] | None = None,
) -> pd.DataFrame:
    """Read a CSV file, whose separator and encoding are found where they are not given.

    ``name`` is what the command line calls the file, ``words`` what is known of its columns from
    another file or a card. What is not plain (a comma, UTF-8) is told on the standard error, so
    that nobody wonders how a file was read. So are words that other programs write for what is
    missing, where they stand among words, and digits that are read as text.
    """
    head, words = _head_of(path), words or {}
    # The marks of UTF-16; of UTF-8 a mark may be there or not, and "utf-8-sig" takes both.
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    usual = "utf-16" if marked else "utf-8-sig"
    try:
        frame, form = _parsed(path, name, head, separator, encoding or usual, words)
    except UnicodeDecodeError as error:
        # Every byte but five means something there, so it is tried where nothing else is said.
        if encoding is None and not marked:
            return read_text_table(path, name, separator=separator, encoding=_WINDOWS, words=words)
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
    path: Path,
    name: str,
    head: bytes,
    separator: str | None,
    encoding: str,
    words: Mapping[str, bool],
) -> tuple[pd.DataFrame, list[str]]:
    """Read a file in one encoding; beside it what was not plain about it."""
    # The head may end within a character, whose bytes are left out.
    sign = _sign(separator) or _separator_of(head.decode(encoding, errors="ignore"))
    with warnings.catch_warnings():
        # Columns of which some parts look like numbers are read as words below.
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)
        frame = pd.read_csv(path, sep=sign, encoding=encoding)

    # A field that the header lacks is taken for names of rows.
    if not isinstance(frame.index, pd.RangeIndex):
        message = f"the header has {frame.shape[1]} fields and the first row has more"
        raise pd.errors.ParserError(message)

    _refuse_thousands(frame, path, name, has_comma_fields=sign == ",")
    form = [] if sign == "," else [f"separator {_SEPARATORS.get(sign, sign)}"]

    # A file that is cut at commas quotes a number with one, which may as well group thousands.
    if sign != "," and _has_decimal_commas(frame, path, name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)
            frame = pd.read_csv(path, sep=sign, encoding=encoding, decimal=",")
        form.append("decimal comma")
    return frame, form + _restore_words(frame, path, sign, encoding, words)


def _restore_words(
    frame: pd.DataFrame, path: Path, sign: str, encoding: str, known: Mapping[str, bool]
) -> list[str]:
    """Put back, in place, what the parser took from columns of words; return what to tell of it.

    Beside numbers "NA" and "null" are no numbers, and missing. Beside words they are words ("None"
    is a collateral, "NA" a country): only an empty field is missing there. Digits behind a nought
    are a code, as a postcode is, and not the number that is left of them; nor are digits around an
    E (12E3), as no program writes numbers, or a number of an account the float next to it.
    """
    names = [*frame.columns]
    words = [i for i, one in enumerate(names) if known.get(one, _may_lack_words(frame[one]))]
    codes = [i for i, one in enumerate(names) if one not in known and _is_whole(frame[one])]
    if codes and not _has_codes(path, sign, encoding):
        codes = [i for i in codes if _may_lack_digits(frame[names[i]]).any()]
    places = sorted(words + codes)
    if not places:
        return []
    plain = {"dtype": str, "keep_default_na": False, "na_values": [""]}
    texts = pd.read_csv(path, sep=sign, encoding=encoding, usecols=places, **plain)

    told = []
    for place, (_, column) in zip(places, texts.items(), strict=True):
        name = names[place]
        numbers_or_words, is_missing = frame[name], frame[name].isna()
        if place in codes:
            if reason := _reason_of_text(column, numbers_or_words):
                told.append(f"{name!r} as text ({reason})")
                frame[name] = column.mask(is_missing)
            elif short := _first_match(column, _SHORT_WITH_E):
                told.append(f"{short!r} in {name!r} as the number {float(short):.0f}")
            continue

        # What another file or a card knows for words needs no telling.
        restored = [] if name in known else column[is_missing].dropna().unique().tolist()
        if restored:
            shown = ", ".join(map(repr, restored[:3]))
            told.append(f"{shown} in {name!r} as words (only empty fields are missing there)")
        frame[name] = column
    return told


def _reason_of_text(texts: pd.Series, numbers: pd.Series) -> str | None:
    """Say why digits are a code and no number, or return None."""
    if with_nought := _first_match(texts, _WITH_NOUGHT):
        return f"{with_nought!r} begins with 0"
    if with_e := _first_match(texts, _CODE_WITH_E):
        return f"numbers are not written as {with_e!r}"
    if _has_lost_digits(texts[_may_lack_digits(numbers)]):
        return "numbers lose digits from 2**53 on"
    return None


def _first_match(texts: pd.Series, form: re.Pattern[str]) -> str | None:
    """Return the first text of a form, without blanks around it; None where there is none."""
    matching = texts[texts.str.fullmatch(form, na=False)]
    return None if matching.empty else str(matching.iloc[0]).strip()


def _kind_of(column: pd.Series) -> str:
    """Kind of a column: number, or what pandas says of its values, such as boolean or string."""
    if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype != bool:
        return "number"
    return str(pd.api.types.infer_dtype(column, skipna=True))


def _may_lack_words(column: pd.Series) -> bool:
    """Whether words of a column may have been taken for missing, or some of them for numbers."""
    kind = _kind_of(column)
    # True and False stay what they are with what is missing beside them.
    if kind in ("number", "boolean", "empty"):
        return False
    return kind != "string" or bool(column.isna().any())


def _is_whole(column: pd.Series) -> bool:
    """Whether the numbers of a column are all whole, and may be codes that lost a nought."""
    if pd.api.types.is_float_dtype(column.dtype):
        present = column.dropna()
        # What overflows may be digits around an E, such as 12E400.
        return bool(len(present) and (present.isin([np.inf]) | (present % 1.0 == 0.0)).all())
    return bool(pd.api.types.is_integer_dtype(column.dtype))


def _may_lack_digits(column: pd.Series) -> "pd.Series[bool]":
    """Which whole numbers became floats, as one missing value makes them, too large for that."""
    return column.abs().ge(EXACT) & pd.api.types.is_float_dtype(column.dtype)


def _has_lost_digits(texts: pd.Series) -> bool:
    """Whether a number written in digits alone is none of the floats."""
    digits = texts[texts.str.fullmatch(r"\s*[+-]?\d+\s*")]
    return any(int(text) != float(text) for text in digits)


def _has_codes(path: Path, sign: str, encoding: str) -> bool:
    """Whether a field of the file begins with a nought and a digit, or may be digits around an E.

    Be it of words or not: it only tells whether fields are worth being read as text.
    """
    before = re.escape(sign)
    begins = re.compile(rf'(^|[\n\r"]|{before})\s*(0[0-9]|[0-9]+[eE][0-9])')
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding=encoding, newline="") as file:
        return any(begins.search(line) for line in file)


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
