"""Fetches Debian packages through the system's own apt, without being root or touching its state.

Source: apt.conf(5), apt-get(8). apt checks signatures and digests with the system's keyrings.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tenuto.formats.deb import PackageName, parse_name
from tenuto.fsync import atomic_write_bytes, publish
from tenuto.model.errors import ConfigurationError, NetworkError, NotFoundError, SpaceError, TenutoError
from tenuto.model.ports import Reporter

_CONFIGURATION: Final = """\
Dir::State "{cache}/state";
Dir::State::lists "{cache}/state/lists";
Dir::State::status "{cache}/state/status";
Dir::Cache "{cache}";
Dir::Cache::archives "archives";
Debug::NoLocking "true";
APT::Sandbox::User "";
Acquire::Retries "3";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Update::Error-Mode "any";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
"""Read after the system's configuration. Its hooks would change the system; its sources, proxies and
keyrings are what we want. An empty status file means: nothing installed."""

_PACKAGE: Final = re.compile(r"[a-z0-9][a-z0-9+.-]+")


@dataclass(frozen=True, slots=True)
class Archive:
    """A `.deb` in the cache."""

    name: PackageName
    path: Path


@dataclass(frozen=True, slots=True)
class Archives:
    """Packages at hand, by name, and why the others are not."""

    found: dict[str, Archive] = field(default_factory=dict)
    faults: dict[str, TenutoError] = field(default_factory=dict)


class Apt:
    """Packages under `cache/archives/`, named as apt names them. Everything that apt writes is in `cache`."""

    def __init__(self, cache: Path, program: str = "apt-get") -> None:
        self._cache, self._program = cache.resolve(), program
        self.folder = self._cache / "archives"
        if re.search(r'["\n]', str(self._cache)):
            raise ConfigurationError(
                "apt can't use a path with quotes", where=str(cache), remedy="Choose another"
            )

    def archives(self, packages: Sequence[str], reporter: Reporter, *, refresh: bool = False) -> Archives:
        """The newest cached version of each package; only missing ones are fetched, unless `refresh`."""
        cached = {} if refresh else self._cached()
        missing = [package for package in packages if package not in cached]
        faults: dict[str, TenutoError] = {}
        if missing:
            offline = self._update(reporter)
            reporter.phase("fetch packages", items=len(missing))
            for package in missing:
                try:
                    reporter.advance(1, done_bytes=self._download(package, offline))
                except TenutoError as error:
                    faults[package] = error
            cached = self._cached()
        return Archives(
            {each: cached[each] for each in packages if each in cached and each not in faults}, faults
        )

    def _cached(self) -> dict[str, Archive]:
        newest: dict[str, Archive] = {}
        for path in sorted(self.folder.glob("*.deb")):
            name = parse_name(path.name)
            if name is None:
                continue
            known = newest.get(name.package)
            if known is None or _is_newer(name.version, known.name.version):
                newest[name.package] = Archive(name, path)
        return newest

    def _update(self, reporter: Reporter) -> str:
        """Reads the mirrors' indexes; returns apt's complaint, which only matters if a package is missing."""
        reporter.phase("read package indexes")
        partial = self.folder / "partial"
        partial.mkdir(parents=True, exist_ok=True)
        (self._cache / "state/lists/partial").mkdir(parents=True, exist_ok=True)
        (self._cache / "state/status").touch()
        configuration = _CONFIGURATION.format(cache=self._cache)
        atomic_write_bytes(self._cache / "apt.conf", configuration.encode())
        code, output = self._run("update")
        return _complaint(output) if code else ""

    def _download(self, package: str, offline: str) -> int:
        if not _PACKAGE.fullmatch(package):
            raise ConfigurationError(
                "not a package name", where=package, remedy="Use lower case letters and digits"
            )
        partial = self.folder / "partial"
        code, output = self._run("download", package)
        if code:
            raise _fault(package, _complaint(output), offline)
        fetched = [
            path for path in partial.glob("*.deb") if (n := parse_name(path.name)) and n.package == package
        ]
        for path in fetched:
            publish(path, self.folder / path.name)
        return sum((self.folder / path.name).stat().st_size for path in fetched)

    def _run(self, *words: str) -> tuple[int, str]:
        command = [self._program, "-q", "-c", str(self._cache / "apt.conf"), *words]
        environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        try:
            done = subprocess.run(
                command,
                cwd=self.folder / "partial",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
            )
        except FileNotFoundError as error:
            raise ConfigurationError(
                "there is no such program", where=self._program, remedy="This source needs a Debian system"
            ) from error
        return done.returncode, done.stdout


def _complaint(output: str) -> str:
    lines = [line[2:].strip() for line in output.splitlines() if line.startswith("E:")]
    return "; ".join(dict.fromkeys(lines))[:300] or "apt-get gave no reason"


def _fault(package: str, complaint: str, offline: str) -> TenutoError:
    if "No space left" in complaint:
        return SpaceError(
            "no space left for the package", where=package, remedy="Free some space and run again"
        )
    if "Unable to locate package" in complaint and not offline:
        return NotFoundError(complaint, where=package, remedy="Check its name and the system's apt sources")
    return NetworkError(offline or complaint, where=package, remedy="Check the network and run again")


def _is_newer(one: str, other: str) -> bool:
    """By Debian's own rules (deb-version(7))."""
    compared = subprocess.run(["dpkg", "--compare-versions", one, "gt", other], check=False)
    return compared.returncode == 0
