"""stdout is data, stderr is progress; errors are one line with a remedy and their exit code."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tenuto.app.lock import writer_lock
from tenuto.model.errors import LockedError, NotFoundError, TenutoError, UsageError
from tests.app.tenuto_command import TODAY, edition_bytes, start
from tests.cli.conftest import call


def raised(*words: str | Path, archive: Path | None = None) -> TenutoError:
    error = call(*words, archive=archive).exception
    assert isinstance(error, TenutoError), error
    assert error.remedy
    return error


def test_without_an_archive_it_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    error = raised("status")
    assert isinstance(error, NotFoundError)
    assert error.exit_code == 3
    assert "tenuto init" in error.remedy


def test_a_second_writer_learns_who_writes(finished: Path) -> None:
    with writer_lock(finished / "lock", "tenuto seed the moon"):
        error = raised("plan", archive=finished)
    assert isinstance(error, LockedError)
    assert error.exit_code == 3
    assert f"`tenuto seed the moon`, process {os.getpid()}" in str(error)


def test_a_bad_size_is_a_usage_error(finished: Path) -> None:
    error = raised("plan", "--budget", "3 lots", archive=finished)
    assert isinstance(error, UsageError)
    assert error.exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("config", "show"),
        ("catalogue", "search", "tone"),
        ("catalogue", "stats"),
        ("plan", "--dry-run"),
        ("acquire", "--dry-run"),
        ("characterise", "--dry-run"),
        ("publish", "--dry-run"),
        ("rights", "log"),
    ],
    ids=" ".join,
)
def test_json_is_one_document_with_a_schema_and_stdout_holds_nothing_else(
    finished: Path, words: tuple[str, ...]
) -> None:
    result = call(*words, "--json", archive=finished)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["schema"].startswith("tenuto/")
    people = call(*words, archive=finished)
    assert people.exit_code == 0


def test_show_and_rights_agree_on_a_recording(finished: Path) -> None:
    found = json.loads(call("catalogue", "search", "dark", "--json", archive=finished).stdout)
    identifier = found["recordings"][0]["id"]
    detail = json.loads(call("catalogue", "show", identifier, "--json", archive=finished).stdout)
    rights = json.loads(call("rights", "show", identifier, "--json", archive=finished).stdout)
    assert detail["summary"]["title"] == "Dark"
    assert not rights["cleared"]
    assert rights["decision"].startswith("in-copyright")
    text = call("rights", "show", identifier, archive=finished).stdout
    assert "dark, in-copyright" in text
    assert "rights-file (strong)" in text
    assert "Dark - Nobody" in call("catalogue", "show", identifier, archive=finished).stdout


def test_stats_say_of_how_many(finished: Path) -> None:
    document = json.loads(call("catalogue", "stats", "--json", archive=finished).stdout)
    found, tiers = document["statistics"], document["tiers"]
    assert sum(tiers.values()) == found["counts"]["recordings"] == found["by_licence"]["total"]
    text = call("catalogue", "stats", archive=finished).stdout
    known = found["by_licence"]["total"] - found["by_licence"]["unknown"]
    total, unknown = found["by_licence"]["total"], found["by_licence"]["unknown"]
    assert f"by licence: {known} of {total} recordings, {unknown} unknown; " in text
    assert f"by tier: {', '.join(f'{tier} {number}' for tier, number in tiers.items())}" in text
    artist = found["by_artist"]["shares"][0]
    assert f"; {artist['name']} {round(artist['listens']):,} listens" in text
    assert re.search(r"^by key: 0 of .* unknown$", text, re.MULTILINE)


def test_status_of_an_empty_and_of_a_finished_archive(finished: Path, tmp_path: Path) -> None:
    call("init", tmp_path / "new")
    empty = call("status", archive=tmp_path / "new")
    assert empty.exit_code == 0
    assert "none yet: tenuto catalogue build" in empty.stdout
    full = json.loads(call("status", "--json", archive=finished).stdout)
    assert full["edition"] == "e0001"
    assert full["held"]["original"]["recordings"] == 7
    assert len(full["failures"]["characterise"]) == 1


def test_config_show_says_who_set_what(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENUTO_WORK_JOBS", "3")
    shown = call("config", "show", "--origin", archive=finished).stdout
    assert f'archive.name = "tones"  # {finished / "tenuto.toml"}' in shown
    assert "work.jobs = 3  # TENUTO_WORK_JOBS" in shown
    assert "web.port = 8420  # default" in shown


def test_a_dry_run_of_publish_decides_as_the_real_one(finished: Path, tmp_path: Path) -> None:
    archive = shutil.copytree(finished, tmp_path / "archive")
    with (archive / "tenuto.toml").open("a", encoding="utf-8") as settings:
        settings.write('[publish]\nbands = ["50", "0"]\n')
    before = edition_bytes(archive)
    (would,) = json.loads(call("publish", "--dry-run", "--json", archive=archive).stdout)["stages"]
    assert edition_bytes(archive) == before
    (did,) = json.loads(call("publish", "--date", TODAY, "--json", archive=archive).stdout)["stages"]
    assert {key: did[key] for key in ("in", "done", "skipped", "failed", "cleared", "refused")} == {
        key: would[key] for key in ("in", "done", "skipped", "failed", "cleared", "refused")
    }
    assert did["edition"] == "e0002"


def test_verify_passes_and_fails_on_a_damaged_copy(finished: Path, tmp_path: Path) -> None:
    edition = shutil.copytree(finished / "editions" / "e0001", tmp_path / "e0001")
    sound = call("verify", edition, "--json", "--progress", "off")
    assert json.loads(sound.stdout)["faults"] == []
    index = edition / "index.parquet"
    index.write_bytes(index.read_bytes()[:-1] + b"?")
    damaged = call("verify", edition, "--json", "--progress", "off")
    assert isinstance(damaged.exception, TenutoError)
    assert damaged.exception.exit_code == 6
    assert "index.parquet" in {fault["path"] for fault in json.loads(damaged.stdout)["faults"]}


def test_errors_are_one_line_on_stderr(finished: Path) -> None:
    with start(finished, "catalogue", "show", "no-such-id", "--json") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert err.startswith("tenuto: ")
    assert err.count("\n") == 1


def test_a_reader_that_goes_away_is_no_traceback(finished: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "TENUTO_ARCHIVE": str(finished)}
    words = [sys.executable, "-m", "tenuto", "config", "show"]
    done = subprocess.run(
        words, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == ""
