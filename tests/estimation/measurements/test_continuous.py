import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_entropy,
    estimate_mutual_information,
)
from infotheory.estimation.measurements._rank_noise import rank_noise
from infotheory.exceptions import WithheldWarning
from tests.studies import Study

KL = "kozachenko_leonenko"
NEIGHBORS = ("ksg", "ksg2", "ross")


def gaussian_pair(rho, n_rows, rng):
    x, noise = rng.normal(size=(2, n_rows))
    return x, rho * x + np.sqrt(1 - rho**2) * noise


def gaussian_information(rho):
    return -0.5 * np.log1p(-(rho**2))


def labelled(shift, n_rows, rng):
    y = rng.integers(0, 2, n_rows)
    return rng.normal(size=n_rows) + shift * y, y


def labelled_information(shift):
    def density(x):
        return (stats.norm.pdf(x) + stats.norm.pdf(x, shift)) / 2

    mixture = integrate.quad(lambda x: special.entr(density(x)), -12, 12 + shift, limit=200)[0]
    return mixture - stats.norm.entropy()


def with_method(method, n_rows, rng):
    return labelled(2.0, n_rows, rng) if method == "ross" else gaussian_pair(0.6, n_rows, rng)


# values by hand


def test_three_points_by_hand():
    """Nearest neighbours of 0, 1, 3 are 1, 1, 2 away: H = psi(3) - psi(1) + log 2 + log(1 * 1 * 2)
    / 3.
    """
    estimate = estimate_entropy([0.0, 1.0, 3.0], method=KL, n_neighbors=1)
    assert estimate.value == pytest.approx(1.5 + np.log(2) + np.log(2) / 3)
    terms = np.log([1.0, 1.0, 2.0])
    assert estimate.standard_error == pytest.approx(
        np.sqrt(2 * terms.var(ddof=1) / 3)
    )  # psi'(1) is larger


def brute_force(x, y, z, k):
    """Terms of the first algorithm of Kraskov et al., and of Frenzel and Pompe, from all pairs of
    rows.
    """

    n_xz, n_yz, n_z = near_rows(x, y, z, k)
    return special.psi(k) + special.psi(n_z) - special.psi(n_xz) - special.psi(n_yz)


def near_rows(x, y, z, k):
    """Rows closer than the k-th joint neighbour in x, in y (both with z) and in z, itself too."""

    def gaps(columns):
        unit = (columns - columns.mean(axis=0)) / columns.std(axis=0)
        return np.abs(unit[:, None] - unit[None]).max(axis=2)

    dx, dy, dz = gaps(x), gaps(y), np.zeros((len(x),) * 2) if z is None else gaps(z)
    joint = np.maximum(np.maximum(dx, dy), dz)
    radius = np.sort(joint, axis=1)[:, [k]]
    return [(d < radius).sum(axis=1) for d in (np.maximum(dx, dz), np.maximum(dy, dz), dz)]


@pytest.mark.filterwarnings("ignore:nearest neighbours find", "ignore:too few rows for nearest")
@pytest.mark.parametrize("k", [1, 3, 7])
@pytest.mark.parametrize("n_columns", [1, 2])
def test_all_pairs(k, n_columns):
    rng = np.random.default_rng(k)
    x, y, z = rng.normal(size=(3, 60, n_columns)) * [[[3.0]], [[0.01]], [[1.0]]]
    y = y + 0.005 * x
    terms = brute_force(x, y, None, k)
    estimate = estimate_mutual_information(x, y, method="ksg", n_neighbors=k)
    assert estimate.value == pytest.approx(terms.mean(), abs=1e-12)
    variance = terms.var(ddof=1)
    shared = min(variance, special.polygamma(1, k))
    near_x, near_y, _ = near_rows(x, y, None, k)
    coarse = max((k / near).mean() ** (1 / n_columns) for near in (near_x, near_y))
    # Of 60 rows a normal column may have the tail of an exponential one.
    first, lower, upper, last = np.quantile(np.hstack([x, y]), [0.01, 0.25, 0.75, 0.99], axis=0)
    tails = max(1.0, ((last - first) / (upper - lower)).max() / 4.0)
    noise = np.sqrt((variance + shared) / 60)
    bias = 0.3 * coarse * np.sqrt(-np.expm1(-2 * (max(terms.mean(), 0.0) + noise)) * tails)
    assert estimate.standard_error == pytest.approx(np.hypot(noise, bias))
    assert np.isnan(estimate.interval()[0]) == (coarse > 0.5 * 60 / 70)
    given_z = estimate_conditional_mutual_information(x, y, z, method="ksg", n_neighbors=k)
    assert given_z.value == pytest.approx(brute_force(x, y, z, k).mean(), abs=1e-12)
    assert given_z.p_value is None


