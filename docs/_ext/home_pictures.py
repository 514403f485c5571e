"""Pictures of the home page: ``make shots`` draws them anew, and those of the workbench."""

import tempfile
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from playwright.sync_api import sync_playwright
from sklearn.model_selection import train_test_split

from infotheory import Scorecard, minimum_entropy_coupling, scorecard_report
from infotheory.datasets import load_german_credit, make_portfolio
from infotheory.fairness import fairness_frontier
from infotheory.plots import PALETTE, plot_frontier

IMAGES = Path(__file__).parents[1] / "images"
KEPT_OUT = ["age_in_years", "foreign_worker", "personal_status_and_sex"]


def save(figure: Figure, name: str) -> None:
    """Write a figure on white paper, which lies on dark pages as well."""
    figure.savefig(IMAGES / f"home-{name}.png", dpi=150, facecolor="white")


def report() -> None:
    """Photograph the top of a report on the bundled data, alone and with its first bins."""
    X, y = load_german_credit()
    X_train, X_test, y_train, y_test = train_test_split(
        X.drop(columns=KEPT_OUT), y, test_size=0.3, random_state=0, stratify=y
    )
    card = Scorecard(pdo=20, base_points=600, base_odds=50, signs="constrained")
    card.fit(X_train, y_train)
    made = scorecard_report(card, X_train, y_train, holdout={"X": X_test, "y": y_test})
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        made.to_html(path)
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.goto(path.as_uri())
        page.screenshot(path=IMAGES / "home-report.png")

        # README shows the bins as well, which stand some pages below.
        page.set_viewport_size({"width": 1160, "height": 1350})
        for between in ("model", "data", "ranking"):
            page.evaluate("name => document.getElementById(name).remove()", between)
        page.screenshot(path=IMAGES / "report.png")
        browser.close()


def frontier() -> None:
    """Draw what fairness costs on a made portfolio."""
    data = make_portfolio(
        6000,
        numeric=[0.3, 0.2, 0.2],
        categorical=[],
        protected_slope=1.0,
        random_state=0,
    )
    budgets = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, np.inf]
    axes = plot_frontier(fairness_frontier(data.X, data.y, data.protected, budgets))
    save(axes.figure, "frontier")


def coupling() -> None:
    """Draw a joint law of least entropy between the two laws that it joins."""
    rows, columns = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.35, 0.25, 0.2, 0.12, 0.08])
    result = minimum_entropy_coupling(rows, columns, base=2)
    joint = result.toarray()

    figure = Figure(figsize=(5.0, 3.6), layout="constrained")
    grid = figure.subplots(
        2, 2, gridspec_kw={"width_ratios": (1, 4), "height_ratios": (1, 3)}, squeeze=False
    )
    corner, above, left, middle = grid.ravel()
    corner.axis("off")
    above.bar(range(columns.size), columns, color=PALETTE["fill"])
    left.barh(range(rows.size), -rows, color=PALETTE["fill"])
    left.set_ylim(rows.size - 0.5, -0.5)
    above.set_xlim(-0.5, columns.size - 0.5)
    for axes in (above, left):
        axes.axis("off")

    middle.set(xlim=(-0.5, columns.size - 0.5), ylim=(rows.size - 0.5, -0.5), xticks=(), yticks=())
    for (row, column), mass in np.ndenumerate(joint):
        # the area of a disc is its mass
        middle.scatter(column, row, s=4000.0 * mass, color=PALETTE["first"])
        if mass > 0.0:
            middle.annotate(
                f"{mass:.2f}", (column, row), xytext=(0, -3.0 - np.sqrt(1000.0 * mass)),
                textcoords="offset points", ha="center", va="top", fontsize=8, color=PALETTE["ink"],
            )  # fmt: skip
    for spine in middle.spines.values():
        spine.set_color(PALETTE["grid"])
    middle.set_xlabel(
        f"joint entropy {result.entropy:.3f} bits, at most {result.gap:.3f} above the least",
        color=PALETTE["ink"],
        fontsize=9,
    )
    save(figure, "coupling")


if __name__ == "__main__":
    for draw in (report, frontier, coupling):
        draw()
