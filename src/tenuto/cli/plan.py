"""`tenuto plan`: decide, ask, explain, compare."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from tenuto import words
from tenuto.app.stages import outlook
from tenuto.app.stages import plan as stage
from tenuto.app.stages.plans import stored
from tenuto.cli.chart import coverage_chart
from tenuto.cli.common import (
    archive_option,
    dry_run_option,
    finish,
    json_option,
    open_with,
    showing,
    writing_options,
)
from tenuto.cli.plan_text import answer_lines, difference_lines, durability_lines, sites_lines, why_lines
from tenuto.fsync import atomic_write_bytes
from tenuto.model.errors import UsageError
from tenuto.plan import AT_DIFFERENT_PLACES, AT_ONE_PLACE, Keeping, yearly_loss
from tenuto.sizes import parse_size

budget_option = click.option(
    "--budget", help="Disk budget, like 80MB, 300TB or 1.5TiB. Default: plan.budget."
)
cover_option = click.option("--cover", help="Instead of a budget: the share of listens wanted, like 99.6%.")


@click.group("plan", invoke_without_command=True)
@budget_option
@cover_option
@dry_run_option
@writing_options
@click.pass_context
def command(
    context: click.Context,
    budget: str | None,
    cover: str | None,
    dry_run: bool,
    root: Path | None,
    as_json: bool,
    progress_style: str,
) -> None:
    """Choose each recording's tier, for the most listens served and the least lost within the budget."""
    if context.invoked_subcommand:
        context.obj = root
        return
    archive = open_with(root, plan__budget=budget)
    share = _share(cover, budget)
    with archive.writing("tenuto plan") as ledger, showing(progress_style) as progress:
        result = stage.plan(archive, ledger, progress, cover=share, dry_run=dry_run)
    finish(result, as_json=as_json)


@command.command("ask")
@budget_option
@cover_option
@archive_option
@json_option
def ask(budget: str | None, cover: str | None, root: Path | None, as_json: bool) -> None:
    """What another budget or coverage comes to, at once, under the current plan's policy."""
    plan = stored(open_with(root or click.get_current_context().obj))
    found, share = outlook.Outlook(plan), _share(cover, budget)
    answer = (
        found.covering(share)
        if share is not None
        else found.at(parse_size(budget) if budget else plan.summary.budget_bytes)
    )
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/plan-answer/1", "plan": plan.summary.id, **asdict(answer)}))
        return
    click.echo("\n".join(answer_lines(answer, plan.summary.copies)))
    click.echo()
    click.echo(coverage_chart(plan.curve(), answer))


@command.command("why")
@click.argument("identifier")
@archive_option
@json_option
def why(identifier: str, root: Path | None, as_json: bool) -> None:
    """Why a recording is held at its tier, or what budget would bring it in."""
    found = outlook.why(open_with(root or click.get_current_context().obj), identifier)
    summary = found.detail.summary
    if as_json:
        steps = [asdict(step) | {"efficiency": step.efficiency} for step in found.steps]
        document = {
            "schema": "tenuto/plan-why/1",
            "plan": found.plan.id,
            "recording": summary.id,
            "tier": found.tier,
            "rank": summary.popularity.rank,
            "listens": summary.popularity.listens,
            "listens_total": found.plan.listens_total,
            "loss": found.loss,
            "sizes": found.sizes,
            "sites": found.sites,
            "steps": steps,
        }
        click.echo(json.dumps(document))
        return
    click.echo("\n".join(why_lines(found)))


@command.command("diff")
@click.argument("first")
@click.argument("second", default="")
@archive_option
@json_option
def diff(first: str, second: str, root: Path | None, as_json: bool) -> None:
    """Two plans side by side; SECOND is the current one unless named."""
    found = outlook.difference(open_with(root or click.get_current_context().obj), first, second)
    if as_json:
        moves = [{"from": a, "to": b, "recordings": n} for (a, b), n in found.moves.items()]
        plans = [asdict(each) for each in (found.first, found.second)]
        click.echo(json.dumps({"schema": "tenuto/plan-diff/1", "plans": plans, "moves": moves}))
        return
    click.echo("\n".join(difference_lines(found)))


@command.command("sites")
@archive_option
@json_option
def sites(root: Path | None, as_json: bool) -> None:
    """What the plan puts at each site of plan.sites."""
    plan = stored(open_with(root or click.get_current_context().obj)).summary
    if as_json:
        shares = [asdict(site) for site in plan.sites]
        document = {"schema": "tenuto/plan-sites/1", "plan": plan.id, "copies": plan.copies, "sites": shares}
        click.echo(json.dumps(document))
        return
    click.echo("\n".join(sites_lines(plan)))


@command.command("site")
@click.argument("name")
@archive_option
def site(name: str, root: Path | None) -> None:
    """The recordings of one site and their tiers as CSV, most heard first."""
    click.echo("recording,tier")
    for recording, tier in outlook.at_site(open_with(root or click.get_current_context().obj), name):
        click.echo(f"{recording},{tier}")


@command.command("picture")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@budget_option
@archive_option
def picture(file: Path, budget: str | None, root: Path | None) -> None:
    """The coverage curve as an SVG picture, with a budget marked. Equal plans give equal bytes."""
    from tenuto.web import charts  # noqa: PLC0415 - the web's libraries, which no other question needs

    plan = stored(open_with(root or click.get_current_context().obj))
    found = outlook.Outlook(plan).at(parse_size(budget) if budget else plan.summary.budget_bytes)
    if not found.listens_total:
        raise UsageError("there is no curve: nobody counts listens", remedy="Harvest a source that does")
    points = plan.curve()
    mark = charts.Mark(f"budget {words.size(found.budget_bytes)}", found.bytes, found.listens)
    atomic_write_bytes(file, charts.picture(points, found.listens_total, mark, charts.lines(points, found)))
    click.echo(f"{file}: {len(points):,} points", err=True)


@command.command("durability")
@click.option("--replicas", type=click.IntRange(1, 20), help="Copies. Default: plan.copies.")
@click.option("--scrub-days", type=float, default=180.0, show_default=True, help="Days between two scrubs.")
@click.option("--failure-rate", type=float, default=0.02, show_default=True, help="Failures a copy and year.")
@click.option(
    "--together",
    type=float,
    help="Share of failures that takes all copies. Default: 0.01 at different places, 0.1 at one.",
)
@archive_option
@json_option
def durability(
    replicas: int | None,
    scrub_days: float,
    failure_rate: float,
    together: float | None,
    root: Path | None,
    as_json: bool,
) -> None:
    """How many of the planned files are expected to be lost a year, by copies and scrubs."""
    plan = stored(open_with(root or click.get_current_context().obj)).summary
    if together is None:
        together = AT_DIFFERENT_PLACES if plan.sites else AT_ONE_PLACE
    try:
        keeping = Keeping(replicas or plan.copies, scrub_days, failure_rate, together)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if as_json:
        found = {"yearly_loss": yearly_loss(keeping), "files": plan.files, **asdict(keeping)}
        click.echo(json.dumps({"schema": "tenuto/plan-durability/1", "plan": plan.id, **found}))
        return
    click.echo("\n".join(durability_lines(plan, keeping)))


def _share(cover: str | None, budget: str | None) -> float | None:
    """`99.6%` or `0.996`. `UsageError`."""
    if cover is None:
        return None
    if budget is not None:
        raise UsageError("--budget and --cover exclude each other", remedy="Name one of them")
    try:
        share = float(cover.removesuffix("%")) / (100 if cover.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise UsageError(f"{cover!r} is not a share of listens", remedy="Write it like 99.6% or 0.996")
    return share
