"""A power cut loses nothing that was acknowledged and damages nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.power_cuts import Recording, power_cuts, record, replay

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    with monkeypatch.context() as patched:
        place = "desktop_agent.storage.store_file.open_writer"
        path = tmp_path / "recorded" / "conversations.db"
        return record(path, lambda opening: patched.setattr(place, opening), 30, seed=1)


def test_power_cuts_at_random_moments(recording: Recording, tmp_path: Path) -> None:
    replayed = replay(recording, tmp_path)
    assert sum(each.kind == "sync" for each in replayed.log) > 50
    looked_for, wrong = power_cuts(replayed, tmp_path / "cuts", 100, seed=1)
    assert wrong == []
    assert looked_for > 1_000


def test_a_weaker_setting_loses_what_was_acknowledged(recording: Recording, tmp_path: Path) -> None:
    """Else the simulation would show nothing."""
    replayed = replay(recording, tmp_path, "NORMAL")
    _, wrong = power_cuts(replayed, tmp_path / "cuts", 20, seed=1)
    assert wrong
