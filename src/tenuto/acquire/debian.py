"""Bytes out of Debian packages in the archive's cache."""

import hashlib
import os
import shutil
from pathlib import Path
from urllib.parse import quote

from tenuto.formats import deb
from tenuto.formats.text import percent_path
from tenuto.model.errors import NotFoundError
from tenuto.model.source import Location


class DebianFetcher:
    """Takes `deb:<package>/<version>/<path>` out of `archives/`.

    A package's members come in one stream, so the first request unpacks it whole into `scratch`, and the
    others find their files there. `close` empties the scratch folder.
    """

    def __init__(self, archives: Path, scratch: Path) -> None:
        self._archives, self._scratch = archives, scratch

    def fetch(self, location: Location, destination: Path) -> int:
        package, version, path = location.uri.partition(":")[2].split("/", 2)
        unpacked = self._unpacked(package, version, location.uri)
        member = unpacked / _flat(path)
        if not member.exists():
            raise NotFoundError(
                "not in the package",
                where=location.uri,
                remedy="Harvest the package again: its content has changed",
            )
        shutil.copyfile(member, destination)
        return destination.stat().st_size

    def close(self) -> None:
        """Drops what was unpacked."""
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _unpacked(self, package: str, version: str, uri: str) -> Path:
        folder = self._scratch / f"{package}_{quote(version, safe='')}"
        if not folder.exists():
            archive = self._find(package, version, uri)
            partial = folder.with_name(folder.name + ".part")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            with archive.open("rb") as file:
                for info, data in deb.members(file, archive.name):
                    if data is not None:
                        with (partial / _flat(percent_path(deb.installed_path(info)))).open("wb") as out:
                            shutil.copyfileobj(data, out, 1024 * 1024)
            partial.rename(folder)
        return folder

    def _find(self, package: str, version: str, uri: str) -> Path:
        for entry in os.scandir(self._archives) if self._archives.is_dir() else ():
            name = deb.parse_name(entry.name)
            if name is not None and (name.package, name.version) == (package, version):
                return Path(entry.path)
        raise NotFoundError(
            f"package {package} {version} is not in the cache",
            where=uri,
            remedy="Harvest it again (it is fetched then)",
        )


def _flat(percent_encoded_path: str) -> str:
    """One file name for a member's path, so that no path in a package can lead out of the scratch folder."""
    return hashlib.sha256(percent_encoded_path.encode()).hexdigest()
