"""OpenAI, Azure, and every server that speaks OpenAI's chat completions: the model clients.

The one door to the `openai` package. The SDK sends the request (transport, TLS, proxies, authentication); the
bytes that come back are decoded by our own modules, which costs a tenth of the SDK's own way, and its
exceptions become `AgentError` here.
"""

import asyncio
import inspect
import os
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Final

import httpx2
import openai
from openai.resources.chat.completions import AsyncCompletions
from pydantic import BaseModel
from typing_extensions import Unpack, override

from desktop_agent.agentchat.errors import AgentError, MissingKeyError
from desktop_agent.agentchat.models.address import Address, address_of
from desktop_agent.agentchat.models.chat_client import BaseOpenAIChatCompletionClient, Carrier
from desktop_agent.agentchat.models.failures import Endpoint, from_status, from_transport, mask_secrets
from desktop_agent.agentchat.models.handshake import on_connected, watch_handshake
from desktop_agent.agentchat.models.known_models import provider_of
from desktop_agent.agentchat.models.limits import MAX_ERROR
from desktop_agent.agentchat.models.openai_config import (
    AzureOpenAIClientConfig,
    OpenAIClientConfig,
    settings_of,
)

__all__ = [
    "AzureOpenAIChatCompletionClient",
    "AzureOpenAIClientConfig",
    "BaseOpenAIChatCompletionClient",
    "OpenAIChatCompletionClient",
    "OpenAIClientConfig",
]

_OPENAI_URL: Final = "https://api.openai.com/v1"


class OpenAIChatCompletionClient(BaseOpenAIChatCompletionClient):
    """A model behind OpenAI's chat completions API.

    Source: AutoGen's class of the same name. Different here: usage is asked for unless `stream_options` says
    otherwise, and not again from a server that refuses to be asked; reasoning comes as `ThoughtText`, also
    that between `<think>` tags; errors are `AgentError`; redirects are not followed; unknown arguments raise;
    retries are ours and can be seen (`create_events`).

    Args:
        **config: `model` is required. `api_key` and `base_url` default to OPENAI_API_KEY and OPENAI_BASE_URL,
            for models named gemini-…, claude-… and Llama-… to those of their makers; an empty `api_key` means
            that there is none, and a server on this computer needs none. `timeout` bounds the wait for
            content in seconds, until the first piece and between pieces (60 by default; 600 for the whole
            answer of `create`); comment lines are no content. `first_token_timeout` and `idle_timeout` set
            the two apart. A connection must stand within `connect_timeout`, 10 s. An event may have
            `max_event_bytes`, 1,000,000, a reply `max_reply_bytes`, 32,000,000. `max_retries` is how often a
            request is sent again, 2, see `retry.Retries`. `model_info` may be left out for models that are
            known. `add_name_prefixes` and
            `include_name_in_message` are those of `wire.to_wire`. All others go into each request.

    Raises:
        TypeError: Unknown arguments.
        ValueError: No model; arguments that belong to a request alone; an unknown model without `model_info`.
        MissingKeyError: No API key, and the server is not on this computer.
    """

    def __init__(self, **config: Unpack[OpenAIClientConfig]) -> None:
        provider = provider_of(config.get("model") or "")
        given_url, key = config.get("base_url"), config.get("api_key")
        variable = "OPENAI_API_KEY"
        if given_url or provider is None:
            base_url = given_url or os.environ.get("OPENAI_BASE_URL") or _OPENAI_URL
        else:
            base_url = provider.base_url
        if provider is not None:
            variable = provider.key_variable
        if key is None:
            key = os.environ.get(variable, "")
        key = key.strip()
        address = address_of(base_url)
        settings = settings_of(
            config,
            host=address.host,
            key=key,
            known=OpenAIClientConfig,
        )
        if not key and not address.is_loopback:
            raise _missing_key(settings.endpoint, f"Set {variable}, or pass api_key.")
        headers = dict(config.get("default_headers") or {})
        if key and not any(name.lower() == "authorization" for name in headers):
            # Said explicitly, or OPENAI_CUSTOM_HEADERS would win.
            headers = {"Authorization": f"Bearer {key}", **headers}
        organization = config.get("organization")

        def connect(http_client: Any) -> openai.AsyncOpenAI:
            return openai.AsyncOpenAI(
                api_key=key or "none",
                base_url=base_url,
                organization=organization,
                max_retries=0,
                timeout=None,
                default_headers=headers,
                http_client=http_client,
            )

        super().__init__(settings, _Sdk(connect, address, settings.endpoint, key), key)


