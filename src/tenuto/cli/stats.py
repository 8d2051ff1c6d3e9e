"""`tenuto catalogue stats`."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import msgspec

from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.plans import current_plan
from tenuto.cli.common import archive_option, json_option, open_with
from tenuto.model.plan import PlanSummary
from tenuto.model.statistics import Distribution, Held, Ranking, Statistics
from tenuto.words import count, percent

_NAMED = 5
_BY_LISTENS = "by_artist"
"""The ranking that has the most heard names, not the most frequent ones."""
_COVERED = (0.001, 0.01, 0.1, 0.5)


@click.command("stats")
@json_option
@archive_option
def command(as_json: bool, root: Path | None) -> None:
    """Roll-ups of the current snapshot: what is known of how many, and what is most frequent."""
    archive = open_with(root)
    reader, plan = open_current(archive), current_plan(archive)
    found = reader.statistics()
    if as_json:
        tiers = plan.by_tier if plan else None
        document = {"schema": "tenuto/stats/1", "snapshot": reader.summary().id, "tiers": tiers}
        click.echo(json.dumps({**document, "statistics": msgspec.to_builtins(found)}))
        return
    click.echo("\n".join([f"snapshot {reader.summary().id}", *_lines(found, plan)]))


def _lines(found: Statistics, plan: PlanSummary | None) -> Iterator[str]:
    yield ", ".join(f"{count(found.counts[name])} {name}" for name in ("recordings", "releases", "artists"))
    yield f"listens {count(found.listens)}"
    for share in _COVERED:
        point = next((each for each in found.coverage if each.recordings >= share * _all(found)), None)
        if point is not None:
            yield _covered(found, point)
    for name in (field.name for field in fields(found)):
        of = getattr(found, name)
        if isinstance(of, Distribution | Ranking):
            yield f"{name.replace('_', ' ')}: {_known(of)}{_named(of, by_listens=name == _BY_LISTENS)}"
    if plan is not None:
        yield "by tier: " + ", ".join(f"{tier} {count(number)}" for tier, number in plan.by_tier.items())


def _covered(found: Statistics, point: Held) -> str:
    held = (
        f"{count(point.listens)} of {count(found.listens)} listens ({percent(point.listens, found.listens)})"
    )
    return f"the {count(point.recordings)} most heard of {count(_all(found))} recordings hold {held}"


def _known(of: Distribution | Ranking) -> str:
    return f"{count(of.total - of.unknown)} of {count(of.total)} {of.of}, {count(of.unknown)} unknown"


def _named(of: Distribution | Ranking, *, by_listens: bool) -> str:
    """The first names of a ranking; those that nothing has are left out."""
    if not isinstance(of, Ranking):
        return ""
    shares = [share for share in of.shares if share.count][:_NAMED]
    sizes = [f"{count(share.listens or 0)} listens" if by_listens else count(share.count) for share in shares]
    shown = [f"{share.name} {size}" for share, size in zip(shares, sizes, strict=True)]
    more = ["…"] if of.names > len(shown) and shown else []
    return f"; {', '.join(shown + more)}" if shown else ""


def _all(found: Statistics) -> int:
    return found.counts["recordings"]
