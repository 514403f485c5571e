import numpy as np
import pytest

from infotheory._target import TargetLabels
from infotheory.fairness.grouped import GroupPolicy, read_held_out, read_sample

LABELS = TargetLabels(np.array(["bad", "good"]), "bad")
POLICY = GroupPolicy(missing_protected="exclude", intersections=False, reference=None)
X = np.zeros((4, 1))
Y = ["bad", "good", "bad", "good"]
GROUPS = ["a", "b", None, "b"]


def read(sample_weight=None):
    return read_sample(X, Y, GROUPS, sample_weight, of="the rows", labels=LABELS, policy=POLICY)


def test_the_event_is_the_label_of_the_fit():
    assert read().rows.target.tolist() == [1.0, 0.0, 1.0, 0.0]


def test_pair_of_groups_has_the_second_group_as_target():
    sample = read([1.0, 2.0, 3.0, 4.0])
    positions, members = sample.pair(sample.comparisons[0])
    assert positions.tolist() == [0, 1, 3]
    assert members.target.tolist() == [0.0, 1.0, 1.0]
    assert members.weights.tolist() == [1.0, 2.0, 4.0]


def test_weights_of_one_are_no_weights():
    assert read(np.ones(4)).rows.weights is None


def test_rows_held_out_name_their_argument():
    held_out = {"X": X, "y": ["bad", "good", "bad", "ugly"], "protected": GROUPS}
    message = (
        r"y of the holdout rows must hold the labels of the fit \['bad', 'good'\], got \['ugly'\]"
    )
    with pytest.raises(ValueError, match=message):
        read_held_out("holdout", held_out, labels=LABELS, policy=POLICY)
    assert read_held_out("holdout", None, labels=LABELS, policy=POLICY) is None


def test_protected_of_rows_held_out_name_their_sample():
    held_out = {"X": X, "y": ["bad", "good", "bad", "good"], "protected": np.repeat("a", 4)}
    with pytest.raises(ValueError, match="must have at least two groups") as caught:
        read_held_out("holdout", held_out, labels=LABELS, policy=POLICY)
    assert caught.value.__notes__ == ["This is protected of the holdout rows."]
