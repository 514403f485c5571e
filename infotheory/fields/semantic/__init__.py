"""Semantic information after Lu: what statements say, where truth is a matter of degree."""

from infotheory.fields.semantic.confirmation import confirmation
from infotheory.fields.semantic.cost import SemanticRate, rate_of_semantic_information
from infotheory.fields.semantic.mutual import optimal_truth, semantic_mutual_information
from infotheory.fields.semantic.truth import (
    logical_probability,
    pointwise_semantic_information,
    semantic_bayes,
)

__all__ = [
    "SemanticRate",
    "confirmation",
    "logical_probability",
    "optimal_truth",
    "pointwise_semantic_information",
    "rate_of_semantic_information",
    "semantic_bayes",
    "semantic_mutual_information",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
