"""The contract of `tenuto.model.ports.SearchIndex`, for every adapter.

Subclass `SearchIndexContract` in a test module and give it an `index` fixture: an index of `documents()`,
with the tiers `TIERS`. `document_batch` makes such batches of other rows.
"""
# ruff: noqa: RUF001  texts of many scripts, whose letters look alike

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple
from uuid import UUID

import pyarrow as pa
import pytest

from tenuto.model.catalogue import Facets, ListensBasis, RecordingSummary
from tenuto.model.plan import Tier
from tenuto.model.ports import SearchIndex


class Song(NamedTuple):
    """A document without what follows from its rank."""

    title: str
    artist: str = ""
    release: str = ""
    year: int | None = None
    genre: str = ""
    licences: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("shelf",)


SCHEMA: Final = pa.schema(
    [
        *(("rank", pa.int64()), ("id", pa.binary(16)), ("number", pa.int64()), ("title", pa.string())),
        *(("artist", pa.string()), ("release", pa.string()), ("year", pa.int32())),
        *(("duration_ms", pa.int64()), ("genre", pa.string()), ("licences", pa.list_(pa.string()))),
        *(("sources", pa.list_(pa.string())), ("listens", pa.float64()), ("basis", pa.string())),
        ("popularity", pa.int32()),
    ]
)

SONGS: Final = (
    Song("Paper Lanterns", "Northbound Signal", "Harbour", 1969, "Rock; Pop", ("CC0-1.0",)),
    Song("Kettle Song", "Seven Kettles", "Kitchen", 1970, "Folk", ("CC-BY-4.0",), ("shelf", "plays")),
    Song("Sämtliche Straßen", "Ældre Rum", "Größe", 1978, "rock", ("CC0-1.0", "CC-BY-4.0")),
    Song("夜の電車", "夜の楽隊", "東京タワー", 1979, "Ambient"),
    Song("Lantern Festival", "The Long Corridor", "Lights", 1980, "Pop", (), ("plays",)),
    Song("Paper Kettle", "Northbound Signal", "Harbour", None, "", ("CC0-1.0",)),
    Song("Белые ночи", "Тихие машины", "Лето", 1991, "Ambient; Rock"),
    Song("Don't Wait for R.E.M.", "Paper & Ink", "Signals", 2001, "Pop"),
    Song("The Lanterns", "The Quiet Machines", "The The", 2010, "Electronic", ("CC-BY-4.0",)),
    Song("Papier", "Großes Orchester", "Lanternes", 2019, "Chamber"),
)
TIERS: Final = bytes([0, 2, 0, 4, 2])
"""Places in `Tier`, by rank; what comes later has none."""