def test_second_algorithm_from_all_pairs():
    rng = np.random.default_rng(4)
    k, (x, y) = 3, rng.normal(size=(2, 50))
    x, y = ((c - c.mean()) / c.std() for c in (x, y))
    dx, dy = (np.abs(c[:, None] - c) for c in (x, y))
    order = np.argsort(np.maximum(dx, dy), axis=1)[:, 1 : k + 1]
    counts = [
        (d <= np.take_along_axis(d, order, axis=1).max(axis=1)[:, None]).sum(axis=1) - 1
        for d in (dx, dy)
    ]
    expected = special.psi(k) - 1 / k + special.psi(50) - sum(special.psi(n).mean() for n in counts)
    assert estimate_mutual_information(x, y, method="ksg2").value == pytest.approx(
        expected, abs=1e-12
    )


def test_gaussian_copula_by_hand():
    x, y = gaussian_pair(0.5, 200, np.random.default_rng(0))
    scores = [stats.norm.ppf(stats.rankdata(c) / 201) for c in (x, y)]
    r = np.corrcoef(scores)[0, 1]
    estimate = estimate_mutual_information(x, y, method="gaussian_copula")
    bias = (special.psi(199 / 2) - special.psi(198 / 2)) / 2
    # Ranks shrink the correlation by some hundredths of an error.
    noise = rank_noise(np.column_stack(scores), 1, 1).bias
    assert -0.2 * abs(r) / np.sqrt(200) < noise < 0.0
    assert estimate.value == pytest.approx(gaussian_information(r) - bias - noise)
    assert estimate.standard_error == pytest.approx(abs(r) / np.sqrt(200), rel=0.05)
    bartlett = (200 - 1 - 3 / 2) * 2 * gaussian_information(r)
    assert estimate.p_value == pytest.approx(stats.chi2.sf(bartlett, 1))
    bits = estimate_mutual_information(x, y, method="gaussian_copula", base=2)
    assert bits.interval() == pytest.approx(tuple(end / np.log(2) for end in estimate.interval()))


def test_gaussian_copula_of_vectors_is_the_ratio_of_determinants():
    rng = np.random.default_rng(1)
    data = rng.normal(size=(500, 6)) @ rng.normal(size=(6, 6))
    r = np.corrcoef(stats.norm.ppf(stats.rankdata(data, axis=0) / 501), rowvar=False)

    def logdet(columns):
        return np.linalg.slogdet(r[np.ix_(columns, columns)])[1]

    x, y, z = [0, 1], [2, 3, 4], [5]
    plain = estimate_mutual_information(data[:, x], data[:, y], method="gaussian_copula")
    plugin = 0.5 * (logdet(x) + logdet(y) - logdet(x + y))
    assert plain.value == pytest.approx(plugin, abs=2 * 6 / 1000)  # bias 2 * 3 / (2 n)
    given_z = estimate_conditional_mutual_information(
        data[:, x], data[:, y], data[:, z], method="gaussian_copula"
    )
    plugin = 0.5 * (logdet(x + z) + logdet(y + z) - logdet(z) - logdet(x + y + z))
    assert given_z.value == pytest.approx(plugin, abs=2 * 6 / 1000)


# values from outside


@pytest.mark.parametrize("k", [1, 3, 5])
def test_scikit_learn(k):
    """The same algorithms: scikit-learn adds noise of 1e-10 and cuts at 0; both scale columns."""
    rng = np.random.default_rng(k)
    x, y = gaussian_pair(0.7, 400, rng)
    ours = estimate_mutual_information(x, y, method="ksg", n_neighbors=k).value
    theirs = mutual_info_regression(x[:, None], y, n_neighbors=k, random_state=0)[0]
    assert ours == pytest.approx(theirs, abs=1e-9)
    x, labels = labelled(1.5, 400, rng)
    ours = estimate_mutual_information(x, labels, method="ross", n_neighbors=k).value
    theirs = mutual_info_classif(x[:, None], labels, n_neighbors=k, random_state=0)[0]
    assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    "law", [stats.norm(1, 2), stats.uniform(-1, 3), stats.expon(), stats.gamma(2.5)]
)
def test_differential_entropies(law):
    x = law.rvs(4000, random_state=3)
    estimate = estimate_entropy(x, method=KL)
    assert estimate.value == pytest.approx(law.entropy(), abs=3 * estimate.standard_error)
    assert estimate.standard_error < 0.03
    assert estimate.p_value is None


