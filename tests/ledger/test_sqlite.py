"""The ledger: outcomes, running totals, objects, decisions."""

import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.ledger import Decision, SqliteLedger, sqlite
from tenuto.model.audio import Characterisation, Fault, Integrity, Loudness
from tenuto.model.errors import ConfigurationError
from tenuto.model.ids import RecordingId, Sha256
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import Tier
from tenuto.model.work import Counts, Outcome, Stage, Status

HELD = Characterisation(
    container="ogg",
    codec="vorbis",
    sample_rate_hz=44100,
    channels=2,
    duration_ms=1500,
    bit_rate=128_000,
    integrity=Integrity.SOUND,
    faults=(),
    loudness=Loudness(-14.0, 3.5, -1.0),
    essence=Sha256("ab" * 32),
    pcm_md5=None,
    signal=None,
    fingerprint=None,
    peaks=bytes(range(100)),
    spectrogram=b"\x89PNG",
)


def digests(byte: int, length: int = 1000) -> ObjectDigests:
    return ObjectDigests(Sha256(f"{byte:02x}" * 32), length, "cd" * 32, b"r" * 32, b"", b"p" * 20, b"t" * 20)


def holding(recording: str, tier: Tier, byte: int) -> Holding:
    return Holding(
        RecordingId(recording), tier, Sha256(f"{byte:02x}" * 32), "audio/ogg", "ogg", "folder:x/y.ogg"
    )


@given(
    st.lists(
        st.tuples(st.sampled_from("abcde"), st.sampled_from(Status), st.integers(0, 10**12)), max_size=60
    )
)
def test_counts_add_up_whatever_is_recorded(history: list[tuple[str, Status, int]]) -> None:
    """Invariant 5: in = done + skipped + failed."""
    with tempfile.TemporaryDirectory() as folder, SqliteLedger(Path(folder) / "ledger.sqlite") as ledger:
        last: dict[str, Outcome] = {}
        for key, status, size in history:
            last[key] = Outcome(key, status, size)
            ledger.record(Stage.ACQUIRE, [last[key]])
        check_totals(ledger, last)


def check_totals(ledger: SqliteLedger, last: dict[str, Outcome]) -> None:
    done, skipped, failed = (
        sum(o.status is s for o in last.values()) for s in (Status.DONE, Status.SKIPPED, Status.FAILED)
    )
    size = sum(o.bytes for o in last.values() if o.status is Status.DONE)
    expected = Counts(len(last), done, skipped, failed, size)
    assert ledger.counts(Stage.ACQUIRE) == expected
    assert ledger.counts(Stage.ACQUIRE).add_up
    assert ledger.status_of(Stage.ACQUIRE, list("abcdef")) == {k: o.status for k, o in last.items()}
    assert ledger.counts(Stage.PLAN) == Counts(0, 0, 0, 0)


