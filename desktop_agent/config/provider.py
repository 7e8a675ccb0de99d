"""The model that the environment names, or the built-in demo."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"
MODEL_VARIABLE = "OPENAI_MODEL"
DEFAULT_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4o-mini"


class ProviderError(Exception):
    """The description of a provider is not usable; the text says what is wrong with it."""


@dataclass(frozen=True)
class Provider:
    """Who answers: a server with its model, or the demo.

    Attributes:
        name: What people call it ("OpenAI"); for a server without a known name, its host.
        model: The name of the model, as the server knows it.
        base_url: The address that requests go to; empty for the demo.
        host: The server's host and port, for people to see; empty for the demo.
        api_key: The key; it is never shown, logged or part of `repr`.
        timeout: How long to wait for content, in seconds.
    """

    name: str
    model: str
    base_url: str = ""
    host: str = ""
    api_key: str = field(default="", repr=False)
    timeout: float = 60.0

    @property
    def is_demo(self) -> bool:
        """Whether replies are scripted."""
        return not self.base_url

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this computer (a loopback address)."""
        return _is_loopback(urlsplit(self.base_url).hostname or "")

    def with_choices(self, *, model: str | None = None, base_url: str | None = None) -> Provider:
        """The same provider with another model or address (command line options).

        The key goes along only to the address that it was given for.

        Raises:
            ProviderError: The address is not usable.
        """
        if base_url is not None and base_url != self.base_url:
            key = self.api_key if _same_origin(base_url, self.base_url) else ""
            return make_provider(base_url, model or self.model, key)
        return replace(self, model=model) if model and not self.is_demo else self


DEMO = Provider(name="Demo", model="demo (scripted)")


def make_provider(base_url: str, model: str, api_key: str) -> Provider:
    """A provider at `base_url`.

    Raises:
        ProviderError: The address is not one of http or https with a host, holds a name or password, or
            would send the key unencrypted to another computer; the key holds what no key has.
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        raise ProviderError(_not_an_address(base_url)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ProviderError(_not_an_address(base_url))
    if parts.username is not None or parts.password is not None:
        raise ProviderError(f"The address of {parts.hostname} holds a name or a password. Take it out.")
    if parts.scheme == "http" and api_key and not _is_loopback(parts.hostname):
        raise ProviderError(
            f"The address of {parts.hostname} begins with http: the key would travel unencrypted. Use https."
        )
    bracketed = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    host = f"{bracketed}:{port}" if port else bracketed
    if not all("!" <= character <= "~" for character in api_key):
        raise ProviderError(
            f"The API key for {host} holds a space or another character that no key has. Copy it again."
        )
    name = "OpenAI" if parts.hostname == "api.openai.com" else host
    if _is_loopback(parts.hostname):
        name = "The server on this computer"
    return Provider(name=name, model=model, base_url=base_url, host=host, api_key=api_key)


def provider_from_environment(environment: Mapping[str, str] | None = None) -> Provider | None:
    """The provider that `OPENAI_API_KEY`, `OPENAI_BASE_URL` and `OPENAI_MODEL` describe; None if none is set.

    Args:
        environment: The variables; by default those of this process.

    Raises:
        ProviderError: The address is not usable.
    """
    values = os.environ if environment is None else environment
    key, url, model = (values.get(name, "").strip() for name in (KEY_VARIABLE, URL_VARIABLE, MODEL_VARIABLE))
    if not (key or url or model):
        return None
    return make_provider(url or DEFAULT_URL, model or DEFAULT_MODEL, key)


def _same_origin(first: str, second: str) -> bool:
    a, b = urlsplit(first), urlsplit(second)
    return (a.scheme, a.hostname, a.port) == (b.scheme, b.hostname, b.port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _not_an_address(text: str) -> str:
    return f"{text!r} is not the address of a server. It looks like https://api.example.com/v1."
