"""A public export tells what a catalogue without the withheld source would (docs/export.md)."""

import random
from pathlib import Path
from typing import Any

import pytest

from tenuto.catalogue.export import Format
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Entity, Features, Identifier, Location, Scheme, SourceRow
from tests.catalogue.export.exports import PUBLIC, documents, exported, of
from tests.catalogue.harvests import harvest, isrc, plays, row

RECORDINGS = 30
RELEASES = 6


def mbid(number: int) -> Identifier:
    return Identifier(Scheme.MBID, f"00000000-0000-4000-8000-{number:012}")


def rows_of_source(chance: random.Random, word: str) -> list[SourceRow]:
    """Rows that share only identifiers with the other source's: every text has the source's own `word`."""
    releases = [
        row(
            f"r{n}",
            f"{word} album {n}",
            entity=Entity.RELEASE,
            identifiers=(mbid(n),),
            year=chance.choice((None, n)),
        )
        for n in range(RELEASES)
        if chance.random() < 0.7
    ]
    tracks = [_track(chance, word, chance.randrange(RECORDINGS)) for _ in range(RECORDINGS)]
    counts = [plays(f"k{chance.randrange(RECORDINGS)}", chance.randrange(1, 9)) for _ in range(RECORDINGS)]
    return releases + tracks + (counts if word == "open" else [])


def _track(chance: random.Random, word: str, number: int) -> SourceRow:
    def maybe(value: Any, other: Any = None) -> Any:
        return value if chance.random() < 0.5 else other

    text = f"{word} {chance.randrange(100)}"
    return row(
        f"k{number}",
        maybe(f"{text} song", f"{word} song"),
        artist=f"{word} artist {chance.randrange(5)}",
        artist_key=maybe(f"{word} key {chance.randrange(5)}"),
        release=maybe(f"{word} single {chance.randrange(5)}", ""),
        release_key=maybe(f"r{chance.randrange(RELEASES)}"),
        track_number=maybe(chance.randrange(1, 9)),
        year=maybe(chance.randrange(1900, 2000)),
        duration_ms=maybe(chance.randrange(1, 10**6)),
        genre=maybe(text, ""),
        identifiers=(isrc(number), *maybe((mbid(1000 + number),), ())),
        evidence=maybe((Evidence(EvidenceKind.TABLE, text, word),), ()),
        location=maybe(Location(f"https://{word}.org/{number}-{chance.randrange(3)}", Access.REMOTE, number)),
        features=maybe(Features(tempo=float(chance.randrange(60, 200)), explicit=maybe(True))),
    )


def told(folder: Path) -> list[str]:
    """Every document but for ids (the best key's, so another source's) and popularity."""
    plain = []
    for document in documents(folder):
        for each in (document, *document["releases"]):
            del each["id"]
        document["artist_id"] = document["artist_id"] is not None
        plain.append(str({k: v for k, v in document.items() if k not in {"popularity", "basis"}}))
    return sorted(plain)


@pytest.mark.parametrize("seed", range(2))
def test_it_is_as_if_the_withheld_source_had_never_been_there(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    theirs = harvest(tmp_path / "h", "private", rows_of_source(chance, "hush"), priority=1)
    ours = harvest(tmp_path / "h", "open", rows_of_source(chance, "open"), priority=2)
    exported(of(tmp_path / "both", [theirs, ours]), Format.JSONL, tmp_path / "public", **PUBLIC)
    exported(of(tmp_path / "alone", [ours]), Format.JSONL, tmp_path / "all")
    assert told(tmp_path / "public") == told(tmp_path / "all")
    assert not any("hush" in document for document in told(tmp_path / "public"))
