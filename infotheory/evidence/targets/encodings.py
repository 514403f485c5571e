"""What is said of each bin of a target of any kind, with its error, and tables of it for people."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy import special

from infotheory._codes import common_weight
from infotheory._evidence_table import EvidenceTable
from infotheory._typing import BoolArray, FloatArray
from infotheory.evidence.targets.estimates import target_estimate, term_standard_errors
from infotheory.evidence.targets.kinds import (
    filled_sums,
    lacks_a_mass,
    name_of_divergence,
    terms_of_target,
)
from infotheory.evidence.targets.terms import intervals_of_terms
from infotheory.evidence.woe import reach_of_masses
from infotheory.inference import Estimate
from infotheory.laws import two_sided_quantile

__all__ = ["SIGNS", "encoded_bins", "intervals_of_means", "means_of_bins", "target_table"]

#: What a positive weight of evidence says, by kind of target and ``woe_sign``.
SIGNS = {
    **{(kind, "nonevent"): "a lower mean" for kind in ("fraction", "rate")},
    **{(kind, "event"): "a higher mean" for kind in ("fraction", "rate")},
    ("continuous", "nonevent"): "a mean above that of all",
    ("multiclass", "nonevent"): "more of the class",
}


def encoded_bins(
    table: EvidenceTable, metric: str, zero_cells: str | float, sign: float
) -> FloatArray:
    """Weight of evidence or mean of each bin; a column a class where there are several.

    The weight of evidence is ``sign ln(p / q)`` of two masses, the distance from the mean of all
    rows for a continuous target, and ``ln(p_c / p_rest)`` of each class. Bins without rows have 0,
    and the mean of all rows.
    """
    flat = table.without_groups()
    if metric == "event_rate":
        return means_of_bins(flat)
    occupied = np.flatnonzero(flat.weight > 0.0)
    if flat.kind == "continuous":
        overall = float(_overall(flat)[0])
        return np.where(flat.weight > 0.0, flat.rate - overall, 0.0)

    sums, _ = filled_sums(flat, zero_cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        # A class that no row has (in other rows than those of the fit) has no evidence.
        shares = np.log(sums) - np.log(sums.sum(axis=0))
        if flat.kind == "multiclass" and metric == "log_share":
            values = shares - shares.mean(axis=1, keepdims=True)
        elif flat.kind == "multiclass":
            others = sums.sum(axis=1, keepdims=True) - sums
            values = shares - np.log(others) + np.log(others.sum(axis=0))
        else:
            values = sign * (shares[:, 0] - shares[:, 1])
    encoded = np.zeros((flat.n_bins, *values.shape[1:]))
    encoded[occupied] = np.where(np.isfinite(values), values, 0.0)
    return encoded


def means_of_bins(table: EvidenceTable) -> FloatArray:
    """Mean target of each bin, or shares of the classes; those of all rows where a bin is empty."""
    means, overall = table.rate, _overall(table)
    occupied = table.weight > 0.0
    if table.kind == "multiclass":
        return np.where(occupied[:, None], means, overall)
    return np.where(occupied, means, overall[0])


def target_table(
    table: EvidenceTable,
    zero_cells: str | float,
    sign: float,
    header: str,
    divergence: str | None = None,
    joined: Collection[int] = (),
    by_hand: Mapping[int, float] | None = None,
    total: Estimate | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Show weights, means and evidence, one row a bin, then "Totals".

    ``total`` is the estimate of the last row where bins were not fixed before.
    """
    flat = table.without_groups()
    name = name_of_divergence(flat.kind, divergence)
    woe, errors = encoded_bins(flat, "woe", zero_cells, sign), _woe_errors(flat, zero_cells)
    reach = _reaches(flat, errors, zero_cells, level)
    total, weight = total or target_estimate(flat, divergence), flat.weight

    columns = {
        "bin": [*flat.labels, ""],
        "count": np.append(weight, weight.sum()),
        "share": np.append(weight / weight.sum(), 1.0),
    }
    means, overall = flat.rate, _overall(flat)
    if flat.kind == "multiclass":
        for c, label in enumerate(flat.columns):
            columns[f"share_{label}"] = np.append(means[:, c], overall[c])
            columns[f"woe_{label}"] = np.append(woe[:, c], np.nan)
            columns[f"woe_{label}_standard_error"] = np.append(errors[:, c], np.nan)
            columns[f"woe_{label}_low"] = np.append(woe[:, c] - reach[:, c], np.nan)
            columns[f"woe_{label}_high"] = np.append(woe[:, c] + reach[:, c], np.nan)
    else:
        _, mean_errors, mean_low, mean_high = intervals_of_means(flat, level)
        columns |= {
            "mean": np.append(means, overall[0]),
            "mean_standard_error": np.append(mean_errors, np.nan),
            "mean_low": np.append(mean_low, np.nan),
            "mean_high": np.append(mean_high, np.nan),
            "woe": np.append(woe, np.nan),
            "woe_standard_error": np.append(errors, np.nan),
            "woe_low": np.append(woe - reach, np.nan),
            "woe_high": np.append(woe + reach, np.nan),
        }

    occupied = np.flatnonzero(weight > 0.0)
    terms = np.zeros(flat.n_bins)
    sums, _ = filled_sums(flat, zero_cells)
    # A class without rows has no terms, of which a logarithm would be infinite.
    present = sums.sum(axis=0) > 0.0 if flat.kind == "multiclass" else np.full(sums.shape[1], True)
    terms[occupied] = terms_of_target(sums[:, present], flat.kind, name).value
    low, high = intervals_of_terms(flat, divergence, zero_cells, level)
    of_all = total.interval(level)
    columns |= {
        "iv": np.append(terms, total.value),
        "iv_standard_error": np.append(
            term_standard_errors(flat, divergence), total.standard_error
        ),
        "iv_low": np.append(low, of_all[0]),
        "iv_high": np.append(high, of_all[1]),
        "adjusted": np.append(_adjusted(flat, zero_cells), False),
    }
    shown = pd.DataFrame(columns, index=pd.Index([*range(flat.n_bins), "Totals"], dtype=object))
    shown.columns.name = header
    if by_hand:  # what was set has no error
        codes = list(by_hand)
        shown["woe_estimated"] = shown["woe"]
        shown.loc[codes, "woe"] = list(by_hand.values())
        shown.loc[codes, ["woe_standard_error", "woe_low", "woe_high"]] = np.nan
        shown["woe_reason"] = ["set by hand" if code in codes else "" for code in shown.index]
    return shown.drop(index=list(joined))


