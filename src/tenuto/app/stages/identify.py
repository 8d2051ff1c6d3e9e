"""Identify: what AcoustID knows the held recordings as. Asks only what the operator told it to ask."""

from itertools import groupby
from typing import Any

import msgspec
import rfc8785

from tenuto.app.archive import Archive
from tenuto.app.stages.network import ACOUSTID_KEY, network, secret
from tenuto.app.stages.result import StageResult, Tally
from tenuto.ledger import SqliteLedger
from tenuto.model.audio import Characterisation
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId, Sha256
from tenuto.model.ports import Reporter
from tenuto.model.work import Outcome, Stage, Status
from tenuto.sources.acoustid import AcoustId


def identify(archive: Archive, ledger: SqliteLedger, reporter: Reporter) -> StageResult:
    """Each held file's fingerprint and duration are sent once; answers are durable before the next question.

    `ConfigurationError` without a key or a contact; `NetworkError` ends the run, and the next goes on.
    """
    config = archive.config
    service = config.text("acoustid.url")
    key = secret(config, ACOUSTID_KEY, "acoustid.key_file")
    tally = Tally(config.number("work.max_errors"))
    reporter.phase("identify")
    with AcoustId(network(archive), key, service) as asked:
        for _, holdings in groupby(ledger.all_held(), key=lambda held: held[0].recording):
            holding, _, about = next(holdings)
            if ledger.status_of(Stage.IDENTIFY, [holding.object]).get(holding.object) is Status.DONE:
                tally.skip()
            else:
                outcome = _ask(asked, service, holding.object, about)
                ledger.record(Stage.IDENTIFY, [outcome])
                tally.add(outcome)
            reporter.advance()
    return StageResult(Stage.IDENTIFY, tally.counts())


def answer_about(ledger: SqliteLedger, recording: RecordingId) -> dict[str, Any]:
    """`service` and `matches` (docs/sources/acoustid.md, clause 5). `NotFoundError` where it wasn't asked."""
    for holding, _, _ in ledger.held(recording):
        outcome = ledger.outcome(Stage.IDENTIFY, holding.object)
        if outcome is not None and outcome.status is Status.DONE:
            answer: dict[str, Any] = msgspec.json.decode(outcome.detail)
            return answer
    raise NotFoundError("not asked about yet", where=recording, remedy="tenuto identify ask")


def _ask(asked: AcoustId, service: str, name: Sha256, about: Characterisation) -> Outcome:
    if about.fingerprint is None:
        return Outcome(name, Status.SKIPPED, detail="no fingerprint")
    matches: list[dict[str, Any]] = [
        {"acoustid": match.acoustid, "mbids": list(match.mbids), "score": match.score}
        for match in asked.look_up(about.fingerprint, about.duration_ms)
    ]
    return Outcome(name, Status.DONE, detail=rfc8785.dumps({"matches": matches, "service": service}).decode())
