"""The program is killed while it streams, and started again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_agent.config.provider import Provider
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.widgets.notice import RemarkRow
from killed_windows import WHOLE, kill_at_random
from loopback import LoopbackServer
from window_steps import last_reply

Run = Callable[..., int]


@pytest.mark.timeout(400)  # twenty starts, on a busy machine
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
def test_a_killed_program_keeps_what_it_showed(
    drive: Run, server: LoopbackServer, local: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills = kill_at_random(server, tmp_path, 20, seed=2)
    assert kills.faults == []
    # 250 ms and a commit; the rest is for a machine that does other things too.
    assert max(kills.seconds_lost) < 1.5

    async def steps(parts: RunningWindow) -> None:
        shown = last_reply(parts)
        assert shown.source()
        assert WHOLE.startswith(shown.source())
        assert isinstance(shown.ending_widget, RemarkRow)
        assert shown.ending_widget.plain_text() == "Desktop Agent ended before this reply was complete."

    whole = max(
        range(20), key=lambda number: (tmp_path / f"home{number}/data/conversations.db").stat().st_size
    )
    monkeypatch.setenv("DESKTOP_AGENT_HOME", str(tmp_path / f"home{whole}"))
    assert drive(local, steps) == 0
