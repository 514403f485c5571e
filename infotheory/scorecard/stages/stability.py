"""The stage of stability: what is in later rows not what it was in those of its bins."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from infotheory._display import number_text
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray, IntArray
from infotheory._validation import as_weights, check_number, mass_of_rows
from infotheory.binning.features import FittedBinner
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.divergence import divergence_estimate
from infotheory.evidence.targets.contrast import encoding_of_sums, worth_of_encoding
from infotheory.inference import Estimate, weighted_mean
from infotheory.scorecard.points.codes import warn_of_new_values
from infotheory.scorecard.stages.samples import OtherRows, TargetReader
from infotheory.scorecard.stages.steps import SelectionStep, judged
from infotheory.scorecard.stages.worth import kind_learnt, least_worth, word_of_worth
from infotheory.tables import EvidenceTable

__all__ = ["StabilityLimits", "by_stability"]


class StabilityLimits(NamedTuple):
    """What a characteristic may change, and must still be worth, in later rows."""

    max_psi: float
    # None where neither stage states one: it is then that of the kind of the target
    min_iv: float | None

    @classmethod
    def of(
        cls, max_psi: float, min_out_of_time_iv: float | None, min_information_value: float | None
    ) -> "StabilityLimits":
        """Check the limits; the least information value is that of the first stage when None."""
        check_number("max_psi", max_psi, 0.0, np.inf, rule="a number of at least 0")
        least = min_information_value if min_out_of_time_iv is None else min_out_of_time_iv
        if least is None:
            return cls(float(max_psi), None)
        rule = "a number, or None for min_information_value"
        check_number("min_out_of_time_iv", least, -np.inf, np.inf, ends="[)", rule=rule)
        return cls(float(max_psi), float(least))


def by_stability(
    binner: FittedBinner,
    reader: TargetReader,
    names: Sequence[str],
    later: OtherRows,
    limits: StabilityLimits,
    when: str = "out of time",
) -> Iterator[SelectionStep]:
    """Drop what is distributed otherwise in later rows, or worth too little there.

    Evidence there is the difference of the mean weights of evidence, learnt before, of non-events
    and events, or what stands for it of another target: its mean is 0 for noise and below 0 for
    what has turned round.
    """
    kind = kind_learnt(binner)
    least = least_worth(kind) if limits.min_iv is None else limits.min_iv
    codes = binner.bin_codes(later.X)
    weights = as_weights(later.sample_weight, len(codes), name="sample_weight of out_of_time")
    mass = mass_of_rows(weights, len(codes))
    target = (
        None
        if later.y is None
        else reader.read(later.y, len(codes), of="out_of_time", weights=weights)
    )

    weighed = []
    for name in names:
        column = codes[:, list(binner.features_).index(name)]
        index = _stability(binner, name, column, mass)
        stable = index.value <= limits.max_psi
        yield judged(
            "stability",
            name,
            index,
            statistic="psi",
            kept=stable,
            threshold=limits.max_psi,
            reason=f"stability index {index.value:.4f} between the rows of the bins and those "
            f"{when}, {'within' if stable else 'above'} {number_text(limits.max_psi)}",
            p_value=index.p_value,
        )
        # What has changed is out: what it would be worth needs no second line.
        if target is None or not stable:
            continue

        weighed.append(name)
        if kind is None:
            value = _evidence(binner, name, column, target, mass)
        else:
            value = _evidence_of_kind(binner, name, column, target, weights, kind)
        enough = value.value >= least
        yield judged(
            "stability",
            name,
            value,
            statistic="out_of_time_iv",
            kept=enough,
            threshold=least,
            reason=f"{word_of_worth(kind)} {value.value:.4f} of its weights of evidence {when}, "
            f"{'at least' if enough else 'below'} {number_text(least)}",
        )
    # To the index a new value is a change; to the evidence it says nothing.
    warn_of_new_values(binner, codes, weights, names=weighed)


def _stability(binner: FittedBinner, name: str, codes: IntArray, mass: FloatArray) -> Estimate:
    """Stability index over all codes; a half is added where one of the samples has no rows."""
    table = binner.features_[name].summed()[1]
    n_codes = table.n_bins + 1  # unseen categories have no row in the table

    # The training rows hold no unseen category, whose share in later rows is a change too.
    expected, squares = (np.append(sums, 0.0) for sums in (table.weight, table.squared_weight))
    actual, actual_squares = (
        np.bincount(codes, weights, minlength=n_codes).astype(np.float64)
        for weights in (mass, mass**2)
    )
    return divergence_estimate(BinnedSamples(expected, actual, squares, actual_squares))


def _evidence(
    binner: FittedBinner, name: str, codes: IntArray, target: FloatArray, mass: FloatArray
) -> Estimate:
    """Difference of the mean weight of evidence of non-events and events, with its error."""
    sign = -1.0 if binner.woe_sign == "event" else 1.0
    # Given weights of evidence, sum of (share of non-events - share of events) * woe is a
    # difference of two means: neither bins nor evidence were learnt on these rows.
    woe = sign * binner.woe_[name][codes]
    means, errors = zip(
        *(
            weighted_mean(woe[target == label], mass[target == label], mass[target == label] ** 2)
            for label in (0.0, 1.0)
        ),
        strict=True,
    )
    return Estimate(
        value=float(means[0] - means[1]),
        standard_error=float(np.hypot(*errors)),
        method="two-sample mean of weights of evidence learnt before",
    )


def _evidence_of_kind(
    binner: FittedBinner,
    name: str,
    codes: IntArray,
    target: FloatArray,
    weights: FloatArray | None,
    kind: TargetKind,
) -> Estimate:
    """Worth in later rows of what the bins of a feature say of a target that is no two classes."""
    learnt = binner.features_[name].summed()[1]
    encoding = binner.woe_[name]
    if kind.kind == "multiclass" and isinstance(learnt, EvidenceTable):
        encoding = np.vstack([encoding_of_sums(learnt), np.zeros(len(kind.classes))])
    elif kind.kind != "continuous":
        # ln(p / q), whichever sign the binner gives it.
        encoding = -encoding if binner.woe_sign == "event" else encoding
    later = kind.table(codes, target, [""] * len(encoding), weights)
    return worth_of_encoding(later, encoding)
