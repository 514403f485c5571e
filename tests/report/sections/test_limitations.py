"""What a reader must not conclude: a sentence is there where its number says so, nowhere else."""

import copy

import pytest

from infotheory.report.sections.findings import findings
from infotheory.report.sections.limitations import limitations, limits_of


def characteristic(name, **parts):
    bins = [{"adjusted": False}, {"adjusted": False}]
    samples = {"train": {"bins": bins}, "hold-out": {"bins": copy.deepcopy(bins)}}
    entry = {"feature": name, "samples": samples, "status": "optimal", "in_card": True}
    return entry | parts


def ranked(name, **parts):
    row = {"feature": name, "in_card": True, "adjusted_p_value": 0.01, "by_hand": False}
    return row | {"cross_fitted": {"value": 0.2}} | parts


def spotless():
    """Summary of a model that nothing speaks against."""
    samples = [{"sample": "train", "events": 400}, {"sample": "hold-out", "events": 200}]
    return {
        "conventions": {
            "level": 0.95,
            "model": "Scorecard",
            "score": "points",
            "status": "converged",
            "fitted_with_protected": [],
        },
        "data": {"samples": samples},
        "characteristics": [characteristic("age"), characteristic("income")],
        "ranking": [ranked("age"), ranked("income")],
        "coefficients": [{"feature": "age", "sign_ok": True}],
        "points": [{}],
        "test_warnings": [],
        "calibration": {
            "tests": [{"sample": "train"}, {"sample": "hold-out"}],
            "groups": {"train": [], "hold-out": []},
            "measures": [],
        },
        "performance": {"measures": []},
        "stability": [],
        "fairness": {"groups": [{"attribute": "sex", "group": "f", "count": 50}]},
    }


def texts_of(change):
    summary = spotless()
    change(summary)
    return [limit.text for limit in limits_of(summary)]


def test_of_a_spotless_model_nothing_is_said_but_what_no_statistic_answers():
    (only,) = texts_of(lambda _: None)
    assert "whether one is unlawful is a legal question" in only
    assert findings(spotless()) == []
    general = limitations(spotless())
    assert general[0] == only
    assert len(general) == 4
    assert general[-1].endswith("read the cross-fitted values beside them.")
    assert "applicants who were refused" in general[-2]


def first(summary, part):
    return summary[part][0]


CHANGES = [
    (lambda s: s["data"]["samples"].pop(), "There are no hold-out rows", 2),
    (lambda s: s["data"]["samples"][1].update(events=99), "There are few events (400 in", 4),
    (lambda s: s["data"]["samples"][1].update(events=100), None, 0),
    (
        lambda s: first(s, "characteristics").update(status="separating"),
        "a genuine one does, and may be known only after the outcome: age.",
        1,
    ),
    (lambda s: first(s, "characteristics").update(status="separating", in_card=False), None, 0),
    (
        lambda s: s["characteristics"][1]["samples"]["hold-out"]["bins"][1].update(adjusted=True),
        "had 1/2 added to both cells; they are marked in the tables: income.",
        0,
    ),
    (
        lambda s: first(s, "ranking").update(adjusted_p_value=0.051),
        "without clear evidence (adjusted permutation p-value above 0.05): age.",
        3,
    ),
    (lambda s: first(s, "ranking").update(adjusted_p_value=0.05), None, 0),
    (lambda s: first(s, "ranking").update(adjusted_p_value=None), None, 0),
    (lambda s: first(s, "ranking").update(adjusted_p_value=0.9, in_card=False), None, 0),
    (
        lambda s: s["ranking"][1].update(by_hand=True),
        "permutation p-values are withheld: income.",
        6,
    ),
    (
        lambda s: first(s, "characteristics").update(woe_by_hand=["Missing", "[1, 2)"]),
        "so that they have no error, and points follow from what was set: age Missing, age [1, 2).",
        5,
    ),
    (
        lambda s: [row.update(cross_fitted=None) for row in s["ranking"]],
        "The bins were not learnt column by column",
        6,
    ),
    (
        lambda s: first(s, "ranking").update(cross_fitted=None),
        "These bins were learnt by the rates of each period",
        6,
    ),
    (
        lambda s: s.update(points=None),
        "The model is a pipeline (Scorecard): its score is the points",
        0,
    ),
    (lambda s: first(s, "coefficients").update(sign_ok=False), "(sign turned): age.", 2),
    (
        lambda s: first(s, "coefficients").update(low_status="unbounded"),
        "nothing bounds their coefficients: age.",
        2,
    ),
    (lambda s: first(s, "coefficients").update(low_status="estimated"), None, 0),
    (lambda s: s["test_warnings"].extend("ab"), "(2 different warnings)", 5),
    (
        lambda s: s["conventions"].update(status="iterations"),
        "The regression ended with status 'iterations'.",
        1,
    ),
    (lambda s: s["conventions"].update(status=None), None, 0),
    (
        lambda s: s["calibration"]["tests"].pop(0),
        "no calibration line and no Hosmer-Lemeshow test of the train rows.",
        5,
    ),
    (
        lambda s: s["calibration"].update(tests=[]),
        "Hosmer-Lemeshow test of the train and hold-out rows.",
        5,
    ),
    (
        lambda s: s["conventions"].update(fitted_with_protected=["sex", "age"]),
        "chosen with regard to protected attributes (sex, age)",
        5,
    ),
    (
        lambda s: first(s["fairness"], "groups").update(count=49),
        "Groups with fewer than 50 rows, about which little can be said: sex: f.",
        5,
    ),
]


