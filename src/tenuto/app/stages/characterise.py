"""Characterise: one decode of what waits in quarantine, an access copy where planned, then into the store."""

from collections.abc import Sequence

from tenuto.app.archive import Archive
from tenuto.app.stages.result import Tally
from tenuto.app.stages.work import WorkItem
from tenuto.audio import AccessSpec, Result, TagSet, Task, process
from tenuto.engine import run_items
from tenuto.ledger import SqliteLedger
from tenuto.model.audio import Integrity
from tenuto.model.errors import TenutoError
from tenuto.model.objects import Holding
from tenuto.model.plan import Tier
from tenuto.model.ports import ObjectStore, Reporter
from tenuto.model.work import Counts, Outcome, Stage, Status


def characterise(
    archive: Archive, ledger: SqliteLedger, window: Sequence[WorkItem], store: ObjectStore, reporter: Reporter
) -> Counts:
    """Takes what is in quarantine through one decode in worker processes. Unplayable files fail and stay there."""
    tally = Tally(archive.config.number("work.max_errors"))
    held = ledger.status_of(Stage.CHARACTERISE, [item.key for item in window])
    waiting = {}
    for item in window:
        if held.get(item.key) is not Status.DONE and item.path.exists():
            waiting[item.key] = item
        else:
            tally.skip()
            reporter.advance()
    tasks = [_task(item, archive.config.number("plan.access_bit_rate")) for item in waiting.values()]
    for task, result in run_items(process, tasks, jobs=archive.config.jobs, key=lambda task: task.key):
        item = waiting[task.key]
        outcome = _settle(item, result, ledger, store)
        tally.add(outcome)
        reporter.advance(done_bytes=outcome.bytes)
        if outcome.status is Status.FAILED:
            reporter.fault(item.detail.summary.title or item.key, outcome.detail)
    return tally.counts()
