"""Diffusion spectral entropy: golden value, dense reference in numpy, limits, invariances,
gradients, messages.
"""

import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.exceptions import (
    ApproximationWarning,
    BandwidthWarning,
    InfeasibleError,
    WithheldWarning,
)
from infotheory.spectral import _memory_limit, diffusion_spectral_entropy


def reference(X, sigma, t=1.0, anisotropy=0.0):
    """Shannon entropy in nats, written out densely in numpy."""
    gaps = ((X[:, None, :] - X[None, :, :]) ** 2).sum(axis=-1)
    G = np.exp(-gaps / (2 * sigma**2))
    q = G.sum(axis=1)
    G = G / np.outer(q, q) ** anisotropy
    d = G.sum(axis=1)
    lam = np.abs(np.linalg.eigvalsh(G / np.sqrt(np.outer(d, d)))) ** t
    p = lam[lam > 0] / lam.sum()
    return -(p * np.log(p)).sum()


def cloud(n=120, d=5, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("order", [0, 0.5, 1, 2, math.inf])
def test_an_entropy_lies_where_its_rows_lie_whatever_device_is_the_default(order):
    X = torch.as_tensor(cloud(30))
    expected = diffusion_spectral_entropy(X, order=order).value
    with torch.device("meta"):
        found = diffusion_spectral_entropy(X, order=order).value
    assert (found.device.type, found.item()) == ("cpu", expected.item())


def test_golden_value():
    X = np.random.RandomState(0).uniform(0, 1, (1000, 256))
    result = diffusion_spectral_entropy(X, bandwidth=10, base=2)
    assert result.value == pytest.approx(2.3081074181, abs=1e-9)
    assert (result.standard_error, result.bandwidth, result.n_samples, result.method) == (
        0.0,
        10.0,
        1000,
        "exact",
    )


@pytest.mark.parametrize("anisotropy", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("t", [1.0, 2.0, 5.0])
def test_dense_reference(t, anisotropy):
    X = cloud()
    truth = reference(X, 2.0, t, anisotropy)
    found = diffusion_spectral_entropy(X, t=t, bandwidth=2.0, anisotropy=anisotropy)
    assert found.value == pytest.approx(truth, abs=1e-10)
    short = diffusion_spectral_entropy(
        X, t=t, bandwidth=2.0, anisotropy=anisotropy, dtype="float32", base=2
    )
    assert short.value == pytest.approx(truth / math.log(2), abs=1e-5)


@pytest.mark.parametrize("kind", ["smooth", "wide", "clusters"])
@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_float32_at_other_shapes_and_widths(kind, factor):
    X = {
        "smooth": cloud(400, 5),
        "wide": np.random.default_rng(1).uniform(0, 1, (400, 512)),
        "clusters": cloud(1000, 8) * 0.1 + np.repeat(5 * cloud(4, 8), 250, axis=0),
    }[kind]
    sigma = factor * diffusion_spectral_entropy(X).bandwidth
    truth = reference(X, sigma) / math.log(2)
    assert diffusion_spectral_entropy(X, bandwidth=sigma, base=2).value == pytest.approx(
        truth, abs=1e-10
    )
    short = diffusion_spectral_entropy(X.astype(np.float32), bandwidth=sigma, base=2)
    assert short.value == pytest.approx(truth, abs=1e-5)


def test_two_points_by_hand():
    second = (math.e - 1) / (math.e + 1)
    p = np.array([1, second]) / (1 + second)
    found = diffusion_spectral_entropy([[0.0], [1.0]])
    assert found.value == pytest.approx(-(p * np.log(p)).sum(), abs=1e-12)
    assert found.bandwidth == pytest.approx(1 / math.sqrt(2))


@settings(max_examples=20)
@given(
    seed=st.integers(0, 99),
    t=st.floats(0.5, 5),
    scale=st.floats(0.01, 100),
    order=st.sampled_from([0.5, 1, 2, 7]),
)
def test_range_and_invariances(seed, t, scale, order):
    X = cloud(40, 3, seed)
    options = {"t": t, "order": order}
    value = diffusion_spectral_entropy(X, **options).value
    assert 0 <= value <= math.log(40)
    rotation = np.linalg.qr(cloud(3, 3, seed))[0]
    near = max(
        1e-9, 10 * 1e-16 ** (t * min(order, 1))
    )  # what the power makes of an eigenvalue that is rounding
    assert diffusion_spectral_entropy(X @ rotation + 7.0, **options).value == pytest.approx(
        value, abs=near
    )
    assert diffusion_spectral_entropy(X * scale, **options).value == pytest.approx(value, abs=near)


def test_falls_in_t_and_ends_in_the_number_of_components():
    X = np.vstack([cloud(30, 2), cloud(30, 2) + 1e4])
    values = [diffusion_spectral_entropy(X, t=t, bandwidth=2000).value for t in (1, 2, 5, 20, 1e4)]
    assert max(np.diff(values)) < 1e-14  # the last two are log 2 but for rounding
    with pytest.warns(BandwidthWarning, match="median distance"):
        parts = diffusion_spectral_entropy(X, t=1e4, bandwidth=1.0).value
    assert parts == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize(("bandwidth", "limit"), [(1e-4, math.log(50)), (1e6, 0.0)])
def test_limits_of_the_width(bandwidth, limit):
    with pytest.warns(BandwidthWarning, match="should lie between 0.1 and 3"):
        found = diffusion_spectral_entropy(cloud(50), bandwidth=bandwidth)
    assert found.value == pytest.approx(limit, abs=1e-9)


def test_rules_of_the_width():
    X = cloud(60, 4)
    gaps = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=-1))
    pairs = gaps[np.triu_indices(60, 1)]
    assert diffusion_spectral_entropy(X).bandwidth == pytest.approx(
        np.median(pairs) / math.sqrt(2), rel=1e-12
    )
    assert diffusion_spectral_entropy(X, bandwidth="sqrt_d").bandwidth == 2.0
    widths = np.sort(gaps, axis=1)[:, 7]
    G = np.exp(-(gaps**2) / (2 * np.outer(widths, widths)))
    d = G.sum(axis=1)
    lam = np.abs(np.linalg.eigvalsh(G / np.sqrt(np.outer(d, d))))
    p = lam / lam.sum()
    adaptive = diffusion_spectral_entropy(X, bandwidth="adaptive", n_neighbors=7)
    assert adaptive.value == pytest.approx(-(p * np.log(p)).sum(), abs=1e-9)
    assert adaptive.bandwidth == pytest.approx(np.sort(widths)[29])


