"""Options of a binner feature by feature: overrides, and how pre-bins are made."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from infotheory._validation import check_integer, check_option
from infotheory.engines import PrebinOptions
from infotheory.engines.declared import declared_features
from infotheory.engines.placing import MOST_PREBINS
from infotheory.engines.special_codes import SpecialGroups, did_you_mean, read_special_codes

__all__ = [
    "METRICS",
    "OF_PERIODS",
    "PREBIN_OPTIONS",
    "BinnerOptions",
    "check_feature",
    "check_values_of_prebins",
    "divergences_of",
    "keeps_a_trend",
    "most_cells_of",
    "option_of",
    "period_request",
    "prebin_options",
    "refuse_periods",
    "special_codes_of",
    "why_not_learnt_again",
]

#: Options that look at the rates of each period.
OF_PERIODS = ("order_in_periods", "max_rate_drift")

#: What ``transform`` may say of a bin.
METRICS = ("woe", "event_rate", "indices", "bins")

#: Options of pre-bins that every binner has, for each feature.
PREBIN_OPTIONS = ("max_n_prebins", "special_codes", "cat_cutoff", "cat_unknown")


class BinnerOptions(Protocol):
    """The options that every binner has, fitted or not."""

    max_n_prebins: int
    special_codes: Sequence[Any] | Mapping[str, Any] | None
    categorical_features: Sequence[Any] | Mapping[str, Any] | str | None
    cat_cutoff: float | None
    cat_unknown: str
    max_levels: str | int | None
    feature_params: Mapping[str, Mapping[str, Any]] | None


def option_of(binner: BinnerOptions, feature: str, key: str) -> Any:
    """Value of an option for a feature: the override where there is one."""
    return (binner.feature_params or {}).get(feature, {}).get(key, getattr(binner, key))


def keeps_a_trend(binner: Any, feature: str) -> bool:
    """Tell whether a search is known to be bound to rates that rise, fall or turn round once."""
    # Options of a binner in the place of another say nothing: the search may have been free, which
    # finds more by chance.
    if why_not_learnt_again(binner) is not None:
        return False
    has_option = hasattr(binner, "monotonic_trend")
    return has_option and option_of(binner, feature, "monotonic_trend") is not None


def period_request(binner: Any) -> str:
    """Say what is asked of the rates of a binner by period, of all features or of one; or ''."""
    of_features = getattr(binner, "feature_params", None) or {}
    asked = [{name: getattr(binner, name, None) for name in OF_PERIODS}, *of_features.values()]
    named = (f"{name}={options.get(name)!r}" for options in asked for name in OF_PERIODS)
    return next((text for text in named if not text.endswith("=None")), "")


def refuse_periods(binner: Any, who: str, way_out: str) -> None:
    """Refuse a binner that needs a period of each row: what fits it here has none."""
    request = period_request(binner)
    if request:
        message = f"{who} passes no periods to its binner, got one with {request}; {way_out}"
        raise ValueError(message)


def why_not_learnt_again(binner: Any) -> str | None:
    """Say why nobody can learn the bins of a binner again on other rows; None where one can."""
    stands_for = getattr(binner, "stands_for_", None)
    # A fit of the stand-in has bins of its own.
    if stands_for is None or all(
        bins.prebin_table is not None for bins in binner.features_.values()
    ):
        return None
    if stands_for:
        return f"bins of {stands_for} depend on all features and on groups that no document has"
    return (
        "the document of the card does not say with which options its bins were learnt; write it "
        "again from the fitted card with to_json(), or fit a binner with the options that you mean"
    )


def most_cells_of(binner: BinnerOptions, feature: str) -> int:
    """Most pre-bins of a feature, at most as many as a search can hold."""
    return min(int(option_of(binner, feature, "max_n_prebins")), MOST_PREBINS)


def prebin_options(binner: BinnerOptions, names: Sequence[str]) -> dict[str, PrebinOptions]:
    """How the pre-bins of each feature are made; only some binners take them from the user."""
    user_splits: Mapping[str, Sequence[Any]] | None = getattr(binner, "user_splits", None)
    special_codes = special_codes_of(binner, names)
    made = {
        name: PrebinOptions(
            **{key: option_of(binner, name, key) for key in PREBIN_OPTIONS}
            | {"special_codes": special_codes[name]},
            user_splits=(user_splits or {}).get(name),
        )
        for name in names
    }
    return {
        name: replace(options, max_n_prebins=most_cells_of(binner, name))
        for name, options in made.items()
    }


def check_values_of_prebins(binner: Any, names: Sequence[str]) -> None:
    """Raise ValueError or TypeError where pre-bins of these features cannot be made.

    A fit checks these options where it uses them; whoever reads a document may fit much later.
    """
    prebin_options(binner, names)
    declared_features(binner.categorical_features, names)
    for name in names:
        unknown = option_of(binner, name, "cat_unknown")
        check_option("cat_unknown", unknown, ("zero", "missing", "error"))
    if binner.n_jobs is not None:
        # Negative numbers count from the last core, as joblib has it.
        check_integer("n_jobs", binner.n_jobs, low=-(2**31), alternative=", or None")


def special_codes_of(binner: BinnerOptions, names: Sequence[str]) -> dict[str, SpecialGroups]:
    """Read the special codes of each feature; those in ``feature_params`` come first."""
    read = read_special_codes(binner.special_codes, names)
    for name, options in (binner.feature_params or {}).items():
        if "special_codes" in options:
            what = f"special_codes in feature_params[{name!r}]"
            codes = read_special_codes(options["special_codes"], (name,), what)[name]
            # Codes said of one feature are expected in its rows, as those of all features are not.
            read[name] = replace(codes, for_all=False)
    return read


def divergences_of(binner: Any) -> dict[str, str | None]:
    """Divergence of each feature where the target is no two classes; else none."""
    if not hasattr(binner, "target_kind_"):
        return {}
    return {name: option_of(binner, name, "divergence") for name in binner.features_}


def check_feature(what: str, name: str, names: Sequence[str]) -> None:
    """Raise ValueError where ``name``, which stands in the argument ``what``, is not a feature."""
    # What is no text may not even be comparable: an array, say.
    if not isinstance(name, str) or name not in names:
        shown = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
        message = (
            f"{what} must name features of X ({shown}), got {name!r}{did_you_mean(name, names)}"
        )
        raise ValueError(message)
