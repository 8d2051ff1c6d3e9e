"""Mirrors an archive: follows its signed metadata, and brings its volumes in. docs/mirror.md."""

from tenuto.swarm.mirror.fetch import open_fetcher
from tenuto.swarm.mirror.follow import fingerprint, first_root, optional_file
from tenuto.swarm.mirror.layout import MirrorFolder, open_mirror
from tenuto.swarm.mirror.run import (
    Mirrored,
    MirrorOptions,
    checked_edition,
    look_at_edition,
    mirror,
    would_mirror,
)

__all__ = [
    "MirrorFolder",
    "MirrorOptions",
    "Mirrored",
    "checked_edition",
    "fingerprint",
    "first_root",
    "look_at_edition",
    "mirror",
    "open_fetcher",
    "open_mirror",
    "optional_file",
    "would_mirror",
]
