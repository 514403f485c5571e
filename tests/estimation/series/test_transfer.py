"""Transfer of measurements and of trials: closed forms, embeddings written out, surrogates."""

import warnings

import numpy as np
import pytest
from scipy import special, stats

from infotheory.estimation import (
    active_information_storage,
    estimate_conditional_mutual_information,
    estimate_mutual_information,
    stack_trials,
    transfer_entropy,
)
from infotheory.exceptions import ApproximationWarning, SparseCellWarning
from tests.estimation.series.processes import (
    Linear,
    autoregressive,
    driven,
    evoked,
    noisy,
    sticky,
)

METHODS = ("gaussian", "gaussian_copula", "ksg")


# closed forms of the spec, and the same from autocovariances


@pytest.mark.parametrize(
    ("a", "b", "c", "one", "two", "storage"),
    [
        (0.5, 0.5, 0.4, 0.092053, 0.092009, 0.203894),
        (0.9, 0.5, 0.4, 0.168178, 0.165141, 0.560368),
        (0.5, 0.9, 0.4, 0.094797, 0.092483, 0.958688),
        (0.9, 0.9, 0.2, 0.068862, 0.067360, 1.311732),
    ],
)
def test_a_driven_process_in_closed_form(a, b, c, one, two, storage):
    linear = Linear([[a, 0], [c, b]])
    for history, wanted in ((1, one), (2, two)):
        past = [(1, 1 + i) for i in range(history)]
        assert linear.information([(1, 0)], [(0, 1)], past) == pytest.approx(wanted, abs=1e-6)
    x, y = driven(a, b, c, 20_000, np.random.default_rng(0))

    for method in ("gaussian", "gaussian_copula"):
        for history, wanted in ((1, one), (2, two)):
            estimate = transfer_entropy(x, y, history=history, method=method)
            assert estimate.value == pytest.approx(wanted, abs=3 * estimate.standard_error)
            assert estimate.p_value < 1e-100
            low, high = estimate.interval(0.999)
            assert low < wanted < high
        kept = active_information_storage(y, method=method)
        assert kept.value == pytest.approx(storage, abs=3 * kept.standard_error)
    assert transfer_entropy(y, x, method="gaussian").p_value > 0.001


def test_conditions_have_lags_of_their_own():
    """In a chain 0 -> 1 -> 2 the first tells of the third at lag 2, but not given the second."""
    matrix = np.array([[0.5, 0, 0], [0.4, 0.5, 0], [0, 0.4, 0.5]])
    rng = np.random.default_rng(1)
    x = np.zeros((20_000, 3))
    for t in range(1, len(x)):
        x[t] = matrix @ x[t - 1] + rng.normal(size=3)
    first, second, third = x.T

    def transfer(**options):
        return transfer_entropy(first, third, method="gaussian", **options)

    for options, wanted in (
        ({"lag": 1}, 0.005167),
        ({"lag": 2}, 0.021213),
        ({"lag": 2, "conditions": second, "condition_lags": 2}, 0.013749),
    ):
        estimate = transfer(**options)
        assert estimate.value == pytest.approx(wanted, abs=3 * estimate.standard_error + 1e-5)
    given = transfer(lag=2, conditions=second)
    assert given.value < 0.0005
    assert given.p_value > 0.001

    both = np.column_stack([second, first])
    nested = transfer(lag=2, conditions=both, condition_lags=[[1, 2], [3]])
    z = np.column_stack([third[2:-1], second[2:-1], second[1:-2], first[:-3]])
    wanted = estimate_conditional_mutual_information(first[1:-2], third[3:], z, method="gaussian")
    assert nested.value == pytest.approx(wanted.value, abs=1e-12)


def test_the_lag_with_the_largest_value():
    hits = 0
    for seed in range(20):
        x, y = driven(0.5, 0.5, 0.4, 500, np.random.default_rng(seed), lag=3)
        hits += transfer_entropy(x, y, lag=range(1, 6), method="gaussian").lag == 3
    assert hits == 20
    several = transfer_entropy(x, y, lag=[1, 3], method="gaussian", n_permutations=39, rng=0)
    assert several.p_value == 1 / 40
    single = transfer_entropy(x, y, lag=3, method="gaussian")
    chosen = transfer_entropy(x, y, lag=[1, 3], method="gaussian")
    assert chosen.value == pytest.approx(single.value, abs=1e-12)
    assert chosen.p_value == pytest.approx(2 * single.p_value)
    noise = np.random.default_rng(99).normal(size=(2, 300))
    p_values = [
        transfer_entropy(*noise, lag=lags, method="gaussian").p_value for lags in (1, [1, 2, 3])
    ]
    assert p_values[1] <= 1.0