def test_data_at_the_edge():
    assert diffusion_spectral_entropy(np.ones((5, 2))).value == pytest.approx(0, abs=1e-12)
    assert diffusion_spectral_entropy([[3.0, 4.0]]).value == pytest.approx(0, abs=1e-12)
    X = cloud(50, 3)
    value = diffusion_spectral_entropy(X).value
    assert diffusion_spectral_entropy(X + 1e6, dtype="float32").value == pytest.approx(
        value, abs=1e-5
    )
    twice = diffusion_spectral_entropy(
        np.vstack([X, X]), bandwidth=2.0
    ).value  # every eigenvalue once, and 50 zeros
    assert twice == pytest.approx(diffusion_spectral_entropy(X, bandwidth=2.0).value, abs=1e-9)
    half = diffusion_spectral_entropy(torch.tensor(X).half())
    assert half.value.dtype == torch.float32
    assert float(half) == pytest.approx(value, abs=1e-2)
    counts = np.arange(12).reshape(6, 2)
    assert (
        diffusion_spectral_entropy(counts).value
        == diffusion_spectral_entropy(counts.astype(float)).value
    )


def test_rank_at_order_0():
    X = np.vstack([cloud(10, 2), cloud(10, 2)])
    assert diffusion_spectral_entropy(X, order=0, bandwidth=0.3).value == pytest.approx(
        math.log(10)
    )


