"""Acquire and characterise over the current plan, window by window, so that the quarantine stays bounded."""

from collections.abc import Iterator

from tenuto.app.archive import Archive
from tenuto.app.stages.acquire import acquire
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.characterise import characterise
from tenuto.app.stages.fetchers import fetchers
from tenuto.app.stages.plans import current_plan
from tenuto.app.stages.result import StageResult
from tenuto.app.stages.work import WorkItem, windows, work_items
from tenuto.ledger import SqliteLedger
from tenuto.model.ports import Reporter
from tenuto.model.work import Counts, Stage, Status

_NOTHING = Counts(0, 0, 0, 0)


def intake(archive: Archive, ledger: SqliteLedger, reporter: Reporter) -> tuple[StageResult, StageResult]:
    """Each window is acquired, then characterised, then the next one: for plans of any size."""
    acquired = characterised = _NOTHING
    with fetchers(archive) as fetcher:
        for window in _windows(archive):
            reporter.phase("acquire", items=len(window), total_bytes=_expected(window))
            acquired += acquire(archive, ledger, window, fetcher, reporter)
            reporter.phase("characterise", items=len(window), total_bytes=None)
            characterised += characterise(archive, ledger, [window], reporter)
    return StageResult(Stage.ACQUIRE, acquired), StageResult(Stage.CHARACTERISE, characterised)


def acquire_only(
    archive: Archive, ledger: SqliteLedger, reporter: Reporter, *, dry_run: bool = False
) -> StageResult:
    """Fills the quarantine up to its limit, with what waits there already; the rest is for the next time."""
    planned, limit = _planned(archive), archive.config.number("acquire.quarantine_limit")
    reporter.phase("acquire", items=planned)
    total, waiting, full = _NOTHING, 0, False
    with fetchers(archive) as fetcher:
        for window in _windows(archive):
            fitting, waiting = _fitting(ledger, window, waiting, limit)
            if dry_run:
                total += _would(ledger, fitting, Stage.ACQUIRE)
            else:
                total += acquire(archive, ledger, fitting, fetcher, reporter)
            if full := len(fitting) < len(window):
                break
    left = planned - total.entered if full else 0
    return StageResult(Stage.ACQUIRE, total, {"planned": planned, "left_for_the_next_time": left})


def _fitting(
    ledger: SqliteLedger, window: list[WorkItem], waiting: int, limit: int
) -> tuple[list[WorkItem], int]:
    """The items from the window's start that the quarantine has room for (one at least), and what waits then.

    `waiting` and `limit` are bytes. What is held takes no room.
    """
    held = ledger.status_of(Stage.CHARACTERISE, [item.key for item in window])
    fitting: list[WorkItem] = []
    for item in window:
        if held.get(item.key) is not Status.DONE:
            size = item.path.stat().st_size if item.path.exists() else _expected([item])
            if waiting and waiting + size > limit:
                break
            waiting += size
        fitting.append(item)
    return fitting, waiting


def characterise_only(
    archive: Archive, ledger: SqliteLedger, reporter: Reporter, *, dry_run: bool = False
) -> StageResult:
    """What waits in quarantine; what isn't there is skipped."""
    reporter.phase("characterise", items=_planned(archive))
    if dry_run:
        would = (_would(ledger, window, Stage.CHARACTERISE) for window in _windows(archive))
        counts = sum(would, _NOTHING)
    else:
        counts = characterise(archive, ledger, _windows(archive), reporter)
    return StageResult(Stage.CHARACTERISE, counts, {"planned": _planned(archive)})


def _windows(archive: Archive) -> Iterator[list[WorkItem]]:
    items = work_items(archive, open_current(archive))
    return windows(items, archive.config.number("acquire.quarantine_limit"))


def _planned(archive: Archive) -> int:
    plan = current_plan(archive)
    return plan.files if plan else 0


def _expected(window: list[WorkItem]) -> int:
    return sum(item.location.length or item.choice.bytes for item in window)


def _would(ledger: SqliteLedger, window: list[WorkItem], stage: Stage) -> Counts:
    """What the stage would do with a window: the same decision as the real run's."""
    held = ledger.status_of(Stage.CHARACTERISE, [item.key for item in window])
    wanted = [
        item
        for item in window
        if held.get(item.key) is not Status.DONE and item.path.exists() == (stage is Stage.CHARACTERISE)
    ]
    size = sum(item.location.length or item.choice.bytes for item in wanted)
    return Counts(len(window), len(wanted), len(window) - len(wanted), 0, size)