def document_batch(songs: Sequence[Song], *, first: int = 0, total: int | None = None) -> pa.RecordBatch:
    """Documents of ranks from `first` on."""
    total = total or first + len(songs)
    rows: list[Mapping[str, object]] = [
        {
            **song._asdict(),
            "rank": rank,
            "id": UUID(int=rank + 1).bytes,
            "number": total - rank,
            "duration_ms": None if rank % 3 == 0 else 1_000 * rank,
            "listens": float(total - rank),
            "basis": ListensBasis.COUNTED.value,
            "popularity": 100 * (total - rank) // total,
        }
        for rank, song in enumerate(songs, first)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def documents() -> Iterable[pa.RecordBatch]:
    """`SONGS`, in two batches."""
    yield document_batch(SONGS[:4], total=len(SONGS))
    yield document_batch(SONGS[4:], first=4, total=len(SONGS))


def ranks(recordings: Sequence[RecordingSummary]) -> list[int]:
    return [recording.popularity.rank for recording in recordings]


class SearchIndexContract:
    """What every index must hold to."""

    def test_a_blank_query_finds_all_in_rank_order(self, index: SearchIndex) -> None:
        assert index.recordings == index.indexed == len(SONGS)
        for found in (index.find("").recordings, index.find(" \t").recordings, index.page(0, 100)):
            assert ranks(found) == list(range(len(SONGS)))
        assert ranks(index.page(3, 2)) == [3, 4]
        assert ranks(index.find("", limit=2, offset=9).recordings) == [9]

    def test_lines_are_whole(self, index: SearchIndex) -> None:
        line = index.page(4, 1)[0]
        assert (line.title, line.artist, line.release) == ("Lantern Festival", "The Long Corridor", "Lights")
        assert (line.year, line.duration_ms, line.id) == (1980, 4_000, str(UUID(int=5)))
        place = line.popularity
        assert (place.rank, place.listens, place.basis, place.popularity) == (
            4,
            6.0,
            ListensBasis.COUNTED,
            60,
        )

    @pytest.mark.parametrize("cut", [1, 2, 3, 5, 100])
    def test_every_beginning_of_every_field_finds_its_recording(self, index: SearchIndex, cut: int) -> None:
        for rank, song in enumerate(SONGS):
            for text in song[:3]:
                words = " ".join(word[:cut] for word in text.split())
                assert rank in ranks(index.find(words, limit=100).recordings)

    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("paper", [0, 5, 7]),
            ("lantern", [0, 4, 8, 9]),
            ("sig north paper", [0, 5]),
            ("samtliche strassen", [2]),
            ("SÄMTLICHE STRASSEN", [2]),
            ("aeldre", [2]),
            ("grosse", [2, 9]),
            ("белые НОЧИ", [6]),
            ("電車", [3]),
            ("車", [3]),
            ("とうきょう", []),
            ("タワ", [3]),
            ("たわー", [3]),
            ("ﾀﾜｰ", [3]),
            ("dont rem", [7]),
            ("don’t r.e.m", [7]),
            ("paper and ink", [7]),
            ("ＰＡＰＩＥＲ", [9]),
        ],
    )
    def test_case_diacritics_and_scripts_are_folded(
        self, index: SearchIndex, query: str, wanted: list[int]
    ) -> None:
        found = ranks(index.find(query).recordings)
        assert found[: len(wanted)] == wanted
        assert found == wanted or 0 < len(wanted) < 3  # few hits are followed by corrected ones

    @pytest.mark.parametrize(
        ("query", "wanted", "correction"),
        [
            ("lanterm", [0, 4, 8, 9], ("lanterm", ("lantern",))),
            ("festvial", [4], ("festvial", ("festival",))),
            ("xestival", [4], ("xestival", ("festival",))),
            ("northbonud signal", [0, 5], ("northbonud", ("northbound",))),
            ("orkhestre", [9], ("orkhestre", ("orchester",))),
        ],
    )
    def test_typing_errors_are_corrected_where_there_is_no_hit(
        self, index: SearchIndex, query: str, wanted: list[int], correction: tuple[str, tuple[str, ...]]
    ) -> None:
        found = index.find(query)
        assert ranks(found.recordings) == wanted
        assert found.corrections == (correction,)

    def test_exact_hits_come_before_corrected_ones(self, index: SearchIndex) -> None:
        found = index.find("papie")
        assert ranks(found.recordings)[0] == 9
        assert set(ranks(found.recordings)) > {9}
        assert found.corrections

    @pytest.mark.parametrize("query", ["xyzzy", "zq", "12345", "pa12er99", "zzzzzzzzzzzzzz"])
    def test_what_is_like_nothing_finds_nothing(self, index: SearchIndex, query: str) -> None:
        found = index.find(query)
        assert (found.recordings, found.corrections, found.unsearched) == ((), (), 0)

    @pytest.mark.parametrize(
        "query",
        [
            *('"', "a OR (", "*", "NEAR(a b", "title:x", "-", "'; --", "\0", "^a + b", "\ue000", "\ud800"),
            *("a" * 100_000, "a " * 10_000, "e" + "\u0301" * 100_000, "東" * 10_000),
        ],
    )
    def test_odd_queries_do_no_harm(self, index: SearchIndex, query: str) -> None:
        index.find(query)
        index.counts(query)

    def test_limits_may_be_absurd(self, index: SearchIndex) -> None:
        assert ranks(index.find("", limit=10**30, offset=8).recordings) == [8, 9]
        assert ranks(index.find("paper", limit=10**30, offset=1).recordings) == [5, 7]
        assert index.find("paper", offset=10**30).recordings == ()
        assert list(index.page(10**30, 10**30)) == []

    def test_a_query_of_signs_finds_nothing(self, index: SearchIndex) -> None:
        assert index.find("!!!").recordings == ()
        assert index.counts("!!!").hits == 0

    @pytest.mark.parametrize("query", ["", "p", "paper", "papie", "lanterm", "the"])
    def test_pages_join(self, index: SearchIndex, query: str) -> None:
        whole = index.find(query, limit=100).recordings
        pages = [index.find(query, limit=2, offset=start).recordings for start in range(0, 12, 2)]
        assert tuple(line for page in pages for line in page) == whole

    @pytest.mark.parametrize(
        ("facets", "wanted"),
        [
            (Facets(genre="Rock"), [0, 2, 6]),
            (Facets(genre="ROCK"), [0, 2, 6]),
            (Facets(genre="Roc"), []),
            (Facets(licence="CC-BY-4.0"), [1, 2, 8]),
            (Facets(source="plays"), [1, 4]),
            (Facets(years=(1970, 1979)), [1, 2, 3]),
            (Facets(years=(1969, 1980)), [0, 1, 2, 3, 4]),
            (Facets(years=(1979, 1979)), [3]),
            (Facets(years=(1979, 2010)), [3, 4, 6, 7, 8]),
            (Facets(years=(2000, 1990)), []),
            (Facets(years=(-5, 99_999)), [0, 1, 2, 3, 4, 6, 7, 8, 9]),
            (Facets(tier=Tier.ORIGINAL), [0, 2]),
            (Facets(tier=Tier.METADATA), [3, 5, 6, 7, 8, 9]),
            (Facets(genre="pop", licence="cc0-1.0", source="Shelf", years=(1900, 2000)), [0]),
            (Facets(genre="never heard of"), []),
            (Facets(genre="\ud800", source="\0"), []),
            (Facets(years=(1990, 10**30), licence="CC-BY-4.0"), [8]),
        ],
    )
    def test_facets_narrow(self, index: SearchIndex, facets: Facets, wanted: list[int]) -> None:
        assert ranks(index.find("", facets=facets).recordings) == wanted
        assert index.counts("", facets=facets).hits == len(wanted)

    def test_facets_narrow_words_and_corrections(self, index: SearchIndex) -> None:
        assert ranks(index.find("lanterns", facets=Facets(genre="electronic")).recordings) == [8]
        assert ranks(index.find("lanterm", facets=Facets(years=(1980, 2010))).recordings) == [4, 8]

    def test_few_hits_among_facets_are_no_sign_of_an_error(self, index: SearchIndex) -> None:
        assert ranks(index.find("papie", facets=Facets(source="shelf")).recordings) == [9]

    def test_facets_of_the_hits_are_counted(self, index: SearchIndex) -> None:
        counts = index.counts("paper")
        assert (counts.hits, counts.complete) == (3, True)
        assert counts.genres == (("Pop", 2), ("Rock", 1))
        assert counts.licences == (("CC0-1.0", 2),)
        assert counts.years == ((1969, 1), (2001, 1))
        assert counts.sources == (("shelf", 3),)
        assert counts.tiers == ((Tier.METADATA, 2), (Tier.ORIGINAL, 1))

    def test_many_threads_share_one_index(self, index: SearchIndex) -> None:
        queries = ["paper", "lanterm", "p", "電車"] * 25
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda query: ranks(index.find(query).recordings), queries))
        assert answers == [ranks(index.find(query).recordings) for query in queries]
