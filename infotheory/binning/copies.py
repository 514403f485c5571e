"""What a fitted binner gives away: a copy for some features, a document, and the binner in it."""

import copy
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._any_table import AnyTable, largest_evidence
from infotheory._documents import DocumentError, load_schema, read_document, sound, within
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray, LabelArray
from infotheory.binning.features import FeatureBins, History, Past, sign_of
from infotheory.binning.prebins.grouping import Grouping
from infotheory.binning.prebins.learnt_evidence import check_evidence_options
from infotheory.binning.prebins.options import check_feature
from infotheory.cells import BinSpec
from infotheory.engines.coded import any_table_of, sums_by_code
from infotheory.engines.counts import FrameCounts
from infotheory.engines.declared import declared_features
from infotheory.tables import EvidenceTable

__all__ = ["Copies", "plain_option", "read_plain_option", "woe_by_hand"]

FORMAT = "infotheory binner"
VERSION = 1
SCHEMA = "binner-1.schema.json"
#: Options that a binner takes by feature, as dicts whose keys are names.
_BY_FEATURE = ("feature_params", "special_codes", "user_splits", "user_splits_fixed")
#: Sums of the same rows in another order differ by less.
_ROUNDING = 1e-6


class Copies:
    """Copies of a binner whose features are binned each by itself."""

    zero_cells: str | float
    woe_sign: str
    categorical_features: Sequence[Any] | Mapping[str, Any] | str | None
    features_: dict[str, FeatureBins]
    classes_: LabelArray
    event_label_: Any
    target_type_: str
    target_kind_: TargetKind
    n_features_in_: int
    feature_names_in_: LabelArray
    audit_: list[dict[str, Any]]
    stands_for_: str  # of a binner whose options are not known: its class, or nothing
    history_: History
    counts_: FrameCounts
    rank_errors_: dict[str, float]

    def subset(self, features: Sequence[str]) -> Self:
        """Copy the binner for some of its features, whose bins and edits stay as they are.

        ``infotheory.binning.keep_features`` does the same with a reason in the audit trail.

        Parameters
        ----------
        features : sequence of str
            Names of features, each once; they keep the order of the fit.

        Returns
        -------
        OptimalBinner or StumpBinner
            A fitted binner that takes X with these columns alone.

        Raises
        ------
        ValueError
            If a name is unknown or stands twice, or there is none.
        """
        check_is_fitted(self)
        names = tuple(self.features_)
        staying = _read_names(features, names)

        kept = copy.copy(self)
        kept.features_ = {name: bins for name, bins in self.features_.items() if name in staying}
        kept.n_features_in_ = len(staying)
        if hasattr(self, "feature_names_in_"):
            kept.feature_names_in_ = np.array(list(kept.features_), dtype=object)

        for option in _BY_FEATURE:
            by_feature = getattr(self, option, None)
            # Special codes may also be a list, or groups of codes for all features.
            if isinstance(by_feature, Mapping) and by_feature.keys() <= self.features_.keys():
                of_staying = {name: value for name, value in by_feature.items() if name in staying}
                setattr(kept, option, of_staying or None)
        declared = declared_features(self.categorical_features, names)
        if any(order is not None for order in declared.values()):
            kept.categorical_features = {
                name: "from_dtype" if order is None else list(order) or None
                for name, order in declared.items()
                if name in staying
            }
        elif declared:
            # A mask fits features with and without names in X.
            kept.categorical_features = [name in declared for name in kept.features_]

        if hasattr(self, "counts_"):
            # What a database was asked stays as it was: it was asked about all of them.
            kept.counts_ = _counts_of(self.counts_, staying)
            errors = self.rank_errors_.items()
            kept.rank_errors_ = {name: error for name, error in errors if name in staying}

        # A list of its own: later steps of the copy are none of the original's.
        kept.audit_ = list(self.audit_)
        kept.history_ = self.history_.of_features(staying)
        return kept

    def to_json(self) -> str:
        """Write the fitted binner as one JSON document, from which it can be tuned on.

        The document holds pre-bins and their counts, the bins made of them, the audit trail and the
        steps that can be taken back; no row. Cells of few rows are in it.

        Returns
        -------
        str
            The document; numbers come back exactly. Its schema lies in the package
            (``binning/binner-1.schema.json``).

        Raises
        ------
        TypeError
            If an option or a label of the target is no plain text, number, list or dict.
        """
        check_is_fitted(self)
        check_evidence_options(self)
        parameters = self.get_params(deep=False)  # type: ignore[attr-defined]
        document = {
            "format": FORMAT,
            "version": VERSION,
            "binner": type(self).__name__,
            "parameters": plain_option(parameters, "parameters"),
            **self._target(),
            "named": hasattr(self, "feature_names_in_"),
            "features": [_entry(bins) for bins in self.features_.values()],
            "audit": self.audit_,
            "done": _past_entries(self.history_.done),
            "undone": _past_entries(self.history_.undone),
        }
        # JSON has no NaN: one that slipped through is an error here, and not in another reader.
        return json.dumps(document, allow_nan=False)

    def _target(self) -> dict[str, Any]:
        """Write what was learnt of the target."""
        kind: TargetKind | None = getattr(self, "target_kind_", None)
        if kind is None:
            return {
                "classes": plain_option(self.classes_, "classes"),
                "event_label": plain_option(self.event_label_, "event_label"),
            }
        return {
            "classes": plain_option(kind.classes, "classes"),
            "event_label": None,
            "target": {"kind": kind.kind, "origin": kind.origin},
        }

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a binner that ``to_json`` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        OptimalBinner or StumpBinner
            The fitted binner: its bins are tuned, taken back and used as before.

        Raises
        ------
        ValueError
            If the document is of another format, version or class, or damaged; the message names
            the place.
        TypeError
            If it is no text.
        """
        document = read_document(text, FORMAT, VERSION, load_schema("infotheory.binning", SCHEMA))
        if document["binner"] != cls.__name__:
            message = (
                f"text must hold a {cls.__name__}, got a {document['binner']}; read it with "
                f"{document['binner']}.from_json"
            )
            raise ValueError(message)

        with sound(FORMAT):
            with within("$.parameters"):
                binner = cls(**read_plain_option(document["parameters"]))
            binner._read(document)
        return binner

    def _read(self, document: Mapping[str, Any]) -> None:
        """Give a new binner what was learnt, after checking that the parts agree."""
        kind = _read_kind(document)
        if kind is not None:
            self.target_kind_ = kind
        if hasattr(self, "target_type"):
            self.target_type_ = "binary" if kind is None else kind.kind

        features = document["features"]
        read = [_read_bins(feature, f"$.features[{i}]", kind) for i, feature in enumerate(features)]
        _check_same_rows(read)

        # Weights of evidence are not in the document: they follow from the counts, as after a fit.
        sign = sign_of(self.woe_sign)
        self.features_ = {bins.name: bins.with_evidence(self.zero_cells, sign) for bins in read}
        if len(self.features_) < len(read):
            rule = " must have one entry a feature, got a name that stands twice"
            raise DocumentError(path="$.features", rule=rule)

        # Options are checked last: some name features, which have to be known.
        with within("$.parameters"):
            self._check_values(tuple(self.features_))  # type: ignore[attr-defined]

        self.n_features_in_ = len(read)
        if document["named"]:
            self.feature_names_in_ = np.array(list(self.features_), dtype=object)
        if document["classes"]:
            self.classes_ = np.array(document["classes"])
        if kind is None:
            self.event_label_ = document["event_label"]
            if len(document["classes"]) != 2:
                rule = f" must have 2 entries, got {len(document['classes'])}"
                raise DocumentError(path="$.classes", rule=rule)
            if self.event_label_ not in document["classes"]:
                rule = f" must be one of {document['classes']}, got {self.event_label_!r:.60}"
                raise DocumentError(path="$.event_label", rule=rule)

        self.audit_ = document["audit"]
        self.history_ = History(
            *(
                tuple(self._read_past(entry, f"$.{key}[{i}]") for i, entry in enumerate(entries))
                for key, entries in (("done", document["done"]), ("undone", document["undone"]))
            )
        )

    def _read_past(self, entry: Mapping[str, Any], path: str) -> Past:
        """Read a step that can be taken back or again."""
        kind: TargetKind | None = getattr(self, "target_kind_", None)
        bins = _read_bins(entry["feature"], f"{path}.feature", kind)
        if bins.name not in self.features_:
            rule = f" must be of one of the features, got {bins.name!r:.60}"
            raise DocumentError(path=f"{path}.feature", rule=rule)
        if not 0 < entry["step"] <= len(self.audit_):
            rule = f" must be a step of the {len(self.audit_)} in the trail, got {entry['step']}"
            raise DocumentError(path=f"{path}.step", rule=rule)

        return Past(entry["step"], bins.with_evidence(self.zero_cells, sign_of(self.woe_sign)))


def _read_names(features: Sequence[str], names: tuple[str, ...]) -> set[str]:
    """Read which features stay."""
    if isinstance(features, str) or not np.iterable(features):
        message = f"features must be a list of names, got {features!r}"
        raise ValueError(message)
    wanted = list(features)
    for name in wanted:
        check_feature("features", name, names)
    if not wanted or len(set(wanted)) < len(wanted):
        message = f"features must name one feature or more, each once, got {wanted}"
        raise ValueError(message)
    return set(wanted)


def _counts_of(counts: FrameCounts, features: Collection[str]) -> FrameCounts:
    """Leave out the counts of other features."""
    specs = {name: spec for name, spec in counts.specs.items() if name in features}
    return replace(counts, specs=specs, tables={name: counts.tables[name] for name in specs})


def _entry(bins: FeatureBins) -> dict[str, Any]:
    """Write one feature: all of it follows from its pre-bins and their grouping."""
    spec, table, grouping = bins.prebin_sums()
    # Only where they say something: earlier readers know the other fields.
    by_hand: dict[str, Any] = {}
    if grouping.joined:
        by_hand["joined"] = {spec.outside[i]: to for i, to in sorted(grouping.joined.items())}
    if bins.woe_by_hand:
        by_hand["woe_by_hand"] = {str(code): woe for code, woe in bins.woe_by_hand.items()}
    counts, squared_weights = sums_by_code(spec, table)
    return {
        "prebins": spec.to_dict(),
        "counts": counts.tolist(),
        "squared_weights": squared_weights.tolist(),
        "groups": grouping.groups.tolist(),
        "status": grouping.status,
        "trend": grouping.trend,
        "objective": None if math.isnan(grouping.objective) else float(grouping.objective),
        "shape_objectives": {
            shape: float(value) for shape, value in grouping.shape_objectives.items()
        },
        "dropped": grouping.dropped,
        **by_hand,
    }


def _past_entries(steps: Iterable[Past]) -> list[dict[str, Any]]:
    return [{"step": past.step, "feature": _entry(past.bins)} for past in steps]


def _read_kind(document: Mapping[str, Any]) -> TargetKind | None:
    """Read what was learnt of a target that is no two classes; None of one that is."""
    if "target" not in document:
        return None
    kind, classes = document["target"]["kind"], tuple(document["classes"])
    if len(classes) < 2 if kind == "multiclass" else len(classes) > 0:
        rule = f" must be two labels or more for several classes alone, got {list(classes)!r:.60}"
        raise DocumentError(path="$.classes", rule=rule)
    return TargetKind(kind, classes, float(document["target"]["origin"]))


def _read_table(
    spec: BinSpec, kind: TargetKind | None, counts: FloatArray, squared: FloatArray
) -> AnyTable:
    """Read the sums of the pre-bins, the unseen code last, which has none."""
    return any_table_of(spec, counts, squared, (), kind)


def _read_bins(entry: Mapping[str, Any], path: str, kind: TargetKind | None = None) -> FeatureBins:
    """Read one feature, without its weights of evidence."""
    with within(f"{path}.prebins"):
        spec = BinSpec.from_dict(entry["prebins"])

    for key in ("counts", "squared_weights"):
        if len(entry[key]) != spec.n_codes:
            rule = f" must have {spec.n_codes} entries, one a code, got {len(entry[key])}"
            raise DocumentError(path=f"{path}.{key}", rule=rule)
    counts, squared = (np.array(entry[key], float) for key in ("counts", "squared_weights"))
    if kind is None and (
        counts.shape[1:] != (2,) or squared.shape != counts.shape or counts.min(initial=0.0) < 0.0
    ):
        rule = " must have two entries each, none below 0: non-events and events"
        raise DocumentError(path=f"{path}.counts", rule=rule)
    if kind is None and ((counts > 0.0) != (squared > 0.0)).any():
        rule = " must be above 0 where the counts are, and only there, got others"
        raise DocumentError(path=f"{path}.squared_weights", rule=rule)

    # Bins are numbered without gaps, and where there is an order only neighbours share one: groups
    # never fall from one pre-bin to the next.
    groups = np.array(entry["groups"], dtype=np.intp)
    n_groups = np.unique(groups).size
    in_order = not spec.has_order or (np.diff(groups) >= 0).all()
    if groups.size != spec.n_bins or n_groups != groups.max() + 1 or not in_order:
        rule = (
            f" must number the bin of each of {spec.n_bins} pre-bins from 0, got "
            f"{entry['groups']!s:.60}"
        )
        raise DocumentError(path=f"{path}.groups", rule=rule)

    grouping = Grouping(
        groups=groups,
        status=entry["status"],
        trend=entry["trend"],
        objective=math.nan if entry["objective"] is None else float(entry["objective"]),
        shape_objectives=dict(entry["shape_objectives"]),
        dropped=entry["dropped"],
        joined=_read_joined(entry.get("joined", {}), spec, f"{path}.joined"),
    )
    with within(path):
        bins = FeatureBins.of_groups(spec, _read_table(spec, kind, counts, squared), grouping)
    by_hand = woe_by_hand(entry, *bins.summed(), path)
    return replace(bins, woe_by_hand=by_hand)


def woe_by_hand(
    entry: Mapping[str, Any], bins: BinSpec, table: AnyTable, path: str
) -> dict[int, float]:
    """Read weights of evidence that were set by hand from the entry of a feature at ``path``."""
    by_code, most = {}, largest_evidence(table)
    path = f"{path}.woe_by_hand"
    for key, value in entry.get("woe_by_hand", {}).items():
        if key not in map(str, range(bins.missing_code + 1)) or int(key) in bins.joined:
            rule = f" must be by code of a bin of {bins.name!r}, got {key!r:.60}"
            raise DocumentError(path=path, rule=rule)
        if not abs(value) <= most:
            rule = f" must be from {-most:g} to {most:g}, got {value!r:.60}"
            raise DocumentError(path=f"{path}.{key}", rule=rule)
        by_code[int(key)] = float(value)
    return dict(sorted(by_code.items()))


def _read_joined(joined: Mapping[str, int], prebins: BinSpec, path: str) -> dict[int, int]:
    """Read which special groups share a bin, by place; that it is one, the bins check."""
    names = prebins.outside
    foreign = [name for name in joined if name not in names]
    if foreign:
        rule = f" must be of the special groups {list(names)}, got {foreign[0]!r:.60}"
        raise DocumentError(path=path, rule=rule)
    return {names.index(name): to for name, to in joined.items()}


def _check_same_rows(features: Sequence[FeatureBins]) -> None:
    """Raise DocumentError unless all features count the same rows."""
    totals = [
        table.sums.sum(axis=0) if isinstance(table, EvidenceTable) else table.counts.sum(axis=0)
        for table in (bins.summed()[1] for bins in features)
    ]
    for i, total in enumerate(totals):
        # Sums about an origin may cancel: they are compared on the scale of all of them.
        slack = 0.0 if (total >= 0.0).all() else _ROUNDING * float(np.abs(totals[0]).max())
        if not np.allclose(total, totals[0], rtol=_ROUNDING, atol=slack):
            rule = f" must add up to {totals[0].tolist()} like the first, got {total.tolist()}"
            raise DocumentError(path=f"$.features[{i}].counts", rule=rule)


def plain_option(value: Any, place: str) -> Any:
    """Return what JSON can hold; numbers that it cannot become an object with one key."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}

    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: plain_option(inner, f"{place}[{key!r}]") for key, inner in value.items()}
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, bytes):
        return [plain_option(inner, f"{place}[{i}]") for i, inner in enumerate(value)]
    message = (
        f"{place} must be plain text, numbers, lists or dicts by name to be written as JSON, got "
        f"{type(value).__name__} {value!r}"
    )
    raise TypeError(message)


def read_plain_option(value: Any) -> Any:
    """Return what ``plain_option`` was given, with lists for all sequences."""
    if isinstance(value, list):
        return [read_plain_option(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"float"} and isinstance(value["float"], str):
        return float(value["float"])
    return {key: read_plain_option(inner) for key, inner in value.items()}
