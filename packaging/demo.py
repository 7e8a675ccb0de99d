"""Drives the real window through one streamed demo conversation, and saves its picture and transcript.

`packaging/dev.py run` calls it where there is no display.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

QUESTION = "Share information about azure ai search."


def main() -> int:
    """Run the demonstration; the exit status is 0 when a whole reply was streamed and saved."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, required=True, help="the folder for the picture and the transcript"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options.output.mkdir(parents=True, exist_ok=True)

    from desktop_agent.app import run_window
    from desktop_agent.chat.transcript import transcript_of
    from desktop_agent.config.logs import start_logging
    from desktop_agent.config.provider import DEMO
    from desktop_agent.gui.running_window import RunningWindow
    from desktop_agent.gui.theme import DARK, LIGHT
    from desktop_agent.transcripts import to_markdown

    succeeded = False

    async def converse(parts: RunningWindow) -> None:
        nonlocal succeeded
        ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        parts.runner.finished.connect(lambda: ended.set_result(True))
        parts.runner.stopped.connect(lambda: ended.set_result(False))
        parts.runner.failed.connect(lambda _error: ended.set_result(False))
        parts.window.composer.set_text(QUESTION)
        print(f"Asking the demo model: {QUESTION}", flush=True)
        parts.window.composer.send_button.click()
        succeeded = await ended
        picture = options.output / "desktop-agent-demo.png"
        transcript = options.output / "desktop-agent-demo.md"
        parts.window.grab().save(str(picture))
        text = "".join(to_markdown(transcript_of(parts.session.title, parts.session.history)))
        transcript.write_text(text, encoding="utf-8")
        print(f"The window after the reply: {picture}")
        print(f"The transcript: {transcript}")

    start_logging()
    theme = DARK if options.theme == "dark" else LIGHT
    status = run_window(DEMO, script=converse, theme=theme, restores=False)
    return status if succeeded else status or 1


if __name__ == "__main__":
    sys.exit(main())
