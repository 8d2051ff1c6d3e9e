"""Items over a real Dask cluster, which loses workers and its scheduler on the way.

A scheduler that stays away: tests/app/test_engines.py.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tenuto.engine import DaskEngine, run_items
from tenuto.model.errors import BadInputError, ConfigurationError, NetworkError, TenutoError
from tests.engine import works
from tests.engine.dask_cluster import DaskCluster, dask_cluster, kill_tree

T = TypeVar("T")
R = TypeVar("R")

PATIENCE = 30.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """Two workers; a task whose worker dies once isn't tried again by the scheduler."""
    folder = tmp_path_factory.mktemp("dask")
    with dask_cluster(folder, environment={"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}) as started:
        yield started


def run(
    work: Callable[[T], R],
    items: Iterable[T],
    cluster: DaskCluster,
    *,
    patience: float = PATIENCE,
    arrived: Callable[[int], None] = lambda _: None,
) -> dict[T, R | TenutoError]:
    """`arrived` is told how many results have come so far, each time that some come."""
    found: dict[T, R | TenutoError] = {}
    for batch in run_items(work, items, engine=DaskEngine(cluster.url, patience)):
        assert not found.keys() & dict(batch).keys(), "each item comes back once"
        found.update(batch)
        arrived(len(found))
    return found


def test_both_workers_work_and_only_the_culprit_fails(cluster: DaskCluster) -> None:
    """Also where workers are daemons, which may have no children by `multiprocessing`."""
    found = run(works.square, range(300), cluster)
    assert {n for n, result in found.items() if isinstance(result, TenutoError)} == {7, 13}
    assert "the worker process died on this item (exit code 9)" in str(found[7])
    assert all(found[n] == n * n for n in set(range(300)) - {7, 13})
    assert len(set(run(works.worker_of, range(200), cluster).values())) == 2


def test_batches_are_of_fifty_and_short_at_the_end(cluster: DaskCluster) -> None:
    sizes = []
    before = 0

    def note(count: int) -> None:
        nonlocal before
        sizes.append(count - before)
        before = count

    run(works.double, range(1000), cluster, arrived=note)
    assert max(sizes) >= 50
    assert sum(sizes[:10]) >= 400, sizes
    assert sizes[-1] < 10


def test_an_item_that_takes_its_worker_along_fails_alone(cluster: DaskCluster) -> None:
    """The batch goes again item by item; the nanny brings the worker back."""
    found = run(works.takes_its_worker_along, range(8), cluster)
    culprit = found.pop(5)
    assert isinstance(culprit, BadInputError)
    assert "the worker of this item died each time" in str(culprit)
    assert found == {n: n for n in range(8) if n != 5}


def test_a_straggler_is_overtaken(cluster: DaskCluster, tmp_path: Path) -> None:
    cluster.wait_for_workers(2)  # the nanny brings back the one that the test above lost
    items = [(number, tmp_path / "flag") for number in range(200)]
    assert run(works.hangs_once, items, cluster) == {item: item[0] for item in items}


def test_lost_workers_and_a_lost_scheduler_cost_no_item(tmp_path: Path) -> None:
    lost: list[str] = []
    with dask_cluster(tmp_path) as cluster:
        scheduler, one, other = cluster.processes

        def trouble(count: int) -> None:
            if not lost:
                kill_tree(one)
                lost.append("worker")
            elif count >= 100 and lost == ["worker"]:
                kill_tree(scheduler)
                kill_tree(other)
                cluster.start_scheduler()
                cluster.start_worker()
                lost.append("scheduler")

        found = run(works.slowly, range(300), cluster, arrived=trouble)
    assert lost == ["worker", "scheduler"]
    assert found == {number: number for number in range(300)}


def test_a_scheduler_without_workers_is_one_clear_error(tmp_path: Path) -> None:
    with (
        dask_cluster(tmp_path, workers=0) as cluster,
        pytest.raises(NetworkError, match="had no worker for 3 s"),
    ):
        run(works.double, [1], cluster, patience=3)


def test_a_cluster_without_our_code_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['tenuto.engine.batch'] = None\n")
    path = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    with (
        dask_cluster(tmp_path, workers=1, environment={"PYTHONPATH": path}) as cluster,
        pytest.raises(ConfigurationError, match="can't load Tenuto's code"),
    ):
        run(works.double, [1], cluster)


@pytest.mark.parametrize(
    "url", ["dask://", "dask://host", "tcp://host:8786", "dask://host:port", "ray://x:1"]
)
def test_what_is_no_engine(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is no engine"):
        DaskEngine(url, PATIENCE)


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'tenuto\[cluster\]'"):
        DaskEngine("dask://host:8786", PATIENCE)
