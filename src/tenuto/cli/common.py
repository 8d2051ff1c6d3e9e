"""What commands share: the archive option, JSON or people's output, and exit codes of partial runs."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from tenuto import words
from tenuto.app.archive import Archive, open_archive
from tenuto.app.config import Value
from tenuto.app.stages.result import StageResult
from tenuto.cli.progress import STYLES, Progress, reporter
from tenuto.model.errors import PARTIAL_EXIT_CODE

F = TypeVar("F", bound=Callable[..., Any])

archive_option = click.option(
    "--archive",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TENUTO_ARCHIVE",
    help="The archive's folder. Default: the nearest one around the working directory.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
progress_option = click.option(
    "--progress",
    "progress_style",
    type=click.Choice(STYLES),
    default="auto",
    show_default=True,
    help="How progress is shown on stderr.",
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Decide and count, write nothing.")
jobs_option = click.option(
    "--jobs", type=click.IntRange(min=0), help="Worker processes; 0 = one a processor."
)
engine_option = click.option(
    "--engine", help="Where files are decoded: local, or dask://HOST:PORT. Default: work.engine."
)


def writing_options(function: F) -> F:
    """--archive, --json and --progress, as every stage has them."""
    return archive_option(json_option(progress_option(function)))


def open_with(root: Path | None, **flags: Value | None) -> Archive:
    """The archive, with flags laid over its settings (`plan__budget="1TB"` sets `plan.budget`)."""
    given = {key.replace("__", "."): value for key, value in flags.items() if value is not None}
    return open_archive(root, given)


@contextmanager
def showing(style: str) -> Iterator[Progress]:
    """Progress on stderr, closed in any case."""
    progress = reporter(style)
    try:
        yield progress
    finally:
        progress.close()


def finish(*results: StageResult, as_json: bool) -> None:
    """Prints what the stages came to. Exits 4 where items failed."""
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/stages/1", "stages": [stage_document(r) for r in results]}))
    else:
        for result in results:
            click.echo(stage_text(result))
    if any(result.counts.failed for result in results):
        sys.exit(PARTIAL_EXIT_CODE)


def stage_document(result: StageResult) -> dict[str, object]:
    """A stage's result for `--json`; docs/cli.md describes it."""
    counts = result.counts
    return {
        "stage": str(result.stage),
        "in": counts.entered,
        "done": counts.done,
        "skipped": counts.skipped,
        "failed": counts.failed,
        "bytes": counts.bytes,
        **result.facts,
    }


def stage_text(result: StageResult) -> str:
    """The same for people."""
    counts = result.counts
    lines = [
        f"{result.stage}: {counts.entered:,} in = {counts.done:,} done + {counts.skipped:,} skipped"
        f" + {counts.failed:,} failed" + (f", {words.size(counts.bytes)}" if counts.bytes else "")
    ]
    lines += [f"  {name.replace('_', ' ')}: {_fact(name, value)}" for name, value in result.facts.items()]
    return "\n".join(lines)


def _fact(name: str, value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_fact(name, part)}" for key, part in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,} ({words.size(value)})" if "bytes" in name else f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
