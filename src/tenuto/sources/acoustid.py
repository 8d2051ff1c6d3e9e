"""AcoustID: which MusicBrainz recordings a fingerprint is known as (docs/sources/acoustid.md)."""

import re
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode

import msgspec

from tenuto.model.errors import ConfigurationError, NetworkError
from tenuto.sources.http import PoliteClient, TryAgainError
from tenuto.sources.network import Network, Pace

SERVICE: Final = "https://api.acoustid.org"
_PATH: Final = "/v2/lookup"
_PACE: Final = Pace(interval=0.34)
"""At most three requests a second, as the service asks."""
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{4,64}")
_MAX_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True)
class Match:
    """One AcoustID that a fingerprint is near to."""

    acoustid: str
    score: float
    """Between 0 and 1, as the service has it."""
    mbids: tuple[str, ...]
    """MusicBrainz's recordings that people linked with it."""


class _Recording(msgspec.Struct):
    id: str


class _Result(msgspec.Struct):
    id: str
    score: float
    recordings: list[_Recording] = []


class _Failure(msgspec.Struct):
    message: str = ""


class _Answer(msgspec.Struct):
    status: str
    results: list[_Result] = []
    error: _Failure | None = None


class AcoustId:
    """Asks one service, one fingerprint a request. `ConfigurationError` without a key or a contact."""

    def __init__(self, network: Network, key: str, service: str = SERVICE, *, pace: Pace = _PACE) -> None:
        if not _KEY.fullmatch(key):
            raise ConfigurationError(
                "no application key is configured" if not key else "the application key is malformed",
                where=service,
                remedy="Register at acoustid.org/new-application; see docs/sources/acoustid.md",
            )
        self._service = service.rstrip("/")
        self._client = PoliteClient(
            network, self._service, secret={"client": key}, max_bytes=_MAX_BYTES, pace=pace
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._client.close()

    def look_up(self, fingerprint: str, duration_ms: int) -> tuple[Match, ...]:
        """By descending score; empty where nobody knows it. `NetworkError`."""
        asked = {
            "format": "json",
            "meta": "recordingids",
            "duration": round(duration_ms / 1000),
            "fingerprint": fingerprint,
        }
        try:
            answer = _read(self._client.get(f"{self._service}{_PATH}?{urlencode(asked)}", _read))
        except NetworkError as error:  # whose address would hold the fingerprint, thousands of characters
            raise NetworkError(error.what, where=self._service, remedy=error.remedy) from error
        found = (
            Match(result.id, result.score, tuple(sorted(each.id for each in result.recordings)))
            for result in answer.results
        )
        return tuple(sorted(found, key=lambda match: (-match.score, match.acoustid)))


def _read(body: bytes) -> _Answer:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TryAgainError(f"not an answer of AcoustID: {error}", remedy="Run again later") from error
    if answer.status != "ok":
        why = answer.error.message if answer.error else "without a reason"
        raise NetworkError(f"the service refuses: {why}", remedy="Is the key right?")
    return answer
