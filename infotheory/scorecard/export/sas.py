"""A card as a SAS data step: one chain of IF statements a characteristic.

SAS has one kind of number (float64) and one of text. It knows no infinity and no empty text: a
blank is missing, and trailing blanks do not tell texts apart. Levels that are numbers or booleans
are read from a column of either type. Text stands in single quotes, in which no macro is read.
"""

import math
import re
from collections.abc import Iterator, Sequence

from infotheory._exports.rules import FeatureRule
from infotheory.cells import UNSEEN
from infotheory.scorecard.export.rules import CardColumns, CardRules, warn_of_rounding

__all__ = ["write_sas"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
_LONGEST_NAME = 32
_TABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,7}\.)?[A-Za-z_][A-Za-z0-9_]{0,31}")
#: Text that is a plain decimal fraction, and the zeros at its end, which decimals carry.
_FRACTION, _ZEROS = r"'/^-?(0|[1-9]\d*)\.\d+$/'", r"'s/\.?0+$//'"
#: Lines stay well below the 256 letters that old batch systems read.
_WIDTH = 100


def write_sas(
    table_name: str,
    output: str,
    rules: CardRules,
    columns: CardColumns | None,
    keep: Sequence[str] | None,
) -> str:
    """Write a data step that makes ``output`` of a table; ``columns`` where all are wanted."""
    for name in (table_name, output):
        _check_table(name)
    warn_of_rounding(rules, "SAS")
    names = [feature.spec.name for feature in rules.features]
    added = _added(rules, columns)
    # With all columns the points of each characteristic are kept, under names of their own.
    partial = [] if columns is not None else list(map(_partial, range(len(names))))
    _check_columns([*(names if keep is None else _listed(keep)), *added, *partial])

    about = f"/* Scorecard, {_comment(rules.event)} */\n" if rules.event else ""
    lines = [f"data {output};", f"  set {table_name};"]
    if columns is not None:
        for bins in columns.bins:
            # SAS counts bytes, and cuts longer text without a word.
            width = max(len(label.encode()) for label in (*bins.spec.labels, UNSEEN))
            lines.append(f"  length {_name(f'{bins.spec.name}_bin')} ${width};")

    for i, feature in enumerate(rules.features):
        lines += ["", *_chain(feature, columns, i)]
    lines += ["", *_totals(rules, columns)]
    if keep is not None:
        lines.append(f"  keep {' '.join(map(_name, [*keep, *added]))};")
    elif columns is None:
        lines.append(f"  drop {' '.join(partial)};")
    return about + "\n".join([*lines, "run;", ""])


def _added(rules: CardRules, columns: CardColumns | None) -> list[str]:
    """Names of the columns that the step adds, which SAS limits to 32 bytes."""
    if columns is None:
        return ["points"]
    names = [feature.spec.name for feature in rules.features]
    of_bins = [f"{name}_{what}" for name in names for what in ("bin", "woe", "points")]
    return [*of_bins, "points", columns.outcome]


def _chain(feature: FeatureRule, columns: CardColumns | None, i: int) -> Iterator[str]:
    """Write the tests of one characteristic, the first that holds decides."""
    spec = feature.spec
    conditions = _categories(feature) if spec.kind == "categorical" else _numbers(feature)
    word = "if"
    for condition, code in conditions:
        # What is refused stays missing in all columns, and so do the sums of them.
        test = f"  {word} {condition} then do;" if condition else "  else do;"
        yield f"{test} {' '.join(_assigned(feature, columns, i, code))} end;"
        word = "else if"


def _assigned(
    feature: FeatureRule, columns: CardColumns | None, i: int, code: int
) -> Iterator[str]:
    """Write what a value of one code gets."""
    points = _number(float(feature.points[code]))
    if columns is None:
        yield f"{_partial(i)} = {points};"
        return

    # Codes that are joined to another bin are mapped to that bin; refused ones have none.
    name, by_code = feature.spec.name, columns.bins[i].points
    labels = (*feature.spec.labels, UNSEEN)
    label = "" if math.isnan(by_code[code]) else labels[int(by_code[code])]
    yield f"{_name(f'{name}_bin')} = {_text(label)};"
    yield f"{_name(f'{name}_woe')} = {_number(float(columns.evidence[i].points[code]))};"
    yield f"{_name(f'{name}_points')} = {points};"


def _numbers(feature: FeatureRule) -> Iterator[tuple[str, int]]:
    """Conditions of a number and the code of each; the last one has no condition."""
    spec = feature.spec
    x = _name(spec.name)
    # A missing number is below every other in SAS: it must be caught before the splits.
    yield f"missing({x})", spec.missing_code
    for i, values in enumerate(spec.special_numbers):
        infinite = [value for value in values if math.isinf(value)]
        if infinite:
            message = (
                f"special values of {spec.name!r} must be finite for SAS, which has no infinity, "
                f"got {infinite[0]!r}; give the code another number"
            )
            raise ValueError(message)
        if values:
            yield f"{x} in {_list([_number(float(v)) for v in values])}", spec.n_bins + i

    for code, split in enumerate(spec.splits):
        yield f"{x} < {_number(split)}", code
    yield "", spec.n_bins - 1


