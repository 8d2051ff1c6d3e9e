"""A published edition before independent witnesses: downloaded, compared, summed, verified, opened."""

from pathlib import Path

import pytest

from tenuto.app.archive import open_archive
from tenuto.app.view import View
from tenuto.cli.progress import reporter
from tenuto.demo.pages import open_pages
from tenuto.demo.witness import witness
from tenuto.web import create_app
from tests.app.music import CLEARED, make_collection
from tests.app.tenuto_command import TODAY, tenuto

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("witness")
    collection = make_collection(folder / "music")
    archive = folder / "archive"
    tenuto(archive, "init", str(archive), "--name", "tones")
    tenuto(archive, "harvest", "folder", str(collection), expect=4)
    tenuto(archive, "run", "--budget", "300kB", "--date", TODAY, expect=4)
    return archive


def test_every_volume_reaches_programs_that_are_not_ours(root: Path, tmp_path: Path) -> None:
    archive = open_archive(root)
    with View(archive) as view:
        (edition,) = view.editions()
    for again in (False, True):
        found = witness(archive, edition, tmp_path, reporter("off"))
        assert {(w.volume, w.client) for w in found} == {
            (v.name, client) for v in edition.volumes for client in ("aria2", "libtorrent")
        }
        assert all(w.identical and w.sha256sum and w.verified and w.again is again for w in found)


def test_a_changed_byte_is_noticed_by_every_witness(root: Path, tmp_path: Path) -> None:
    archive = open_archive(root)
    with View(archive) as view:
        (edition,) = view.editions()
    witness(archive, edition, tmp_path, reporter("off"))
    victim = next(p for p in tmp_path.rglob("*.opus") if ".pad" not in p.parts)
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(data)
    (bad,) = (w for w in witness(archive, edition, tmp_path, reporter("off")) if not w.identical)
    assert not bad.sha256sum
    assert not bad.verified


def test_every_page_of_a_real_archive_opens(root: Path) -> None:
    with View(open_archive(root)) as view:
        pages = open_pages(create_app(view), view)
        assert sum(page.path.endswith("/audio") for page in pages) == 1
        assert view.editions()[0].recordings == CLEARED
