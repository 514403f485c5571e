"""The PMML document, scored by the JPMML evaluator on a Java machine."""

import shutil
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.exceptions import ApproximationWarning
from infotheory.scorecard import Scorecard
from tests.scorecard.export.conftest import check_equal, hard_rows, portfolio

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="the evaluator of PMML needs Java"
)


def evaluate(card, rows, backend, path):
    from jpmml_evaluator import make_evaluator

    path.write_text(card.to_pmml(), encoding="utf-8")
    evaluator = make_evaluator(str(path), backend=backend).verify()
    plain = rows.astype(object).where(rows.notna(), None)
    for name in rows.select_dtypes(bool).columns:
        plain[name] = rows[name].astype(str)
    return evaluator.evaluateAll(plain)["points"]


@needs_java
def test_the_evaluator_gives_the_points_of_100_000_rows(card, backend, tmp_path):
    rows = hard_rows(card, 100_000)
    check_equal(card, rows, evaluate(card, rows, backend, tmp_path / "card.pmml"))


@needs_java
def test_the_document_keeps_the_schema(card, strict_card, backend, tmp_path):
    """The XML Schema of PMML 4.4 that the evaluator brings."""
    import jpmml_evaluator
    from py4j.protocol import Py4JError

    folder = Path(jpmml_evaluator.__file__).parent / "dependencies"
    (archive,) = (path for path in folder.glob("pmml-model-*.jar") if "metro" not in path.name)
    with zipfile.ZipFile(archive) as jar:
        (name,) = (name for name in jar.namelist() if name.endswith(".xsd"))
        schema_path = Path(jar.extract(name, tmp_path))
    java = backend.gateway.jvm.javax.xml
    factory = java.validation.SchemaFactory.newInstance("http://www.w3.org/2001/XMLSchema")
    source = java.transform.stream.StreamSource
    validator = factory.newSchema(source(schema_path.as_uri())).newValidator()
    for one in (card, strict_card):
        path = tmp_path / "card.pmml"
        path.write_text(one.to_pmml(), encoding="utf-8")
        validator.validate(source(path.as_uri()))
        path.write_text(one.to_pmml().replace("partialScore", "points"), encoding="utf-8")
        with pytest.raises(Py4JError) as caught:
            validator.validate(source(path.as_uri()))
        # In a process that has used Spark its own error comes after the one of the evaluator.
        assert "Attribute 'points' is not allowed" in f"{caught.value.__context__}{caught.value}"


@needs_java
def test_what_is_refused_is_an_error(strict_card, backend, tmp_path):
    X = portfolio()[0].dropna().head(1)
    assert (
        evaluate(strict_card, X, backend, tmp_path / "card.pmml").tolist()
        == strict_card.predict_points(X).tolist()
    )
    for change in ({"income": np.inf}, {"income": -np.inf}, {"region": "unseen"}):
        with pytest.raises(ValueError, match=r"infinity|only categories seen"):
            strict_card.predict_points(X.assign(**change))
        assert (
            evaluate(strict_card, X.assign(**change), backend, tmp_path / "card.pmml").isna().all()
        )


@needs_java
def test_columns_without_names(backend, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 2))
    card = Scorecard().fit(X, (rng.random(500) < 1 / (1 + np.exp(-X[:, 0] - X[:, 1]))).astype(int))
    points = evaluate(card, pd.DataFrame(X, columns=["x0", "x1"]), backend, tmp_path / "card.pmml")
    np.testing.assert_array_equal(points, card.predict_points(X))


def test_the_document_is_a_scorecard_of_version_4_4(card):
    root = ET.fromstring(card.to_pmml().encode())  # noqa: S314 - our own text
    space = {"p": "http://www.dmg.org/PMML-4_4"}
    assert (root.tag, root.get("version")) == (f"{{{space['p']}}}PMML", "4.4")
    names = [node.get("name") for node in root.findall(".//p:Characteristic", space)]
    assert (
        names
        == [node.get("name") for node in root.findall(".//p:DataField", space)]
        == list(card.points_)
    )
    assert root.find("p:Scorecard", space).get("useReasonCodes") == "false"


def test_characters_that_xml_cannot_carry_are_refused():
    X, y = portfolio(600)
    card = Scorecard().fit(X[["income"]].rename(columns={"income": "in\x01come"}), y)
    with pytest.raises(
        ValueError, match=r"characters that XML can carry, got '\\x01' in 'in\\x01come'"
    ):
        card.to_pmml()


def large_numbers(first, **options):
    """A card of whole numbers that floats tell apart by twos, and the numbers between them."""
    rng = np.random.default_rng(0)
    step = rng.integers(0, 6, 2000)
    y = (rng.random(2000) < 0.1 + 0.12 * step).astype(int)
    X = pd.DataFrame({"id": first + 2 * step})
    return Scorecard(OptimalBinner(min_bin_size=0.01, **options)).fit(X, y)


@needs_java
def test_large_whole_numbers_as_a_category_keep_their_points(backend, tmp_path):
    card = large_numbers(2**53 + 1, categorical_features=["id"])
    rows = pd.DataFrame({"id": 2**53 + np.arange(14)})
    check_equal(card, rows, evaluate(card, rows, backend, tmp_path / "card.pmml"))


@pytest.mark.parametrize("options", [{}, {"special_codes": [2**53], "user_splits": {"id": []}}])
@pytest.mark.parametrize("export", ["to_pmml", "to_onnx", "to_sas"])
def test_formats_of_floats_alone_say_where_they_round(export, options):
    card = large_numbers(2**53, **options)
    arguments = ("rows", "scored") if export == "to_sas" else ()
    with pytest.warns(ApproximationWarning, match="'id' has splits or special codes there"):
        getattr(card, export)(*arguments)
