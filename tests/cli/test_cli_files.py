"""Text tables as people have them: what is found is told, what is ambiguous is refused."""

import gzip
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from infotheory.cli import main
from infotheory.cli.data_files import read_file, require_columns, special_codes_option
from infotheory.cli.text_files import columns_of_words

FRAME = pd.DataFrame({"größe": [1.5, 2.25, 3.0], "wort": ["a;b", "ü", "c"], "y": [0, 1, 0]})


def written(tmp_path, *, name="rows.csv", **options):
    path = tmp_path / name
    FRAME.to_csv(path, index=False, **options)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("decimal", [".", ","])
def test_a_file_is_read_as_it_was_written(tmp_path, capsys, separator, encoding, decimal):
    if separator == decimal:
        pytest.skip("a comma cannot be both")
    path = written(tmp_path, sep=separator, encoding=encoding, decimal=decimal)
    pd.testing.assert_frame_equal(read_file(path), FRAME)

    said = capsys.readouterr().err
    assert ("separator" in said) == (separator != ",")
    assert ("decimal comma" in said) == (decimal == ",")
    assert ("encoding cp1252" in said) == (encoding == "cp1252")


def test_a_packed_file(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(FRAME.to_csv(index=False, sep=";").encode("cp1252")))
    pd.testing.assert_frame_equal(read_file(path), FRAME)


def test_a_long_file_whose_last_byte_is_not_utf_8(tmp_path):
    text = "x;y\n" + "1;0\n" * 40_000 + "2;ä\n"
    path = tmp_path / "long.csv"
    path.write_bytes(text.encode("cp1252"))
    frame = read_file(path)
    assert frame.shape == (40_001, 2)
    assert frame["y"].iloc[-1] == "ä"


def test_a_table_of_tabs_has_its_own_ending(tmp_path):
    path = written(tmp_path, sep="\t").rename(tmp_path / "rows.tsv")
    pd.testing.assert_frame_equal(read_file(path), FRAME)


