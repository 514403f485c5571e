"""What a session holds at one moment, and the actions that lead from one to the next.

Nothing here reads or writes: an action on a state gives another state, so that previews are states
that are dropped, and a journal of actions gives the same states again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from infotheory._any_table import AnyTable
from infotheory.binning import (
    merge_bins,
    move_category,
    rebin,
    redo_step,
    set_bins,
    set_woe,
    split_bin,
    undo_step,
)
from infotheory.binning._base import BaseBinner
from infotheory.binning.edits.audit import codes_in, with_finer_prebins
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.options import check_feature
from infotheory.cells import UNSEEN, BinSpec
from infotheory.tables import CountTable

__all__ = [
    "HOLDOUT",
    "PERIOD",
    "STATUSES",
    "Action",
    "FitSample",
    "Refinement",
    "Review",
    "SampleCells",
    "State",
    "apply",
    "refine",
    "refinement_of",
    "reviewed",
    "session_steps",
]

#: An action as it travels: type, feature, reason, who, when, and what its type needs.
Action = Mapping[str, Any]


class FitSample(NamedTuple):
    """Rows of the fit, ``(X, y)`` or ``(X, y, sample_weight)``, and their protected attributes."""

    rows: Sequence[Any] | None = None
    protected: Any = None


_NO_ROWS = FitSample()

#: Names of the samples of a state: the hold-out rows, and each period with its label.
HOLDOUT, PERIOD = "holdout", "period "

STATUSES = ("open", "accepted", "rejected", "excluded")
#: Actions that can cut a pre-bin, for which the rows are counted anew.
_CUTTING = ("split", "move", "set", "rebin")


class SampleCells(NamedTuple):
    """Sums of a sample over cells of one feature, which are its pre-bins or finer."""

    spec: BinSpec
    table: AnyTable

    def in_bins(self, bins: FeatureBins) -> AnyTable:
        """Sum the cells to the bins of the feature; unseen levels have a row where they occur."""
        # The last code is that of unseen levels, for which only a sample that has some has a row.
        codes, labels = codes_in(self.spec, bins), bins.spec.labels
        if self.table.n_bins == len(codes):
            return self.table.merge(codes, (*labels, UNSEEN))
        return self.table.merge(codes[:-1], labels)


class Review(NamedTuple):
    """What was decided about a characteristic."""

    status: str = "open"
    note: str = ""
    who: str = ""
    when: str = ""


class Refinement(NamedTuple):
    """Finer pre-bins of one feature, counted on the rows of the fit and of the other samples.

    ``groups`` has the counts by protected group too, by attribute.
    """

    training: SampleCells
    samples: Mapping[str, SampleCells]
    groups: Mapping[str, CountTable]

    @property
    def feature(self) -> str:
        """Name of the feature."""
        return self.training.spec.name


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Bins, other samples counted by pre-bin, and reviews.

    ``rows`` keeps what the list says of each characteristic with what it was made of: states that
    follow one another share it, and most of a long list stays as it is.
    """

    binner: BaseBinner
    start: BaseBinner
    samples: Mapping[str, Mapping[str, SampleCells]] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    version: int = 0
    rows: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)


def session_steps(state: State, feature: str | None = None) -> tuple[bool, bool]:
    """Tell whether a step of this session can be taken back, and whether one can return."""
    # The trail of the start belongs to whoever made it: its steps are not taken back here.
    history, first = state.binner.history_, len(state.start.audit_)
    done = [past for past in history.done if past.step > first]
    last = [history.last(tuple(steps), feature) for steps in (done, history.undone)]
    return last[0] is not None, last[1] is not None


def apply(state: State, action: Action, fit: FitSample = _NO_ROWS) -> State:
    """Return the state after an action; ValueError says why it cannot be taken."""
    feature = action.get("feature")
    if feature is not None:
        check_feature("feature", feature, tuple(state.binner.features_))
    binner = _ACTIONS[action["type"]](state, action, fit)
    return replace(state, binner=binner, version=state.version + 1)


def refinement_of(
    before: State,
    after: State,
    action: Action,
    count: Callable[[BinSpec], Mapping[str, SampleCells]],
) -> Refinement | None:
    """Return the finer pre-bins that an action asked for, with the other samples counted in them.

    None where the pre-bins sufficed.
    """
    if action["type"] not in _CUTTING:
        return None
    bins = after.binner.features_[action["feature"]]
    spec, table, _ = bins.prebin_sums()
    # An edit along pre-bins that were there keeps their spec, the very object: no row was read.
    if spec is before.binner.features_[action["feature"]].prebin_spec:
        return None
    return Refinement(SampleCells(spec, table), count(spec), bins.prebin_groups)


