"""Seeding as long as it is wanted: what is published now, and nothing that no longer is."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from tenuto.app.archive import Archive
from tenuto.app.mirror import mirrored_volumes
from tenuto.app.swarm import current_edition, seed_volumes
from tenuto.formats.exposition import Family, exposition
from tenuto.model.edition import EditionSummary
from tenuto.model.errors import TenutoError
from tenuto.model.ports import Reporter
from tenuto.pointers import read_pointer
from tenuto.swarm.mirror import MirrorFolder
from tenuto.swarm.record import NAME, Fault, read_record
from tenuto.swarm.seeded import SeederStatus
from tenuto.swarm.seeder import Seeder
from tenuto.swarm.volume import SeedVolume

_LOOK_SECONDS: Final = 1.0
_REPORT_SECONDS: Final = 10.0
_LISTED_FAULTS: Final = 1000


class Offer(Protocol):
    """What there is to seed."""

    @property
    def root(self) -> Path:
        """Where the seeder keeps its file."""

    def mark(self) -> object:
        """Differs from the last one where the volumes may differ. Costs a file or two."""

    def volumes(self) -> tuple[EditionSummary, list[SeedVolume]]:
        """All of them. `TenutoError`."""


@dataclass(frozen=True, slots=True)
class ArchiveOffer:
    """The current edition, out of the store."""

    archive: Archive

    @property
    def root(self) -> Path:
        return self.archive.root

    def mark(self) -> object:
        return read_pointer(self.archive.editions)

    def volumes(self) -> tuple[EditionSummary, list[SeedVolume]]:
        folder, edition = current_edition(self.archive)
        return edition, list(seed_volumes(self.archive, folder, edition))


@dataclass(frozen=True, slots=True)
class MirrorOffer:
    """What a mirror holds of the edition that it follows; volumes arrive while it is updated."""

    root: Path

    def mark(self) -> object:
        folder = MirrorFolder(self.root)
        try:
            return read_pointer(folder.editions), folder.volumes.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def volumes(self) -> tuple[EditionSummary, list[SeedVolume]]:
        return mirrored_volumes(MirrorFolder(self.root))


@dataclass(frozen=True, slots=True)
class SeedReport:
    """How the seeder fares. `at`: seconds since the epoch."""

    edition: str
    port: int
    started: float
    at: float
    status: SeederStatus


def seeding(seeder: Seeder, offer: Offer, reporter: Reporter) -> Iterator[SeedReport]:
    """Seeds until it is closed; tells how it fares when it begins, and then every ten seconds.

    Another edition is followed within a second or so: what it no longer has is dropped, its peers too. Raises
    `TenutoError` where there is nothing to begin with; later that is a fault, and what is seeded stays.
    """
    started, due = time.time(), 0.0
    mark = offer.mark()
    edition, volumes = offer.volumes()
    reporter.phase("seed", items=len(volumes))
    seeder.follow(volumes)
    while True:
        if time.monotonic() >= due:
            due = time.monotonic() + _REPORT_SECONDS
            report = SeedReport(edition.id, seeder.port, started, time.time(), seeder.status())
            seeder.remember(_encoded(report))
            yield report
        seeder.work(_LOOK_SECONDS)
        if (now := offer.mark()) != mark:
            mark = now
            try:
                edition, volumes = offer.volumes()
                reporter.phase("seed", items=seeder.follow(volumes).taken)
            except TenutoError as error:
                reporter.fault(str(offer.root), str(error))


def _encoded(report: SeedReport) -> str:
    return json.dumps(document(report))


def document(report: SeedReport) -> dict[str, object]:
    """For `--json` and the seeder's own file; docs/cli.md describes it."""
    status = asdict(report.status)
    torrents = {str(state): count for state, count in status.pop("states").items()}
    times = {"started": _time(report.started), "at": _time(report.at)}
    return {"edition": report.edition, "port": report.port, **times, "torrents": torrents, **status}


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a seeder's file says. `report`: its last one (`document`), None when it isn't running."""

    report: dict[str, object] | None
    uploaded_ever: int
    faults: int
    listed: tuple[Fault, ...]
    """At most 1,000 of the faults."""


def last_report(root: Path) -> Remembered:
    """Of the seeder of this archive or mirror; also while it runs. `NotFoundError` where none ever ran."""
    with read_record(root / NAME) as record:
        report = record.report()
        return Remembered(
            json.loads(report) if report else None,
            record.uploaded(),
            record.count_faults(),
            record.all_faults(_LISTED_FAULTS),
        )


def metrics(report: SeedReport) -> str:
    """For Prometheus; docs/swarm.md lists them."""
    status = report.status
    states = [({"state": str(state)}, count) for state, count in status.states.items()]
    return exposition(
        [
            Family("tenuto_seed_info", "gauge", "The edition.", [({"edition": report.edition}, 1)]),
            Family("tenuto_seed_torrents", "gauge", "Torrents by state.", states),
            Family("tenuto_seed_peers", "gauge", "Connected peers.", [({}, status.peers)]),
            _counter("uploaded_bytes", "Payload bytes given, ever.", status.uploaded_ever),
            _counter("refused", "Peers that found no room for their torrent.", status.refused),
            Family("tenuto_seed_faults", "gauge", "Files that can't be offered.", [({}, status.faults)]),
            Family(
                "tenuto_seed_silent_trackers",
                "gauge",
                "Trackers that complain.",
                [({}, len(status.tracker_faults))],
            ),
            Family(
                "tenuto_seed_loaded_bytes",
                "gauge",
                "Memory of loaded torrents, estimated.",
                [({}, status.loaded_bytes)],
            ),
        ]
    )


def _counter(name: str, about: str, value: int) -> Family:
    return Family(f"tenuto_seed_{name}_total", "counter", about, [({}, value)])


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
