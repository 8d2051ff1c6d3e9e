"""Characterise: one decode of what waits in quarantine, an access copy where planned, then into the store."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from tenuto.app.archive import LOCAL_ENGINE, Archive
from tenuto.app.config import Config
from tenuto.app.interruption import orderly_stop
from tenuto.app.stages.choose import BIT_RATES, decide, policy
from tenuto.app.stages.result import Tally
from tenuto.app.stages.work import WorkItem
from tenuto.app.worker import Assignment, carry_out
from tenuto.audio import AccessSpec, Result, TagSet, Task, made_by
from tenuto.engine import run_items
from tenuto.ledger import Held, SqliteLedger
from tenuto.model.audio import Characterisation, Integrity
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.errors import STOPPING, BadInputError, TenutoError
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.ports import Reporter
from tenuto.model.rights import Cleared
from tenuto.model.source import Location
from tenuto.model.work import Counts, Outcome, Stage, Status
from tenuto.publish.edition import is_whole
from tenuto.scratch import scratch_folder
from tenuto.store import S3Quarantine, Sent, open_bucket

_UPLOADS: Final = 8


def characterise(
    archive: Archive, ledger: SqliteLedger, windows: Iterable[Sequence[WorkItem]], reporter: Reporter
) -> Counts:
    """One decode of each quarantined file in worker processes. Unplayable files fail and stay there.

    A full disk, a server that stays away and a machine that is set up otherwise stop the run. Ctrl-C and
    SIGTERM take effect when what is in hand is recorded.
    """
    engine = archive.engine()
    with scratch_folder(archive.quarantine, "work-") as folder, orderly_stop() as stopped:
        stage = _Characterising(archive, ledger, reporter, folder)
        for arrived in run_items(carry_out, stage.assignments(windows), engine=engine, stopped=stopped):
            stage.settle(arrived)
    return stage.tally.counts()


class _Characterising:
    """One run of the stage: what is handed out, and what becomes of it."""

    def __init__(self, archive: Archive, ledger: SqliteLedger, reporter: Reporter, folder: Path) -> None:
        self._archive, self._ledger, self._reporter, self._folder = archive, ledger, reporter, folder
        self._store, self._bucket = archive.store(), archive.bucket
        self._waiting: dict[str, WorkItem] = {}
        """Handed out, by key."""
        self.tally = Tally(archive.config.number("work.max_errors"))
        self._quarantine: S3Quarantine | None = None
        """For workers that don't share the archive's disk."""
        if self._bucket is not None and archive.config.text("work.engine") != LOCAL_ENGINE:
            self._quarantine = S3Quarantine(open_bucket(self._bucket))
            self._quarantine.clear()

    def assignments(self, windows: Iterable[Sequence[WorkItem]]) -> Iterator[Assignment]:
        """What is to be done, as it is asked for."""
        if self._quarantine is None:
            for item in self._wanted(windows):
                yield self._assignment(item, None)
            return
        for item, sent in _ahead(self._quarantine.send, self._wanted(windows)):
            try:
                yield self._assignment(item, sent.result())
            except BadInputError as error:
                self._record([_failed(item, str(error))])

    def _wanted(self, windows: Iterable[Sequence[WorkItem]]) -> Iterator[WorkItem]:
        for window in windows:
            held = self._ledger.status_of(Stage.CHARACTERISE, [item.key for item in window])
            for item in window:
                if held.get(item.key) is not Status.DONE and item.path.exists():
                    yield item
                else:
                    self.tally.skip()
                    self._reporter.advance()

    def _assignment(self, item: WorkItem, sent: Sent | None) -> Assignment:
        self._waiting[item.key] = item
        return Assignment(_task(item, self._folder, self._archive.config), self._bucket, sent, made_by())

    def settle(self, arrived: Sequence[tuple[Assignment, Result | TenutoError]]) -> None:
        """Into the store, then into the ledger in one transaction; the quarantined files go last.

        What stops the run is raised when all else is recorded.
        """
        settled: list[_Settled] = []
        try:
            for assignment, result in sorted(arrived, key=lambda pair: isinstance(pair[1], STOPPING)):
                settled.append(self._settled(self._waiting.pop(assignment.task.key), result))
        finally:
            self._record(settled)
        if self._quarantine is not None:
            self._quarantine.drop([assignment.sent for assignment, _ in arrived if assignment.sent])

    def _settled(self, item: WorkItem, result: Result | TenutoError) -> "_Settled":
        if isinstance(result, STOPPING):
            raise result
        if isinstance(result, TenutoError):
            return _failed(item, str(result))
        found, digests = result.characterisation, result.digests
        if found.integrity is Integrity.UNPLAYABLE or digests is None:
            return _failed(item, f"{_verdict(item, found)} (kept in quarantine)")
        if result.path is not None:
            self._store.put(result.path, digests)
        elif not is_whole(self._store, digests):
            return _failed(item, f"the bucket lacks what a worker put there: {digests.sha256} (run again)")
        damage = "" if found.integrity is Integrity.SOUND else f"{_verdict(item, found)} (held as it is)"
        outcome = Outcome(item.key, Status.DONE, digests.length, damage)
        return _Settled(item, outcome, (_holding(item, result, digests), digests, found))

    def _record(self, settled: Sequence["_Settled"]) -> None:
        held = [each.held for each in settled if each.held is not None]
        self._ledger.record(Stage.CHARACTERISE, [each.outcome for each in settled], held)
        for item, outcome, _ in settled:
            self._reporter.advance(done_bytes=outcome.bytes)
            if outcome.detail:
                self._reporter.fault(item.detail.summary.title or item.key, outcome.detail)
            if outcome.status is Status.DONE:
                item.path.unlink(missing_ok=True)
        for each in settled:
            self.tally.add(each.outcome)


class _Settled(NamedTuple):
    item: WorkItem
    outcome: Outcome
    held: Held | None


def _verdict(item: WorkItem, found: Characterisation) -> str:
    faults = "; ".join(map(str, found.faults[:3])) or "nothing could be decoded"
    return f"{item.location.uri}: {found.integrity}: {faults}"


def _failed(item: WorkItem, why: str) -> _Settled:
    return _Settled(item, Outcome(item.key, Status.FAILED, 0, why), None)


def _ahead(
    send: Callable[[Path], Sent], items: Iterable[WorkItem]
) -> Iterator[tuple[WorkItem, Future[Sent]]]:
    """Some files are on their way to the bucket while the first one is waited for."""
    waiting: deque[tuple[WorkItem, Future[Sent]]] = deque()
    with ThreadPoolExecutor(_UPLOADS) as pool:
        for item in items:
            waiting.append((item, pool.submit(send, item.path)))
            if len(waiting) > _UPLOADS:
                yield waiting.popleft()
        yield from waiting


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


def _holding(item: WorkItem, result: Result, digests: ObjectDigests) -> Holding:
    return Holding(
        recording=item.choice.recording,
        tier=item.choice.tier,
        object=digests.sha256,
        media_type=result.media_type or item.location.media_type or "application/octet-stream",
        extension=result.extension or _extension(item.location),
        source_uri=item.location.uri,
    )


def _extension(location: Location) -> str:
    """Of the original file's name, `bin` where it has none that is safe."""
    suffix = PurePosixPath(urlsplit(location.uri).path).suffix.lower().lstrip(".")
    return suffix if suffix.isascii() and suffix.isalnum() and len(suffix) <= 8 else "bin"
