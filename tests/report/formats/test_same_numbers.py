"""Page, workbook and document of one report tell the same numbers, each read by its own means."""

import re

import openpyxl
import pytest

#: Sheets that are no table of the report.
OTHERS = {"about", "contents", "charts"}
#: Those that the page draws, or shows a characteristic at a time.
DRAWN = {"bins", "curves", "distribution"}


def read_number(text):
    """Value of a printed number, and half of the unit of its last digit."""
    plain = text.replace("−", "-").replace("\u202f", "")
    return float(plain), 0.5 * 10.0 ** -len(plain.partition(".")[2])


def is_near(text, value, unit):
    """Whether a printed number is the rounded value."""
    found, half = read_number(text)
    return abs(found - unit * value) <= half * 1.0001 + 1e-9 * abs(found)


@pytest.fixture(scope="module")
def page(written, read_tables):
    return read_tables(written[0])


@pytest.fixture(scope="module")
def book(written):
    return openpyxl.load_workbook(written[1])


def parts_of(sheet):
    """Headings of a sheet, and its rows as dicts."""
    head = [cell.value for cell in sheet[3]]
    return head, [
        dict(zip(head, (cell.value for cell in row), strict=True))
        for row in sheet.iter_rows(min_row=4)
    ]


def test_every_sheet_is_a_table_of_the_page_and_every_table_a_sheet(page, book):
    sheets = {name: book[name]["A2"].value for name in book.sheetnames if name not in OTHERS}
    assert {title for name, title in sheets.items() if name not in DRAWN} <= set(page)
    of_bins = {title for title in page if re.search(r", (train|hold-out) rows$", title)}
    told = {title for title in page if title not in sheets.values()}
    assert told <= of_bins
    assert len(of_bins) >= 2 * 20


def numbers_of(texts, entry, header, percent):
    """Pairs of a printed number and the value of the sheet that it stands for."""
    unit = 100.0 if percent else 1.0
    name = header.removesuffix(" ± SE").removesuffix(" %")
    value, error = entry[name], entry.get(f"{name} SE")
    if header.endswith(" ± SE") and error is not None:
        printed, of_error = texts[0].split(" ± ")
        yield printed, value, unit
        yield of_error, error, unit
    else:
        yield texts[0], value, unit
    ends = re.fullmatch(r"(\S+) to (\S+)", texts[1]) if len(texts) > 1 else None
    if ends is not None:
        for printed, end in zip(ends.groups(), ("low", "high"), strict=True):
            yield printed, entry[f"{name} {end}"], unit


def test_printed_numbers_are_those_of_the_cells(page, book):
    """A table whose headings repeat (from, to) is compared by place in the next test."""
    compared = 0
    for name in set(book.sheetnames) - OTHERS - DRAWN:
        head, entries = parts_of(book[name])
        if len(set(head)) < len(head):
            continue
        table = page[book[name]["A2"].value]
        assert len(table["rows"]) == len(entries)
        for row, entry in zip(table["rows"], entries, strict=True):
            for place, header in enumerate(table["head"]):
                if header == "interval":
                    continue
                interval = [
                    row[place + 1]
                    for following in table["head"][place + 1 : place + 2]
                    if following == "interval"
                ]
                key = header.removesuffix(" ± SE").removesuffix(" %")
                if not isinstance(entry[key], int | float) or isinstance(entry[key], bool):
                    assert row[place] in ("–", "yes", "no", str(entry[key])) or "; " in row[place]
                    continue
                percent = header.endswith(" %")
                for text, value, unit in numbers_of(
                    [row[place], *interval], entry, header, percent
                ):
                    if text.startswith("< "):
                        assert value < float(text[2:])
                        continue
                    assert is_near(text, value, unit), (name, header, text, value)
                    compared += 1
    assert compared > 700


@pytest.mark.parametrize("name", ["gains", "samples", "bands", "reasons", "groups"])
def test_columns_with_ends_are_those_of_the_cells_place_by_place(page, book, name):
    sheet, compared = book[name], 0
    table = page[sheet["A2"].value]
    for cells, row in zip(sheet.iter_rows(min_row=4), table["rows"], strict=True):
        for header, cell, text in zip(table["head"], cells, row, strict=False):
            if cell.value is None:
                assert text == "–"
            elif isinstance(cell.value, str):
                assert text == cell.value
            elif not text.startswith("< "):
                # one heading of an interval has no sign of per cent: its cell has
                unit = 100.0 if header.endswith("%") or "%" in cell.number_format else 1.0
                assert is_near(text, cell.value, unit), (header, text, cell.value)
                compared += 1
    assert compared >= 3 * len(table["rows"])


