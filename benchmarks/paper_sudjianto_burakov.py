"""Sudjianto and Burakov (arXiv:2509.09855) on the bundled SimuCredit data.

Their numbers beside ours.

Table 1, the worked example, simulations of Eq. 18 and of the Z test, and what a budget of
demographic information value costs. ``notebooks/03_fair_binning_and_the_frontier.py`` shows the
same numbers with figures.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from harness import sized
from numpy.typing import NDArray
from scipy import optimize, stats
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder

from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.datasets import load_simu_credit
from infotheory.evidence import (
    adverse_impact_ratio,
    area_under_curve,
    conservative_ratio,
    demographic_information_value,
    information_value,
)
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells
from infotheory.evidence.divergence import divergence_interval, divergence_parts
from infotheory.evidence.equality import pearson_statistic
from infotheory.exceptions import SparseCellWarning
from infotheory.fairness import Frontier, fairness_frontier, scorecard_frontier
from infotheory.inference import Estimate
from infotheory.scorecard import Scorecard
from infotheory.scorecard.regression.constrained import fit_constrained_logistic
from infotheory.tables import CountTable

Floats = NDArray[np.float64]

PROTECTED = ["Gender", "Race"]
BUDGETS = (
    0.1,
    0.3,
    0.5,
    0.7,
    1.0,
    1.5,
    2.0,
    2.5,
    3.0,
    4.0,
    np.inf,
)  # of the bins; the paper's up to 3
SCORE_BUDGETS = (
    0.01,
    0.02,
    0.05,
    0.1,
    0.15,
    0.2,
    0.3,
    0.5,
    0.7,
    1.0,
    np.inf,
)  # of the score, denser where it lies
N_SCORE_BINS = 10

#: AUC train/test by boosting rounds and gamma; the paper's and those of the prototype.
#: The paper has one WoE logistic and one booster, which its section 7.2.3 holds monotone.
TABLE_1 = {
    (10, 0.0): (
        (".818/.826", ".813/.819", ".813/.819", ".816/.821", ".816/.821"),
        (".819/.826", ".818/.825", "", ".816/.821", ""),
    ),
    (50, 5.0): (
        (".829/.839", ".816/.823", ".816/.823", ".831/.840", ".831/.840"),
        (".833/.844", ".827/.839", "", ".831/.841", ""),
    ),
    (100, 5.0): (
        (".829/.839", ".816/.823", ".816/.823", ".831/.840", ".831/.840"),
        (".833/.844", ".827/.839", "", ".831/.841", ""),
    ),
}
MEASURES = ("auc", "iv", "iv_fair", "adverse_impact_ratio")
ENCODINGS = (
    "one-hot logistic",
    "WoE logistic",
    "WoE logistic, signs held",
    "XGBoost depth 1",
    "XGBoost depth 1, monotone",
)

#: Read off the curves of the paper's figures 1 and 2 by eye: budget, AUC, adverse impact ratio.
#: Over them its information value rises from 2.18 to 2.41, its demographic one from .2 to 3.1.
PAPER_FRONTIER = (
    (0.2, 0.8025, 0.92),
    (0.4, 0.8025, 0.92),
    (0.6, 0.809, 0.906),
    (0.8, 0.812, 0.89),
    (0.9, 0.8125, 0.80),
    (1.2, 0.819, 0.776),
    (1.4, 0.820, 0.79),
    (1.8, 0.823, 0.783),
    (2.0, 0.828, 0.744),
    (2.5, 0.831, 0.70),
    (3.0, 0.835, 0.643),
)

#: Read off figure 3: the fairness ratio of Mortgage by k of Eq. 27.
PAPER_RATIO = {0.0: 1.69, 2.58: 0.90}

#: The prototype's frontier on test rows by budget:
#: AUC, IV of the score, demographic IV, adverse impact ratio.
PROTOTYPE = {
    0.5: (0.794, 1.270, 0.011, 0.986),
    1.5: (0.818, 1.606, 0.236, 0.830),
    2.0: (0.827, 1.885, 0.526, 0.673),
    4.0: (0.839, 1.934, 0.742, 0.524),
}


class Sample(NamedTuple):
    """Predictors, default and race of some applicants."""

    X: pd.DataFrame
    y: pd.Series
    race: pd.Series


@dataclass(frozen=True)
class Measures:
    """What a score does on given rows; it is higher where default is more likely."""

    auc: Estimate
    iv: Estimate
    iv_fair: Estimate
    adverse_impact_ratio: Estimate
    approved: float

    def row(self) -> dict[str, float]:
        """Return values and 95 % intervals."""
        row: dict[str, float] = {}
        for name in MEASURES:
            estimate: Estimate = getattr(self, name)
            low, high = estimate.interval()
            row |= {name: estimate.value, f"{name}_low": low, f"{name}_high": high}
        return row | {"approved": self.approved}


def load_split(seed: int = 42) -> tuple[Sample, Sample]:
    """Return training and test rows, 80/20, the paper's where the seed is 42.

    Gender and race are no predictors.
    """
    X, y = load_simu_credit()
    parts = train_test_split(
        X.drop(columns=PROTECTED), y, X["Race"], test_size=0.2, random_state=seed
    )
    return Sample(*parts[::2]), Sample(*parts[1::2])


def table_1(train: Sample, test: Sample) -> pd.DataFrame:
    """Return AUC train/test of the models on the bins of one joint booster."""
    rows = []
    for (n_rounds, gamma), (paper, prototype) in TABLE_1.items():
        ours = stump_models(train, test, n_rounds, gamma)
        for i, (encoding, auc) in enumerate(zip(ENCODINGS, ours, strict=True)):
            row = {
                "rounds": n_rounds,
                "gamma": gamma,
                "model": encoding,
                "paper": paper[i],
                "prototype": prototype[i],
            }
            theirs = [float(number) for number in paper[i].split("/")]
            difference = max(abs(a - b) for a, b in zip(auc, theirs, strict=True))
            rows.append(
                row
                | {"ours": _both(auc), "largest difference from the paper": round(difference, 3)}
            )
    return pd.DataFrame(rows)


def stump_models(train: Sample, test: Sample, n_rounds: int, gamma: float) -> list[list[float]]:
    """Return the AUC on training and test rows of each model of ``ENCODINGS``."""
    from xgboost import XGBClassifier

    binner = StumpBinner(mode="joint", n_rounds=n_rounds, gamma=gamma, n_jobs=1)
    with warnings.catch_warnings():  # a bin without events at 50 rounds: half a row is added
        warnings.simplefilter("ignore", SparseCellWarning)
        card = Scorecard(binner, round=False, signs="free").fit(train.X, train.y)
    encoder = OneHotEncoder(handle_unknown="ignore")
    codes = [card.binner_.bin_codes(sample.X) for sample in (train, test)]
    one_hot = LogisticRegression(max_iter=1000).fit(encoder.fit_transform(codes[0]), train.y)
    options = {"max_depth": 1, "learning_rate": 1.0, "n_estimators": n_rounds, "gamma": gamma}
    free = XGBClassifier(**options, n_jobs=1).fit(train.X, train.y)
    directions = tuple(int(np.sign(stats.spearmanr(train.X[c], train.y)[0])) for c in train.X)
    monotone = XGBClassifier(**options, n_jobs=1, monotone_constraints=directions)
    monotone.fit(train.X, train.y)
    scores = (
        [one_hot.decision_function(encoder.transform(own)) for own in codes],
        card_scores(card, (train, test)),
        signed_scores(card, train, (train, test)),
        [free.predict_proba(sample.X)[:, 1] for sample in (train, test)],
        [monotone.predict_proba(sample.X)[:, 1] for sample in (train, test)],
    )
    return [
        [float(area_under_curve(s.y, x)) for s, x in zip((train, test), own, strict=True)]
        for own in scores
    ]


def card_scores(card: Scorecard, samples: Iterable[Sample]) -> list[Floats]:
    """Return the log odds of default that a card tells."""
    return [card.decision_function(sample.X) for sample in samples]


def signed_scores(card: Scorecard, train: Sample, samples: Iterable[Sample]) -> list[Floats]:
    """Return the log odds of a regression on the card's bins; no safer bin has larger odds."""
    counts = np.stack([1 - train.y, train.y], axis=1)
    fit = fit_constrained_logistic(card.binner_.transform(train.X), counts, sign=-1)
    return [fit.log_odds(np.asarray(card.binner_.transform(sample.X))) for sample in samples]


