"""Where the model comes from: the environment, options, the demo."""

from __future__ import annotations

import pytest

from desktop_agent.config.provider import DEMO, ProviderError, make_provider, provider_from_environment


def test_nothing_in_the_environment_gives_no_provider() -> None:
    assert provider_from_environment({}) is None
    assert provider_from_environment({"OPENAI_API_KEY": "  "}) is None


def test_key_alone_means_openai() -> None:
    provider = provider_from_environment({"OPENAI_API_KEY": " sk-test-key-123456 "})
    assert provider is not None
    assert (provider.name, provider.host, provider.model) == ("OpenAI", "api.openai.com", "gpt-4o-mini")
    assert provider.api_key == "sk-test-key-123456"
    assert not provider.is_local
    assert not provider.is_demo


def test_address_and_model_are_taken_over() -> None:
    values = {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "OPENAI_MODEL": "llama3"}
    provider = provider_from_environment(values)
    assert provider is not None
    assert (provider.name, provider.host, provider.model) == (
        "The server on this computer",
        "127.0.0.1:11434",
        "llama3",
    )
    assert provider.is_local


def test_the_key_is_not_part_of_what_is_printed() -> None:
    provider = make_provider("https://api.example.com/v1", "m", "sk-secret-value")
    assert "sk-secret-value" not in repr(provider)
    assert "sk-secret-value" not in str(provider)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("api.example.com/v1", "is not the address of a server"),
        ("ftp://api.example.com", "is not the address of a server"),
        ("https://", "is not the address of a server"),
        ("https://host:port/v1", "is not the address of a server"),
        ("https://user:word@api.example.com/v1", "holds a name or a password"),
        ("http://api.example.com/v1", "the key would travel unencrypted"),
    ],
)
def test_an_unusable_address_is_said_plainly(address: str, sentence: str) -> None:
    with pytest.raises(ProviderError, match=sentence) as caught:
        make_provider(address, "m", "sk-secret-value")
    assert "word" not in str(caught.value).replace("password", "")
    assert "sk-secret-value" not in str(caught.value)


def test_the_key_stays_with_the_address_it_was_given_for() -> None:
    provider = make_provider("https://api.example.com/v1", "m", "sk-secret-value")
    assert provider.with_choices(base_url="https://api.example.com/v2").api_key == "sk-secret-value"
    assert provider.with_choices(base_url="https://other.example.com/v1").api_key == ""
    assert provider.with_choices(base_url="http://api.example.com/v1").api_key == ""


def test_a_chosen_model_replaces_the_default_but_not_the_demo() -> None:
    provider = make_provider("https://api.example.com/v1", "m", "")
    assert provider.with_choices(model="other").model == "other"
    assert DEMO.with_choices(model="other") == DEMO


def test_ipv6_hosts_keep_their_brackets() -> None:
    provider = make_provider("http://[::1]:8080/v1", "m", "")
    assert provider.host == "[::1]:8080"
    assert provider.is_local


@pytest.mark.parametrize("key", ["sk-with space", "sk-euro-€", "sk-line\nbreak", "sk-\x00nul"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ProviderError, match="Copy it again") as caught:
        make_provider("https://api.example.com/v1", "m", key)
    assert key not in str(caught.value)
