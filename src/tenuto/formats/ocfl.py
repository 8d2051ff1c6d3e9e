"""The Oxford Common File Layout 1.1: inventories and the places of objects. docs/formats/packages.md.

Sources: OCFL 1.1; storage layout extension 0003 (hashed truncated n-tuple trees with object id).
"""

import re
from hashlib import sha256
from typing import Final, Literal

import msgspec
import rfc8785

from tenuto.model.errors import BadInputError

ROOT_DECLARATION: Final = ("0=ocfl_1.1", b"ocfl_1.1\n")
OBJECT_DECLARATION: Final = ("0=ocfl_object_1.1", b"ocfl_object_1.1\n")
"""(file name, content)."""

ROOT_NAMES: Final = re.compile(r"0=ocfl_1\.[01]")
OBJECT_NAMES: Final = re.compile(r"0=ocfl_object_1\.[01]")
INVENTORY: Final = "inventory.json"
CONTENT: Final = "content"
DIGESTS: Final = ("sha512", "sha256")
"""What an inventory may address content by."""

LAYOUT: Final = "0003-hash-and-id-n-tuple-storage-layout"
_TYPE: Final = "https://ocfl.io/1.1/spec/#inventory"
_PLAIN: Final = re.compile("[^A-Za-z0-9_-]")
_LONGEST_NAME: Final = 100


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who made a version."""

    name: str
    address: str | None = None


class Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """One state of an object: digest -> logical paths."""

    created: str
    """RFC 3339."""
    state: dict[str, list[str]]
    message: str | None = None
    user: User | None = None


class Inventory(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What an object holds: `manifest` has digest -> content paths from the object's folder."""

    id: str
    type: str
    digest_algorithm: Literal["sha512", "sha256"]
    head: str
    manifest: dict[str, list[str]]
    versions: dict[str, Version]
    content_directory: str = CONTENT
    fixity: dict[str, dict[str, list[str]]] = {}


def first_inventory(object_id: str, digests: dict[str, str], *, created: str, message: str, by: str) -> bytes:
    """The inventory of an object's first version; `digests`: SHA-256 by logical path. Canonical JSON."""
    state: dict[str, list[str]] = {}
    for path in sorted(digests):
        state.setdefault(digests[path], []).append(path)
    inventory = Inventory(
        id=object_id,
        type=_TYPE,
        digest_algorithm="sha256",
        head="v1",
        manifest={digest: [f"v1/{CONTENT}/{path}" for path in paths] for digest, paths in state.items()},
        versions={"v1": Version(created, state, message, User(by))},
    )
    return rfc8785.dumps(msgspec.to_builtins(inventory)) + b"\n"


def read_inventory(data: bytes) -> Inventory:
    """`BadInputError` where `data` is no inventory whose head exists and whose state is in its manifest."""
    try:
        found = msgspec.json.decode(data, type=Inventory)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(f"no inventory: {error}", where=INVENTORY) from None
    if found.head not in found.versions:
        raise BadInputError(f"its head {found.head!r} is no version of it", where=INVENTORY)
    manifest = {digest.lower() for digest in found.manifest}
    if missing := sorted(d for d in found.versions[found.head].state if d.lower() not in manifest):
        raise BadInputError(f"its manifest lacks {missing[0]}", where=INVENTORY)
    return found


def sidecar(inventory: bytes) -> tuple[str, bytes]:
    """(file name, content) of the digest that stands beside an inventory of ours."""
    return f"{INVENTORY}.sha256", f"{sha256(inventory).hexdigest()} {INVENTORY}\n".encode()


def object_path(object_id: str) -> str:
    """Where layout 0003, with its default settings, puts an object below the storage root."""
    digest = sha256(object_id.encode()).hexdigest()
    name = _PLAIN.sub(lambda c: "".join(f"%{byte:02x}" for byte in c[0].encode()), object_id)
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}-{digest}"
    return f"{digest[:3]}/{digest[3:6]}/{digest[6:9]}/{name}"


def layout_files() -> dict[str, bytes]:
    """The storage root's own files by path: which layout it has, and the layout's settings."""
    description = "Hashed truncated 3-tuples of the id's SHA-256, then the id"
    settings: dict[str, str | int] = {
        "digestAlgorithm": "sha256",
        "extensionName": LAYOUT,
        "numberOfTuples": 3,
        "tupleSize": 3,
    }
    return {
        ROOT_DECLARATION[0]: ROOT_DECLARATION[1],
        "ocfl_layout.json": rfc8785.dumps({"extension": LAYOUT, "description": description}),
        f"extensions/{LAYOUT}/config.json": rfc8785.dumps(settings),
    }
