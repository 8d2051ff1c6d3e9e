"""MusicBrainz as a source: which dump files, which version, under which licence."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceDescription, SourceRow
from tenuto.sources.musicbrainz import documents
from tenuto.sources.musicbrainz.documents import DocumentDumps
from tenuto.sources.musicbrainz.tables import TableDumps
from tenuto.sources.musicbrainz.version import version

_CORE: Final = "CC0-1.0"
_WITH_GENRES: Final = "CC0-1.0 AND CC-BY-NC-SA-3.0"
_ATTRIBUTION: Final = "MusicBrainz, MetaBrainz Foundation"

_TABLES: Final = ("mbdump", "mbdump-derived")


class MusicBrainzSource:
    """Dump files of one of the two shapes, as MusicBrainz publishes them.

    `paths` are files or folders of them. The joins of PostgreSQL's tables are made in the folder `scratch`.
    Genres come only with `genres`: they are not CC0.
    """

    def __init__(
        self,
        name: SourceName,
        paths: Sequence[Path],
        scratch: Path,
        *,
        genres: bool = False,
        priority: int = 100,
    ) -> None:
        self._name, self._paths, self._scratch = name, paths, scratch
        self._genres, self._priority = genres, priority
        self._documents, self._tables = _dumps(paths)

    def describe(self) -> SourceDescription:
        """Reads the first and the last MiB of each file (`version`)."""
        settings: dict[str, str | list[str]] = {
            "paths": [str(path.resolve()) for path in self._paths],
            "scratch": str(self._scratch.resolve()),
            "genres": "yes" if self._genres else "no",
        }
        return SourceDescription(
            self._name,
            "musicbrainz",
            self._priority,
            version(self._documents or self._tables, f"genres {self._genres}"),
            _WITH_GENRES if self._genres else _CORE,
            _ATTRIBUTION,
            settings,
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        """Of JSON dumps releases with their tracks, recordings, artists; of tables recordings, tracks,
        releases, artists, and the lines that couldn't be read."""
        if self._documents:
            return DocumentDumps(self._name, self._documents, genres=self._genres).rows(reporter, start=start)
        named = self.describe().version
        tables = TableDumps(self._name, self._tables, self._scratch / self._name, named, genres=self._genres)
        return tables.rows(reporter, start=start)


def _dumps(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """(JSON dumps, PostgreSQL dumps), by MusicBrainz's own names for its files; one of the two is empty."""
    files = [file for path in paths for file in _files(path)]
    found = [
        [path for stem in stems for path in files if path.name.partition(".")[0] == stem]
        for stems in (documents.ENTITIES, _TABLES)
    ]
    where = ", ".join(map(str, paths))
    if not any(found):
        remedy = "Name release.tar.xz, recording.tar.xz, artist.tar.xz, or mbdump.tar.bz2"
        raise NotFoundError("no MusicBrainz dump", where=where, remedy=remedy)
    if all(found):
        remedy = "They hold the same data: name the files of one"
        raise ConfigurationError("JSON dumps beside a PostgreSQL dump", where=where, remedy=remedy)
    return found[0], found[1]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.iterdir() if ".tar" in each.suffixes and each.is_file())
    if not path.is_file():
        raise NotFoundError("no such dump", where=str(path), remedy="Name a file, or a folder of dumps")
    return [path]