def test_one_column_and_quoted_separators(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text('word\n"a;b"\n"c"\n')
    assert read_file(path)["word"].tolist() == ["a;b", "c"]


def test_what_is_given_is_not_looked_for(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("a:b,c\n1:2,3\n")
    assert list(read_file(path, separator=":").columns) == ["a", "b,c"]
    tabbed = written(tmp_path, sep="\t", encoding="cp1252")
    frame = read_file(tabbed, separator="tab", encoding="latin-1")
    pd.testing.assert_frame_equal(frame, FRAME)


def refused(text, call):
    with pytest.raises(ValueError, match=text):
        call()


def test_what_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "bad.csv"
    refused("--holdout must be a file, got", lambda: read_file(path, "--holdout"))
    path.write_text("")
    refused("must hold a header and rows", lambda: read_file(path))
    path.write_text("a,b\n1,2\n1,2,3\n")
    path.write_text("a,b\n1,2,3\n1,2,3\n")
    refused("the header has 2 fields and the first row has more", lambda: read_file(path))
    path.write_text("a,b\n1,2\n1,2,3\n")
    refused("as many fields as its header.*Expected 2 fields in line 3", lambda: read_file(path))
    path.write_bytes(b"a,b\n\x81,\xfc\n")
    refused("got 'bad.csv'.*give --encoding", lambda: read_file(path))
    refused("one that Python knows, got 'klingon'", lambda: read_file(path, encoding="klingon"))
    refused("must be one sign", lambda: read_file(path, separator="::"))


def test_numbers_that_would_be_read_as_words_are_refused(tmp_path):
    path = tmp_path / "thousands.csv"
    path.write_text('x,y\n"1,234.50",0\n"12.25",1\n')
    refused("without signs between thousands, got '1,234.50'", lambda: read_file(path))
    path.write_text("x;y\n1.234,50;0\n12,25;1\n")
    refused("without signs between thousands, got '1.234,50'", lambda: read_file(path))
    for number in ("1 234", "1 234 567,5", "1\u202f234", "1\u00a0234", "1'234.5", "-12 345"):
        path.write_text(f"x;y\n{number};0\n7;1\n;1\n", encoding="utf-8")
        refused(
            f"without signs between thousands, got {re.escape(repr(number))}",
            lambda: read_file(path),
        )
    for number in ("1,234", "12,5"):
        path.write_text(f'x,y\n12,0\n"{number}",1\n')
        refused(f"with a decimal point.*got '{number}' in column 'x'", lambda: read_file(path))
    path.write_text("x;z;y\n1,5;2.5;0\n12,25;3.5;1\n")
    refused(r"commas in \['x'\] and points in \['z'\]", lambda: read_file(path))


def test_words_with_points_and_commas_stay_words(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text('date;place\n31.12.2024;"a, b"\n01.01.2025;c\n')
    assert read_file(path)["date"].tolist() == ["31.12.2024", "01.01.2025"]


@pytest.mark.parametrize(
    "words",
    [
        ["192.168.100.200", "192.168.100.201"],
        ["192.168.100.200", "10.0.0.1"],
        ["030 123 456", "040 555 777"],  # telephone numbers
        ["104 31", "123 45"],
        ["2024 01 15", "2024 02 01"],
        ["1 234", "none"],
        ["1,2,3", "1,2"],
        ["1.10.2", "1.9.12"],
    ],
)
def test_words_of_digits_stay_words(tmp_path, words):
    path = tmp_path / "words.csv"
    path.write_text("x,y\n" + "".join(f'"{word}",0\n' for word in words))
    assert read_file(path)["x"].tolist() == words


def test_only_an_empty_field_is_missing_among_words(tmp_path, capsys):
    path = tmp_path / "words.csv"
    path.write_text(
        "collateral,country,income,flag,none\n"
        "None,NA,NA,True,NA\n"
        'house,,12.5,,""\n'
        "null,FR,null,False,NA\n"
    )
    frame = read_file(path)
    assert frame["collateral"].tolist() == ["None", "house", "null"]
    assert frame["country"].fillna("missing").tolist() == ["NA", "missing", "FR"]

    # Where numbers or truth values stand, such a word is no value; nor where nothing else stands.
    assert frame["income"].isna().tolist() == [True, False, True]
    assert frame["flag"].dropna().tolist() == [True, False]
    assert frame["none"].isna().all()
    told = capsys.readouterr().err
    assert "'None', 'null' in 'collateral' as words (only empty fields are missing there)" in told
    assert "'NA' in 'country'" in told
    assert "income" not in told


def test_codes_keep_their_noughts(tmp_path, capsys):
    path = tmp_path / "codes.csv"
    path.write_text(
        "postcode,area,price,date,n\n00118,,0.5,01/02/2020,0\n75001,07,0,,10\nNA,1,,,5\n"
    )
    frame = read_file(path)
    assert frame["postcode"].fillna("missing").tolist() == ["00118", "75001", "missing"]
    assert frame["area"].fillna("missing").tolist() == ["missing", "07", "1"]
    assert frame["n"].tolist() == [0, 10, 5]
    assert frame["price"].dtype == float
    told = capsys.readouterr().err
    assert "'postcode' as text ('00118' begins with 0), 'area' as text ('07' begins" in told
    assert "'n'" not in told


def test_codes_keep_their_noughts_between_blanks(tmp_path, capsys):
    path = tmp_path / "blanks.csv"
    path.write_text(
        'a, b,c,account\n1, 00118,"01 ", 9007199254740993\n2, 75001,"2 ",\n3, 5,"3 ",1\n'
    )
    frame = read_file(path)
    assert frame[" b"].tolist() == [" 00118", " 75001", " 5"]
    assert frame["c"].tolist() == ["01 ", "2 ", "3 "]
    assert frame["account"].dropna().tolist() == [" 9007199254740993", "1"]
    assert frame["a"].tolist() == [1, 2, 3]
    assert "' b' as text ('00118' begins with 0)" in capsys.readouterr().err


def test_codes_with_an_e_between_digits_are_no_numbers(tmp_path, capsys):
    path = tmp_path / "products.csv"
    path.write_text(
        "product,grade,limit,written,rust,mixed\n"
        '105,1E05,1e5,1e+06,1e16,"12E3"\n'
        "12E3,2E05,300000,1.2e6,2e20,12F3\n"
        "NA,3E05,0,-1e-05,3,7\n"
    )
    frame = read_file(path)
    # As numbers 12E3 and 12000 would be one product, and 1E05 and 100000.
    assert frame["product"].fillna("missing").tolist() == ["105", "12E3", "missing"]
    assert frame["grade"].tolist() == ["1E05", "2E05", "3E05"]
    assert frame["mixed"].tolist() == ["12E3", "12F3", "7"]
    assert frame["limit"].tolist() == [100_000.0, 300_000.0, 0.0]
    assert frame["written"].tolist() == [1e6, 1.2e6, -1e-5]
    assert frame["rust"].tolist() == [1e16, 2e20, 3.0]
    told = capsys.readouterr().err
    assert "'product' as text (numbers are not written as '12E3')" in told
    assert "'grade' as text (numbers are not written as '1E05')" in told
    assert "'1e5' in 'limit' as the number 100000" in told
    assert not [name for name in ("written", "rust", "mixed") if repr(name) in told]

    # Another file or a card may know better.
    known = read_file(path, words={"product": False, "limit": True})
    assert known["product"].dropna().tolist() == [105.0, 12_000.0]
    assert known["limit"].tolist() == ["1e5", "300000", "0"]


def test_numbers_of_accounts_keep_their_digits_beside_a_missing_one(tmp_path, capsys):
    path = tmp_path / "accounts.csv"
    path.write_text(
        "account,amount,inf\n9007199254740993,1e20,1\n,2,inf\n9007199254740995,9007199254740992,3\n"
    )
    frame = read_file(path)
    assert frame["account"].dropna().tolist() == ["9007199254740993", "9007199254740995"]
    assert "'account' as text (numbers lose digits from 2**53 on)" in capsys.readouterr().err
    assert frame["inf"].tolist() == [1.0, np.inf, 3.0]
    assert frame["amount"].tolist() == [1e20, 2.0, 2.0**53]


def test_a_column_of_numbers_and_words_is_one_of_words(tmp_path):
    # pandas reads long files in parts, and gives each its own type: 1 and "1" side by side.
    path = tmp_path / "long.csv"
    path.write_text("x,y\n" + "1,0\n" * 140_000 + "A,1\n1,1\n")
    assert read_file(path)["x"].map(type).unique().tolist() == [str]


def test_a_second_file_is_read_as_the_first(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("collateral,postcode,amount\nNone,75001,007\n")
    words = {"collateral": True, "postcode": True, "amount": False}
    assert read_file(path, words=words).iloc[0].tolist() == ["None", "75001", 7]
    # Alone it does not tell.
    assert pd.isna(read_file(path)["collateral"][0])
    assert read_file(path)["amount"].tolist() == ["007"]


def test_decimals_and_truth_values_of_a_first_file_are_no_words(tmp_path):
    """Parquet and databases hand them out as objects, as they do words."""
    first = pd.DataFrame(
        {
            "amount": [Decimal("1.50"), None, Decimal("2.00")],
            "flag": pd.Series([True, None, False], dtype=object),
            "name": ["a", "b", None],
            "nothing": [None, None, None],
        }
    )
    first.to_parquet(tmp_path / "first.parquet")
    words = columns_of_words(read_file(tmp_path / "first.parquet"))
    assert words == {"amount": False, "flag": False, "name": True}
    (tmp_path / "second.csv").write_text("amount,flag,name,nothing\n1.5,True,NA,\nNA,,x,\n")
    second = read_file(tmp_path / "second.csv", words=words)
    assert second["amount"].dropna().tolist() == [1.5]
    assert second["name"].tolist() == ["NA", "x"]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_words_and_codes_in_other_encodings(tmp_path, encoding):
    path = tmp_path / "other.csv.gz"
    path.write_bytes(gzip.compress("größe;plz\nNA;01067\nü;10115\n".encode(encoding)))
    frame = read_file(path)
    assert frame["größe"].tolist() == ["NA", "ü"]
    assert frame["plz"].tolist() == ["01067", "10115"]


@pytest.mark.parametrize("text", ["1_000", "１２", "1e", "0x10", "-"])
def test_special_codes_are_numbers_where_a_file_has_numbers(text):
    assert special_codes_option([text]) == [text]


def test_special_codes_of_numbers_and_of_nothing():
    codes = special_codes_option(["-9", "1.5", "1e3", ".5", "inf", "+7", "007"])
    assert codes == [-9, 1.5, 1000.0, 0.5, np.inf, 7, 7]
    assert [type(code) for code in codes[:2]] == [int, float]
    refused("codes of values, got 'nan'; missing", lambda: special_codes_option(["-9", "nan"]))
    refused("codes of values, got 'NaN'; missing", lambda: special_codes_option(["NaN"]))
    assert special_codes_option(['{"x": ["nan"]}']) == {"x": ["nan"]}


def test_near_names_are_proposed():
    with pytest.raises(ValueError, match=r"got \['defalt'\].*did you mean \['default'\]"):
        require_columns(["defalt"], pd.DataFrame({"default": [1], "age": [2]}))
    with pytest.raises(ValueError, match=r"the data have \['default'\]$"):
        require_columns(["zzz"], pd.DataFrame({"default": [1]}))


def test_commands_read_such_files(tmp_path, capsys):
    rng = np.random.default_rng(0)
    x = rng.normal(size=400).round(3)
    frame = pd.DataFrame({"größe": x, "y": (rng.random(400) < 1 / (1 + np.exp(-x))).astype(int)})
    path = tmp_path / "german.csv"
    frame.to_csv(path, index=False, sep=";", decimal=",", encoding="cp1252")
    assert main(["bin", str(path), "--target", "y", "-o", str(tmp_path / "bins")]) == 0
    out, error = capsys.readouterr()
    assert "separator semicolon, decimal comma, encoding cp1252" in error
    tables = [table.read_text(encoding="utf-8") for table in (tmp_path / "bins").iterdir()]
    assert "größe" in out + "".join(tables)

    assert main(["psi", str(path), str(path), "--separator", "comma"]) == 2
    missing = ["report", str(path), "--target", "y", "--holdout", "no.csv", "-o", str(tmp_path)]
    assert main(missing) == 2
    assert "--holdout must be a file, got 'no.csv'" in capsys.readouterr().err


@pytest.mark.parametrize("text", ['{"a": ' * 20_000, '{"a": [' + "1" * 5000 + "]}", "{"])
def test_special_codes_that_are_no_json_are_named(text):
    with pytest.raises(
        ValueError, match=r"--special must be codes or one JSON object, got '\{"
    ) as e:
        special_codes_option([text])
    assert len(str(e.value)) < 600


def test_digits_around_an_e_that_no_float_holds_are_a_code(tmp_path):
    path = tmp_path / "large.csv"
    path.write_text("product,size,rate\n12E400,1,1.5\n13E4,2,1e400\n")
    frame = read_file(path)
    assert frame["product"].tolist() == ["12E400", "13E4"]
    assert frame["rate"].tolist() == [1.5, np.inf]
