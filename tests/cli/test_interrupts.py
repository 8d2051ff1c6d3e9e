"""Ctrl-C and SIGTERM: what is in hand is finished and recorded, and the rerun does only the rest."""

import os
import signal
import time
from pathlib import Path

import pytest

from tenuto import cli
from tenuto.ledger import SqliteLedger
from tenuto.model.work import Counts, Stage
from tests.app.tenuto_command import TODAY, stages, start, tenuto
from tests.audio_files import write_tone
from tests.cli.conftest import call

RUN = ("run", "--date", TODAY, "--json", "--progress", "off")
FILES = 7


def characterised(archive: Path) -> Counts:
    with SqliteLedger(archive / "ledger.sqlite", read_only=True) as ledger:
        return ledger.counts(Stage.CHARACTERISE)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    first = write_tone(tmp_path / "music" / "0.flac", seconds=60)
    for number in range(1, FILES):
        (tmp_path / "music" / f"{number}.flac").write_bytes(first.read_bytes())
    call("init", tmp_path / "archive")
    call("harvest", "folder", tmp_path / "music", archive=tmp_path / "archive")
    return tmp_path / "archive"


@pytest.mark.parametrize(
    ("number", "to_the_group", "code"), [(signal.SIGINT, True, 130), (signal.SIGTERM, False, 143)]
)
def test_a_signal_finishes_what_is_in_hand(
    archive: Path, number: signal.Signals, to_the_group: bool, code: int
) -> None:
    with start(archive, *RUN, jobs=1) as process:
        while not characterised(archive).done and process.poll() is None:
            time.sleep(0.02)
        if to_the_group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, ""), err
    assert "Traceback" not in err
    stopped = characterised(archive)
    assert stopped.failed == 0
    assert 0 < stopped.done < FILES
    waiting = [path for path in (archive / "quarantine").glob("??/*") if path.is_file()]
    assert len(waiting) == FILES - stopped.done, "each is either recorded or still waits"
    found = stages(tenuto(archive, *RUN))
    assert found["characterise"]["done"] == FILES - stopped.done
    assert found["publish"]["in"] == FILES


def test_an_interrupted_query_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def query(**_: object) -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(cli, "tenuto", query)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 130
