"""Who asks, of whom, and how fast (docs/sources/asking.md)."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx2

from tenuto.model.errors import ConfigurationError, UsageError

_CONTACT: Final = re.compile(r"[!-'*-9;-?A-~]+@[!-'*-?A-~]+|https?://[!-'*-~]+")
"""In printable ASCII, and without the parentheses that end a User-Agent's comment."""

_OWN_MACHINE: Final = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Network:
    """Who asks. What sources on the network are opened with, beside their descriptions."""

    contact: str = ""
    """An e-mail address or URL that the server's operator can use."""
    user_agent: str = "Tenuto"
    client_id: Callable[[], str] = field(default=lambda: "", repr=False)
    """Of the Jamendo API: a secret, read when it is needed."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to ask. Clocks and sleep are arguments so that tests need no time."""

    interval: float = 1.0
    """Seconds between the starts of two requests to one host."""
    first_pause: float = 1.0
    """Seconds before the second attempt; each further pause is twice as long."""
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    """Seconds since 1970, for Retry-After as a date."""
    sleep: Callable[[float], None] = time.sleep


def require_contact(contact: str, origin: str) -> None:
    """`ConfigurationError` where the operator of `origin` couldn't reach ours."""
    if not _CONTACT.fullmatch(contact):
        fault = "is neither an e-mail address nor a URL"
        raise ConfigurationError(
            f"{contact!r} {fault}" if contact else "no contact is configured",
            where=origin,
            remedy="Set harvest.contact to an address that the server's operator can use, for the User-Agent",
        )


def address(text: str, *, secretly: bool) -> httpx2.URL:
    """A server's address. `UsageError`: it isn't one, holds a password, or isn't fit for a secret."""
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise UsageError(
            "not the address of a server", where=text, remedy="Write https://HOST, without user and password"
        )
    if secretly and url.scheme == "http" and url.host not in _OWN_MACHINE:
        raise UsageError(
            "a secret would travel there for all to read", where=text, remedy="Use an https address"
        )
    return url