def refine(state: State, finer: Refinement) -> State:
    """Return the state with finer pre-bins of a feature, whose bins stay."""
    samples = {
        name: {**by_feature, finer.feature: finer.samples[name]}
        for name, by_feature in state.samples.items()
    }
    binner = with_finer_prebins(state.binner, finer.feature, *finer.training, finer.groups)
    return replace(state, binner=binner, samples=samples)


def reviewed(state: State, feature: str, review: Review) -> State:
    """Return the state with another decision about a feature."""
    check_feature("feature", feature, tuple(state.binner.features_))
    return replace(state, reviews={**state.reviews, feature: review})


Edit = Callable[[State, Action, FitSample], BaseBinner]


def _author(action: Action) -> dict[str, str]:
    return {name: action.get(name, "") for name in ("reason", "who", "when")}


def _merge(state: State, action: Action, fit: FitSample) -> BaseBinner:
    author = _author(action)
    return merge_bins(state.binner, action["feature"], action["bins"], **author, rows=fit.rows)


def _join(state: State, action: Action, fit: FitSample) -> BaseBinner:
    """Merge missing and special values with a bin."""
    # Codes of missing values and special groups stand after those of the bins, as numbers too.
    together = [action["to"], *action["codes"]]
    return merge_bins(state.binner, action["feature"], together, **_author(action), rows=fit.rows)


def _split(state: State, action: Action, fit: FitSample) -> BaseBinner:
    return split_bin(
        state.binner, action["feature"], action["at"], **_author(action), **fit._asdict()
    )


def _move(state: State, action: Action, fit: FitSample) -> BaseBinner:
    levels, to = action["levels"], action["to"]
    author = _author(action)
    return move_category(state.binner, action["feature"], levels, to, **author, **fit._asdict())


def _set(state: State, action: Action, fit: FitSample) -> BaseBinner:
    return set_bins(
        state.binner, action["feature"], action["bins"], **_author(action), **fit._asdict()
    )


def _woe(state: State, action: Action, fit: FitSample) -> BaseBinner:
    number, value = action["bin"], action["value"]
    author = _author(action)
    return set_woe(state.binner, action["feature"], number, value, **author, rows=fit.rows)


def _rebin(state: State, action: Action, fit: FitSample) -> BaseBinner:
    """Learn the bins of one feature anew, with limits of its own."""
    # A key that is absent leaves the limit of the binner as it is; "none" lifts it.
    limits: dict[str, Any] = {
        option: None if action[key] == "none" else action[key]
        for key, option in (("trend", "monotonic_trend"), ("max_n_bins", "max_n_bins"))
        if key in action
    }
    return rebin(
        state.binner,
        action["feature"],
        keep=action.get("keep", ()),
        **_author(action),
        **fit._asdict(),
        **limits,
    )


def _undo(state: State, action: Action, fit: FitSample) -> BaseBinner:
    feature = action.get("feature")
    _check_own(state, feature)
    return undo_step(state.binner, feature, **_author(action), rows=fit.rows)


def _redo(state: State, action: Action, fit: FitSample) -> BaseBinner:
    return redo_step(state.binner, action.get("feature"), **_author(action), rows=fit.rows)


def _reset(state: State, action: Action, fit: FitSample) -> BaseBinner:
    """Take all steps of the session back, of one feature or of all; each leaves its line."""
    feature = action.get("feature")
    _check_own(state, feature)
    # One step at a time, as a reset can itself be taken back step by step.
    while session_steps(state, feature)[0]:
        binner = undo_step(state.binner, feature, **_author(action), rows=fit.rows)
        state = replace(state, binner=binner)
    return state.binner


def _check_own(state: State, feature: str | None) -> None:
    """Raise ValueError where the session has no step to take back; older ones stay."""
    if not session_steps(state, feature)[0]:
        of_feature = "" if feature is None else f" of {feature!r}"
        message = f"a step{of_feature} must be there to take back, got none in this session"
        raise ValueError(message)


_ACTIONS: dict[str, Edit] = {
    "merge": _merge,
    "join": _join,
    "split": _split,
    "move": _move,
    "set": _set,
    "woe": _woe,
    "rebin": _rebin,
    "undo": _undo,
    "redo": _redo,
    "reset": _reset,
}
