"""Duplicates among what is held."""

import tempfile
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.audio.alike import Values
from tenuto.audio.duplicates import Entry, Pair, find_pairs
from tenuto.audio.fingerprint import available, decoded
from tenuto.ledger import SqliteLedger
from tenuto.model.audio import Characterisation
from tenuto.model.ids import RecordingId

_KEPT = 10_000
"""Fingerprints kept while pairs are compared, some 30 MB."""


def duplicates(archive: Archive, ledger: SqliteLedger) -> list[Pair]:
    """All pairs, those without doubt first. Scratch files go under the archive's catalogue folder."""

    @lru_cache(maxsize=_KEPT)
    def fingerprint_of(recording: RecordingId) -> Values | None:
        return next((_values(about) for _, _, about in ledger.held(recording)), None)

    archive.catalogue.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".duplicates-", dir=archive.catalogue) as scratch:
        pairs = list(find_pairs(_entries(ledger), fingerprint_of, Path(scratch)))
    return sorted(pairs, key=lambda pair: (pair.error, pair.one, pair.other))


def _entries(ledger: SqliteLedger) -> Iterator[Entry]:
    """The first holding of each recording: what was measured is the original in every tier."""
    for recording, holdings in groupby(ledger.all_held(), key=lambda held: held[0].recording):
        holding, _, about = next(holdings)
        yield Entry(recording, holding.object, about.essence, about.pcm_md5, _values(about))


def _values(about: Characterisation) -> Values | None:
    return decoded(about.fingerprint) if about.fingerprint and available() else None
