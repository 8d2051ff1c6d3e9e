"""`tenuto plan` and its questions: every share with its numerator and denominator."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tenuto.app.archive import open_archive
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.choose import expected_bytes, location, policy
from tenuto.app.stages.plans import planned, stored
from tenuto.model.errors import SpaceError, UsageError
from tests.cli.conftest import call


def document(*words: str, archive: Path) -> dict[str, Any]:
    result = call(*words, "--json", archive=archive)
    assert result.exit_code == 0, result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_what_is_planned_is_what_is_counted(finished: Path) -> None:
    """The bytes of the plan are those that acquire expects, recording by recording."""
    archive = open_archive(finished)
    reader, plan = open_current(archive), stored(archive).summary
    size = 0
    for number, tier in planned(archive, reader):
        detail = reader.numbered(number)
        place = location(detail, archive.config, policy(archive.config))
        assert place is not None
        size += expected_bytes(detail, place, tier, archive.config)
    assert size == plan.bytes
    assert plan.exact
    assert plan.bytes <= plan.budget_bytes


def test_ask(finished: Path) -> None:
    plan = stored(open_archive(finished)).summary
    asked = document("plan", "ask", archive=finished)
    assert asked["plan"] == plan.id
    assert asked["budget_bytes"] == plan.budget_bytes
    assert sum(asked["by_tier"].values()) == sum(plan.by_tier.values())
    assert asked["loss_total"] == pytest.approx(plan.loss_total)
    everything = document("plan", "ask", "--budget", "1TB", archive=finished)
    assert everything["next_recordings"] == 0
    less = document("plan", "ask", "--budget", "50kB", archive=finished)
    assert less["bytes"] <= 50_000 < everything["bytes"]
    assert less["next_recordings"] > 0
    text = call("plan", "ask", archive=finished).stdout
    assert f"of {asked['loss_total']:,.0f} = " in text


def test_cover_needs_listens(finished: Path) -> None:
    """Nobody counts listens in this archive: no share of them can be asked for, nor two things at once."""
    for share in ("0", "110%", "some"):
        assert isinstance(call("plan", "ask", "--cover", share, archive=finished).exception, UsageError)
    both = call("plan", "ask", "--cover", "9%", "--budget", "1TB", archive=finished)
    assert isinstance(both.exception, UsageError)


def test_why(finished: Path) -> None:
    archive = open_archive(finished)
    reader = open_current(archive)
    number, tier = next(planned(archive, reader))
    identifier = reader.numbered(number).summary.id
    found = document("plan", "why", identifier, archive=finished)
    assert found["tier"] == tier
    assert found["recording"] == identifier
    assert [step["efficiency"] for step in found["steps"]] == sorted(
        (step["efficiency"] for step in found["steps"]), reverse=True
    )
    assert "in the best plan from" in call("plan", "why", identifier, archive=finished).stdout


def test_diff_and_churn(finished: Path, tmp_path: Path) -> None:
    archive = shutil.copytree(finished, tmp_path / "archive")
    assert call("plan", "--budget", "50kB", archive=archive).exit_code == 0
    first = stored(open_archive(archive)).summary
    changed = document("plan", "--budget", "100MB", "--progress", "off", archive=archive)["stages"][0]
    second = stored(open_archive(archive)).summary
    found = document("plan", "diff", first.id, archive=archive)
    moves = {(each["from"], each["to"]): each["recordings"] for each in found["moves"]}
    assert (
        sum(n for (before, after), n in moves.items() if before == "metadata" != after)
        == changed["churn_added"]
    )
    assert second.files > first.files
    assert first.id in call("plan", "diff", first.id, second.id, archive=archive).stdout
    again = document("plan", "--budget", "100MB", "--progress", "off", archive=archive)["stages"][0]
    assert (again["done"], again["churn_added"], again["plan"]) == (0, 0, second.id)


def test_lists_and_limits(finished: Path, tmp_path: Path) -> None:
    archive = shutil.copytree(finished, tmp_path / "archive")
    reader = open_current(open_archive(archive))
    never = reader.numbered(next(planned(open_archive(archive), reader))[0]).summary.id
    (tmp_path / "never").write_text(f"{never}  # too dear\n")
    settings = f'[archive]\nname = "tones"\n[plan]\nnever = "{tmp_path}/never"\nlimits = ["dark=1kB"]\n'
    (archive / "tenuto.toml").write_text(settings)
    assert call("plan", "--budget", "100MB", archive=archive).exit_code == 0
    held = {reader.numbered(number).summary.id for number, _ in planned(open_archive(archive), reader)}
    assert held
    assert never not in held
    (archive / "tenuto.toml").write_text(settings.replace("never =", "always ="))
    assert isinstance(call("plan", "--budget", "1kB", archive=archive).exception, SpaceError)


def test_durability(finished: Path) -> None:
    found = document("plan", "durability", "--replicas", "3", "--together", "0", archive=finished)
    assert 0 < found["yearly_loss"] < 1e-4
    text = call("plan", "durability", archive=finished).stdout
    assert "files expected to be lost a year" in text
    assert isinstance(call("plan", "durability", "--together", "2", archive=finished).exception, UsageError)
