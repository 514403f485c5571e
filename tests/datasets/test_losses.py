"""Losses and claims are drawn about the means that they name."""

import numpy as np
import pytest

from infotheory.datasets import make_losses


def test_losses_lie_between_0_and_1_with_humps_at_both_ends():
    losses = make_losses(20_000, random_state=0)
    assert losses.y.between(0.0, 1.0).all()
    assert ((losses.y == 0.0) | (losses.y == 1.0)).mean() == pytest.approx(0.7, abs=0.02)
    assert losses.exposure is None


def test_claims_are_rare_and_their_exposure_goes_from_days_to_years():
    losses = make_losses(20_000, kind="policies", random_state=0)
    assert (losses.y == 0.0).mean() > 0.88
    assert losses.exposure.min() < 0.02
    assert losses.exposure.max() > 1.9


@pytest.mark.parametrize("kind", ["loans", "policies"])
def test_means_are_the_truth_in_every_part_of_the_rows(kind):
    losses = make_losses(200_000, kind=kind, random_state=1)
    weight = np.ones(len(losses.y)) if losses.exposure is None else losses.exposure.to_numpy()
    part = np.digitize(losses.mean, np.quantile(losses.mean, [0.25, 0.5, 0.75]))
    for j in range(4):
        here = part == j
        residual = weight[here] * (losses.y - losses.mean)[here]
        assert abs(residual.sum()) < 4.0 * np.sqrt((residual**2).sum())


def test_the_same_seed_gives_the_same_rows():
    first, second = (make_losses(50, random_state=3) for _ in range(2))
    assert first.X.equals(second.X)
    assert first.y.equals(second.y)


def test_what_is_unknown_is_refused():
    with pytest.raises(ValueError, match="kind must be one of"):
        make_losses(10, kind="cars")
    with pytest.raises(ValueError, match="n must be"):
        make_losses(0)
