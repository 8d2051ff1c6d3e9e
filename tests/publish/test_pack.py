"""Packing (volume.md, clauses 16 to 18)."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats.torrent import Limits
from tenuto.formats.volume import PAPERS, VolumeContent
from tenuto.model.edition import Publishable
from tenuto.model.errors import ConfigurationError, TenutoError
from tenuto.model.rights import Cleared
from tenuto.publish.pack import Unpackable, pack

from .archive import cleared, synthetic_digests

Item = Cleared[Publishable]


def _items(lengths: Iterable[int], popularity: int = 50) -> list[Item]:
    return [
        cleared(rank, synthetic_digests(rank, length), popularity=popularity)
        for rank, length in enumerate(lengths)
    ]


def _volumes(items: Iterable[Item], limits: Limits) -> list[VolumeContent]:
    found = list(pack(items, archive="demo", limits=limits))
    assert not any(isinstance(volume, Unpackable) for volume in found)
    return [volume for volume in found if isinstance(volume, VolumeContent)]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 9_000_000)), max_size=40),
    st.integers(1, 12),
)
def test_every_recording_is_in_one_volume_of_its_band_in_rank_order(
    wanted: list[tuple[int, int]], files: int
) -> None:
    """Clauses 16 and 17."""
    wanted.sort(reverse=True)
    items = [cleared(i, synthetic_digests(i, length), popularity=p) for i, (p, length) in enumerate(wanted)]
    volumes = _volumes(items, Limits(files=files + len(PAPERS)))
    assert [item.cleared for volume in volumes for item in volume.items] == items
    for volume in volumes:
        assert 1 <= len(volume.items) <= files
        low, high = volume.band
        assert all(low <= i.cleared.subject.recording.popularity.popularity <= high for i in volume.items)
    assert len({(volume.band, volume.number) for volume in volumes}) == len(volumes)


def test_volumes_are_cut_by_bytes_and_by_torrent_size() -> None:
    """Clause 17."""
    items = _items([400_000_000] * 5)
    assert [len(v.items) for v in _volumes(items, Limits(bytes=1_900_000_000))] == [2, 2, 1]
    pieces = 400_000_000 * 52 // 524_288
    by_torrent = Limits(torrent_bytes=128 * 1024 + 3 * (pieces + 2000))
    assert [len(v.items) for v in _volumes(items, by_torrent)] == [3, 2]


def test_volumes_come_one_at_a_time() -> None:
    """Clause 18: packing takes no more items than the volume needs, plus one."""
    taken = 0

    def counted() -> Iterable[Item]:
        nonlocal taken
        for item in _items([10] * 100):
            taken += 1
            yield item

    volume = next(islice(pack(counted(), archive="demo", limits=Limits(files=10 + len(PAPERS))), 1))
    assert isinstance(volume, VolumeContent)
    assert (len(volume.items), taken) == (10, 11)


def test_only_cleared_items_are_taken() -> None:
    """Invariant 4: no file whose rights are not cleared is reachable from a public volume."""
    uncleared: Any = _items([1])[0].subject
    with pytest.raises(TypeError, match="only Cleared"):
        list(pack([uncleared], archive="demo"))


def test_items_out_of_rank_order_are_the_callers_fault() -> None:
    with pytest.raises(TenutoError, match="rank order"):
        list(pack(reversed(_items([1, 1])), archive="demo"))


@pytest.mark.parametrize("bands", [[(0, 99)], [(0, 50), (50, 100)], []])
def test_bands_hold_every_popularity_once(bands: list[tuple[int, int]]) -> None:
    with pytest.raises(ConfigurationError, match="bands"):
        list(pack([], archive="demo", bands=bands))


def _with(item: Item, **changes: Any) -> Item:
    return replace(item, subject=replace(item.subject, **changes))


def test_an_item_that_fits_no_volume_is_named_and_the_rest_goes_on() -> None:
    good, *others = _items([5] * 7)
    other = others[0].subject
    huge = _with(others[0], digests=replace(other.digests, length=65 * 10**9))
    wrong = _with(others[1], holding=other.holding)
    text = _with(others[2], recording=replace(others[2].subject.recording, title="\ud800"))
    extension = _with(others[3], holding=replace(others[3].subject.holding, extension="../x"))
    popularity = cleared(5, synthetic_digests(5, 5), popularity=101)
    found = list(pack([good, huge, wrong, text, extension, popularity, others[5]], archive="demo"))
    faults = [f.what for f in found if isinstance(f, Unpackable)]
    assert len(faults) == 5
    assert "more than one volume" in faults[0]
    volumes = [v for v in found if isinstance(v, VolumeContent)]
    assert [[i.cleared for i in v.items] for v in volumes] == [[good, others[5]]]


def test_a_recording_twice_is_named() -> None:
    first, second = _items([5, 6])
    holding = replace(first.subject.holding, object=second.subject.digests.sha256)
    recording = replace(first.subject.recording, popularity=second.subject.recording.popularity)
    twin = _with(second, recording=recording, holding=holding)
    found = list(pack([first, twin], archive="demo"))
    assert isinstance(found[0], Unpackable)
    assert "already" in found[0].what
