"""Search as you type, in shards of ascending rank (docs/search.md).

`build_index` writes shards that are never changed again; `open_index` reads them. A query goes from the most
heard shard to the least heard one and stops as soon as its page is full.
"""

from tenuto.catalogue.search.build import build_index
from tenuto.catalogue.search.index import ShardedIndex, Tiers, open_index

__all__ = ["ShardedIndex", "Tiers", "build_index", "open_index"]
