"""What mirrors adopt: neediest first, and not all the same."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tenuto.model.health import Reading, Replica, VolumeHealth
from tenuto.swarm.health.choose import choose
from tenuto.swarm.health.need import copies, is_orphan, neediest, weight

TODAY = date(2026, 11, 21)
REPLICAS = [Replica(f"m{i}", f"r{i}", f"o{i}", TODAY.isoformat()) for i in range(5)]


def volume(number: int, **more: object) -> VolumeHealth:
    return replace(VolumeHealth(f"v{number:04}", f"{number:064x}", 10), **more)  # type: ignore[arg-type]  # as given


def read(seeders: int, days: int = 0) -> Reading:
    return Reading((TODAY - timedelta(days=days)).isoformat(), seeders, seeders)


VOLUMES = st.lists(
    st.builds(
        lambda size, replicas, seeders: (size, replicas, seeders),
        st.integers(1, 100),
        st.integers(0, 5),
        st.none() | st.integers(0, 50),
    ),
    max_size=30,
).map(
    lambda rows: [
        volume(
            i,
            bytes=size,
            replicas=tuple(REPLICAS[:replicas]),
            trackers=None if seeders is None else read(seeders),
        )
        for i, (size, replicas, seeders) in enumerate(rows)
    ]
)


@given(VOLUMES, st.integers(0, 1000), st.text(max_size=5), st.sets(st.integers(0, 29)))
def test_a_choice_fits_is_repeatable_and_leaves_nothing_that_would_fit(
    volumes: list[VolumeHealth], space: int, seed: str, held: set[int]
) -> None:
    names = {f"v{number:04}" for number in held}
    chosen = choose(volumes, space=space, seed=seed, today=TODAY, held=names)
    assert chosen == choose(volumes, space=space, seed=seed, today=TODAY, held=names)
    shuffled = Random(1).sample(volumes, len(volumes))
    again = choose(shuffled, space=space, seed=seed, today=TODAY, held=names)
    assert again.adopted == chosen.adopted, "the data's order doesn't matter"
    assert {each.name for each in chosen.kept} == names & {each.name for each in volumes}
    kept = sum(each.bytes for each in chosen.kept)
    assert chosen.bytes <= max(space, kept), "what is here stays; nothing more is adopted than fits"
    left = space - chosen.bytes
    over = [each for each in volumes if each not in chosen.adopted and each not in chosen.kept]
    assert len(over) == chosen.too_large
    assert not [each for each in over if each.bytes <= left]
    order = [is_orphan(each) for each in chosen.adopted]
    assert order == sorted(order, reverse=True), "those without any copy come first"


def test_volumes_without_seeders_are_first_and_never_excluded() -> None:
    volumes = [volume(i, trackers=read(20)) for i in range(50)]
    volumes += [volume(50, trackers=read(0)), volume(51)]
    for seed in "abcdef":
        chosen = choose(volumes, space=40, seed=seed, today=TODAY)
        assert {each.name for each in chosen.adopted[:2]} == {"v0050", "v0051"}


def test_the_rescue_list_goes_by_proofs_then_claims_then_age_then_spread() -> None:
    same = replace(REPLICAS[1], region="r0", operator="o0")
    ordered = [
        volume(9),
        volume(8, trackers=read(0, 3)),
        volume(7, trackers=read(0)),
        volume(6, trackers=read(2)),
        volume(5, replicas=(REPLICAS[0],)),
        volume(4, replicas=(REPLICAS[0], same), trackers=read(1)),
        volume(3, replicas=tuple(REPLICAS[:2]), trackers=read(1)),
        volume(2, replicas=tuple(REPLICAS[:2]), trackers=read(30)),
    ]
    assert neediest(Random(3).sample(ordered, len(ordered))) == ordered


def test_what_a_copy_is_worth() -> None:
    spread, together = tuple(REPLICAS[:3]), tuple(replace(REPLICAS[0], mirror=m) for m in "abc")
    assert copies(volume(1, replicas=spread), TODAY) == 3
    assert copies(volume(1, replicas=together), TODAY) == 5 / 3
    assert copies(volume(1, trackers=read(4)), TODAY) == 1, "four claims are worth one proof"
    assert copies(volume(1, trackers=read(4, 30)), TODAY) == 0.5
    assert copies(volume(1, trackers=read(4, -5)), TODAY) == 1, "a day of the future counts as today"
    assert weight(volume(1), TODAY) == 1
    assert weight(volume(1, replicas=REPLICAS[:1]), TODAY) == 1 / 8


def test_mirrors_with_the_same_data_spread() -> None:
    """100 volumes that are alike to the eye, 25 mirrors with room for 20 each: on average 5 copies."""
    volumes = [volume(i) for i in range(100)]
    chosen = Counter(
        each.name
        for mirror in range(25)
        for each in choose(volumes, space=200, seed=f"mirror {mirror}", today=TODAY).adopted
    )
    assert sum(chosen.values()) == 500
    assert len(chosen) >= 98, "nearly all are held by somebody"
    assert max(chosen.values()) <= 13, "and none by half of the mirrors"


def test_mirrors_that_see_each_others_proofs_even_out() -> None:
    """Mirrors that come one after the other fill the gaps, even where claims mislead."""
    random = Random(5)
    volumes = [volume(i, trackers=read(random.randrange(4))) for i in range(100)]
    for mirror in range(30):
        chosen = choose(volumes, space=200, seed=f"mirror {mirror}", today=TODAY)
        names = {each.name for each in chosen.adopted}
        new = Replica(f"m{mirror}", f"r{mirror % 7}", f"o{mirror}", TODAY.isoformat())
        volumes = [
            replace(each, replicas=(*each.replicas, new)) if each.name in names else each for each in volumes
        ]
    counts = [len(each.replicas) for each in volumes]
    assert sum(counts) == 600
    assert min(counts) >= 3, "6 on average"
    assert max(counts) <= 11


def test_need_decides_more_than_luck() -> None:
    """Of volumes with one, two and four proved replicas, those with one are chosen most."""
    volumes = [volume(i, replicas=tuple(REPLICAS[: (1, 2, 4)[i % 3]])) for i in range(300)]
    chosen = Counter(
        len(each.replicas)
        for mirror in range(20)
        for each in choose(volumes, space=500, seed=str(mirror), today=TODAY).adopted
    )
    assert chosen[1] > 2 * chosen[2] > 4 * chosen[4] > 0