def intervals_of_means(
    table: EvidenceTable, level: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Mean of each bin, its standard error and interval; NaN where a bin has none of its own."""
    means, errors = table.without_groups().rate, _mean_errors(table.without_groups())
    limits = {"fraction": (0.0, 1.0), "rate": (0.0, np.inf)}.get(table.kind, (-np.inf, np.inf))
    room = two_sided_quantile(level) * errors
    return means, errors, np.clip(means - room, *limits), np.clip(means + room, *limits)


def _overall(table: EvidenceTable) -> FloatArray:
    """Mean of all rows, or share of each class."""
    # Without a table of one bin, which would be checked again as one that a user made.
    flat = table.without_groups()
    sums, weight = flat.sums.sum(axis=0), flat.weight.sum()
    if flat.kind == "multiclass":
        return np.asarray(sums / weight)
    return np.array([sums[1] / weight + flat.origin])


def _adjusted(table: EvidenceTable, zero_cells: str | float) -> BoolArray:
    """Mark the bins whose masses something was added to."""
    if table.kind == "continuous":
        return np.zeros(table.n_bins, dtype=bool)
    return lacks_a_mass(table) if isinstance(zero_cells, str) else table.weight > 0.0


def _woe_errors(table: EvidenceTable, zero_cells: str | float) -> FloatArray:
    """Return the error of each weight of evidence by the delta method; NaN for an empty bin."""
    if table.kind == "continuous":
        return _mean_errors(table)
    occupied = np.flatnonzero(table.weight > 0.0)
    sums, products = filled_sums(table, zero_cells)
    if table.kind != "multiclass":
        errors = np.full(table.n_bins, np.nan)
        errors[occupied] = _log_ratio_errors(sums, products)
        return errors

    by_class = np.full((table.n_bins, sums.shape[1]), np.nan)
    for c in np.flatnonzero(sums.sum(axis=0) > 0.0):
        # The class against all others. A row has one class: products of two classes are 0.
        pair = np.column_stack([sums[:, c], sums.sum(axis=1) - sums[:, c]])
        squares = np.zeros((len(sums), 2, 2))
        squares[:, 0, 0] = products[:, c, c]
        squares[:, 1, 1] = np.trace(products, axis1=1, axis2=2) - products[:, c, c]
        by_class[occupied, c] = _log_ratio_errors(pair, squares)
    return by_class


def _reaches(
    table: EvidenceTable, errors: FloatArray, zero_cells: str | float, level: float
) -> FloatArray:
    """Reach of the interval of each weight of evidence to either side.

    The squared weights of a few rows say little of how weights vary: where they do, it is the
    farther one of two classes, see :func:`infotheory.evidence.woe.reach_of_masses`, and for the
    distance of a mean Student's of the effective rows of the bin.
    """
    reach = two_sided_quantile(level) * errors
    if common_weight(table.weight, table.squared_weight) is not None:
        return reach

    occupied = np.flatnonzero(table.weight > 0.0)
    if table.kind == "continuous":
        size = table.weight[occupied] ** 2 / table.squared_weight[occupied]
        reach[occupied] = -special.stdtrit(size, 0.5 * (1.0 - level)) * errors[occupied]
        return reach

    sums, products = filled_sums(table, zero_cells)
    squares = np.diagonal(products, axis1=1, axis2=2)
    if table.kind != "multiclass":
        reach[occupied] = reach_of_masses(sums, squares, errors[occupied], level)
        return reach

    # Each class against all others; one without rows has no error.
    for c in np.flatnonzero(sums.sum(axis=0) > 0.0):
        masses, of_masses = (
            np.column_stack([part[:, c], part.sum(axis=1) - part[:, c]]) for part in (sums, squares)
        )
        reach[occupied, c] = reach_of_masses(masses, of_masses, errors[occupied, c], level)
    return reach


def _log_ratio_errors(sums: FloatArray, products: FloatArray) -> FloatArray:
    """Return the error of ``ln(S1 / T1) - ln(S2 / T2)`` in each bin; totals T hold the bin too."""
    signs = np.array([1.0, -1.0])
    inside, outside = signs / sums, signs / sums.sum(axis=0)
    of_bin = np.einsum("ja,jab,jb->j", inside, products, inside)
    crossed = np.einsum("ja,jab,b->j", inside, products, outside)
    of_all = outside @ products.sum(axis=0) @ outside
    return np.sqrt(np.maximum(of_bin - 2.0 * crossed + of_all, 0.0))


def _mean_errors(table: EvidenceTable) -> FloatArray:
    """Return the standard error of the mean of each bin; NaN where it has none of its own."""
    occupied = np.flatnonzero(table.weight > 0.0)
    weight = table.weight[occupied]
    first = np.zeros(len(table.columns))
    first[1] = 1.0
    of_weight = np.zeros(len(first))
    # The weight of a fraction is the sum of both masses, that of other kinds the first column.
    of_weight[: 2 if table.kind == "fraction" else 1] = 1.0
    means = table.sums[occupied, 1] / weight

    # A mean is one sum over another: how much a unit of each column of its bin moves it.
    moved = (first - means[:, None] * of_weight) / weight[:, None]
    products = table.product_matrices()[occupied]
    variance = np.einsum("ja,jab,jb->j", moved, products, moved)
    errors = np.full(table.n_bins, np.nan)
    # A Kish size of 1: the bin holds one row.
    alone = weight**2 <= table.squared_weight[occupied] * (1.0 + 1e-9)
    errors[occupied] = np.where(alone, np.nan, np.sqrt(np.maximum(variance, 0.0)))
    return errors
