"""`tenuto demo`."""

import sys
from pathlib import Path

import click

from tenuto import words
from tenuto.app.status import status
from tenuto.app.view import View
from tenuto.cli.common import progress_option, showing
from tenuto.demo.journey import Proof, demonstrate
from tenuto.demo.pages import Opened, open_pages
from tenuto.demo.witness import Witnessed
from tenuto.model.errors import FixityError
from tenuto.web import create_app, serve


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where the demonstration's archive and downloads go.",
)
@click.option("--serve/--no-serve", "wanted", default=None, help="Serve at the end. Default: on a terminal.")
@progress_option
def command(folder: Path, wanted: bool | None, progress_style: str) -> None:
    """An archive of real, freely licensed music from Debian packages, from nothing to a verified download."""
    with showing(progress_style) as progress:
        proof = demonstrate(folder, progress)
    _print_proof(proof)
    if not proof.holds:
        raise FixityError(
            "the proof does not hold", where=str(folder), remedy="Remove the folder and run again"
        )
    serving = sys.stdout.isatty() if wanted is None else wanted
    with View(proof.archive) as view:
        app = create_app(view)
        if serving:
            click.echo("The explorer, until Ctrl-C:")
            serve(app, "127.0.0.1", 0, ready=click.echo)
        else:
            _print_pages(open_pages(app, view))


def _print_proof(proof: Proof) -> None:
    click.echo("\nEVERY ITEM ACCOUNTED FOR (in = done + skipped + failed; skipped: done before, or refused)")
    click.echo(f"  {'stage':<14}{'in':>7}{'done':>7}{'skipped':>9}{'failed':>8}{'bytes':>15}")
    for result in proof.stages:
        c = result.counts
        row = f"{c.entered:>7,}{c.done:>7,}{c.skipped:>9,}{c.failed:>8,}{c.bytes:>15,}"
        click.echo(f"  {result.stage:<14}{row}")
    for failures in status(proof.archive).failures.values():
        for failure in failures:
            click.echo(f"  failed: {failure.key}: {failure.detail}")
    plan, edition = proof.plan, proof.edition
    synthetic = " SYNTHETIC (from a seeded law, nobody counts them)" if plan.synthetic else ""
    share = words.percent(plan.listens_covered, plan.listens_total)
    covered = f"{plan.listens_covered:,.0f} of {plan.listens_total:,.0f}{synthetic} listens = {share}"
    click.echo(f"\nCOVERAGE {covered}, {words.size(plan.bytes)} of {words.size(plan.budget_bytes)} planned")
    click.echo("  recordings " + ", ".join(f"as {tier} {n}" for tier, n in plan.by_tier.items()))
    refused = ", ".join(f"{reason} {n}" for reason, n in edition.refused.items()) or "none"
    click.echo(f"\nEDITION {edition.id}: {edition.recordings} recordings, {words.size(edition.bytes)}")
    click.echo(f"refused for rights or damage (held, dark): {refused}")
    for volume in edition.volumes:
        click.echo(
            f"  {volume.name}: popularity {volume.band[0]}-{volume.band[1]}, {volume.recordings} recordings"
        )
        click.echo(f"    {volume.magnet}")
    click.echo("\nDOWNLOADED BY PROGRAMS THAT AREN'T OURS")
    for witnessed in proof.witnessed:
        click.echo(_witness_line(witnessed))
    click.echo("\n" + ("THE PROOF HOLDS" if proof.holds else "THE PROOF DOES NOT HOLD"))


def _witness_line(w: Witnessed) -> str:
    when = "checked again" if w.again else "downloaded"
    proofs = {"same bytes": w.identical, "sha256sum -c": w.sha256sum, "tenuto verify": w.verified}
    shown = ", ".join(f"{name} {'ok' if good else 'FAILED'}" for name, good in proofs.items())
    return f"  {w.volume} by {w.client}: {when}, {words.size(w.bytes)}, {shown}, infohash {w.infohash}"


def _print_pages(pages: tuple[Opened, ...]) -> None:
    click.echo("\nPAGES OPENED ONCE")
    for page in pages:
        click.echo(f"  {page.status} {page.path} ({page.bytes:,} bytes)")
