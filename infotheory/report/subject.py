"""What a report is about, as one value: the model, its samples, their bins, the settings.

Everything that needs checking is checked here, and everything that several sections need is worked
out here once; the sections take the value and return their part of the summary.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._any_table import AnyTable
from infotheory._groups import ProtectedAttribute
from infotheory._numerics import refuse_sparse
from infotheory._random import Rng
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows
from infotheory._target import TargetLabels
from infotheory._target_kinds import TargetKind
from infotheory._typing import ArrayLike, FloatArray, IntArray, LabelArray
from infotheory._validation import as_weights, rows_with_weight
from infotheory._warnings import warn
from infotheory.binning import FairBinner, OptimalBinner
from infotheory.binning.features import FeatureBins, FittedBinner
from infotheory.binning.prebins.learnt_evidence import check_evidence_options
from infotheory.binning.prebins.options import (
    OF_PERIODS,
    divergences_of,
    option_of,
    period_request,
    why_not_learnt_again,
)
from infotheory.binning.prebins.rows import table_of_codes
from infotheory.binning.prebins.searched import information_of_bins
from infotheory.cells import UNSEEN, BinSpec
from infotheory.engines.special_codes import read_special_codes
from infotheory.evidence import information_value
from infotheory.evidence.groups.protected import read_protected
from infotheory.evidence.targets.estimates import target_estimate
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import WithheldLaw
from infotheory.report.models import ReportedModel, model_columns, read_model, read_target_model
from infotheory.scorecard import MasterScale
from infotheory.tables import CountTable, EvidenceTable

__all__ = [
    "BinnedColumns",
    "Sample",
    "Settings",
    "Subject",
    "counts_of_the_fit",
    "learnt_again",
    "make_subject",
]

_SCORE_BANDS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user asked for beside the rows."""

    # Coverage of the intervals
    level: float = 0.95
    # Score from which applications count as approved; the median of the training rows when None
    cut_off: float | None = None
    # Draws of the permutation test
    n_permutations: int = 199
    # Seed of folds and permutations
    rng: Rng = 0
    # Rating grades
    scale: MasterScale | None = None
    # Why a column stays out of the model
    reasons: Mapping[str, str] = field(default_factory=dict)
    # What was decided about a column: status, note, who and when
    reviews: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # What columns mean
    descriptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One sample."""

    # "train" or "hold-out"
    name: str
    # All columns given, those outside the model included, of shape (n_rows, n_columns)
    frame: pd.DataFrame
    # Target and weights
    rows: Rows
    # Bin codes of the columns of the model, in a small integer type, of shape (n_rows, n_features)
    codes: IntArray
    # Score of the model, higher is safer, and its probability of an event, of shape (n_rows,);
    # points and mean of another target than two classes, and nothing of a binner alone
    score: FloatArray
    probability: FloatArray
    # Labels as the model knows them, or amounts, of shape (n_rows,)
    labels: LabelArray
    # Group of each row, one entry an attribute
    protected: tuple[ProtectedAttribute, ...] = ()

    @property
    def target(self) -> FloatArray:
        """1.0 for an event, 0.0 for a non-event; codes of classes, amounts less their origin."""
        return self.rows.target

    @property
    def weights(self) -> FloatArray | None:
        """Sampling weights; None where every row counts once."""
        return self.rows.weights


@dataclass(frozen=True, eq=False)
class BinnedColumns:
    """Columns that one binner has binned, with the counts of every sample over the same bins."""

    # Fitted binner; its `features_` are the bins
    binner: FittedBinner
    # Column, then sample, to counts, or to sums of another target than two classes
    counts: dict[str, dict[str, AnyTable]]
    # Whether these are the columns of the model
    in_card: bool

    @cached_property
    def information(self) -> dict[str, dict[str, Estimate]]:
        """Information value of each column in each sample, which several sections show."""
        return {
            name: {
                sample: _information(self.binner, name, table, learnt=sample == "train")
                for sample, table in of_samples.items()
            }
            for name, of_samples in self.counts.items()
        }


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What a report is about."""

    # The fitted model
    model: ReportedModel
    # Training rows, then hold-out rows where there are any
    samples: tuple[Sample, ...]
    # The columns of the model, then the others where there are any
    columns: tuple[BinnedColumns, ...]
    # Inner ends of the score bands: quantiles of the score of the training rows
    score_edges: FloatArray
    # Score from which applications count as approved
    cut_off: float
    # What the user asked for
    settings: Settings

    @property
    def train(self) -> Sample:
        """The training rows."""
        return self.samples[0]

    @property
    def holdout(self) -> Sample | None:
        """The hold-out rows, where there are any."""
        return self.samples[1] if len(self.samples) > 1 else None


