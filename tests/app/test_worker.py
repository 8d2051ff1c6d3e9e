"""What a worker refuses: work that would come out otherwise than on the archive's machine."""

from pathlib import Path

import pytest

from tenuto.app.worker import Assignment, carry_out
from tenuto.audio import Task, made_by
from tenuto.model.errors import ConfigurationError
from tests.audio.tones import tone


def test_other_releases_stop_the_run(tmp_path: Path) -> None:
    """Invariant 3: the same bytes on any machine; so machines that would make others take no part."""
    task = Task("key", tone(tmp_path / "a.flac"), None, tmp_path)
    assert carry_out(Assignment(task, None, None, made_by())).digests is not None
    with pytest.raises(ConfigurationError, match="the archive's machine has Tenuto 0"):
        carry_out(Assignment(task, None, None, "Tenuto 0"))


def test_a_folder_that_is_not_shared_stops_the_run(tmp_path: Path) -> None:
    task = Task("key", tmp_path / "a.flac", None, tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="doesn't see the archive's quarantine"):
        carry_out(Assignment(task, None, None, made_by()))
