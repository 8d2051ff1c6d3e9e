"""Which source keys are the same recording, release or artist."""

from collections.abc import Sequence
from typing import Final

from tenuto.catalogue.session import Session

KINDS: Final = ("recording", "release", "artist")


def tie(session: Session, kind: str, large: int) -> None:
    """Makes `merged_<kind>` (id, top): ids of keys that another key names, from the view `told_<kind>`.

    `large` is the place of the one source whose names needn't fit in memory, -1 for none.
    """
    session.script("tie", kind=kind, large=str(large))
    session.script("label", kind=kind)
    _settle(session)
    session.script("merged", kind=kind)


def _settle(session: Session) -> None:
    moved = 1
    while moved:
        session.script("propagate")
        ((moved,),) = session.query("SELECT nodes FROM moved")


def largest(rows: Sequence[int], apart: Sequence[bool]) -> int:
    """The place of the source with the most rows among those whose keys are apart; -1 for none."""
    places = [place for place, is_apart in enumerate(apart) if is_apart]
    return max(places, key=lambda place: rows[place], default=-1)
