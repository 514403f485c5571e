"""Semantic information after Lu: what statements say, where truth is a matter of degree."""

from infotheory.fields.semantic.classifier import (
    SemanticClassifier,
    maximum_information_classifier,
)
from infotheory.fields.semantic.confirmation import confirmation
from infotheory.fields.semantic.cost import SemanticRate, rate_of_semantic_information
from infotheory.fields.semantic.mixture import SemanticMixture, semantic_mixture
from infotheory.fields.semantic.mutual import optimal_truth, semantic_mutual_information
from infotheory.fields.semantic.truth import (
    logical_probability,
    pointwise_semantic_information,
    semantic_bayes,
)

__all__ = [
    "SemanticClassifier",
    "SemanticMixture",
    "SemanticRate",
    "confirmation",
    "logical_probability",
    "maximum_information_classifier",
    "optimal_truth",
    "pointwise_semantic_information",
    "rate_of_semantic_information",
    "semantic_bayes",
    "semantic_mixture",
    "semantic_mutual_information",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
