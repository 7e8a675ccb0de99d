"""Whether and when a request that failed is sent again: `Retries`."""

import random
from collections.abc import Callable
from typing import Final

from desktop_agent.agentchat.errors import (
    AgentError,
    BadRequestError,
    ConnectionFailedError,
    IncompleteStreamError,
    QuotaError,
    RateLimitError,
    ServerError,
    StreamTimeoutError,
)
from desktop_agent.agentchat.models.types import RetryNotice

LONGEST_WAIT: Final = 120.0
"""A server that asks for more patience than these seconds is not asked again."""

_FIRST_DELAY: Final = 0.5
_LONGEST_DELAY: Final = 8.0
_JITTER: Final = 0.25  # so that many clients do not come back at once
_REQUEST_TIMEOUT: Final = 408


class Retries:
    """Counts the retries of one request.

    Again sent are requests that met a rate limit, a fault of the server or of the network. Not again: what
    the server would refuse again (an exhausted quota among it), an answer that is none, a certificate that
    could not be verified, and a second timeout: the server may have worked, and billed, all the same. The
    caller asks only as long as nothing of the reply has come.

    Source: the delays are those of the OpenAI SDK, which retries out of sight, exhausted quotas too.

    Args:
        max_retries: How many there may be.
        chance: Returns numbers from 0 to 1.
    """

    def __init__(self, max_retries: int, chance: Callable[[], float] = random.random) -> None:
        self._max_retries = max_retries
        self._chance = chance
        self._count = 0
        self._timeouts = 0

    def after(self, error: AgentError) -> RetryNotice | None:
        """The retry that follows this error, or None if there is none."""
        if self._count >= self._max_retries or not _may_pass(error):
            return None
        if isinstance(error, StreamTimeoutError):
            self._timeouts += 1
            if self._timeouts > 1:
                return None
        delay = self._delay(error)
        if delay is None:
            return None
        self._count += 1
        return RetryNotice(attempt=self._count, max_retries=self._max_retries, delay=delay, error=error)

    def _delay(self, error: AgentError) -> float | None:
        asked = error.retry_after
        if asked is not None:
            return asked if asked <= LONGEST_WAIT else None
        delay = min(_FIRST_DELAY * 2.0**self._count, _LONGEST_DELAY)
        return delay * (1 - _JITTER * self._chance())


def _may_pass(error: AgentError) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(error, ConnectionFailedError):
        return error.reason != "certificate"
    if isinstance(error, BadRequestError):
        return error.status_code == _REQUEST_TIMEOUT
    if isinstance(error, QuotaError):
        return False
    return isinstance(error, (RateLimitError, ServerError, StreamTimeoutError, IncompleteStreamError))
