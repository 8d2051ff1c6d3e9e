"""A folder that may be hostile: what is in it, and how to open it without being led elsewhere."""

import os
import re
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import Final

from tenuto.formats.digests import read_digests
from tenuto.formats.paths import PAD_FOLDER, check_paths, path_fault, printable, split_path
from tenuto.model.errors import BadInputError
from tenuto.model.objects import PIECE_LENGTH, ObjectDigests
from tenuto.verify.report import Findings

MAX_FILES: Final = 1_000_000
MAX_DEPTH: Final = 32
MAX_PAPER_BYTES: Final = 1 << 28
"""The largest file that is taken into memory whole (256 MiB); no paper of a real volume comes near."""

_PAD: Final = re.compile(re.escape(PAD_FOLDER) + r"/[0-9]{1,7}\.([0-9]{1,7})")


class Folder:
    """The regular files below `root`. Links and special files are faults, and never followed."""

    def __init__(self, root: Path, findings: Findings) -> None:
        self._root, self._findings = root, findings
        self._files: dict[str, int] = {}
        self._pads: dict[str, int] = {}
        self._walk(root, "", 0)
        self._check_names()

    @property
    def files(self) -> Mapping[str, int]:
        """Path -> length in bytes."""
        return self._files

    @property
    def pads(self) -> Mapping[str, int]:
        """Pad files that a client without BEP 47 wrote (aria2, Transmission 3); not among `files`."""
        return self._pads

    def open(self, path: str) -> BufferedReader:
        """`BadInputError` unless `path` is known; `OSError` if it became a link since."""
        if path not in self._files and path not in self._pads:
            raise BadInputError("missing")
        descriptor = os.open(self._root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        return os.fdopen(descriptor, "rb")

    def read(self, path: str, *, limit: int = MAX_PAPER_BYTES) -> bytes:
        """The whole file, up to `limit` bytes. `BadInputError`, `OSError`."""
        with self.open(path) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise BadInputError(f"more than {limit} bytes")
        return data

    def digests(self, path: str) -> ObjectDigests:
        """All digests, in one streaming pass. `BadInputError` for an empty file."""
        with self.open(path) as file:
            found = read_digests(file)
        self._findings.hashed(found.length)
        return found

    def _walk(self, folder: Path, prefix: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._findings.fault(prefix, f"folders nested deeper than {MAX_DEPTH}")
            return
        with self._findings.within(prefix or "."), os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: os.fsencode(entry.name)):
                self._meet(entry, prefix + entry.name, depth)

    def _meet(self, entry: os.DirEntry[str], path: str, depth: int) -> None:
        if len(self._files) + len(self._pads) >= MAX_FILES:
            raise BadInputError(f"more than {MAX_FILES} files")
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            self._walk(Path(entry.path), f"{path}/", depth + 1)
        elif stat.S_ISREG(status.st_mode):
            self._note_file(path, status.st_size)
        else:
            self._findings.fault(path, "a link or a special file, where only files may be")

    def _note_file(self, path: str, length: int) -> None:
        """A pad file is known by its name, which states its length (torrent.md, clause 7)."""
        pad = _PAD.fullmatch(path)
        is_pad = pad is not None and length == int(pad[1]) < PIECE_LENGTH
        (self._pads if is_pad else self._files)[path] = length

    def _check_names(self) -> None:
        safe = []
        for path in self._files:
            fault = path_fault(split_path(path))
            if fault:
                self._findings.fault(path, f"an unsafe name: {fault}")
            else:
                safe.append(split_path(path))
        try:
            check_paths(safe)
        except BadInputError as error:
            self._findings.fault(error.where, f"an unsafe name: {printable(error.what)}")
