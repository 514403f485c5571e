"""Order patterns, and Rényi transfer entropy."""

import numpy as np
import pytest

from infotheory._codes import Codes
from infotheory.estimation import stack_trials, transfer_entropy
from infotheory.estimation.series.renyi import renyi_terms
from infotheory.estimation.series.signals import Trials, ordinal_signal
from infotheory.exceptions import WithheldWarning
from tests.studies import Study


def entropy_in_bits(signal):
    shares = np.bincount(signal.codes().index[~signal.missing]) / (~signal.missing).sum()
    return -(shares * np.log2(shares)).sum()


def test_published_patterns():
    """Bandt and Pompe 2002."""
    x = [4, 7, 9, 10, 6, 11, 3]
    one = Trials(np.array([0, 7]), named=False)
    for n_points, wanted in ((2, 0.9183), (3, 1.5219)):
        signal = ordinal_signal("x", x, (n_points, 1), one, omit=False)
        assert entropy_in_bits(signal) == pytest.approx(wanted, abs=1e-4)
        assert signal.missing.sum() == n_points - 1


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(("n_points", "wanted"), [(2, 0.918296), (3, 1.5)])
def test_a_copied_series_in_closed_form(n_points, wanted):
    x = np.random.default_rng(0).normal(size=20_000)
    y = np.r_[0.0, x[:-1]]
    found = transfer_entropy(x, y, pattern=(n_points, 1), base=2)
    assert found.value == pytest.approx(wanted, abs=3 * found.standard_error)
    assert found.p_value is None
    bent = transfer_entropy(np.exp(x), y**3, pattern=(n_points, 1), base=2)
    assert bent.value == found.value
    drawn = transfer_entropy(x[:300], y[:300], pattern=(n_points, 1), n_permutations=19, rng=0)
    assert drawn.p_value == 1 / 20


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_patterns_lie_inside_trials():
    rng = np.random.default_rng(1)
    rows, trials = stack_trials([rng.normal(size=(20, 2)) for _ in range(12)])
    found = transfer_entropy(*rows.T, pattern=(3, 2), trials=trials)
    assert found.n_rows == 12 * (20 - 4 - 1)
    gaps = rows.copy()
    gaps[50, 0] = np.nan
    fewer = transfer_entropy(*gaps.T, pattern=(3, 2), trials=trials, missing="omit")
    assert found.n_rows - fewer.n_rows == 3


TABLE = np.array([[[0.3, 0.1], [0.05, 0.15]], [[0.05, 0.15], [0.1, 0.1]]])


@pytest.mark.parametrize(
    ("order", "wanted"), [(0.5, 0.037078), (1 + 1e-9, 0.076482), (2, 0.153563)]
)
def test_renyi_transfer_of_a_table(order, wanted):
    cells = np.repeat(np.arange(8), np.rint(100 * TABLE.ravel()).astype(int))
    x, y, z = (Codes(np.asarray(one), 2) for one in np.unravel_index(cells, (2, 2, 2)))
    assert renyi_terms(x, y, z, order).mean() == pytest.approx(wanted, abs=1e-6)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_renyi_transfer_of_series():
    rng = np.random.default_rng(2)
    x = rng.integers(0, 3, 2000)
    y = np.where(rng.random(2000) < 0.7, np.r_[0, x[:-1]], rng.integers(0, 3, 2000))
    near, shannon = transfer_entropy(x, y, order=1 + 1e-7), transfer_entropy(x, y)
    assert near.value == pytest.approx(shannon.value, abs=1e-5)
    assert near.standard_error == pytest.approx(shannon.standard_error, rel=0.1)
    values = [transfer_entropy(x, y, order=2, n_permutations=19, rng=0) for _ in range(2)]
    assert values[0].p_value == 1 / 20
    assert values[0] == values[1]
    assert transfer_entropy(x, y, order=2).p_value is None
    again = [
        transfer_entropy(
            *(np.random.default_rng(s).permutation(np.c_[x, y][1:]).T), order=0.5
        ).value
        for s in range(3)
    ]
    assert np.std(again) < 0.05


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pattern": 3}, "pattern must be a pair"),
        ({"pattern": (1, 1)}, "the steps of pattern must be"),
        ({"pattern": (3, 0)}, "the step of pattern must be"),
        ({"pattern": (3, 1), "method": "ksg"}, "patterns are labels; take plugin"),
        ({"order": 2, "method": "gaussian"}, "order must be 1 for method='gaussian'"),
        ({"order": -1}, "order must be"),
    ],
)
def test_what_is_refused(options, message):
    x, y = np.random.default_rng(3).normal(size=(2, 60))
    with pytest.raises(ValueError, match=message):
        transfer_entropy(x, y, **options)


def test_renyi_transfer_has_no_interval_where_none_is_known():
    rng = np.random.default_rng(3)
    x, y = rng.choice(3, size=(2, 300), p=[0.6, 0.3, 0.1])
    with pytest.warns(WithheldWarning, match="expects .* rows, and rare cells"):
        low = transfer_entropy(x, y, order=0.5)
    assert np.isnan(low.interval()).all()
    assert np.isfinite(transfer_entropy(x, y, order=2).interval()).all()

    # What never changes says nothing of its error.
    with pytest.warns(WithheldWarning, match="all steps say the same"):
        estimate = transfer_entropy(np.zeros(50, int), x[:50], order=2)
    assert np.isnan(estimate.interval()).all()


def test_renyi_transfer_of_fair_coins_has_an_error():
    """No variance of first order is left where all cells have as many steps; the bias is."""
    x = np.repeat(np.arange(2), 8)[np.arange(129) % 16]
    y = np.tile(np.repeat(np.arange(2), 4), 17)[:129]
    low, high = transfer_entropy(x, y, order=2).interval()
    assert low < high


@pytest.mark.slow
@pytest.mark.parametrize(("order", "n_steps"), [(0.5, 600), (0.8, 300), (2.0, 150), (3.0, 400)])
@pytest.mark.parametrize("share", [0.2, 0.6])
def test_coverage_of_renyi_transfer(order, n_steps, share):
    """The target copies a share of the fair coins of the source: cells of known shares."""
    same = (1.0 + share) / 4.0
    joint = np.full((2, 2, 2), (0.5 - same) / 2.0)
    joint[[0, 1], [0, 1]] = same / 2.0
    truth = sum(
        sign * np.log((joint.sum(axis=axes) ** order).sum()) / (1.0 - order)
        for sign, axes in ((1, (0,)), (-1, (0, 1)), (-1, ()), (1, (1,)))
    )
    rng = np.random.default_rng(int(10 * order))
    study = Study(200, covers=(0.93 - 2.5 * np.sqrt(0.05 * 0.95 / 200), 1.0))
    for _ in study:
        source, noise = rng.integers(2, size=(2, n_steps))
        copied = rng.random(n_steps) < share
        low, high = transfer_entropy(
            source, np.where(copied, np.roll(source, 1), noise), order=order
        ).interval()
        study.note(covers=low <= truth <= high)
    study.check(f"order {order}, {n_steps} steps, {share} copied")
