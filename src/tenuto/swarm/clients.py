"""Hands torrents to other people's clients over their own interfaces: qBittorrent and Transmission.

Sources: qBittorrent's Web API 2.x (WebUI-API), Transmission's RPC specification (rpc-spec).
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import httpx2

from tenuto.model.errors import ConfigurationError, NetworkError

_TIMEOUT: Final = 30.0
_SESSION: Final = "X-Transmission-Session-Id"


@dataclass(frozen=True, slots=True)
class Login:
    """Where a client's interface stands, and how it is entered. The password is never printed."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Torrent:
    """`infohashes`: under which a client may know it (v1's, and the first 40 digits of v2's)."""

    name: str
    infohashes: Sequence[str]
    data: bytes


@dataclass(slots=True)
class Handed:
    """torrents = added + known + failed, by name."""

    added: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """The client had them already."""
    failed: dict[str, str] = field(default_factory=dict)


class Client(Protocol):
    """Takes torrents."""

    def add(self, torrent: Torrent, folder: str | None, *, paused: bool) -> bool:
        """False where it has the torrent already. `NetworkError` where it refuses."""


def hand_over(client: Client, torrents: Iterable[Torrent], folder: str | None, *, paused: bool) -> Handed:
    """One after the other; what the client refuses is that torrent's fault. `folder`: on its side."""
    done = Handed()
    for torrent in torrents:
        try:
            new = client.add(torrent, folder, paused=paused)
            (done.added if new else done.known).append(torrent.name)
        except NetworkError as error:
            done.failed[torrent.name] = error.what
    return done


class QBittorrent:
    """qBittorrent 4.x and 5.x."""

    def __init__(self, http: httpx2.Client, login: Login) -> None:
        self._http, self._base = http, login.url.rstrip("/")
        if login.user:
            said = self._post("auth/login", {"username": login.user, "password": login.password})
            if said.text.strip() != "Ok.":
                raise _refused_login(login)
        elif self._ask("app/version").status_code == httpx2.codes.FORBIDDEN:
            raise _refused_login(login)

    def add(self, torrent: Torrent, folder: str | None, *, paused: bool) -> bool:
        known = self._ask("torrents/info", hashes="|".join(torrent.infohashes))
        if _json(known, self._base):
            return False
        stopped = str(paused).lower()
        data = {"paused": stopped, "stopped": stopped} | ({"savepath": folder} if folder else {})
        files = {"torrents": (f"{torrent.name}.torrent", torrent.data)}
        said = self._post("torrents/add", data, files)
        if said.status_code != httpx2.codes.OK or said.text.strip() == "Fails.":
            raise NetworkError(f"qBittorrent refuses it ({said.status_code} {said.text.strip()[:80]})")
        return True

    def _ask(self, path: str, **params: str) -> httpx2.Response:
        return self._http.get(f"{self._base}/api/v2/{path}", params=params)

    def _post(
        self, path: str, data: dict[str, str], files: dict[str, tuple[str, bytes]] | None = None
    ) -> httpx2.Response:
        """It wants to see its own address as the referrer (against forged requests)."""
        url, headers = f"{self._base}/api/v2/{path}", {"Referer": self._base}
        return self._http.post(url, data=data, files=files, headers=headers)


class Transmission:
    """Transmission 2.8 and later. 3.x can't read hybrid torrents: give it the v1 twin."""

    def __init__(self, http: httpx2.Client, login: Login) -> None:
        self._http, self._login, self._session = http, login, ""
        if login.user:
            http.auth = (login.user, login.password)
        self._call("session-get", {"fields": ["version"]})

    def add(self, torrent: Torrent, folder: str | None, *, paused: bool) -> bool:
        arguments = {"metainfo": base64.b64encode(torrent.data).decode(), "paused": paused}
        found = self._call("torrent-add", arguments | ({"download-dir": folder} if folder else {}))
        return "torrent-added" in found

    def _call(self, method: str, arguments: dict[str, object]) -> dict[str, Any]:
        said = self._post(method, arguments)
        if said.status_code == httpx2.codes.CONFLICT:  # it hands out the session's id that way
            self._session = said.headers.get(_SESSION, "")
            said = self._post(method, arguments)
        if said.status_code in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
            raise _refused_login(self._login)
        document = _json(said, self._login.url)
        if not isinstance(document, dict) or document.get("result") != "success":
            raise NetworkError(f"Transmission refuses it ({str(document)[:80]})")
        found: dict[str, Any] = document.get("arguments") or {}
        return found

    def _post(self, method: str, arguments: dict[str, object]) -> httpx2.Response:
        return self._http.post(
            f"{self._login.url.rstrip('/')}/transmission/rpc",
            json={"method": method, "arguments": arguments},
            headers={_SESSION: self._session},
        )


CLIENTS: Final[dict[str, Callable[[httpx2.Client, Login], Client]]] = {
    "qbittorrent": QBittorrent,
    "transmission": Transmission,
}


@contextmanager
def open_client(kind: str, login: Login) -> Iterator[Client]:
    """`kind`: of `CLIENTS`. `NetworkError` where nobody answers, `ConfigurationError` for the password."""
    with httpx2.Client(timeout=_TIMEOUT) as http:
        try:
            yield CLIENTS[kind](http, login)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise NetworkError(
                f"the client doesn't answer ({str(error) or type(error).__name__})",
                where=login.url,
                remedy="Look whether it runs and its web interface is on",
            ) from error


def _json(said: httpx2.Response, where: str) -> object:
    try:
        found: object = said.json()
    except ValueError:
        raise NetworkError(
            f"the client answers with status {said.status_code} and no JSON",
            where=where,
            remedy="Look whether the address is that of its web interface",
        ) from None
    return found


def _refused_login(login: Login) -> ConfigurationError:
    return ConfigurationError(
        "the client refuses the user or the password",
        where=login.url,
        remedy="Give --user and --password-file",
    )
