"""Recordings whose identity is known by an identifier that the matcher doesn't get to see.

Each set has the columns of `tenuto.catalogue.match.propose` and `label`: rows of one label are one recording.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.catalogue.session import Session

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
_FREEMUSIC: Final = DATA / "freemusicc"

Told = tuple[int, bool, str, str, str, int | None, int | None, int | None, str]
"""source, distinct_keys, title, artist, release, year, duration_ms, track_number, label."""

COLUMNS: Final = (
    *(("node", pa.int64()), ("source", pa.int32()), ("distinct_keys", pa.bool_()), ("title", pa.string())),
    *(("artist", pa.string()), ("release", pa.string()), ("year", pa.int32()), ("duration_ms", pa.int64())),
    *(("track_number", pa.int32()), ("label", pa.string())),
)


def plays() -> Iterator[Told]:
    """The radio plays' spellings (source 2) against the list of songs (source 1); held back: COMBINED."""
    folder = DATA / "classic_rock_plays"
    for title, artist, year, label in _csv(
        folder / "classic-rock-song-list.csv", '"Song Clean"', '"ARTIST CLEAN"', '"Release Year"', "COMBINED"
    ):
        yield 1, True, title, artist, "", _whole(year), None, None, label
    names = sorted(set(_csv(folder / "classic_rock_raw_plays.csv", "song", "artist", "combined")))
    for title, artist, label in names:
        yield 2, False, title, artist, "", None, None, None, label


def file_names() -> Iterator[Told]:
    """freemusi.cc's list of tracks (source 1) against what their uploaders called the files (source 2).

    Held back: the URL. Of the names only those that split into a number, an artist and a title. Left out:
    URLs that stand at several tracks, and tracks whose title and artist stand at several URLs; there a URL
    doesn't tell recordings apart.
    """
    releases = _releases()
    tracks = sorted(set(_csv(_FREEMUSIC / "tracks.csv", *_TRACK)))
    urls = Counter(track[-1] for track in tracks)
    names = Counter((track[1].lower(), track[2].lower()) for track in tracks)
    for key, title, artist, duration, track, url in tracks:
        if urls[url] > 1 or names[title.lower(), artist.lower()] > 1:
            continue
        album, year = releases.get(key, ("", ""))
        yield (
            *(1, True, title, artist, album, _whole(year)),
            *(_thousandfold(duration), _whole(track), url),
        )
        told = _file_name(url)
        if told is not None:
            yield 2, True, told[1], told[0], "", None, None, None, url


def musicbrainz() -> Iterator[Told]:
    """MusicBrainz test fixtures: tracks as printed on releases (source 2) against recordings (source 1).

    Held back: the recording's MBID. The file is many tests' data one after the other, each numbering anew.
    """
    text = (DATA / "musicbrainz_sql" / "t_sql_all.sql").read_text(encoding="utf-8")
    known: set[str] = set()
    for section in text.split("SET client_min_messages"):
        printed = {row["id"]: row["name"] for row in _inserts(section, "artist_credit")}
        releases = {row["id"]: row["name"] for row in _inserts(section, "release")}
        media = {row["id"]: releases.get(row.get("release", ""), "") for row in _inserts(section, "medium")}
        mbids = {}
        for row in _inserts(section, "recording"):
            mbids[row["id"]] = row["gid"]
            if row["gid"] not in known:
                artist, length = printed.get(row["artist_credit"], ""), _whole(row.get("length"))
                yield 1, True, row["name"], artist, "", None, length, None, row["gid"]
            known.add(row["gid"])
        for row in _inserts(section, "track"):
            yield (
                *(2, False, row["name"], printed.get(row["artist_credit"], "")),
                *(media.get(row["medium"], ""), None, _whole(row.get("length"))),
                *(_whole(row.get("position")), mbids.get(row["recording"], row["gid"])),
            )


def durations() -> Iterator[Told]:
    """freemusi.cc's tracks against each other; held back: the duration, whose seconds are the label.

    Its netlabels publish many tracks again on compilations. Tracks of like title and artist are one
    recording where their durations agree within 2 s, and two where they differ by more than 5 s.
    """
    releases = _releases()
    for key, title, artist, seconds, track, _ in sorted(set(_csv(_FREEMUSIC / "tracks.csv", *_TRACK))):
        album, year = releases.get(key, ("", ""))
        yield 1, False, title, artist, album, _whole(year), None, _whole(track), seconds