class AzureOpenAIChatCompletionClient(BaseOpenAIChatCompletionClient):
    """A model that Azure serves. Source: AutoGen's class of the same name.

    Args:
        **config: Those of `OpenAIChatCompletionClient`, and: `azure_endpoint` and `api_version` are required;
            `azure_deployment` is the name of the deployment, by default that of the model. For authentication
            one of `api_key` (default: AZURE_OPENAI_API_KEY), `azure_ad_token` (default:
            AZURE_OPENAI_AD_TOKEN) and `azure_ad_token_provider`, a function that gives a token.

    Raises:
        TypeError: Unknown arguments.
        ValueError: See `OpenAIChatCompletionClient`; `azure_endpoint` or `api_version` is missing.
        MissingKeyError: There is nothing to authenticate with.
    """

    def __init__(self, **config: Unpack[AzureOpenAIClientConfig]) -> None:
        endpoint, version = config.get("azure_endpoint"), config.get("api_version")
        key = config.get("api_key")
        key = (os.environ.get("AZURE_OPENAI_API_KEY", "") if key is None else key).strip()
        token = config.get("azure_ad_token") or os.environ.get("AZURE_OPENAI_AD_TOKEN") or ""
        provider = config.get("azure_ad_token_provider")
        address = address_of(endpoint or "")
        settings = settings_of(config, host=address.host, key=key or token, known=AzureOpenAIClientConfig)
        for name, value in (("azure_endpoint", endpoint), ("api_version", version)):
            if not value:
                raise ValueError(f"{name} is required for AzureOpenAIChatCompletionClient")
        if not (key or token or provider):
            raise _missing_key(settings.endpoint, "Set AZURE_OPENAI_API_KEY, or pass api_key.")
        organization, headers = config.get("organization"), dict(config.get("default_headers") or {})
        deployment = config.get("azure_deployment")

        def connect(http_client: Any) -> openai.AsyncOpenAI:
            return openai.AsyncAzureOpenAI(
                azure_endpoint=str(endpoint),
                azure_deployment=deployment,
                api_version=version,
                api_key=key or None,
                azure_ad_token=None if key else token or None,
                azure_ad_token_provider=provider,
                organization=organization,
                max_retries=0,
                timeout=None,
                default_headers=headers,
                http_client=http_client,
            )

        super().__init__(settings, _Sdk(connect, address, settings.endpoint, "azure"), key)


