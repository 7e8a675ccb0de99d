"""The models of each provider: fetched when somebody asks, kept on disk, completed by what else is known."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from desktop_agent.agentchat.errors import AgentError, MissingKeyError, NotFoundError, PermissionDeniedError
from desktop_agent.agentchat.models.json_server import JsonServer
from desktop_agent.chat.local_servers import list_local_models
from desktop_agent.chat.model_facts import ModelFacts, as_plain, facts_in_list, facts_of_figures, from_plain
from desktop_agent.chat.price_table import table_facts
from desktop_agent.config.paths import FolderError, cache_folder, write_private_file
from desktop_agent.config.provider import Provider, origin_of
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry

logger = logging.getLogger(__name__)

SECONDS: Final = 15.0
"""How long a list of models may take."""
MOST_LOOKED_UP: Final = 1_000
"""In a longer list, what the provider does not tell of a model is looked up when that one is asked for."""
_FILE_VERSION: Final = 1
_LARGEST_FILE: Final = 16_000_000


@dataclass(frozen=True)
class ModelList:
    """The models that a provider listed.

    Attributes:
        models: The models, in its order, with what it says of them.
        fetched_at: When that was; aware, UTC.
    """

    models: tuple[ModelFacts, ...]
    fetched_at: datetime


async def fetch_models(
    provider: Provider, kind: ProviderKind = ProviderKind.CUSTOM, seconds: float = SECONDS
) -> list[ModelFacts]:
    """Ask a provider for its models: one request, but for Ollama, which is asked about each model, too.

    Args:
        provider: Who is asked, with the key.
        kind: What it is.
        seconds: How long an answer may take.

    Raises:
        AgentError: It does not tell; the sentence says why.
    """
    if kind is ProviderKind.AZURE:
        raise AgentError(
            "Azure does not list deployments.", hint="Type the name of yours.", host=provider.host
        )
    _require_key(provider, kind)
    if kind.is_local and not provider.api_key:
        described = await list_local_models(kind, provider.base_url, seconds)
        if described is not None:
            return described
    path = "/models?limit=1000" if kind is ProviderKind.ANTHROPIC else "/models"
    async with _server_of(provider, kind, seconds) as server:
        try:
            # In a worker thread: several frames' time for thousands of models.
            found = await asyncio.to_thread(facts_in_list, await server.get(path))
        except NotFoundError as error:
            raise _no_list(provider, error.detail) from error
        except PermissionDeniedError as error:
            raise PermissionDeniedError(
                f"{provider.host} does not let this key see the models.",
                hint="Check its permissions there, or type the name of a model.",
                host=provider.host,
                status_code=error.status_code,
                detail=error.detail,
            ) from error
    if found is None:
        raise _no_list(provider, "")
    return found


async def check_key(provider: Provider, kind: ProviderKind, seconds: float = SECONDS) -> None:
    """Ask a provider whose list of models is open to everyone about the key alone.

    Raises:
        AgentError: The key is missing or refused, or there is no answer.
    """
    _require_key(provider, kind)
    async with _server_of(provider, kind, seconds) as server:
        await server.get(kind.facts.key_path)


def suggested_model(models: Sequence[ModelFacts], preferred: str = "") -> str:
    """A model to begin with: the preferred one if it is listed, else the first that can talk; "" for none."""
    if any(each.id == preferred for each in models):
        return preferred
    surely = (each.id for each in models if each.chats)
    perhaps = (each.id for each in models if each.chats is None)
    return next(surely, next(perhaps, ""))


class ModelCatalog:
    """The models of all providers, without their keys.

    Args:
        folder: Where lists are kept; by default in the cache folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lists: dict[str, tuple[str, ModelList]] = {}

    async def listed(self, entry: ProviderEntry) -> ModelList | None:
        """What the provider listed the last time, before this start, too; None if it was never asked.

        A list of another address does not count.
        """
        origin = origin_of(entry.base_url)
        known = self._lists.get(entry.id)
        if known is None or known[0] != origin:
            read = await asyncio.to_thread(self._read, entry)
            if read is None:
                return None
            known = self._lists[entry.id] = (origin, read)
        return known[1]

    async def refresh(self, entry: ProviderEntry, provider: Provider, seconds: float = SECONDS) -> ModelList:
        """Ask the provider for its models now; raises as `fetch_models`, and keeps the old list then."""
        return await self.keep(entry, await fetch_models(provider, entry.kind, seconds))

    async def keep(self, entry: ProviderEntry, found: Sequence[ModelFacts]) -> ModelList:
        """Keep the models that the provider listed just now."""
        made = ModelList(tuple(found), datetime.now(UTC))
        self._lists[entry.id] = (origin_of(entry.base_url), made)
        await asyncio.to_thread(self._write, entry, made)
        return made

    async def models(self, entry: ProviderEntry) -> tuple[ModelFacts, ...]:
        """The models to choose from: those that were listed and those that were typed by hand, each once.

        Of each, the provider's own word counts first, then the table of prices (see `MOST_LOOKED_UP`), then
        what the person knows.
        """
        listed = await self.listed(entry)
        found = {each.id: each for each in (listed.models if listed else ())}
        for model in (*entry.typed_models, entry.model):
            if model and model not in found:
                found[model] = ModelFacts(model)
        return await asyncio.to_thread(_completed, entry, tuple(found.values()))

    async def facts(self, entry: ProviderEntry, model: str) -> ModelFacts:
        """What is known of one model, by the same order; also of one that is not listed."""
        listed = await self.listed(entry)
        said = next((each for each in (listed.models if listed else ()) if each.id == model), None)
        (facts,) = await asyncio.to_thread(_completed, entry, (said or ModelFacts(model),))
        return facts

    async def forget(self, entry: ProviderEntry) -> None:
        """Drop the list of a provider that was removed."""
        self._lists.pop(entry.id, None)
        await asyncio.to_thread(self._path(entry).unlink, missing_ok=True)

    def _path(self, entry: ProviderEntry) -> Path:
        folder = self._folder if self._folder is not None else cache_folder() / "models"
        return folder / f"models-{entry.id}.json"

    def _read(self, entry: ProviderEntry) -> ModelList | None:
        try:
            path = self._path(entry)
            if path.stat().st_size > _LARGEST_FILE:
                return None
            kept = json.loads(path.read_bytes())
            if kept["version"] != _FILE_VERSION or kept["origin"] != origin_of(entry.base_url):
                return None
            fetched_at = datetime.fromisoformat(kept["fetched_at"]).astimezone(UTC)
            return ModelList(tuple(from_plain(kept["models"])), fetched_at)
        except FileNotFoundError:
            return None
        except (OSError, FolderError, ValueError, TypeError, KeyError, RecursionError) as error:
            logger.warning("A kept list of models can't be used: %s.", type(error).__name__)
            return None

    def _write(self, entry: ProviderEntry, models: ModelList) -> None:
        head = {
            "version": _FILE_VERSION,
            "origin": origin_of(entry.base_url),
            "fetched_at": models.fetched_at.isoformat(),
        }
        # One by one: writing them in one go would hold up the event loop's thread.
        items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in as_plain(models.models))
        text = f'{json.dumps(head)[:-1]}, "models": [\n{items}\n]}}\n'
        try:
            write_private_file(self._path(entry), text.encode())
        except FolderError as error:  # it is only kept to spare a request
            logger.warning("The list of models can't be kept: %s", error)


