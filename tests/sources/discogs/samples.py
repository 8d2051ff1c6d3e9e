"""Small dumps in the shape of Discogs' own, as its API pages and public dumps show it."""

import gzip
import hashlib
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MONTH = "20260901"


def artists(*credited: tuple[str, ...]) -> str:
    """Each credit is (id, name, name variation, join), the last two optional."""
    parts = []
    for number, name, *rest in credited:
        anv, join = [*rest, "", ""][:2]
        parts.append(
            f"<artist><id>{number}</id><name>{escape(name)}</name><anv>{escape(anv)}</anv>"
            f"<join>{escape(join)}</join><role></role><tracks></tracks></artist>"
        )
    return f"<artists>{''.join(parts)}</artists>" if parts else ""


def track(position: str, title: str, duration: str = "", *, by: str = "", parts: str = "") -> str:
    inside = f"<sub_tracks>{parts}</sub_tracks>" if parts else ""
    return (
        f"<track><position>{escape(position)}</position><title>{escape(title)}</title>"
        f"<duration>{duration}</duration>{by}{inside}</track>"
    )


def release(
    number: object,
    title: str = "Profound Sounds Vol. 1",
    *,
    by: str = artists(("3", "Josh Wink")),
    tracks: str = "",
    released: str = "1999-07-13",
    master: str = "",
    identifiers: tuple[tuple[str, str, str], ...] = (),
) -> str:
    """`identifiers` are (type, value, description)."""
    codes = "".join(
        f"<identifier type={quoteattr(kind)} value={quoteattr(value)} description={quoteattr(description)}/>"
        for kind, value, description in identifiers
    )
    return (
        f'<release id="{number}" status="Accepted"><images><image type="primary" uri="" uri150="" '
        f'width="600" height="595"/></images>{by}<title>{escape(title)}</title>'
        '<labels><label name="Ruffhouse Records (2)" catno="CK 63628" id="6"/></labels>'
        '<formats><format name="CD" qty="1" text=""/></formats>'
        "<genres><genre>Electronic</genre></genres><styles><style>Techno</style><style>Tech House</style>"
        f"</styles><country>US</country><released>{released}</released><notes>Line one\nline two</notes>"
        f'<data_quality>Correct</data_quality><master_id is_main_release="false">{master}</master_id>'
        f"<tracklist>{tracks}</tracklist><identifiers>{codes}</identifiers><companies/></release>"
    )


def master(number: object, year: str) -> str:
    return (
        f'<master id="{number}"><main_release>85912</main_release>{artists(("69209", "Mixrace"))}'
        f"<genres><genre>Electronic</genre></genres><year>{year}</year><title>Chaos</title></master>"
    )


def artist(number: object, name: str) -> str:
    return (
        f"<artist><images/><id>{number}</id><name>{escape(name)}</name><realname/><profile>A DJ.</profile>"
        '<namevariations><name>C Lekebusch</name></namevariations><members><id>6549</id><name id="6549">'
        '</name></members><aliases><name id="89">Mr. James Barth</name></aliases></artist>'
    )


def document(kind: str, *elements: str | bytes) -> bytes:
    """A whole file: one element a line, as the dumps have it."""
    inside = b"\n".join(each.encode() if isinstance(each, str) else each for each in elements)
    return b"<%s>\n%s\n</%s>\n" % (kind.encode(), inside, kind.encode())


def write(folder: Path, kind: str, data: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"discogs_{MONTH}_{kind}.xml.gz"
    path.write_bytes(gzip.compress(data, mtime=0))
    return path


def write_checksums(folder: Path) -> Path:
    path = folder / f"discogs_{MONTH}_CHECKSUM.txt"
    lines = [
        f"{hashlib.sha256(each.read_bytes()).hexdigest()} *{each.name}\n"
        for each in sorted(folder.glob("*.gz"))
    ]
    path.write_text("".join(lines))
    return path
