"""Checks at the border of the package. Inside it, arrays are trusted."""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np

from infotheory._numerics import is_tensor, refuse_masked, refuse_text, tensor_to_numpy
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray, LabelArray
from infotheory._warnings import warn
from infotheory.exceptions import HighCardinalityWarning

__all__ = [
    "EXACT",
    "LEAST_WEIGHT",
    "as_array",
    "as_counts",
    "as_label_array",
    "as_numbers",
    "as_order",
    "as_variables",
    "as_weights",
    "check_exact",
    "check_flag",
    "check_integer",
    "check_length",
    "check_level",
    "check_number",
    "check_option",
    "check_range",
    "check_weight_range",
    "codes_of_all_rows",
    "distinct_labels",
    "fill_absent",
    "is_number",
    "is_one_label",
    "mass_of_rows",
    "missing_labels",
    "missing_mask",
    "number_or_nan",
    "present_labels",
    "refuse_joined",
    "refuse_shares",
    "rows_that_weigh",
    "rows_with_weight",
    "unmasked",
    "warn_of_identifier",
    "wrong_keys",
]

#: Largest weight of a row over the median of the positive ones.
_MOST_WEIGHT_RATIO = 1e7
#: A weight below counts as 0, beside weights that leave it no digit of any sum.
LEAST_WEIGHT = 1e-60
#: Whole numbers up to here are float64, and beyond it every second one, fourth one, ... is.
EXACT = 2**53
_LARGEST = 1e60  # fourth powers of numbers up to here, and their sums, are float64
_VISIBLE = 1e-40
_MANY_LABELS = 50


def check_option(name: str, value: Any, options: Sequence[Any]) -> None:
    """Raise ValueError where ``value`` is not one of ``options``."""
    # Arrays and frames compare entry by entry, or not at all.
    try:
        known_value = isinstance(value, Hashable) and bool(value in options)
    except (TypeError, ValueError):
        known_value = False
    if not known_value:
        known = ", ".join(repr(option) for option in options)
        message = f"{name} must be one of {known}, got {value!r}"
        raise ValueError(message)


def check_flag(name: str, value: Any) -> None:
    """Raise ValueError unless ``value`` is True or False: text and arrays are true by accident."""
    if not isinstance(value, bool | np.bool_):
        message = f"{name} must be True or False, got {value!r}"
        raise ValueError(message)  # noqa: TRY004 - as all wrong arguments


def check_integer(
    name: str, value: Any, *, low: int = 1, high: int | None = None, alternative: str = ""
) -> None:
    """Raise ValueError unless ``value`` is an integer from ``low`` to ``high``.

    ``alternative`` names what else would do (", or None for no limit").
    """
    if not _is_whole(value) or value < low or (high is not None and value > high):
        range_ = f"of at least {low}" if high is None else f"from {low} to {high}"
        message = f"{name} must be an integer {range_}{alternative}, got {value!r}"
        raise ValueError(message)


def number_or_nan(value: Any) -> float:
    """Return one real number of any type as float, NaN for anything else."""
    # float() reads text and True.
    if isinstance(value, str | bytes | bool | np.bool_):
        return math.nan
    try:
        return float(value) if np.ndim(value) == 0 else math.nan
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return math.nan


def is_one_label(value: Any) -> bool:
    """Whether a value is one label, and no collection of them."""
    # A scalar of numpy has the shape (), and is one label.
    return isinstance(value, Hashable) and getattr(value, "shape", ()) == ()


