"""Options that were read from a document, checked before a later fit meets them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from infotheory._validation import check_integer, check_option
from infotheory.binning._frames import declared_options
from infotheory.binning.prebins.options import option_of
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.target_task import TargetLimits
from infotheory.binning.search.task import DIVERGENCES, TRENDS
from infotheory.evidence.targets.kinds import DIVERGENCES_BY_KIND

__all__ = ["check_option_values"]


def check_option_values(binner: Any, names: Sequence[str]) -> None:
    """Raise ValueError or TypeError where a fit on features of these names would refuse an option.

    A fit checks most options where it uses them; whoever reads a document may fit much later.
    """
    binner._check_options(tuple(names))  # noqa: SLF001 - a binner of ours
    declared_options(binner, names)  # which reads how pre-bins are made
    if binner.n_jobs is not None:
        # Negative numbers count from the last core, as joblib has it.
        check_integer("n_jobs", binner.n_jobs, low=-(2**31), alternative=", or None")

    # "auto" decides at the fit, which may then refuse what only means allow.
    kind = getattr(binner, "target_type_", getattr(binner, "target_type", "binary"))
    limits = Limits if kind == "binary" else TargetLimits
    named = [field.name for field in fields(limits) if hasattr(binner, field.name)]
    for name in names:
        unknown = option_of(binner, name, "cat_unknown")
        check_option("cat_unknown", unknown, ("zero", "missing", "error"))
        limits(**{key: option_of(binner, name, key) for key in named})
        trend = option_of(binner, name, "monotonic_trend")
        if kind != "multiclass" or isinstance(trend, str):
            check_option("monotonic_trend", trend, TRENDS)
        if hasattr(binner, "divergence"):
            divergence = option_of(binner, name, "divergence")
            check_option("divergence", divergence, (None, *_divergences_of(kind)))


def _divergences_of(kind: str) -> list[str]:
    """Divergences of a kind of target, all of them where the fit decides the kind."""
    by_kind = {"binary": DIVERGENCES, **DIVERGENCES_BY_KIND}
    kinds = [by_kind[kind]] if kind in by_kind else by_kind.values()
    return [*dict.fromkeys(name for names in kinds for name in names)]
