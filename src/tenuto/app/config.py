"""Settings and where each value came from: flag > environment > archive > user > default."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import platformdirs

from tenuto.formats.toml import read_toml
from tenuto.model.errors import ConfigurationError, TenutoError
from tenuto.model.plan import TIER_CODES
from tenuto.sizes import parse_size

Value = str | int | float | bool | list[str]


def _flag(value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError("write true or false")


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("write a whole number")  # noqa: TRY004 - one kind of error for all converters
    return int(value)


def _real(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("write a number")  # noqa: TRY004 - one kind of error for all converters
    return float(value)


def _share(value: object) -> float:
    found = _real(value)
    if not 0 <= found <= 1:
        raise ValueError("write a number from 0 to 1")
    return found


def _tier(value: object) -> str:
    if value not in [str(tier) for tier in TIER_CODES[1:]]:
        raise ValueError(f"write one of {', '.join(TIER_CODES[1:])}")
    return str(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("write a text in quotes")  # noqa: TRY004 - one kind of error for all converters
    return value


def _size(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else parse_size(_text(value))


def _list(value: object) -> list[str]:
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    if isinstance(value, list):
        return [_text(item) for item in value]
    raise ValueError("write a list of texts")


@dataclass(frozen=True, slots=True)
class Setting:
    """One configuration key; docs/configuration.md describes each (a test compares)."""

    key: str
    default: Value
    read: Callable[[object], Value]
    help: str

    @property
    def variable(self) -> str:
        return "TENUTO_" + self.key.replace(".", "_").upper()


SETTINGS: Mapping[str, Setting] = {
    s.key: s
    for s in (
        Setting("archive.name", "archive", _text, "Short name; part of every volume's name."),
        Setting(
            "rights.accept_weak_evidence", False, _flag, "Let catch-all stanzas and prose clear recordings."
        ),
        Setting("rights.allow_noncommercial", False, _flag, "Publish what allows non-commercial use only."),
        Setting("rights.allow_no_derivatives", False, _flag, "Publish what allows unchanged copies only."),
        Setting("plan.budget", "1TB", _text, "Disk budget of `tenuto plan` and `tenuto run`."),
        Setting("plan.access_bit_rate", 96_000, _number, "Opus copies at the tier `access`, bit/s."),
        Setting("plan.low_bit_rate", 64_000, _number, "Opus copies at the tier `access-low`, bit/s."),
        Setting("plan.high_bit_rate", 128_000, _number, "Opus copies at the tier `access-high`, bit/s."),
        Setting("plan.rarity", 0.5, _share, "Weight of saving what may be lost, against serving listens."),
        Setting("plan.rare_floor", "access", _tier, "What may be lost isn't held at a lower tier than this."),
        Setting("plan.steadiness", 0.01, _share, "How much more a tier counts that the current plan has."),
        Setting("plan.limits", [], _list, "At most so much: licence:ID=SIZE, source:NAME=SIZE, dark=SIZE."),
        Setting("plan.copies", 1, _number, "Copies of each recording, at different places of plan.sites."),
        Setting("plan.sites", [], _list, "Disks and servers that take copies: NAME=SIZE or NAME@PLACE=SIZE."),
        Setting("plan.always", "", _text, "File that lists recordings to be held in any case."),
        Setting("plan.never", "", _text, "File that lists recordings never to be held."),
        Setting("plan.unlocated", False, _flag, "Plan also for recordings that no source offers yet."),
        Setting("plan.year", 2026, _number, "The year in which recordings' ages are counted."),
        Setting(
            "plan.hold_remote_dark",
            False,
            _flag,
            "Fetch recordings that can't be published from remote servers.",
        ),
        Setting(
            "rank.synthetic_seed", -1, _number, "Draw listens from a law with this seed; -1: count them."
        ),
        Setting("catalogue.match", True, _flag, "Tie recordings by title, artist, duration …"),
        Setting("catalogue.memory", 10**9, _size, "Memory that a build of the catalogue may take."),
        Setting("catalogue.indexed", 20_000_000, _number, "The most heard recordings that search knows."),
        Setting(
            "harvest.contact",
            "",
            _text,
            "E-mail or URL for the User-Agent; required to ask servers. Default: acquire.contact.",
        ),
        Setting("jamendo.client_id_file", "", _text, "File that holds the client id of the Jamendo API."),
        Setting("acoustid.key_file", "", _text, "File that holds your application key of AcoustID."),
        Setting("acoustid.url", "https://api.acoustid.org", _text, "Whom `tenuto identify ask` asks."),
        Setting(
            "acquire.contact",
            "",
            _text,
            "E-mail or URL for the User-Agent; required to fetch from HTTP servers.",
        ),
        Setting("acquire.quarantine_limit", 20 * 10**9, _size, "Bytes that may wait for characterisation."),
        Setting("store.url", "", _text, "Bucket for the objects, s3://BUCKET/PREFIX; empty: in the archive."),
        Setting("store.endpoint", "", _text, "The bucket's server, where it isn't Amazon's."),
        Setting("store.retry_seconds", 120, _number, "How long a failing object server is asked again."),
        Setting("work.jobs", 0, _number, "Worker processes; 0 = one a processor."),
        Setting("work.engine", "local", _text, "Where files are decoded: local, or dask://HOST:PORT."),
        Setting("work.patience", 300, _number, "Seconds to wait for a lost scheduler, or for workers."),
        Setting("work.max_errors", 1000, _number, "A stage stops when more items than this fail."),
        Setting(
            "publish.bands", ["75", "50", "25", "0"], _list, "Lowest popularity of each band, descending."
        ),
        Setting("publish.torrents", "hybrid", _text, "`hybrid` with v1-only twins, or `v2` only."),
        Setting("publish.trackers", [], _list, "Announce URLs written into `.torrent` files and magnets."),
        Setting("publish.web_seeds", [], _list, "Base URLs, http(s): or s3:, written into `.torrent` files."),
        Setting("swarm.interfaces", "0.0.0.0:6881,[::]:6881", _text, "Where the seeder listens."),
        Setting("swarm.dht", True, _flag, "Announce to DHT and local network; ask the router for a port."),
        Setting("swarm.bwlimit", 0, _size, "Upload limit of the seeder, bytes a second; 0: none."),
        Setting("swarm.connections", 500, _number, "Peers that the seeder is connected to at most."),
        Setting("swarm.memory", 2 * 10**9, _size, "Memory that loaded torrents may take, estimated."),
        Setting("health.proof_days", 90, _number, "Days for which a mirror's proof of a volume counts."),
        Setting("health.timeout", 15, _number, "Seconds to wait for each answer of a tracker."),
        Setting("web.host", "127.0.0.1", _text, "Where `tenuto serve` listens."),
        Setting("web.port", 8420, _number, "Port of `tenuto serve`."),
    )
}


DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Origin:
    """A value and who set it: `flag`, the environment variable, the file, or `DEFAULT`."""

    value: Value
    origin: str


class Config:
    """The settled settings of one command."""

    def __init__(self, values: Mapping[str, Origin]) -> None:
        self.values = dict(values)

    def text(self, key: str) -> str:
        return _text(self.values[key].value)

    def number(self, key: str) -> int:
        return _number(self.values[key].value)

    def real(self, key: str) -> float:
        return _real(self.values[key].value)

    def flag(self, key: str) -> bool:
        return _flag(self.values[key].value)

    def list(self, key: str) -> list[str]:
        return _list(self.values[key].value)

    @property
    def jobs(self) -> int:
        return self.number("work.jobs") or os.cpu_count() or 1


def load(archive: Path | None, flags: Mapping[str, Value], environment: Mapping[str, str]) -> Config:
    """Raises `ConfigurationError` naming file and key for an unknown key or a value of the wrong kind."""
    values = {s.key: Origin(s.default, DEFAULT) for s in SETTINGS.values()}
    files = [platformdirs.user_config_path("tenuto") / "tenuto.toml"]
    if archive is not None:
        files.append(archive / "tenuto.toml")
    for path in files:
        values.update(_from_file(path))
    for setting in SETTINGS.values():
        if setting.variable in environment:
            values[setting.key] = _settle(setting, environment[setting.variable], setting.variable)
    for key, value in flags.items():
        values[key] = _settle(SETTINGS[key], value, "flag")
    return Config(values)


def _from_file(path: Path) -> dict[str, Origin]:
    try:
        document = read_toml(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ConfigurationError(
            f"not valid TOML: {error}",
            where=str(path),
            remedy="Mend the file; docs/configuration.md lists the keys",
        ) from error
    flat: dict[str, Any] = {}
    for section, entries in document.items():
        flat |= (
            {f"{section}.{key}": value for key, value in entries.items()}
            if isinstance(entries, dict)
            else {section: entries}
        )
    unknown = sorted(flat.keys() - SETTINGS.keys())
    if unknown:
        raise ConfigurationError(
            f"unknown key {unknown[0]}", where=str(path), remedy="`tenuto config show` lists the known ones"
        )
    return {key: _settle(SETTINGS[key], value, str(path)) for key, value in flat.items()}


def _settle(setting: Setting, value: object, origin: str) -> Origin:
    try:
        return Origin(setting.read(value), origin)
    except (ValueError, TenutoError) as error:
        raise ConfigurationError(
            f"{setting.key} = {value!r}: {error}", where=origin, remedy=f"Its default is {setting.default!r}"
        ) from error
