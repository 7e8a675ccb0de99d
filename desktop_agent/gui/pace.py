"""Long work on the window's own thread, in slices that no frame waits for."""

from __future__ import annotations

import asyncio
import time

SLICE_SECONDS = 0.008
"""After so long the event loop gets its turn."""


class Pace:
    """Gives the event loop its turn between the steps of long work."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def rest(self) -> None:
        """Let others go on, if the work has taken its slice; to be awaited after each step."""
        if time.perf_counter() - self._since > SLICE_SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
