"""`tenuto health scrape|show|publish|challenge|answer|record|key`, `tenuto health mirror add|list|remove`."""

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from tenuto import words
from tenuto.app import health as stage
from tenuto.app.health import Ask, DhtOptions, Observer, archive_observer, mirror_observer
from tenuto.app.mirror import answer_for, mirror_id
from tenuto.app.stages.publish import today
from tenuto.cli.common import F, archive_option, json_option, open_with, progress_option, showing
from tenuto.cli.given import given_bytes
from tenuto.cli.publish import date_option
from tenuto.formats.challenge import LONGEST_ANSWER, LONGEST_CHALLENGE
from tenuto.fsync import atomic_write_bytes
from tenuto.model.errors import PARTIAL_EXIT_CODE, FixityError, UsageError
from tenuto.model.health import Mirror, Outcome, VolumeHealth
from tenuto.swarm.health.audit import chance
from tenuto.swarm.health.need import neediest


def observer_options(function: F) -> F:
    """Whose health it is: --archive, or --from-mirror."""
    return archive_option(
        click.option(
            "--from-mirror",
            "mirrored",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="Observe from this mirror instead of from an archive.",
        )(function)
    )


output_option = click.option("--output", type=click.Path(path_type=Path), help="Default: stdout.")


@click.group("health")
def command() -> None:
    """Who holds the published volumes: proved by mirrors, or claimed by trackers."""


@command.command("scrape")
@click.option("--tracker", "trackers", multiple=True, metavar="URL", help="Default: publish.trackers.")
@click.option("--dht", type=click.IntRange(min=1), metavar="N", help="Also ask the DHT, for N volumes.")
@click.option("--interfaces", default="0.0.0.0:0,[::]:0", show_default=True, help="Where --dht listens.")
@date_option
@json_option
@progress_option
@observer_options
def scrape(
    trackers: tuple[str, ...],
    dht: int | None,
    interfaces: str,
    on: datetime | None,
    as_json: bool,
    progress_style: str,
    mirrored: Path | None,
    root: Path | None,
) -> None:
    """Ask trackers how many peers each volume has, and keep what they claim."""
    observer = _observer(root, mirrored)
    asked = trackers or observer.config.list("publish.trackers")
    if not asked and not dht:
        raise UsageError("no tracker to ask", remedy="Give --tracker URL, or set publish.trackers")
    options = DhtOptions(dht, interfaces) if dht else None
    with showing(progress_style) as progress:
        done = stage.scrape_edition(observer, asked, options, progress, on=on.date() if on else today())
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/health-scrape/1", **msgspec.to_builtins(done)}))
    else:
        for origin, count in done.read.items():
            click.echo(f"{origin}: tells of {count:,} of {done.volumes:,} volumes")
    if done.failed:
        sys.exit(PARTIAL_EXIT_CODE)


@command.command("show")
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Volumes to list.")
@date_option
@json_option
@observer_options
def show(limit: int, on: datetime | None, as_json: bool, mirrored: Path | None, root: Path | None) -> None:
    """How the volumes fare, and which need another copy most."""
    report = stage.health(_observer(root, mirrored), on=on.date() if on else today())
    rescue = neediest(report.volumes)[:limit]
    if as_json:
        document = {
            "edition": report.edition,
            "volumes": len(report.volumes),
            "claimed_seeders": report.claimed(),
            "proved_replicas": report.proved(),
            "rescue": msgspec.to_builtins(rescue),
        }
        click.echo(json.dumps({"schema": "tenuto/health-show/1", **document}))
        return
    click.echo(f"edition {report.edition}: {len(report.volumes):,} volumes")
    click.echo(f"by proved replicas: {_counts(report.proved())}")
    click.echo(f"by seeders, as trackers claim: {_counts(report.claimed())}")
    for volume in rescue:
        click.echo(f"  {_line(volume)}")


@command.command("publish")
@date_option
@observer_options
def publish(on: datetime | None, mirrored: Path | None, root: Path | None) -> None:
    """Write health.json beside the editions, for those who choose what to adopt."""
    click.echo(stage.publish_health(_observer(root, mirrored), on=on.date() if on else today()))