@pytest.mark.parametrize("w", [0.5, 1.0])
def test_a_uniform_channel(w):
    """``y' = x + w U`` has ``w / 2 - log w``; bounded support biases neighbours."""
    rng = np.random.default_rng(2)
    x = rng.random(1000)
    y = np.r_[0, x[:-1]] + w * rng.random(1000)
    value = transfer_entropy(x, y, method="ksg", n_neighbors=4).value
    assert value == pytest.approx({0.5: 0.824, 1.0: 0.414}[w], abs=0.065)


@pytest.mark.filterwarnings("ignore:too few rows for nearest neighbours")
def test_logistic_maps_have_a_direction():
    x, y = np.empty((2, 1300))
    x[0], y[0] = 0.4, 0.3
    for t in range(1299):
        v = 0.2 * x[t] + 0.8 * y[t]
        x[t + 1], y[t + 1] = 4 * x[t] * (1 - x[t]), 4 * v * (1 - v)
    x, y = x[300:], y[300:]
    there = transfer_entropy(x, y, method="ksg", n_permutations=39, rng=0)
    back = transfer_entropy(y, x, method="ksg", n_permutations=39, rng=0)
    assert there.value > 1.0
    assert back.value < 0.1
    assert there.p_value == 1 / 40
    assert back.p_value > 0.05


# the embedding written out


@pytest.mark.filterwarnings("ignore:rows remember")
@pytest.mark.filterwarnings("ignore:too few rows for nearest neighbours")
@pytest.mark.parametrize("method", [*METHODS[:1], "ksg"])
@pytest.mark.parametrize("step", [1, 2])
def test_it_is_the_conditional_information_of_the_embedding(method, step):
    x, y = driven(0.5, 0.5, 0.4, 400, np.random.default_rng(3))
    estimate = transfer_entropy(
        x, y, history=2, history_step=step, lag=2, source_history=2, source_step=3, method=method
    )
    times = np.arange(5, 400)
    sent = np.column_stack([x[times - 2], x[times - 5]])
    past = np.column_stack([y[times - 1], y[times - 1 - step]])
    wanted = estimate_conditional_mutual_information(sent, y[times], past, method=method)
    assert estimate.value == pytest.approx(wanted.value, abs=1e-12)
    assert estimate.steps.tolist() == times.tolist()
    assert (estimate.history, estimate.history_step, estimate.n_rows) == (2, step, 395)

    storage = active_information_storage(y, history=2, history_step=step, method=method)
    past = np.column_stack([y[step : -1 or None], y[: -1 - step]])
    wanted = estimate_mutual_information(past, y[1 + step :], method=method)
    assert storage.value == pytest.approx(wanted.value, abs=1e-12)


@pytest.mark.parametrize("method", [*METHODS, "plugin", "miller_madow"])
def test_local_values_have_the_plugin_as_their_mean(method):
    x, y = driven(0.5, 0.5, 0.6, 500, np.random.default_rng(4))
    if method in ("plugin", "miller_madow"):
        x, y = np.digitize(x, [-0.5, 0.5]), np.digitize(y, [-0.5, 0.5])
    bits = transfer_entropy(x, y, method=method, base=2)
    nats = transfer_entropy(x, y, method=method)
    assert bits.local == pytest.approx(nats.local / np.log(2))
    assert bits.value == pytest.approx(nats.value / np.log(2))
    if method in ("ksg", "plugin"):
        assert bits.local.mean() == pytest.approx(bits.value, abs=1e-12)
    else:
        # the correction of bias is of the order of one over the number of steps
        assert bits.local.mean() == pytest.approx(bits.value, abs=0.03)


# trials and gaps


