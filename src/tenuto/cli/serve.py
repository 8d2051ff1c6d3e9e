"""`tenuto serve`."""

from pathlib import Path

import click

from tenuto.app.view import View
from tenuto.cli.common import archive_option, open_with
from tenuto.web import create_app, serve


@click.command("serve")
@click.option("--host", help="Address to listen on. Default: web.host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 = any free one. Default: web.port.")
@archive_option
def command(host: str | None, port: int | None, root: Path | None) -> None:
    """The explorer: search, player, evidence, charts, editions. Until Ctrl-C."""
    archive = open_with(root, web__host=host, web__port=port)
    config = archive.config
    with View(archive) as view:
        serve(
            create_app(view),
            config.text("web.host"),
            config.number("web.port"),
            ready=lambda url: click.echo(f"serving {archive.name} on {url} (Ctrl-C ends it)", err=True),
        )
