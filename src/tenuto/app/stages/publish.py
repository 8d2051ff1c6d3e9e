"""Publish: what is held and cleared, in rank order, as an edition."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise

import msgspec

from tenuto.app.archive import Archive
from tenuto.app.decisions import note_policy
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.choose import policy
from tenuto.app.stages.result import Fact, StageResult
from tenuto.fsync import atomic_write_bytes
from tenuto.ledger import Held, SqliteLedger
from tenuto.model.audio import Integrity
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.edition import EditionSummary, Publishable
from tenuto.model.errors import ConfigurationError
from tenuto.model.ids import EditionId
from tenuto.model.ports import CatalogueReader, Reporter
from tenuto.model.rights import Cleared, Refusal
from tenuto.model.work import Counts, Outcome, Stage, Status
from tenuto.pointers import read_pointer
from tenuto.publish.edition import Layout
from tenuto.publish.edition import publish as publish_edition
from tenuto.publish.keys import create_keys, load_keys
from tenuto.rights import clear

DAMAGED = "damaged"
"""Held, but not published: its decode met faults."""


class Selection:
    """Streams what may be published, and counts what may not, by reason, as it goes."""

    def __init__(self, archive: Archive, ledger: SqliteLedger, reader: CatalogueReader) -> None:
        self._ledger, self._reader = ledger, reader
        self._rules = policy(archive.config)
        self.refused: Counter[str] = Counter()
        self.cleared = 0

    def __iter__(self) -> Iterator[Cleared[Publishable]]:
        self.refused.clear()
        self.cleared = 0
        for detail in self._reader.ranked():
            holdings = self._ledger.held(detail.summary.id)
            if holdings:
                yield from self._clear(detail, holdings[0])

    def _clear(self, detail: RecordingDetail, held: Held) -> Iterator[Cleared[Publishable]]:
        holding, digests, characterisation = held
        item = Publishable(detail.summary, detail.identifiers, holding, digests, characterisation)
        verdict = clear(item, detail.evidence, self._rules)
        if isinstance(verdict, Refusal):
            self.refused[verdict.reason] += 1
        elif characterisation.integrity is not Integrity.SOUND:
            self.refused[DAMAGED] += 1
        else:
            self.cleared += 1
            yield verdict

    def digest(self) -> str:
        """Names the content: equal digests, equal volumes. Streams once over everything."""
        sha256 = hashlib.sha256()
        for item in self:
            sha256.update(repr(item).encode())
        return sha256.hexdigest()


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition that was begun. A run after a crash finishes the same one, under the same date."""

    edition: EditionId
    content: str
    """Digest of all that decides the edition's bytes, but keys and date."""
    on: date


def publish(
    archive: Archive,
    ledger: SqliteLedger,
    reporter: Reporter,
    *,
    on: date | None = None,
    dry_run: bool = False,
) -> StageResult:
    """The next edition; nothing where the last one has the same content. Refused items are skipped."""
    reader = open_current(archive)
    selection = Selection(archive, ledger, reader)
    layout, snapshot = _layout(archive), reader.summary().id
    content = hashlib.sha256(f"{snapshot}\n{layout}\n{selection.digest()}".encode()).hexdigest()
    entered = selection.cleared + (refused := sum(selection.refused.values()))
    shown: dict[str, Fact] = {"cleared": selection.cleared, "refused": dict(selection.refused)}
    if dry_run:
        return StageResult(Stage.PUBLISH, Counts(entered, entered - refused, refused, 0), shown)
    note_policy(archive, ledger)
    draft = _draft(archive, content, on)
    if read_pointer(archive.editions) == draft.edition:
        shown |= {"edition": draft.edition, "note": "unchanged"}
        return StageResult(Stage.PUBLISH, Counts(entered, 0, entered, 0), shown)
    create_keys(archive.keys, on=draft.on)
    summary = publish_edition(
        selection,
        directory=archive.editions / draft.edition,
        edition=draft.edition,
        snapshot=snapshot,
        layout=layout,
        store=archive.store(),
        keys=load_keys(archive.keys),
        on=draft.on,
        catalogue={"snapshot.json": archive.catalogue / snapshot / "snapshot.json"},
        refused=selection.refused,
        reporter=reporter,
    )
    ledger.record(Stage.PUBLISH, [Outcome(draft.edition, Status.DONE, summary.bytes)])
    done = summary.recordings
    counts = Counts(entered, done, refused, entered - refused - done, summary.bytes)
    return StageResult(Stage.PUBLISH, counts, shown | _facts(summary))


def _draft(archive: Archive, content: str, on: date | None) -> Draft:
    """The edition that has this content: the one begun last, or the next number."""
    path = archive.editions / "draft.json"
    before = msgspec.json.decode(path.read_bytes(), type=Draft) if path.exists() else None
    if before is not None and before.content == content:
        return before
    number = int(before.edition[1:]) if before else 0
    draft = Draft(EditionId(f"e{number + 1:04}"), content, on or today())
    atomic_write_bytes(path, msgspec.json.encode(draft))
    return draft


def today() -> date:
    """Today in UTC, or the day of SOURCE_DATE_EPOCH (reproducible-builds.org)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return (datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)).date()


def _layout(archive: Archive) -> Layout:
    """Raises `ConfigurationError` where the bands aren't whole numbers from 99 down to 0."""
    config = archive.config
    try:
        lows = [int(text) for text in config.list("publish.bands")]
    except ValueError as error:
        raise ConfigurationError(
            f"publish.bands: {error}", remedy="Write whole numbers, like 75, 50, 25, 0"
        ) from None
    if not lows or lows[-1] != 0 or lows[0] > 100 or any(low <= after for low, after in pairwise(lows)):
        raise ConfigurationError(
            f"publish.bands = {lows}",
            remedy="Write each band's lowest popularity, descending, the last one 0",
        )
    highs = [100, *(low - 1 for low in lows[:-1])]
    return Layout(
        archive.name,
        tuple(zip(lows, highs, strict=True)),
        trackers=tuple(config.list("publish.trackers")),
        web_seeds=tuple(config.list("publish.web_seeds")),
    )


def _facts(summary: EditionSummary) -> dict[str, Fact]:
    return {
        "edition": summary.id,
        "volumes": [
            f"{v.name} ({v.recordings} recordings, btih {v.infohash_v1}, btmh 1220{v.infohash_v2})"
            for v in summary.volumes
        ],
    }
