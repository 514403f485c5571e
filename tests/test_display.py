"""Results show themselves on few lines, and as a table in notebooks."""

import functools
import html
import re

import numpy as np
import pytest

from infotheory import channel_capacity, information_bottleneck_curve, rate_distortion
from infotheory._display import distinct_texts, html_table, number_text, short_repr
from infotheory.coupling import (
    FactoredCoupling,
    GridWorld,
    bottleneck_coupling,
    entropic_causal_direction,
    entropy_bounded_information,
    markov_coding_game,
    minimum_entropy_coupling,
    rate_curve,
)
from infotheory.datasets import make_portfolio
from infotheory.decomposition import partial_information_decomposition
from infotheory.estimation import pairwise_mutual_information
from infotheory.fields.alignment import tilt_for_kl
from infotheory.fields.allocation import dual_mirror_descent
from infotheory.fields.coding import prequential_code_length
from infotheory.fields.statmech import maximum_entropy
from infotheory.lattice import (
    Information,
    generated_lattice,
    minimal_sufficient_subset,
    reconstruction,
    wyner_bounds,
)
from infotheory.spectral import SpectralMonitor, spectral_decay

P, Q = np.full(64, 1 / 64), np.full(32, 1 / 32)
X, Y = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
AND = [[[0.25, 0.0], [0.25, 0.0]], [[0.25, 0.0], [0.0, 0.25]]]

#: Made where they are first asked for: who only collects tests compiles no kernel.
RESULTS = {
    "capacity": lambda: channel_capacity([[0.9, 0.1], [0.1, 0.9]], base=2),
    "rate-distortion": lambda: rate_distortion([0.5, 0.5], [[0, 1], [1, 0]], slope=3.0),
    "bottleneck curve": lambda: information_bottleneck_curve(np.eye(4) / 4, betas=[5.0, 2.0]),
    "pairwise": lambda: pairwise_mutual_information(np.arange(60).reshape(20, 3) % 4),
    "coupling": lambda: minimum_entropy_coupling(P, Q),
    "encoder": lambda: entropy_bounded_information(P, 2.0),
    "bottleneck": lambda: bottleneck_coupling(P, Q, 2.0),
    "direction": lambda: entropic_causal_direction([[0.25, 0.25, 0.0], [0.0, 0.0, 0.5]], base=2),
    "grid": GridWorld.build,
    "game": lambda: markov_coding_game(2, episodes=2),
    "rate curve": lambda: rate_curve([0.7, 0.3], [0.5, 0.5], [0.5, 1.0], methods=["algorithm1"]),
    "decoded": lambda: coding().decode(coding().encode([0] * 10, rng=0)),
    "decomposition": lambda: partial_information_decomposition(AND),
    "lattice": lambda: generated_lattice(X, Y),
    "reconstruction": lambda: reconstruction(X | Y, [X, Y]),
    "subset": lambda: minimal_sufficient_subset(X | Y, [X, Y]),
    "wyner": lambda: wyner_bounds(X, Y),
    "decay": lambda: spectral_decay(np.diag([1.0, 0.5, 0.25]), fit_range=(1, 3), center=False),
    "allocation": lambda: dual_mirror_descent([0.9, 0.6], [1.0, 1.0], 2.0, 1.0),
    "code length": lambda: prequential_code_length([3.0, 2.0], [10, 10]),
    "tilt": lambda: tilt_for_kl(P, np.arange(64.0), 0.5),
    "maximum entropy": lambda: maximum_entropy(np.arange(64.0)[:, None], [20.0]),
    "portfolio": lambda: make_portfolio(50, random_state=0),
}


@functools.cache
def coding():
    return FactoredCoupling([P] * 10, lambda _: Q, n_tokens=12)


@functools.cache
def result_of(name):
    return RESULTS[name]()


@pytest.mark.parametrize("name", RESULTS)
def test_at_most_twelve_lines(name):
    result = result_of(name)
    lines = repr(result).splitlines()
    assert lines[0].startswith(f"{type(result).__name__}(")
    assert lines[-1].endswith(")")
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 100

    table = result._repr_html_()
    fields = getattr(result, "_fields", None) or list(type(result).__dataclass_fields__)
    headings = re.findall(r"<th[^>]*>(.*?)</th>", table)
    assert headings == list(fields)


def test_values_are_short():
    assert (
        repr(result_of("direction")) == "CausalDirection(direction='y->x', x_to_y=2.0, y_to_x=1.5)"
    )
    assert "mass=array of shape (64,)" in repr(result_of("coupling"))
    assert "capacity=0.531004" in repr(result_of("capacity"))
    assert "information=dict of algorithm1" in repr(result_of("rate curve"))
    assert "names=('X1 ∧ X2', 'X1', 'X2', 'X1 ∨ X2')" in repr(result_of("lattice"))
    assert "elements=tuple of 4" in repr(result_of("lattice"))
    assert "X=DataFrame of shape (50, 6)" in repr(result_of("portfolio"))


def test_what_is_no_result_tells_what_it_is():
    assert repr(coding()) == (
        "FactoredCoupling(10 blocks of 64, 64, 64, 64, 64, 64, ... symbols, 12 tokens)"
    )
    monitor = SpectralMonitor(["rankme"])
    monitor.record(0, {"hidden": np.eye(3)})
    assert repr(monitor) == "SpectralMonitor(rankme; 1 values recorded)"


def test_many_fields_are_cut():
    fields = {f"a_field_with_a_long_name_{i:03}": float(i) for i in range(60)}
    many = type("Many", (), {**fields, "_fields": list(fields)})()
    lines = short_repr(many).splitlines()
    assert len(lines) == 12
    assert lines[-2:] == ["    ...", ")"]


def test_html_is_escaped():
    table = html_table([("<b>", "a < b & c")])
    assert html.escape("<b>") in table
    assert "a &lt; b &amp; c" in table


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.1, "0.1"), (1e6, "1000000"), (1234567.25, "1234567.25"), (-0.0, "0"), (1e300, "1e+300"),
     (np.float64(2.5), "2.5"), (np.inf, "inf"), (np.float32(0.5), "0.5"), (5e-324, "5e-324")],
)  # fmt: skip
def test_the_text_of_a_number_gives_it_back(number, text):
    assert number_text(number) == text
    assert float(text) == number


def test_texts_are_cut_only_where_they_stay_different():
    assert distinct_texts(["a" * 9, "bb"], 5) == ["aaaa…", "bb"]
    alike = ["a" * 8 + "1", "a" * 8 + "2", "b" * 9]
    assert distinct_texts(alike, 5) == ["a…1", "a…2", "bbbb…"]
    assert distinct_texts(["a" * 9, "a" * 9], 5) == ["aaaa…"] * 2

    # The word in which they differ is shown from its first letter; alike again, they stay whole.
    jobs = [
        f"a trade of the classification, number {i} of the table of trades" for i in (7, 17, 18)
    ]
    shown = ["a trade of…7 of the table of…", "a trade of…17 of the table of…"]
    assert distinct_texts(jobs[:2], 30) == shown
    assert distinct_texts(jobs[1:], 30) == [shown[1], shown[1].replace("17", "18")]
    far = [f"{'same ' * 9}{i}{' same' * 9} {j}" for i in "ab" for j in "cd"]
    assert distinct_texts(far, 30) == far