@command.command("challenge")
@click.argument("mirror")
@click.option("--volume", "names", multiple=True, metavar="NAME", help="Only this volume; also several.")
@click.option("--volumes", type=click.IntRange(min=1), default=64, show_default=True, help="How many.")
@click.option("--blocks", type=click.IntRange(min=1), default=32, show_default=True, help="A volume.")
@click.option("--hours", type=float, default=24, show_default=True, help="To answer in; also parts.")
@output_option
@observer_options
def challenge(
    mirror: str,
    names: tuple[str, ...],
    volumes: int,
    blocks: int,
    hours: float,
    output: Path | None,
    mirrored: Path | None,
    root: Path | None,
) -> None:
    """Ask a registered mirror to prove that it holds volumes; the challenge goes to its keeper."""
    ask = Ask(names, volumes, blocks, hours)
    _write(stage.challenge(_observer(root, mirrored), mirror, ask, now=datetime.now(UTC)), output)
    click.echo(f"who lacks a tenth of a volume passes with {chance(0.1, blocks):.1%}", err=True)


@command.command("answer")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("challenge")
@output_option
@progress_option
def answer(folder: Path, challenge: str, output: Path | None, progress_style: str) -> None:
    """At the mirror in DIR: prove what it holds of the volumes in CHALLENGE."""
    with showing(progress_style) as progress:
        _write(answer_for(folder, given_bytes(challenge, LONGEST_CHALLENGE), progress), output)


@command.command("record")
@click.argument("answer")
@json_option
@observer_options
def record(answer: str, as_json: bool, mirrored: Path | None, root: Path | None) -> None:
    """Check a mirror's ANSWER, and enter what it proves. Needs no audio."""
    mirror, outcomes = stage.record(
        _observer(root, mirrored), given_bytes(answer, LONGEST_ANSWER), now=datetime.now(UTC)
    )
    failed = [name for name, outcome in outcomes.items() if outcome is Outcome.FAILED]
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/proof/1", "mirror": mirror.name, "volumes": outcomes}))
    else:
        counts = Counter(outcomes.values())
        click.echo(f"{mirror.name}: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome))
        for name in failed:
            click.echo(f"  failed: {name}")
    if failed:
        sys.exit(FixityError.exit_code)


@command.command("key")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
def key(folder: Path) -> None:
    """The public id of the mirror in DIR, for the archive to register; makes its key the first time."""
    click.echo(mirror_id(folder))


@command.group("mirror")
def mirrors() -> None:
    """The mirrors that this archive knows."""


@mirrors.command("add")
@click.argument("name")
@click.argument("key")
@click.option("--region", required=True, help="Where its disks are, like DE or Berlin.")
@click.option("--operator", required=True, help="Who keeps it.")
@observer_options
def add(name: str, key: str, region: str, operator: str, mirrored: Path | None, root: Path | None) -> None:
    """Register the mirror NAME under its public id KEY."""
    stage.register(_observer(root, mirrored), Mirror(name, key, region, operator))


@mirrors.command("list")
@json_option
@observer_options
def list_(as_json: bool, mirrored: Path | None, root: Path | None) -> None:
    """All registered mirrors."""
    found = _observer(root, mirrored).registry.mirrors()
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/mirrors/1", "mirrors": msgspec.to_builtins(found)}))
        return
    for each in found:
        click.echo(f"{each.name}: {each.region}, {each.operator}, {each.key}")


@mirrors.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Its proofs count no more.")
@observer_options
def remove(name: str, yes: bool, mirrored: Path | None, root: Path | None) -> None:
    """Take the mirror NAME off the list."""
    if not yes:
        raise UsageError("its proofs will count no more", where=name, remedy="Say --yes")
    stage.unregister(_observer(root, mirrored), name)


def _observer(root: Path | None, mirrored: Path | None) -> Observer:
    return mirror_observer(mirrored) if mirrored else archive_observer(open_with(root))


def _counts(volumes: dict[str, int]) -> str:
    return "; ".join(f"{name}: {count:,}" for name, count in volumes.items())


def _line(volume: VolumeHealth) -> str:
    replicas = ", ".join(f"{each.mirror} ({each.proved})" for each in volume.replicas) or "none"
    parts = [f"{volume.name}, {words.size(volume.bytes)}", f"proved: {replicas}"]
    if volume.trackers:
        parts.append(f"claimed: {volume.seeders} seeders on {volume.trackers.day}")
    if volume.dht:
        parts.append(f"DHT: {volume.dht.peers} peers on {volume.dht.day}")
    return "; ".join(parts)


def _write(data: bytes, output: Path | None) -> None:
    if output:
        atomic_write_bytes(output, data)
    else:
        sys.stdout.buffer.write(data)
