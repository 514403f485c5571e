"""Do the parts of a card's document agree? Lengths, labels, evidence, regression and points.

A schema knows the type of each part and nothing of the others. What is written twice, or follows
from what else is written, is compared here, so that a number that was changed cannot pass.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from infotheory._documents import DocumentError
from infotheory._typing import BoolArray, FloatArray
from infotheory.binning import FeatureBins
from infotheory.cells import BinSpec
from infotheory.evidence.targets.encodings import encoded_bins
from infotheory.evidence.targets.kinds import lacks_a_mass
from infotheory.evidence.woe import woe_of_table
from infotheory.scorecard.points.fitted import AnyCard, misplaced_points
from infotheory.tables import EvidenceTable

__all__ = [
    "check_evidence",
    "check_imported_points",
    "check_labels",
    "check_lengths",
    "check_mean_parts",
    "check_parts",
    "check_points_follow",
    "check_squares",
    "check_target_evidence",
]

#: Sums of the same rows in another order, and logarithms of another system, differ by less.
_ROUNDING = 1e-6
#: Labels of the first releases show splits with six digits.
_SIX_DIGITS = 1e-5

_INTERVAL = re.compile(r"\[(\S+), (\S+)\)")


def check_lengths(entry: Mapping[str, Any], spec: BinSpec, path: str) -> None:
    """Raise DocumentError unless there is one number for each code of the bins."""
    # The last code is of unseen values, which have no row in a table and no label.
    of_codes, of_labels = spec.n_codes, spec.n_codes - 1
    wanted = {"points": of_codes, "woe": of_codes}
    sums = ("sums", "products") if "sums" in entry else ("counts", "squared_weights")
    wanted |= dict.fromkeys(("labels", *sums), of_labels)
    for key, n_wanted in wanted.items():
        if entry[key] is not None and len(entry[key]) != n_wanted:
            rule = f" must have {n_wanted} entries, one for each bin of {spec.name!r}, got "
            raise DocumentError(path=f"{path}.{key}", rule=f"{rule}{len(entry[key])}")


def check_labels(labels: Sequence[str], spec: BinSpec, path: str) -> None:
    """Raise DocumentError unless labels are those of the bins, be it with fewer digits."""
    for i, (label, wanted) in enumerate(zip(labels, spec.labels, strict=True)):
        if label != wanted and not _is_same_interval(label, i, spec):
            rule = f" must be {wanted!r}, the label of this bin, got {label!r:.60}"
            raise DocumentError(path=f"{path}.labels[{i}]", rule=rule)


def _is_same_interval(label: str, code: int, spec: BinSpec) -> bool:
    """Tell whether a label shows the bounds of a bin, to the digits that it has."""
    match = _INTERVAL.fullmatch(label)
    # Pooled numbers have labels of their own, and the codes from n_bins on are no intervals.
    if match is None or spec.kind != "numerical" or spec.pooled or code >= spec.n_bins:
        return False
    bounds = [-np.inf, *spec.splits, np.inf][code : code + 2]
    try:
        shown = [float(text) for text in match.groups()]
    except ValueError:
        return False
    # Relative alone: an absolute slack would let small splits pass for each other.
    return bool(np.allclose(shown, bounds, rtol=_SIX_DIGITS, atol=0.0))


def check_imported_points(points: Sequence[Any], spec: BinSpec, path: str) -> None:
    """Raise DocumentError unless points of a card of another package are known where they must.

    Only those of missing values and of unseen categories may be, the last two codes.
    """
    for i, value in enumerate(points):
        if not isinstance(value, int | float) and (value != "nan" or i < spec.missing_code):
            raise DocumentError(
                path=f"{path}.points[{i}]", rule=f" must be a finite number, got {value!r}"
            )


def check_evidence(bins: FeatureBins, path: str, woe_sign: str, zero_cells: str | float) -> None:
    """Raise DocumentError unless weights of evidence are those of the counts.

    Bins with rows of one class are left out: their weight is a matter of convention.
    """
    spec, table = bins.counted()
    counts, squared = table.counts, table.squared_weights
    check_squares(counts, squared, path)
    for code in spec.joined:
        if counts[code].any():
            rule = f" must be 0, since these rows are joined to another bin, got {counts[code]}"
            raise DocumentError(path=f"{path}.counts[{code}]", rule=rule)
    if not (table.nonevents.sum() > 0.0 and table.events.sum() > 0.0):
        rule = f" must hold rows of both classes, got {counts.sum(axis=0).tolist()}"
        raise DocumentError(path=f"{path}.counts", rule=rule)

    sign = 1.0 if woe_sign == "nonevent" else -1.0
    # Under "error" no cell was filled, and bins with an empty one are not compared below.
    filling = "haldane" if zero_cells == "error" else zero_cells
    wanted = sign * woe_of_table(table, filling)
    _check_woe(bins, path, wanted, np.asarray((counts > 0.0).all(axis=1)))


def check_squares(counts: FloatArray, squared: FloatArray, path: str) -> None:
    """Raise DocumentError unless counts and sums of squared weights are above 0 together."""
    odd = np.argwhere((counts > 0.0) != (squared > 0.0))
    if odd.size:
        i, k = odd[0].tolist()
        rule = f" must be above 0 where the count is, got {squared[i, k]} beside {counts[i, k]}"
        raise DocumentError(path=f"{path}.squared_weights[{i}][{k}]", rule=rule)


def check_target_evidence(
    bins: FeatureBins, table: EvidenceTable, path: str, woe_sign: str, zero_cells: str | float
) -> None:
    """Raise DocumentError unless weights of evidence are those of the sums of a mean."""
    spec = bins.spec

    matrices = table.product_matrices()
    squares = np.diagonal(matrices, axis1=1, axis2=2)
    roots, of_all = np.sqrt(np.maximum(squares, 0.0)), np.sqrt(np.abs(squares).sum(axis=0))
    # No product of two sums exceeds the root of their squares (Cauchy and Schwarz). Sums about an
    # origin cancel: what rounding leaves is in proportion to all rows.
    bound = roots[:, :, None] * roots[:, None, :] * (1.0 + _ROUNDING)
    is_more = (np.abs(matrices) > bound + _ROUNDING * np.outer(of_all, of_all)).any(axis=(1, 2))
    if (squares < 0.0).any() or is_more.any():
        i = int(np.argmax(is_more | (squares < 0.0).any(axis=1)))
        rule = f" must be sums of squares and products, got {table.products[i].tolist()}"
        raise DocumentError(path=f"{path}.products[{i}]", rule=rule)

    for code in spec.joined:
        if table.weight[code] > 0.0:
            rule = f" must be 0, since these rows are joined to another bin, got {table.sums[code]}"
            raise DocumentError(path=f"{path}.sums[{code}]", rule=rule)

    sign = 1.0 if woe_sign == "nonevent" else -1.0
    # Under "error" nothing was filled, and bins that lack a mass are not compared.
    filling = "haldane" if zero_cells == "error" else zero_cells
    wanted = encoded_bins(table, "woe", filling, sign)
    _check_woe(bins, path, wanted, (table.weight > 0.0) & ~lacks_a_mass(table))


def _check_woe(bins: FeatureBins, path: str, wanted: FloatArray, is_known: BoolArray) -> None:
    """Compare weights of evidence by code, but for bins in which they are a convention."""
    spec = bins.spec
    wanted, is_known = wanted.copy(), is_known.copy()
    wanted[list(bins.woe_by_hand)] = list(bins.woe_by_hand.values())

    # What is joined to another bin has the value of that bin; the unseen code has 0.
    places = spec.destinations
    weights = np.append(wanted, 0.0)[places], np.asarray(bins.woe)
    # A value that was set by hand stands, whatever its bin holds.
    is_known[list(bins.woe_by_hand)] = True
    two_sided = np.append(is_known, True)[places]
    i = _first_difference(weights[1], weights[0], two_sided)
    if i is not None:
        rule = f" must be {weights[0][i]:.9g}, as the counts of {spec.name!r} say, got "
        raise DocumentError(path=f"{path}.woe[{i}]", rule=f"{rule}{weights[1][i]:.9g}")


def _first_difference(found: FloatArray, wanted: FloatArray, checked: Any) -> int | None:
    """Return the first place at which two vectors differ by more than rounding."""
    near = np.isclose(found, wanted, rtol=_ROUNDING, atol=_ROUNDING) | ~checked
    return None if near.all() else int(np.argmin(near))


def check_parts(document: Mapping[str, Any], features: Sequence[BinSpec | FeatureBins]) -> None:
    """Raise DocumentError unless names, labels of the target, counts and regression agree."""
    bins = [part for part in features if isinstance(part, FeatureBins)]
    _check_names([part.name for part in bins])
    _check_event(document["classes"], document["event_label"])
    _check_scale(document["settings"])

    # Every characteristic counts the same rows.
    totals = [part.table.counts.sum(axis=0) for part in bins if part.table is not None]
    for i, total in enumerate(totals):
        if not np.allclose(total, totals[0], rtol=_ROUNDING, atol=0.0):
            rule = f" must add up to {totals[0].tolist()} like the first, got {total.tolist()}"
            raise DocumentError(path=f"$.features[{i}].counts", rule=rule)

    if document["regression"] is not None:
        _check_regression(document["regression"], [part.spec.n_codes for part in bins])


def check_mean_parts(document: Mapping[str, Any], features: Sequence[FeatureBins]) -> None:
    """Raise DocumentError unless names, sums and regression of a card of a mean agree."""
    _check_names([bins.name for bins in features])
    totals = [bins.table.weight.sum() for bins in features if bins.table is not None]
    for i, total in enumerate(totals):
        if not np.isclose(total, totals[0], rtol=_ROUNDING, atol=0.0):
            rule = f" must add up to a weight of {totals[0]} like the first, got {total}"
            raise DocumentError(path=f"$.features[{i}].sums", rule=rule)
    _check_regression(document["regression"], [bins.spec.n_codes for bins in features])


def _check_names(names: Sequence[str]) -> None:
    for i, name in enumerate(names):
        if name in names[:i]:
            path = f"$.features[{i}].bins.name"
            raise DocumentError(path, f" must be of one feature, got {name!r:.60} again")


def _check_event(classes: Sequence[Any], event: object) -> None:
    """Check the two labels; by type too, since True equals 1."""
    # Text and numbers have no order between them.
    kinds = {"text" if isinstance(label, str) else "number" for label in classes}
    if len(kinds) > 1 or classes[0] == classes[1]:
        raise DocumentError(
            path="$.classes", rule=f" must be two labels of one kind, got {classes!r:.60}"
        )
    if not classes[0] < classes[1]:
        raise DocumentError(path="$.classes", rule=f" must be sorted, got {classes!r:.60}")
    if event is not None and not any(
        type(event) is type(label) and event == label for label in classes
    ):
        rule = f" must be null or one of {classes!r:.60}, got {event!r:.60}"
        raise DocumentError(path="$.event_label", rule=rule)


def _check_scale(settings: Mapping[str, Any]) -> None:
    # A card of another package may have no scale at all; part of one means nothing.
    absent = [name for name in ("pdo", "base_points", "base_odds") if settings[name] is None]
    if len(absent) not in (0, 3):
        rule = " must be a finite number, like the rest of the scale, got None"
        raise DocumentError(path=f"$.settings.{absent[0]}", rule=rule)


def _check_regression(entry: Mapping[str, Any], n_codes: Sequence[int]) -> None:
    """Check lengths and covariances, before anything is allocated."""
    n_features, size = len(n_codes), 1 + sum(n_codes)
    packed = entry["contribution_covariance"]
    of_each = f"one for each of {n_features} features"
    lengths = {
        "coef[0]": (entry["coef"][0], n_features, of_each),
        "variance_inflation": (entry["variance_inflation"], n_features, of_each),
        "active": (entry["active"], n_features, of_each),
        "covariance": (entry["covariance"], n_features + 1, "of intercept and coefficients"),
    }
    # Documents of earlier versions do not say what is held.
    if "held" in entry:
        lengths["held"] = (entry["held"], n_features, of_each)
    for i, row in enumerate(entry["covariance"]):
        lengths[f"covariance[{i}]"] = (row, n_features + 1, "of intercept and coefficients")
    # ... nor what the information is, and null says that nobody knows it.
    information = entry.get("information")
    if information is not None:
        lengths["information"] = (information, n_features, of_each)
        for i, row in enumerate(information):
            lengths[f"information[{i}]"] = (row, n_features, of_each)
    n_places = len(packed["places"])
    # Half of a symmetric matrix with its diagonal.
    lengths["contribution_covariance.lower"] = (
        packed["lower"],
        n_places * (n_places + 1) // 2,
        f"the lower half of {n_places} places",
    )
    for name, (values, wanted, which) in lengths.items():
        if len(values) != wanted:
            rule = f" must have {wanted} entries, {which}, got {len(values)}"
            raise DocumentError(path=f"$.regression.{name}", rule=rule)

    path = "$.regression.contribution_covariance"
    if packed["size"] != size:
        rule = f" must be {size}, one for the intercept and for each bin, got {packed['size']}"
        raise DocumentError(path=f"{path}.size", rule=rule)
    for i, place in enumerate(packed["places"]):
        if place >= size or (i and place <= packed["places"][i - 1]):
            rule = f" must be below {size} and above the place before it, got {place}"
            raise DocumentError(path=f"{path}.places[{i}]", rule=rule)

    _check_covariance(_square(packed["lower"], n_places), f"{path}.lower", "as a matrix ")
    covariance = np.array(entry["covariance"], dtype=np.float64)
    # Where a search did not end well, a covariance may not be finite.
    if entry["status"] == "converged" or np.isfinite(covariance).all():
        _check_covariance(covariance, "$.regression.covariance", "")
    if information is not None and not np.isfinite(np.array(information, dtype=np.float64)).all():
        rule = " must be finite, or null, got others"
        raise DocumentError(path="$.regression.information", rule=rule)
    _check_active(entry)


def _square(lower: Sequence[float], n_rows: int) -> FloatArray:
    matrix = np.zeros((n_rows, n_rows))
    rows, columns = np.tril_indices(n_rows)
    matrix[rows, columns] = matrix[columns, rows] = lower
    return matrix


def _check_covariance(covariance: FloatArray, path: str, which: str) -> None:
    """Check symmetry, and that no correlation is beyond 1."""
    if not np.isfinite(covariance).all():
        raise DocumentError(path, f" must {which}be finite where the fit converged, got others")
    variances = covariance.diagonal()
    largest = np.sqrt(np.maximum(np.outer(variances, variances), 0.0))
    slack = _ROUNDING * largest
    is_one = (variances >= 0.0).all() and (np.abs(covariance) <= largest + slack).all()
    if not is_one or not (np.abs(covariance - covariance.T) <= slack).all():
        rule = f" must {which}be a covariance: symmetric, with correlations of at most 1"
        worst = np.unravel_index(np.argmax(np.abs(covariance) - largest), covariance.shape)
        raise DocumentError(path, f"{rule}, got others, such as {covariance[worst]}")


def _check_active(entry: Mapping[str, Any]) -> None:
    """Check that a characteristic outside the regression has no coefficient, and those in it do."""
    for i, (active, coefficient) in enumerate(zip(entry["active"], entry["coef"][0], strict=True)):
        variance = entry["covariance"][i + 1][i + 1]
        if not active and (coefficient != 0.0 or variance != 0.0):
            rule = f" must be true, as the coefficient {coefficient!r} says, got false"
            raise DocumentError(path=f"$.regression.active[{i}]", rule=rule)
        # Held is only what is not active; a document that does not say holds nothing.
        if active and entry.get("held", {i: False})[i]:
            rule = " must be false, as the characteristic is active, got true"
            raise DocumentError(path=f"$.regression.held[{i}]", rule=rule)


def check_points_follow(card: AnyCard) -> None:
    """Raise DocumentError unless the points are those of coefficients, evidence and scale."""
    off = misplaced_points(card)
    if off is None:
        return
    place = "$.base" if off.feature is None else f"$.features[{off.feature}].points[{off.code}]"
    form = f"{off.wanted:.0f}, rounded" if card.round else f"{off.wanted:.9g}"
    rule = f" must be {form}, as coefficients, evidence and scale say, got {off.found:.9g}"
    raise DocumentError(place, rule)
