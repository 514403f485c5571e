"""The information bottleneck curve: no start sticks, none of many restarts is better."""

import numpy as np
import pytest

import infotheory as it


def objective(table, encoders, beta):
    """``I(X;T) - beta I(T;Y)`` by differences of entropies, of a batch of encoders."""

    def entropy(p):
        flat = p.reshape(len(p), -1)
        return -(flat * np.log(np.where(flat > 0, flat, 1.0))).sum(axis=1)

    joint = table.sum(axis=1)[:, None] * encoders
    codes = joint.sum(axis=1)
    said = np.swapaxes(encoders, -1, -2) @ table
    law_x, law_y = table.sum(axis=1)[None], table.sum(axis=0)[None]
    compression = entropy(codes) + entropy(law_x) - entropy(joint)
    return compression - beta * (entropy(codes) + entropy(law_y) - entropy(said))


def best_of_restarts(table, beta, n_codes, rng, *, n_starts=60, n_steps=400):
    """Tishby's equations from starts by chance, half of them near maps: the least objective."""
    given_x = table / table.sum(axis=1, keepdims=True)
    alphas = [np.full(n_codes, alpha) for alpha in (1.0, 0.1)]
    encoders = np.concatenate(
        [rng.dirichlet(alpha, size=(n_starts // 2, len(table))) for alpha in alphas]
    )
    encoders = 0.9999 * encoders + 0.0001 / n_codes
    for _ in range(n_steps):
        codes = np.einsum("x,ixt->it", table.sum(axis=1), encoders)
        decoders = np.swapaxes(encoders, -1, -2) @ table / np.maximum(codes, 1e-300)[..., None]
        logs = np.log(np.maximum(decoders, 1e-300))
        scores = np.log(np.maximum(codes, 1e-300))[:, None] + beta * (
            given_x @ np.swapaxes(logs, -1, -2)
        )
        encoders = np.exp(scores - scores.max(axis=-1, keepdims=True))
        encoders /= encoders.sum(axis=-1, keepdims=True)
    return float(objective(table, encoders, beta).min())


def table_with_zeros(rng):
    """A joint table of 2 to 6 symbols each way, about two cells of five empty."""
    table = np.zeros((2, 2))
    while table.sum() == 0.0:
        shape = rng.integers(2, 7, size=2)
        table = rng.dirichlet(np.full(shape.prod(), 0.5)).reshape(shape)
        table = table * (rng.random(shape) < 0.6)
    table = table / table.sum()
    return table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]


def check_against_restarts(rng, n_tables, *, few):
    for _ in range(n_tables):
        table = table_with_zeros(rng)
        n_codes = int(rng.integers(1, len(table) + 1)) if few else len(table)
        betas = [0.7, *(1.0 + rng.gamma(1.0, 4.0, size=2))]
        curve = it.information_bottleneck_curve(table, betas=betas, n_codes=n_codes)
        values = curve.compression - curve.betas * curve.relevance
        for beta, value in zip(betas, values, strict=True):
            other = best_of_restarts(table, beta, n_codes, rng)
            assert value <= other + 1e-8, (table, beta, n_codes)


@pytest.mark.parametrize("few", [False, True])
def test_no_restart_is_better_on_some_tables(few):
    check_against_restarts(np.random.default_rng(3), 4, few=few)


@pytest.mark.slow
@pytest.mark.parametrize("few", [False, True])
def test_no_restart_is_better_on_many_tables(few):
    check_against_restarts(np.random.default_rng(20), 30, few=few)


@pytest.mark.parametrize("beta", [1e-9, 0.5, 1.0])
@pytest.mark.parametrize("table", [np.eye(2) / 2, np.eye(5) / 5, [[0.3, 0.1], [0.0, 0.6]]])
def test_a_multiplier_of_at_most_one_makes_a_constant(table, beta):
    curve = it.information_bottleneck_curve(table, betas=[beta], base=2)
    assert (curve.compression[0], curve.relevance[0]) == (0.0, 0.0)
    assert (curve.encoders[0, :, 0] == 1.0).all()


@pytest.mark.parametrize("beta", [1.0 + 1e-6, 1.5, 1e12])
def test_copies_are_kept_whole_beyond_one(beta):
    curve = it.information_bottleneck_curve(np.eye(3) / 3, betas=[beta], base=3)
    assert curve.compression[0] == pytest.approx(1.0)
    assert curve.relevance[0] == pytest.approx(1.0)


@pytest.mark.parametrize("beta", [1.01, 3.0, 1e6, 1e12])
def test_of_a_function_only_its_values_are_kept(beta):
    """Y is a function of X: the values of Y are a code that says all, with the least of X."""
    table = np.zeros((5, 2))
    table[[0, 1, 2, 3, 4], [0, 0, 0, 1, 1]] = [0.1, 0.2, 0.3, 0.15, 0.25]
    curve = it.information_bottleneck_curve(table, betas=[beta])
    entropy = float(it.entropy([0.6, 0.4]))
    assert curve.compression[0] == pytest.approx(entropy)
    assert curve.relevance[0] == pytest.approx(entropy)


def test_symbols_that_say_the_same_share_a_code():
    table = np.array([[0.1, 0.05], [0.2, 0.1], [0.05, 0.5]])
    curve = it.information_bottleneck_curve(table, betas=[1e9])
    merged = it.information_bottleneck_curve([[0.3, 0.15], [0.05, 0.5]], betas=[1e9])
    assert curve.compression[0] == pytest.approx(merged.compression[0])
    np.testing.assert_allclose(curve.encoders[0, 0], curve.encoders[0, 1], atol=1e-9)


def test_compression_and_relevance_never_fall_as_the_multiplier_grows():
    rng = np.random.default_rng(8)
    for _ in range(2):
        table = table_with_zeros(rng)
        betas = np.sort(1.0 + rng.gamma(0.5, 4.0, size=6))
        curve = it.information_bottleneck_curve(table, betas=betas)
        assert (np.diff(curve.compression) >= -1e-9).all()
        assert (np.diff(curve.relevance) >= -1e-9).all()


def test_points_do_not_depend_on_their_order():
    table = table_with_zeros(np.random.default_rng(4))
    betas = np.array([1.3, 9.0, 2.5, 0.4])
    forward = it.information_bottleneck_curve(table, betas=betas)
    backward = it.information_bottleneck_curve(table, betas=betas[::-1])
    np.testing.assert_allclose(forward.relevance, backward.relevance[::-1], atol=1e-7)


def test_each_point_is_a_fixed_point():
    table = table_with_zeros(np.random.default_rng(6))
    curve = it.information_bottleneck_curve(table, betas=[4.0], tolerance=1e-10)
    encoder = curve.encoders[0]
    joint = encoder.T @ table
    codes = joint.sum(axis=1)
    given_x = table / table.sum(axis=1, keepdims=True)
    used = codes > 1e-9
    divergences = it.kl_divergence(given_x[:, None], joint[used] / codes[used, None])
    again = codes[used] * np.exp(-4.0 * divergences)
    np.testing.assert_allclose(
        again / again.sum(axis=1, keepdims=True), encoder[:, used], atol=1e-7
    )


def test_symbols_that_never_occur_have_the_law_of_the_codes():
    table = [[0.4, 0.1], [0.0, 0.0], [0.1, 0.4]]
    curve = it.information_bottleneck_curve(table, betas=[50.0])
    others = it.information_bottleneck_curve([[0.4, 0.1], [0.1, 0.4]], betas=[50.0])
    assert curve.relevance == pytest.approx(others.relevance)
    np.testing.assert_allclose(curve.encoders.sum(axis=2), 1.0)


@pytest.mark.parametrize("options", [{"tolerance": 0.0}, {"tolerance": "a"}, {"max_iter": 0}])
def test_limits_of_the_iteration_are_numbers(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        it.information_bottleneck_curve(np.eye(2) / 2, betas=[2.0], **options)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_tensors_have_the_curve_of_their_numbers(dtype):
    torch = pytest.importorskip("torch")
    tensor = torch.tensor([[0.5, 0.0, 0.125], [0.0, 0.25, 0.125]], dtype=getattr(torch, dtype))
    arguments = {"betas": [0.5, 2.0, 20.0], "base": 2}
    curve = it.information_bottleneck_curve(tensor, **arguments)
    numbers = it.information_bottleneck_curve(tensor.double().numpy(), **arguments)
    for name in ("betas", "compression", "relevance", "encoders"):
        np.testing.assert_array_equal(getattr(curve, name), getattr(numbers, name))
