"""The explorer: pages, JSON and the player over an `ArchiveView`. Reads only."""

from tenuto.web.serve import running, serve
from tenuto.web.site import create_app

__all__ = ["create_app", "running", "serve"]
