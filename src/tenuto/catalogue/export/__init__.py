"""A snapshot's live rows for others: Parquet, SQLite, CSV or JSON Lines, with descriptors (docs/export.md).

`export` writes a folder in one go. Which sources may be told is decided elsewhere and passed in.
"""

from tenuto.catalogue.export.request import Done, ExportRequest, Format, TableCount
from tenuto.catalogue.export.run import export, source_licences

__all__ = ["Done", "ExportRequest", "Format", "TableCount", "export", "source_licences"]
