"""Bins as expressions: what a lazy engine computes for each row."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._typing import LabelArray
from infotheory.cells import BinSpec
from infotheory.engines.compared import Compared
from infotheory.engines.frames import Frame

__all__ = ["bin_column", "cell_codes", "code_column"]

#: By name: older versions of narwhals do not know all of them.
_PRECISIONS: dict[str, type[np.floating[Any]]] = {"Float16": np.float16, "Float32": np.float32}


def bin_column(spec: BinSpec, values: "Sequence[Any] | LabelArray", frame: Frame) -> nw.Expr:
    """Replace each value of a feature by the value of its bin, on the engine of the frame.

    An expression cannot raise an error for single rows: where ``BinSpec.encode`` would (an infinite
    number that is not special, an unseen category with ``unknown="error"``), the result is null.

    Parameters
    ----------
    spec : BinSpec
        Bins of a feature.
    values : sequence or ndarray of length n_codes
        Value of each code, the unseen one last; numbers or strings.
    frame : Frame
        The frame, see ``open_frame``.

    Returns
    -------
    narwhals.Expr
        An expression called as the feature.

    Raises
    ------
    TypeError
        If the column does not hold what the bins are made of.

    Examples
    --------
    >>> import pandas as pd
    >>> from infotheory.engines import open_frame
    >>> spec = BinSpec(name="age", kind="numerical", splits=(30.0, 45.0))
    >>> frame = open_frame(pd.DataFrame({"age": [22.0, 45.0, None]}))
    >>> points = bin_column(spec, [5, 17, 30, 11, 0], frame)
    >>> frame.table.select(points).to_native()["age"].tolist()
    [5, 30, 11]
    """
    # Values of Python, since engines need not take those of numpy for literals.
    plain = [frame.value(value) for value in np.asarray(values).tolist()]
    if spec.kind == "categorical":
        return _of_level(spec, frame, plain).alias(spec.name)

    number = Compared.of(frame, spec.name)
    regular = _tree(number, spec.splits, plain[: spec.n_bins])
    nothing = nw.lit(None)
    return _of_number(spec, frame, number, regular, plain, nothing, nothing).alias(spec.name)


def code_column(spec: BinSpec, frame: Frame) -> nw.Expr:
    """Replace each value by its code; what has no bin gets one of unseen values, not an error.

    For infinite numbers see ``cell_codes``.
    """
    if spec.kind == "numerical":
        return cell_codes(spec, frame)
    lenient = replace(spec, unknown="zero" if spec.unknown == "error" else spec.unknown)
    return _of_level(lenient, frame, [nw.lit(code) for code in range(spec.n_codes)])


def cell_codes(
    spec: BinSpec,
    frame: Frame,
    *,
    number: nw.Expr | None = None,
    start: int = 0,
    regular: nw.Expr | None = None,
) -> nw.Expr:
    """Replace each number by its code plus ``start``.

    ``number`` takes the place of the column of the frame, as float64. Infinite numbers that are not
    special get the codes of ``BinSpec.mark``. ``regular`` gives the cell of regular numbers,
    ``start`` included; a tree of comparisons when None.
    """
    compared = Compared.of(frame, spec.name) if number is None else Compared(number)
    # The code of unseen values, of which numbers have none, marks inf, and one behind it -inf.
    codes = [nw.lit(code) for code in range(start, start + spec.n_codes + 1)]
    tree = _tree(compared, spec.splits, codes[: spec.n_bins]) if regular is None else regular
    return _of_number(spec, frame, compared, tree, codes, codes[-2], codes[-1])


def _of_number(
    spec: BinSpec,
    frame: Frame,
    number: Compared,
    regular: nw.Expr,
    values: list[nw.Expr],
    positive: nw.Expr,
    negative: nw.Expr,
) -> nw.Expr:
    """Choose between what missing, special, infinite and regular numbers get, in this order."""
    # Values may go on for infinite ones.
    values = [*(values[place] for place in spec.destinations), *values[spec.n_codes :]]

    # Each case wraps those before it: the last one that is written is looked at first.
    x, value = number.value, regular
    value = nw.when(x == np.inf).then(positive).otherwise(value)
    value = nw.when(x == -np.inf).then(negative).otherwise(value)
    for i, group in enumerate(spec.special_numbers):
        for special in group:
            chosen = values[spec.n_bins + i]
            value = nw.when(number.equals(special)).then(chosen).otherwise(value)
    is_missing = frame.is_missing(x)
    return nw.when(is_missing).then(values[spec.missing_code]).otherwise(value)


def _tree(number: Compared, splits: Sequence[float], values: Sequence[nw.Expr]) -> nw.Expr:
    """Search the bin by halves: as many comparisons a row as the logarithm of the splits."""
    if not splits:
        return values[0]
    middle = len(splits) // 2
    left = _tree(number, splits[:middle], values[: middle + 1])
    right = _tree(number, splits[middle + 1 :], values[middle + 1 :])
    return nw.when(number.below(splits[middle])).then(left).otherwise(right)


def _of_level(spec: BinSpec, frame: Frame, values: list[nw.Expr]) -> nw.Expr:
    """Choose between what missing and unseen values and those of each group of levels get."""
    values = [values[place] for place in spec.destinations]
    missing, unseen = values[spec.missing_code], values[spec.unseen_code]
    others = {"zero": unseen, "missing": missing, "error": nw.lit(None)}

    is_missing, holds = _level_tests(spec, frame)
    # What no test holds of is unseen; an expression cannot raise an "error", and gives null.
    result = others[spec.unknown]
    groups = [*spec.levels, *(group for _, group in spec.special)]
    for levels, value in zip(groups, values, strict=False):
        test = holds(levels) if levels else None
        if test is not None:
            result = nw.when(test).then(value).otherwise(result)
    return nw.when(is_missing).then(missing).otherwise(result)


def _check_told_apart(spec: BinSpec, dtype: Any, precision: Any) -> None:
    """Refuse levels that are whole numbers of a size at which neighbours are one float."""
    # From 2**53 on in float64, and 2**24 in float32, neighbouring whole numbers are one float.
    least, reader = 2.0 ** (np.finfo(precision).nmant + 1), spec.level_reader
    for level in (level for group in spec.levels for level in group):
        number = reader.number(level)
        if number is not None and least <= abs(number) < np.inf:
            message = (
                f"column {spec.name!r} must hold integers or text where a level is {level}, got "
                f"{dtype}: floats of this size stand for several whole numbers; cast the column"
            )
            raise TypeError(message)


def _level_tests(
    spec: BinSpec, frame: Frame
) -> tuple[nw.Expr, Callable[[Sequence[str]], nw.Expr | None]]:
    """Test for missing values, and make those for levels (None where no value can be one)."""
    reader, dtype = spec.level_reader, frame.dtypes[spec.name]
    if dtype.is_float() or dtype.is_decimal():
        # The text of such a column differs by engine, its numbers do not.
        x, precision = frame.number(spec.name), _PRECISIONS.get(str(dtype), np.float64)
        _check_told_apart(spec, dtype, precision)

        def holds_number(levels: Sequence[str]) -> nw.Expr | None:
            numbers = [reader.number(level, precision) for level in levels]
            tests = [x == number for number in numbers if number is not None]
            return nw.any_horizontal(*tests, ignore_nulls=True) if tests else None

        return frame.is_missing(x), holds_number

    if frame.compares_moments(spec.name):
        time = nw.col(spec.name)

        def holds_moment(levels: Sequence[str]) -> nw.Expr | None:
            moments = [reader.moment(level) for level in levels]
            tests = [time == nw.lit(moment) for moment in moments if moment is not None]
            return nw.any_horizontal(*tests, ignore_nulls=True) if tests else None

        return time.is_null(), holds_moment

    text = frame.text(spec.name)
    if reader.kind == "text":
        return text.is_null(), lambda levels: text.is_in(list(levels))

    comparable = text.str.to_lowercase()
    if dtype == nw.String or isinstance(dtype, nw.Categorical | nw.Enum):
        comparable = frame.without_zeros(comparable)

    def holds_text(levels: Sequence[str]) -> nw.Expr | None:
        return comparable.is_in([text for level in levels for text in reader.texts(level)])

    return text.is_null() | (comparable == "nan"), holds_text