def worked_example() -> pd.DataFrame:
    """Return the confidence that an IV of .066 exceeds .05, by either standard error.

    The counts are made up: they have the paper's IV, and the size at which Eq. 18 gives nearly its
    standard error.
    """
    p, q = tilted(0.066, 6)
    table = CountTable.from_counts(np.round(9_270 * p), np.round(1_630 * q))
    rows = []
    for method in ("sudjianto_burakov", "delta"):
        iv = information_value(table, method=method)
        low, high = iv.interval()
        row = {
            "method": method,
            "iv": iv.value,
            "standard_error": iv.standard_error,
            "low": low,
            "high": high,
        }
        rows.append(row | {"confidence that iv > .05": iv.probability_above(0.05)})
    return pd.DataFrame(rows)


def tilted(iv: float, n_bins: int) -> tuple[Floats, Floats]:
    """Return equal shares of non-events and tilted shares of events with an information value."""
    p, place = np.full(n_bins, 1.0 / n_bins), np.linspace(-1.0, 1.0, n_bins)

    def shares(slope: float) -> Floats:
        weight = np.exp(-slope * place)
        return np.asarray(weight / weight.sum())

    def excess(slope: float) -> float:
        q = shares(slope)
        return float(np.sum((p - q) * np.log(p / q))) - iv

    return p, shares(optimize.brentq(excess, 0.0, 5.0))