def _categories(feature: FeatureRule) -> Iterator[tuple[str, int]]:
    """Conditions of a category and the code of each, the unseen one last."""
    spec = feature.spec
    reader, x = spec.level_reader, _name(spec.name)
    is_text = reader.kind == "text"
    # As text a missing number is a point, and NaN of another program the word nan.
    is_missing = f"missing({x})" if is_text else f"lowcase(cats({x})) in ('', '.', 'nan')"
    yield is_missing, spec.missing_code

    # Codes of levels come first, then those of special groups, as in the bins.
    groups = [*spec.levels, *(tuple(map(str, values)) for _, values in spec.special)]
    seen: dict[str, str] = {}
    for code, levels in enumerate(groups):
        if not levels:
            continue
        if is_text:
            for level in levels:
                _check_level(spec.name, level, seen)
            yield f"{x} in {_list(list(map(_text, levels)))}", code
        else:
            # A column of numbers and one of text become the same text, without outer blanks.
            # The exponent of put(), 1E-7 for 1e-07, is among them.
            texts = [text for level in levels for text in reader.texts(level)]
            yield f"{_as_key(x)} in {_list(list(map(_text, texts)))}", code
    yield "", spec.unseen_code


def _as_key(x: str) -> str:
    """Write 1, 1.0 and '1.00' as the text 1, and other text in small letters."""
    # Text is no number for being read as one, as '01' and '1e0' are: only zeros go.
    trimmed = f"ifc(prxmatch({_FRACTION}, cats({x})), prxchange({_ZEROS}, 1, cats({x})), cats({x}))"
    number = f"strip(put(input(cats({x}), ?? best32.), best32.))"
    return f"lowcase(ifc(vtype({x}) = 'N', {number}, {trimmed}))"


def _totals(rules: CardRules, columns: CardColumns | None) -> Iterator[str]:
    """Write the sums; one missing term makes them missing, as the operator + does."""
    names = [feature.spec.name for feature in rules.features]
    if columns is None:
        terms = list(map(_partial, range(len(names))))
    else:
        terms = [_name(f"{name}_points") for name in names]
    yield f"  points = {_sum([_number(rules.base), *terms])};"
    if columns is None:
        return

    products = [
        f"{_number(coefficient)} * {_name(f'{name}_woe')}"
        for name, coefficient in zip(names, columns.coefficients, strict=True)
    ]
    predictor = _sum([_number(columns.intercept), *products])
    outcome = {
        "logit": f"1 / (1 + exp(-({predictor})))",
        "log": f"exp({predictor})",
        "identity": predictor,
    }
    yield f"  {columns.outcome} = {outcome[columns.link]};"


def _sum(terms: list[str]) -> str:
    return "\n    + ".join(terms)


def _list(items: list[str]) -> str:
    """Write a list in brackets, broken where lines get long."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _WIDTH and lines[-1]:
            lines.append("")
        lines[-1] += f"{item}, "
    listed = "\n      ".join(line.rstrip() for line in lines).removesuffix(",")
    return f"({listed})"


def _partial(i: int) -> str:
    """Name points that are not kept."""
    return f"_points_{i + 1}"


def _number(value: float) -> str:
    """Write a float64 in the fewest digits that give it back, and missing as a dot."""
    if math.isnan(value):
        return "."
    text = repr(float(value))
    return text.removesuffix(".0") if abs(value) < 1e15 else text


def _text(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _name(name: str) -> str:
    """Write a name, quoted where it is no word of SAS (which needs ``validvarname=any``)."""
    if _PLAIN.fullmatch(name):
        return name
    return f"{_text(name)}n"


def _comment(about: str) -> str:
    """Leave nothing in a comment that could end it or call a macro."""
    return re.sub(r"[^\w .,'-]", lambda match: f"[{ord(match[0]):x}]", about)


def _listed(keep: Sequence[str]) -> list[str]:
    if isinstance(keep, str) or not all(isinstance(name, str) for name in keep):
        message = f"keep must be a list of names of columns, or None, got {keep!r}"
        raise ValueError(message)
    return list(keep)


def _check_table(name: str) -> None:
    if not isinstance(name, str) or not _TABLE.fullmatch(name):
        message = (
            "tables must have names of SAS (letters, digits and underscores, at most 32, with the "
            f"library before a point), got {name!r}"
        )
        raise ValueError(message)


def _check_columns(names: Sequence[str]) -> None:
    """Raise ValueError where SAS cannot hold the columns: names are short, and have no case."""
    seen: set[str] = set()
    for name in names:
        if not name.strip() or "\n" in name or len(name.encode()) > _LONGEST_NAME:
            message = (
                f"columns must have names of at most {_LONGEST_NAME} bytes for SAS, got {name!r}; "
                'rename the characteristic, or write points only (columns="points")'
            )
            raise ValueError(message)
        if name.lower() in seen:
            message = f"columns must have distinct names, got {name!r} twice; rename the column"
            raise ValueError(message)
        seen.add(name.lower())


def _check_level(feature: str, level: str, seen: dict[str, str]) -> None:
    """Raise ValueError where a level is missing in SAS, or is another one but for blanks."""
    shown = level.rstrip(" ")
    if not shown or "\n" in level or shown in seen:
        other = f"{level!r}" if not shown or "\n" in level else f"{seen[shown]!r} and {level!r}"
        message = (
            f"levels of {feature!r} must be texts that differ in more than trailing blanks, and "
            f"not blank, for SAS, got {other}; rename the level"
        )
        raise ValueError(message)
    seen[shown] = level
