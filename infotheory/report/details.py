"""What only people know of a model."""

from collections.abc import Mapping

__all__ = ["DETAILS", "read_details"]

#: What a report asks of its authors: key, and heading.
DETAILS = {
    "model_id": "Model id",
    "version": "Version",
    "owner": "Owner",
    "purpose": "Purpose",
    "training_period": "Period of the training rows",
    "holdout_period": "Period of the hold-out rows",
    "prepared_by": "Prepared by",
    "validated_by": "Validated by",
    "approved_by": "Approved by",
}


def read_details(details: Mapping[str, str] | None) -> dict[str, str | None]:
    """Read what is known of a model; what is not stays None, and a blank line in print."""
    known = {} if details is None else dict(details)
    unknown = [key for key in known if key not in DETAILS]
    if unknown:
        message = f"model_details must have the keys {', '.join(DETAILS)}, got {unknown[0]!r}"
        raise ValueError(message)
    return {key: None if known.get(key) is None else str(known[key]) for key in DETAILS}
