"""The key of each provider, bound to the host that it was given for.

In the keychain a key lies under the provider's id and its origin: whoever changes the address of a provider
in the settings file finds no key there. In the program, a changed address is said before anything is sent.
"""

from __future__ import annotations

from contextlib import suppress

from desktop_agent.config.keychain import (
    PROMPT_SECONDS,
    KeyMissingError,
    delete_key_async,
    get_key,
    get_key_async,
    keep_for_session,
    set_key_async,
)
from desktop_agent.config.provider import Provider, ProviderError, origin_of, provider_from_environment
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry, provider_for
from desktop_agent.config.sealed import Sealed

_SHORTEST_SHOWN = 12


class KeyHostChangedError(ProviderError):
    """The provider's address leads to another host than its key was given for; the person decides.

    Attributes:
        entry: The provider.
        old_host: Where the key may go.
        new_host: Where it would go.
    """

    def __init__(self, entry: ProviderEntry) -> None:
        self.entry = entry
        self.old_host = entry.key_origin.partition("://")[2]
        self.new_host = entry.host
        super().__init__(
            f"The API key of {entry.name} was given for {self.old_host}, and its address is now at "
            f"{self.new_host}. The key is not sent there until you allow it."
        )


def key_name(entry: ProviderEntry) -> str:
    """The name of the provider's key in the keychain."""
    return f"{entry.id}@{entry.key_origin}"


def check_key_host(entry: ProviderEntry) -> None:
    """Raise `KeyHostChangedError` if the provider has a key that was given for another host."""
    if entry.has_key and entry.key_origin != origin_of(provider_for(entry).base_url):
        raise KeyHostChangedError(entry)


async def provider_with_key(
    entry: ProviderEntry, model: str = "", *, seconds: float = PROMPT_SECONDS
) -> Provider:
    """What a run needs, the key included; without one if none was stored.

    Args:
        entry: The provider.
        model: The model to ask; by default the entry's.
        seconds: How long to wait for the keychain.

    Raises:
        KeyHostChangedError: The key was given for another host.
        ProviderError: The address is not usable.
        KeychainError: The keychain does not give the key; `KeyMissingError` if it is gone.
    """
    check_key_host(entry)
    if entry.kind is ProviderKind.ENVIRONMENT:
        return _from_environment(entry, model)
    if not entry.has_key:
        return provider_for(entry, model)
    return provider_for(entry, model, await get_key_async(key_name(entry), seconds=seconds))


def provider_with_key_now(entry: ProviderEntry, model: str = "", *, timeout: float) -> Provider:
    """The same for a command: it blocks, for `timeout` seconds at most."""
    check_key_host(entry)
    if entry.kind is ProviderKind.ENVIRONMENT:
        return _from_environment(entry, model)
    return provider_for(entry, model, get_key(key_name(entry), timeout=timeout) if entry.has_key else "")


async def store_key(
    entry: ProviderEntry, value: str | Sealed, *, seconds: float = PROMPT_SECONDS
) -> ProviderEntry:
    """Store a key for the host that the provider's address names now.

    Returns:
        The entry to be saved: it tells where the key may go.

    Raises:
        ProviderError: The address is not usable.
        KeychainError: The key can't be one, or the keychain does not take it; the old key is as it was.
    """
    sealed = value if isinstance(value, Sealed) else Sealed(value)
    del value  # no traceback that goes through here holds it
    bound = _bound(entry)
    await set_key_async(key_name(bound), sealed, seconds=seconds)
    if entry.has_key and entry.key_origin != bound.key_origin:
        with suppress(KeyMissingError):
            await delete_key_async(key_name(entry), seconds=seconds)
    return bound


def store_key_for_session(entry: ProviderEntry, value: str) -> ProviderEntry:
    """Keep a key until the program quits; returns and raises as `store_key`.

    The entry that is returned need not be saved: after the next start its key is missing, and is asked for.
    """
    sealed = Sealed(value)
    del value
    bound = _bound(entry)
    keep_for_session(key_name(bound), sealed)
    return bound


async def allow_key(entry: ProviderEntry, *, seconds: float = PROMPT_SECONDS) -> ProviderEntry:
    """Let the key go to the provider's new host, after the person said so.

    Returns and raises as `store_key`.
    """
    key = Sealed(await get_key_async(key_name(entry), seconds=seconds))
    return await store_key(entry, key, seconds=seconds)


async def remove_key(entry: ProviderEntry, *, seconds: float = PROMPT_SECONDS) -> ProviderEntry:
    """Take the provider's key out of the keychain; one that is gone already is no error.

    Returns:
        The entry to be saved.

    Raises:
        KeychainError: The keychain does not do it.
    """
    if entry.has_key:
        with suppress(KeyMissingError):
            await delete_key_async(key_name(entry), seconds=seconds)
    return entry.model_copy(update={"key_origin": ""})


def ending_of(key: str) -> str:
    """What may be seen of a stored key: its last four characters; "" of one so short that they tell."""
    return key[-4:] if len(key) >= _SHORTEST_SHOWN else ""


def _bound(entry: ProviderEntry) -> ProviderEntry:
    return entry.model_copy(update={"key_origin": origin_of(provider_for(entry).base_url)})


def _from_environment(entry: ProviderEntry, model: str) -> Provider:
    found = provider_from_environment()
    if found is None or origin_of(found.base_url) != origin_of(entry.base_url):
        raise ProviderError("The environment does not name this provider any more. Choose another one.")
    return found.with_choices(model=model or entry.model or None)