def test_tensors_keep_their_kind_and_gradient():
    X = torch.tensor(cloud(8, 3), requires_grad=True)
    for options in (
        {},
        {"anisotropy": 1.0},
        {"order": 2.0, "method": "blocked"},
        {"order": 2.0},
        {"order": 3.0},
    ):
        assert torch.autograd.gradcheck(
            lambda x, kw=options: diffusion_spectral_entropy(x, bandwidth=1.5, **kw).value,
            (X,),
            atol=1e-6,
        )
    value = diffusion_spectral_entropy(X.detach().float()).value
    assert (value.dtype, value.ndim) == (torch.float32, 0)


def test_constant_data_has_a_finite_gradient():
    X = torch.zeros(4, 2, dtype=torch.float64, requires_grad=True)
    diffusion_spectral_entropy(X).value.backward()
    assert bool(torch.isfinite(X.grad).all())


@pytest.mark.parametrize("anisotropy", [0.0, 1.0])
@pytest.mark.parametrize("bandwidth", ["median", 1.0])
def test_blocked_is_exact_at_order_2(anisotropy, bandwidth, monkeypatch):
    monkeypatch.setattr("infotheory.spectral._row_distances._BLOCK_ENTRIES", 700)
    options = {"order": 2.0, "anisotropy": anisotropy, "bandwidth": bandwidth}
    blocked = diffusion_spectral_entropy(cloud(), method="blocked", **options)
    exact = diffusion_spectral_entropy(cloud(), method="exact", **options)
    assert blocked.value == pytest.approx(exact.value, abs=1e-10)
    with pytest.raises(ValueError, match="needs order=2 and t=1, got order=1"):
        diffusion_spectral_entropy(cloud(), method="blocked")


