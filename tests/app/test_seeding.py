"""Seeding follows what is offered, and goes on where that can't be read."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tenuto.app import seeding as module
from tenuto.app.seeding import document, metrics, seeding
from tenuto.model.errors import BadInputError
from tenuto.swarm.seeded import State
from tenuto.swarm.seeder import Seeder
from tenuto.swarm.volume import SeedVolume
from tenuto.testing.reporter import Notes
from tests.swarm.volumes import publish


@dataclass
class Offered:
    """Editions one after the other; an error stands for one that can't be read."""

    root: Path
    editions: list[list[SeedVolume] | BadInputError]

    def mark(self) -> object:
        return len(self.editions)

    def volumes(self) -> tuple[Any, list[SeedVolume]]:
        found = self.editions[0]
        if isinstance(found, BadInputError):
            raise found
        return SimpleNamespace(id=f"e{len(self.editions)}"), found


def test_an_edition_that_cannot_be_read_leaves_what_is_seeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(module, "_REPORT_SECONDS", 0.0)
    one, two = publish(tmp_path / "one"), publish(tmp_path / "two", seed=2)
    both = [two.volume(), two.volume(twin=True)]
    offer = Offered(tmp_path, [[one.volume()], BadInputError("broken"), both])
    notes = Notes()
    with Seeder() as seeder:
        reports = seeding(seeder, offer, notes)
        first = next(reports)
        assert (first.edition, first.status.states[State.WAITING]) == ("e3", 1)
        assert next(reports).status.states[State.SEEDING] == 1
        offer.editions.pop(0)
        assert next(reports).status.states[State.SEEDING] == 1
        assert notes.faults == [(str(tmp_path), "broken")]
        offer.editions.pop(0)
        last = [next(reports) for _ in range(3)][-1]
        assert [torrent.infohash for torrent in seeder.torrents()] == [each.infohash for each in both]
    assert (last.edition, last.status.states[State.SEEDING]) == ("e1", 2)
    assert document(last)["torrents"] == dict.fromkeys(State, 0) | {"seeding": 2}
    assert 'tenuto_seed_torrents{state="seeding"} 2\n' in metrics(last)


def test_nothing_to_begin_with_is_an_error(tmp_path: Path) -> None:
    with Seeder() as seeder, pytest.raises(BadInputError, match="broken"):
        next(seeding(seeder, Offered(tmp_path, [BadInputError("broken")]), Notes()))
