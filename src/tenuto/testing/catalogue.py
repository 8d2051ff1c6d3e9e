"""The contract of `tenuto.model.ports.CatalogueReader`, for every adapter.

Subclass `CatalogueReaderContract` in a test module and give it a `catalogue` fixture with at least three
recordings, one of them with an identifier. An in-memory reader for other tests is
`tenuto.testing.simulated_catalogue.SimulatedCatalogue`.
"""

from dataclasses import fields
from itertools import islice

import pytest

from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId
from tenuto.model.ports import CatalogueReader
from tenuto.model.statistics import Distribution, Ranking

ABSENT = RecordingId("00000000-0000-5000-8000-000000000000")


class CatalogueReaderContract:
    """What every reader must hold to."""

    def test_ranks_count_from_nought_without_gaps(self, catalogue: CatalogueReader) -> None:
        ranks = [detail.summary.popularity.rank for detail in catalogue.ranked()]
        assert ranks == list(range(catalogue.summary().counts["recordings"]))

    def test_listens_never_grow_with_rank(self, catalogue: CatalogueReader) -> None:
        listens = [detail.summary.popularity.listens for detail in catalogue.ranked()]
        assert listens == sorted(listens, reverse=True)
        assert sum(listens) == pytest.approx(catalogue.summary().total_listens)

    def test_ranked_starts_where_it_is_told(self, catalogue: CatalogueReader) -> None:
        everything = list(catalogue.ranked())
        assert list(catalogue.ranked(start=2)) == everything[2:]
        assert list(catalogue.ranked(start=len(everything))) == []

    def test_some_recordings_come_in_rank_order_too(self, catalogue: CatalogueReader) -> None:
        everything = list(catalogue.ranked())
        wanted = [detail.summary.id for detail in everything[::-2]]
        assert list(catalogue.ranked(of=[*wanted, ABSENT])) == [
            d for d in everything if d.summary.id in wanted
        ]
        assert list(catalogue.ranked(of=[])) == []

    def test_an_empty_query_finds_all_in_pages(self, catalogue: CatalogueReader) -> None:
        wanted = [detail.summary for detail in islice(catalogue.ranked(), 3)]
        assert list(catalogue.find("", limit=2).recordings) == wanted[:2]
        assert list(catalogue.find("", limit=1, offset=2).recordings) == wanted[2:]

    def test_every_title_finds_its_recording(self, catalogue: CatalogueReader) -> None:
        for detail in islice(catalogue.ranked(), 50):
            found = catalogue.find(detail.summary.title.upper(), limit=1000).recordings
            assert detail.summary in found
            ranks = [summary.popularity.rank for summary in found]
            assert ranks == sorted(ranks)

    def test_words_may_be_cut_short(self, catalogue: CatalogueReader) -> None:
        (first,) = catalogue.find("", limit=1).recordings
        word = max(first.title.split(), key=len)
        assert first in catalogue.find(word[:2], limit=1000).recordings

    @pytest.mark.parametrize(
        "query", ['"', "a OR (", "*", "NEAR(a b", "title:x", "-", "'; --", "\0", "^a + b"]
    )
    def test_signs_of_a_query_language_do_no_harm(self, catalogue: CatalogueReader, query: str) -> None:
        catalogue.find(query)

    def test_shows_by_id_and_by_every_identifier(self, catalogue: CatalogueReader) -> None:
        for detail in islice(catalogue.ranked(), 50):
            assert catalogue.show(detail.summary.id) == detail
            assert catalogue.resolve(detail.summary.id) == detail.summary.id
            for identifier in detail.identifiers:
                assert catalogue.show(identifier.value) == detail

    def test_what_is_not_there_is_not_found(self, catalogue: CatalogueReader) -> None:
        for call in (catalogue.show, catalogue.resolve):
            with pytest.raises(NotFoundError):
                call(ABSENT)

    def test_statistics_add_up(self, catalogue: CatalogueReader) -> None:
        recordings, found = catalogue.summary().counts["recordings"], catalogue.statistics()
        bars = found.by_popularity.bars
        assert [bar.low for bar in bars] == list(range(0, 100, 5))
        assert bars[-1].high == 101
        assert sum(bar.count for bar in bars) == recordings
        for name in (field.name for field in fields(found)):
            of = getattr(found, name)
            if isinstance(of, Distribution):
                assert sum(bar.count for bar in of.bars) + of.unknown == of.total, name
            elif isinstance(of, Ranking):
                assert all(share.count <= of.total - of.unknown for share in of.shares), name
        if found.coverage:
            assert found.coverage[-1].recordings == recordings
            assert found.coverage[-1].listens == pytest.approx(found.listens)
        assert sum(catalogue.summary().listens_basis.values()) == recordings
