"""Another package of this name, whose files would lie among ours."""

from pathlib import Path

__all__ = ["refuse_clash"]


def refuse_clash(file: str) -> None:
    """Raise ImportError where the other package was installed over this one, or under it.

    Both write into one folder ``infotheory``, so that what either imports is a mixture of the two.
    ``file`` lies in that folder.
    """
    beside = Path(file).parent.parent
    other = next(iter(sorted(beside.glob("infotheory-[0-9]*-info"))), None)
    if other is not None:
        message = (
            "another package that is imported as 'infotheory' is installed in the same place "
            f"({other.name}), and the files of the two are mixed; take both away and install one: "
            "pip uninstall infotheory infotheory-stats, then pip install infotheory-stats"
        )
        raise ImportError(message)
