"""Rows from sources become one immutable, identified, ranked catalogue.

`build` makes a snapshot, `rank` ranks it anew, `build_derived` makes it quick to read, and
`SnapshotCatalogue` reads it. All paths named `root` are an archive's folder.
"""

from tenuto.catalogue.build import Merging, build
from tenuto.catalogue.derived import build_derived, is_derived
from tenuto.catalogue.evidence import EvidenceReader, Statements
from tenuto.catalogue.harvests import Harvest, find_harvests
from tenuto.catalogue.membership import Members, Membership, MembershipReader
from tenuto.catalogue.merge import NO_DECISIONS, LinkDecisions
from tenuto.catalogue.rank import rank
from tenuto.catalogue.reader import SnapshotCatalogue, open_current
from tenuto.catalogue.search import Tiers
from tenuto.catalogue.session import Resources
from tenuto.catalogue.snapshots import current, descends, summary
from tenuto.catalogue.supply import NOWHERE, Place, Supply, SupplyReader

__all__ = [
    "NOWHERE",
    "NO_DECISIONS",
    "EvidenceReader",
    "Harvest",
    "LinkDecisions",
    "Members",
    "Membership",
    "MembershipReader",
    "Merging",
    "Place",
    "Resources",
    "SnapshotCatalogue",
    "Statements",
    "Supply",
    "SupplyReader",
    "Tiers",
    "build",
    "build_derived",
    "current",
    "descends",
    "find_harvests",
    "is_derived",
    "open_current",
    "rank",
    "summary",
]
