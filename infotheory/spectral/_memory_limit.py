"""How much memory the dense method would take, and how much there is."""

import os

from infotheory.spectral._torch import Tensor, torch

__all__ = ["dense_bytes", "memory_limit", "readable"]

# For systems that do not tell their memory.
_LIMIT_WHERE_UNKNOWN = 4 * 2**30


def dense_bytes(X: Tensor) -> int:
    """Bytes of the kernel and the copy that the eigenvalue routine takes; six under a gradient."""
    return int(X.shape[0] ** 2 * X.element_size() * (6 if X.requires_grad else 2))


def memory_limit(X: Tensor) -> int:
    """Half of the memory of the device on which X lies."""
    if X.device.type == "cuda":  # pragma: no cover - needs a CUDA device
        return int(torch.cuda.mem_get_info(X.device)[1]) // 2
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:  # pragma: no cover - Windows
        return _LIMIT_WHERE_UNKNOWN
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def readable(n_bytes: int) -> str:
    """Bytes in GiB."""
    return f"{n_bytes / 2**30:.3g} GiB"