def make_subject(
    estimator: Any,
    train: Mapping[str, Any],
    holdout: Mapping[str, Any] | None,
    settings: Settings,
) -> Subject:
    """Read the model, check and score its samples, and count them by bin."""
    frame = _as_pandas(train["X"])
    model = read_target_model(estimator) or read_model(estimator, frame)
    samples = [_read_sample("train", model, **train)]
    if holdout is not None:
        known = tuple(attribute.name for attribute in samples[0].protected)
        samples.append(_read_sample("hold-out", model, **holdout, known=known))

    score = samples[0].score
    median = float(np.quantile(score, 0.5, method="higher")) if score.size else np.nan
    return Subject(
        model=model,
        samples=tuple(samples),
        columns=_bin_all_columns(model, samples),
        score_edges=_score_edges(score),
        cut_off=median if settings.cut_off is None else settings.cut_off,
        settings=settings,
    )


def _read_sample(
    name: str,
    model: ReportedModel,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    protected: Any = None,
    known: tuple[str, ...] = (),
) -> Sample:
    """Check the rows of a sample, find their bins and score them.

    ``known`` are the protected attributes of the training rows, where these are others.
    """
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, protected=protected)
    frame = _as_pandas(X)
    weights = as_weights(sample_weight, len(frame))
    target = model.labels.read(y, len(frame), of=f"the {name} rows", weights=weights)
    groups = () if protected is None else _read_groups(name, protected, weights, len(frame), known)
    kind = model.labels if isinstance(model.labels, TargetKind) else None
    rows = Rows.of_sample(target, weights, kind=kind)

    # No page speaks of rows of weight 0, and none of what is only in them.
    has_weight = rows_with_weight(weights)
    if has_weight is not None:
        frame = frame[has_weight]
        rows, target = rows.present(), target[has_weight]
        groups = tuple(attribute.take(has_weight) for attribute in groups)

    columns = model_columns(model.binner, frame, name)
    # A code is small, and a report may hold millions of rows: two bytes do where they can.
    codes = model.binner.bin_codes(columns)
    small = np.int16 if codes.max() <= np.iinfo(np.int16).max else np.int32
    # Column by column in memory, as they are counted.
    codes = codes.astype(small, order="F")

    score, probability = model.scores(frame, codes)
    labels = _labels_of_rows(model.labels, target)
    return Sample(name, frame, rows, codes, score, probability, labels, groups)


def _labels_of_rows(labels: TargetLabels | TargetKind, target: FloatArray) -> LabelArray:
    """Return what the target was before it was read."""
    if isinstance(labels, TargetLabels):
        return np.where(target == 1.0, labels.event, labels.nonevent)
    if labels.classes:
        return np.asarray(labels.classes)[target.astype(np.intp)]
    return np.asarray(target + labels.origin)


def _as_pandas(X: Any) -> pd.DataFrame:
    """Return a data set in memory as a pandas frame; columns of an array are called x0, x1, ..."""
    refuse_sparse("X", X)
    native = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(native, nw.DataFrame):
        frame = X if isinstance(X, pd.DataFrame) else native.to_pandas()
    else:
        array = np.asarray(X)
        if array.ndim != 2:
            message = f"X must have two dimensions, rows and columns, got shape {array.shape}"
            raise ValueError(message)
        frame = pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])

    if len(frame) == 0:
        message = f"X must hold rows, got shape {frame.shape}"
        raise ValueError(message)
    return frame


