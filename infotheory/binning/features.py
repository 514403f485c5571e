"""One feature of a fitted binner as one value, and what a reader of a fitted binner may use."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, Self, TypeVar

import numpy as np

from infotheory._any_table import AnyTable, of_two_classes
from infotheory._display import html_repr, short_repr
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray, LabelArray
from infotheory._warnings import warn, warn_once
from infotheory.binning.prebins.grouping import Grouping
from infotheory.binning.prebins.learnt_evidence import sign_of
from infotheory.binning.prebins.searched import SearchBreadth
from infotheory.cells import UNSEEN, BinSpec
from infotheory.engines.one_row import ValueCoder
from infotheory.evidence.binned_samples import samples_of_table
from infotheory.evidence.targets.encodings import encoded_bins
from infotheory.evidence.targets.kinds import lacks_a_mass
from infotheory.evidence.woe import woe_of_table
from infotheory.exceptions import RefitWarning, SparseCellWarning
from infotheory.tables import CountTable, EvidenceTable

__all__ = ["FeatureBins", "FeatureView", "FeatureViews", "FittedBinner", "History", "Past"]
__all__ += ["finish_bins", "one_sided_bins", "sign_of", "warn_lost_edits"]

Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureBins:
    """The bins of one feature: what they are, count (descriptive) and say, and how they were made.

    Bins that were learnt have all fields. Those of a card read from a document have no pre-bins,
    those of a card of another package no counts and weights of evidence either; these fields are
    None.

    Parameters
    ----------
    spec : BinSpec
        The bins.
    table : CountTable or EvidenceTable, optional
        Their counts or sums of another target, a row for each code of ``spec`` but the unseen one.
    woe : ndarray of shape (n_codes,) or (n_codes, n_classes), optional
        Weight of evidence by code, 0 for the unseen one, which is the last.
    status : str, optional
        How the bins were found.
    grouping : Grouping, optional
        Which pre-bins make a bin, and what each shape would have reached.
    prebin_spec : BinSpec, optional
        The pre-bins.
    prebin_table : CountTable or EvidenceTable, optional
        Their counts, or sums of another target.
    prebin_groups : mapping of str to CountTable
        Their counts by protected group too, by attribute.
    prebin_periods : CountTable or EvidenceTable, optional
        Their counts or sums by period too.
    woe_by_hand : mapping of int to float
        Weights of evidence that somebody set, by code; ``woe`` has them in place of what the counts
        say.
    read_breadth : SearchBreadth, optional
        What a document says of pre-bins that it does not hold.

    Examples
    --------
    >>> bins = FeatureBins(spec=BinSpec(name="age", kind="numerical", splits=(30.0, 45.0)))
    >>> bins.spec.labels[:3], bins.table
    (('[-inf, 30)', '[30, 45)', '[45, inf)'), None)
    """

    spec: BinSpec
    table: "AnyTable | None" = None
    woe: FloatArray | None = None
    status: str | None = None
    grouping: Grouping | None = None
    prebin_spec: BinSpec | None = None
    prebin_table: "AnyTable | None" = None
    prebin_groups: Mapping[str, CountTable] = field(default_factory=dict)
    prebin_periods: "AnyTable | None" = None
    woe_by_hand: Mapping[int, float] = field(default_factory=dict)
    read_breadth: SearchBreadth | None = None
    # Made when first asked for
    _coder: ValueCoder | None = field(default=None, init=False, repr=False)
    _new: BoolArray | None = field(default=None, init=False, repr=False)

    __repr__ = short_repr
    _repr_html_ = html_repr

    @classmethod
    def of_groups(cls, prebin_spec: BinSpec, prebin_table: "AnyTable", grouping: Grouping) -> Self:
        """Merge pre-bins to bins; ``with_evidence`` adds the weights of evidence.

        Parameters
        ----------
        prebin_spec : BinSpec
            The pre-bins.
        prebin_table : CountTable or EvidenceTable
            Their counts, or sums of another target.
        grouping : Grouping
            Which of them make a bin.

        Returns
        -------
        FeatureBins
            The bins with their counts.
        """
        spec = grouping.merged(prebin_spec)
        return cls(
            spec=spec,
            table=prebin_table.merge(grouping.new_codes(prebin_spec)[:-1], spec.labels),
            status=grouping.status,
            grouping=grouping,
            prebin_spec=prebin_spec,
            prebin_table=prebin_table,
        )

    def with_evidence(self, zero_cells: str | float, sign: float) -> Self:
        """Weigh the evidence of each bin; what was set by hand stays.

        Parameters
        ----------
        zero_cells : {"haldane", "error"} or float
            Rule for bins with rows of one class.
        sign : float
            Factor on the weights of evidence, 1 or -1.

        Returns
        -------
        FeatureBins
            The same bins with weights of evidence.
        """
        spec, table = self.summed()
        if isinstance(table, EvidenceTable):
            encoded = encoded_bins(table, "woe", zero_cells, sign)
            for code, by_hand in self.woe_by_hand.items():
                encoded[code] = by_hand
            # Unseen values say nothing: 0. Codes that share another bin take what it says.
            unseen = np.zeros((1, *encoded.shape[1:]))
            return replace(self, woe=np.concatenate([encoded, unseen])[spec.destinations])
        woe = sign * woe_of_table(table, zero_cells)
        woe[list(self.woe_by_hand)] = list(self.woe_by_hand.values())
        return replace(self, woe=np.append(woe, 0.0)[spec.destinations])

    @property
    def name(self) -> str:
        """Name of the feature."""
        return self.spec.name

    @property
    def coder(self) -> ValueCoder:
        """What codes one value at a time."""
        if (coder := self._coder) is None:
            coder = ValueCoder.of(self.spec)
            object.__setattr__(self, "_coder", coder)
        return coder

    @property
    def new_codes(self) -> BoolArray:
        """Marks the codes that no row of the fit had, and nobody gave a meaning by hand."""
        if (new := self._new) is None:
            new = np.arange(self.spec.n_codes) == self.spec.unseen_code
            if self.table is not None:  # else nothing is known of the rows of the fit
                new[:-1] = self.table.weight == 0.0
                new[list(self.woe_by_hand)] = False
            object.__setattr__(self, "_new", new)
        return new

    @property
    def splits(self) -> Any:
        """Splits of a numerical feature (ndarray), levels of each bin of a categorical one."""
        if self.spec.kind == "numerical":
            return np.array(self.spec.splits)
        return [list(levels) for levels in self.spec.levels]

    @property
    def trend(self) -> str | None:
        """Shape of the event rate over the bins, where one was imposed."""
        return None if self.grouping is None else self.grouping.trend

    def values(self, metric: str) -> LabelArray:
        """Return what is said of each code.

        Parameters
        ----------
        metric : {"woe", "event_rate", "indices", "bins", "log_share"}
            Weight of evidence, event rate (or mean), the code of the bin, or its label; of several
            classes also the logarithm of their shares, centred over classes.

        Returns
        -------
        ndarray of shape (n_codes,) or (n_codes, n_classes)
            Bins without rows have the event rate of all, and weight of evidence 0; what is joined
            to a bin has that of the bin.
        """
        spec, table = self.summed()
        places = spec.destinations
        if metric == "woe" and self.woe is not None:
            return self.woe
        if metric == "indices":
            return places
        if metric == "bins":
            return np.array([*table.labels, UNSEEN], dtype=object)[places]
        if isinstance(table, EvidenceTable):
            encoded = encoded_bins(table, metric, "haldane", 1.0)
            unseen = np.zeros((1, *encoded.shape[1:]))
            if metric == "event_rate":
                unseen = unseen + table.merge(np.zeros(table.n_bins, dtype=np.intp)).rate[0]
            return np.concatenate([encoded, unseen])[places]

        # The last code, of unseen values, has no rows, and the event rate of all of them.
        weight, events = np.append(table.counts.sum(axis=1), 0.0), np.append(table.events, 0.0)
        overall = events.sum() / weight.sum()
        rates = np.divide(events, weight, out=np.full(len(weight), overall), where=weight > 0.0)
        return np.asarray(rates[places])

    @property
    def missing_share(self) -> float:
        """Share of missing values, be they joined to another bin; NaN where that hides it."""
        return self.outside_shares()[-1]

    @property
    def special_share(self) -> float:
        """Share of special values, be they joined to other bins; NaN where that hides it."""
        return float(sum(self.outside_shares()[:-1]))

    def outside_shares(self) -> list[float]:
        """Share of each group of special values and of missing values, in the order of their codes.

        Returns
        -------
        list of float
            Shares of the total weight; NaN for what is joined to a bin of a card that was read from
            a document, which counts them together.
        """
        spec, table = self.summed()
        shares = table.weight[spec.n_bins :] / table.weight.sum()
        if not spec.joined:
            return [float(share) for share in shares]
        if self.prebin_spec is not None and self.prebin_table is not None:
            return replace(self, spec=self.prebin_spec, table=self.prebin_table).outside_shares()

        # Without pre-bins nobody tells what is joined from what it is joined to: neither share is
        # known.
        hidden = {place for pair in spec.joined.items() for place in pair}
        return [
            np.nan if spec.n_bins + i in hidden else float(share) for i, share in enumerate(shares)
        ]

    def counted(self) -> "tuple[BinSpec, CountTable]":
        """Return the bins and their counts.

        Returns
        -------
        BinSpec
            The bins.
        CountTable
            Their counts.

        Raises
        ------
        ValueError
            If nothing was counted: the bins come from a card of another package.
        """
        return self.spec, of_two_classes(self.summed()[1])

    def summed(self) -> "tuple[BinSpec, AnyTable]":
        """Return the bins and their counts, or the sums of another target.

        Returns
        -------
        BinSpec
            The bins.
        CountTable or EvidenceTable
            Their sums.

        Raises
        ------
        ValueError
            If nothing was counted: the bins come from a card of another package.
        """
        if self.table is None:
            message = (
                f"feature {self.name!r} must have counts, got bins of a card that holds none; "
                "count rows in them (X and y), or fit a binner"
            )
            raise ValueError(message)
        return self.spec, self.table

    def prebinned(self) -> "tuple[BinSpec, CountTable, Grouping]":
        """Return the pre-bins, their counts, and which of them make a bin.

        Returns
        -------
        BinSpec
            The pre-bins.
        CountTable
            Their counts.
        Grouping
            Which of them make a bin.

        Raises
        ------
        ValueError
            If there are none: the bins were read from a card.
        """
        spec, table, grouping = self.prebin_sums()
        return spec, of_two_classes(table), grouping

    def prebin_sums(self) -> "tuple[BinSpec, AnyTable, Grouping]":
        """Return the pre-bins, their counts or sums, and which of them make a bin.

        Returns
        -------
        BinSpec
            The pre-bins.
        CountTable or EvidenceTable
            Their sums.
        Grouping
            Which of them make a bin.

        Raises
        ------
        ValueError
            If there are none: the bins were read from a card.
        """
        if self.prebin_spec is None or self.prebin_table is None or self.grouping is None:
            message = (
                f"feature {self.name!r} must keep its pre-bins, got bins read from a card, which "
                "holds none; fit a binner, or use the fitted one"
            )
            raise ValueError(message)
        return self.prebin_spec, self.prebin_table, self.grouping


def finish_bins(
    counted: Sequence[FeatureBins], zero_cells: str | float, woe_sign: str
) -> list[FeatureBins]:
    """Add the weights of evidence to counted bins; warn about bins with rows of one class."""
    _check_one_sided(counted, zero_cells)  # first: their evidence may not exist
    return [bins.with_evidence(zero_cells, sign_of(woe_sign)) for bins in counted]


def _check_one_sided(counted: Sequence[FeatureBins], zero_cells: str | float) -> None:
    """Warn about bins with rows of one class, or raise, as ``zero_cells`` says."""
    tables = {bins.name: bins.summed()[1] for bins in counted}
    found = [
        f"{name}: {table.labels[i]}"
        for name, table in tables.items()
        for i in np.flatnonzero(one_sided_bins(table))
    ]
    if not found or not isinstance(zero_cells, str):
        return  # a number is added to every cell, whatever it holds
    two_classes = all(isinstance(table, CountTable) for table in tables.values())
    what = "rows of one class only" if two_classes else "none of a class, or of the amount"
    cells = "both of their cells" if two_classes else "all of their sums"

    shown = "; ".join(found[:5]) + ("; ..." if len(found) > 5 else "")
    if zero_cells == "error":
        message = (
            "every bin must hold rows of both classes (all classes, some of the amount) where "
            f"zero_cells='error', got {len(found)} others ({shown})"
        )
        raise ValueError(message)
    message = f"bins with {what}: {len(found)} ({shown}); 1/2 was added to {cells}"
    warn(message, SparseCellWarning)


def one_sided_bins(table: AnyTable) -> BoolArray:
    """Mark the bins that have rows, but lack one of two classes, a class, or the amount."""
    if isinstance(table, EvidenceTable):
        return lacks_a_mass(table)
    return samples_of_table(table).one_sided()


def warn_lost_edits(audit: Sequence[Mapping[str, Any]], what: str, *, once: bool = False) -> None:
    """Warn that a binner which was changed by hand is learnt anew.

    ``once`` says it no second time for a line of the caller: cross-validation clones for each fold.
    """
    if not audit:
        return
    names = ", ".join(map(repr, dict.fromkeys(line["feature"] for line in audit)))
    message = (
        f"{what} learns bins anew: the {len(audit)} steps by hand in audit_ (on {names}) are lost; "
        "put the binner into sklearn.frozen.FrozenEstimator to keep them"
    )
    (warn_once if once else warn)(message, RefitWarning)


class Past(NamedTuple):
    """Number of a step in the audit trail, and the bins of its feature that it replaced."""

    step: int
    bins: FeatureBins


@dataclass(frozen=True, slots=True)
class History:
    """The steps by hand of a fitted binner, oldest first.

    A step concerns one feature, so a step back takes the last one of that feature and leaves later
    steps on others alone.
    """

    # Steps that can be taken back
    done: tuple[Past, ...] = ()
    # Steps that were taken back and can be taken again, the last one first to return
    undone: tuple[Past, ...] = ()

    def with_step(self, step: int, before: FeatureBins) -> Self:
        """Remember a new step; what was taken back of its feature cannot return after it."""
        # What was taken back followed on bins that this step replaces.
        undone = tuple(past for past in self.undone if past.bins.name != before.name)
        return type(self)((*self.done, Past(step, before)), undone)

    def take_back(self, past: Past, now: FeatureBins) -> Self:
        """Move a step to those that can be taken again; ``now`` is what it led to."""
        done = tuple(other for other in self.done if other is not past)
        return type(self)(done, (*self.undone, Past(past.step, now)))

    def take_again(self, past: Past, step: int, now: FeatureBins) -> Self:
        """Move a step back to those done, under the number of the line that says so."""
        undone = tuple(other for other in self.undone if other is not past)
        return type(self)((*self.done, Past(step, now)), undone)

    def of_features(self, names: Collection[str]) -> Self:
        """Keep the steps of some features alone."""
        return type(self)(
            *(
                tuple(past for past in steps if past.bins.name in names)
                for steps in (self.done, self.undone)
            )
        )

    @staticmethod
    def last(steps: tuple[Past, ...], feature: str | None) -> Past | None:
        """Return the last of some steps, of one feature where it is named; None without any."""
        of_feature = [past for past in steps if feature in (None, past.bins.name)]
        return of_feature[-1] if of_feature else None


class FeatureView(Mapping[str, Value_co]):
    """One field of every feature by name, read only; features that do not have it are left out."""

    __slots__ = ("_features", "_read")

    def __init__(self, features: Mapping[str, FeatureBins], field: str) -> None:
        self._features = features
        self._read = attrgetter(field)

    def __getitem__(self, name: str) -> Value_co:
        value: Value_co | None = self._read(self._features[name])
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name, bins in self._features.items() if self._read(bins) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))


class FeatureViews:
    """The fields of the features of a fitted binner, one read-only view each."""

    features_: dict[str, FeatureBins]

    @property
    def specs_(self) -> FeatureView[BinSpec]:
        """Bins by feature."""
        return FeatureView(self.features_, "spec")

    @property
    def tables_(self) -> FeatureView[CountTable]:
        """Counts of the bins by feature."""
        return FeatureView(self.features_, "table")

    @property
    def splits_(self) -> FeatureView[Any]:
        """Splits of numerical features, levels of each bin of categorical ones."""
        return FeatureView(self.features_, "splits")

    @property
    def status_(self) -> FeatureView[str]:
        """How the search ended by feature."""
        return FeatureView(self.features_, "status")

    @property
    def woe_(self) -> FeatureView[FloatArray]:
        """Weights of evidence by code, the unseen code last, by feature."""
        return FeatureView(self.features_, "woe")

    @property
    def groupings_(self) -> FeatureView[Grouping]:
        """Which pre-bins make a bin, by feature."""
        return FeatureView(self.features_, "grouping")

    @property
    def prebin_specs_(self) -> FeatureView[BinSpec]:
        """Pre-bins by feature."""
        return FeatureView(self.features_, "prebin_spec")

    @property
    def prebin_tables_(self) -> FeatureView[CountTable]:
        """Counts of the pre-bins by feature."""
        return FeatureView(self.features_, "prebin_table")


class FittedBinner(Protocol):
    """What a reader of a fitted binner may use, whether it is frozen or not."""

    woe_sign: str
    zero_cells: str | float
    event_label: Any

    @property
    def features_(self) -> Mapping[str, FeatureBins]:
        """Bins by feature."""

    @property
    def specs_(self) -> Mapping[str, BinSpec]:
        """Bins alone."""

    @property
    def tables_(self) -> Mapping[str, CountTable]:
        """Counts of the bins."""

    @property
    def woe_(self) -> Mapping[str, FloatArray]:
        """Weights of evidence by code, the unseen one last."""

    @property
    def splits_(self) -> Mapping[str, Any]:
        """Splits, or levels of each bin."""

    @property
    def status_(self) -> Mapping[str, str]:
        """How the bins were found."""

    @property
    def groupings_(self) -> Mapping[str, Grouping]:
        """Which pre-bins make a bin."""

    @property
    def prebin_specs_(self) -> Mapping[str, BinSpec]:
        """Pre-bins."""

    @property
    def prebin_tables_(self) -> Mapping[str, CountTable]:
        """Counts of the pre-bins."""

    @property
    def audit_(self) -> list[dict[str, Any]]:
        """What was changed by hand, a line a step."""

    @property
    def classes_(self) -> LabelArray:
        """The two labels, sorted."""

    @property
    def event_label_(self) -> Any:
        """The label that counts as an event."""

    @property
    def n_features_in_(self) -> int:
        """Number of features."""

    def bin_codes(self, X: Any) -> IntArray:
        """Code of the bin of each value, shape (n_rows, n_features)."""

    def transform(self, X: Any) -> Any:
        """Replace each value by what is said of its bin."""

    def binning_table(
        self,
        feature: str,
        X: Any = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        table: CountTable | None = None,
    ) -> Any:
        """Show counts and evidence by bin."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the options."""
