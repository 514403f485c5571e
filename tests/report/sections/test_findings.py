"""What stands on top of a report: findings, what people know of the model, the dictionary."""

import copy
import json
import re

import jsonschema
import numpy as np
import pytest

from infotheory.report import report_schema, scorecard_report
from infotheory.report.sections.findings import findings


def test_findings_are_worst_first_and_lead_to_their_sections(german, tmp_path):
    _, report, _ = german
    entries = report.summary["findings"]
    assert [entry["severity"] for entry in entries] == sorted(e["severity"] for e in entries)
    texts = " ".join(entry["text"] for entry in entries)
    assert "a safer bin gets a lower score" in texts
    assert "without clear evidence" in texts
    page = report.to_html(tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.index('id="findings"') < page.index("<nav")
    for entry in entries:
        assert f'href="#{entry["section"]}"' in page
        assert f'id="{entry["section"]}"' in page


def changed(report, change):
    summary = copy.deepcopy(report.summary)
    change(summary)
    return [entry["text"] for entry in findings(summary)]


def row_of(summary, part, start):
    return [r for r in summary[part]["measures"] if r["measure"].startswith(start)][-1]


def test_every_check_speaks_where_its_interval_leaves_out_parity(german):
    _, report, _ = german

    def miscalibrated(summary):
        row_of(summary, "calibration", "observed / expected").update(low=1.2, high=1.6, value=1.4)

    def over_fitted(summary):
        row_of(summary, "performance", "AUC, train").update(low=0.02, high=0.1, value=0.06)

    def powerless(summary):
        rows = summary["performance"]["measures"]
        row = next(r for r in rows if r["measure"] == "AUC" and r["sample"] == "hold-out")
        row.update(low=0.45, high=0.6, value=0.52)

    def moved(summary):
        summary["stability"][0]["index"]["value"] = 1.0

    for change, words in (
        (miscalibrated, "observed over expected events 1.400"),
        (over_fitted, "AUC falls from training to hold-out rows by 0.060"),
        (powerless, "may not rank at all on the hold-out rows: AUC 0.520"),
        (moved, "other shares by band"),
    ):
        assert any(words in text for text in changed(report, change)), words
        assert not any(words in text for text in changed(report, lambda _: None)), words


@pytest.mark.parametrize(("level", "by_chance"), [(0.95, 1), (0.9, 2), (0.99, 0), (0.5, 10)])
def test_as_many_bins_may_move_as_the_level_of_the_report_leaves_to_chance(
    german, level, by_chance
):
    """Of twenty characteristics one exceeds its critical value of 95 % by chance, two of 90 %."""

    def moved(summary, n_moved):
        row = {"in_card": True, "critical_value": 0.1}
        summary["conventions"]["level"] = level
        summary["stability"] = [
            {**row, "feature": f"x{i}", "index": {"value": 0.2 if i < n_moved else 0.05}}
            for i in range(20)
        ]

    _, report, _ = german
    for n_moved, is_told in ((by_chance + 1, False), (by_chance + 2, True)):
        texts = changed(report, lambda summary, n=n_moved: moved(summary, n))
        told = f"{n_moved} characteristics have other shares by bin"
        assert any(text.startswith(told) for text in texts) == is_told


def test_what_people_know_is_printed_and_the_rest_is_a_blank_line(small, tmp_path):
    card, portfolio = small
    details = {"model_id": "PD-7 <b>", "owner": "Retail risk", "approved_by": "A. Person"}
    meanings = {portfolio.X.columns[0]: "Income of the household, monthly"}
    report = scorecard_report(
        card,
        portfolio.X,
        portfolio.y,
        model_details=details,
        descriptions=meanings,
        n_permutations=19,
    )
    jsonschema.validate(json.loads(json.dumps(report.summary)), report_schema())
    assert report.summary["model_details"]["purpose"] is None
    page = report.to_html(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "PD-7 &lt;b&gt;" in page
    section = page[page.index('id="model"') : page.index('id="data"')]
    assert len(re.findall('class="blank"', section)) == 4 + 2 + 6
    assert "Income of the household, monthly" in page

    entry = report.summary["dictionary"][0]
    column = portfolio.X.iloc[:, 0]
    assert entry["missing"] == column.isna().sum()
    assert entry["distinct"] == column.nunique()
    assert entry["values"].startswith(f"{np.nanmin(column):.6g} to ")


def test_unknown_details_and_columns_are_refused(small):
    card, portfolio = small
    for options, message in (
        ({"model_details": {"author": "me"}}, "model_details must have the keys model_id"),
        ({"descriptions": {"nothing": "x"}}, "descriptions must be of columns of X"),
    ):
        with pytest.raises(ValueError, match=message):
            scorecard_report(card, portfolio.X, portfolio.y, **options)