def test_a_failed_batch_leaves_nothing(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
        outcomes = [Outcome("a", Status.DONE), Outcome("b", "exploded")]  # type: ignore[arg-type]
        with pytest.raises(sqlite3.IntegrityError):
            ledger.record(Stage.ACQUIRE, outcomes)
        assert ledger.counts(Stage.ACQUIRE).entered == 0


def test_failures_are_listed_with_their_errors(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
        ledger.record(Stage.ACQUIRE, [Outcome("b", Status.FAILED, 0, "gone"), Outcome("a", Status.DONE, 5)])
        assert list(ledger.failures(Stage.ACQUIRE)) == [Outcome("b", Status.FAILED, 0, "gone")]


def test_holdings_come_back_as_they_were(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
        original, access = holding("r1", Tier.ORIGINAL, 1), holding("r1", Tier.ACCESS, 2)
        both = [(original, digests(1), HELD), (access, digests(2, 300), HELD)]
        ledger.record(Stage.CHARACTERISE, [Outcome("r1", Status.DONE, 1300)], both)
        ledger.record(Stage.CHARACTERISE, [], both[:1])
        assert ledger.counts(Stage.CHARACTERISE).done == 1
        assert ledger.held(RecordingId("r1")) == [
            (original, digests(1), HELD),
            (access, digests(2, 300), HELD),
        ]
        assert [h.object for h, _, _ in ledger.all_held()] == [original.object, access.object]
        assert list(ledger.holdings()) == [
            (h.object, h.recording, h.tier) for h in sorted((original, access), key=lambda h: h.object)
        ]
        assert ledger.characterisation(access.object) == HELD
        assert ledger.characterisation(Sha256("00" * 32)) is None
        assert ledger.held_totals() == {Tier.ORIGINAL: (1, 1000), Tier.ACCESS: (1, 300)}
        assert ledger.held(RecordingId("r2")) == []


def test_the_best_holding_comes_first(tmp_path: Path) -> None:
    best_first = [Tier.ORIGINAL, Tier.HIGH, Tier.ACCESS, Tier.LOW]
    with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
        for length, tier in enumerate(reversed(best_first), 1):
            ledger.record(Stage.CHARACTERISE, [], [(holding("r1", tier, length), digests(length), HELD)])
            assert ledger.held_of([RecordingId("r1")])[RecordingId("r1")][0].tier is tier
        assert [held.tier for held, _, _ in ledger.held(RecordingId("r1"))] == best_first
        assert [held.tier for held, _, _ in ledger.all_held()] == best_first


def test_what_is_damaged_is_counted_and_listed(tmp_path: Path) -> None:
    faults = (Fault("cut off", Integrity.DAMAGED, 1.5, 4000),)
    hurt = replace(HELD, integrity=Integrity.DAMAGED, faults=faults)
    with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
        for name, found in ("r1", HELD), ("r3", hurt), ("r2", hurt):
            ledger.record(Stage.CHARACTERISE, [], [(holding(name, Tier.ORIGINAL, 1), digests(1), found)])
        assert ledger.damaged() == 2
        assert [(h.recording, found.faults) for h, _, found in ledger.all_damaged()] == [
            ("r2", faults),
            ("r3", faults),
        ]
        ledger.record(Stage.CHARACTERISE, [], [(holding("r2", Tier.ORIGINAL, 1), digests(1), HELD)])
        assert ledger.damaged() == 1


_HOLD_OF_THEN = """
INSERT INTO holding SELECT column1, column2, column3, column4, column5, column6, column8
FROM (VALUES (?, ?, ?, ?, ?, ?, ?, ?))
"""


def test_a_ledger_of_two_tiers_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = holding("r1", Tier.ACCESS, 1), holding("r1", Tier.LOW, 2)
    with monkeypatch.context() as then:
        then.setattr(sqlite, "MIGRATIONS", sqlite.MIGRATIONS[:1])
        then.setattr(sqlite, "_HOLD", _HOLD_OF_THEN)
        with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
            ledger.record(Stage.CHARACTERISE, [], [(old, digests(1), HELD)])
    with pytest.raises(ConfigurationError, match=r"version 1.*tenuto init"):
        SqliteLedger(tmp_path / "ledger.sqlite", read_only=True)
    with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
        ledger.record(Stage.CHARACTERISE, [], [(new, digests(2, 300), HELD)])
        assert [each[0] for each in ledger.held(RecordingId("r1"))] == [old, new]
        assert ledger.held_totals() == {Tier.ACCESS: (1, 1000), Tier.LOW: (1, 300)}


def test_the_decision_log_is_append_only(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
        first = Decision("2026-01-01T00:00:00Z", "set to true", "rights.accept_weak_evidence", "tenuto.toml")
        ledger.decide(first)
        ledger.decide(replace(first, action="set to false"))
        assert [decision.action for decision in ledger.decisions()] == ["set to true", "set to false"]
        assert ledger.last_decision(first.subject) == replace(first, action="set to false")
        assert ledger.last_decision("anything else") is None
    with (
        sqlite3.connect(tmp_path / "ledger.sqlite") as db,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        db.execute("UPDATE decision SET reason = ''")
    db.close()


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    SqliteLedger(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ConfigurationError, match="version 99"):
        SqliteLedger(path)


def test_readers_see_the_ledger_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with SqliteLedger(path) as writer, SqliteLedger(path, read_only=True) as reader:
        writer.record(Stage.PLAN, [Outcome("p", Status.DONE)])
        assert reader.counts(Stage.PLAN).done == 1
        with pytest.raises(sqlite3.OperationalError):
            reader.record(Stage.PLAN, [Outcome("q", Status.DONE)])