def is_number(value: Any) -> bool:
    """Whether a value is a real number; True and False are not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_number(
    name: str, value: Any, low: float, high: float, *, ends: str = "[]", rule: str = ""
) -> None:
    """Raise ValueError unless ``value`` is a number between ``low`` and ``high``.

    ``ends`` says which ends belong, as in "[)"; ``rule`` words it for the message where the
    interval alone would not do.
    """
    inside = is_number(value) and (
        (value >= low if ends[0] == "[" else value > low)
        and (value <= high if ends[1] == "]" else value < high)
    )
    if not inside:
        worded = rule or f"a number in {ends[0]}{low:g}, {high:g}{ends[1]}"
        message = f"{name} must be {worded}, got {value!r}"
        raise ValueError(message)


def check_level(level: float, name: str = "level") -> None:
    """Raise ValueError unless a coverage (or a size, or a power) lies strictly between 0 and 1."""
    if not is_number(level) or not 0.0 < level < 1.0:
        message = (
            f"{name} must lie strictly between 0 and 1, got {level!r}; use 0.95 for a 95 % interval"
            if name == "level"
            else f"{name} must lie strictly between 0 and 1, got {level!r}"
        )
        raise ValueError(message)


def check_length(name: str, values: ArrayLike, n_rows: int) -> LabelArray:
    """Return ``values`` as a one-dimensional array of ``n_rows`` entries, or raise ValueError."""
    array = as_array(name, values)
    if array.ndim != 1 or array.shape[0] != n_rows:
        message = f"{name} must have shape ({n_rows},), one entry a row, got shape {array.shape}"
        raise ValueError(message)
    return array


def as_array(name: str, values: ArrayLike) -> LabelArray:
    """Return an array of any dtype, or raise ValueError.

    Rows must have one length, and no mask may hide an entry.
    """
    refuse_masked(name, values)
    if is_tensor(values):
        return tensor_to_numpy(name, values)
    try:
        return in_native_order(np.asarray(values))
    except ValueError as error:
        message = f"{name} must be one rectangular array, got {values!r}"
        raise ValueError(message) from error


def in_native_order(array: LabelArray) -> LabelArray:
    """Return an array in the order of bytes of this machine, the only one that pandas hashes."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def unmasked(values: Any, *, labels: bool) -> Any:
    """Return a masked array as one in which what is masked is missing: NaN in numbers, else None.

    Anything else comes back as it is. Whole numbers that are labels stay whole numbers.
    """
    if not isinstance(values, np.ma.MaskedArray):
        return values
    hidden = np.ma.getmaskarray(values)
    kept = np.asarray(values.data)
    numbers = kept.dtype.kind == "f" or (kept.dtype.kind in "iu" and not labels)
    missing: Any = np.nan if numbers else None
    return np.where(hidden, missing, kept)


def as_label_array(name: str, values: ArrayLike) -> LabelArray:
    """Return labels as an array of any dtype, as ``as_array``, in which what is missing stays so.

    numpy turns a NaN of a list of text into the text "nan", and 1 into "1".
    """
    array = as_array(name, values)
    is_list = isinstance(values, list | tuple)
    return np.asarray(values, dtype=object) if is_list and array.dtype.kind in "US" else array


def check_exact(name: str, values: Iterable[Any]) -> None:
    """Raise ValueError where a whole number is not equal to its float64."""
    for value in values:
        # The most frequent type first: whether a number is whole is asked of a register of types.
        if isinstance(value, float):
            continue
        is_whole = isinstance(value, Integral) or (
            isinstance(value, Decimal) and value.is_finite() and value == value // 1
        )
        # What is too large for any float has an error of its own.
        if is_whole and EXACT < abs(value) < 2**1023 and int(float(value)) != value:
            message = (
                f"{name} must hold numbers that floats tell apart, got {value}: from 2**53 on they "
                "skip whole numbers; declare a code in categorical_features, subtract a constant, "
                "or cast to float64 where rounding does not matter"
            )
            raise ValueError(message)


def refuse_joined(name: str, labels: Any) -> None:
    """Raise ValueError where labels are floats of a size at which neighbours are one float.

    Whole numbers turn into them beside missing values (pandas) and beside negative ones (numpy),
    and nobody can tell how many labels there were before.
    """
    floats = np.asarray(labels)
    if floats.dtype.kind == "O":
        floats = np.array([x for x in floats.ravel() if isinstance(x, float | np.floating)])
    if floats.dtype.kind != "f":
        return

    # pandas makes float64 of longer ones
    digits = min(np.finfo(floats.dtype).nmant, 52) + 1
    joined = np.isfinite(floats) & (np.abs(floats) >= 2.0**digits)
    if joined.any():
        message = (
            f"{name} must hold labels that can be told apart, got the float "
            f"{floats[joined][0]}: from 2**{digits} on whole numbers are joined when they "
            "become floats, as beside missing values; keep them as integers (Int64 in pandas) or "
            "as text"
        )
        raise ValueError(message)


def distinct_labels(name: str, labels: LabelArray) -> tuple[LabelArray, IntArray]:
    """Return the sorted distinct labels and the place of each label among them.

    Raises
    ------
    ValueError
        If the labels cannot be sorted, or are floats that may stand for several whole numbers.
    """
    try:
        found, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        message = (
            f"{name} must hold labels that can be sorted, got {labels[:5].tolist()}; turn them "
            "into strings"
        )
        raise ValueError(message) from error
    refuse_joined(name, found)
    return found, codes