@pytest.mark.slow
def test_blocked_holds_a_few_blocks():
    code = (
        "import resource, numpy as np\n"
        "from infotheory.spectral import diffusion_spectral_entropy as dse\n"
        "X = np.random.default_rng(0).standard_normal((12000, 8)).astype('f4')\n"
        "dse(X[:50])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "dse(X, order=2, method='blocked')\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    assert (
        int(run.stdout) < 250
    )  # MiB; the matrix has 550, and parts kept between blocks once took as much


def test_auto_looks_at_the_memory(monkeypatch):
    X = cloud(300, 20)
    assert diffusion_spectral_entropy(X).method == "exact"
    monkeypatch.setattr("infotheory.spectral.diffusion._exact.memory_limit", lambda _: 2**20)
    assert diffusion_spectral_entropy(X, rng=0).method == "slq"
    assert diffusion_spectral_entropy(X, order=2).method == "blocked"
    with pytest.raises(
        InfeasibleError, match=r"needs about 0.00134 GiB for 300 rows.*use method='slq'"
    ):
        diffusion_spectral_entropy(X, method="exact")


def test_readable_sizes():
    assert _memory_limit.readable(3 * 2**29) == "1.5 GiB"
    assert _memory_limit.memory_limit(torch.zeros(1)) > 2**27


@pytest.mark.parametrize("t", [1.0, 3.0])
@pytest.mark.parametrize("order", [1.0, 2.0])
def test_lanczos_is_near_the_exact_value(t, order):
    X = cloud(400, 10)
    exact = diffusion_spectral_entropy(X, t=t, order=order).value
    found = diffusion_spectral_entropy(X, t=t, order=order, method="slq", rng=3)
    assert found.value == pytest.approx(exact, abs=max(4 * found.standard_error, 1e-9))
    assert found.standard_error < 0.01
    again = diffusion_spectral_entropy(X, t=t, order=order, method="slq", rng=3)
    assert again.value == found.value


def test_lanczos_recomputes_blocks_where_the_matrix_is_too_large(monkeypatch):
    X = cloud(200, 10)
    stored = diffusion_spectral_entropy(X, method="slq", rng=1).value
    monkeypatch.setattr("infotheory.spectral.diffusion._lanczos.memory_limit", lambda _: 1)
    monkeypatch.setattr("infotheory.spectral._row_distances._BLOCK_ENTRIES", 9000)
    assert diffusion_spectral_entropy(X, method="slq", rng=1).value == pytest.approx(
        stored, abs=1e-9
    )


@pytest.mark.slow
@pytest.mark.parametrize("d", [5, 64])
def test_standard_error_of_lanczos_covers(d):
    X = cloud(400, d, 5).astype(np.float32)
    exact = diffusion_spectral_entropy(X.astype(np.float64)).value
    results = [diffusion_spectral_entropy(X, method="slq", rng=seed) for seed in range(120)]
    hits = [low <= exact <= high for low, high in (result.interval() for result in results)]
    assert 0.90 <= np.mean(hits) <= 0.99
    errors = np.array([result.value for result in results]) - exact
    claimed = np.array([result.standard_error for result in results])
    assert (
        abs(errors.mean()) < 0.2 * claimed.mean()
    )  # the quadrature's own bias is small beside the noise
    assert 0.85 < errors.std() / claimed.mean() < 1.15


@pytest.mark.slow
def test_interval_of_subsample_covers():
    X, options = cloud(120, 3), {"method": "subsample", "subset_size": 20, "bandwidth": 1.0}
    warnings.simplefilter("ignore", ApproximationWarning)
    results = [diffusion_spectral_entropy(X, rng=seed, **options) for seed in range(400)]
    mean = np.mean([result.value for result in results])  # over 2000 subsets
    hits = [low <= mean <= high for low, high in (result.interval() for result in results)]
    assert 0.915 <= np.mean(hits) <= 0.985  # a normal interval from 5 subsets covers .88


def test_nystrom():
    X = cloud(300, 2)
    exact = diffusion_spectral_entropy(X, t=3).value
    # Nothing tells how much of the spectrum landmarks miss: an interval of no width stood here.
    with pytest.warns(WithheldWarning, match="what 200 of 300 rows do not tell of the spectrum"):
        found = diffusion_spectral_entropy(X, t=3, method="nystrom", subset_size=200, rng=0)
    assert found.value == pytest.approx(exact, abs=1e-5)
    assert np.isnan([found.standard_error, *found.interval()]).all()
    whole = diffusion_spectral_entropy(X, method="nystrom")
    assert whole.value == pytest.approx(diffusion_spectral_entropy(X).value, abs=1e-6)
    assert whole.interval() == (whole.value, whole.value)
    wide = cloud(300, 100)
    with (
        pytest.warns(WithheldWarning, match="what 50 of 300 rows"),
        pytest.warns(ApproximationWarning, match="needs t >= 3"),
    ):
        low = diffusion_spectral_entropy(wide, method="nystrom", subset_size=50, rng=0).value
    assert low < diffusion_spectral_entropy(wide).value - 0.5


def test_subsample():
    X = cloud(300, 3)
    with pytest.warns(ApproximationWarning, match="the entropy of 100 rows, got 300"):
        found = diffusion_spectral_entropy(X, method="subsample", subset_size=100, rng=0)
    assert found.n_samples == 100
    assert found.law.degrees_of_freedom == 4
    assert 0 < found.standard_error < 0.1
    direct = diffusion_spectral_entropy(X[:100], bandwidth=found.bandwidth).value
    assert found.value == pytest.approx(direct, abs=0.3)


@pytest.mark.parametrize(
    ("X", "options", "text"),
    [
        ([1.0, 2.0], {}, r"X must have shape \(n_rows, n_columns\).*got \(2,\)"),
        (np.zeros((0, 2)), {}, r"at least one of each, got \(0, 2\)"),
        ([[1.0], [math.nan]], {}, "X must be finite, got NaN or inf in row 1"),
        ([[1.0], [math.inf]], {}, "X must be finite"),
        ([["a"], ["b"]], {}, "X must hold real numbers"),
        ([[1j], [2j]], {}, "X must hold real numbers"),
        (
            [[1.0], [2.0]],
            {"dtype": "float16"},
            "dtype must be one of 'float32', 'float64', got 'float16'",
        ),
        ([[1.0], [2.0]], {"bandwidth": 0}, "bandwidth must be positive and finite.*got 0"),
        ([[1.0], [2.0]], {"bandwidth": "mean"}, "bandwidth must be one of .*got 'mean'"),
        ([[1.0], [1.0], [1.0], [1.0], [2.0]], {}, "median distance of 0"),
        (
            [[1.0], [2.0]],
            {"bandwidth": "adaptive"},
            "n_neighbors must be an integer from 1 to 1, the rows less one, got 10",
        ),
        (
            [[1.0], [1.0], [2.0]],
            {"bandwidth": "adaptive", "n_neighbors": 1},
            "fewer than 1 duplicates.*got 2 rows",
        ),
        ([[1.0], [2.0]], {"t": 0}, "t must be finite and positive, got 0"),
        ([[1.0], [2.0]], {"order": -1}, "order must be a number from 0 to inf, got -1"),
        ([[1.0], [2.0]], {"anisotropy": 2}, "anisotropy must lie between 0 and 1, got 2"),
        ([[1.0], [2.0]], {"method": "fast"}, "method must be one of 'auto', 'exact'.*got 'fast'"),
        ([[1.0], [2.0]], {"base": 1}, "base must be finite and above 1, got 1"),
        (
            [[1.0], [2.0]],
            {"method": "blocked", "bandwidth": "adaptive", "n_neighbors": 1, "order": 2},
            "method='blocked' needs a kernel without negative eigenvalues",
        ),
        ([[1.0], [2.0]], {"method": "slq"}, "needs more than 44 rows, got 2"),
        ([[1.0], [2.0]], {"method": "slq", "order": 0}, "needs a positive order, got 0"),
        (
            [[1.0], [2.0]],
            {"method": "slq", "repeats": 1},
            "repeats must be an integer of at least 2, for a standard error, got 1",
        ),
        (
            [[1.0], [2.0]],
            {"method": "subsample", "repeats": 1},
            "repeats must be an integer of at least 2",
        ),
        (
            [[1.0], [2.0]],
            {"method": "nystrom", "subset_size": 3},
            "subset_size must be an integer from 1 to 2, the rows, got 3",
        ),
    ],
)
def test_messages(X, options, text):
    with pytest.raises(ValueError, match=text):
        diffusion_spectral_entropy(X, **options)


def test_lanczos_has_no_gradient():
    with pytest.raises(ValueError, match="has no gradient"):
        diffusion_spectral_entropy(
            torch.zeros(100, 1, requires_grad=True), bandwidth=1.0, method="slq"
        )


def test_lanczos_without_a_remainder():
    warnings.simplefilter("ignore", BandwidthWarning)  # pytest restores the filters after each test
    with pytest.raises(InfeasibleError, match="a remainder of trace"):
        diffusion_spectral_entropy(cloud(100, 1), bandwidth=1e4, method="slq", rng=0)


def test_complex_numbers_are_refused():
    with pytest.raises(ValueError, match=r"X must hold real numbers, got dtype torch\.complex64"):
        diffusion_spectral_entropy(torch.ones(3, 2, dtype=torch.complex64))


def test_the_median_of_many_rows_is_near_that_of_all():
    X = cloud(1100)
    found = diffusion_spectral_entropy(X, device="cpu", method="exact").bandwidth
    gaps = torch.pdist(torch.as_tensor(X))
    assert found == pytest.approx(float(gaps.median()) / math.sqrt(2), rel=0.01)


@pytest.mark.parametrize("bandwidth", [1e-300, 1e300])
def test_a_bandwidth_whose_square_is_no_number(bandwidth):
    with pytest.raises(
        ValueError, match=r"bandwidth must lie between 1e-154 and 7e\+153, .* got 1e[-+]300; scale"
    ):
        diffusion_spectral_entropy(cloud(10), bandwidth=bandwidth)


def test_rng_is_a_seed_or_a_generator_that_goes_on():
    X = cloud(100)
    options = {"method": "slq"}
    seeded = diffusion_spectral_entropy(X, rng=3, **options).value

    generator = np.random.default_rng(3)
    first, second = (diffusion_spectral_entropy(X, rng=generator, **options) for _ in range(2))
    assert first.value == seeded
    assert second.value != seeded

    with pytest.raises(TypeError, match=r"rng must be a non-negative integer, .* got str"):
        diffusion_spectral_entropy(X, rng="3", **options)
    with pytest.raises(ValueError, match=r"rng must be a non-negative integer, .* got -1"):
        diffusion_spectral_entropy(X, rng=-1, **options)
