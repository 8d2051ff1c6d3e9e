"""`tenuto config show`."""

import json
from pathlib import Path

import click

from tenuto.cli.common import archive_option, json_option, open_with


@click.group("config")
def command() -> None:
    """Settings, and where each value came from."""


@command.command("show")
@click.option("--origin", is_flag=True, help="Also say which flag, variable or file set each value.")
@json_option
@archive_option
def show(origin: bool, as_json: bool, root: Path | None) -> None:
    """List all settings with their values."""
    values = open_with(root).config.values
    if as_json:
        document = {key: {"value": v.value, "origin": v.origin} for key, v in values.items()}
        click.echo(json.dumps({"schema": "tenuto/config/1", "settings": document}))
        return
    for key, value in values.items():
        click.echo(f"{key} = {json.dumps(value.value)}" + (f"  # {value.origin}" if origin else ""))
