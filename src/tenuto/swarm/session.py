"""The settings of a libtorrent session, in one place for seeding and fetching."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import libtorrent as lt

from tenuto.model.errors import BadInputError, ConfigurationError

LIMITS: Final = {
    "max_buffer_size": 64_000_000,
    "max_pieces": 0x200000,
    "max_decode_tokens": 10_000_000,
}
"""What we load: beyond the 8 MB that we publish, far below what would exhaust memory."""

_ABSENT: Final = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
"""A machine without IPv6 may still listen on the other interfaces named."""

_LISTEN_SECONDS: Final = 5.0
_ALERTS: Final = (
    int(lt.alert_category.connect)
    | int(lt.alert_category.error)
    | int(lt.alert_category.status)
    | int(lt.alert_category.storage)
    | int(lt.alert_category.tracker)
)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How a session meets the network. The defaults reach nothing beyond this machine.

    `interfaces` is libtorrent's form: `address:port`, joined by commas; port 0: any free one.
    `discovery`: distributed hash table (BEP 5) and local peers (BEP 14). `port_mapping`: UPnP and
    NAT-PMP. `outgoing_utp`: peers are called by uTP (BEP 29) first, which gives way to other traffic.
    Rates are bytes a second, 0: unlimited. `connections`: of the whole session.
    """

    interfaces: str = "127.0.0.1:0"
    discovery: bool = False
    port_mapping: bool = False
    outgoing_utp: bool = True
    upload_rate: int = 0
    download_rate: int = 0
    connections: int = 500


def open_session(settings: SessionSettings) -> tuple[lt.session, int]:
    """A running session and the port that it really listens on.

    Raises `ConfigurationError` where it can't listen: another port is never taken silently.
    """
    session = lt.session(_libtorrent_settings(settings))  # type: ignore[call-overload]  # a plain dict is taken
    if settings.upload_rate or settings.download_rate:
        _limit_everybody(session)
    faults: list[str] = []
    for alert in alerts(session, _LISTEN_SECONDS):
        if isinstance(alert, lt.listen_succeeded_alert):
            return session, int(session.listen_port())
        if isinstance(alert, lt.listen_failed_alert):
            faults.append(alert.message())
            if alert.error.value() not in _ABSENT:
                break
    raise ConfigurationError(
        f"can't listen ({'; '.join(faults) or 'no answer'})",
        where=settings.interfaces,
        remedy="Choose another address or port, or stop the program that uses it",
    )


def _limit_everybody(session: lt.session) -> None:
    """libtorrent's limits leave out peers on private networks and this machine; ours hold for all."""
    everybody = lt.ip_filter()
    global_class = 1 << int(session.global_peer_class_id)
    everybody.add_rule("0.0.0.0", "255.255.255.255", global_class)  # noqa: S104 - who calls, not where we listen
    everybody.add_rule("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", global_class)
    session.set_peer_class_filter(everybody)


def _libtorrent_settings(settings: SessionSettings) -> dict[str, Any]:
    """By libtorrent's names (its `settings_pack`)."""
    return {
        "user_agent": "tenuto",
        "enable_outgoing_utp": settings.outgoing_utp,
        "listen_interfaces": settings.interfaces,
        "max_retry_port_bind": 0,
        "listen_system_port_fallback": False,
        "enable_dht": settings.discovery,
        "enable_lsd": settings.discovery,
        "enable_upnp": settings.port_mapping,
        "enable_natpmp": settings.port_mapping,
        "upload_rate_limit": settings.upload_rate,
        "download_rate_limit": settings.download_rate,
        "connections_limit": settings.connections,
        # Archives and their mirrors often share one address behind a router.
        "allow_multiple_connections_per_ip": True,
        "active_limit": -1,
        "active_seeds": -1,
        "active_downloads": -1,
        "alert_mask": _ALERTS,
        "alert_queue_size": 10_000,
        # A stopped tracker must not hold up the end of the program.
        "stop_tracker_timeout": 1,
    }


def alerts(session: lt.session, seconds: float) -> Iterator[lt.alert]:
    """What the session has to say, waiting at most so long for the first word of each batch."""
    while session.wait_for_alert(int(seconds * 1000)):
        yield from session.pop_alerts()


def load(torrent: bytes, where: str) -> lt.add_torrent_params:
    """libtorrent's parameters for a `.torrent` file. `BadInputError` where it can't be one."""
    try:
        return lt.load_torrent_buffer(torrent, LIMITS)  # type: ignore[call-overload,no-any-return]  # stub is wrong
    except RuntimeError as error:
        raise BadInputError(
            f"not a torrent ({error})", where=where, remedy="Get the file again from its publisher"
        ) from None


def is_pad(layout: lt.file_storage, index: int) -> bool:
    """BEP 47: a pad file stands for zeros, and is neither stored nor sent."""
    return bool(layout.file_flags(index) & lt.file_flags_t.flag_pad_file)
