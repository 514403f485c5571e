"""Numbers for the page: everything that it shows is computed here, by the library's functions."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._typing import FloatArray
from infotheory.binning import FairBinner
from infotheory.binning._base import BaseBinner
from infotheory.binning.binning_table import any_evidence_table
from infotheory.binning.edits.audit import exceeds_budget
from infotheory.binning.features import FeatureBins, sign_of
from infotheory.binning.prebins.grouping import BY_HAND
from infotheory.binning.prebins.options import divergences_of
from infotheory.binning.prebins.searched import estimate_of_bins, information_of_bins
from infotheory.evidence.binned_samples import (
    BinnedSamples,
    fill_zero_cells,
    samples_of_table,
)
from infotheory.evidence.divergence import divergence_estimate, divergence_parts
from infotheory.evidence.rates import event_rates
from infotheory.evidence.targets.encodings import target_table
from infotheory.evidence.targets.estimates import explained_share, varies_beyond_rounding
from infotheory.evidence.targets.kinds import lacks_a_mass
from infotheory.inference import DivergenceEstimate, Estimate
from infotheory.tables import EvidenceTable
from infotheory.workbench.state import HOLDOUT, PERIOD, Review, State, session_steps

__all__ = ["feature_row", "feature_view", "overview", "plain_value"]

#: Share of the rows below which a bin is called small: the customary 5 %.
SMALL = 0.05
#: What a flag stands for, in the list of characteristics.
_FLAGS = {
    "not_met": "limits not met",
    "woe": "WoE set by hand",
    "one-sided": "a bin has rows of one class",
    "empty-mass": "a bin lacks a part of the target",
    "small": "a small bin",
    "psi": "not stable",
    "order": "hold-out order reversed",
}
#: Size of the test behind the flag of a stability index.
_ALPHA = 0.05


def overview(state: State) -> list[dict[str, Any]]:
    """One row a characteristic, the largest information value first."""
    last = {line["feature"]: line for line in state.binner.audit_}
    holdout = state.samples.get(HOLDOUT, {})
    rows = []
    for name, bins in state.binner.features_.items():
        # A row costs the statistics of its bins, and the list is asked for after every step: a row
        # is made again only where something that it is made of is another object. All states of a
        # session share the store.
        made_of = bins, state.reviews.get(name), last.get(name), holdout.get(name)
        before, row = state.rows.get(name, (None, {}))
        if before is None or any(a is not b for a, b in zip(before, made_of, strict=True)):
            row = feature_row(state, name)
            state.rows[name] = made_of, row
        rows.append(row)
    return sorted(rows, key=lambda row: -(row["iv"]["value"] or 0.0))


def feature_row(state: State, name: str) -> dict[str, Any]:
    """Say of one characteristic what the list shows."""
    bins = state.binner.features_[name]
    spec = bins.spec
    # The list shows it and a flag may need it: it is estimated once.
    index = _stability(state, bins)
    flags = [flag["name"] for flag in _flags(state, bins, index)]
    review = state.reviews.get(name, Review())
    return {
        "name": name,
        "kind": spec.kind,
        "n_bins": spec.n_bins,
        "status": bins.status,
        "iv": {"value": _plain_information(state, bins)},
        "psi": None if index is None else _number(index.value),
        "flags": flags,
        "review": review._asdict(),
        "note": ", ".join(
            ([] if review.status == "open" else [review.status])
            + (["bins set by hand"] if bins.status == BY_HAND else [])
            + [_FLAGS[flag] for flag in flags]
        ),
    }


def feature_view(state: State, name: str) -> dict[str, Any]:
    """Everything that the page shows of one characteristic."""
    bins, start = state.binner.features_[name], state.start.features_[name]
    spec, table = bins.summed()
    index, holdout = _stability(state, bins), _sample(state, bins, HOLDOUT)
    can_undo, can_redo = session_steps(state, name)
    rows = _rows(state, bins, holdout)

    return {
        **feature_row(state, name),
        "iv": _searched(state, bins),
        "trend": bins.trend,
        "has_order": spec.has_order,
        "start_iv": _searched(state, start),
        "holdout_iv": None if holdout is None else _value(state, name, holdout),
        "psi": None if index is None else _index(index),
        "change": _change(state, name),
        "bins": rows,
        "periods": _periods(state, bins),
        "per_class": [key for key in rows[0] if " of " in key],
        "splits": list(spec.splits),
        # Where a split can be put without the rows.
        "prebin_splits": list(bins.prebin_sums()[0].splits),
        "levels": [list(levels) for levels in spec.levels],
        "flags": _flags(state, bins, index),
        "smallest": _number(_shares(table)[: spec.n_bins].min()),
        "protected": _protected(state.binner, name),
        "audit": [_audit_line(line) for line in _trail(state, name)],
        "can_undo": can_undo,
        "can_redo": can_redo,
    }


def _rows(state: State, bins: FeatureBins, holdout: AnyTable | None) -> list[dict[str, Any]]:
    """One entry a bin, then special groups and missing; none for what is joined to a bin."""
    spec, table = bins.summed()
    frame = any_evidence_table(
        table,
        bins.woe_by_hand,
        None,
        state.binner.zero_cells,
        sign_of(state.binner.woe_sign),
        "",
        divergence=_divergence(state, bins.name),
    ).iloc[:-1]
    columns = {
        "label": list(table.labels),
        "count": frame["count"],
        "share": frame["share"],
        **_rates(table),
        **_amounts(table),
        **{key: frame[key] for key in ("woe", "woe_low", "woe_high") if key in frame},
        "iv": frame["iv"],
        "iv_low": frame["iv_low"],
        "iv_high": frame["iv_high"],
        "adjusted": frame["adjusted"],
    }
    if isinstance(table, EvidenceTable) and table.kind == "multiclass":
        # One evidence a class: it is text in the table, and no number has a place in the picture.
        columns |= {"woe": [None] * table.n_bins}
        columns |= {f"WoE of {label}": frame[f"woe_{label}"] for label in table.columns}
    if holdout is not None:
        columns |= {"holdout_share": _shares(holdout)}
        columns |= {
            # A share of a class is a heading of the table, the others are keys of the page.
            f"hold-out {key}" if " of " in key else f"holdout_{key.removeprefix('rate_')}": column
            for key, column in _rates(holdout).items()
        }

    # Rows of the table are bins, special groups and missing. What is joined to a bin is counted
    # there: its own row is empty and left out, and the bin names it.
    plain = {key: [plain_value(value) for value in list(values)] for key, values in columns.items()}
    kinds = ["bin"] * spec.n_bins + ["special"] * (spec.missing_code - spec.n_bins) + ["missing"]
    names = {code: spec.outside[code - spec.n_bins] for code in range(spec.n_bins, len(kinds))}
    return [
        {key: values[i] for key, values in plain.items()}
        | {
            "number": i,
            "kind": kind,
            "empty": not plain["count"][i],
            "by_hand": i in bins.woe_by_hand,
            "joined": [names[code] for code, to in spec.joined.items() if to == i],
        }
        for i, kind in enumerate(kinds)
        if i not in spec.joined
    ]


def _periods(state: State, bins: FeatureBins) -> list[dict[str, Any]]:
    """Shares and event rates by bin in each period, and the index against all rows of the fit."""
    periods = []
    for name in (sample for sample in state.samples if sample.startswith(PERIOD)):
        table = _sample(state, bins, name)

        # No row has a label that is NaN, and rows of weight 0 count as absent: no bin has a share.
        if table is None or not table.weight.any():
            continue
        index = _index_of(bins.summed()[1], table)
        rates = _rates(table)["rate"]
        periods.append(
            {
                "label": name.removeprefix(PERIOD),
                "count": _number(table.weight.sum()),
                "shares": [plain_value(value) for value in _shares(table)],
                "rates": [plain_value(value) for value in list(rates)],
                "psi": _index(index),
            }
        )
    return periods


def _rates(table: AnyTable) -> dict[str, Any]:
    """Event rate of each bin, or the mean of its target, with an interval; of classes a share each.

    The rate of several classes is that of the last one, which the picture shows, with no interval.
    """
    if not isinstance(table, EvidenceTable):
        rates = event_rates(table)
        return {"rate": rates["event_rate"], "rate_low": rates["low"], "rate_high": rates["high"]}
    if table.kind == "multiclass":
        shares = table.without_groups().rate
        return {"rate": shares[:, -1]} | {
            f"share of {label}": shares[:, c] for c, label in enumerate(table.columns)
        }
    if not _varies(table):
        # Rows of one amount have means, and nothing that an interval could rest on.
        means = table.without_groups().rate
        return {
            "rate": means,
            **dict.fromkeys(("rate_low", "rate_high"), np.full_like(means, np.nan)),
        }
    frame = target_table(table, "haldane", 1.0, "").iloc[:-1]
    ends = {f"rate_{end}": frame[f"mean_{end}"] for end in ("low", "high")}
    return {"rate": frame["mean"], **ends}


def _amounts(table: AnyTable) -> dict[str, Any]:
    """Events of each bin, or the sum of its target; nothing of several classes."""
    if not isinstance(table, EvidenceTable):
        return {"events": table.events}
    if table.kind == "multiclass":
        return {}
    flat = table.without_groups()
    # Sums are about an origin, which they get back.
    return {"events": flat.sums[:, 1] + flat.origin * flat.weight}


def _divergence(state: State, name: str) -> str | None:
    """Divergence that the bins of a feature maximise where the target is no two classes."""
    return divergences_of(state.binner).get(name)


def _sample(state: State, bins: FeatureBins, name: str) -> AnyTable | None:
    """Return the counts of another sample in the bins as they are now."""
    cells = state.samples.get(name)
    return None if cells is None else cells[bins.name].in_bins(bins)


def _stability(state: State, bins: FeatureBins) -> DivergenceEstimate | None:
    holdout = _sample(state, bins, HOLDOUT)
    if holdout is None or not holdout.weight.any():
        return None
    return _index_of(bins.summed()[1], holdout)


def _index_of(expected: AnyTable, actual: AnyTable) -> DivergenceEstimate:
    """Stability index of two tables of the same bins; unseen levels are a bin of the second."""
    # A level that the fit never met has no row in its table: none was expected there.
    more = actual.n_bins - expected.n_bins
    of_fit, squares = (
        np.pad(array, (0, more)) for array in (expected.weight, expected.squared_weight)
    )
    return divergence_estimate(BinnedSamples(of_fit, actual.weight, squares, actual.squared_weight))


def _index(index: DivergenceEstimate) -> dict[str, Any]:
    p_value = _number(math.nan if index.p_value is None else index.p_value)
    return {
        **_interval(index),
        "p_value": p_value,
        "critical": _number(index.critical_value(_ALPHA)),
        "note": "" if p_value is None else f"p = {p_value:.2f} for equal shares",
    }


def _searched(state: State, bins: FeatureBins) -> dict[str, Any]:
    """Information value of the training rows, with its interval over the search."""
    value = _value(state, bins.name, bins.summed()[1])
    if value["value"] is None:
        return value
    divergence = _divergence(state, bins.name)
    return _interval(information_of_bins(bins, state.binner.zero_cells, divergence))


def _value(state: State, name: str, table: AnyTable) -> dict[str, Any]:
    """Information value with its interval; why there is none where the target does not vary."""
    if not _varies(table):
        reason = "rows of one class only"
        if isinstance(table, EvidenceTable):
            reason = "the target does not vary in these rows"
        return {"value": None, "error": None, "low": None, "high": None, "reason": reason}
    zero_cells = state.binner.zero_cells
    return _interval(estimate_of_bins(table, zero_cells, _divergence(state, name)))


def _varies(table: AnyTable) -> bool:
    """Whether the target has two classes, both masses, or a variance in these rows."""
    if not isinstance(table, EvidenceTable):
        return bool(table.without_groups().counts.sum(axis=0).all())
    totals = table.without_groups().sums.sum(axis=0)
    if table.kind == "multiclass":
        return int(np.count_nonzero(totals)) > 1
    if table.kind == "continuous":
        return varies_beyond_rounding(*totals.tolist())
    return bool((totals > 0.0).all())


def _plain_information(state: State, bins: FeatureBins) -> float | None:
    """Information value without error and interval, which a list does not show."""
    table = bins.summed()[1]
    if not _varies(table):
        return None
    if isinstance(table, EvidenceTable):
        return _number(explained_share(table, _divergence(state, bins.name)))
    parts = divergence_parts(fill_zero_cells(samples_of_table(table), state.binner.zero_cells))
    return _number(float(parts.value))


def _interval(estimate: Estimate) -> dict[str, Any]:
    low, high = estimate.interval()
    return {
        "value": _number(estimate.value),
        "error": _number(estimate.standard_error),
        "low": _number(low),
        "high": _number(high),
        "reason": estimate.reason,
    }


def _change(state: State, name: str) -> dict[str, Any] | None:
    """Return what the last step on a feature changed, with its error."""
    last = next(iter(_trail(state, name)), None)
    if last is None or last["iv_difference"] is None:
        return None
    return {
        "value": _number(last["iv_difference"]),
        "error": _number(last["iv_difference_standard_error"]),
        "before": _number(last["iv_before"]),
        "after": _number(last["iv_after"]),
    }


def _protected(binner: BaseBinner, name: str) -> list[dict[str, Any]]:
    """Say what the bins of now tell about protected groups: one feature, and all in a budget."""
    if not isinstance(binner, FairBinner):
        return []
    summary = binner.fairness_summary()
    # A budget is over all features: its rows tell how much of it these bins leave.
    whole = (summary["feature"] == "all features") & ~summary["budget"].isna()
    return [
        {
            "groups": f"{row.attribute}: {row.group} against {row.reference}",
            "of": "this one" if row.feature == name else row.feature,
            "value": _number(row.iv_fair),
            "error": _number(row.iv_fair_standard_error),
            "used": _number(row.used),
            "budget": _number(row.budget),
            "over": exceeds_budget(row.used, row.budget),
            "note": _words_of_budget(row.used, row.budget),
        }
        for row in summary[(summary["feature"] == name) | whole].itertuples()
    ]


def _words_of_budget(used: float, budget: float) -> str:
    """Say how much of a budget is used; nothing where there is none."""
    if not math.isfinite(budget):
        return ""
    over = ": exceeded" if exceeds_budget(used, budget) else ""
    return f", {used:.4f} of the budget of {budget:.4f} is used{over}".replace("-", "−")


def _trail(state: State, name: str) -> list[Mapping[str, Any]]:
    """Lines of the audit trail of one feature, the newest first."""
    return [line for line in reversed(state.binner.audit_) if line["feature"] == name]


def _audit_line(line: Mapping[str, Any]) -> dict[str, Any]:
    numbers = ("iv_before", "iv_after", "iv_difference", "iv_difference_standard_error")
    texts = ("step", "action", "detail", "reason", "who", "when", "not_met")
    return {
        **{key: line[key] for key in texts},
        **{key: None if line[key] is None else _number(line[key]) for key in numbers},
        "signed": f"{line['who'] or 'unnamed'}, {_clock(line['when'])}",
    }


def _clock(when: str) -> str:
    """Write a time as people read it, with the zone by its name where it is UTC."""
    return when.replace("T", " ").replace("+00:00", " UTC")


def _flags(
    state: State, bins: FeatureBins, index: DivergenceEstimate | None
) -> list[dict[str, str]]:
    """List what needs a look: a name for the list, and a sentence for the page."""
    spec, table = bins.summed()
    flags = []
    last = next(iter(_trail(state, bins.name)), None)
    if last is not None and last["not_met"]:
        flags.append(("not_met", "limits not met: " + "; ".join(last["not_met"])))

    by_hand = [spec.labels[code] for code in bins.woe_by_hand]
    if by_hand:
        flags.append(("woe", f"weight of evidence set by hand in {_listed(by_hand)}"))
    if isinstance(table, EvidenceTable):
        lacking = [table.labels[i] for i in np.flatnonzero(lacks_a_mass(table)).tolist()]
        if lacking:
            text = f"a part of the target is absent in {_listed(lacking)}: half a row was added"
            flags.append(("empty-mass", text))
    else:
        places = np.flatnonzero(samples_of_table(table).one_sided()).tolist()
        if places:
            of_one = _listed([table.labels[i] for i in places])
            flags.append(("one-sided", f"rows of one class in {of_one}: a half was added"))

    small = [spec.labels[i] for i in np.flatnonzero(_shares(table)[: spec.n_bins] < SMALL).tolist()]
    if small:
        flags.append(("small", f"less than {SMALL:.0%} of the rows in {_listed(small)}"))

    # Against what chance alone reaches at these sizes, not against a fixed tenth or quarter.
    if index is not None and index.value > index.critical_value(_ALPHA):
        words = f"PSI {index.value:.3f} is above {index.critical_value(_ALPHA):.3f}, which chance"
        flags.append(("psi", f"{words} exceeds in {_ALPHA:.0%} of samples"))
    reversed_bins = _reversed_order(state, bins)
    if reversed_bins:
        flags.append(("order", f"hold-out order reversed between {_listed(reversed_bins)}"))
    return [{"name": name, "text": text} for name, text in flags]


def _reversed_order(state: State, bins: FeatureBins) -> list[str]:
    """Neighbours whose event rates stand the other way round in the hold-out rows."""
    holdout = _sample(state, bins, HOLDOUT)
    if holdout is None:
        return []
    spec, table = bins.summed()
    if isinstance(table, EvidenceTable) and table.kind == "multiclass":
        return []  # several rates have no one order
    # Pairs of neighbours, each with its rate in both samples. Those past the bins, of special
    # groups and missing values, have no order. Where a rate is NaN the product is too, and flags
    # nothing.
    pairs = list(
        pairwise(
            zip(
                list(_rates(table)["rate"]),
                list(_rates(holdout)["rate"]),
                strict=False,
            )
        )
    )[: spec.n_bins - 1]
    return [
        f"{spec.labels[i]} and {spec.labels[i + 1]}"
        for i, ((rate, other), (next_rate, next_other)) in enumerate(pairs)
        if (next_rate - rate) * (next_other - other) < 0.0
    ]


def _listed(labels: Sequence[str]) -> str:
    return "; ".join(labels[:3]) + ("; ..." if len(labels) > 3 else "")


def _shares(table: AnyTable) -> FloatArray:
    count = table.weight
    return np.asarray(count / count.sum() if count.any() else count)


def plain_value(value: Any) -> Any:
    """Return what JSON can hold: text and truth as they are, numbers that are finite."""
    if value is None or isinstance(value, str):
        return value
    return bool(value) if isinstance(value, bool | np.bool_) else _number(value)


def _number(value: float) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
