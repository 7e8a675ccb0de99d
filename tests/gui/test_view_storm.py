"""Whatever is done in whatever order, the transcript holds together."""

from __future__ import annotations

import pytest

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.view import Transcript
from view_storm import Storm


@pytest.mark.parametrize("seed", range(5))
def test_random_doings_leave_the_view_whole(view: Transcript, appearance: Appearance, seed: int) -> None:
    report = Storm(view, appearance, seed).run(200)
    assert not report.faults, report.faults[:5]
    assert len(report.kinds) >= 12
