"""Qt's signals as futures, for tests that run on the window's own loop."""

from __future__ import annotations

import asyncio
from typing import Any


def upcoming(**signals: Any) -> asyncio.Future[str]:
    """Resolves with the name of the one of `signals` that is emitted first from now on.

    Args:
        signals: Bound Qt signals by any name.
    """
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def resolver(name: str) -> Any:
        def resolve(*_arguments: object) -> None:
            if not future.done():
                future.set_result(name)

        return resolve

    connections = [(signal, signal.connect(resolver(name))) for name, signal in signals.items()]

    def disconnect(_future: object) -> None:
        for signal, connection in connections:
            signal.disconnect(connection)

    future.add_done_callback(disconnect)
    return future
