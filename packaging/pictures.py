"""Takes the README's pictures from the running program: the demo's reply as it streams, in both themes."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from demo import QUESTION

FOLDER = Path(__file__).resolve().parent / "pictures"
SHOWN_UP_TO = "top=5)\n```\n\n### Tiers"


def main() -> int:
    """Take the pictures; the exit status is 0."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

    from desktop_agent.app import run_window
    from desktop_agent.config.provider import DEMO
    from desktop_agent.gui.running_window import RunningWindow
    from desktop_agent.gui.theme import DARK, LIGHT
    from desktop_agent.gui.transcript.agent_message import AgentMessage

    FOLDER.mkdir(exist_ok=True)
    for name, theme in (("light", LIGHT), ("dark", DARK)):

        async def photograph(parts: RunningWindow, name: str = name) -> None:
            shown: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            def watch(_batch: list[object]) -> None:
                reply = parts.transcript.messages[-1]
                if isinstance(reply, AgentMessage) and SHOWN_UP_TO in reply.source() and not shown.done():
                    shown.set_result(None)

            parts.runner.batch_received.connect(watch)
            parts.window.composer.set_text(QUESTION)
            parts.window.composer.send_button.click()
            await shown
            parts.window.grab().save(str(FOLDER / f"window-{name}.png"))

        with tempfile.TemporaryDirectory() as home:
            os.environ["DESKTOP_AGENT_HOME"] = home
            run_window(DEMO, script=photograph, theme=theme, restores=False)
        print(FOLDER / f"window-{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
