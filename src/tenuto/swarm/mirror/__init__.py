"""Mirrors an archive: follows its signed metadata, and brings its volumes in. docs/mirror.md."""

from tenuto.swarm.mirror.fetch import open_fetcher
from tenuto.swarm.mirror.follow import fingerprint, first_root
from tenuto.swarm.mirror.layout import MirrorFolder, open_mirror
from tenuto.swarm.mirror.run import Mirrored, MirrorOptions, mirror, would_mirror

__all__ = [
    "MirrorFolder",
    "MirrorOptions",
    "Mirrored",
    "fingerprint",
    "first_root",
    "mirror",
    "open_fetcher",
    "open_mirror",
    "would_mirror",
]