def ensemble():
    """Five trials of ten steps, as in the tests of PyInform (test_transferentropy.py)."""
    xs = ["1110011010", "0101110000", "0001000100", "0010001001", "0011111000"]
    ys = ["0100010110", "0001110100", "1010100010", "0110111111", "0011000001"]
    return ([[int(c) for c in row] for row in rows] for rows in (xs, ys))


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_the_published_value_of_an_ensemble():
    (x, trials), (y, _) = map(stack_trials, ensemble())
    for source, target, wanted in ((y, x, 0.091141), (x, y, 0.107630), (x, x, 0.0)):
        found = transfer_entropy(source, target, history=2, trials=trials, base=2)
        assert found.value == pytest.approx(wanted, abs=1e-6)
        assert found.local.mean() == pytest.approx(wanted, abs=1e-6)
    few = trials < 4
    found = transfer_entropy(y[few], x[few], history=2, trials=trials[few], base=2)
    assert found.value == pytest.approx(0.134536, abs=1e-6)
    joined = transfer_entropy(y, x, history=2, base=2)
    assert joined.value != pytest.approx(0.091141, abs=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_trials_in_another_order_are_the_same(method):
    rng = np.random.default_rng(5)
    parts = [np.column_stack(driven(0.5, 0.5, 0.4, n, rng)) for n in (30, 80, 50)]
    rows, trials = stack_trials(parts)
    turned, numbers = stack_trials([parts[2], parts[0], parts[1]])
    there = transfer_entropy(*rows.T, trials=trials, method=method)
    again = transfer_entropy(*turned.T, trials=np.array(["b", "c", "a"])[numbers], method=method)
    assert again.value == pytest.approx(there.value, abs=1e-12)
    assert again.standard_error == pytest.approx(there.standard_error, rel=1e-9)
    assert there.n_rows == 157
    joined = transfer_entropy(*rows.T, method=method)
    assert joined.n_rows == 159
    assert joined.value != there.value


def test_short_trials_are_pooled_and_never_joined():
    rng = np.random.default_rng(6)
    rows, trials = stack_trials(
        [np.column_stack(driven(0.5, 0.5, 0.4, 8, rng)) for _ in range(400)]
    )
    pooled = transfer_entropy(*rows.T, trials=trials, method="gaussian")
    assert pooled.value == pytest.approx(0.092053, abs=3 * pooled.standard_error)
    joined = transfer_entropy(*rows.T, method="gaussian")
    assert joined.value < 0.092053 - 1.5 * joined.standard_error


@pytest.mark.parametrize("method", ["gaussian", "ksg"])
def test_steps_that_touch_a_gap_are_left_out(method):
    x, y = driven(0.5, 0.5, 0.4, 300, np.random.default_rng(7))
    lost = np.random.default_rng(8).random((2, 300)) < 0.1
    with_gaps = np.where(lost[0], np.nan, x), np.where(lost[1], np.nan, y)
    found = transfer_entropy(*with_gaps, history=2, method=method, missing="omit")
    times = np.array(
        [t for t in range(2, 300) if not (lost[0][t - 1] or lost[1][t - 2 : t + 1].any())]
    )
    assert found.steps.tolist() == times.tolist()
    past = np.column_stack([y[times - 1], y[times - 2]])
    wanted = estimate_conditional_mutual_information(x[times - 1], y[times], past, method=method)
    assert found.value == pytest.approx(wanted.value, abs=1e-12)
    with pytest.raises(ValueError, match="must be finite, got nan in step"):
        transfer_entropy(*with_gaps, method=method)
    drawn = transfer_entropy(*with_gaps, method=method, missing="omit", n_permutations=19, rng=0)
    assert 0.05 <= drawn.p_value <= 1.0


def test_labels_may_be_missing_too():
    x, y = np.random.default_rng(9).integers(0, 2, (2, 200))
    named = np.where(np.arange(200) % 17 == 0, None, np.array(["a", "b"])[x])
    found = transfer_entropy(named, y, missing="omit")
    there = np.array([t for t in range(1, 200) if (t - 1) % 17])
    wanted = estimate_conditional_mutual_information(x[there - 1], y[there], y[there - 1])
    assert found.value == pytest.approx(wanted.value, abs=1e-12)
    numbers = transfer_entropy(np.where(np.arange(200) % 17 == 0, np.nan, x), y, missing="omit")
    assert numbers.value == found.value


@pytest.mark.parametrize("method", METHODS)
def test_units_and_places_change_nothing(method):
    x, y = driven(0.5, 0.5, 0.4, 300, np.random.default_rng(10))
    there = transfer_entropy(x, y, method=method)
    moved = transfer_entropy(1e6 * x - 3, 0.01 * y + 7, method=method)
    assert moved.value == pytest.approx(there.value, abs=1e-9)
    if method == "gaussian_copula":
        bent = transfer_entropy(np.exp(x), y**3, method=method)
        assert bent.value == pytest.approx(there.value, abs=1e-12)


# surrogates


@pytest.mark.parametrize("surrogates", ["auto", "shift", "block", "iaaft", "local"])
@pytest.mark.parametrize("method", ["gaussian", "ksg"])
def test_surrogates_find_transfer(method, surrogates):
    x, y = driven(0.5, 0.5, 0.4, 300, np.random.default_rng(11))
    options = {"method": method, "n_permutations": 39, "surrogates": surrogates, "rng": 0}
    there = transfer_entropy(x, y, **options)
    assert there.p_value == 1 / 40
    assert there.null_standard_deviation > 0.0
    assert there.effective == pytest.approx(there.value - there.null_mean)
    threads = transfer_entropy(x, y, workers=2, **options)
    assert threads == there
    assert transfer_entropy(y, x, **options).p_value > 0.02


def test_surrogates_of_the_caller():
    x, y = driven(0.5, 0.5, 0.4, 300, np.random.default_rng(12))
    options = {"method": "gaussian", "n_permutations": 19, "rng": 1}
    mixed = transfer_entropy(x, y, surrogates=lambda s, rng: rng.permutation(s), **options)
    assert mixed.p_value == 1 / 20
    same = transfer_entropy(x, y, surrogates=lambda s, rng: s, **options)  # noqa: ARG005
    assert same.p_value == 1.0
    with pytest.raises(ValueError, match="must return a series like the source"):
        transfer_entropy(x, y, surrogates=lambda s, rng: s[:-1], **options)  # noqa: ARG005


def test_trials_that_share_a_response_are_permuted():
    rows, trials = stack_trials(evoked(30, 40, np.random.default_rng(13)))
    options = {"trials": trials, "method": "gaussian", "rng": 0}
    shifted = transfer_entropy(*rows.T, n_permutations=99, surrogates="shift", **options)
    assert shifted.p_value < 0.05
    assert transfer_entropy(*rows.T, n_permutations=99, **options).p_value > 0.05
    with pytest.raises(ValueError, match=r"two trials or more of one length, got 30 of 39 to 40"):
        transfer_entropy(*rows[1:].T, n_permutations=9, **{**options, "trials": trials[1:]})


def test_a_series_that_hardly_moves_has_no_shifts():
    smooth = np.cumsum(np.random.default_rng(14).normal(size=(2, 300)), axis=1)
    with pytest.warns(ApproximationWarning, match="shifts of 300 steps are much alike"):
        transfer_entropy(*smooth, method="gaussian", n_permutations=9, rng=0)


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula"])
def test_short_series_that_remember_are_tested_by_draws(method):
    # Seeds at which the F test finds something that is not there.
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        source, target = (autoregressive([0.95], 100, rng) for _ in range(2))
        estimate = transfer_entropy(source, target, method=method)
        by_f = conditional_p_value(source, target, method)
        assert estimate.p_value >= by_f * (1.0 - 1e-9)
        # What is no evidence stays as it is.
        assert by_f <= 0.2 or estimate.p_value == pytest.approx(by_f, rel=1e-9)
        low, _ = estimate.interval()
        assert low == 0.0 or estimate.p_value <= 0.025
        found.append((by_f <= 0.05, estimate.p_value <= 0.05, estimate.p_value > 1.1 * by_f))
    by_f, by_draws, n_raised = np.sum(found, axis=0)
    assert by_draws <= by_f
    assert n_raised >= 5

    # Where one of them has no memory the F test holds, and its digits stay; so where series are
    # long.
    for one, other in ((rng.normal(size=200), target), (source, rng.normal(size=100))):
        n = min(one.size, other.size)
        p_value = transfer_entropy(one[:n], other[:n], method=method).p_value
        assert p_value == pytest.approx(conditional_p_value(one[:n], other[:n], method), rel=1e-9)


def conditional_p_value(source, target, method):
    """The F test of the regression, written out."""
    if method == "gaussian_copula":
        source, target = (
            special.ndtri(stats.rankdata(one) / (one.size + 1)) for one in (source, target)
        )
    ones = np.ones(target.size - 1)
    without = np.column_stack([ones, target[:-1]])
    squares = [
        np.linalg.lstsq(columns, target[1:], rcond=None)[1][0]
        for columns in (without, np.column_stack([without, source[:-1]]))
    ]
    freedom = ones.size - 3
    return float(stats.f.sf((squares[0] / squares[1] - 1.0) * freedom, 1, freedom))


def test_transfer_between_short_series_that_remember_is_found():
    rng = np.random.default_rng(6)
    source, target = driven(0.95, 0.95, 0.5, 150, rng)
    assert transfer_entropy(source, target, method="gaussian").p_value < 1e-3


def test_series_too_short_for_a_model_are_warned_of():
    rng = np.random.default_rng(21)
    source, target = np.cumsum(rng.normal(size=(2, 12)), axis=1)
    source += 2.0 * np.roll(target, -1)
    with pytest.warns(ApproximationWarning, match="F test of 12 steps.*50 times"):
        transfer_entropy(source, target, method="gaussian", history=4)


def test_walks_beneath_noise_are_warned_of():
    """Models of few lags see the root of a walk too small; without noise they do not."""
    rng, n_told = np.random.default_rng(23), 0
    for _ in range(20):
        walks = np.cumsum(rng.normal(size=(2, 300)), axis=1)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found = transfer_entropy(*(noisy(one, rng) for one in walks), method="gaussian")
        n_told += bool(told)
        assert told or found.p_value > 0.05
        assert all("remember" in str(one.message) for one in told)
        assert [one.filename for one in told] == [__file__] * len(told)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            transfer_entropy(*walks, method="gaussian")
            short_memory = (noisy(autoregressive([0.9], 300, rng), rng) for _ in range(2))
            transfer_entropy(*short_memory, method="gaussian")
    assert n_told >= 5


def test_an_interval_of_labels_holds_0_where_shifts_do_not_reject():
    """The chi-square of chains that are read wrongly is off, and so was the end of the interval."""
    rng, n_held = np.random.default_rng(19), 0
    for _ in range(40):
        source, target = (sticky(0.98, 1000, rng, flips=0.1) for _ in range(2))
        found = transfer_entropy(source, target)
        if found.p_value > 0.025:
            assert found.interval()[0] == 0.0
            n_held += 1
    assert n_held >= 35


def test_a_column_beside_one_without_memory_is_looked_at():
    rng = np.random.default_rng(22)
    for _ in range(20):
        source, target = (autoregressive([0.95], 100, rng) for _ in range(2))
        wide = np.column_stack([rng.normal(size=100), source])
        found = transfer_entropy(wide, target, method="gaussian")
        turned = transfer_entropy(wide[:, ::-1], target, method="gaussian")
        # Which column comes first is no matter: both are tested by the same draws.
        assert found.p_value == pytest.approx(turned.p_value, rel=1e-6)
        assert found.interval() == pytest.approx(turned.interval(), abs=1e-9)


def test_memory_of_labels_is_that_of_the_most_frequent_one_among_the_steps_that_are_there():
    rng = np.random.default_rng(18)
    # Labels 1, 2 and 3 in one run each, a few of 0 without memory, and more gaps than any label.
    source, target = np.repeat([1.0, 2.0, 3.0], 200), np.repeat([1.0, 2.0, 3.0], 200)
    for series in (source, target):
        series[rng.choice(600, 60, replace=False)] = 0.0
    gaps = rng.choice(600, 180, replace=False)
    source[gaps] = target[gaps] = np.nan
    assert np.isnan(source).sum() > max(np.sum(source == label) for label in (0, 1, 2))
    options = {"missing": "omit", "n_permutations": 9, "surrogates": "shift", "rng": 0}
    with pytest.warns(ApproximationWarning, match="shifts of 600 steps are much alike"):
        transfer_entropy(source, target, **options)


@pytest.mark.parametrize("method", METHODS)
def test_storage_of_independent_steps(method):
    rng = np.random.default_rng(15)
    white, red = rng.normal(size=200), autoregressive([0.6], 200, rng)
    options = {"method": method, "n_permutations": 39, "rng": 0}
    assert active_information_storage(red, **options).p_value == 1 / 40
    assert active_information_storage(white, **options).p_value > 0.025


# what is refused


X, Y = np.random.default_rng(16).normal(size=(2, 60))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: transfer_entropy(np.c_[X, Y].T, Y[:2], method="ksg"), "more columns than steps"),
        (lambda: transfer_entropy(X, Y, trials=np.arange(60) % 2, method="ksg"), "adjacent"),
        (lambda: transfer_entropy(X, Y, trials=[0, 1], method="ksg"), "one label a step, got 2"),
        (
            lambda: transfer_entropy(
                X, Y, trials=np.repeat(np.arange(30), 2), history=3, method="ksg"
            ),
            "some trial must be longer than the 3 steps of its past, got 2",
        ),
        (lambda: transfer_entropy(X, X, method="gaussian"), "columns of the source must not be"),
        (lambda: transfer_entropy(X, np.ones(60), method="gaussian"), "target must vary"),
        (lambda: transfer_entropy(np.round(X), Y, method="ksg"), "source must be continuous"),
        (lambda: transfer_entropy(X, Y, missing="drop", method="ksg"), "missing must be one of"),
        (lambda: transfer_entropy(X, Y, lag=[], method="ksg"), "lag must be a whole number or"),
        (lambda: transfer_entropy(X, Y, lag=[1, 0], method="ksg"), "each lag must be an integer"),
        (
            lambda: transfer_entropy(X, Y, conditions=X, condition_lags=-1, method="ksg"),
            "condition_lags must be an integer of at least 0",
        ),
        (
            lambda: transfer_entropy(X, Y, conditions=X, condition_lags=[[1], [2]], method="ksg"),
            "one sequence for each of 1 columns, got 2",
        ),
        (
            lambda: transfer_entropy(X, Y, method="ksg", surrogates="strata", n_permutations=9),
            "must have labels, whose pasts occur several times",
        ),
        (
            lambda: transfer_entropy(
                sticky(0.5, 900, np.random.default_rng(0)),
                sticky(0.5, 900, np.random.default_rng(1)),
                surrogates="iaaft",
                n_permutations=9,
            ),
            "iaaft' must have one column of measurements",
        ),
        (lambda: transfer_entropy(X[:5], Y[:5], method="gaussian", history=2), "at least 6 rows"),
        (lambda: transfer_entropy(X[:4], Y[:4], method="ksg"), "n_neighbors must be less than"),
        (
            lambda: transfer_entropy(np.full(60, np.nan), Y, method="ksg", missing="omit"),
            "all miss",
        ),
        (lambda: stack_trials(np.zeros((2, 3))), "got ndarray without trial_axis"),
        (lambda: stack_trials([[1, 2], [[1, 2]]]), "with the same columns"),
        (lambda: stack_trials(np.zeros(3), trial_axis=0), "2 axes or more"),
        (lambda: stack_trials(np.zeros((2, 3)), trial_axis=2), "trial_axis must be an integer"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_many_columns_of_labels_may_be_trials():
    states = np.random.default_rng(17).integers(0, 2, (400, 1)) * np.ones(9, dtype=int)
    with pytest.warns(SparseCellWarning, match="9 columns of labels"):
        transfer_entropy(states, states[:, 0], joint_columns=True)


def test_trials_along_any_axis():
    recordings = np.arange(24).reshape(2, 3, 4)
    for axis, (n_trials, n_steps) in {0: (2, 3), 1: (3, 2), -1: (4, 2)}.items():
        rows, trials = stack_trials(recordings, trial_axis=axis)
        assert np.bincount(trials).tolist() == [n_steps] * n_trials
        assert rows[0].tolist() == np.moveaxis(recordings, axis, 0)[0][0].tolist()
