"""Where each value comes from, and what is refused."""

from pathlib import Path

import pytest

from tenuto.app import config
from tenuto.model.errors import ConfigurationError


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    (tmp_path / "user" / "tenuto").mkdir(parents=True)
    (tmp_path / "archive").mkdir()
    return tmp_path / "archive"


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def test_flag_beats_environment_beats_archive_beats_user_beats_default(archive: Path) -> None:
    user = archive.parent / "user" / "tenuto" / "tenuto.toml"
    write(user, '[plan]\nbudget = "1GB"\naccess_bit_rate = 64000\n[work]\njobs = 7\nmax_errors = 3\n')
    write(archive / "tenuto.toml", '[plan]\nbudget = "2GB"\naccess_bit_rate = 75000\n[work]\njobs = 8\n')
    settled = config.load(
        archive, {"plan.budget": "4GB"}, {"TENUTO_PLAN_BUDGET": "3GB", "TENUTO_PLAN_ACCESS_BIT_RATE": "80000"}
    )
    origins = {key: (settled.values[key].value, settled.values[key].origin) for key in settled.values}
    assert origins["plan.budget"] == ("4GB", "flag")
    assert origins["plan.access_bit_rate"] == (80_000, "TENUTO_PLAN_ACCESS_BIT_RATE")
    assert origins["work.jobs"] == (8, str(archive / "tenuto.toml"))
    assert origins["work.max_errors"] == (3, str(user))
    assert origins["web.port"] == (8420, "default")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("plan = ", "not valid TOML"),
        ("[plan]\nbuget = '1TB'", "unknown key plan.buget"),
        ("stray = 1", "unknown key stray"),
        ("[work]\njobs = 'many'", "work.jobs = 'many'"),
        ("[rights]\naccept_weak_evidence = 'perhaps'", "write true or false"),
        ("[acquire]\nquarantine_limit = 'lots'", "is not a size"),
    ],
)
def test_a_wrong_file_names_file_key_and_remedy(archive: Path, text: str, message: str) -> None:
    write(archive / "tenuto.toml", text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        config.load(archive, {}, {})
    assert str(archive / "tenuto.toml") in str(caught.value)


def test_every_setting_reads_its_own_default() -> None:
    for setting in config.SETTINGS.values():
        assert setting.read(setting.default) == setting.default or setting.key == "plan.budget"
