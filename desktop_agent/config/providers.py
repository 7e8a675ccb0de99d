"""The providers that a person has set up, as the settings keep them: never with a key."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainSerializer

from desktop_agent.config.environment import whole_environment
from desktop_agent.config.provider import (
    DEMO,
    MODEL_VARIABLE,
    Provider,
    ProviderError,
    clean_address,
    make_provider,
    origin_of,
    provider_from_environment,
)
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.setting import SettingsPart, setting

DEMO_ID, ENVIRONMENT_ID = "demo", "environment"
_AZURE_PATH = "/openai/v1"


class ModelFigures(SettingsPart):
    """What a person knows about a model and the provider does not tell; None: nothing.

    Attributes:
        context_length: Tokens.
        vision: Whether it sees pictures.
        tools: Whether it can call tools.
        input_price: US dollars for a million tokens of the prompt.
        output_price: The same for the reply.
    """

    context_length: int | None = setting(None, "Context length", "In tokens.", bounds=(1, 100_000_000))
    vision: bool | None = setting(None, "Sees pictures")
    tools: bool | None = setting(None, "Can call tools")
    input_price: float | None = setting(
        None, "Price of the prompt", "US dollars for a million tokens.", bounds=(0.0, 1_000_000.0)
    )
    output_price: float | None = setting(
        None, "Price of the reply", "US dollars for a million tokens.", bounds=(0.0, 1_000_000.0)
    )


class ProviderEntry(SettingsPart):
    """One provider.

    Attributes:
        id: Never changes: its key, its list of models and the choices of agents hang on it.
        kind: What it is.
        name: What people call it.
        base_url: Its address, as `clean_address` gives it.
        model: The model that is asked if none is chosen.
        key_origin: Where its key may go: the origin that it was given for. "" if it has no key.
        api_version: See `Provider`.
        typed_models: Models that were typed by hand.
        figures: What the person knows about models, by their names.
        timeout: Seconds to wait for content.
    """

    id: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._-]+$")
    kind: Annotated[ProviderKind, PlainSerializer(lambda kind: kind.value)]
    name: str = setting("", "Name")
    base_url: str = setting("", "Base URL")
    model: str = setting("", "Default model")
    key_origin: str = ""
    api_version: str = setting("", "API version", "Only for deployments that do not know Azure's newer API.")
    typed_models: tuple[str, ...] = ()
    figures: Mapping[str, ModelFigures] = Field(default_factory=dict)
    timeout: float = setting(
        60.0, "Wait for words", "In seconds, until the first and between two.", bounds=(5.0, 3600.0), step=5.0
    )

    @property
    def host(self) -> str:
        """The server's host and port, for people to see; "" for the demo."""
        return origin_of(self.base_url).partition("://")[2]

    @property
    def has_key(self) -> bool:
        """Whether a key was stored for it; it may be gone from the keychain."""
        return bool(self.key_origin)


def new_entry(
    kind: ProviderKind, taken: Collection[ProviderEntry] = (), *, base_url: str = "", name: str = ""
) -> ProviderEntry:
    """A provider to add to those that are there, with an id and a name of its own.

    Args:
        kind: What it is.
        taken: Those that are there.
        base_url: Its address; by default that of its kind.
        name: What people call it; by default the kind's name, or the host of any other server.

    Raises:
        ProviderError: The address is not usable; a kind without an address of its own needs one.
    """
    facts = kind.facts
    address = address_for(kind, base_url or facts.base_url)
    if not name:
        name = (urlsplit(address).hostname or facts.name) if kind is ProviderKind.CUSTOM else facts.name
    ids, names = {entry.id for entry in taken}, {entry.name for entry in taken}
    return ProviderEntry(
        id=_free(re.sub(r"[^A-Za-z0-9._-]+", "-", kind.value), ids | {DEMO_ID, ENVIRONMENT_ID}, "{}-{}"),
        kind=kind,
        name=_free(name, names, "{} {}"),
        base_url=address,
        model=facts.default_model,
    )


def address_for(kind: ProviderKind, text: str, api_version: str = "") -> str:
    """`clean_address`, and for Azure the path of the API that speaks as OpenAI's does.

    Raises:
        ProviderError: The address is not usable.
    """
    address = clean_address(text)
    if kind is ProviderKind.AZURE:
        address = re.sub(r"(/openai(/.*)?|/v1)$", "", address)
        return address if api_version else address + _AZURE_PATH
    return address


def provider_for(entry: ProviderEntry, model: str = "", api_key: str = "") -> Provider:
    """What a run needs to know of a provider; `provider_keys.provider_with_key` finds the key, too.

    Args:
        entry: The provider.
        model: The model to ask; by default the entry's.
        api_key: Its key, or "".

    Raises:
        ProviderError: Its address is not usable.
    """
    if entry.kind is ProviderKind.DEMO:
        return DEMO
    address = address_for(entry.kind, entry.base_url, entry.api_version)
    made = make_provider(address, model or entry.model, api_key)
    return replace(made, name=entry.name or made.name, timeout=entry.timeout, api_version=entry.api_version)


def entry_from_environment(environment: Mapping[str, str] | None = None) -> ProviderEntry | None:
    """The provider that the environment describes, to be shown among the others; None if there is none.

    Args:
        environment: The variables; by default those that this process was started with.

    Raises:
        ProviderError: The address there is not usable.
    """
    values = whole_environment() if environment is None else environment
    found = provider_from_environment(values)
    if found is None:
        return None
    return ProviderEntry(
        id=ENVIRONMENT_ID,
        kind=ProviderKind.ENVIRONMENT,
        name=f"{found.name} (environment)",
        base_url=found.base_url,
        model=found.model if values.get(MODEL_VARIABLE, "").strip() or found.name == "OpenAI" else "",
        key_origin=origin_of(found.base_url) if found.api_key else "",
    )


def demo_entry() -> ProviderEntry:
    """The demo, to be shown among the others."""
    return ProviderEntry(id=DEMO_ID, kind=ProviderKind.DEMO, name=DEMO.name, model=DEMO.model)


def all_entries(saved: Collection[ProviderEntry]) -> tuple[ProviderEntry, ...]:
    """Those that are set up, then the environment's, then the demo; an unusable environment is left out."""
    try:
        found = entry_from_environment()
    except ProviderError:
        found = None
    return (*saved, *([found] if found else []), demo_entry())


def _free(text: str, taken: Collection[str], numbered: str) -> str:
    """`text`, or with the first number that makes it differ from those that are taken."""
    result, number = text, 2
    while result in taken:
        result, number = numbered.format(text, number), number + 1
    return result