class _Sdk(Carrier):
    """The SDK's client: made with the first request, one for each event loop.

    Args:
        connect: Makes the SDK's client.
        address: The server's.
        endpoint: Who is asked; knows what must not be shown.
        key: "" if requests carry none.
    """

    def __init__(
        self,
        connect: Callable[[Any], openai.AsyncOpenAI],
        address: Address,
        endpoint: Endpoint,
        key: str,
    ) -> None:
        self._connect = connect
        self._address = address
        self._endpoint = endpoint
        self._has_key = bool(key)
        self._sdk: openai.AsyncOpenAI | None = None
        self._lifetime: AsyncGenerator[openai.AsyncOpenAI, None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @override
    def known_args(self) -> frozenset[str]:
        return frozenset(inspect.signature(AsyncCompletions.create).parameters) - {"self"}

    @override
    def strict_schema(self, model: type[BaseModel]) -> dict[str, Any]:
        return dict(openai.pydantic_function_tool(model)["function"]["parameters"])

    @override
    async def open(self, request: Mapping[str, Any], connected: Callable[[], None]) -> Any:
        headers = self._headers(request.get("extra_headers") or {})

        def ask(sdk: openai.AsyncOpenAI) -> Any:
            return sdk.chat.completions.with_streaming_response.create(
                **{**request, "extra_headers": headers}
            )

        return await self._answer(ask, connected)

    @override
    async def open_models(self, connected: Callable[[], None]) -> Any:
        headers = self._headers({})
        return await self._answer(
            lambda sdk: sdk.models.with_streaming_response.list(extra_headers=headers), connected
        )

    def _headers(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        headers: dict[str, Any] = {"Accept-Encoding": "identity", **extra}
        if not self._has_key:
            headers.setdefault("Authorization", openai.Omit())
        return headers

    async def _answer(self, ask: Callable[[openai.AsyncOpenAI], Any], connected: Callable[[], None]) -> Any:
        """Send what `ask` makes of the SDK's client; see `Carrier.open`."""
        on_connected.set(connected)
        try:
            return await ask(await self._client()).__aenter__()
        except (AgentError, TypeError, AttributeError):  # the latter two are mistakes in a program
            raise
        except openai.APIStatusError as error:
            mask_secrets(error, self._endpoint)
            answer = error.response
            raise from_status(error.status_code, answer.headers, answer.text, self._endpoint) from error
        except Exception as error:
            mask_secrets(error, self._endpoint)
            raise from_transport(error, self._endpoint, under_way=False) from error

    @override
    async def close(self) -> None:
        lifetime, loop = self._lifetime, self._loop
        self._sdk = self._lifetime = self._loop = None
        if lifetime is not None and loop is asyncio.get_running_loop():
            await lifetime.aclose()

    async def _client(self) -> openai.AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if self._sdk is None or self._loop is not loop:  # connections belong to one loop
            # Reading the certificates takes several frames' time.
            http_client = await asyncio.to_thread(self._http_client)
            if self._sdk is None or self._loop is not loop:  # another request may have been here meanwhile
                self._lifetime = _lifetime(self._connect(http_client))
                self._sdk, self._loop = await anext(self._lifetime), loop
        return self._sdk

    def _http_client(self) -> Any:
        hooks = {"request": [watch_handshake], "response": [_bound_error]}
        options: dict[str, Any] = {"event_hooks": hooks}
        if self._address.is_loopback:
            # A server on this computer is not asked through a proxy.
            options["mounts"] = {f"all://{self._address.name}": None}
            if self._address.scheme == "http":
                # Nothing will be encrypted; certificates need not be read, and none would be trusted.
                options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # All waits are bounded by `ReadGuard`: a read timeout starts anew with every comment line.
        return openai.DefaultAsyncHttpxClient(timeout=None, follow_redirects=False, **options)


async def _lifetime(sdk: openai.AsyncOpenAI) -> AsyncGenerator[openai.AsyncOpenAI, None]:
    """Holds the SDK's client and closes it at the end.

    A generator, because asyncio finishes those that a program leaves behind: `asyncio.run` closes the
    connections of a client that nobody closed, and so does the garbage collector while the loop runs.
    """
    try:
        yield sdk
    finally:
        await sdk.close()


class _BoundedStream(httpx2.AsyncByteStream):
    """The beginning of a body; the SDK reads those of errors whole, however long they are."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    @override
    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        left = MAX_ERROR
        async for part in self._stream:
            yield part[:left]
            left -= len(part)
            if left <= 0:
                return

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound_error(response: httpx2.Response) -> None:
    """Response hook of the SDK's HTTP client."""
    if not response.is_success and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _BoundedStream(response.stream)


def _missing_key(endpoint: Endpoint, hint: str) -> MissingKeyError:
    return MissingKeyError(
        f"No API key for {endpoint.host} yet.", hint=hint, host=endpoint.host, model=endpoint.model
    )
