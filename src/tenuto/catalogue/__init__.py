"""Rows from sources become one immutable, identified, ranked catalogue.

`build` makes a snapshot, `rank` ranks it anew, `build_derived` makes it quick to read, and
`SqliteCatalogue` reads it. All paths named `root` are an archive's folder.
"""

from tenuto.catalogue.build import Harvest, build, find_harvests
from tenuto.catalogue.derived import build_derived, derived_path
from tenuto.catalogue.rank import rank
from tenuto.catalogue.reader import SqliteCatalogue, open_current
from tenuto.catalogue.session import Resources
from tenuto.catalogue.snapshots import current, summary

__all__ = [
    "Harvest",
    "Resources",
    "SqliteCatalogue",
    "build",
    "build_derived",
    "current",
    "derived_path",
    "find_harvests",
    "open_current",
    "rank",
    "summary",
]
