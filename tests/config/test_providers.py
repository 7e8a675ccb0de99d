"""Providers: their addresses, what a run is told of them, and keys that stay with their host."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from desktop_agent.config import keychain
from desktop_agent.config.keychain import KeychainUnavailableError
from desktop_agent.config.provider import DEMO, ProviderError, clean_address, origin_of
from desktop_agent.config.provider_keys import (
    KeyHostChangedError,
    allow_key,
    check_key_host,
    ending_of,
    key_name,
    provider_with_key,
    provider_with_key_now,
    remove_key,
    store_key,
    store_key_for_session,
)
from desktop_agent.config.provider_kinds import HOSTED, ProviderKind
from desktop_agent.config.providers import (
    ProviderEntry,
    all_entries,
    demo_entry,
    entry_from_environment,
    new_entry,
    provider_for,
)
from desktop_agent.config.sealed import Sealed

KEY = "sk-canary-0123456789"
_T = TypeVar("_T")


@pytest.fixture(autouse=True)
def no_keychain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are kept for the session alone: the real keychain has tests of its own."""
    monkeypatch.setattr(keychain, "_keychain", keychain.Keychain())
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


def done(work: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(work)


# --- Addresses


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        ("  https://api.example.com/v1/ \n", "https://api.example.com/v1"),
        ("https://api.example.com//v1//", "https://api.example.com/v1"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("HTTPS://API.Example.COM:443/v1", "https://api.example.com/v1"),
        ("https://api.example.com./v1", "https://api.example.com/v1"),
        ("<https://api.example.com/v1>", "https://api.example.com/v1"),
        ('"https://api.example.com/v1"', "https://api.example.com/v1"),
        ("https://api.example.com/v1/chat/completions", "https://api.example.com/v1"),
        ("https://api.example.com/v1/models/", "https://api.example.com/v1"),
        ("https://api.example.com/v1#top", "https://api.example.com/v1"),
        ("https://api.example.com:8443/v1", "https://api.example.com:8443/v1"),
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("openrouter.ai", "https://openrouter.ai/api/v1"),
        ("https://api.example.com", "https://api.example.com"),
        ("localhost:11434", "http://localhost:11434/v1"),
        ("127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:80/v1", "http://127.0.0.1/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://b\u00fccher.example/v1", "https://xn--bcher-kva.example/v1"),
        # A Cyrillic letter that looks like the Latin one.
        ("https://\u0430pi.openai.com/v1", "https://xn--pi-6kc.openai.com/v1"),
    ],
)
def test_an_address_is_cleaned(typed: str, address: str) -> None:
    assert clean_address(typed) == address
    assert clean_address(address) == address


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "There is no address"),
        ("   ", "There is no address"),
        ("https://", "is not the address of a server"),
        ("ftp://api.example.com", "is not the address of a server"),
        ("htps://api.example.com", "is not the address of a server"),
        ("https://host:port/v1", "is not the address of a server"),
        ("https://api..example.com/v1", "is not the address of a server"),
        ("https://[::1/v1", "is not the address of a server"),
        ("javascript:alert(1)", "is not the address of a server"),
        ("https://user:word@api.example.com/v1", "holds a name or a password"),
        ("user:word@api.example.com/v1", "holds a name or a password"),
        ("https://user:word@host:port/v1", "is not the address of a server"),
        ("http://api.example.com/v1", "would travel unencrypted"),
        ("http://192.168.1.5:11434/v1", "would travel unencrypted"),
        ("http://localhost.example.com/v1", "would travel unencrypted"),
        ("https://api.example.com/v1?key=word", "holds a question mark"),
        ("https://api.example.com/ v1", "holds a space"),
        ("https://api.example.com/\nv1", "holds a space"),
        ("https://api.example.com/" + "a" * 3_000, "too long"),
    ],
)
def test_an_unusable_address_is_a_sentence(typed: str, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        clean_address(typed)
    assert "word@" not in str(caught.value)
    assert "key=word" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://api.example.com/v1", "https://api.example.com"),
        ("https://api.example.com:443/v2", "https://api.example.com"),
        ("https://api.example.com:8443/v1", "https://api.example.com:8443"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("", ""),
        ("https://host:port", ""),
    ],
)
def test_the_origin_is_what_a_key_is_bound_to(address: str, origin: str) -> None:
    assert origin_of(address) == origin


# --- Entries


@pytest.mark.parametrize("kind", HOSTED)
def test_every_hosted_kind_becomes_a_provider(kind: ProviderKind) -> None:
    address = "" if kind.facts.base_url else "https://mine.example.com"
    entry = new_entry(kind, base_url=address)
    provider = provider_for(entry, "m", KEY)
    assert provider.base_url.startswith("https://")
    assert provider.name == entry.name
    assert provider.model == "m"
    assert not provider.is_local
    assert entry.host in provider.base_url


@pytest.mark.parametrize("kind", [kind for kind in ProviderKind if kind.is_local])
def test_a_server_on_this_computer_needs_no_key(kind: ProviderKind) -> None:
    provider = provider_for(new_entry(kind), "m")
    assert provider.is_local
    assert provider.name == kind.facts.name


def test_several_of_one_kind_have_names_and_ids_of_their_own() -> None:
    first = new_entry(ProviderKind.OPENAI)
    second = new_entry(ProviderKind.OPENAI, [first])
    third = new_entry(ProviderKind.OPENAI, [first, second])
    assert [each.id for each in (first, second, third)] == ["openai", "openai-2", "openai-3"]
    assert [each.name for each in (first, second, third)] == ["OpenAI", "OpenAI 2", "OpenAI 3"]


