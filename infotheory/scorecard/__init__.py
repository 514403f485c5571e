"""Scorecards: logistic regression on weights of evidence, points, and the statistics of their validation."""

from infotheory.scorecard.bands import calibration_table, herfindahl_index
from infotheory.scorecard.calibration import (
    HosmerLemeshow,
    brier_score,
    calibration_intercept,
    calibration_slope,
    hosmer_lemeshow,
)
from infotheory.scorecard.card import Scorecard
from infotheory.scorecard.coefficients import variance_inflation
from infotheory.scorecard.discrimination import auc_difference, gains_table, gini_coefficient, kolmogorov_smirnov
from infotheory.scorecard.grades import MasterScale, grade_table
from infotheory.scorecard.logistic import LogisticFit, fit_logistic

__all__ = [
    "HosmerLemeshow",
    "LogisticFit",
    "MasterScale",
    "Scorecard",
    "auc_difference",
    "brier_score",
    "calibration_intercept",
    "calibration_slope",
    "calibration_table",
    "fit_logistic",
    "gains_table",
    "gini_coefficient",
    "grade_table",
    "herfindahl_index",
    "hosmer_lemeshow",
    "kolmogorov_smirnov",
    "variance_inflation",
]
