"""What a session leaves behind: the trail, the card and the report, beside its file."""

import contextlib
import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infotheory._files import replace_text
from infotheory._target_kinds import TargetKind
from infotheory._warnings import collect_warnings
from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.binning._base import BaseBinner
from infotheory.report import scorecard_report
from infotheory.scorecard.links import LINK_NAMES
from infotheory.workbench.card import SessionCard, fitted_card
from infotheory.workbench.samples import SessionRows
from infotheory.workbench.state import Review

__all__ = [
    "decided",
    "exported_text",
    "naming_place",
    "place_of_exports",
    "reasons_of_exclusion",
    "written_report",
]

#: First characters by which a spreadsheet takes text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AUDIT = (
    *("step", "feature", "action", "detail", "reason", "who", "when", "iv_before", "iv_after"),
    *("iv_difference", "iv_difference_standard_error", "not_met"),
)


def place_of_exports(session: Path) -> Path:
    """Return the path that the exports of a session file begin with, to which endings are added."""
    # Only the ending that sessions have as a rule goes, whole: without it "x.1.jsonl", "x.2.jsonl"
    # and "x.jsonl" would all write the exports of "x", one over the other.
    return session.with_name(session.name.removesuffix(".tune.jsonl") or session.name)


@contextlib.contextmanager
def naming_place(path: Path) -> Iterator[None]:
    """Say which export could not be written: a full disk tells the error, and not the file."""
    try:
        yield
    except OSError as error:
        message = (
            f"{str(path)!r} must be a place that can be written, got {error}; free the place or "
            "the disk, and export again"
        )
        raise OSError(message) from error


def exported_text(
    what: str, binner: BaseBinner, rows: SessionRows, template: SessionCard | None
) -> str:
    """Return the trail as CSV, bins or card as their document, or its source in Python."""
    if what == "audit":
        return _audit_csv(binner.audit_)
    if what == "bins":
        if not isinstance(binner, OptimalBinner | StumpBinner):
            message = (
                f"bins of a {type(binner).__name__} have no document, got an export of them; "
                "export the card"
            )
            raise ValueError(message)
        return binner.to_json()
    with collect_warnings():  # the page shows the signs; behind its server nobody hears of them
        card = fitted_card(binner, rows, template)
    return card.to_json() if what == "card" else card.to_python()


def written_report(
    folder: Path,
    binner: BaseBinner,
    reviews: Mapping[str, Review],
    rows: SessionRows,
    template: SessionCard | None,
) -> Path:
    """Write the report of the card on these bins, and return the path of its page."""
    # Several classes have no card: what is reported on are their bins.
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    model: Any = binner
    if kind is None or kind.kind in LINK_NAMES:
        with collect_warnings():
            model = fitted_card(binner, rows, template)
    X, y, *weights = rows.training or ()
    sample = {"X": X, "y": y} | ({"sample_weight": weights[0]} if weights else {})
    holdout = None
    # Two entries or three: weights may be absent.
    if rows.holdout is not None:
        holdout = dict(zip(("X", "y", "sample_weight"), rows.holdout, strict=False))
    report = scorecard_report(
        model,
        **sample,
        holdout=holdout,
        reasons=reasons_of_exclusion(reviews),
        reviews=decided(reviews),
    )

    folder.mkdir(exist_ok=True)
    report.to_json(folder / "report.json")
    report.to_excel(folder / "report.xlsx")
    replace_text(folder / ("bins.json" if model is binner else "card.json"), model.to_json())
    return report.to_html(folder / "report.html")


def decided(reviews: Mapping[str, Review]) -> dict[str, dict[str, str]]:
    """Return the reviews that say something: open ones without a note do not."""
    return {
        name: review._asdict()
        for name, review in reviews.items()
        if review.status != "open" or review.note
    }


def reasons_of_exclusion(reviews: Mapping[str, Review]) -> dict[str, str]:
    """Say of each excluded characteristic why it stays out of the model."""
    return {
        name: f"excluded in the workbench: {review.note or 'no note'}"
        for name, review in reviews.items()
        if review.status == "excluded"
    }


def _audit_csv(audit: list[dict[str, Any]]) -> str:
    """Write the trail as CSV whose texts no spreadsheet takes for formulas."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_AUDIT)
    for line in audit:
        shown: dict[str, Any] = {**line, "not_met": "; ".join(line["not_met"])}
        writer.writerow([_quoted(shown[key]) for key in _AUDIT])
    return file.getvalue()


def _quoted(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
