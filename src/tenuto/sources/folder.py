"""A folder of audio files, however deep."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from tenuto.formats.text import percent_path
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import Access, Location, RejectedRow, SourceDescription, SourceRow
from tenuto.sources.audio_row import AudioFile, audio_row, release_home
from tenuto.sources.kinds import MAGIC_LENGTH, MEDIA_TYPES, extension, media_type
from tenuto.sources.rights_files import RightsFiles
from tenuto.sources.tags import read_tags
from tenuto.sources.tree import Entry, open_entry, root_text, tree_version, unreadable, unusable, walk


class FolderSource:
    """Audio files below `root`, in the order of their paths' bytes. Links are never followed.

    Keys and locations are percent-encoded paths relative to the root, so any bytes in a name survive.
    """

    def __init__(self, name: SourceName, root: Path, *, priority: int = 100) -> None:
        if not root.is_dir():
            raise NotFoundError("no such folder", where=str(root), remedy="Check the path and the mount")
        self._name, self._priority = name, priority
        self._root = os.fsencode(root.resolve())

    def describe(self) -> SourceDescription:
        """`version` is a digest over every file's path, length and time of change."""
        settings: dict[str, str | list[str]] = {"root": root_text(self._root)}
        return SourceDescription(
            self._name,
            "folder",
            self._priority,
            tree_version(self._root),
            settings=settings,
            keys_are_recordings=False,
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        rights = RightsFiles(self._root, reporter)
        ordinal = 0
        for entry in walk(self._root):
            found = self._found(entry)
            if found is None:
                continue
            if ordinal >= start:
                yield self._row(entry, ordinal, found, rights)
            ordinal += 1

    def _found(self, entry: Entry) -> tuple[str, str] | None:
        """(media type, ""), or ("", why it is rejected); None for what nobody takes for audio."""
        if entry.fault:
            return "", f"{entry.fault}; mend its permissions and harvest again"
        if reason := unusable(entry):
            return ("", reason) if self._was_meant(entry) else None
        try:
            with open_entry(self._root, entry) as file:
                kind = media_type(entry.name, file.read(MAGIC_LENGTH))
        except OSError as error:
            return "", unreadable(error)
        return (kind, "") if kind else None

    def _row(
        self, entry: Entry, ordinal: int, found: tuple[str, str], rights: RightsFiles
    ) -> SourceRow | RejectedRow:
        kind, fault = found
        try:
            if not fault:
                return self._audio(entry, ordinal, kind, rights)
        except OSError as error:
            fault = unreadable(error)
        return RejectedRow(self._name, ordinal, percent_path(entry.path), fault)

    def _was_meant(self, entry: Entry) -> bool:
        """Whether the operator would expect audio there: an audio name, or a link to a folder."""
        link = stat.S_ISLNK(entry.status.st_mode)
        to_folder = link and os.path.isdir(self._root + b"/" + entry.path)  # noqa: PTH112  pathlib can't hold any bytes
        return to_folder or extension(entry.name) in MEDIA_TYPES

    def _audio(self, entry: Entry, ordinal: int, kind: str, rights: RightsFiles) -> SourceRow:
        with open_entry(self._root, entry) as file:
            tags = read_tags(file, entry.name)
        path, length = percent_path(entry.path), entry.status.st_size
        stated = rights.evidence_for(entry.path)
        audio = AudioFile(
            path,
            entry.name,
            SourceKey(path),
            release_home(path.rpartition("/")[0]),
            length,
            Location(f"folder:{self._name}/{path}", Access.HELD, length, media_type=kind),
            (stated,) if stated else (),
            entry.cover,
            percent_path(entry.namesake),
        )
        return audio_row(self._name, ordinal, audio, tags)