def _read_groups(
    name: str, protected: Any, weights: FloatArray | None, n_rows: int, known: tuple[str, ...]
) -> tuple[ProtectedAttribute, ...]:
    """Read protected attributes; rows without a group are a group of their own.

    Of an attribute that is known from the training rows a sample may hold a single group.
    """
    try:
        return read_protected(protected, n_rows, weights=weights, missing="group", known=known)
    except ValueError as error:
        message = f"protected of the {name} sample: {error}"
        raise ValueError(message) from error


def _bin_all_columns(model: ReportedModel, samples: Sequence[Sample]) -> tuple[BinnedColumns, ...]:
    """Count the columns of the model, and bin the others by a clone of its binner."""
    check_evidence_options(model.binner)
    counts = _count_samples(model.binner, samples, [sample.codes for sample in samples])
    inside = BinnedColumns(model.binner, counts, in_card=True)

    train = samples[0]
    others = [name for name in train.frame.columns if name not in model.binner.features_]
    if not others:
        return (inside,)

    binner = _unfitted_clone(model.binner, others)
    binner.fit(train.frame[others], train.labels, train.weights)
    codes = [binner.bin_codes(model_columns(binner, s.frame, s.name)) for s in samples]
    return inside, BinnedColumns(binner, _count_samples(binner, samples, codes), in_card=False)


def _unfitted_clone(binner: FittedBinner, names: Sequence[str]) -> Any:
    """Return a binner with the options of the model's; the defaults where that one is fair."""
    if isinstance(binner, FairBinner):
        return OptimalBinner(
            event_label=binner.event_label_,
            woe_sign=binner.woe_sign,
            zero_cells=binner.zero_cells,
        )

    # Options of single features are those of the columns of the model: the others have none.
    options = binner.get_params()
    of_features: dict[str, Any] = {
        key: {name: value for name, value in (options[key] or {}).items() if name in names} or None
        for key in ("feature_params", "user_splits", "user_splits_fixed")
        if key in options
    }
    if "special_codes" in options:
        # What is said of all features holds for the others too, what is said of one does not.
        codes = read_special_codes(options["special_codes"], tuple(binner.features_))
        of_all = [groups for groups in codes.values() if groups.for_all]
        of_features["special_codes"] = of_all[0] if of_all else None

    # These columns are only looked at, and their rows have no periods.
    if period_request(binner):
        options |= dict.fromkeys(OF_PERIODS)
        of_features["feature_params"] = {
            name: {key: value for key, value in of_one.items() if key not in OF_PERIODS}
            for name, of_one in (of_features["feature_params"] or {}).items()
        } or None

    # No clone: nothing of the model is learnt anew, so no edits by hand are lost.
    event = {} if hasattr(binner, "target_kind_") else {"event_label": binner.event_label_}
    return type(binner)(**(options | of_features | event))


def _information(binner: FittedBinner, name: str, table: AnyTable, *, learnt: bool) -> Estimate:
    """Information value of a column; over the search where its bins were chosen on these rows."""
    bins = binner.features_[name]
    if isinstance(table, EvidenceTable):
        # What is withheld says why beside the number.
        divergence = divergences_of(binner).get(name)
        if learnt and counts_of_the_fit(bins, table):
            return information_of_bins(bins, binner.zero_cells, divergence)
        held = target_estimate(table, divergence)
        return replace(held, p_value=None) if learnt else held

    if learnt and counts_of_the_fit(bins, table):
        of_bins = information_of_bins(bins, binner.zero_cells)
        if isinstance(of_bins.law, WithheldLaw):
            warn(of_bins.law.reason, WithheldWarning)
        return of_bins

    value = information_value(table, zero_cells=binner.zero_cells)
    # learnt on some of these rows, so that a test of no information would be too keen
    return replace(value, p_value=None) if learnt else value


