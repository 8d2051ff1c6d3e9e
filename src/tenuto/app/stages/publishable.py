"""What may be published of what is held: rights and integrity decided, batch by batch in rank order."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.app.archive import Archive
from tenuto.app.stages.choose import policy
from tenuto.ledger import Held, SqliteLedger
from tenuto.model.audio import Integrity
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.edition import Publishable
from tenuto.model.ids import RecordingId
from tenuto.model.ports import CatalogueReader
from tenuto.model.rights import Cleared, Refusal
from tenuto.publish.compare import CANDIDATES
from tenuto.rights import clear

_BATCH: Final = 10_000
DAMAGED = "damaged"
"""Held, but not published: its decode met faults."""


class PublishableItems:
    """Streams what may be published, and counts what may not, by reason."""

    def __init__(self, archive: Archive, ledger: SqliteLedger, reader: CatalogueReader) -> None:
        self._ledger, self._reader = ledger, reader
        self._rules = policy(archive.config)
        self.refused: Counter[str] = Counter()
        self.cleared = 0

    def write(self, candidates: Path) -> str:
        """Writes a row for each held recording (`CANDIDATES`), and counts them.

        Returns a digest of the rows: equal digests, equal candidates.
        """
        sha256 = hashlib.sha256()
        with pq.ParquetWriter(candidates, CANDIDATES) as writer:
            for batch in self._decided(None):
                rows = [_row(held, verdict) for held, verdict in batch]
                for _, _, _, _, refusal in rows:
                    self.refused.update([refusal] if refusal else [])
                    self.cleared += not refusal
                sha256.update(repr(rows).encode())
                columns = [list(column) for column in zip(*rows, strict=True)]
                writer.write_table(pa.Table.from_arrays(list(map(pa.array, columns)), schema=CANDIDATES))
        return sha256.hexdigest()

    def details(self, recordings: Sequence[RecordingId] | None) -> Iterator[Cleared[Publishable]]:
        """What is cleared of these recordings (None: of all), in rank order."""
        for batch in self._decided(recordings):
            yield from (verdict for _, verdict in batch if isinstance(verdict, Cleared))

    def _decided(
        self, of: Sequence[RecordingId] | None
    ) -> Iterator[list[tuple[Held, Cleared[Publishable] | str]]]:
        """Batches of what is held, each with the verdict: cleared, or the reason why not."""
        ranked = self._reader.ranked(of=of)
        while details := list(islice(ranked, _BATCH)):
            held = self._ledger.held_of([detail.summary.id for detail in details])
            found = [(detail, held.get(detail.summary.id)) for detail in details]
            batch = [(each, self._verdict(detail, each)) for detail, each in found if each]
            if batch:
                yield batch

    def _verdict(self, detail: RecordingDetail, held: Held) -> Cleared[Publishable] | str:
        holding, digests, characterisation = held
        item = Publishable(detail.summary, detail.identifiers, holding, digests, characterisation)
        verdict = clear(item, detail.evidence, self._rules)
        if isinstance(verdict, Refusal):
            return verdict.reason
        return verdict if characterisation.integrity is Integrity.SOUND else DAMAGED


def _row(held: Held, verdict: Cleared[Publishable] | str) -> tuple[str, str, str, str, str]:
    """In the order of `CANDIDATES`."""
    holding = held[0]
    licence, refusal = (verdict.licence, "") if isinstance(verdict, Cleared) else ("", str(verdict))
    return holding.recording, holding.object, str(holding.tier), licence, refusal
