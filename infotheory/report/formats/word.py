"""A summary as a Word document: texts and tables that can be edited, pictures beside them."""

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from infotheory._display import shortened, xml_text
from infotheory._files import replace_file
from infotheory._optional import require
from infotheory.exceptions import SparseCellWarning
from infotheory.plots import plot_binning
from infotheory.report.details import DETAILS
from infotheory.report.formats.figures import result_axes, summary_axes
from infotheory.report.formats.html import key_figures
from infotheory.report.formats.number_texts import with_error
from infotheory.report.formats.printed_tables import Table, bins_table, result_table, tables_of
from infotheory.report.sections.limitations import is_of_target

__all__ = ["write_word"]

#: Sections: heading, names of tables, and how the names of figures begin.
_SECTIONS = (
    ("Data and target", ("samples", "columns", "dictionary"), ()),
    ("Selection of variables", ("selection",), ()),
    ("Ranking of characteristics", ("ranking",), ("ranking",)),
    ("Characteristics", (), ()),
    ("Bins set by hand", ("audit",), ()),
    ("The model", ("coefficients", "points"), ()),
    ("Reasons", ("reasons",), ()),
    ("Discrimination", ("performance", "gains"), ("lift", "roc", "gap", "distribution")),
    ("Calibration", ("calibration", "tests", "bands", "grades"), ("calibration",)),
    ("Stability", ("stability",), ()),
    ("Groups", ("fairness", "groups", "carriers"), ()),
    ("Information and fairness", ("frontier",), ("frontier",)),
    ("Cut-offs", ("decisions",), ("decisions",)),
)
#: Sizes in points and centimetres: A4 across, so that wide tables are whole.
_PAGE, _MARGIN, _PICTURE, _TALLEST = (29.7, 21.0), 1.5, 12.5, 9.0
_TEXT_SIZE, _TABLE_SIZE, _WIDE_SIZE, _MANY_COLUMNS = 10, 8, 6.5, 11
_DOTS_PER_INCH = 150
#: Letters that a column is made wide for, and the centimetres at its sides.
_MOST_OF_TEXT, _MOST_OF_WORD, _PADDING = 28, 40, 0.5
#: Of a property of the file, such as its title.
_MOST_LETTERS = 255


def write_word(
    summary: dict[str, Any], path: Path, *, results: Mapping[str, Any] | None = None
) -> Path:
    """Write the document, which appears whole or not at all."""
    document = _Document(summary)
    document.head()
    with warnings.catch_warnings():
        # the tables mark these bins
        warnings.simplefilter("ignore", SparseCellWarning)
        pictures = summary_axes(summary) | result_axes(results or {})
        tables = tables_of(summary)
        for heading, names, beginnings in _SECTIONS:
            present = [tables[name] for name in names if name in tables]
            # Names of figures are a kind and, where there is one for each, the sample.
            drawn = [ax for name, ax in pictures.items() if name.split()[0] in beginnings]
            if present or drawn or heading == "Characteristics":
                document.section(heading, drawn, present)
            if heading == "Characteristics":
                document.characteristics()
    document.end()

    # In memory first: a document that cannot be made leaves no file.
    content = io.BytesIO()
    document.save(content)
    with replace_file(path) as file:
        file.write(content.getbuffer())
    return path


def lead_of(summary: dict[str, Any]) -> str:
    """Say what the target and the score are."""
    conventions = summary["conventions"]
    cover = f"Intervals cover {100 * conventions['level']:g} %."
    if is_of_target(summary):
        return (
            f"Target: {conventions['target_type']}; {conventions['woe']}. Divergence: "
            f"{conventions['divergence']}. {cover} {' '.join(conventions['absent'])}"
        )
    return (
        f"{conventions['woe']}; an event is {conventions['event_label']}, a non-event "
        f"{conventions['nonevent_label']}. The score is in {conventions['score']}; higher "
        f"is safer. {cover}"
    )


