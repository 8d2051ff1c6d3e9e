"""Who stays loaded within a limit of memory, and who makes room."""

import pytest

from tenuto.swarm.resident import Resident


def resident(limit: int, **costs: int) -> Resident:
    made = Resident(limit)
    for infohash, cost in costs.items():
        made.put(infohash, cost)
    return made


def test_what_fits_displaces_nobody() -> None:
    assert resident(10, a=4, b=3).leavers(3, lambda _: True) == []


def test_the_longest_unused_goes_first_and_no_more_than_must() -> None:
    made = resident(10, a=4, b=3, c=3)
    made.used("a")
    assert made.leavers(4, lambda _: True) == ["b", "c"]
    assert made.leavers(3, lambda _: True) == ["b"]


def test_who_is_in_use_stays() -> None:
    made = resident(10, a=4, b=3, c=3)
    assert made.leavers(3, lambda infohash: infohash != "a") == ["b"]
    assert made.leavers(7, lambda infohash: infohash != "a") is None


@pytest.mark.parametrize(("busy", "expected"), [("", ["a", "b"]), ("b", None)])
def test_what_is_larger_than_the_limit_has_room_alone(busy: str, expected: list[str] | None) -> None:
    assert resident(10, a=4, b=3).leavers(11, lambda infohash: infohash != busy) == expected


def test_bytes_add_up() -> None:
    made = resident(10, a=4, b=3)
    made.put("a", 6)
    made.drop("b")
    made.drop("unknown")
    made.used("unknown")
    assert (made.bytes, list(made), made.is_full) == (6, ["a"], False)
    made.put("c", 4)
    assert made.is_full
