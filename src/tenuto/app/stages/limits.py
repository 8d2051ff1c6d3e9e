"""Limits on parts of a plan (`plan.limits`), and the operator's lists of recordings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tenuto.catalogue import SnapshotCatalogue
from tenuto.model.errors import ConfigurationError, NotFoundError, TenutoError
from tenuto.model.ids import RecordingId
from tenuto.model.rights import Cleared, Refusal
from tenuto.plan import Ints
from tenuto.rights import Term, parse_statement
from tenuto.sizes import parse_size


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `bytes` of the recordings with a licence, from a source, or that stay dark."""

    kind: str
    """`licence`, `source` or `dark`."""
    name: str
    bytes: int

    def covers(self, verdict: Cleared[RecordingId] | Refusal, source: str) -> bool:
        """Whether a recording with this rights decision and best source counts in the limit."""
        if self.kind == "source":
            return source == self.name
        if self.kind == "dark":
            return isinstance(verdict, Refusal)
        return isinstance(verdict, Cleared) and verdict.licence == self.name


def limits_of(texts: Sequence[str]) -> tuple[Limit, ...]:
    """From `licence:CC-BY-4.0=10TB`, `source:NAME=2TB`, `dark=500GB`. A recording counts in the first that
    covers it. `ConfigurationError`."""
    return tuple(_limit(text) for text in texts)


def _limit(text: str) -> Limit:
    what, equals, size = text.rpartition("=")
    kind, _, name = what.partition(":")
    try:
        if not equals or kind not in ("licence", "source", "dark") or (kind != "dark") != bool(name):
            raise ConfigurationError("a limit reads licence:ID=SIZE, source:NAME=SIZE or dark=SIZE")
        return Limit(kind, _licence(name) if kind == "licence" else name, parse_size(size))
    except TenutoError as error:
        raise ConfigurationError(f"plan.limits has {text!r}: {error}") from error


def _licence(name: str) -> str:
    """As decisions write it: `cc-by-4.0` is `CC-BY-4.0`."""
    statement = parse_statement(name)
    if Term.UNKNOWN in statement.terms:
        raise ConfigurationError(f"{name!r} is no licence that Tenuto knows", remedy="Write its SPDX id")
    return statement.id


def check_sources(limits: Sequence[Limit], sources: Collection[str]) -> None:
    """`ConfigurationError` for a limit on a source that the catalogue doesn't have."""
    for limit in limits:
        if limit.kind == "source" and limit.name not in sources:
            remedy = f"It has {', '.join(sorted(sources))}"
            what = f"plan.limits names the source {limit.name!r}, which the catalogue doesn't have"
            raise ConfigurationError(what, remedy=remedy)


def numbers_of(reader: SnapshotCatalogue, path: str) -> Ints:
    """The recordings that a list names: an id, ISRC, MBID or SOURCE:KEY a line, `#` begins a remark.

    Ascending numbers. `ConfigurationError` where there is no such file or recording.
    """
    if not path:
        return np.zeros(0, dtype=np.int64)
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        wanted = [line.partition("#")[0].strip() for line in lines]
        return np.unique(np.array([reader.number(name) for name in wanted if name], dtype=np.int64))
    except (OSError, UnicodeDecodeError, NotFoundError) as error:
        raise ConfigurationError(f"the list can't be used: {error}", where=path) from error
