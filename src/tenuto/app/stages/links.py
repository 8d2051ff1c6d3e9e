"""The operator's word on which source keys are one recording: in the decision log, heeded by every build."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import msgspec
import rfc8785

from tenuto.app.archive import Archive
from tenuto.app.stages.duplicates import pairs_of
from tenuto.catalogue import NO_DECISIONS, LinkDecisions, open_current
from tenuto.ledger import Decision, SqliteLedger
from tenuto.model.catalogue import Link, RecordingDetail, SourceRowRef
from tenuto.model.duplicates import Pair
from tenuto.model.errors import NotFoundError, UsageError
from tenuto.model.ids import RecordingId, SourceKey, SourceName
from tenuto.model.ports import CatalogueReader

JOIN: Final = "link join"
SPLIT: Final = "link split"
AUDIO: Final = "audio"
"""The method of links that duplicates propose."""

KeyName = tuple[SourceName, SourceKey]


def link_decisions(ledger: SqliteLedger) -> LinkDecisions:
    """All that was decided so far; a later decision about a key overrules an earlier one."""
    decided = NO_DECISIONS
    for decision in ledger.decisions():
        if decision.action == JOIN:
            one, other = (_name(pair) for pair in msgspec.json.decode(decision.subject))
            decided = decided.joined(one, other)
        elif decision.action == SPLIT:
            decided = decided.split(_name(msgspec.json.decode(decision.subject)))
    return decided


def audio_links(archive: Archive, reader: CatalogueReader, recording: RecordingId) -> tuple[Link, ...]:
    """Links that the same audio proposes, for the operator to join; audio merges nothing by itself.

    A duplicate that is the same recording by now, or that the catalogue doesn't know any more, has none.
    """
    known: RecordingDetail = reader.show(recording)
    found = []
    for pair in pairs_of(archive, recording):
        with suppress(NotFoundError):
            other = reader.show(pair.other)
            if other.summary.id != recording:
                found.append(_audio_link(pair, known, other))
    return tuple(found)


def _audio_link(pair: Pair, one: RecordingDetail, other: RecordingDetail) -> Link:
    """Between the keys that name the two. Independent music differs in half of its bits: confidence 0."""
    mine, theirs = one.source_rows[0], other.source_rows[0]
    evidence: dict[str, float | str] = {
        "error": pair.error,
        "offset_s": pair.offset_s,
        "overlap_s": pair.overlap_s,
        "tie": str(pair.tie),
    }
    return Link(
        *(mine.source, mine.key, theirs.source, theirs.key, AUDIO),
        confidence=round(1 - 2 * pair.error, 4),
        evidence=rfc8785.dumps(dict(evidence)).decode(),
        merged=False,
    )


def join(archive: Archive, ledger: SqliteLedger, one: str, other: str, reason: str) -> None:
    """Two keys are one recording from the next build on. `NotFoundError`, `UsageError` for equal ones."""
    keys = [_known(archive, one), _known(archive, other)]
    if keys[0] == keys[1]:
        raise UsageError("a key can't be joined to itself", where=one)
    _decide(ledger, JOIN, keys, reason)


def split(archive: Archive, ledger: SqliteLedger, key: str, reason: str) -> None:
    """A key stands by itself from the next build on. `NotFoundError`."""
    _decide(ledger, SPLIT, _known(archive, key), reason)


def _decide(ledger: SqliteLedger, action: str, subject: KeyName | list[KeyName], reason: str) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    ledger.decide(Decision(at, action, rfc8785.dumps(subject).decode(), reason))


def _known(archive: Archive, text: str) -> KeyName:
    r"""`SOURCE:KEY` of a row that the current snapshot knows; \\n in it is a line feed."""
    source, _, key = text.replace(r"\n", "\n").partition(":")
    rows: tuple[SourceRowRef, ...] = open_current(archive.root).show(f"{source}:{key}").source_rows
    if not any((row.source, row.key) == (source, key) for row in rows):
        remedy = "Name it as SOURCE:KEY; `tenuto catalogue show` lists a recording's keys"
        raise NotFoundError("no source row has this key", where=text, remedy=remedy)
    return SourceName(source), SourceKey(key)


def _name(pair: list[str]) -> KeyName:
    source, key = pair
    return SourceName(source), SourceKey(key)