class _Document:
    """A document that grows from its head to its end."""

    def __init__(self, summary: dict[str, Any]) -> None:
        self._docx = require("docx", extra="word", purpose="to_docx()")
        self._shared = require("docx.shared", extra="word", purpose="to_docx()")
        self._xml = require("docx.oxml", extra="word", purpose="to_docx()")
        self.summary = summary
        self._document = self._docx.Document()
        self._lay_out()

    def save(self, content: io.BytesIO) -> None:
        """Write the file."""
        self._document.save(content)

    def _lay_out(self) -> None:
        """Set pages, type, and the number of each page."""
        centimetres, points = self._shared.Cm, self._shared.Pt
        page = self._document.sections[0]
        page.orientation = self._docx.enum.section.WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = map(centimetres, _PAGE)
        for side in ("left", "right", "top", "bottom"):
            setattr(page, f"{side}_margin", centimetres(_MARGIN))
        self._document.styles["Normal"].font.size = points(_TEXT_SIZE)
        # The pages hold title and names whole; the properties of the file have an end.
        author = self.summary["model_details"]["prepared_by"] or ""
        known = self._document.core_properties
        known.title = shortened(_clean(self.summary["title"]), _MOST_LETTERS)
        known.author = shortened(_clean(author), _MOST_LETTERS)
        footer = page.footer.paragraphs[0]
        for text in ("PAGE", " / ", "NUMPAGES"):
            self._field(footer, text) if text.isalpha() else footer.add_run(text)

    def _field(self, paragraph: Any, code: str) -> None:
        """Add a field, which Word fills in when it opens or prints the document."""
        # A field is three runs: its beginning, what it stands for, its end.
        for kind in ("begin", None, "end"):
            run = paragraph.add_run()
            if kind is None:
                text = self._xml.OxmlElement("w:instrText")
                text.text = code
                run._r.append(text)  # noqa: SLF001 - python-docx has no fields of its own
                continue
            mark = self._xml.OxmlElement("w:fldChar")
            mark.set(self._docx.oxml.ns.qn("w:fldCharType"), kind)
            run._r.append(mark)  # noqa: SLF001 - as above

    def head(self) -> None:
        """Title, findings, key figures, the model and who signs."""
        document, summary = self._document, self.summary
        document.add_heading(_clean(summary["title"]), 0)
        document.add_paragraph(_clean(lead_of(summary)))
        document.add_heading("Findings", 1)
        for finding in summary["findings"]:
            document.add_paragraph(_clean(finding["text"]), style="List Number")
        if not summary["findings"]:
            document.add_paragraph("None of the checks of this report speaks against the model.")

        self._grid(
            ("Key figure", "Value", ""), [list(entry) for entry in key_figures(summary)], _TEXT_SIZE
        )
        document.add_heading("Model and sign-off", 1)
        known = summary["model_details"]
        # The keys that end in "_by" are of people, who sign.
        facts = [[head, known[key] or ""] for key, head in DETAILS.items() if key[-3:] != "_by"]
        signs = [
            [head, known[key] or "", "", ""] for key, head in DETAILS.items() if key[-3:] == "_by"
        ]
        self._grid(("", ""), facts, _TEXT_SIZE)
        self._grid(("", "Name", "Date", "Signature"), signs, _TEXT_SIZE)

    def section(self, heading: str, drawn: list[Any], tables: list[Table]) -> None:
        """One section: pictures, then tables."""
        self._document.add_heading(heading, 1)
        self._pictures(drawn)
        for table in tables:
            self._table(table)

    def characteristics(self) -> None:
        """Bins of each characteristic, drawn and in numbers, of every sample."""
        for entry in self.summary["characteristics"]:
            outside = "" if entry["in_card"] else " (not in the model)"
            self._document.add_heading(_clean(f"{entry['feature']}{outside}"), 2)
            values = [
                f"IV, {name}: {with_error(part['iv']['value'], part['iv']['standard_error'])}"
                for name, part in entry["samples"].items()
            ]
            facts = _clean("; ".join([*values, *filter(None, [entry["reason"]])]))
            # A head and its facts go to the page where the figures have room.
            self._document.add_paragraph(facts).paragraph_format.keep_with_next = True

            bins = pd.DataFrame(entry["samples"]["train"]["bins"])
            if "woe" in bins:  # several classes have one each, in the tables
                sign = self.summary["conventions"]["woe_sign"]
                drawn = ("event_rate", "woe")
                self._pictures([plot_binning(bins, value=v, woe_sign=sign) for v in drawn])
            for sample in entry["samples"]:
                self._table(bins_table(self.summary, entry, sample))

    def end(self) -> None:
        """Sections of the user, limitations, and what made the report."""
        document = self._document
        for entry in self.summary["custom"]:
            document.add_heading(_clean(entry["title"]), 1)
            for part in entry["text"].split("\n\n"):
                if part.strip():
                    document.add_paragraph(_clean(part))
            if entry["table"] is not None:
                self._table(result_table("custom", entry["title"], entry["table"]))

        document.add_heading("Limitations", 1)
        for text in self.summary["limitations"]:
            document.add_paragraph(_clean(text), style="List Bullet")
        document.add_heading("Reproducibility", 1)
        made = self.summary["reproducibility"]
        rows = [["Written", made["created"]], ["Platform", made["platform"]]]
        for part in ("versions", "settings", "fingerprints", "parameters"):
            rows += [[f"{part}: {name}", str(value)] for name, value in made[part].items()]
        self._grid(("", ""), rows, _TABLE_SIZE)

    def _pictures(self, drawn: list[Any]) -> None:
        """Put figures side by side, two in a paragraph, which moves to another page alone."""
        tallest = self._shared.Cm(_TALLEST)
        for i, ax in enumerate(drawn):
            if i % 2 == 0:
                paragraph = self._document.add_paragraph()
            image = io.BytesIO()
            figure = ax.get_figure(root=True)
            figure.savefig(image, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight")
            image.seek(0)
            shown = paragraph.add_run().add_picture(image, width=self._shared.Cm(_PICTURE))
            if shown.height > tallest and shown.height < 2 * shown.width:
                shown.width, shown.height = shown.width * tallest // shown.height, tallest

    def _table(self, table: Table) -> None:
        caption = self._document.add_paragraph()
        caption.add_run(_clean(table.title)).bold = True
        caption.paragraph_format.keep_with_next = True
        headers = [header for column in table.columns for header in column.headers]
        rows = [
            [text for column in table.columns for text in column.texts(row)] for row in table.rows
        ]
        # An estimate has two headings, its value and its interval; each is a cell of the document.
        numeric = [column.kind != "text" for column in table.columns for _ in column.headers]
        self._grid(
            headers, rows, _WIDE_SIZE if len(headers) >= _MANY_COLUMNS else _TABLE_SIZE, numeric
        )
        for note in table.notes:
            self._document.add_paragraph(_clean(note))

    def _grid(self, headers: Any, rows: list[Any], size: float, numeric: Any = None) -> None:
        """Add a table whose head stands on every page, and whose rows are never cut."""
        grid = self._document.add_table(rows=0, cols=len(headers))
        grid.style = "Light List"
        has_head = any(headers)
        widths = [self._shared.Cm(width) for width in _widths(headers, rows)]
        # Word reads the widths of the cells, LibreOffice those of the columns.
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = width
        right = self._docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT

        # Word repeats a row that is marked as head on every page.
        for i, texts in enumerate([headers, *rows] if has_head else rows):
            row = grid.add_row()
            options = row._tr.get_or_add_trPr()  # noqa: SLF001 - no interface of its own
            options.append(self._xml.OxmlElement("w:cantSplit"))
            if i == 0 and has_head:
                options.append(self._xml.OxmlElement("w:tblHeader"))
            for j, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
                cell.width = widths[j]
                paragraph = cell.paragraphs[0]
                paragraph.add_run(_clean(str(text))).font.size = self._shared.Pt(size)
                if numeric is not None and numeric[j]:
                    paragraph.alignment = right
        # Without a paragraph between them Word joins two tables.
        self._document.add_paragraph()


def _widths(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Centimetres of the columns of a table, by what is written in them.

    Names with underscores are one word, which a narrow column breaks anywhere.
    """
    needs = []
    for heading, *texts in zip(head, *rows, strict=True):
        words = [word for text in (heading, *texts) for word in str(text).split(" ")]
        whole = max((len(str(text)) for text in texts), default=0)
        # A column without a text is one that somebody fills in.
        whole = min(whole, _MOST_OF_TEXT) or _MOST_OF_TEXT
        needs.append(min(max(whole, *map(len, words)), _MOST_OF_WORD))
    rest = _PAGE[0] - 2.0 * _MARGIN - _PADDING * len(needs)
    return [_PADDING + rest * need / sum(needs) for need in needs]


def _clean(text: str) -> str:
    """Leave out what XML cannot hold, and what moves the carriage."""
    return xml_text(text, "").replace("\r", "")
