"""What is read window by window equals what the reader says of each recording, over several generations."""

from pathlib import Path

import numpy as np
import pytest

from tenuto.catalogue import NOWHERE, SnapshotCatalogue, Supply, SupplyReader, window
from tenuto.model.source import Access, Scheme


@pytest.fixture(params=[1, 7, 1 << 18])
def windows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several sizes."""
    monkeypatch.setattr(window, "WINDOW", request.param)


@pytest.mark.usefixtures("windows")
def test_equals_the_reader(varied: tuple[Path, SnapshotCatalogue]) -> None:
    root, reader = varied
    supply = SupplyReader(root, reader.summary().id, sources=True)
    checked = 0
    for numbers in supply.windows:
        found = supply.read(numbers)
        for at in np.flatnonzero(found.alive).tolist():
            check(found, at, reader)
            checked += 1
    assert checked == reader.summary().counts["recordings"] == len(reader.by_rank)


def check(found: Supply, at: int, reader: SnapshotCatalogue) -> None:
    detail = reader.numbered(found.numbers[at])
    summary, none = detail.summary, -1
    assert found.listens[at] == pytest.approx(summary.popularity.listens)
    assert found.duration_ms[at] == (summary.duration_ms or none)
    assert found.year[at] == (summary.year or none)
    assert found.isrc[at] == any(each.scheme is Scheme.ISRC for each in detail.identifiers)
    statements = found.statements[found.evidence[at]] if found.evidence[at] >= 0 else ()
    assert set(statements) == {(each.kind, each.statement) for each in detail.evidence}
    for access, place in ((Access.HELD, found.held), (Access.REMOTE, found.remote)):
        own = [each for each in detail.locations if each.access is access]
        best = min(own, key=lambda each: (-(each.length or 0), each.uri), default=None)
        assert place.length[at] == (NOWHERE if best is None else none if best.length is None else best.length)
        if best is not None:
            assert found.media_types[place.media[at]] == best.media_type
    remote = {each.uri.split("/")[2] for each in detail.locations if each.access is Access.REMOTE}
    assert found.hosts[at] == len(remote)
    assert found.source[at] == (1 if summary.title == "Other" else 0)
    count = 7.0 if summary.title == "Other" else sum(each.count for _, each in detail.listens)
    assert found.counted[at] == count
    assert found.squares[at] == (25 if summary.title == "Other" else count)
