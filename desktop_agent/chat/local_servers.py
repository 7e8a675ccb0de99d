"""Model servers on this computer: Ollama, LM Studio, llama.cpp. Nothing here leaves loopback.

Each is asked in its own protocol, because that tells context lengths and abilities, and because it tells that
it is this server and not something else on the same port.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.models.json_server import JsonServer
from desktop_agent.chat.model_facts import MOST_MODELS, ModelFacts, facts_in_list, plain_name, positive
from desktop_agent.config.provider import ProviderError, clean_address, make_provider
from desktop_agent.config.provider_kinds import ProviderKind

SECONDS: Final = 1.0
"""How long all servers together are looked for."""
_AT_ONCE: Final = 8
_CONTEXT_PARAMETER = re.compile(r"^\s*num_ctx\s+(\d{1,9})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class LocalServer:
    """A model server that runs on this computer.

    Attributes:
        kind: What it is.
        base_url: Where it speaks OpenAI's protocol.
        models: What it offers, models for embeddings included; it may have none yet.
    """

    kind: ProviderKind
    base_url: str
    models: tuple[ModelFacts, ...]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.kind.facts.name

    @property
    def host(self) -> str:
        """Its host and port."""
        return make_provider(self.base_url, "", "").host


USUAL_PLACES: Final[tuple[tuple[ProviderKind, str], ...]] = tuple(
    (kind, kind.facts.base_url) for kind in ProviderKind if kind.is_local
)
"""Where each is looked for."""


async def find_local_servers(
    places: Sequence[tuple[ProviderKind, str]] = USUAL_PLACES, seconds: float = SECONDS
) -> AsyncGenerator[LocalServer, None]:
    """Look for servers in all places at once, and yield each as soon as it is found.

    Leave it with `contextlib.aclosing`; it ends by itself after `seconds` at most.

    Args:
        places: A kind and its base URL each; those that are not on this computer are passed over.
        seconds: How long to look. Of a server that is slow to describe its models, the rest stays unknown.
    """
    waiting = {
        asyncio.ensure_future(_look(kind, base_url, seconds))
        for kind, base_url in places
        if _is_here(base_url)
    }
    try:
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                found = task.result()
                if found is not None:
                    yield found
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def list_local_models(kind: ProviderKind, base_url: str, seconds: float) -> list[ModelFacts] | None:
    """The models of one server, described as far as it does.

    Returns:
        The models; None if it is not a server of this kind.

    Raises:
        AgentError: It does not answer.
    """
    async with JsonServer(_root_of(base_url), seconds=seconds) as server:
        found = await _LISTS[kind](server)
        if found and kind is ProviderKind.OLLAMA:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await _describe_ollama_models(server, found)
        return found


async def _look(kind: ProviderKind, base_url: str, seconds: float) -> LocalServer | None:
    found: list[ModelFacts] | None = None
    with suppress(AgentError, TimeoutError):
        async with asyncio.timeout(seconds), JsonServer(_root_of(base_url), seconds=seconds) as server:
            found = await _LISTS[kind](server)
            if found and kind is ProviderKind.OLLAMA:
                await _describe_ollama_models(server, found)
    return None if found is None else LocalServer(kind, base_url, tuple(found))


async def _list_ollama(server: JsonServer) -> list[ModelFacts] | None:
    payload = await server.get("/api/tags")
    models = payload.get("models") if isinstance(payload, Mapping) else None
    if not isinstance(models, list):
        return None
    names = [
        plain_name(each.get("model") or each.get("name")) for each in models if isinstance(each, Mapping)
    ]
    return [ModelFacts(name) for name in dict.fromkeys(names[:MOST_MODELS]) if name]


async def _describe_ollama_models(server: JsonServer, models: list[ModelFacts]) -> None:
    """Replace each by what `/api/show` tells of it, as the answers come."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def describe(place: int) -> None:
        async with turns:
            with suppress(AgentError):
                payload = await server.post("/api/show", {"model": models[place].id})
                models[place] = _ollama_facts(models[place], payload)

    async with asyncio.TaskGroup() as group:
        for place in range(len(models)):
            group.create_task(describe(place))


def _ollama_facts(model: ModelFacts, payload: Any) -> ModelFacts:
    if not isinstance(payload, Mapping):
        return model
    info = payload.get("model_info")
    info = info if isinstance(info, Mapping) else {}
    context = positive(info.get(f"{info.get('general.architecture')}.context_length"))
    parameters = payload.get("parameters")
    chosen = _CONTEXT_PARAMETER.search(parameters) if isinstance(parameters, str) else None
    if chosen is not None:  # what its owner has set: a longer prompt is cut without a word
        context = min(positive(int(chosen[1])) or context or 0, context or int(chosen[1])) or None
    able = payload.get("capabilities")
    if not isinstance(able, list):
        return replace(model, context_length=context)
    return replace(
        model,
        context_length=context,
        vision="vision" in able,
        tools="tools" in able,
        chats="completion" in able,
    )


async def _list_lm_studio(server: JsonServer) -> list[ModelFacts] | None:
    for path, name, mark in (("/api/v1/models", "models", "key"), ("/api/v0/models", "data", "state")):
        try:
            payload = await server.get(path)
        except AgentError as error:
            if error.status_code != 404:
                raise
            continue
        items = payload.get(name) if isinstance(payload, Mapping) else None
        if isinstance(items, list) and all(isinstance(each, Mapping) and mark in each for each in items):
            return facts_in_list(items) or []
    return None


async def _list_llama_cpp(server: JsonServer) -> list[ModelFacts] | None:
    props = await server.get("/props")
    settings = props.get("default_generation_settings") if isinstance(props, Mapping) else None
    if not isinstance(settings, Mapping):
        return None
    models = facts_in_list(await server.get("/v1/models")) or []
    modalities, template = props.get("modalities"), props.get("chat_template_caps")
    about = ModelFacts(
        "",
        context_length=positive(settings.get("n_ctx")),
        vision=_flag(modalities, "vision"),
        tools=_flag(template, "supports_tools"),
        chats=None,
    )
    # What the server was started with counts for more than what the model was trained for.
    return [replace(about, id=each.id, name=each.name).completed_by(each) for each in models]


def _flag(flags: Any, name: str) -> bool | None:
    value = flags.get(name) if isinstance(flags, Mapping) else None
    return value if isinstance(value, bool) else None


_LISTS: Final[Mapping[ProviderKind, Callable[[JsonServer], Awaitable[list[ModelFacts] | None]]]] = {
    ProviderKind.OLLAMA: _list_ollama,
    ProviderKind.LM_STUDIO: _list_lm_studio,
    ProviderKind.LLAMA_CPP: _list_llama_cpp,
}


def _root_of(base_url: str) -> str:
    """The address without the path of OpenAI's protocol."""
    return clean_address(base_url).removesuffix("/v1")


def _is_here(base_url: str) -> bool:
    try:
        return make_provider(base_url, "", "").is_local
    except ProviderError:
        return False
