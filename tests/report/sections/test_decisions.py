"""The report shows selection log, cut-offs and the band of reject inference as they come."""

import json

import numpy as np

from infotheory.report import scorecard_report
from infotheory.scorecard import CostTable, cut_off_sweep, reject_inference, select_characteristics


def test_results_of_selection_and_decisions_are_tables_of_the_report(small, tmp_path):
    card, portfolio = small
    X, y = portfolio.X, portfolio.y
    log = select_characteristics(X, y, rng=0)
    sweep = cut_off_sweep(y, card.predict_points(X), [500, np.inf], costs=CostTable(1, 5))
    band = reject_inference(card, X, y, X.head(100), bands=4)
    for decisions in (sweep, band):
        report = scorecard_report(card, X, y, selection=log, decisions=decisions, n_permutations=19)
        report.to_json(tmp_path / "report.json")
        report.to_html(tmp_path / "report.html")
        page = (tmp_path / "report.html").read_text()
        assert "permuted targets teach as much" in page
        assert ("approval_rate" if decisions is sweep else "bad_rate_rejected") in page
        assert json.loads((tmp_path / "report.json").read_text())
