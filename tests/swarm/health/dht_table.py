"""A distributed hash table of three nodes on loopback, in which peers are announced."""

import time
from itertools import cycle

import libtorrent as lt


class Table:
    """`entry`: the address of a node that knows the others."""

    def __init__(self) -> None:
        self._nodes = [_node() for _ in range(3)]
        for node in self._nodes:
            for other in self._nodes:
                node.add_dht_node(("127.0.0.1", other.listen_port()))
        self.entry = "127.0.0.1", self._nodes[2].listen_port()

    def announce(self, infohash: str, *ports: int) -> None:
        """To be done again until it is heard: nodes may not have found each other yet."""
        for port, node in zip(ports, cycle(self._nodes), strict=False):
            node.dht_announce(lt.sha1_hash(bytes.fromhex(infohash)), port, 0)


def _node() -> lt.session:
    session = lt.session(
        {
            "listen_interfaces": "127.0.0.1:0",
            "enable_dht": True,
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
            "dht_bootstrap_nodes": "",
            "dht_restrict_routing_ips": False,
            "dht_restrict_search_ips": False,
        }
    )
    while not session.listen_port():
        time.sleep(0.01)
    return session
