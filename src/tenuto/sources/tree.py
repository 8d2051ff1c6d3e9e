"""Walks a folder in a stable order, without following links and whatever bytes its names hold."""

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tenuto.formats.text import percent_path
from tenuto.model.errors import ConfigurationError
from tenuto.sources.kinds import extension

_COVERS: Final = ("cover", "folder", "front", "albumart")
_PICTURES: Final = {".jpg", ".jpeg", ".png", ".webp", ".gif"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file (or link, socket …), or a folder that can't be listed. `path` is relative to the root."""

    path: bytes
    status: os.stat_result
    cover: str = ""
    """The name of a cover picture beside it."""
    namesake: bytes = b""
    """A name beside it that differs only in case or Unicode form."""
    fault: str = ""

    @property
    def name(self) -> str:
        """Its last component; bytes that aren't UTF-8 as lone surrogates."""
        return self.path.rpartition(b"/")[2].decode("utf-8", "surrogateescape")


def walk(root: bytes) -> Iterator[Entry]:
    """In the order of whole paths' bytes. Holds one listing a level, never the whole tree."""
    pending = [iter(list_folder(root, b"", os.stat(root)))]  # noqa: PTH116  pathlib can't hold any bytes
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
        elif stat.S_ISDIR(entry.status.st_mode) and not entry.fault:
            pending.append(iter(list_folder(root, entry.path, entry.status)))
        else:
            yield entry


def list_folder(root: bytes, folder: bytes, status: os.stat_result) -> list[Entry]:
    """A folder sorts as its name with a slash behind, so that the walk's order is that of whole paths."""
    try:
        with os.scandir(root + b"/" + folder) as listing:
            found = [(each.name, each.stat(follow_symlinks=False)) for each in listing]
    except OSError as error:
        return [Entry(folder, status, fault=f"the folder can't be listed ({error.strerror})")]
    found.sort(key=lambda each: each[0] + b"/" if stat.S_ISDIR(each[1].st_mode) else each[0])
    names = [name for name, _ in found]
    prefix, cover, namesakes = folder + b"/" if folder else b"", _cover(names), _namesakes(names)
    return [Entry(prefix + name, status, cover, namesakes.get(name, b"")) for name, status in found]


def _cover(names: list[bytes]) -> str:
    for name in sorted(names):
        text = name.decode("utf-8", "replace")
        if extension(text) in _PICTURES and text.lower().startswith(_COVERS):
            return text
    return ""


def _namesakes(names: list[bytes]) -> dict[bytes, bytes]:
    """Each name that another one would overwrite on a file system that folds case or Unicode forms."""
    by_folded: dict[str, list[bytes]] = {}
    for name in names:
        text = name.decode("utf-8", "surrogateescape")
        by_folded.setdefault(unicodedata.normalize("NFC", text.casefold()), []).append(name)
    groups = [sorted(group) for group in by_folded.values() if len(group) > 1]
    return {name: group[0] if name != group[0] else group[1] for group in groups for name in group}


def tree_version(root: bytes) -> str:
    """A digest over every file's path, length and time of change."""
    digest = hashlib.sha256()
    for entry in walk(root):
        digest.update(b"%s\0%d\0%d\n" % (entry.path, entry.status.st_size, entry.status.st_mtime_ns))
    return f"sha256:{digest.hexdigest()}"


def open_entry(root: bytes, entry: Entry) -> BinaryIO:
    """A file that `walk` found. `OSError`, also where it became a link since."""
    return os.fdopen(os.open(root + b"/" + entry.path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def unusable(entry: Entry) -> str:
    """Why an entry holds nothing that could be brought in; empty where it may."""
    mode = entry.status.st_mode
    if stat.S_ISLNK(mode):
        return "a link, which is never followed; put the file itself there"
    if not stat.S_ISREG(mode):
        return "not a regular file"
    return "" if entry.status.st_size else "the file is empty (0 bytes); replace it from its origin"


def unreadable(error: OSError) -> str:
    """What a reject says of it."""
    return f"can't be read ({error.strerror}); mend its permissions and harvest again"


def root_text(root: bytes) -> str:
    """As settings keep it. `ConfigurationError` where it isn't UTF-8."""
    try:
        return root.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            "the path to the folder isn't UTF-8",
            where=percent_path(root),
            remedy="Mount it under another name",
        ) from error
