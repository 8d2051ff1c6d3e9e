"""Magnet links (BEP 9; BEP 52 for `btmh`; BEP 53 isn't used)."""

from collections.abc import Sequence
from urllib.parse import parse_qs, quote, urlsplit

SHA2_256_MULTIHASH_PREFIX = "1220"
"""Multihash: function 0x12 (SHA2-256), 0x20 bytes."""


def magnet(
    name: str,
    *,
    v1: str | None = None,
    v2: str | None = None,
    trackers: Sequence[str] = (),
    web_seeds: Sequence[str] = (),
) -> str:
    """A magnet link for the infohashes given, each in lower-case hexadecimal digits."""
    topics = [f"xt=urn:btih:{v1}"] if v1 else []
    topics += [f"xt=urn:btmh:{SHA2_256_MULTIHASH_PREFIX}{v2}"] if v2 else []
    others = [f"dn={quote(name, safe='')}"]
    others += [f"tr={quote(tracker, safe='')}" for tracker in trackers]
    others += [f"ws={quote(seed, safe='')}" for seed in web_seeds]
    return "magnet:?" + "&".join(topics + others)


def trackers_of(magnet_link: str) -> tuple[str, ...]:
    """The trackers that a magnet link names, in its order."""
    return tuple(parse_qs(urlsplit(magnet_link).query).get("tr", ()))
