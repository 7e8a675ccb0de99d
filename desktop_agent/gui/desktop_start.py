"""How a person started the program; light, as it is made before the first paint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_agent.gui.single_instance import SingleInstance


@dataclass(frozen=True)
class DesktopStart:
    """How a person started the program.

    Attributes:
        instance: The right to be the one window; later starts bring the window to the front.
        files: Paths of exported conversations to open.
        crash: A note of where the program was when it ended hard the last time; empty for none.
    """

    instance: SingleInstance
    files: Sequence[str] = ()
    crash: str = ""
