"""The model that the environment names, or the built-in demo."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

from desktop_agent.config.environment import whole_environment

KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"
MODEL_VARIABLE = "OPENAI_MODEL"
DEFAULT_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4o-mini"
_LONGEST_ADDRESS = 2_000
_PORTS = {"http": 80, "https": 443}
# What people copy from the example of a single request.
_REQUESTS = ("/chat/completions", "/completions", "/responses", "/embeddings", "/models", "/messages")
_PATHS = {
    "api.openai.com": "/v1",
    "openrouter.ai": "/api/v1",
    "api.anthropic.com": "/v1",
    "generativelanguage.googleapis.com": "/v1beta/openai",
    "api.mistral.ai": "/v1",
    "api.groq.com": "/openai/v1",
    "api.deepseek.com": "/v1",
}


class ProviderError(Exception):
    """The description of a provider is not usable; the text says what is wrong with it."""


class NoModelError(ProviderError):
    """No model is chosen yet."""


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
        api_version: The version of Azure's own API; empty for OpenAI's, which newer Azure speaks, too.
    """

    name: str
    model: str
    base_url: str = ""
    host: str = ""
    api_key: str = field(default="", repr=False)
    timeout: float = 60.0
    api_version: str = ""

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
            key = self.api_key if origin_of(base_url) == origin_of(self.base_url) else ""
            return make_provider(base_url, model or self.model, key)
        return replace(self, model=model) if model and not self.is_demo else self


DEMO = Provider(name="Demo", model="demo (scripted)")
NOBODY = Provider(name="", model="", base_url="about:nobody")
"""Who answers before a model is chosen. It has an address, as it is not the demo; nothing is sent there."""


def make_provider(base_url: str, model: str, api_key: str) -> Provider:
    """A provider at `base_url`.

    Raises:
        ProviderError: The address is not one of http or https with a host, holds a name or password, or
            would send the key unencrypted to another computer; the key holds what no key has.
    """
    parts, port = _split(base_url)
    if not parts.hostname:  # for the type checker: `_split` has seen to it
        raise ProviderError(_not_an_address(base_url))
    if parts.scheme == "http" and api_key and not _is_loopback(parts.hostname):
        raise ProviderError(
            f"The address of {parts.hostname} begins with http: the key would travel unencrypted. Use https."
        )
    host = _bracketed(parts.hostname) + (f":{port}" if port else "")
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
        environment: The variables; by default those that this process was started with.

    Raises:
        ProviderError: The address is not usable.
    """
    values = whole_environment() if environment is None else environment
    key, url, model = (values.get(name, "").strip() for name in (KEY_VARIABLE, URL_VARIABLE, MODEL_VARIABLE))
    if not (key or url or model):
        return None
    return make_provider(url or DEFAULT_URL, model or DEFAULT_MODEL, key)


def origin_of(base_url: str) -> str:
    """Where a key may go: scheme, host and port (left out if it is the usual one); "" for no address."""
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.scheme or not parts.hostname:
        return ""
    host = _bracketed(parts.hostname)
    return f"{parts.scheme}://{host}" + ("" if port in (None, _PORTS.get(parts.scheme)) else f":{port}")


def clean_address(text: str) -> str:
    """The address of a server from what a person typed or pasted.

    The scheme is added, slashes too much and the paths of single requests are taken away, a path that is
    known to be missing is added.

    Raises:
        ProviderError: It is no address; or it holds a name or password, a query, or begins with http without
            being on this computer.
    """
    text = text.strip().strip("<>\"'`")
    if not text:
        raise ProviderError("There is no address. It looks like https://api.example.com/v1.")
    if len(text) > _LONGEST_ADDRESS or any(character.isspace() or character < " " for character in text):
        raise ProviderError("The address holds a space or is too long. Copy it again.")
    if "://" not in text:
        host = text[1:].partition("]")[0] if text[0] == "[" else re.split("[:/]", text, maxsplit=1)[0]
        text = f"{'http' if _is_loopback(host.lower()) else 'https'}://{text}"
    parts, port = _split(text)
    name = (parts.hostname or "").rstrip(".")
    if parts.query:
        raise ProviderError(f"The address of {name} holds a question mark. Leave out what begins there.")
    try:
        name = name.encode("idna").decode("ascii")  # as it is asked for: look-alike letters show
    except UnicodeError:
        raise ProviderError(_not_an_address(text)) from None
    if parts.scheme == "http" and not _is_loopback(name):
        raise ProviderError(
            f"The address of {name} begins with http: everything would travel unencrypted. Use https."
        )
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    for request in _REQUESTS:
        path = path.removesuffix(request).rstrip("/")
    if not path and (name in _PATHS or _is_loopback(name)):
        path = _PATHS.get(name, "/v1")
    host = _bracketed(name) + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")
    return f"{parts.scheme}://{host}{path}"


def _split(base_url: str) -> tuple[SplitResult, int | None]:
    """The parts of an address, and its port.

    Raises:
        ProviderError: It is not one of http or https with a host, or holds a name or password.
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        raise ProviderError(_not_an_address(base_url)) from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ProviderError(_not_an_address(base_url))
    if parts.username is not None or parts.password is not None:
        raise ProviderError(f"The address of {parts.hostname} holds a name or a password. Take it out.")
    return parts, port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _not_an_address(text: str) -> str:
    shown = re.sub(r"//[^/]*@", "//", text)[:200]  # without a password
    return f"{shown!r} is not the address of a server. It looks like https://api.example.com/v1."
