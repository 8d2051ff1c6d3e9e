"""Which source keys are the same recording, release or artist."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import rfc8785

from tenuto.catalogue.harvests import Harvest
from tenuto.catalogue.match import DEFAULT, propose
from tenuto.catalogue.session import Session
from tenuto.model.ids import SourceKey, SourceName

MATCHING: Final = "1"
"""Of the matcher and its weights; what it finds depends on it."""

KeyName = tuple[SourceName, SourceKey]


@dataclass(frozen=True, slots=True)
class LinkDecisions:
    """What the operator decided about single keys, over all that identifiers and likeness say."""

    joins: tuple[tuple[KeyName, KeyName], ...] = ()
    splits: tuple[KeyName, ...] = ()
    """Keys that are tied to nothing but by `joins`."""

    def joined(self, one: KeyName, other: KeyName) -> "LinkDecisions":
        return LinkDecisions((*self.joins, (one, other)), self.splits)

    def split(self, key: KeyName) -> "LinkDecisions":
        """Undoes the joins of `key` as well."""
        return LinkDecisions(tuple(pair for pair in self.joins if key not in pair), (*self.splits, key))

    def digest(self) -> str:
        """Names the decisions in a snapshot."""
        return sha256(rfc8785.dumps([self.joins, self.splits])).hexdigest()


NO_DECISIONS: Final = LinkDecisions()


class Merger:
    """Ties the keys of a session whose rows are admitted."""

    def __init__(self, session: Session, harvests: Sequence[Harvest], rows: Sequence[int]) -> None:
        self._session, self._harvests = session, harvests
        apart = [place for place, harvest in enumerate(harvests) if harvest.keys_are_recordings]
        self._large = max(apart, key=lambda place: rows[place], default=-1)

    def recordings(self, decisions: LinkDecisions, *, matching: bool) -> None:
        """Makes `merged_recording` and `links_by_id`: why keys came together, or nearly did."""
        self._decide(decisions)
        self.tie("recording")
        if matching:
            self._session.script("match_keys")
            propose(self._session, "matchable", "tied", "likely", model=DEFAULT)
            self._session.script("likely", merge=str(DEFAULT.merge))
            self._settle()
            self._session.script("likely_joins")
            self._session.forget("matchable", "tied", "likely", "strands", "strand_numbers", "ties")
            self.tie("recording")
        else:
            self._session.script("unmatched")
        self._session.script("links")
        self._session.forget("nodes_recording", "edges_recording", "likely_pairs")
        self._session.to_disk("links_by_id", order="id")
        self._session.to_disk("merged_recording")

    def tie(self, kind: str) -> None:
        """Makes `merged_<kind>` (id, top): ids of keys that another names, from the view `told_<kind>`."""
        self._session.script("tie", kind=kind, large=str(self._large))
        self._session.script("label", kind=kind)
        self._settle()
        self._session.script("merged", kind=kind)
        self._session.forget("edges", "labels", "spread", "jumped")

    def _settle(self) -> None:
        """Labels of connected components: `labels` until nothing moves along `edges`."""
        moved = 1
        while moved:
            self._session.script("propagate")
            ((moved,),) = self._session.query("SELECT nodes FROM moved")

    def _decide(self, decisions: LinkDecisions) -> None:
        pairs = [(*key, f"{number}") for number, pair in enumerate(decisions.joins) for key in pair]
        self._session.load("wanted", "source VARCHAR, key VARCHAR, value VARCHAR", pairs)
        self._session.load("splits", "source VARCHAR, key VARCHAR", list(decisions.splits))
        self._session.script("joins")
