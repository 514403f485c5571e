"""Numbers as a reader sees them: as many digits as the error supports."""

import math

from infotheory.laws import two_sided_quantile

__all__ = [
    "count",
    "decimals",
    "fixed",
    "hundredths",
    "interval",
    "p_value",
    "percent",
    "places_between",
    "places_of",
    "significant",
    "tenths",
    "with_error",
]

_NOTHING = "–"
_USUAL_PLACES, _MOST_PLACES = 4, 12


def decimals(standard_error: float | None) -> int:
    """Decimal places that give the standard error two significant digits, four at most.

    A smaller error that four places would write as 0 has as many as it needs.

    Examples
    --------
    >>> decimals(0.089), decimals(12.0), decimals(0.0)
    (3, 0, 3)
    >>> decimals(0.00012), decimals(0.000021)
    (4, 6)
    """
    if standard_error is None or not 0.0 < standard_error < math.inf:
        return 3
    # An error of .012 has its first digit in the second place and its second one in the third.
    places = max(1 - math.floor(math.log10(standard_error)), 0)
    # Below the last place that is ever written an error is one of rounding.
    is_lost = 0.5 * 10.0**-_MOST_PLACES < standard_error < 0.5 * 10.0**-_USUAL_PLACES
    return min(places, _MOST_PLACES if is_lost else _USUAL_PLACES)


def places_between(
    low: float | None, high: float | None, scale: float = 1.0, level: float = 0.95
) -> int | None:
    """Decimal places that the two ends of an interval support; None where an end is not there.

    ``scale`` is what the ends are multiplied by before they are written: 100 for per cent.

    Examples
    --------
    >>> places_between(0.021, 0.103, 100.0), places_between(0.8, 3.1), places_between(None, 1.0)
    (1, 2, None)
    >>> places_between(0.0, 0.37), places_between(0.0, 0.37, level=0.5)
    (3, 2)
    """
    if low is None or high is None or not 0.0 < high - low < math.inf:
        return None
    # The ends of a normal law lie so many standard errors apart, 3.92 at 95 %.
    return decimals(scale * (high - low) / (2.0 * two_sided_quantile(level)))


def places_of(
    standard_error: float | None, low: float | None, high: float | None, level: float = 0.95
) -> int:
    """Decimal places that an estimate supports: by its error, or its interval where it has none.

    A ratio of a rate of 1, or a perfect ranking, has an interval and no error.

    Examples
    --------
    >>> places_of(0.089, 0.1, 0.5), places_of(None, 0.5, 1.0), places_of(None, None, None)
    (3, 2, 3)
    """
    between = None if standard_error else places_between(low, high, level=level)
    return decimals(standard_error) if between is None else between


def fixed(value: float | None, places: int = 3) -> str:
    """Write a number with a real minus sign and no negative zero; a dash where there is none.

    Examples
    --------
    >>> fixed(-0.5, 2), fixed(-0.0001, 2), fixed(None), fixed(1234567.0, 0)
    ('−0.50', '0.00', '–', '1 234 567')
    """
    if value is None:
        return _NOTHING
    # Rounded first: what rounds to -0.0 becomes 0.0 by adding 0.0.
    text = f"{round(value, places) + 0.0:,.{places}f}"
    # A narrow space between thousands, which is no decimal sign in any language.
    return text.replace("-", "−").replace(",", "\u202f")


def with_error(value: float | None, standard_error: float | None, places: int | None = None) -> str:
    """Write a value and its standard error, with the digits of the error where none are asked for.

    Examples
    --------
    >>> with_error(0.32574, 0.08906)
    '0.326 ± 0.089'
    """
    places = decimals(standard_error) if places is None else places
    if value is None or standard_error is None:
        return fixed(value, places)
    return f"{fixed(value, places)} ± {fixed(standard_error, places)}"


def interval(
    low: float | None,
    high: float | None,
    places: int,
    low_status: str = "estimated",
    high_status: str = "estimated",
) -> str:
    """Write the ends of an interval; a dash where it is withheld, words where an end is infinite.

    Examples
    --------
    >>> interval(0.1, 0.32, 2), interval(0.1, None, 2, high_status="unbounded")
    ('0.10 to 0.32', 'from 0.10, no upper bound')
    >>> interval(None, None, 2, "withheld", "withheld")
    '–'
    """
    if low_status == high_status == "unbounded":
        return "no bounds"
    if high_status == "unbounded":
        return f"from {fixed(low, places)}, no upper bound"
    if low_status == "unbounded":
        return f"to {fixed(high, places)}, no lower bound"
    return _NOTHING if low is None else f"{fixed(low, places)} to {fixed(high, places)}"


def percent(value: float | None, places: int = 1) -> str:
    """Write a share in per cent."""
    return _NOTHING if value is None else fixed(100.0 * value, places)


def count(value: float | None) -> str:
    """Write a count, weighted counts with one decimal."""
    return fixed(value, 0 if value is None or float(value).is_integer() else 1)


def significant(value: float | None, digits: int = 4) -> str:
    """Write a number of unknown size with a few significant digits, whole numbers in full.

    Examples
    --------
    >>> significant(0.0123456), significant(512.345), significant(30.0), significant(0.02)
    ('0.01235', '512.3', '30', '0.02')
    """
    if value is None or float(value).is_integer():
        return fixed(value, 0)
    text = fixed(value, min(max(digits - 1 - math.floor(math.log10(abs(value))), 0), 9))
    return text.rstrip("0").rstrip(".") if "." in text else text


def tenths(value: float | None) -> str:
    """Write a number with one decimal."""
    return fixed(value, 1)


def hundredths(value: float | None) -> str:
    """Write a number with two decimals."""
    return fixed(value, 2)


def p_value(value: float | None) -> str:
    """Write a p-value with three decimals.

    Examples
    --------
    >>> p_value(0.0002), p_value(0.0314)
    ('< 0.001', '0.031')
    """
    return "< 0.001" if value is not None and value < 0.001 else fixed(value, 3)
