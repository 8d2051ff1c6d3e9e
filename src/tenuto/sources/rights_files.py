"""Finds the `rights.toml` that governs a file (docs/formats/rights-file.md, clauses 2 and 7)."""

import os
import stat
from typing import Final

from tenuto.formats import rights_file
from tenuto.formats.text import percent_path
from tenuto.formats.toml import MAX_BYTES
from tenuto.model.errors import BadInputError
from tenuto.model.ports import Reporter
from tenuto.model.rights import Evidence

_SILENT: Final = rights_file.RightsFile("", "", ())
"""Stands for a broken file: it states nothing, and hides what is further up."""


class RightsFiles:
    """The rights files of one tree. Holds those on the way from the root to the folder last asked about."""

    def __init__(self, root: bytes, reporter: Reporter) -> None:
        self._root, self._reporter = root, reporter
        self._read: dict[bytes, rights_file.RightsFile | None] = {}

    def evidence_for(self, path: bytes) -> Evidence | None:
        """`path` is relative to the root."""
        folder = path.rpartition(b"/")[0]
        self._forget_beside(folder)
        while True:
            governing = self._load(folder)
            if governing is not None:
                prefix = folder + b"/" if folder else b""
                inner = path[len(prefix) :].decode("utf-8", "surrogateescape")
                return governing.evidence_for(inner, percent_path(prefix + rights_file.FILE_NAME.encode()))
            if not folder:
                return None
            folder = folder.rpartition(b"/")[0]

    def _forget_beside(self, folder: bytes) -> None:
        """Keeps memory within the depth of the tree: files are asked about in path order."""
        for known in [each for each in self._read if each and not (folder + b"/").startswith(each + b"/")]:
            del self._read[known]

    def _load(self, folder: bytes) -> rights_file.RightsFile | None:
        if folder not in self._read:
            self._read[folder] = self._parse(folder)
        return self._read[folder]

    def _parse(self, folder: bytes) -> rights_file.RightsFile | None:
        inner = (folder + b"/" if folder else b"") + rights_file.FILE_NAME.encode()
        where = percent_path(inner)
        try:
            data = _read(self._root + b"/" + inner)
            return None if data is None else rights_file.parse(data, where)
        except (BadInputError, OSError) as error:
            self._reporter.fault(where, str(error))
            return _SILENT


def _read(path: bytes) -> bytes | None:
    """None where nothing is there. `BadInputError` for links and pipes, which are never opened."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise BadInputError("a link or no file at all, which is never followed; put the file itself there")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(MAX_BYTES + 1)
