"""`rights.toml`: what the operator states about the rights in a folder (docs/formats/rights-file.md)."""

from dataclasses import dataclass
from typing import Final

from tenuto.formats.globs import matches
from tenuto.formats.toml import read_toml
from tenuto.model.errors import BadInputError
from tenuto.model.rights import Evidence, EvidenceKind

FILE_NAME: Final = "rights.toml"
_REMEDY: Final = "Mend it as docs/formats/rights-file.md says; until then it states nothing"


@dataclass(frozen=True, slots=True)
class FileStatement:
    """A statement about the files that `glob` names."""

    glob: str
    statement: str
    holder: str


@dataclass(frozen=True, slots=True)
class RightsFile:
    """Statements on a folder: `statement` on all of it (or empty), `files` on parts, last match wins."""

    statement: str
    holder: str
    files: tuple[FileStatement, ...]

    def evidence_for(self, path: str, origin: str) -> Evidence | None:
        """`path` is relative to the rights file's folder, `/` between components (clauses 3 to 6)."""
        for number in range(len(self.files) - 1, -1, -1):
            entry = self.files[number]
            if matches(entry.glob, path):
                where = f"{origin}, files {number + 1} ({entry.glob})"
                return Evidence(EvidenceKind.RIGHTS_FILE, entry.statement, where, entry.holder or self.holder)
        if not self.statement:
            return None
        return Evidence(EvidenceKind.RIGHTS_FILE, self.statement, origin, self.holder)


def parse(data: bytes, where: str) -> RightsFile:
    """Raises `BadInputError` (with `where`) for anything that the format page doesn't allow."""
    try:
        document = read_toml(data)
    except ValueError as error:
        raise BadInputError(f"not a TOML file ({error})", where=where, remedy=_REMEDY) from error
    entries = document.pop("files", [])
    if document.pop("version", None) != 1 or not isinstance(entries, list):
        raise BadInputError("`version = 1` or the `[[files]]` list is missing", where=where, remedy=_REMEDY)
    top = _texts(document, {"statement", "holder"}, where)
    files = tuple(_entry(entry, f"{where}, files {number}") for number, entry in enumerate(entries, 1))
    return RightsFile(top.get("statement", ""), top.get("holder", ""), files)


def _entry(entry: object, where: str) -> FileStatement:
    texts = _texts(entry, {"glob", "statement", "holder"}, where)
    if not texts.get("glob") or not texts.get("statement"):
        raise BadInputError("`glob` or `statement` is missing", where=where, remedy=_REMEDY)
    return FileStatement(texts["glob"], texts["statement"], texts.get("holder", ""))


def _texts(table: object, allowed: set[str], where: str) -> dict[str, str]:
    if not isinstance(table, dict) or not table.keys() <= allowed:
        unknown = ", ".join(sorted(table.keys() - allowed)) if isinstance(table, dict) else "not a table"
        raise BadInputError(f"unknown: {unknown[:200]}", where=where, remedy=_REMEDY)
    if not all(isinstance(value, str) for value in table.values()):
        raise BadInputError("every value must be text", where=where, remedy=_REMEDY)
    return {str(name): str(value).strip() for name, value in table.items()}