def test_entropy_of_a_gaussian_vector():
    law = stats.multivariate_normal([0, 0], [[1.0, 0.5], [0.5, 2.0]])
    estimate = estimate_entropy(law.rvs(4000, random_state=0), method=KL)
    assert estimate.value == pytest.approx(law.entropy(), abs=3 * estimate.standard_error)


@pytest.mark.parametrize("method", ["ksg", "ksg2", "gaussian_copula"])
@pytest.mark.parametrize("rho", [0.0, -0.6, 0.9])
def test_gaussian_information(method, rho):
    x, y = gaussian_pair(rho, 4000, np.random.default_rng(6))
    estimate = estimate_mutual_information(x, y, method=method)
    assert estimate.value == pytest.approx(
        gaussian_information(rho), abs=3 * estimate.standard_error + 1e-3
    )


@pytest.mark.parametrize("shift", [0.0, 1.0, 4.0])
def test_ross_on_a_mixture_by_quadrature(shift):
    x, y = labelled(shift, 4000, np.random.default_rng(2))
    estimate = estimate_mutual_information(x, np.array(["bad", "good"])[y], method="ross")
    assert estimate.value == pytest.approx(
        labelled_information(shift), abs=3 * estimate.standard_error
    )


@pytest.mark.parametrize("method", ["ksg", "gaussian_copula"])
def test_conditional_information_of_gaussians(method):
    """Given z, x and y have correlation 0.6; without z it is 0.8."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=4000)
    x, y = gaussian_pair(0.6, 4000, rng)
    estimate = estimate_conditional_mutual_information(x + z, y + z, z, method=method)
    assert estimate.value == pytest.approx(
        gaussian_information(0.6), abs=3 * estimate.standard_error
    )
    none = estimate_conditional_mutual_information(
        x + z, rng.normal(size=4000) + z, z, method=method
    )
    assert none.value == pytest.approx(0.0, abs=3 * none.standard_error + 1e-3)


# properties


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6), st.sampled_from([-1, 1]))
def test_units_do_not_matter(seed, scale, sign):
    x, y = gaussian_pair(0.6, 60, np.random.default_rng(seed))
    moved = 5.0 + sign * scale * x
    for method in ("ksg", "ksg2", "gaussian_copula"):
        value = estimate_mutual_information(x, y, method=method).value
        assert estimate_mutual_information(moved, y, method=method).value == pytest.approx(
            value, abs=1e-9
        )
        assert estimate_mutual_information(y, x, method=method).value == pytest.approx(
            value, abs=1e-9
        )
        order = np.random.default_rng(seed).permutation(60)
        assert estimate_mutual_information(
            x[order], y[order], method=method
        ).value == pytest.approx(value, abs=1e-9)
    entropy = estimate_entropy(x, method=KL).value
    assert estimate_entropy(moved, method=KL).value == pytest.approx(
        entropy + np.log(scale), abs=1e-7
    )


def test_gaussian_copula_is_blind_to_monotone_maps():
    x, y = gaussian_pair(0.6, 300, np.random.default_rng(0))
    plain = estimate_mutual_information(x, y, method="gaussian_copula")
    assert estimate_mutual_information(np.exp(3 * x), y**3, method="gaussian_copula") == plain


@pytest.mark.filterwarnings("ignore:too few rows for nearest")
def test_units_of_information_and_workers():
    x, y = gaussian_pair(0.6, 300, np.random.default_rng(0))
    for method in ("ksg", "ksg2"):
        nats = estimate_mutual_information(np.c_[x, y], np.c_[y, x**2], method=method)
        bits = estimate_mutual_information(
            np.c_[x, y], np.c_[y, x**2], method=method, base=2, workers=-1
        )
        assert bits.value == pytest.approx(nats.value / np.log(2))
        assert bits.standard_error == pytest.approx(nats.standard_error / np.log(2))
        assert bits.method == method
    assert estimate_entropy(x, method=KL, base=2).value == pytest.approx(
        estimate_entropy(x, method=KL).value / np.log(2)
    )


def test_interval_is_cut_at_zero_and_value_is_not():
    rng = np.random.default_rng(0)
    values = []
    for _ in range(20):
        estimate = estimate_mutual_information(*rng.normal(size=(2, 100)), method="ksg")
        values.append(estimate.value)
        assert estimate.interval()[0] >= 0.0
    assert min(values) < 0.0
    x = rng.uniform(0, 0.1, 100)
    assert (
        estimate_entropy(x, method=KL).interval()[1] < 0.0
    )  # differential entropy may be negative


def test_one_label_tells_nothing():
    estimate = estimate_mutual_information(
        np.arange(30.0) ** 2, np.zeros(30, dtype=int), method="ross"
    )
    assert (estimate.value, estimate.standard_error) == (pytest.approx(0.0, abs=1e-12), 0.0)


@pytest.mark.parametrize("method", [*NEIGHBORS, "gaussian_copula", "plugin", "miller_madow"])
def test_permutation_p_values(method):
    rng = np.random.default_rng(0)
    x, y = with_method(method, 100, rng)
    if method in ("plugin", "miller_madow"):
        x, y = x > 0, y > 0
    estimate = estimate_mutual_information(x, y, method=method, n_permutations=99, rng=1)
    assert estimate.p_value == pytest.approx(0.01)  # no permutation reaches it
    assert estimate == estimate_mutual_information(x, y, method=method, n_permutations=99, rng=1)
    independent = estimate_mutual_information(
        x, rng.permutation(y), method=method, n_permutations=99, rng=1
    )
    assert independent.p_value > 0.01
    without = estimate_mutual_information(x, y, method=method)
    assert (without.p_value is None) == (method in NEIGHBORS)
    assert without.value == estimate.value


def test_rounding_to_few_digits_is_an_error_and_float32_is_not():
    x, y = gaussian_pair(0.6, 2000, np.random.default_rng(0))
    single = estimate_mutual_information(x.astype(np.float32), y.astype(np.float32), method="ksg")
    assert single.value == pytest.approx(
        estimate_mutual_information(x, y, method="ksg").value, abs=1e-3
    )
    with pytest.raises(
        ValueError, match=r"x must be continuous, got \d+ distinct values in 2000 rows"
    ):
        estimate_mutual_information(x.round(2), y, method="ksg")
    jittered = x.round(2) + np.random.default_rng(1).uniform(-0.005, 0.005, 2000)
    estimate = estimate_mutual_information(jittered, y, method="ksg")
    assert estimate.value == pytest.approx(
        gaussian_information(0.6), abs=3 * estimate.standard_error
    )


def test_zero_inflation_is_an_error_in_any_column():
    x, y = gaussian_pair(0.6, 1000, np.random.default_rng(0))
    mixed = np.c_[y, np.where(y > -1, y, 0.0)]
    with pytest.raises(
        ValueError,
        match=r"column 1 of y must be continuous, .* the most frequent \(0.0\) \d+ times",
    ):
        estimate_mutual_information(x, mixed, method="gaussian_copula")


X = np.random.default_rng(0).normal(size=20)
Y = np.random.default_rng(1).normal(size=20)
LABELS = np.arange(20) % 2


def broken(value):
    return np.where(np.arange(20) == 7, value, X)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: estimate_mutual_information(X, Y, method="kraskov"),
            "method must be one of .*'ksg', 'ksg2', 'ross'",
        ),
        (
            lambda: estimate_mutual_information(X, Y, method="ksg", sample_weight=np.arange(1, 21)),
            "sample_weight must be None for",
        ),
        (
            lambda: estimate_mutual_information(broken(np.nan), Y, method="ksg"),
            "x must be finite, got nan in row 7",
        ),
        (
            lambda: estimate_mutual_information(X, broken(np.inf), method="ksg2"),
            "y must be finite, got inf in row 7",
        ),
        (
            lambda: estimate_mutual_information(X, np.full(20, 3.0), method="ksg"),
            "y must vary, got the one value 3.0",
        ),
        (
            lambda: estimate_mutual_information(X, LABELS, method="ksg"),
            "y must be continuous, got 2 distinct values",
        ),
        (
            lambda: estimate_mutual_information(X, Y[:9], method="ksg"),
            "x and y must have one entry a row, got 20, 9",
        ),
        (
            lambda: estimate_mutual_information([], [], method="ksg"),
            r"x must have shape \(n_rows,\) or .* got \(0,\)",
        ),
        (
            lambda: estimate_mutual_information(X.reshape(5, 2, 2), Y, method="ksg"),
            r"got \(5, 2, 2\)",
        ),
        (
            lambda: estimate_mutual_information(["a", "b"], [0.1, 0.2], method="ksg"),
            "x must hold real numbers",
        ),
        (
            lambda: estimate_mutual_information(X[:3], Y[:3], method="ksg"),
            "got n_neighbors=3 with 3 rows",
        ),
        (
            lambda: estimate_mutual_information(X, Y, method="ksg", n_neighbors=0),
            "n_neighbors must be an integer",
        ),
        (
            lambda: estimate_mutual_information(X, Y, method="ksg", workers=0),
            "workers must be .*, or -1 for all",
        ),
        (
            lambda: estimate_mutual_information(X, Y, method="ksg", n_permutations=-1),
            "n_permutations must be an integer",
        ),
        (lambda: estimate_mutual_information(X, Y, method="ksg", base=1), "base must be"),
        (
            lambda: estimate_mutual_information(LABELS, X, method="ross"),
            "x must be continuous.*with the labels as y",
        ),
        (
            lambda: estimate_mutual_information(X, Y, method="ross"),
            "y must hold labels, got 20 distinct real numbers",
        ),
        (
            lambda: estimate_mutual_information(X, np.arange(20) // 3, method="ross"),
            "got a label with 2; merge rare",
        ),
        (lambda: estimate_mutual_information(X[:4], Y[:4], method="gaussian_copula"), None),
        (
            lambda: estimate_mutual_information(X[:3], Y[:3], method="gaussian_copula"),
            "must have at least 4 rows",
        ),
        (
            lambda: estimate_mutual_information(X, 2 * X + 1, method="gaussian_copula"),
            "must not determine each other",
        ),
        (
            lambda: estimate_mutual_information(np.c_[X, X], Y, method="gaussian_copula"),
            "the columns of x must not be",
        ),
        (
            lambda: estimate_mutual_information(
                LABELS, LABELS, sample_weight=np.arange(1, 21), n_permutations=9
            ),
            "n_permutations must be 0 where rows have weights, got 9",
        ),
        (
            lambda: estimate_conditional_mutual_information(X, Y, X, method="gaussian_copula"),
            "columns of x must not",
        ),
        (
            lambda: estimate_conditional_mutual_information(X, Y, X, method="ross"),
            "method must be one of",
        ),
        (
            lambda: estimate_conditional_mutual_information(X, Y, X[:3], method="ksg"),
            "x, y and z must .* 20, 20, 3",
        ),
        (
            lambda: estimate_conditional_mutual_information(
                X, Y, X, method="ksg", sample_weight=np.arange(1, 21)
            ),
            r"got weights of shape \(20,\); cut the measurements into cells",
        ),
        (
            lambda: estimate_entropy(X, method=KL, sample_weight=np.arange(1, 21)),
            "sample_weight must be None for method='koza",
        ),
        (
            lambda: estimate_entropy(X, method=KL, order=2.0),
            "must have order=1 and no alphabet_size, got order=2.0",
        ),
        (
            lambda: estimate_entropy(X, method=KL, alphabet_size=4),
            "alphabet_size=4; differential entropy has no",
        ),
        (lambda: estimate_entropy(X, method=KL, n_neighbors=20), "got n_neighbors=20 with 20 rows"),
        (
            lambda: estimate_entropy(np.r_[X, X[:1]], method=KL, n_neighbors=1),
            "got 2 rows with 1 or more copies",
        ),
    ],
)
def test_bad_input(call, message):
    if message is None:
        assert np.isfinite(call().value)
        return
    with pytest.raises(ValueError, match=message):
        call()


# Monte-Carlo studies

GAUSSIAN = {
    "ksg": lambda rho, n, rng: estimate_mutual_information(
        *gaussian_pair(rho, n, rng), method="ksg"
    ),
    "ksg2": lambda rho, n, rng: estimate_mutual_information(
        *gaussian_pair(rho, n, rng), method="ksg2"
    ),
    "gaussian_copula": lambda rho, n, rng: estimate_mutual_information(
        *gaussian_pair(rho, n, rng), method="gaussian_copula"
    ),
}


def given_common_cause(rho, n_rows, rng, method):
    z = rng.normal(size=n_rows)
    x, y = gaussian_pair(rho, n_rows, rng)
    return estimate_conditional_mutual_information(x + z, y + z, z, method=method)


CASES = {
    **{
        f"{method} {rho}": (
            lambda n, rng, m=method, r=rho: GAUSSIAN[m](r, n, rng),
            gaussian_information(rho),
        )
        for method in GAUSSIAN
        for rho in (0.0, 0.3, 0.6, 0.9)
    },
    **{
        f"ross {shift}": (
            lambda n, rng, s=shift: estimate_mutual_information(
                *labelled(s, n, rng), method="ross"
            ),
            labelled_information(shift),
        )
        for shift in (0.0, 1.0, 3.0)
    },
    **{
        f"given z, {method} {rho}": (
            lambda n, rng, m=method, r=rho: given_common_cause(r, n, rng, m),
            gaussian_information(rho),
        )
        for method in ("ksg", "gaussian_copula")
        for rho in (0.0, 0.6)
    },
    **{
        f"{KL} {law.dist.name}": (
            lambda n, rng, law=law: estimate_entropy(law.rvs(n, random_state=rng), method=KL),
            law.entropy(),
        )
        for law in (stats.norm(), stats.uniform(), stats.expon())
    },
}


#: Estimates whose errors hold the scale of a bias.
BIASED = ("ksg", "ross", "given z, ksg")


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_coverage_and_bias(name):
    """The nominal level is .95; errors are up to a fifth too large where the noise of distances is
    all there is, and by the scale of the bias, which these smooth laws hardly have, beside that.
    """
    estimator, truth = CASES[name]
    rng = np.random.default_rng(11)
    estimates = [estimator(500, rng) for _ in range(400)]
    intervals = np.array([estimate.interval() for estimate in estimates])
    covered = ((intervals[:, 0] <= truth + 1e-12) & (truth <= intervals[:, 1])).mean()
    values = np.array([float(estimate) for estimate in estimates])
    error = np.mean([estimate.standard_error for estimate in estimates])
    print(
        f"{name}: bias {values.mean() - truth:+.4f} sd {values.std():.4f} error {error:.4f} "
        f"covered {covered:.3f}"
    )
    assert (
        0.92 <= covered <= (0.988 if truth > 0.0 and not name.startswith(BIASED) else 1.0)
    )  # at 0 the cut interval can miss on one side only
    assert abs(values.mean() - truth) < 0.4 * values.std()
    if not name.startswith(
        ("gaussian_copula 0.0", "given z, gaussian_copula 0.0")
    ):  # near 0 the law is not normal
        assert 0.93 < error / values.std() < (1.85 if name.startswith(BIASED) else 1.25)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [(1, 1), (2, 3)])
@pytest.mark.parametrize("condition", [False, True])
@pytest.mark.filterwarnings("ignore:squares or cubes:infotheory.exceptions.WithheldWarning")
def test_size_of_the_gaussian_copula(columns, condition):
    rng = np.random.default_rng(3)
    # three standard errors of 600 samples
    study = Study(600, rejects=(0.0233, 0.0767), fifth=(0.151, 0.249))
    for _ in study:
        x, y = (rng.exponential(size=(100, d)) for d in columns)
        if condition:
            z = rng.normal(size=100)
            x, y = np.log(x) + z[:, None], np.log(y) + z[:, None]
            estimate = estimate_conditional_mutual_information(x, y, z, method="gaussian_copula")
        else:
            estimate = estimate_mutual_information(x, y, method="gaussian_copula")
        # One sample in a hundred shows curves of the condition in both by chance.
        p_value = 1.0 if estimate.p_value is None else estimate.p_value
        study.note(rejects=p_value < 0.05, fifth=p_value < 0.2)
    study.check(f"copula of {columns} columns, given another {condition}")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:too few rows:infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("method", NEIGHBORS)
def test_size_of_the_permutation_test(method):
    rng = np.random.default_rng(9)
    # three standard errors of 300 samples
    study = Study(300, rejects=(0.012, 0.088), half=(0.413, 0.587))
    for _ in study:
        found = estimate_mutual_information(
            rng.exponential(size=60),
            np.arange(60) % 2 if method == "ross" else rng.normal(size=60),
            method=method,
            n_permutations=19,
            rng=rng,
        )
        study.note(rejects=found.p_value <= 0.05, half=found.p_value <= 0.5)
    study.check(method)


@pytest.mark.slow
def test_noise_of_neighbour_distances():
    """On a torus the terms of the entropy are noise alone: N var is 1.3 to 2 times psi'(k), and
    counted as 2.
    """
    from scipy.spatial import KDTree

    rng = np.random.default_rng(0)
    for n_columns in (1, 2, 3):
        means = [
            n_columns
            * np.log(KDTree(p, boxsize=1).query(p, 9, p=np.inf)[0][:, [1, 3, 8]]).mean(axis=0)
            for p in rng.uniform(size=(400, 500, n_columns))
        ]
        ratio = 500 * np.var(means, axis=0, ddof=1) / special.polygamma(1, [1, 3, 8])
        assert (ratio > 1.1).all(), ratio
        assert (ratio < 2.1).all(), ratio


@pytest.mark.slow
def test_errors_agree_with_disjoint_subsamples():
    """The variance over disjoint parts, scaled to the whole sample (Holmes and Nemenman 2019,
    arXiv:1903.09280).
    """
    rng = np.random.default_rng(0)
    x, y = gaussian_pair(0.6, 20_000, rng)
    parts = zip(np.split(x, 40), np.split(y, 40), strict=True)
    values = [estimate_mutual_information(*part, method="ksg").value for part in parts]
    whole = estimate_mutual_information(x, y, method="ksg")
    assert whole.standard_error == pytest.approx(np.std(values, ddof=1) / np.sqrt(40), rel=0.35)


@pytest.mark.slow
def test_bias_falls_with_the_rows_and_is_small_in_the_setting_of_the_paper():
    """Gaussians, as Kraskov et al. have them: no bias at independence, little at correlation 0.9
    with many rows.
    """
    rng = np.random.default_rng(1)
    for rho in (0.0, 0.9):
        values = [GAUSSIAN["ksg"](rho, 200, rng).value for _ in range(300)]
        few = np.mean(values) - gaussian_information(rho)
        values = [GAUSSIAN["ksg"](rho, 2000, rng).value for _ in range(100)]
        many = np.mean(values) - gaussian_information(rho)
        assert abs(many) < 0.01
        if rho == 0.0:
            assert abs(few) < 4 * 0.05 / np.sqrt(300)


@pytest.mark.parametrize("given", [False, True])
def test_gaussian_of_long_tails_has_no_interval(given):
    """Intervals of log-normal margins covered .39 to .71, of Student's .10 to .90."""
    rng = np.random.default_rng(12)
    x, noise, z = rng.normal(size=(3, 200))
    y = 0.6 * x + 0.8 * noise

    def estimate(first, second):
        if not given:
            return estimate_mutual_information(first, second, method="gaussian")
        # A condition of long tails leaves normal columns as they are.
        cubes = z**3
        return estimate_conditional_mutual_information(
            first + cubes, second + cubes, cubes, method="gaussian"
        )

    assert np.isfinite(estimate(x, y).interval()).all()
    for bend in (np.exp, lambda values: values**3):
        with pytest.warns(WithheldWarning, match="has longer tails than normal ones"):
            bent = estimate(bend(x), bend(y))
        assert np.isnan(bent.interval()).all()
        # Rows far out make the test given a condition less sure, too.
        assert bent.p_value < (0.01 if given else 0.001)
    assert np.isfinite(estimate(special.ndtr(x), special.ndtr(y)).interval()).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("name", "shown"), [("normal", (0.95, 1.0)), ("t3", (0.5, 1.0)), ("lognormal", (0.1, 0.5))]
)
def test_what_is_shown_of_gaussian_columns_is_covered(name, shown):
    bend = {
        "normal": lambda values: values,
        "t3": lambda values: stats.t.ppf(special.ndtr(values), 3),
        "lognormal": np.exp,
    }[name]
    rng, truth = np.random.default_rng(13), -0.5 * np.log(1 - 0.36)
    study = Study(300, shown=shown, wrong=(0.0, 0.07))
    for _ in study:
        x, noise = rng.normal(size=(2, 60))
        found = estimate_mutual_information(bend(x), bend(0.6 * x + 0.8 * noise), method="gaussian")
        low, high = found.interval()
        study.note(shown=np.isfinite(low), wrong=np.isfinite(low) and not low <= truth <= high)
    study.check(name)


