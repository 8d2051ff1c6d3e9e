"""What may be published of what is held: decided by windows of the catalogue, told in full on demand."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.app.archive import Archive
from tenuto.app.stages.choose import policy
from tenuto.catalogue import EvidenceReader, Statements
from tenuto.ledger import Held, SqliteLedger
from tenuto.model.audio import Integrity
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.edition import Publishable
from tenuto.model.ids import RecordingId
from tenuto.model.ports import CatalogueReader
from tenuto.model.rights import Cleared, Evidence
from tenuto.publish.candidates import HELD, VERDICTS, join_candidates
from tenuto.rights import clear

_BATCH: Final = 10_000


class PublishableItems:
    """What is cleared and sound, and counts of what isn't, by reason."""

    def __init__(self, archive: Archive, ledger: SqliteLedger, reader: CatalogueReader) -> None:
        self._ledger, self._reader = ledger, reader
        self._evidence = EvidenceReader(archive.root, reader.summary().id)
        self._rules = policy(archive.config)
        self.refused: Mapping[str, int] = {}
        self.cleared = 0

    def write(self, candidates: Path) -> str:
        """Writes a row for each held recording (`CANDIDATES`), and counts them.

        Returns a digest of the rows: equal digests, equal candidates.
        """
        held, verdicts = (candidates.with_name(name) for name in ("held.parquet", "verdicts.parquet"))
        self._write_held(held)
        self._write_verdicts(verdicts)
        found = join_candidates(held, verdicts, candidates, candidates.with_name("spill"))
        self.refused, self.cleared = found.refused, found.cleared
        return found.digest

    def details(self, recordings: Sequence[RecordingId] | None) -> Iterator[Cleared[Publishable]]:
        """What is cleared of these recordings (None: of all), in rank order."""
        ranked = self._reader.ranked(of=recordings)
        while details := list(islice(ranked, _BATCH)):
            held = self._ledger.held_of([detail.summary.id for detail in details])
            for detail in details:
                if detail.summary.id in held:
                    yield from self._cleared(detail, held[detail.summary.id])

    def _cleared(self, detail: RecordingDetail, held: Held) -> Iterator[Cleared[Publishable]]:
        holding, digests, characterisation = held
        item = Publishable(detail.summary, detail.identifiers, holding, digests, characterisation)
        verdict = clear(item, detail.evidence, self._rules)
        if isinstance(verdict, Cleared) and characterisation.integrity is Integrity.SOUND:
            yield verdict

    def _write_held(self, path: Path) -> None:
        holdings = self._ledger.best_holdings()
        with pq.ParquetWriter(path, HELD) as writer:
            while rows := list(islice(holdings, _BATCH)):
                columns = [list(column) for column in zip(*rows, strict=True)]
                writer.write_table(pa.Table.from_arrays(list(map(pa.array, columns)), schema=HELD))

    def _write_verdicts(self, path: Path) -> None:
        """Recordings whose statements are the same share a verdict."""
        decide = cache(self._verdict)
        with pq.ParquetWriter(path, VERDICTS) as writer:
            for window in self._evidence.windows:
                stated = self._evidence.read(window)
                verdicts = [decide(each) for each in (*stated.statements, ())]  # -1 is the last one
                texts = (pa.array(column) for column in zip(*verdicts, strict=True))
                columns = [each.take(pa.array(stated.evidence % len(verdicts))) for each in texts]
                writer.write_table(pa.Table.from_arrays([stated.ids, *columns], schema=VERDICTS))

    def _verdict(self, statements: Statements) -> tuple[str, str]:
        """Licence and refusal; one of them is empty."""
        verdict = clear(None, [Evidence(kind, text, "") for kind, text in statements], self._rules)
        return (verdict.licence, "") if isinstance(verdict, Cleared) else ("", str(verdict.reason))