def counts_of_the_fit(bins: FeatureBins, table: AnyTable) -> bool:
    """Tell whether a table counts the rows on which the bins were learnt.

    Parameters
    ----------
    bins : FeatureBins
        Bins of a column.
    table : CountTable or EvidenceTable
        Counts over them, or sums.

    Returns
    -------
    bool
        False where the fit counted nothing.
    """
    own = bins.table
    if isinstance(table, EvidenceTable):
        # Sums were taken by pre-bin there: they are the same up to rounding.
        return isinstance(own, EvidenceTable) and np.allclose(
            own.sums, table.sums[: own.n_bins], rtol=1e-9, atol=1e-9 * np.abs(table.sums).max()
        )
    return isinstance(own, CountTable) and np.array_equal(own.counts, table.counts[: own.n_bins])


def learnt_again(binner: FittedBinner) -> FittedBinner | None:
    """Return the binner with the features that parts of the rows can learn again; None without any.

    Bins that depend on other features are learnt with these only; an order in every period needs
    the periods of the rows, which parts of them do not bring; and a document may not say how its
    bins were learnt.
    """
    if (reason := why_not_learnt_again(binner)) is not None:
        warn(f"cross-fitted values and permutation tests are withheld: {reason}", WithheldWarning)
        return None
    if isinstance(binner, FairBinner) or getattr(binner, "mode", None) == "joint":
        return None
    if not period_request(binner):
        return binner

    # What is asked of all features may be taken back for one.
    asking: Any = binner
    kept = [
        name
        for name in binner.features_
        if all(option_of(asking, name, option) is None for option in OF_PERIODS)
    ]
    withheld = [name for name in binner.features_ if name not in kept]
    if withheld:
        warn(
            f"cross-fitted values and permutation tests are withheld of {withheld[:5]}: their bins "
            "follow the rates of each period, which parts of the rows do not tell; see with later "
            "rows what such bins are worth",
            WithheldWarning,
        )
    if not kept:
        return None

    part = asking.subset(kept)
    part.feature_params = {
        name: {key: value for key, value in of_one.items() if key not in OF_PERIODS}
        for name, of_one in (part.feature_params or {}).items()
    }
    vars(part).update(dict.fromkeys(OF_PERIODS))
    fitted: FittedBinner = part
    return fitted


def _count_samples(
    binner: FittedBinner, samples: Sequence[Sample], codes: Sequence[IntArray]
) -> dict[str, dict[str, AnyTable]]:
    """Count every sample by bin; column, then sample, to counts or sums over the same bins."""
    counts: dict[str, dict[str, AnyTable]] = {name: {} for name in binner.features_}
    for sample, matrix in zip(samples, codes, strict=True):
        for (name, bins), column in zip(binner.features_.items(), matrix.T, strict=True):
            counts[name][sample.name] = _counted(bins.spec, column, sample.rows)
    return {name: _with_same_bins(by_sample) for name, by_sample in counts.items()}


def _counted(spec: BinSpec, codes: IntArray, rows: Rows) -> AnyTable:
    """Count rows, or add up their target, with a last row for unseen values where there are any."""
    if rows.kind is None:
        return table_of_codes(spec, codes, rows, show_unseen=True)
    table = rows.kind.table(codes, rows.target, (*spec.labels, UNSEEN), rows.weights)
    return table if table.weight[-1] > 0.0 else table.first(spec.n_codes - 1)


def _with_same_bins(tables: Mapping[str, AnyTable]) -> dict[str, AnyTable]:
    """Give every table the row for unseen categories where one of them has it."""
    # Only the row of unseen categories can be absent, so that the longest labels hold for all.
    labels = max((table.labels for table in tables.values()), key=len)
    return {name: table.merge(np.arange(table.n_bins), labels) for name, table in tables.items()}


def _score_edges(score: FloatArray) -> FloatArray:
    """Return the inner ends of the score bands, which are quantiles of the score."""
    if not score.size:
        return np.zeros(0)
    shares = np.arange(1, _SCORE_BANDS) / _SCORE_BANDS
    edges = np.unique(np.quantile(score, shares, method="inverted_cdf"))
    # A band below an end that is the least score would hold no training row.
    return np.asarray(edges[edges > score.min()])