def test_a_kind_without_an_address_needs_one() -> None:
    for kind in (ProviderKind.AZURE, ProviderKind.CUSTOM):
        with pytest.raises(ProviderError, match="There is no address"):
            new_entry(kind)
    assert new_entry(ProviderKind.CUSTOM, base_url="https://api.example.com/v1").name == "api.example.com"


def test_azure_has_two_ways_to_be_asked() -> None:
    entry = new_entry(ProviderKind.AZURE, base_url="https://mine.openai.azure.com/")
    assert entry.base_url == "https://mine.openai.azure.com/openai/v1"
    assert provider_for(entry).api_version == ""
    older = entry.model_copy(update={"api_version": "2024-10-21"})
    assert provider_for(older).base_url == "https://mine.openai.azure.com"
    assert provider_for(older).api_version == "2024-10-21"
    pasted = "https://mine.openai.azure.com/openai/deployments/d/chat/completions"
    assert new_entry(ProviderKind.AZURE, base_url=pasted).base_url == entry.base_url


def test_the_environment_and_the_demo_stand_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = (new_entry(ProviderKind.OPENAI),)
    assert [entry.kind for entry in all_entries(saved)] == [ProviderKind.OPENAI, ProviderKind.DEMO]
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.example.com/v1")
    found = all_entries(saved)[1]
    assert found.kind is ProviderKind.ENVIRONMENT
    assert done(provider_with_key(found, "m")).api_key == KEY
    assert KEY not in repr(found)
    monkeypatch.setenv("OPENAI_BASE_URL", "nonsense")
    assert len(all_entries(saved)) == 2
    with pytest.raises(ProviderError):
        entry_from_environment()


def test_the_key_of_the_environment_goes_to_its_own_address_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    entry = entry_from_environment()
    assert entry is not None
    elsewhere = entry.model_copy(update={"base_url": "https://other.example.com", "key_origin": ""})
    with pytest.raises(ProviderError, match="does not name this provider"):
        done(provider_with_key(elsewhere))


def test_the_demo_is_a_provider_like_others() -> None:
    assert provider_for(demo_entry()) == DEMO
    assert done(provider_with_key(demo_entry())) == DEMO


# --- Keys


@pytest.fixture
def entry() -> ProviderEntry:
    """A provider with a key."""
    return store_key_for_session(new_entry(ProviderKind.OPENAI), f" {KEY}\n")


def test_a_key_is_found_for_its_host(entry: ProviderEntry) -> None:
    assert key_name(entry) == "openai@https://api.openai.com"
    assert done(provider_with_key(entry, "m")).api_key == KEY
    assert provider_with_key_now(entry, "m", timeout=60).api_key == KEY
    same_host = entry.model_copy(update={"base_url": "https://api.openai.com/v2"})
    assert done(provider_with_key(same_host)).api_key == KEY


@pytest.mark.parametrize(
    "address", ["https://api.example.com/v1", "https://api.openai.com:8443/v1", "http://127.0.0.1:9/v1"]
)
def test_a_changed_address_asks_before_the_key_is_sent(entry: ProviderEntry, address: str) -> None:
    moved = entry.model_copy(update={"base_url": address})
    with pytest.raises(KeyHostChangedError, match="not sent there until you allow it") as caught:
        done(provider_with_key(moved))
    assert (caught.value.old_host, caught.value.new_host) == ("api.openai.com", moved.host)
    with pytest.raises(KeyHostChangedError):
        provider_with_key_now(moved, timeout=60)


def test_the_binding_cannot_be_changed_in_the_settings_alone(entry: ProviderEntry) -> None:
    forged = entry.model_copy(
        update={"base_url": "https://evil.example/v1", "key_origin": "https://evil.example"}
    )
    check_key_host(forged)
    with pytest.raises(KeychainUnavailableError):  # no such key is known, and there is no keychain here
        done(provider_with_key(forged))


def test_without_a_keychain_a_key_is_not_stored(entry: ProviderEntry) -> None:
    fresh = new_entry(ProviderKind.GROQ)
    with pytest.raises(KeychainUnavailableError):
        done(store_key(fresh, KEY))
    assert done(provider_with_key(fresh)).api_key == ""


def test_a_key_is_taken_away(entry: ProviderEntry) -> None:
    removed = done(remove_key(entry))
    assert not removed.has_key
    assert done(provider_with_key(removed)).api_key == ""
    assert done(remove_key(removed)) == removed
    with pytest.raises(KeychainUnavailableError):
        done(provider_with_key(entry))


def test_a_key_is_allowed_for_its_new_host(entry: ProviderEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = entry.model_copy(update={"base_url": "https://api.example.com/v1"})
    with pytest.raises(KeychainUnavailableError):
        done(allow_key(moved))
    assert done(provider_with_key(entry)).api_key == KEY  # the old one is as it was


def test_of_a_stored_key_four_characters_may_be_seen() -> None:
    assert ending_of(KEY) == "6789"
    assert ending_of("short") == ""


def test_a_sealed_key_shows_nowhere() -> None:
    sealed = Sealed(KEY)
    assert KEY not in f"{sealed} {sealed!r} {[sealed]} {vars(type(sealed))}"
    with pytest.raises(TypeError):
        pickle.dumps(sealed)
    with pytest.raises(TypeError):
        copy.copy(sealed)
