"""Characterise: one decode of what waits in quarantine, an access copy where planned, then into the store."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from tenuto.app.archive import Archive
from tenuto.app.config import Config
from tenuto.app.interruption import orderly_stop
from tenuto.app.stages.choose import BIT_RATES, decide, policy
from tenuto.app.stages.result import Tally
from tenuto.app.stages.work import WorkItem
from tenuto.audio import AccessSpec, Result, TagSet, Task, process
from tenuto.engine import run_items
from tenuto.ledger import SqliteLedger
from tenuto.model.audio import Integrity
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.errors import SpaceError, TenutoError
from tenuto.model.objects import Holding
from tenuto.model.ports import ObjectStore, Reporter
from tenuto.model.rights import Cleared
from tenuto.model.source import Location
from tenuto.model.work import Counts, Outcome, Stage, Status


def characterise(
    archive: Archive, ledger: SqliteLedger, window: Sequence[WorkItem], store: ObjectStore, reporter: Reporter
) -> Counts:
    """One decode of each quarantined file in worker processes. Unplayable files fail and stay there.

    A full disk stops the run. Ctrl-C and SIGTERM take effect when what is in hand is recorded.
    """
    tally = Tally(archive.config.number("work.max_errors"))
    held = ledger.status_of(Stage.CHARACTERISE, [item.key for item in window])
    waiting = {}
    for item in window:
        if held.get(item.key) is not Status.DONE and item.path.exists():
            waiting[item.key] = item
        else:
            tally.skip()
            reporter.advance()
    work = archive.quarantine / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    tasks = [_task(item, work, archive.config) for item in waiting.values()]
    with orderly_stop() as stopped:
        for task, result in run_items(
            process, tasks, jobs=archive.config.jobs, key=lambda task: task.key, stopped=stopped
        ):
            item = waiting[task.key]
            outcome = _settle(item, result, ledger, store)
            ledger.record(Stage.CHARACTERISE, [outcome])
            tally.add(outcome)
            reporter.advance(done_bytes=outcome.bytes)
            if outcome.status is Status.FAILED:
                reporter.fault(item.detail.summary.title or item.key, outcome.detail)
    return tally.counts()


def _task(item: WorkItem, work: Path, config: Config) -> Task:
    spec = None
    if item.choice.tier in BIT_RATES:
        bit_rate = config.number(BIT_RATES[item.choice.tier])
        spec = AccessSpec(tags=_tags(item.detail, config), bit_rate=bit_rate)
    return Task(item.key, item.path, spec, work)


def _tags(detail: RecordingDetail, config: Config) -> TagSet:
    """What an access copy says of itself; the licence only where there is one."""
    summary = detail.summary
    place = detail.tracks[0] if detail.tracks else None
    verdict = decide(detail, policy(config))
    return TagSet(
        title=summary.title,
        artist=summary.artist,
        album=summary.release,
        date=str(summary.year or ""),
        tracknumber=str(place.track_number or "") if place else "",
        discnumber=str(place.disc_number or "") if place else "",
        genre=detail.genre,
        license=verdict.licence if isinstance(verdict, Cleared) else "",
        tenuto_recording=summary.id,
    )


def _settle(
    item: WorkItem, result: Result | TenutoError, ledger: SqliteLedger, store: ObjectStore
) -> Outcome:
    """Into the store, then into the ledger, in this order; the quarantined file goes last."""
    if isinstance(result, SpaceError):
        raise result
    if isinstance(result, TenutoError):
        return Outcome(item.key, Status.FAILED, 0, str(result))
    found = result.characterisation
    if found.integrity is Integrity.UNPLAYABLE or result.path is None or result.digests is None:
        faults = "; ".join(map(str, found.faults[:3])) or "nothing could be decoded"
        what = f"{item.location.uri}: {found.integrity}: {faults} (kept in quarantine)"
        return Outcome(item.key, Status.FAILED, 0, what)
    holding = Holding(
        recording=item.choice.recording,
        tier=item.choice.tier,
        object=result.digests.sha256,
        media_type=result.media_type or item.location.media_type or "application/octet-stream",
        extension=result.extension or _extension(item.location),
        source_uri=item.location.uri,
    )
    store.put(result.path, result.digests)
    ledger.record_held(holding, result.digests, found)
    item.path.unlink(missing_ok=True)
    return Outcome(item.key, Status.DONE, result.digests.length)


def _extension(location: Location) -> str:
    """Of the original file's name, `bin` where it has none that is safe."""
    suffix = PurePosixPath(urlsplit(location.uri).path).suffix.lower().lstrip(".")
    return suffix if suffix.isascii() and suffix.isalnum() and len(suffix) <= 8 else "bin"