@pytest.mark.parametrize(("change", "words", "rank"), CHANGES)
def test_each_sentence_is_there_where_its_number_says_so(change, words, rank):
    before, after = texts_of(lambda _: None), texts_of(change)
    told = [text for text in after if text not in before]
    if words is None:
        assert told == []
        return
    (text,) = told
    assert words in text
    summary = spotless()
    change(summary)
    found = {entry["text"]: entry for entry in findings(summary)}
    assert (text in found) == (rank > 0)
    if rank:
        assert found[text]["severity"] == rank


def test_several_names_stand_in_one_sentence_and_groups_of_two_samples_once():
    def change(summary):
        for row in summary["ranking"]:
            row["adjusted_p_value"] = 0.5
        small = {"attribute": "sex", "group": "m", "count": 3}
        summary["fairness"]["groups"] += [small, small | {"count": 7}]

    texts = texts_of(change)
    assert any(text.endswith("above 0.05): age, income.") for text in texts)
    assert sum("sex: m" in text for text in texts) == 1
    assert not any("sex: m; sex: m" in text for text in texts)


def test_without_groups_that_is_said_and_nothing_of_the_law():
    texts = texts_of(lambda s: s.update(fairness=None))
    assert texts == [
        "No protected attribute was given, so nothing is said about differences between groups."
    ]


def of_means(summary):
    """Make a summary one of a target that is no two classes."""
    absent = ["There are no ROC curves."]
    summary["conventions"] |= {"target_type": "fraction", "absent": absent}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s["data"]["samples"].pop(), "what is said of the means on the training rows"),
        (
            lambda s: s["characteristics"][0]["samples"]["train"]["bins"][0].update(adjusted=True),
            "Bins without a class, or without any amount",
        ),
        (lambda s: s["coefficients"][0].update(sign_ok=False), "moves the mean the other way"),
        (lambda s: s["calibration"].update(tests=[]), None),
        (lambda s: s["data"]["samples"][1].update(events=1), None),
        (lambda s: s.update(points=None), None),
    ],
)
def test_of_means_sentences_speak_of_amounts(change, words):
    def both(summary):
        of_means(summary)
        change(summary)

    told = [text for text in texts_of(both) if text not in texts_of(of_means)]
    assert len(told) == (words is not None)
    assert all(words in text for text in told)
    assert "There are no ROC curves." in texts_of(of_means)
    summary = spotless()
    of_means(summary)
    assert not any("applicants" in text for text in limitations(summary))


def test_findings_are_worst_first():
    summary = spotless()
    summary["conventions"]["status"] = "iterations"
    summary["ranking"][0]["by_hand"] = True
    summary["coefficients"][0]["sign_ok"] = False
    assert [entry["severity"] for entry in findings(summary)] == [1, 2, 6]
    assert [entry["section"] for entry in findings(summary)] == ["card", "card", "audit"]
