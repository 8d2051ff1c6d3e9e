"""Acquire: the plan's audio into quarantine, item by item, with resume."""

from collections.abc import Sequence

from tenuto.acquire import bring_in
from tenuto.app.archive import Archive
from tenuto.app.stages.result import Tally
from tenuto.app.stages.work import WorkItem
from tenuto.ledger import SqliteLedger
from tenuto.model.errors import SpaceError, TenutoError
from tenuto.model.ports import Fetcher, Reporter
from tenuto.model.work import Counts, Outcome, Stage, Status


def acquire(
    archive: Archive, ledger: SqliteLedger, window: Sequence[WorkItem], fetcher: Fetcher, reporter: Reporter
) -> Counts:
    """Fetches what is neither held nor in quarantine yet. A full disk stops the run.

    Bytes wait in quarantine under their final name before the ledger says so; what the ledger says and the
    quarantine lacks is fetched again.
    """
    tally = Tally(archive.config.number("work.max_errors"))
    held = ledger.status_of(Stage.CHARACTERISE, [item.key for item in window])
    for item in window:
        if held.get(item.key) is Status.DONE or item.path.exists():
            tally.skip()
            reporter.advance()
            continue
        outcome = _bring_in(item, fetcher)
        ledger.record(Stage.ACQUIRE, [outcome])
        tally.add(outcome)
        reporter.advance(done_bytes=outcome.bytes)
        if outcome.status is Status.FAILED:
            reporter.fault(item.detail.summary.title or item.key, outcome.detail)
    return tally.counts()


def _bring_in(item: WorkItem, fetcher: Fetcher) -> Outcome:
    try:
        length = bring_in(item.location, item.path, fetcher)
    except SpaceError:
        raise
    except TenutoError as error:
        return Outcome(item.key, Status.FAILED, 0, str(error))
    return Outcome(item.key, Status.DONE, length)
