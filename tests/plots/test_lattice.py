import numpy as np
import pytest

from infotheory.exceptions import InfeasibleError
from infotheory.lattice import Information
from infotheory.plots import plot_lattice


def test_elements_edges_and_entropies():
    word = np.arange(12)
    axes = plot_lattice(*(Information.from_labels(word % m) for m in (2, 3, 4)), names=["mod 2", "mod 3", "mod 4"])
    texts = dict(text.get_text().split("\n") for text in axes.texts)
    assert texts == {
        "mod 2 ∧ mod 3": "0 bits",
        "mod 2": "1 bits",
        "mod 3": "1.585 bits",
        "mod 4": "2 bits",
        "mod 2 ∨ mod 3": "2.585 bits",
        "mod 3 ∨ mod 4": "3.585 bits",
    }
    assert len(axes.lines) == 7
    again = plot_lattice(Information.from_labels(word), ax=axes, base=None)
    assert again is axes
    assert axes.texts[-1].get_text().endswith("nats")


def test_boxes_of_one_rank_do_not_overlap():
    bits = [Information.from_labels(np.arange(8) >> i & 1) for i in range(3)]
    axes = plot_lattice(*bits)
    axes.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_too_many_elements():
    rng = np.random.default_rng(0)
    with pytest.raises(InfeasibleError, match="at most max_elements=5 elements"):
        plot_lattice(*(Information.from_labels(rng.integers(0, 3, 8)) for _ in range(4)), max_elements=5)
