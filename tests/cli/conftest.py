"""An archive that has been through the whole journey once; tests only read it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenuto.cli import tenuto
from tests.app.music import make_collection
from tests.app.tenuto_command import TODAY


def call(*words: str | Path, archive: Path | None = None) -> Result:
    """One command in this process. Errors of ours stand in `exception`."""
    environment = {"TENUTO_ARCHIVE": str(archive) if archive else None}
    return CliRunner().invoke(tenuto, [str(word) for word in words], env=environment)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cli")
    archive = root / "archive"
    make_collection(root / "music")
    call("init", archive, "--name", "tones")
    call("harvest", "folder", root / "music", archive=archive)
    assert call("run", "--budget", "300kB", "--date", TODAY, "--jobs", "2", archive=archive).exit_code == 4
    return archive