def _completed(entry: ProviderEntry, models: tuple[ModelFacts, ...]) -> tuple[ModelFacts, ...]:
    result = []
    may_look_up = len(models) <= MOST_LOOKED_UP
    for facts in models:
        if may_look_up and (facts.price is None or facts.context_length is None):
            facts = facts.completed_by(table_facts(entry, facts.id))
        result.append(facts.completed_by(facts_of_figures(facts.id, entry.figures.get(facts.id))))
    return tuple(result)


def _require_key(provider: Provider, kind: ProviderKind) -> None:
    if kind.facts.needs_key and not provider.api_key:
        raise MissingKeyError(
            f"No API key for {provider.name} yet.", hint="Add one to see its models.", host=provider.host
        )


def _server_of(provider: Provider, kind: ProviderKind, seconds: float) -> JsonServer:
    address = provider.base_url.rstrip("/")
    return JsonServer(address, headers=_headers(provider, kind), key=provider.api_key, seconds=seconds)


def _headers(provider: Provider, kind: ProviderKind) -> dict[str, str]:
    if not provider.api_key:
        return {}
    if kind is ProviderKind.ANTHROPIC:
        return {"x-api-key": provider.api_key, "anthropic-version": "2023-06-01"}
    return {"Authorization": f"Bearer {provider.api_key}"}


def _no_list(provider: Provider, detail: str) -> AgentError:
    return NotFoundError(
        f"{provider.host} has no list of models at this address.",
        hint="Check the address in Settings, or type the name of a model.",
        host=provider.host,
        status_code=404,
        detail=detail,
    )