def draw(
    rng: np.random.Generator, p: Floats, q: Floats, n: int, n_replicates: int
) -> BinnedSamples:
    """Draw bins and classes of n applicants with 15 % events, many times."""
    events = rng.binomial(n, 0.15, n_replicates)
    good = rng.multinomial(n - events, p).astype(np.float64)
    bad = rng.multinomial(events, q).astype(np.float64)
    return fill_zero_cells(BinnedSamples(good, bad, good, bad))


def coverage_study(
    cases: Iterable[tuple[int, float]] = ((2_000, 0.4555), (20_000, 0.0419), (2_000, 0.0186)),
    *,
    n_replicates: int = 20_000,
) -> pd.DataFrame:
    """Return how often 95 % intervals cover the true IV of six bins.

    Eq. 18 and what the package uses.
    """
    rng, z, rows = np.random.default_rng(0), stats.norm.ppf(0.975), []
    for n, iv in cases:
        parts = divergence_parts(draw(rng, *tilted(iv, 6), n, n_replicates))
        low, high = divergence_interval(parts)
        paper, ours = np.sqrt(parts.fixed_weight_variance), np.sqrt(parts.variance)
        row = {
            "n": n,
            "true IV": iv,
            "sd of IV": parts.value.std(),
            "delta SE": ours.mean(),
            "Eq. 18": paper.mean(),
        }
        row |= {
            "covered, Eq. 18": np.mean(np.abs(parts.value - iv) <= z * paper),
            "covered, delta": np.mean(np.abs(parts.value - iv) <= z * ours),
            "covered, interval used": np.mean((low <= iv) & (iv <= high)),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def null_statistics(
    n_bins: int, *, n: int = 20_000, n_replicates: int = 20_000
) -> dict[str, Floats]:
    """Return draws of IV / SE with either error, and of Pearson's statistic, where IV is 0."""
    p = np.full(n_bins, 1.0 / n_bins)
    samples = draw(np.random.default_rng(n_bins), p, p, n, n_replicates)
    parts = divergence_parts(samples)
    return {
        "Eq. 18": parts.value / np.sqrt(parts.fixed_weight_variance),
        "delta": parts.value / np.sqrt(parts.variance),
        "Pearson": pearson_statistic(samples),
    }


def null_study(sizes: Sequence[int] = (5, 10, 20)) -> pd.DataFrame:
    """Return how often tests of IV = 0 at one-sided 5 % reject where it is true."""
    rows = []
    for k in sizes:
        drawn = null_statistics(k)
        cuts = {
            "Eq. 18": stats.norm.ppf(0.95),
            "delta": stats.norm.ppf(0.95),
            "Pearson": stats.chi2.ppf(0.95, k - 1),
        }
        named = {
            "Eq. 18": "Z with Eq. 18",
            "delta": "Z with the delta SE",
            "Pearson": "Pearson's chi-square",
        }
        rows.append(
            {"bins": k} | {named[name]: np.mean(drawn[name] > cut) for name, cut in cuts.items()}
        )
    return pd.DataFrame(rows)


def threshold_study(
    *, limit: float = 0.05, n: int = 10_900, n_replicates: int = 20_000
) -> pd.DataFrame:
    """Return how often "IV > limit" is concluded at 5 % where IV equals the limit (six bins)."""
    rng, z = np.random.default_rng(1), stats.norm.ppf(0.95)
    parts = divergence_parts(draw(rng, *tilted(limit, 6), n, n_replicates))
    statistic = parts.n_effective * parts.center + parts.degrees_of_freedom
    cut = stats.ncx2.ppf(0.95, parts.degrees_of_freedom, parts.n_effective * limit)
    errors = {"Z with Eq. 18": parts.fixed_weight_variance, "Z with the delta SE": parts.variance}
    row = {
        name: np.mean((parts.value - limit) / np.sqrt(variance) > z)
        for name, variance in errors.items()
    }
    return pd.DataFrame(
        [{"true IV": limit, "n": n} | row | {"non-central chi-square": np.mean(statistic > cut)}]
    )


def measure(score: Floats, training_score: Floats, test: Sample) -> Measures:
    """Judge a score on test rows.

    Its bins are deciles of the training rows, and about half is approved.

    A card has few distinct scores: the share approved is the one nearest to one half that a cut-off
    can give.
    """
    inner = np.arange(1, N_SCORE_BINS) / N_SCORE_BINS
    edges = np.unique(np.quantile(training_score, inner))
    table = CountTable.from_codes(
        np.searchsorted(edges, score, side="right"), test.y, group=test.race
    )
    approved = score <= _cut_off(score)

    # A score of few values can leave a decile with a single test row: half a row is added there.
    return Measures(
        auc=area_under_curve(test.y, score),
        iv=information_value(table, zero_cells=0.5),
        iv_fair=demographic_information_value(table, zero_cells=0.5),
        adverse_impact_ratio=adverse_impact_ratio(approved.astype(np.int64), test.race),
        approved=float(approved.mean()),
    )


def _cut_off(score: Floats) -> float:
    values, counts = np.unique(score, return_counts=True)
    return float(values[np.argmin(np.abs(np.cumsum(counts) / score.size - 0.5))])


def fair_bins(train: Sample, test: Sample, budgets: Sequence[float] = BUDGETS) -> Frontier:
    """Return bins of all characteristics at every budget of their demographic information value."""
    return fairness_frontier(train.X, train.y, train.race, budgets, holdout=_holdout(test))


def refit(binner: FairBinner, train: Sample) -> Scorecard:
    """Return a scorecard on fitted bins."""
    return Scorecard(FrozenEstimator(binner), round=False, signs="free").fit(train.X, train.y)


def fair_frontier(
    bins: Frontier, train: Sample, test: Sample, *, signs_held: bool = False
) -> pd.DataFrame:
    """Return what the scorecard on the bins of each budget does on test rows."""
    rows = []
    for point in bins:
        card, both = refit(point.model, train), (train, test)
        fitted, score = signed_scores(card, train, both) if signs_held else card_scores(card, both)
        row = {"budget": point.budget, "bins iv_fair, training": point.measures["iv_fair"].value}
        row["bins iv_fair, test"] = point.holdout["iv_fair"].value
        rows.append(row | measure(score, fitted, test).row())
    return pd.DataFrame(rows)


def score_bounds(train: Sample, test: Sample, *, signs_held: bool = True) -> Frontier:
    """Return scorecards on bins without a budget at every budget of the score.

    The paper holds the signs.
    """
    card = Scorecard(OptimalBinner(max_n_prebins=20, max_n_bins=6), round=False)
    options = {"card": card, "holdout": _holdout(test), "sign_constraints": signs_held}
    return scorecard_frontier(train.X, train.y, train.race, SCORE_BUDGETS, **options)


def score_frontier(scores: Frontier, train: Sample, test: Sample) -> pd.DataFrame:
    """Return what the card of each budget does on test rows, with the cut-off of all tables."""
    rows = []
    for point in scores:
        fitted, score = card_scores(point.model, (train, test))
        row = {
            "budget": point.budget,
            "iv_fair, training": point.measures["iv_fair"].value,
            "status": point.status,
        }
        rows.append(row | measure(score, fitted, test).row())
    return pd.DataFrame(rows)


def _holdout(test: Sample) -> dict[str, Any]:
    return {"X": test.X, "y": test.y, "protected": test.race}


def over_splits(budgets: Sequence[float] = (1.5, np.inf), *, n_splits: int = 20) -> pd.DataFrame:
    """Return means over random splits of what a card on bins within a budget does on test rows."""
    frames = []
    for seed in range(n_splits):
        train, test = load_split(seed)
        frames.append(fair_frontier(fair_bins(train, test, budgets), train, test))
    return pd.concat(frames).groupby("budget")[list(MEASURES)].agg(["mean", "std"])


def drop_worst(train: Sample, test: Sample, *, most: int = 2) -> pd.DataFrame:
    """Return scorecards without the characteristics of largest demographic IV, one by one."""
    summary = (
        FairBinner()
        .fit(train.X, train.y, protected=train.race)
        .fairness_summary()
        .set_index("feature")
    )
    order, rows = summary["iv_fair"].drop("all features").sort_values(ascending=False).index, []
    for n in range(most + 1):
        kept = [sample._replace(X=sample.X.drop(columns=order[:n])) for sample in (train, test)]
        card = Scorecard(FairBinner(), round=False, signs="free").fit(kept[0].X, kept[0].y)
        fitted, score = card_scores(card, kept)
        rows.append(
            {"dropped": ", ".join(order[:n]) or "nothing"} | measure(score, fitted, test).row()
        )
    return pd.DataFrame(rows)


def beside_prototype(frontier: pd.DataFrame) -> pd.DataFrame:
    """Return the prototype's points above ours."""
    rows = []
    for budget, numbers in PROTOTYPE.items():
        theirs = [f"{number:.3f}" for number in numbers]
        rows.append(
            {"budget": budget, "by": "prototype"} | dict(zip(MEASURES, theirs, strict=True))
        )
        ours = compact(frontier.loc[frontier["budget"] == budget]).iloc[0]
        rows.append({"budget": budget, "by": "ours"} | {name: ours[name] for name in MEASURES})
    return pd.DataFrame(rows)


def beside_the_figures(train: Sample, test: Sample) -> pd.DataFrame:
    """Return the curves of the paper's figures beside ours: bins in a budget, signs held."""
    bins = fair_bins(train, test, [budget for budget, _, _ in PAPER_FRONTIER])
    ours = fair_frontier(bins, train, test, signs_held=True)
    rows = []
    for point, (_, own), (budget, auc, ratio) in zip(
        bins, ours.iterrows(), PAPER_FRONTIER, strict=True
    ):
        row = {"budget": budget, "AUC, read off": auc, "AUC, ours": own["auc"]}
        row |= {"AIR, read off": ratio, "AIR, ours": own["adverse_impact_ratio"]}
        row |= {"sum of IV, ours": point.measures["iv"].value}
        rows.append(row | {"sum of demographic IV, ours": point.measures["iv_fair"].value})
    return pd.DataFrame(rows)


def ratio_of_mortgage(train: Sample) -> pd.DataFrame:
    """Return Eq. 27 for Mortgage against race, read off figure 3 and ours."""
    column = train.X[["Mortgage"]]
    binner = FairBinner().fit(column, train.y, protected=train.race)
    table = CountTable.from_codes(binner.bin_codes(column)[:, 0], train.y, group=train.race)
    iv = information_value(table, zero_cells=0.5)
    iv_fair = demographic_information_value(table, zero_cells=0.5)
    rows = [
        {
            "k": k,
            "read off": theirs,
            "ours": conservative_ratio(iv, iv_fair, level=float(stats.norm.cdf(k))),
        }
        for k, theirs in PAPER_RATIO.items()
    ]
    return pd.DataFrame(rows)


def with_interval(value: float, low: float, high: float) -> str:
    """Return an estimate as text."""
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def compact(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with value and interval in one column each."""
    short = frame.copy()
    for name in MEASURES:
        parts = frame[[name, f"{name}_low", f"{name}_high"]].to_numpy()
        short[name] = [with_interval(*row) for row in parts]
        short = short.drop(columns=[f"{name}_low", f"{name}_high"])
    return short


def _both(auc: Sequence[float]) -> str:
    return "/".join(f"{value:.3f}"[1:] for value in auc)


def _show(title: str, frame: pd.DataFrame) -> None:
    print(f"\n## {title}\n")
    print(frame.round(4).to_string(index=False), flush=True)


def main() -> None:
    """Print everything."""
    train, test = load_split()
    _show("Table 1: AUC train/test", table_1(train, test))
    _show("worked example", worked_example())
    _show("coverage of 95 % intervals", coverage_study())
    _show("tests of IV = 0 where IV is 0, one-sided 5 %", null_study())
    _show("tests of IV <= .05 where IV is .05, one-sided 5 %", threshold_study())
    bins = fair_bins(train, test)
    frontier = fair_frontier(bins, train, test)
    _show("bins within a budget, refitted card, test rows", compact(frontier))
    _show("the prototype's points", beside_prototype(frontier))
    _show(
        "the same bins, signs of the coefficients held",
        compact(fair_frontier(bins, train, test, signs_held=True)),
    )
    _show("the curves of the paper's figures", beside_the_figures(train, test))
    _show("ratio of Mortgage, figure 3", ratio_of_mortgage(train))
    for title, held in (("signs held", True), ("no signs", False)):
        scores = score_bounds(train, test, signs_held=held)
        _show(
            f"scores within a budget, {title}, test rows",
            compact(score_frontier(scores, train, test)),
        )
    n_splits = sized(20, 1)
    means = over_splits(n_splits=n_splits).reset_index()
    _show(f"means over {n_splits} other splits of the rows", means)
    _show("dropping the worst characteristics", compact(drop_worst(train, test)))


if __name__ == "__main__":
    main()
