"""Asks the distributed hash table who takes part in torrents (BEP 5). It leaves this machine: only on demand.

Nodes name peers, not whether these are seeders (libtorrent doesn't ask by BEP 33), and anyone may announce.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import libtorrent as lt

from tenuto.swarm.session import SessionSettings, alerts, open_session
from tenuto.swarm.trackers.counts import batches

BATCH: Final = 100
"""Torrents that are asked for at the same time."""

_POLL_SECONDS: Final = 0.5
_OWN_NODES: Final = {"dht_bootstrap_nodes": "", "dht_restrict_routing_ips": False}
"""Nobody else is asked first; and nodes of one's own may share an address."""


def ask_dht(
    infohashes: Sequence[str],
    *,
    seconds: float,
    interfaces: str,
    nodes: Sequence[tuple[str, int]] = (),
) -> Iterator[dict[str, int]]:
    """How many distinct addresses were named for each infohash (40 digits), one answer a batch.

    The table tells no end, so each batch takes `seconds`. `nodes`: whom to ask first instead of libtorrent's
    usual ones. Nothing is announced. What no node answered for is missing, `ConfigurationError` as from
    `open_session`.
    """
    session, _ = open_session(SessionSettings(interfaces=interfaces))
    settings: dict[str, Any] = {"alert_mask": int(lt.alert_category.dht_operation), "enable_dht": True}
    session.apply_settings(settings | (_OWN_NODES if nodes else {}))  # type: ignore[arg-type]  # a plain dict
    for node in nodes:
        session.add_dht_node(node)
    for batch in batches(infohashes, BATCH):
        yield _ask(session, batch, seconds)


def _ask(session: lt.session, batch: Sequence[str], seconds: float) -> dict[str, int]:
    found: dict[str, set[tuple[str, int]]] = {}
    deadline = time.monotonic() + seconds
    asked_again = 0.0
    while (now := time.monotonic()) < deadline:
        if now > asked_again:  # the first time, the table may not be joined yet
            asked_again = now + seconds / 2
            for infohash in batch:
                session.dht_get_peers(lt.sha1_hash(bytes.fromhex(infohash)))
        for alert in alerts(session, min(_POLL_SECONDS, deadline - now)):
            if isinstance(alert, lt.dht_get_peers_reply_alert):
                found.setdefault(str(alert.info_hash), set()).update(alert.peers())
            if time.monotonic() > deadline:
                break
    return {infohash: len(peers) for infohash, peers in found.items() if infohash in batch}
