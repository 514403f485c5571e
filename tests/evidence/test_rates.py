import numpy as np
import pytest
from scipy import stats

from infotheory.evidence.rates import event_rates
from infotheory.tables import CountTable


def test_intervals_are_jeffreys_intervals():
    frame = event_rates(CountTable.from_counts([90, 10, 0, 0], [10, 0, 5, 0]), level=0.9)
    assert frame["event_rate"].tolist()[:3] == [0.1, 0.0, 1.0]
    np.testing.assert_allclose(
        frame.loc[0, ["low", "high"]], stats.beta(10.5, 90.5).ppf([0.05, 0.95])
    )
    assert frame.loc[1, "low"] == 0.0
    assert frame.loc[2, "high"] == 1.0
    assert frame.loc[3].isna().all()


def test_weights_act_through_the_kish_size():
    plain = event_rates(CountTable.from_counts([30, 20], [10, 20]))
    codes, y = np.repeat([0, 0, 1, 1], [30, 10, 20, 20]), np.repeat([0, 1, 0, 1], [30, 10, 20, 20])
    scaled = event_rates(CountTable.from_codes(codes, y, sample_weight=np.full(80, 7.0)))
    np.testing.assert_allclose(plain, scaled)


def test_level_is_checked():
    with pytest.raises(ValueError, match=r"level must lie strictly between 0 and 1, got 1\.0"):
        event_rates(CountTable.from_counts([1], [1]), level=1.0)
