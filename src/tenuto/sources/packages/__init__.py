"""Packages of other archives as sources: bags (RFC 8493) and OCFL storage roots. docs/formats/packages.md."""

from tenuto.sources.packages.bag import BagSource
from tenuto.sources.packages.ocfl import OcflSource

__all__ = ["BagSource", "OcflSource"]