def shown(value, number_format):
    """What a spreadsheet shows of a number, for the formats that reports have."""
    if number_format == "General":
        return str(value)
    if number_format == "#,##0.0###":
        text = f"{value:,.4f}".rstrip("0")
        return f"{text}0" if text.endswith(".") else text
    places = len(number_format.rstrip("%").partition(".")[2])
    grouped = "," if "," in number_format else ""
    if number_format.endswith("%"):
        return f"{100.0 * value:{grouped}.{places}f}"
    return f"{value:{grouped}.{places}f}"


def test_a_spreadsheet_shows_the_digits_of_the_page(page, book):
    """Not only the values: an error of .02 leaves two places in both. P-values have one more."""
    compared = 0
    for name in ("gains", "bands", "reasons", "performance", "ranking", "stability"):
        sheet = book[name]
        head = [cell.value for cell in sheet[3]]
        table = page[sheet["A2"].value]
        for cells, row in zip(sheet.iter_rows(min_row=4), table["rows"], strict=True):
            by_head = dict(zip(head, cells, strict=False))
            for header, text in zip(table["head"], row, strict=True):
                key = header.removesuffix(" %").removesuffix(" ± SE")
                is_p_value = header == "p" or header.startswith("p, ")
                if header == "interval" or is_p_value or head.count(key) > 1:
                    continue
                value = by_head[key].value
                if isinstance(value, float) and not value.is_integer():
                    printed = text.split(" ± ")[0].replace("−", "-").replace("\u202f", ",")
                    found = shown(value, by_head[key].number_format)
                    # a number of unknown size has four digits here and four places there
                    if by_head[key].number_format != "#,##0.0###":
                        assert found == printed, (name, header)
                        compared += 1
    assert compared > 150


def tables_of_document(word):
    """Tables of a document by the paragraph before them, rows of texts."""
    found, before = {}, None
    tables = iter(word.tables)
    for element in word.element.body:
        if element.tag.endswith("}tbl"):
            rows = next(tables).rows
            found.setdefault(before, [[cell.text for cell in row.cells] for row in rows])
        elif element.tag.endswith("}p"):
            before = element.text
    return found


def test_the_document_prints_what_the_page_prints(written_document, page):
    by_title = tables_of_document(written_document[1])
    assert set(page) <= set(by_title)
    for title, table in page.items():
        head, *rows = by_title[title]
        assert head == table["head"]
        assert rows == table["rows"]


def test_contents_lead_to_every_sheet_and_say_what_it_is(book):
    listed = book["contents"]
    rows = list(listed.iter_rows(min_row=2))
    assert [row[0].value for row in rows] == [n for n in book.sheetnames if n not in OTHERS]
    for name, title, count in rows:
        sheet = book[name.value]
        assert name.hyperlink.target == f"#'{name.value}'!A1"
        assert title.value == sheet["A2"].value
        # the workbook counts its rows itself, over the cells that hold some
        first, last = map(int, re.search(r"!A(\d+):A(\d+)\)$", count.value).groups())
        filled = [sheet.cell(row, 1).value for row in range(first, last + 1)]
        assert first == 4
        assert last == max(sheet.max_row, 4)
        assert all(value is not None for value in filled)


def test_the_first_sheet_tells_what_made_the_report(german, book):
    summary = german[1].summary
    about = {}
    for name, value in book["about"].iter_rows(max_col=2, values_only=True):
        about.setdefault(name, []).append(value)
    assert about["report"] == [summary["title"]]
    assert about["limitation"] == summary["limitations"]
    for part in ("versions", "settings", "fingerprints", "parameters"):
        for key, value in summary["reproducibility"][part].items():
            told = about[f"{part}: {key}"][0]
            assert told == value or str(told) == str(value)
    assert about["woe"] == [summary["conventions"]["woe"]]
    heights = [book["about"].row_dimensions[row].height for row in range(1, 4)]
    assert all(height % 15 == 0 for height in heights)
