import numpy as np
import pytest

from infotheory.exceptions import InfeasibleError
from infotheory.lattice import Information
from infotheory.plots import plot_lattice
from infotheory.plots._hasse import hasse_positions


def test_elements_edges_and_entropies():
    word = np.arange(12)
    axes = plot_lattice(
        *(Information.from_labels(word % m) for m in (2, 3, 4)), names=["mod 2", "mod 3", "mod 4"]
    )
    texts = dict(text.get_text().split("\n") for text in axes.texts)
    assert texts == {
        "mod 2 ∧ mod 3": "0 bits",
        "mod 2": "1 bit",
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


def test_no_edge_lies_behind_a_box():
    die = np.arange(1, 7)
    axes = plot_lattice(
        *(Information.from_labels(label) for label in (die % 2 == 0, die >= 4, die % 3 == 0))
    )
    axes.figure.canvas.draw()
    to_data = axes.transData.inverted()
    boxes = [text.get_bbox_patch().get_window_extent().transformed(to_data) for text in axes.texts]
    places = [text.get_position() for text in axes.texts]
    for line in axes.lines:
        ends = set(zip(*line.get_data(), strict=True))
        others = [box for box, place in zip(boxes, places, strict=True) if place not in ends]
        along = np.linspace(0.0, 1.0, 200)[:, None]
        x, y = ((1.0 - along) * line.get_xydata()[0] + along * line.get_xydata()[1]).T
        assert not any(np.any((b.x0 < x) & (x < b.x1) & (b.y0 < y) & (y < b.y1)) for b in others)


def test_places():
    crossed = [
        (0, 1),
        (0, 2),
        (1, 4),
        (2, 3),
    ]  # a chain on either side, drawn crossed in the order given
    x = hasse_positions([0, 1, 1, 2, 2], crossed, np.full(5, 0.2))
    assert x[1] == x[4]
    assert x[2] == x[3]
    long_edge = [(0, 1), (1, 2), (0, 3), (3, 4), (4, 2), (0, 2)]  # the last one skips a rank
    x = hasse_positions([0, 1, 3, 1, 2], long_edge, np.full(5, 0.2))
    assert abs(x[0] + (x[2] - x[0]) * 2 / 3 - x[4]) >= 0.2
    assert hasse_positions([0], [], np.ones(1)).tolist() == [0.0]


def test_too_many_elements():
    rng = np.random.default_rng(0)
    with pytest.raises(InfeasibleError, match="at most max_elements=5 elements"):
        plot_lattice(
            *(Information.from_labels(rng.integers(0, 3, 8)) for _ in range(4)), max_elements=5
        )


def test_long_names_of_elements_stay_apart():
    die = np.arange(6)
    names = ["the parity of the number of the thrown die", "half"]
    axes = plot_lattice(
        *(Information.from_labels(part) for part in (die % 2, die // 3)), names=names
    )
    texts = [text.get_text().split("\n")[0] for text in axes.texts]
    assert len(set(texts)) == 4
    assert max(map(len, texts)) <= 26
