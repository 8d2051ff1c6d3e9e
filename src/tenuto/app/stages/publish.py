"""Publish: what is held and cleared, as the next edition."""

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise

import msgspec

from tenuto.app.archive import Archive
from tenuto.app.decisions import note_policy
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.publishable import PublishableItems
from tenuto.app.stages.result import Fact, StageResult
from tenuto.formats.torrent import Kind
from tenuto.formats.web_seed import web_seed
from tenuto.fsync import atomic_write_bytes
from tenuto.ledger import SqliteLedger
from tenuto.model.edition import EditionSummary
from tenuto.model.errors import ConfigurationError
from tenuto.model.ids import EditionId
from tenuto.model.ports import Reporter
from tenuto.model.work import Counts, Outcome, Stage, Status
from tenuto.pointers import read_pointer
from tenuto.publish.ceremony import create_keys
from tenuto.publish.edition import Wanted
from tenuto.publish.edition import publish as publish_edition
from tenuto.publish.feed import write_feed
from tenuto.publish.keys import load_keys
from tenuto.publish.volume import Layout
from tenuto.scratch import scratch_folder


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition that was begun. A run after a crash finishes the same one, under the same date."""

    edition: EditionId
    parent: EditionId | None
    content: str
    """Digest of all that decides the edition's bytes, but keys and date."""
    on: date
    repack: bool


def publish(
    archive: Archive,
    ledger: SqliteLedger,
    reporter: Reporter,
    *,
    on: date | None = None,
    dry_run: bool = False,
    repack: bool = False,
) -> StageResult:
    """The next edition; nothing where the last one has the same content. Refused items are skipped.

    With `repack` every recording is packed anew; otherwise what stands in a volume stays there.
    """
    reader = open_current(archive)
    items = PublishableItems(archive, ledger, reader)
    layout, snapshot = _layout(archive), reader.summary().id
    catalogue = {"snapshot.json": archive.catalogue / snapshot / "snapshot.json"}
    with scratch_folder(archive.editions, ".candidates-") as scratch:
        candidates = scratch / "candidates.parquet"
        digest = items.write(candidates)
        entered = items.cleared + (refused := sum(items.refused.values()))
        shown: dict[str, Fact] = {"cleared": items.cleared, "refused": dict(items.refused)}
        if dry_run:
            return StageResult(Stage.PUBLISH, Counts(entered, entered - refused, refused, 0), shown)
        note_policy(archive, ledger)
        content = hashlib.sha256(f"{snapshot}\n{layout}\n{digest}".encode()).hexdigest()
        draft = _draft(archive, content, on, repack=repack)
        if read_pointer(archive.editions) == draft.edition:
            shown |= {"edition": draft.edition, "note": "unchanged"}
            return StageResult(Stage.PUBLISH, Counts(entered, 0, entered, 0), shown)
        wanted = Wanted(candidates, items.details, items.refused, snapshot, catalogue)
        summary = _publish(archive, wanted, layout, draft, reporter)
    ledger.record(Stage.PUBLISH, [Outcome(draft.edition, Status.DONE, summary.bytes)])
    done = summary.recordings
    counts = Counts(entered, done, refused, entered - refused - done, summary.bytes)
    return StageResult(Stage.PUBLISH, counts, shown | _facts(summary))


def _publish(
    archive: Archive, wanted: Wanted, layout: Layout, draft: Draft, reporter: Reporter
) -> EditionSummary:
    create_keys(archive.keys, on=draft.on)
    summary = publish_edition(
        wanted,
        directory=archive.editions / draft.edition,
        layout=layout,
        store=archive.store(),
        keys=load_keys(archive.keys),
        on=draft.on,
        reporter=reporter,
        former=archive.editions / draft.parent if draft.parent else None,
        repack=draft.repack,
    )
    write_feed(archive.editions, archive.name)
    return summary


def _draft(archive: Archive, content: str, on: date | None, *, repack: bool) -> Draft:
    """The edition that has this content: the one begun last, or the next number."""
    path = archive.editions / "draft.json"
    before = msgspec.json.decode(path.read_bytes(), type=Draft) if path.exists() else None
    if before is not None and before.content == content and before.repack >= repack:
        return before
    number = int(before.edition[1:]) if before else 0
    parent = read_pointer(archive.editions)
    draft = Draft(
        EditionId(f"e{number + 1:04}"), EditionId(parent) if parent else None, content, on or today(), repack
    )
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
        _kind(config.text("publish.torrents")),
        trackers=tuple(config.list("publish.trackers")),
        web_seeds=tuple(web_seed(text) for text in config.list("publish.web_seeds")),
    )


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise ConfigurationError(
            f"publish.torrents = {text!r}", remedy=f"Write one of {', '.join(Kind)}"
        ) from None


def _facts(summary: EditionSummary) -> dict[str, Fact]:
    return {
        "edition": summary.id,
        "volumes": [
            f"{v.name} ({v.recordings} recordings, btih {v.infohash_v1 or 'none'}, btmh 1220{v.infohash_v2})"
            for v in summary.volumes
        ],
    }