def labels_of_rows(
    name: str, values: ArrayLike, n_rows: int, weights: FloatArray | None = None
) -> tuple[LabelArray, IntArray]:
    """Return the sorted distinct labels of rows and the place of each row's label among them.

    Labels of rows of weight 0 are nobody's: those rows get place 0, in which they weigh nothing.

    Raises
    ------
    ValueError
        If there is not one label a row, one is missing, or they cannot be sorted.
    """
    labels = check_length(name, as_label_array(name, values), n_rows)
    has_weight = rows_with_weight(weights)
    if has_weight is not None:
        labels = labels[has_weight]
    n_missing = int(missing_mask(labels).sum())
    if n_missing:
        raise ValueError(missing_labels(name, n_missing, way_out="drop those rows or name a label"))

    found, codes = distinct_labels(name, labels)
    return found, codes_of_all_rows(codes, has_weight)


def codes_of_all_rows(codes: IntArray, has_weight: BoolArray | None) -> IntArray:
    """Give rows without weight, which were not coded, code 0; with None all rows were coded."""
    if has_weight is None:
        return codes
    of_all = np.zeros(has_weight.size, dtype=np.intp)
    of_all[has_weight] = codes
    return of_all


def fill_absent(name: str, values: Any, weights: FloatArray | None) -> Any:
    """Give rows of weight 0 what the first row with weight holds; other values come back as given.

    A row of weight 0 is no row, so that whatever it holds (nothing, a third label, infinity) is
    neither checked nor learnt; its entry only keeps the arrays of all rows beside each other.
    """
    has_weight = rows_with_weight(weights)
    if has_weight is None:
        return values
    array = as_label_array(name, values)
    # Another length is for the check of lengths to tell.
    if array.shape[:1] != has_weight.shape:
        return values
    filled = array.copy()
    filled[~has_weight] = array[has_weight.argmax()]
    return filled


