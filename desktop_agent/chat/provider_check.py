"""The button "Test": one request to a provider, and what is wrong in one exact sentence."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from desktop_agent.agentchat import errors
from desktop_agent.agentchat.models import UserMessage
from desktop_agent.chat.agent_factory import create_model_client
from desktop_agent.chat.model_catalog import check_key, fetch_models
from desktop_agent.chat.model_facts import ModelFacts
from desktop_agent.chat.notices import QT_TRANSLATE_NOOP, Notice, Sentence, describe
from desktop_agent.config.provider import Provider
from desktop_agent.config.provider_kinds import ProviderKind

SECONDS: Final = 30.0
"""How long a model may take to begin to answer."""
_N = QT_TRANSLATE_NOOP

# What to do; the titles are those of a failed reply. A subclass stands above its base.
_BODIES: Final[tuple[tuple[type[errors.AgentError], str], ...]] = (
    (errors.MissingKeyError, _N("Notice", "Add one, then test again.")),
    (errors.AuthenticationError, _N("Notice", "Copy it again, and see that it belongs to this provider.")),
    (errors.QuotaError, _N("Notice", "The key works. Add credit there, or choose another model.")),
    (errors.RateLimitError, _N("Notice", "The key works. Test again later.")),
    (errors.ServerError, _N("Notice", "Test again later.")),
    (errors.StreamTimeoutError, _N("Notice", "Test again later, or check the address.")),
    (errors.IncompleteStreamError, _N("Notice", "Test again, or check the address.")),
)
_CONNECTION_BODIES: Final = {
    "name_not_found": _N("Notice", "Check the spelling of the address, and your connection."),
    "certificate": _N("Notice", "{reason}."),
    "lost": _N("Notice", "Test again, or check the address."),
}
_LOCAL: Final = _N("Notice", "Start it, then test again.")
_OFFLINE: Final = _N("Notice", "Check the address, and your connection.")


@dataclass(frozen=True)
class CheckResult:
    """What a test found.

    Attributes:
        seconds: How long it took.
        notice: What is wrong; None if all is well.
        models: The models, if they were what was asked for: the case without a chosen model, mostly.
        error: The kind of error that the notice describes.
    """

    seconds: float
    notice: Notice | None = None
    models: tuple[ModelFacts, ...] = ()
    error: type[errors.AgentError] | None = None

    @property
    def is_well(self) -> bool:
        """Whether the provider answers."""
        return self.notice is None


async def check_provider(
    provider: Provider, kind: ProviderKind = ProviderKind.CUSTOM, seconds: float = SECONDS
) -> CheckResult:
    """Send one request: the word "Hi" to the provider's model, or without one a question that needs the key.

    The reply is left as soon as it begins, so that it costs next to nothing.

    Args:
        provider: Who is tested, with the key and the model.
        kind: What it is.
        seconds: How long it may take.
    """
    started = time.perf_counter()
    models: list[ModelFacts] = []
    notice, kind_of_error = None, None
    try:
        if provider.is_demo:
            pass
        elif provider.model:
            await _say_hi(replace(provider, timeout=min(provider.timeout, seconds)))
        elif kind.facts.key_path:
            await check_key(provider, kind, seconds)
        else:
            models = await fetch_models(provider, kind, seconds)
    except errors.AgentError as error:
        notice, kind_of_error = describe_check(error, provider), type(error)
    return CheckResult(time.perf_counter() - started, notice, tuple(models), kind_of_error)


def describe_check(error: errors.AgentError, provider: Provider) -> Notice:
    """The notice for an error, met while a provider was tested or asked for its models."""
    usual = describe(error, provider)
    if not provider.model and isinstance(error, errors.NotFoundError | errors.PermissionDeniedError):
        title = Sentence("{message}", {"message": str(error)})
        return replace(usual, title=title, body=Sentence("{hint}", {"hint": error.hint}))
    body = _body_of(error, provider)
    if body is None:
        return usual
    return replace(usual, body=Sentence(body, {"reason": (error.detail or str(error)).rstrip(".")}))


def _body_of(error: errors.AgentError, provider: Provider) -> str | None:
    if isinstance(error, errors.ConnectionFailedError):
        reason: str = error.reason
        return _CONNECTION_BODIES.get(reason) or (_LOCAL if provider.is_local else _OFFLINE)
    if isinstance(error, errors.UnexpectedReplyError):
        return None if "html" in error.content_type else _N("Notice", "Check the address.")
    for kind, body in _BODIES:
        if isinstance(error, kind):
            return body
    if type(error) is errors.AgentError:
        return error.hint.replace("{", "{{").replace("}", "}}")
    return None


async def _say_hi(provider: Provider) -> None:
    client = await asyncio.to_thread(create_model_client, provider)
    try:
        async with aclosing(client.create_stream([UserMessage(content="Hi", source="user")])) as reply:
            async for _ in reply:
                break
    finally:
        await client.close()
