"""The demonstration: the whole journey on music from Debian's archive, before independent witnesses."""

from dataclasses import dataclass
from pathlib import Path

from tenuto.app.archive import Archive, init, open_archive
from tenuto.app.run import after_harvest
from tenuto.app.stages import harvest
from tenuto.app.stages.result import StageResult
from tenuto.app.view import View
from tenuto.demo.witness import Witnessed, witness
from tenuto.fsync import atomic_write_bytes
from tenuto.model.edition import EditionSummary
from tenuto.model.plan import PlanSummary
from tenuto.model.ports import Reporter

PACKAGES = ("singularity-music", "hyperrogue-music", "parsec47-data")

SETTINGS = """# The demonstration's settings.
[archive]
name = "demo"

[plan]
budget = "50MB"

[rank]
synthetic_seed = 2026  # nobody counts listens of this music: they are drawn, and labelled so everywhere

[swarm]
dht = false
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the demonstration came to."""

    archive: Archive
    stages: tuple[StageResult, ...]
    plan: PlanSummary
    edition: EditionSummary
    witnessed: tuple[Witnessed, ...]

    @property
    def holds(self) -> bool:
        """Every stage's counts add up, and every download is byte for byte what was published."""
        return all(r.counts.add_up for r in self.stages) and all(
            w.identical and w.verified for w in self.witnessed
        )


def demonstrate(folder: Path, reporter: Reporter) -> Proof:
    """Does what is missing of the journey under `folder`, then has it downloaded and verified.

    Raises `NetworkError` where packages are neither in the cache nor to be fetched.
    """
    root = folder / "archive"
    init(root, "demo")
    if (root / "tenuto.toml").read_text(encoding="utf-8") != SETTINGS:
        atomic_write_bytes(root / "tenuto.toml", SETTINGS.encode())
    archive = open_archive(root)
    with archive.writing("tenuto demo") as ledger:
        source = harvest.debian_source(archive, PACKAGES, "debian", priority=100)
        stages = (
            harvest.harvest(archive, ledger, source, reporter),
            *after_harvest(archive, ledger, reporter),
        )
    with View(archive) as view:
        plan, edition = view.plan(), view.editions()[0]
    assert plan is not None
    witnessed = witness(archive, edition, folder / "downloads", reporter)
    return Proof(archive, stages, plan, edition, witnessed)
