"""Listens, their basis, popularity (docs/formats/snapshot.md, clauses 8-11)."""

from hashlib import sha256
from pathlib import Path

import pytest

from tenuto.catalogue import rank, summary
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import UsageError
from tenuto.testing.source import Silence
from tests.catalogue.harvests import SMALL, built, files_of, harvest, opened, plays, row


def test_counts_are_summed_and_the_rest_is_estimated(tmp_path: Path) -> None:
    rows = [
        row("1", "Counted", artist="A", release="R"),
        row("2", "Sibling", artist="A", release="R"),
        row("3", "Cousin", artist="A"),
        row("4", "Stranger", artist="B"),
        plays("1", 60),
        plays("1", 40),
        plays("5", 20, "Else", artist="C"),
    ]
    catalogue = opened(tmp_path, built(tmp_path, [harvest(tmp_path, "a", rows)]))
    found = {detail.summary.title: detail.summary.popularity for detail in catalogue.ranked()}
    mean = (100 + 20) / 5
    artist, stranger = (100 + 5 * mean) / (3 + 5), (0 + 5 * mean) / (1 + 5)
    assert found["Counted"].listens == pytest.approx(100.5 * artist / (artist + 0.5))
    assert found["Cousin"].listens == pytest.approx(0.5 * artist / (artist + 0.5))
    assert found["Sibling"].listens == found["Cousin"].listens
    assert found["Stranger"].listens == pytest.approx(0.5 * stranger / (stranger + 0.5))
    assert found["Sibling"].basis is ListensBasis.ESTIMATED
    assert found["Counted"].basis is ListensBasis.COUNTED
    assert found["Counted"].popularity == 100
    assert [popularity.rank for popularity in found.values()] == list(range(5))


def test_where_nobody_counts_nothing_is_invented(tmp_path: Path) -> None:
    a = harvest(tmp_path, "a", [row("z", "Second source")], priority=2)
    b = harvest(tmp_path, "b", [row("y", "First"), row("x", "Then")], priority=1)
    catalogue = opened(tmp_path, built(tmp_path, [a, b]))
    assert [d.summary.title for d in catalogue.ranked()] == ["First", "Then", "Second source"]
    assert {(d.summary.popularity.listens, d.summary.popularity.popularity) for d in catalogue.ranked()} == {
        (0, 0)
    }
    assert catalogue.summary().listens_basis == {ListensBasis.NONE: 3}


def test_synthetic_listens_are_marked_and_the_same_anywhere(tmp_path: Path) -> None:
    one = built(tmp_path, [harvest(tmp_path, "a", [row(f"k{n}", f"T{n}") for n in range(300)])])
    core = {name for name in files_of(tmp_path) if name.startswith("core/")}
    two = rank(tmp_path, one, Silence(), synthetic_seed=7, resources=SMALL)
    assert {name for name in files_of(tmp_path) if name.startswith("core/")} == core
    assert summary(tmp_path, two).parent == one
    assert summary(tmp_path, two).listens_basis == {ListensBasis.SYNTHETIC: 300}
    for detail in opened(tmp_path, two).ranked():
        drawn = int(sha256(f"7\n{detail.summary.id}".encode()).hexdigest()[:13], 16)
        assert detail.summary.popularity.listens == 100 * 2**52 // (drawn + 1)


def test_ranking_again_changes_nothing_and_another_seed_does(tmp_path: Path) -> None:
    a = harvest(tmp_path, "a", [row(f"k{n}", f"T{n}") for n in range(5)])
    one = built(tmp_path, [a])
    assert rank(tmp_path, one, Silence(), resources=SMALL) == one
    two = rank(tmp_path, one, Silence(), synthetic_seed=1, resources=SMALL)
    assert rank(tmp_path, two, Silence(), synthetic_seed=1, resources=SMALL) == two
    assert rank(tmp_path, two, Silence(), synthetic_seed=2, resources=SMALL) != two


def test_a_rebuild_keeps_the_seed_until_someone_counts(tmp_path: Path) -> None:
    rows = [row(f"k{n}", f"T{n}") for n in range(5)]
    one = built(tmp_path, [harvest(tmp_path / "1", "a", rows)])
    two = rank(tmp_path, one, Silence(), synthetic_seed=1, resources=SMALL)
    three = built(tmp_path, [harvest(tmp_path / "2", "a", rows[:4])], two)
    assert summary(tmp_path, three).listens_basis == {ListensBasis.SYNTHETIC: 4}
    four = built(tmp_path, [harvest(tmp_path / "3", "a", [*rows, plays("k1", 3)])], three)
    assert summary(tmp_path, four).listens_basis == {ListensBasis.COUNTED: 1, ListensBasis.ESTIMATED: 4}


@pytest.mark.parametrize("seed", [-1, 2**53])
def test_a_seed_that_json_cannot_carry_is_refused(tmp_path: Path, seed: int) -> None:
    one = built(tmp_path, [harvest(tmp_path, "a", [row("k", "A")])])
    with pytest.raises(UsageError):
        rank(tmp_path, one, Silence(), synthetic_seed=seed)
