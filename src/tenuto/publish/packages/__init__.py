"""Holdings as packages for other archives: bags (RFC 8493) and OCFL 1.1. docs/formats/packages.md."""

from tenuto.publish.packages.bag import write_bag
from tenuto.publish.packages.copy import Objects
from tenuto.publish.packages.item import PackageItem, Packed
from tenuto.publish.packages.label import Label
from tenuto.publish.packages.ocfl import write_ocfl
from tenuto.publish.packages.place import Place, Request, open_place
from tenuto.publish.packages.worklist import WorkList

__all__ = [
    "Label",
    "Objects",
    "PackageItem",
    "Packed",
    "Place",
    "Request",
    "WorkList",
    "open_place",
    "write_bag",
    "write_ocfl",
]