@dataclass(frozen=True, slots=True)
class Truth:
    """SQL over two rows `a` and `b`: whether they are one recording, and whether that is certain."""

    same: str = "a.label = b.label"
    certain: str = "true"
    half: str = "hash(b.label) % 2"
    """0: the pair is for fitting, 1: it is held back."""


_APART = "abs(a.label::INTEGER - b.label::INTEGER)"
TRUTHS: Final = {
    "durations": Truth(f"{_APART} <= 2", f"{_APART} NOT BETWEEN 3 AND 5", "hash(lower(b.title)) % 2")
}
"""Of the sets whose labels aren't simply equal."""

SETS: Final[dict[str, Callable[[], Iterator[Told]]]] = {
    "file names": file_names,
    "durations": durations,
    "plays": plays,
    "MusicBrainz fixtures": musicbrainz,
}


def load(session: Session, keys: str, told: Iterable[Told]) -> None:
    """Creates the table `keys` from a set, with a node number each."""
    rows = [(node, *row) for node, row in enumerate(told)]
    columns = [
        pa.array(column, kind) for column, (_, kind) in zip(zip(*rows, strict=True), COLUMNS, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labelled.parquet"
        pq.write_table(pa.table(columns, names=[name for name, _ in COLUMNS]), path)
        session.view("told", [path])
        session.query(f"CREATE TABLE {keys} AS FROM told")


def _releases() -> dict[str, tuple[str, str]]:
    rows = _csv(_FREEMUSIC / "releases.csv", "id", "album", "year")
    return {key: (album, year) for key, album, year in rows}


def _csv(path: Path, *columns: str) -> list[tuple[str, ...]]:
    chosen = ", ".join(f"coalesce({column}, '')" for column in columns)
    with duckdb.connect() as connection:
        return connection.execute(
            f"SELECT {chosen} FROM read_csv(?, all_varchar=true)", [str(path)]
        ).fetchall()


def _file_name(url: str) -> tuple[str, str] | None:
    """Artist and title, where the name is a number, an artist without figures in it, and a title."""
    stem = re.sub(r"\.\w{2,4}$", "", url.rpartition("/")[2])
    parts = re.split(r"_-_|\s-\s|%20-%20|-+", stem)
    match [re.sub(r"[_\s]+|%20", " ", part).strip() for part in parts]:
        case [number, artist, title] | [artist, number, title] if _FILE_NAME.fullmatch(
            f"{number}/{artist}/{title}"
        ):
            return artist, title
        case _:
            return None


_TRACK: Final = ("id", "title", "trackartist", "duration", "track", "trackurl")
_FILE_NAME: Final = re.compile(r"\d{1,3}/[^\d/]{2,}/\D(?!.*(?:kb|vbr)$).*")
"""Number, artist, title; what ends in a bit rate isn't a title."""


def _inserts(section: str, table: str) -> Iterator[dict[str, str]]:
    """The rows of `INSERT INTO table (names) VALUES (…), (…);`. NULL is left out."""
    statement = rf"INSERT INTO (?:musicbrainz\.)?{table} \(([^)]*)\)\s*VALUES\s*((?:[^';]|'(?:[^']|'')*')*);"
    for found in re.finditer(statement, section):
        names = [name.strip() for name in found[1].split(",")]
        for row in re.finditer(r"\(((?:[^'()]|'(?:[^']|'')*'|\([^()]*\))*)\)", found[2]):
            values = re.findall(r"\s*('(?:[^']|'')*'|[^,]+)\s*(?:,|$)", row[1])
            pairs = zip(names, (value.strip() for value in values), strict=False)
            yield {name: _unquoted(value) for name, value in pairs if value.upper() != "NULL"}


def _unquoted(value: str) -> str:
    return value[1:-1].replace("''", "'") if value.startswith("'") else value


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _thousandfold(seconds: str) -> int | None:
    return int(seconds) * 1000 if seconds.isdigit() else None