def present_labels(
    name: str, labels: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[Any, FloatArray | None]:
    """Return labels of rows, in which those of weight 0 are nobody's, and the checked weights."""
    shape = () if sample_weight is None else as_array(name, labels).shape
    # What has no rows is for the check of labels to refuse.
    if not shape:
        return labels, None
    weights = as_weights(sample_weight, shape[0])
    return fill_absent(name, labels, weights), weights


def rows_that_weigh(
    bins: IntArray, y: ArrayLike, group: ArrayLike | None, weights: FloatArray | None
) -> tuple[IntArray, Any, Any, FloatArray | None]:
    """Take the rows that have weight of the codes, target and groups of a table, and weights."""
    has_weight = rows_with_weight(weights)
    if weights is None or has_weight is None:
        return bins, y, group, weights
    target, groups = (
        None
        if labels is None
        else check_length(name, as_label_array(name, labels), bins.size)[has_weight]
        for name, labels in (("y", y), ("group", group))
    )
    return bins[has_weight], target, groups, weights[has_weight]


def rows_with_weight(weights: FloatArray | None) -> BoolArray | None:
    """Mark the rows that have weight; None where all of them have, or none has."""
    if weights is None:
        return None
    has_weight: BoolArray = weights > 0.0
    return None if has_weight.all() or not has_weight.any() else has_weight


def check_range(name: str, values: FloatArray, *, squared: bool = False) -> None:
    """Raise ValueError where squares and products would leave the range of float64."""
    bound, text = (_LARGEST**2, "1e120") if squared else (_LARGEST, "1e60")
    if values.size and np.abs(values).max() > bound:
        message = (
            f"{name} must lie between -{text} and {text}, got "
            f"{values.flat[np.abs(values).argmax()]}; rescale it"
        )
        raise ValueError(message)


def missing_mask(values: LabelArray) -> BoolArray:
    """Mark None, NaN, NaT and pandas.NA in an array of any dtype."""
    # Truth values, integers and text of numpy have no missing entry.
    if values.dtype.kind in "biuSU":
        return np.zeros(values.shape, dtype=bool)
    if values.dtype.kind in "fcmM":
        return np.asarray(np.isnan(values) if values.dtype.kind in "fc" else np.isnat(values))
    return np.fromiter(
        (_is_missing(value) for value in values.ravel()), dtype=bool, count=values.size
    ).reshape(values.shape)


def missing_labels(name: str, n_missing: int, *, way_out: str = "drop those rows") -> str:
    """Word the error for labels that are missing."""
    return f"{name} must not contain NaN or None, got {n_missing} missing labels; {way_out}"


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    # NaN and NaT differ from themselves; pandas.NA answers NA.
    different = value != value  # noqa: PLR0124
    return (
        bool(different)
        if isinstance(different, bool | np.bool_)
        else type(different).__name__ == "NAType"
    )


def as_variables(name: str, variables: Any) -> list[int]:
    """Return one integer, or each of a sequence of integers, or raise ValueError."""
    listed = [variables] if _is_whole(variables) else variables
    if isinstance(listed, np.ndarray):
        listed = list(listed) if listed.ndim == 1 else None
    if not isinstance(listed, Sequence) or not all(_is_whole(variable) for variable in listed):
        message = f"{name} must be an integer or a sequence of integers, got {variables!r}"
        raise ValueError(message)
    return [int(variable) for variable in listed]


def _is_whole(value: Any) -> bool:
    """Whether a value is an integer; True and durations, which numpy counts among them, are not."""
    return isinstance(value, Integral) and not isinstance(value, bool | np.timedelta64)


def as_weights(
    weights: ArrayLike | None,
    n_rows: int,
    *,
    name: str = "sample_weight",
    may_vanish: bool = False,
) -> FloatArray | None:
    """Return sampling weights as float64, or None where there are none or all are 1.

    Rows that ``may_vanish`` may all have weight 0. Weights below 1e-60 beside others of at least
    1e-40 are 0.

    Raises
    ------
    ValueError
        If the weights have the wrong length, are negative, not finite, or all zero, or are above
        1e60, or one below 1e-60 stands beside none of at least 1e-40, or the largest is more than
        1e7 times the median of those above 0.
    """
    if weights is None:
        return None
    array = as_array(name, weights)
    if array.ndim == 0:
        # One number is the weight of every row.
        array = np.full(n_rows, array)
    array = check_length(name, array, n_rows)
    array = as_numbers(name, array)
    if not np.isfinite(array).all():
        message = (
            f"{name} must be finite, got {array[~np.isfinite(array)][0]} in row "
            f"{np.argmin(np.isfinite(array))}"
        )
        raise ValueError(message)
    if (array < 0).any():
        message = f"{name} must not be negative, got {array.min()} in row {array.argmin()}"
        raise ValueError(message)

    if not array.any():
        if may_vanish:
            return array
        message = f"{name} must not all be zero, got {n_rows} zeros"
        raise ValueError(message)

    positive = array[array > 0.0]
    check_weight_range(
        (positive.min(), positive.max()),
        lambda: float(np.median(positive[positive >= LEAST_WEIGHT])),
        name=name,
    )

    if positive.min() < LEAST_WEIGHT:
        array = np.where(array < LEAST_WEIGHT, 0.0, array)
    # Whether rows are weighted is told by the values: weights of 1 are no weights.
    return None if (array == 1.0).all() else array


def check_weight_range(
    ends: tuple[float, float], median: Callable[[], float], *, name: str = "sample_weight"
) -> None:
    """Raise ValueError where positive weights are out of range, or one of them is all that counts.

    ``ends`` are the smallest and the largest; their ``median`` is asked for only where it matters.
    Beyond 1e7 times the median a row says alone what all others do not, and its square leaves
    theirs less than two digits. Weights far below the median are harmless: they say nothing.
    """
    smallest, largest = ends
    check_range(name, np.array([largest]))
    if smallest < LEAST_WEIGHT and largest < _VISIBLE:
        message = (
            f"{name} must be 0 or at least 1e-60, or stand beside weights of at least 1e-40, which "
            f"leave it no digit, got {smallest:g} and a largest of {largest:g}; rescale them"
        )
        raise ValueError(message)

    if largest > _MOST_WEIGHT_RATIO * smallest and largest > _MOST_WEIGHT_RATIO * median():
        message = (
            f"{name} may hold weights up to {_MOST_WEIGHT_RATIO:.0e} times their median (of those "
            f"above 0), got a median of {median():g} and a largest of {largest:g}, a ratio of "
            f"{largest / median():.3g}; correct the largest, or set weights that do not matter to 0"
        )
        raise ValueError(message)


def mass_of_rows(weights: FloatArray | None, n_rows: int) -> FloatArray:
    """Weight of each row, ones where none are given: the one place where ones stand for none."""
    return np.ones(n_rows) if weights is None else weights


def _check_mass_range(name: str, values: FloatArray, *, squared: bool) -> None:
    check_range(name, values, squared=squared)
    least, text = (LEAST_WEIGHT**2, "1e-120") if squared else (LEAST_WEIGHT, "1e-60")
    smallest = values[values > 0.0].min(initial=1.0)
    # A little less is the square of the least weight, rounded.
    if smallest < least * (1.0 - 1e-12):
        message = f"{name} must be 0 or at least {text}, got {smallest}; rescale it"
        raise ValueError(message)


def as_numbers(name: str, array: LabelArray) -> FloatArray:
    """Return the real numbers of an array as float64, or raise ValueError."""
    message = f"{name} must be numbers, got dtype {array.dtype}"
    if array.dtype.kind in "US":
        text = f"{message}; turn text into numbers first (numpy.asarray(values, dtype=float))"
        raise ValueError(text)
    # astype would drop imaginary parts, and read times as numbers of their units.
    if array.dtype.kind in "cmMV":
        raise ValueError(message)
    refuse_text(name, array)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(message) from error
    except OverflowError as error:
        # Whole numbers of Python have no largest one.
        message = f"{name} must lie between -1e308 and 1e308, got a larger number; rescale it"
        raise ValueError(message) from error


def as_counts(
    counts: ArrayLike, *, name: str = "counts", allow_zero: bool = False, squared: bool = False
) -> FloatArray:
    """Return counts as float64.

    Raises
    ------
    ValueError
        If the counts are empty, negative or not finite, positive and not between 1e-60 and 1e60
        (sums of ``squared`` weights: 1e-120 and 1e120), or all zero where ``allow_zero`` is False.
    """
    array = as_numbers(name, as_array(name, counts))

    if array.size == 0:
        message = f"{name} must not be empty, got shape {array.shape}"
        raise ValueError(message)
    if not np.isfinite(array).all():
        message = f"{name} must be finite, got {array[~np.isfinite(array)][0]}"
        raise ValueError(message)
    if (array < 0).any():
        message = f"{name} must not be negative, got {array.min()}"
        raise ValueError(message)
    if not (allow_zero or array.any()):
        message = f"{name} must not all be zero, got shape {array.shape} of zeros"
        raise ValueError(message)
    _check_mass_range(name, array, squared=squared)
    return array


def refuse_shares(name: str, counts: FloatArray, way_out: str) -> None:
    """Raise ValueError where counts are shares of 1, which do not tell how many rows there were."""
    is_whole = bool((counts % 1.0 == 0.0).all())
    if not is_whole and abs(float(counts.sum()) - 1.0) < 1e-9:
        message = (
            f"{name} must be counts of rows, got a sum of 1; shares do not tell the sample size; "
            f"{way_out}"
        )
        raise ValueError(message)


def as_order(order: float) -> float:
    """Return the order of a Rényi measure as a float in [0, inf], or raise ValueError."""
    number = number_or_nan(order)
    # What is no number is NaN, which is not above 0 either.
    if not number >= 0.0:
        message = (
            f"order must be a number from 0 to inf, got {order!r}; 1 is Shannon, and each order "
            "of several is a call of its own"
        )
        raise ValueError(message)
    return number


def warn_of_identifier(name: str, n_labels: int, n_rows: int) -> None:
    """Warn where labels of groups or periods have hardly more than one row each."""
    # A few labels are groups however few rows there are.
    if n_labels > _MANY_LABELS and 2 * n_labels > n_rows:
        message = (
            f"{name} holds {n_labels} labels for {n_rows} rows, hardly more than one row each; an "
            "identifier or an exact time makes no groups: join them (ages to bands, times to "
            "months)"
        )
        warn(message, HighCardinalityWarning)


def wrong_keys(sample: Any, needed: set[str], allowed: set[str]) -> str:
    """Tell what was given where a dict with these keys was asked for; nothing where it was."""
    if not isinstance(sample, Mapping):
        return f'{type(sample).__name__}; pass a dict such as {{"X": X_test, "y": y_test}}'
    return "" if needed <= set(sample) <= allowed else f"{sorted(map(str, sample))}"
