"""Key ceremonies of an archive, each entered in the decision log; and the renewal of signatures."""

from datetime import UTC, date, datetime
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.app.stages.result import Fact, StageResult
from tenuto.app.swarm import current_edition
from tenuto.ledger import Decision, SqliteLedger
from tenuto.model.work import Counts, Stage
from tenuto.publish import ceremony
from tenuto.publish.ceremony import DraftState
from tenuto.publish.keys import load_keys
from tenuto.publish.renew import renew_edition


def create(archive: Archive, ledger: SqliteLedger, *, on: date, roots: int, threshold: int) -> None:
    """As `ceremony.create_keys`."""
    ceremony.create_keys(archive.keys, on=on, roots=roots, threshold=threshold)
    _note(ledger, "create", f"{threshold} of {roots} root keys must sign")


def renew(archive: Archive, ledger: SqliteLedger, *, on: date) -> DraftState | None:
    """As `ceremony.renew`; the draft where signatures are missing."""
    ceremony.renew(archive.keys, on=on)
    _note(ledger, "renew", f"valid from {on}")
    return ceremony.pending(archive.keys)


def rotate(
    archive: Archive, ledger: SqliteLedger, role: str, *, on: date, replaced: str
) -> DraftState | None:
    """As `ceremony.rotate`; the draft where signatures are missing."""
    ceremony.rotate(archive.keys, role, on=on, replaced=replaced)
    _note(ledger, "rotate", f"{role} {replaced}".strip())
    return ceremony.pending(archive.keys)


def accept(archive: Archive, ledger: SqliteLedger, copies: list[Path]) -> DraftState | None:
    """As `ceremony.accept`."""
    draft = ceremony.accept(archive.keys, copies)
    if draft is None:
        _note(ledger, "accept", "the next root counts from now on")
    return draft


def renew_signatures(archive: Archive, *, on: date, dry_run: bool) -> StageResult:
    """The current edition's metadata, signed anew. One item: the edition."""
    folder, edition = current_edition(archive)
    facts: dict[str, Fact] = {"edition": edition.id}
    if not dry_run:
        facts["version"] = renew_edition(folder, load_keys(archive.keys), on=on).version
    return StageResult(Stage.PUBLISH, Counts(1, 1, 0, 0), facts)


def _note(ledger: SqliteLedger, action: str, reason: str) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    ledger.decide(Decision(at, action, "keys", reason))
