"""Publish: what is held and cleared, in rank order, as an edition."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from tenuto.app.archive import Archive
from tenuto.app.stages.choose import policy
from tenuto.app.stages.result import StageResult
from tenuto.ledger import Held, SqliteLedger
from tenuto.model.audio import Integrity
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.edition import Publishable
from tenuto.model.ports import CatalogueReader, Reporter
from tenuto.model.rights import Cleared, Refusal
from tenuto.rights import clear

DAMAGED = "damaged"
"""Held, but not published: its decode met faults."""


class Selection:
    """Streams what may be published, and counts what may not, by reason."""

    def __init__(self, archive: Archive, ledger: SqliteLedger, reader: CatalogueReader) -> None:
        self._ledger, self._reader = ledger, reader
        self._rules = policy(archive.config)
        self.refused: Counter[str] = Counter()
        self.held = 0

    def __iter__(self) -> Iterator[Cleared[Publishable]]:
        for detail in self._reader.ranked():
            holdings = self._ledger.held(detail.summary.id)
            if holdings:
                self.held += 1
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
            yield verdict
