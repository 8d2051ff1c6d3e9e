"""The plan wants one copy of each audio."""

import numpy as np
import pytest

from tenuto.app.config import Config, load
from tenuto.app.stages.copies import NO_COPIES, Copies, copies
from tenuto.model.catalogue import ListensBasis
from tenuto.model.duplicates import Member
from tenuto.model.ids import RecordingId, Sha256
from tenuto.plan import CandidateBatch, Objective, Totals, solve_small
from tenuto.testing.simulated_catalogue import MERGED_ID, SimulatedCatalogue

CLEARED, CLEARED_TOO, DARK = 1, 2, 5
"""Ranks of the simulated catalogue."""


@pytest.fixture
def config() -> Config:
    return load(None, {}, {})


@pytest.fixture
def catalogue() -> SimulatedCatalogue:
    return SimulatedCatalogue(ListensBasis.COUNTED)


def cluster(catalogue: SimulatedCatalogue, *ranks: int) -> list[Member]:
    """The best copy first."""
    ids = [catalogue.details[rank].summary.id for rank in ranks]
    return [Member(each, ids[0], place, Sha256("0" * 64)) for place, each in enumerate(ids)]


def batch(numbers: list[int], listens: list[float]) -> CandidateBatch:
    """Of recordings that are to be had at every tier."""
    none = np.zeros(len(numbers))
    return CandidateBatch(
        *(np.array(numbers), np.array(listens), np.array(listens), np.array(listens), none + 0.5),
        *(np.full((4, len(numbers)), 10), none.astype(np.int8), none.astype(np.bool_), none.astype(np.int8)),
    )


def test_the_best_copy_is_kept(catalogue: SimulatedCatalogue, config: Config) -> None:
    found = copies(catalogue, cluster(catalogue, CLEARED_TOO, CLEARED), config)
    assert (found.spared.tolist(), found.kept.tolist()) == ([CLEARED], [CLEARED_TOO])


def test_a_cleared_copy_comes_before_a_better_dark_one(catalogue: SimulatedCatalogue, config: Config) -> None:
    found = copies(catalogue, cluster(catalogue, DARK, CLEARED), config)
    assert (found.spared.tolist(), found.kept.tolist()) == ([DARK], [CLEARED])


def test_joined_and_forgotten_recordings_are_no_duplicates(
    catalogue: SimulatedCatalogue, config: Config
) -> None:
    first = catalogue.details[0].summary.id
    members = [
        Member(each, first, place, Sha256("0" * 64))
        for place, each in enumerate((first, MERGED_ID, RecordingId("00000000-0000-5000-8000-00000000dead")))
    ]
    assert copies(catalogue, members, config) is NO_COPIES


def test_the_plan_holds_one_and_loses_no_listens(catalogue: SimulatedCatalogue, config: Config) -> None:
    heard = [each.summary.popularity.listens for each in catalogue.details]
    before = batch(list(range(len(heard))), heard)
    after = copies(catalogue, cluster(catalogue, CLEARED, CLEARED_TOO), config).apply(before)
    objective, totals = Objective(rarity=0.5, quality=(0.7, 0.8, 0.9, 1.0)), Totals(len(heard), sum(heard))
    tiers = solve_small(after, objective, totals, 10**15)
    assert tiers is not None
    assert tiers[CLEARED] > 0
    assert tiers[CLEARED_TOO] == 0
    assert after.listens.sum() == pytest.approx(before.listens.sum())
    assert after.listens[CLEARED] == before.listens[CLEARED] + before.listens[CLEARED_TOO]
    assert after.loss[CLEARED_TOO] == 0


def test_copies_in_different_batches() -> None:
    """The kept one's batch gets the listens, the spared one's loses them; ranks become numbers."""
    found = Copies(np.array([1]), np.array([0]), np.array([5.0])).numbered(
        np.array([40, 43], dtype=np.uint32)
    )
    first = found.apply(batch([40, 41], [9.0, 7.0]))
    second = found.apply(batch([42, 43], [6.0, 5.0]))
    assert first.listens.tolist() == [14.0, 7.0]
    assert second.listens.tolist() == [6.0, 0.0]
    assert first.sizes[3].tolist() == [10, 10]
    assert second.sizes[0].tolist() == [10, -1]
