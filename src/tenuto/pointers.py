"""The `current` pointers of an archive's folders (docs/formats/archive.md, clause 5)."""

from pathlib import Path

from tenuto.fsync import atomic_write_bytes

NAME = "current"


def read_pointer(folder: Path) -> str | None:
    """The current id, or None before the first one."""
    try:
        return (folder / NAME).read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def write_pointer(folder: Path, current: str) -> None:
    """Points to `current`; everything that it names is durable already. Rewrites nothing that is so."""
    if read_pointer(folder) != current:
        atomic_write_bytes(folder / NAME, f"{current}\n".encode("ascii"))
