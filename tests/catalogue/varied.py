"""A small catalogue in which recordings have, and lack, everything that a list shows; of two builds."""

from dataclasses import replace
from pathlib import Path

from tenuto.catalogue import SnapshotCatalogue
from tenuto.model.ids import SourceKey
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Entity, Listens, Location, SourceRow
from tests.catalogue.harvests import built, harvest, isrc, opened, plays, row

_WEEKS = ("2014-06-16/2014-06-23", "2014-06-23/2014-06-30")


def build_varied(root: Path) -> SnapshotCatalogue:
    """The second build changes, adds and removes recordings, artists, releases and what belongs to them."""
    heard = [
        replace(plays("other", 7.0), listens=Listens(7.0, window=_WEEKS[0], listeners=2, squares=25.0)),
        row("other", "Other"),
    ]
    first = built(root, [harvest(root / "1", "a", _rows(0)), harvest(root / "1", "b", heard)])
    second = built(root, [harvest(root / "2", "a", _rows(1)), harvest(root / "2", "b", heard)], first)
    return opened(root, second)


def _rows(version: int) -> list[SourceRow]:
    found = [
        row(
            f"r{n}",
            f"Album {n}",
            entity=Entity.RELEASE,
            genre="Folk" if (n + version) % 2 else "",
            artist=f"Band {n} {version}" if n % 3 else "",
        )
        for n in range(9)
    ]
    for n in range(57 if version else 60):
        name, identifiers = f"Song {n} {version * (n % 10 == 0)}", (isrc(n),) if n % 2 else ()
        found += [
            row(f"k{n}", name, identifiers=identifiers, location=each, **_common(n, version))
            for each in _places(n) or (None,)
        ]
    return [*found, *[_plays(n) for n in range(0, 57 if version else 60, 3)]]


def _common(n: int, version: int) -> dict[str, object]:
    album, titled = (n + version) % 9, n % 7 and n % 4
    return {
        "evidence": tuple(
            Evidence(EvidenceKind.TABLE, f"CC-BY-{1 + (n + version + each) % 4}.0", "", "")
            for each in range(n % 3)
        ),
        "artist": f"Artist {(n + version) % 5}" if n % 6 else "",
        "artist_key": SourceKey(f"a{(n + version) % 5}") if n % 6 > 1 else None,
        "genre": f"Jazz {version}" if n % 5 == 1 else "",
        "duration_ms": 1000 * n or None,
        "year": 1990 + n % 30 if n % 7 else None,
        "release": f"Album {album}" if titled else "",
        "release_key": SourceKey(f"r{album}") if titled else None,
        "disc_number": n % 3 or None,
        "track_number": n or None,
    }


def _places(n: int) -> list[Location | None]:
    places: list[Location | None] = [
        Location(
            f"https://host{each % 2}.example/{n}-{each}.flac",
            Access.REMOTE,
            1000 * n + each,
            None,
            "audio/flac",
        )
        for each in range(n % 4)
    ]
    held = Location(f"folder:x/{n}.ogg", Access.HELD, None, None, "audio/ogg")
    return [*places, held] if n % 5 == 0 else places


def _plays(n: int) -> SourceRow:
    return replace(plays(f"k{n}", 10 * n), listens=Listens(10 * n, window=_WEEKS[n % 2]))
