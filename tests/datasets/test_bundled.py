import gzip
from importlib import resources

import numpy as np
import pytest

from infotheory.datasets import load_german_credit, load_simu_credit


def test_german_credit_has_the_published_shape_and_counts():
    X, y = load_german_credit()
    assert X.shape == (1000, 20)
    assert y.sum() == 300  # UCI: 700 good, 300 bad
    assert X["foreign_worker"].value_counts().to_dict() == {"yes": 963, "no": 37}
    assert (X["age_in_years"].min(), X["age_in_years"].max()) == (19, 75)
    assert X["credit_amount"].iloc[0] == 1169  # the first row of the UCI file
    assert not X.isna().any().any()
    assert (X["telephone"] == "none").sum() == 596


def test_each_column_of_german_credit_belongs_to_its_rows():
    X, y = load_german_credit()
    # Lines 1, 2, 9 and 10 of the UCI file: A93, A92, A91, A94.
    status = X["personal_status_and_sex"]
    assert status.iloc[[0, 1, 8, 9]].tolist() == [
        "male : single",
        "female : divorced/separated/married",
        "male : divorced/separated",
        "male : married/widowed",
    ]
    # A column that was sorted by itself has the right counts, and says nothing of its rows.
    assert y.groupby(status).sum().to_dict() == {
        "female : divorced/separated/married": 109,
        "male : divorced/separated": 20,
        "male : married/widowed": 25,
        "male : single": 146,
    }
    for name, column in X.items():
        assert (column != column.shift()).sum() > 70, name


def test_simu_credit_turns_the_status_into_an_event():
    X, y = load_simu_credit()
    assert X.shape == (20_000, 9)
    assert y.mean() == pytest.approx(0.44845)
    assert set(X.columns) >= {"Mortgage", "Utilization", "Gender", "Race"}
    assert np.corrcoef(X["Utilization"], y)[0, 1] > 0.15  # a fuller credit line, more defaults


@pytest.mark.parametrize("load", [load_german_credit, load_simu_credit])
def test_a_caller_cannot_change_what_the_next_one_gets(load):
    X, y = load()
    X.iloc[:, 0] = X.iloc[0, 0]
    y[:] = 0
    again, target = load()
    assert again.iloc[:, 0].nunique() > 1
    assert target.sum() > 0


@pytest.mark.parametrize("name", ["german_credit.csv.gz", "simu_credit.csv.gz"])
def test_the_files_are_compressed_without_a_date_so_that_a_build_repeats(name):
    raw = (resources.files("infotheory.datasets") / "files" / name).read_bytes()
    assert raw[:2] == b"\x1f\x8b"
    assert raw[4:8] == b"\0\0\0\0"
    assert gzip.decompress(raw).count(b"\n") > 1000
