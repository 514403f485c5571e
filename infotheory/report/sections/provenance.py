"""What made a report: versions, parameters, and fingerprints of the data."""

import hashlib
import platform
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from pandas.util import hash_pandas_object

from infotheory._versions import versions_behind_numbers

__all__ = ["data_fingerprint", "provenance"]


def data_fingerprint(*parts: pd.DataFrame | pd.Series | np.ndarray[Any, Any] | None) -> str:
    """SHA-256 of the values, column names and order of rows; the index does not count.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 2]})
    >>> data_fingerprint(frame) == data_fingerprint(frame.set_axis([7, 8]))
    True
    >>> data_fingerprint(frame) == data_fingerprint(frame[::-1])
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        if part is None:
            digest.update(b"absent")
            continue
        frame = part if isinstance(part, pd.DataFrame) else pd.DataFrame({"": part})
        # A unit separator, which hardly stands in a name, so that names do not run into each other.
        digest.update("\x1f".join(map(str, frame.columns)).encode())
        digest.update(hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def provenance(
    parameters: dict[str, Any], fingerprints: dict[str, str], settings: dict[str, Any]
) -> dict[str, Any]:
    """Versions, parameters of the model, settings of the report and fingerprints of the data."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions_behind_numbers(),
        "platform": platform.platform(),
        # Sorted, so that two reports can be compared line by line; objects are written as code.
        "parameters": {name: repr(value) for name, value in sorted(parameters.items())},
        "settings": settings,
        "fingerprints": fingerprints,
    }
