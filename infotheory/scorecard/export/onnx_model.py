"""A card as an ONNX model, made of the operators of ``ai.onnx`` and ``ai.onnx.ml``."""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from infotheory._exports.rules import FeatureRule
from infotheory._optional import require
from infotheory._typing import ArrayLike, FloatArray, LabelArray
from infotheory._version import __version__
from infotheory.scorecard.export.rules import CardColumns, CardRules, warn_of_rounding

__all__ = ["write_onnx"]

#: Operators of 2022, which every runtime since then has.
_OPERATORS, _OPERATORS_OF_ML, _FORMAT = 16, 3, 8

_OUTPUTS = {"points", "label", "probabilities", "mean"}


class _Graph:
    """Nodes, constants, inputs and outputs of a model, in the order in which they are added."""

    def __init__(self, onnx: ModuleType) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output, whose name is returned."""
        name = f"n{len(self.nodes)}"
        node = self.onnx.helper.make_node(operator, inputs, [name], domain=domain, **attributes)
        self.nodes.append(node)
        return name

    def constant(self, values: ArrayLike) -> str:
        """Add numbers or text, whose name is returned."""
        name = f"c{len(self.constants)}"
        array = np.asarray(values)
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def input(self, name: str, *, is_text: bool) -> None:
        """Add a column of the rows."""
        kind = self.onnx.TensorProto.STRING if is_text else self.onnx.TensorProto.DOUBLE
        self.inputs.append(self.onnx.helper.make_tensor_value_info(name, kind, ["rows", 1]))

    def output(self, value: str, name: str, kind: int, shape: Sequence[str | int]) -> None:
        """Give a value the name under which a runtime returns it."""
        self.nodes.append(self.onnx.helper.make_node("Identity", [value], [name]))
        self.outputs.append(self.onnx.helper.make_tensor_value_info(name, kind, shape))


def write_onnx(
    rules: CardRules,
    columns: CardColumns | None,
    classes: LabelArray | None,
    *,
    event_is_second: bool,
    missing_text: str,
) -> bytes:
    """Write the model: points of every card, and what is predicted where the card estimates it."""
    onnx = require("onnx", extra="onnx", purpose="writing an ONNX model")
    _check_names([feature.spec.name for feature in rules.features])
    warn_of_rounding(rules, "ONNX")
    graph = _Graph(onnx)
    codes = {feature.spec.name: _codes(graph, feature, missing_text) for feature in rules.features}

    points = _sum(graph, codes, {f.spec.name: _by_code(f) for f in rules.features}, rules.base)
    graph.output(points, "points", onnx.TensorProto.DOUBLE, ["rows", 1])
    if columns is not None:
        _predictions(graph, codes, columns, classes, event_is_second=event_is_second)

    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes, "scorecard", graph.inputs, graph.outputs, graph.constants
        ),
        opset_imports=[
            onnx.helper.make_opsetid("", _OPERATORS),
            onnx.helper.make_opsetid("ai.onnx.ml", _OPERATORS_OF_ML),
        ],
        ir_version=_FORMAT,
        producer_name="infotheory",
        producer_version=__version__,
        doc_string=rules.event,
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _check_names(names: Sequence[str]) -> None:
    """Refuse names that outputs have: inputs and outputs of a model share one set of names."""
    taken = sorted(_OUTPUTS & set(names))
    if taken:
        message = (
            f"a characteristic must not have the name of an output of the model, got {taken[0]!r}; "
            "rename it before the fit"
        )
        raise ValueError(message)


def _by_code(feature: FeatureRule) -> FloatArray:
    """Points by code, and NaN for what is refused, whose code is the last."""
    return np.append(feature.points, np.nan)


def _codes(graph: _Graph, feature: FeatureRule, missing_text: str) -> str:
    """Code of the bin of each row; points are looked up by it."""
    if feature.spec.kind == "numerical":
        return _codes_of_numbers(graph, feature)
    reader = feature.spec.level_reader
    levels = {level: code for code, group in enumerate(_levels_by_code(feature)) for level in group}
    numbers = {level: reader.number(level) for level in levels}
    if reader.kind == "text" or None in numbers.values():
        return _codes_of_text(graph, feature, levels, missing_text)
    return _codes_of_level_numbers(graph, feature, {numbers[v]: c for v, c in levels.items()})


def _levels_by_code(feature: FeatureRule) -> list[tuple[str, ...]]:
    """Levels of the regular bins, then of the special groups."""
    spec = feature.spec
    return [*spec.levels, *(tuple(map(str, values)) for _, values in spec.special)]


def _codes_of_numbers(graph: _Graph, feature: FeatureRule) -> str:
    """Count the splits that a number reaches; infinite numbers are refused, special ones apart."""
    spec, name = feature.spec, feature.spec.name
    graph.input(name, is_text=False)
    code = graph.constant(np.zeros((1, 1), dtype=np.int64))
    if spec.splits:
        reached = graph.add("GreaterOrEqual", name, graph.constant([list(map(float, spec.splits))]))
        code = _sum_of(graph, reached)
    missing, refused = (
        graph.constant(np.full((1, 1), at)) for at in (spec.missing_code, spec.n_codes)
    )
    code = graph.add("Where", graph.add("IsInf", name), refused, code)

    for i, values in enumerate(spec.special_numbers):
        is_special = _any_of(graph, name, [float(value) for value in values])
        at = graph.constant(np.full((1, 1), spec.n_bins + i))
        code = graph.add("Where", is_special, at, code)
    return graph.add("Where", graph.add("IsNaN", name), missing, code)


def _codes_of_level_numbers(
    graph: _Graph, feature: FeatureRule, code_of: Mapping[float | None, int]
) -> str:
    """Levels that all write numbers (True and False are 1 and 0) are compared as numbers."""
    spec, name = feature.spec, feature.spec.name
    graph.input(name, is_text=False)
    code = graph.constant(np.full((1, 1), spec.unseen_code))
    for at in sorted(set(code_of.values())):
        numbers = [float(number) for number, c in code_of.items() if c == at and number is not None]
        is_level = _any_of(graph, name, numbers)
        code = graph.add("Where", is_level, graph.constant(np.full((1, 1), at)), code)
    missing = graph.constant(np.full((1, 1), spec.missing_code))
    return graph.add("Where", graph.add("IsNaN", name), missing, code)


def _codes_of_text(
    graph: _Graph, feature: FeatureRule, code_of: Mapping[str, int], missing_text: str
) -> str:
    """Look text up among the levels, each in all its spellings."""
    spec, reader = feature.spec, feature.spec.level_reader
    spelled = {text: code for level, code in code_of.items() for text in reader.texts(level)}
    # The text of a level is that level, whatever else it might spell.
    spelled = {**spelled, **code_of}
    if missing_text in spelled:
        message = (
            f"missing_text must be no level of {spec.name!r}, got {missing_text!r}; choose another "
            "text for missing values, since ONNX has none"
        )
        raise ValueError(message)

    graph.input(spec.name, is_text=True)
    keys = [missing_text, *spelled]
    return graph.add(
        "LabelEncoder",
        spec.name,
        domain="ai.onnx.ml",
        keys_strings=keys,
        values_int64s=[spec.missing_code, *spelled.values()],
        default_int64=spec.unseen_code,
    )


def _any_of(graph: _Graph, name: str, values: Sequence[float]) -> str:
    """Tell whether a number is one of some."""
    equal = graph.add("Equal", name, graph.constant([list(values)]))
    return graph.add("Greater", _sum_of(graph, equal), graph.constant(np.zeros((1, 1), np.int64)))


def _sum_of(graph: _Graph, truths: str) -> str:
    """Count what is true in each row."""
    numbers = graph.add("Cast", truths, to=graph.onnx.TensorProto.INT64)
    return graph.add("ReduceSum", numbers, graph.constant(np.array([1])), keepdims=1)


def _sum(
    graph: _Graph, codes: Mapping[str, str], tables: Mapping[str, FloatArray], start: float
) -> str:
    """Look up what each characteristic adds and add it, in the order of the card."""
    total = graph.constant(np.full((1, 1), start))
    for name, table in tables.items():
        added = graph.add("Gather", graph.constant(table), codes[name])
        total = graph.add("Add", total, added)
    return total


def _predictions(
    graph: _Graph,
    codes: Mapping[str, str],
    columns: CardColumns,
    classes: LabelArray | None,
    *,
    event_is_second: bool,
) -> None:
    """Probabilities and labels of two classes, or the mean."""
    types = graph.onnx.TensorProto
    pairs = zip(columns.evidence, columns.coefficients, strict=True)
    tables = {f.spec.name: coefficient * _by_code(f) for f, coefficient in pairs}
    predictor = _sum(graph, codes, tables, columns.intercept)
    inverse = {"logit": "Sigmoid", "log": "Exp", "identity": "Identity"}[columns.link]
    expected = graph.add(inverse, predictor)
    if columns.outcome == "mean" or classes is None:
        graph.output(expected, "mean", types.DOUBLE, ["rows", 1])
        return

    # 1 - p of rare events would lose what the sigmoid of the opposite keeps
    other = graph.add("Sigmoid", graph.add("Neg", predictor))
    pair = (other, expected) if event_is_second else (expected, other)
    graph.output(graph.add("Concat", *pair, axis=1), "probabilities", types.DOUBLE, ["rows", 2])
    towards = predictor if event_is_second else graph.add("Neg", predictor)
    positive = graph.add("Greater", towards, graph.constant(np.zeros((1, 1))))
    low, high = classes.tolist()
    whole = all(isinstance(label, int) for label in (low, high))
    texts = np.array([str(high), str(low)], dtype=object)
    labels = [
        graph.constant(np.reshape(label, (1, 1)))
        for label in (np.array([high, low], dtype=np.int64) if whole else texts)
    ]
    kind = types.INT64 if whole else types.STRING
    graph.output(graph.add("Where", positive, *labels), "label", kind, ["rows", 1])
