"""`mirrors.json` and `health.json` (docs/formats/health.md)."""

from collections.abc import Iterable
from typing import Final

import msgspec

from tenuto.formats.canonical import canonical, decoded
from tenuto.model.errors import BadInputError
from tenuto.model.health import HealthReport, Mirror

MIRRORS_FORMAT: Final = "tenuto-mirrors-1"
HEALTH_FORMAT: Final = "tenuto-health-1"
HEALTH: Final = "health.json"


class _MirrorsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    mirrors: tuple[Mirror, ...]


class _HealthFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    report: HealthReport


def write_mirrors(mirrors: Iterable[Mirror]) -> bytes:
    """Canonical JSON, by name."""
    ordered = tuple(sorted(mirrors, key=lambda each: each.name))
    return canonical(_MirrorsFile(MIRRORS_FORMAT, ordered))


def read_mirrors(data: bytes) -> tuple[Mirror, ...]:
    """`BadInputError` where `data` isn't a `mirrors.json` of this version."""
    found = decoded(data, _MirrorsFile)
    if found.format != MIRRORS_FORMAT:
        raise BadInputError(f"mirrors of format {found.format!r}", remedy="Use a newer Tenuto")
    return found.mirrors


def write_health(report: HealthReport) -> bytes:
    """Canonical JSON."""
    return canonical(_HealthFile(HEALTH_FORMAT, report))


def read_health(data: bytes) -> HealthReport:
    """`BadInputError` where `data` isn't a `health.json` of this version."""
    found = decoded(data, _HealthFile)
    if found.format != HEALTH_FORMAT:
        raise BadInputError(f"a health report of format {found.format!r}", remedy="Use a newer Tenuto")
    return found.report
