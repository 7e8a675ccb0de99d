"""A server for the tests of the agent library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loopback import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server that answers "Hello from the loopback server." with usage (7, 5)."""
    with LoopbackServer() as running:
        yield running