@pytest.mark.parametrize("n_rows", [2_000, 30_000])
def test_tails_that_change_little_have_an_interval(n_rows):
    """Of many rows a test sees tails that change no interval by a point."""
    rng = np.random.default_rng(14)
    x, noise = rng.normal(size=(2, n_rows))
    y = 0.6 * x + 0.8 * noise

    def margins(bend):
        return estimate_mutual_information(bend(x), bend(y), method="gaussian")

    plain, bent = margins(lambda values: values), margins(lambda values: np.exp(0.1 * values))
    low, high = bent.interval()
    assert low < -0.5 * np.log(1 - 0.36) < high
    assert bent.standard_error == pytest.approx(plain.standard_error, rel=0.25)

    # An elliptical law of ten degrees has a fourth moment a third above that of normal columns.
    radius = np.sqrt(10.0 / rng.chisquare(10, size=n_rows))
    found = estimate_mutual_information(x * radius, y * radius, method="gaussian")
    assert np.isfinite(found.interval()).all()
    assert found.standard_error > 1.08 * plain.standard_error

    for bend in (np.exp, lambda values: stats.t.ppf(special.ndtr(values), 3)):
        with pytest.warns(WithheldWarning, match="longer tails"):
            assert np.isnan(margins(bend).interval()).all()


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula"])
def test_curves_that_both_share_are_no_link(method):
    """Both follow the square of the condition: their correlations given it are large."""
    rng = np.random.default_rng(15)
    x, y, z = rng.normal(size=(3, 200))
    arguments = x + z**2, y + z**2
    with pytest.warns(WithheldWarning, match="squares or cubes of z"):
        found = estimate_conditional_mutual_information(*arguments, z, method=method)
    assert found.p_value is None
    assert "as columns of z" in found.reason

    # The way out, and one of the two alone, which is no link.
    for first, second, condition in (
        (*arguments, np.column_stack([z, z**2])),
        (x + z**2, y + z, z),
    ):
        found = estimate_conditional_mutual_information(first, second, condition, method="gaussian")
        assert found.p_value > 0.01


