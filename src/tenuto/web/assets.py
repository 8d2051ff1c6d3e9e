"""Package data named by its content, so that a copy in a cache is right for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final

MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. Its address carries the first 16 digits of its SHA-256."""

    address: str
    media_type: str
    digest: str
    content: bytes


def load() -> Mapping[str, Asset]:
    """Assets by their name in the package (`style.css`)."""
    folder = files("tenuto.web") / "assets"
    found = (entry for entry in folder.iterdir() if entry.name.rpartition(".")[2] in MEDIA_TYPES)
    return MappingProxyType({entry.name: _asset(entry.name, entry.read_bytes()) for entry in found})


def _asset(name: str, content: bytes) -> Asset:
    stem, _, suffix = name.rpartition(".")
    digest = hashlib.sha256(content).hexdigest()
    return Asset(f"/assets/{stem}.{digest[:16]}.{suffix}", MEDIA_TYPES[suffix], digest, content)
