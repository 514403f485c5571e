"""Sums of targets of every kind: what a row adds, what adds up, what is refused."""

import numpy as np
import pytest

from infotheory.tables import EvidenceTable

KINDS = ("fraction", "rate", "continuous", "multiclass")


def sample(kind, n=400, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    codes, w = rng.integers(0, 5, n), rng.gamma(2.0, 0.5, n) + 0.1
    y = {
        "fraction": rng.beta(0.4, 0.6, n),
        "rate": rng.lognormal(0.0, 1.0, n) * (rng.random(n) < 0.4),
        "continuous": rng.normal(shift, 2.0, n),
        "multiclass": rng.choice(["a", "b", "c"], n),
    }[kind]
    return codes, y, w


@pytest.mark.parametrize("kind", KINDS)
def test_sums_and_products_are_those_of_the_rows(kind):
    codes, y, w = sample(kind)
    table = EvidenceTable.from_rows(codes, y, kind, sample_weight=w)
    z = {
        "fraction": lambda: np.column_stack([1.0 - y, y]),
        "rate": lambda: np.column_stack([np.ones(len(y)), y]),
        "continuous": lambda: np.column_stack(
            [np.ones(len(y)), y - table.origin, (y - table.origin) ** 2]
        ),
        "multiclass": lambda: (y[:, None] == np.array(["a", "b", "c"])).astype(float),
    }[kind]()
    for j in range(5):
        rows, mass = z[codes == j], w[codes == j]
        np.testing.assert_allclose(table.sums[j], mass @ rows, rtol=1e-12, atol=1e-10)
        expected = np.einsum("i,ia,ib->ab", mass**2, rows, rows)
        np.testing.assert_allclose(table.product_matrices()[j], expected, rtol=1e-10, atol=1e-9)
        np.testing.assert_allclose(table.weight[j], mass.sum())
        np.testing.assert_allclose(table.squared_weight[j], (mass**2).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_shards_and_groups_add_up_and_bins_merge(kind):
    codes, y, w = sample(kind)
    labels, classes = tuple("vwxyz"), ("a", "b", "c") if kind == "multiclass" else None
    options = {"labels": labels, "classes": classes}
    whole = EvidenceTable.from_rows(codes, y, kind, sample_weight=w, **options)
    first, second = (
        EvidenceTable.from_rows(codes[part], y[part], kind, sample_weight=w[part], **options)
        for part in (slice(0, 150), slice(150, None))
    )
    total = first + second
    assert total.origin == first.origin
    if kind == "continuous":
        total = total.centred_at(whole.origin)
    np.testing.assert_allclose(total.sums, whole.sums, rtol=1e-11, atol=1e-9)
    np.testing.assert_allclose(total.products, whole.products, rtol=1e-10, atol=1e-8)

    group = np.where(w > 1.0, "heavy", "light")
    by_group = EvidenceTable.from_rows(codes, y, kind, group, w, origin=whole.origin, **options)
    assert by_group.groups == ("heavy", "light")
    flat = by_group.without_groups()
    np.testing.assert_allclose(flat.sums, whole.sums, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(flat.products, whole.products, rtol=1e-12, atol=1e-9)
    assert len(by_group.to_frame()) == 10

    merged = whole.merge([0, 0, 1, 1, 1])
    assert merged.labels == ("v | w", "x | y | z")
    np.testing.assert_allclose(merged.sums[1], whole.sums[2:].sum(axis=0))


def test_an_origin_keeps_the_digits_of_a_variance():
    """Squares about 0 would lose R2 at a mean of 1e8: about the origin they do not."""
    codes, y, _ = sample("continuous")
    y = y + 3.0 * codes
    near, far = (EvidenceTable.from_rows(codes, y + shift, "continuous") for shift in (0.0, 1e8))
    np.testing.assert_allclose(far.rate - 1e8, near.rate, rtol=1e-7)
    spread = [table.centred_at(float(table.rate[0])).sums[0, 2] for table in (near, far)]
    np.testing.assert_allclose(spread[1], spread[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "y", "message"),
    [
        ("fraction", [0.1, 1.4, -0.2], r"y must lie in \[0, 1\] .* got 2 of 3 values outside"),
        ("rate", [0.1, -3.0, 0.2], "y must not be negative for target_type='rate', got -3.0"),
        ("continuous", [0.1, np.inf, 0.2], "y must be finite, got inf"),
        ("continuous", [0.1, np.nan, 0.2], "missing"),
        ("continuous", ["a", "b", "c"], "y must hold real numbers"),
        ("multiclass", ["a", None, "c"], "missing"),
        ("euros", [1.0, 2.0, 3.0], "kind must be one of"),
    ],
)
def test_a_target_of_another_kind_is_refused(kind, y, message):
    with pytest.raises(ValueError, match=message):
        EvidenceTable.from_rows([0, 0, 1], np.array(y, dtype=object), kind)


def test_tables_of_other_kinds_or_bins_do_not_add_up():
    codes, y, _ = sample("fraction")
    fraction, rate = (EvidenceTable.from_rows(codes, y, kind) for kind in ("fraction", "rate"))
    with pytest.raises(ValueError, match="add up only over the same bins, groups and kind"):
        fraction + rate
    with pytest.raises(ValueError, match="only a continuous target has an origin"):
        fraction.centred_at(1.0)
    with pytest.raises(ValueError, match="must hold the labels of the fit"):
        EvidenceTable.from_rows([0, 1], ["a", "z"], "multiclass", classes=("a", "b"))
    with pytest.raises(ValueError, match="sums of a rate target must be finite and have shape"):
        EvidenceTable(("a",), "rate", np.ones((1, 3)), np.ones((1, 3)))
    with pytest.raises(ValueError, match="sums of weights must not be negative"):
        EvidenceTable(("a",), "rate", -np.ones((1, 2)), np.ones((1, 3)))


def test_a_table_cannot_be_written_into_and_shows_its_rates():
    table = EvidenceTable.from_rows([0, 0, 1], [0.5, 1.0, 0.0], "fraction", labels=("a", "b", "c"))
    with pytest.raises(ValueError, match="read-only"):
        table.sums[0, 0] = 1.0
    np.testing.assert_array_equal(table.rate, [0.75, 0.0, np.nan])
    assert list(table.to_frame()) == ["bin", "weight", "recovered", "lost", "mean"]
    assert not table.weighted