def test_indicators_have_no_curves():
    """Powers of indicators are lines: what rounding left of them withheld .15 of the tests."""
    rng = np.random.default_rng(18)
    for _ in range(40):
        z = np.eye(4)[rng.integers(4, size=100)][:, 1:]
        x, y = rng.normal(size=(2, 100)) + z[:, 0]
        given_all = estimate_conditional_mutual_information(x, y, z, method="gaussian")
        assert given_all.p_value is not None
        given_one = estimate_conditional_mutual_information(x, y, z[:, 0], method="gaussian")
        assert given_one.p_value is not None


def test_columns_without_a_correlation_and_of_one_order():
    """No gap of ranks is measured in an error of 0, and none without end enters one."""
    x, y = np.zeros((2, 64))
    x[:2], y[2:4] = (1.0, -1.0), (1.0, -1.0)
    with pytest.warns(WithheldWarning, match="longer tails"):
        found = estimate_mutual_information(x, y, method="gaussian")
    assert np.isnan(found.interval()).all()

    x = np.random.default_rng(19).normal(size=300)
    with pytest.warns(WithheldWarning, match="longer tails"):
        found = estimate_mutual_information(x, np.exp(x), method="gaussian")
    assert 0.2 < found.value < 1.0
    assert np.isnan([found.standard_error, *found.interval()]).all()


