"""docs/plan.md, Sites: so many copies at different places, never more than a site takes, and few moves."""

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.model.plan import Site
from tenuto.plan import Codes, Ints, most_held, placed

capacities = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 60)), min_size=1, max_size=5)


def sites_of(drawn: Sequence[tuple[int, int]]) -> list[Site]:
    return [Site(f"s{number}", f"p{place}", capacity) for number, (place, capacity) in enumerate(drawn)]


def checked(found: Codes, volumes: Ints, sites: Sequence[Site], copies: int) -> None:
    """Different places for each slot's copies, and no site over its capacity; empty slots are nowhere."""
    assert found.shape == (len(volumes), copies)
    assert (found[volumes == 0] == -1).all()
    for row in found[volumes > 0].tolist():
        assert len({sites[at].place for at in row}) == copies
    for at, site in enumerate(sites):
        assert volumes[(found == at).any(axis=1)].sum() <= site.capacity


def possible(volumes: Sequence[int], sites: Sequence[Site], copies: int) -> bool:
    """By trying everything."""
    ways = [
        way
        for way in combinations(range(len(sites)), copies)
        if len({sites[at].place for at in way}) == copies
    ]
    return any(
        all(
            sum(volume for volume, way in zip(volumes, chosen, strict=True) if at in way) <= site.capacity
            for at, site in enumerate(sites)
        )
        for chosen in product(ways, repeat=len(volumes))
    )


@given(capacities, st.integers(1, 3), st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_against_trying_everything(
    drawn: list[tuple[int, int]], copies: int, drawn_volumes: list[int]
) -> None:
    """What is found is allowed; what fits with room for the largest slot at each site is found."""
    sites, volumes = sites_of(drawn), np.array(drawn_volumes)
    if len({site.place for site in sites}) < copies:
        assert most_held(sites, copies) == 0
        with pytest.raises(ValueError, match="places"):
            placed(volumes, sites, copies)
        return
    found = placed(volumes, sites, copies)
    if found is not None:
        checked(found, volumes, sites, copies)
        assert volumes.sum() <= most_held(sites, copies)
    else:
        assert volumes.sum() > most_held(sites, copies, reserve=int(volumes.max()))
    if possible(drawn_volumes, sites, copies):
        assert volumes.sum() <= most_held(sites, copies)


@given(capacities, st.integers(1, 3))
def test_most_held_is_what_single_bytes_fill(drawn: list[tuple[int, int]], copies: int) -> None:
    """The bound is exact where nothing has to be rounded: slots of one byte fit up to it, and no further."""
    sites = sites_of(drawn)
    most = most_held(sites, copies)
    if len({site.place for site in sites}) >= copies:
        found = placed(np.ones(most, dtype=np.int64), sites, copies)
        assert found is not None
        checked(found, np.ones(most, dtype=np.int64), sites, copies)
        assert placed(np.ones(most + 1, dtype=np.int64), sites, copies) is None


def test_one_large_place_is_of_no_use_alone() -> None:
    sites = [Site("farm", "hall", 1000), Site("attic", "home", 10), Site("shelf", "home", 5)]
    assert most_held(sites, 1) == 1015
    assert most_held(sites, 2) == 15
    assert most_held(sites, 3) == 0


VOLUMES = np.random.default_rng(4).integers(80, 120, 4096)
THREE = [Site(name, name, 200_000) for name in ("attic", "cellar", "library")]


def moved(before: Codes, after: Codes) -> int:
    """Copies at a site where there was none."""
    return sum(len(set(new) - set(old)) for old, new in zip(before.tolist(), after.tolist(), strict=True))


def test_sites_fill_evenly() -> None:
    sites = [Site("attic", "attic", 300_000), *THREE[1:]]
    found = placed(VOLUMES, sites, 1)
    assert found is not None
    shares = [VOLUMES[found[:, 0] == at].sum() / site.capacity for at, site in enumerate(sites)]
    assert max(shares) - min(shares) < 0.01


def test_a_new_site_moves_nothing_that_fits() -> None:
    first = placed(VOLUMES, THREE, 1)
    assert first is not None
    more = [*THREE, Site("new", "new", 300_000)]
    second = placed(VOLUMES, more, 1, first)
    assert second is not None
    assert moved(first, second) == 0
    grown = placed(VOLUMES * 2, more, 1, second)
    assert grown is not None
    checked(grown, VOLUMES * 2, more, 1)
    too_much = int(VOLUMES.sum()) * 2 - sum(site.capacity for site in THREE)
    least = too_much / int(VOLUMES.sum() * 2) * len(VOLUMES)
    assert least * 0.8 < moved(second, grown) < least * 1.3


def test_a_lost_site_moves_its_own_copies_only() -> None:
    sites = [Site(name, name, 400_000) for name in ("attic", "cellar", "library", "fourth")]
    first = placed(VOLUMES, sites, 2)
    assert first is not None
    left = sites[1:]
    second = placed(VOLUMES, left, 2, (first - 1).astype(np.int8))
    assert second is not None
    checked(second, VOLUMES, left, 2)
    assert moved((first - 1).astype(np.int8), second) <= int((first == 0).sum()) * 1.05


def test_another_copy_leaves_the_first_where_it_is() -> None:
    first = placed(VOLUMES, [*THREE], 1)
    assert first is not None
    wide = [Site(site.name, site.place, 500_000) for site in THREE]
    second = placed(VOLUMES, wide, 2, first)
    assert second is not None
    assert moved(first, second) == len(VOLUMES)
