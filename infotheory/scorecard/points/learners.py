"""How a binner learns its bins, as an entry of a document that holds the bins alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.frozen import FrozenEstimator

from infotheory._documents import within
from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.binning.copies import plain_option, read_plain_option

__all__ = ["learner_entry", "read_learner"]

#: Binners whose bins of one feature follow from its rows and the options of the binner.
_BY_FEATURE = {"OptimalBinner": OptimalBinner, "StumpBinner": StumpBinner}

#: Options that say what bins mean, and not which are found; documents hold them beside the bins.
_OF_MEANING = ("event_label", "target_type", "woe_sign", "zero_cells")


def learner_entry(binner: Any) -> dict[str, Any] | None:
    """Write the class and the options of a fitted binner; None where no document can hold them.

    A fair binner decides all features together, with groups that no document has: its class is
    written without options.
    """
    inner = binner.estimator if isinstance(binner, FrozenEstimator) else binner
    # What was read and could not be restored is written as it was read.
    name = getattr(inner, "stands_for_", type(inner).__name__)
    if name == "FairBinner":
        return {"binner": name, "parameters": None}
    options = inner.get_params(deep=False).items()
    # Of another class with the same name nobody knows what it learns.
    if _BY_FEATURE.get(name) is not type(inner):
        return None

    try:
        parameters = {
            key: plain_option(value, key) for key, value in options if key not in _OF_MEANING
        }
    except TypeError:  # labels and special values may be objects of any kind
        return None
    return {"binner": name, "parameters": parameters}


def read_learner(
    entry: Mapping[str, Any] | None, path: str, names: Sequence[str], **meaning: Any
) -> OptimalBinner | StumpBinner:
    """Make the unfitted binner of an entry at ``path``, for features of these names.

    ``meaning`` are its other options. Where the options are not known it is one that stands for
    it, and learns nothing again.
    """
    if entry is None or entry["parameters"] is None:
        stand_in = OptimalBinner(**meaning)
        stand_in.stands_for_ = "" if entry is None else entry["binner"]
        return stand_in
    with within(f"{path}.parameters"):
        options = {key: read_plain_option(value) for key, value in entry["parameters"].items()}
        binner: OptimalBinner | StumpBinner = _BY_FEATURE[entry["binner"]](**options | meaning)
        binner._check_values(tuple(names))  # noqa: SLF001 - nothing is fitted here
    return binner