def test_test_given_another_takes_the_mean_square_of_the_products():
    """Of one column each it is the generalised covariance measure about 0."""
    rng = np.random.default_rng(16)
    z, a, b = rng.normal(size=(3, 40))
    x, y = z + a * np.exp(0.4 * z), z + b
    found = estimate_conditional_mutual_information(x, y, z, method="gaussian")

    design = np.column_stack([np.ones(40), z])
    of_x, of_y = (v - design @ np.linalg.lstsq(design, v)[0] for v in (x, y))
    r = (of_x @ of_y) / np.sqrt((of_x @ of_x) * (of_y @ of_y))
    spread = 40 * (of_x**2 @ of_y**2) / ((of_x @ of_x) * (of_y @ of_y))
    statistic = -(40 - 1 - 1 - 1.5) * np.log1p(-(r**2)) / spread
    assert found.p_value == pytest.approx(stats.chi2.sf(statistic, 1))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("method", "n_rows", "columns", "s"),
    [
        ("gaussian", 50, 1, 0.5),
        ("gaussian", 200, 2, 1.0),
        ("gaussian_copula", 50, 1, 0.5),
        ("gaussian_copula", 200, 1, 1.0),
    ],
)
def test_size_where_spreads_follow_the_condition(method, n_rows, columns, s):
    """The chi-square law of normal columns rejected .11 to .54."""
    rng = np.random.default_rng(17)
    study = Study(300, rejects=(0.0, 0.085))
    for _ in study:
        z = rng.normal(size=(n_rows, 1))
        x, y = (z + rng.normal(size=(n_rows, columns)) * np.exp(s * z) for _ in range(2))
        found = estimate_conditional_mutual_information(x, y, z, method=method)
        study.note(rejects=found.p_value is not None and found.p_value < 0.05)
    study.check(f"{method}, {n_rows} rows, spread exp({s} z)")
