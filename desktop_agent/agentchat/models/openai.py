"""OpenAI and every server that speaks its chat completions: `OpenAIChatCompletionClient`.

The one door to the `openai` package. The SDK sends the request (transport, TLS, proxies, authentication); the
bytes that come back are decoded here, which costs a tenth of the SDK's own way, and its exceptions become
`AgentError`.
"""

import asyncio
import inspect
import os
import ssl
import warnings
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final

import openai
from openai.resources.chat.completions import AsyncCompletions
from typing_extensions import Unpack, override

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.errors import (
    AuthenticationError,
    BadRequestError,
    ConnectionFailedError,
    MissingKeyError,
    StreamTimeoutError,
)
from desktop_agent.agentchat.models.address import address_of
from desktop_agent.agentchat.models.chat_stream import ChatStreamReader, completion_of
from desktop_agent.agentchat.models.failures import Endpoint, from_status, from_transport, mask_secrets
from desktop_agent.agentchat.models.handshake import watch_handshake
from desktop_agent.agentchat.models.known_models import assumed_info, known_info, token_limit
from desktop_agent.agentchat.models.model_client import ChatCompletionClient
from desktop_agent.agentchat.models.openai_config import (
    CREATE_ARGS,
    DISALLOWED_ARGS,
    OpenAIClientConfig,
    check_names,
    checked_timeout,
    is_secret,
)
from desktop_agent.agentchat.models.read_guard import ReadGuard
from desktop_agent.agentchat.models.reply import ReplyBody
from desktop_agent.agentchat.models.sse import EventDecoder, EventTooLargeError
from desktop_agent.agentchat.models.types import CreateResult, LLMMessage, ModelInfo, RequestUsage
from desktop_agent.agentchat.models.wire import to_wire

_OPENAI_URL: Final = "https://api.openai.com/v1"
# Waiting for content is bounded by `ReadGuard`: the SDK's read timeout starts anew with every comment line.
_TIMEOUT: Final = openai.Timeout(None, connect=10.0)
_CONTENT_SECONDS: Final = 60.0
_WHOLE_SECONDS: Final = 600.0  # `create`: the answer comes only when the model has finished it
_TAIL_SECONDS: Final = 2.0  # from the finish reason to usage and [DONE], which a server may omit


class OpenAIChatCompletionClient(ChatCompletionClient):
    """A model behind OpenAI's chat completions API.

    Source: AutoGen's class of the same name. Different here: usage is asked for unless `stream_options` says
    otherwise, and not again from a server that refuses to be asked; reasoning comes as `ThoughtText`; errors
    are `AgentError`; redirects are not followed; unknown arguments raise; nothing else is retried.

    Args:
        **config: `model` is required. `api_key` and `base_url` default to OPENAI_API_KEY and OPENAI_BASE_URL;
            an empty `api_key` means that there is none, and a server on this computer needs none. `timeout`
            bounds the wait for content in seconds, until the first piece and between pieces (60 by default;
            600 for the whole answer of `create`); comment lines are no content. A connection must be made
            within 10 s. `model_info` may be left out for OpenAI's models, and for any model if there is a
            base URL. `add_name_prefixes` and `include_name_in_message` are those of `wire.to_wire`. All
            others go into each request.

    Raises:
        TypeError: Unknown arguments.
        ValueError: No model; arguments that belong to a request alone; an unknown model without `model_info`.
        MissingKeyError: No API key, and the server is not on this computer.
    """

    def __init__(self, **config: Unpack[OpenAIClientConfig]) -> None:
        check_names(config)
        self._model = config["model"]
        self._base_url = config.get("base_url") or os.environ.get("OPENAI_BASE_URL") or _OPENAI_URL
        self._address = address_of(self._base_url)
        key = config.get("api_key")
        self._key = (os.environ.get("OPENAI_API_KEY", "") if key is None else key).strip()
        self._organization = config.get("organization")
        self._headers = dict(config.get("default_headers") or {})
        self._timeout = checked_timeout(config.get("timeout"))
        self._add_name_prefixes = config.get("add_name_prefixes", False)
        self._include_name = config.get("include_name_in_message", True)
        self._create_args: dict[str, Any] = {
            name: value for name, value in config.items() if name in CREATE_ARGS and value is not None
        }
        info = config.get("model_info") or known_info(self._model)
        if info is None and self._base_url == _OPENAI_URL:
            raise ValueError("model_info is required when model name is not a valid OpenAI model")
        self._info = info or assumed_info()
        secrets = {self._key, *(text for name, text in self._headers.items() if is_secret(name))} - {""}
        # The longest first: "Bearer KEY" before "KEY".
        self._endpoint = Endpoint(
            self._address.host, self._model, tuple(sorted(secrets, key=len, reverse=True))
        )
        if not self._key and not self._address.is_loopback:
            raise MissingKeyError(
                f"No API key for {self.host} yet.",
                hint="Set OPENAI_API_KEY, or pass api_key.",
                host=self.host,
                model=self._model,
            )
        self._sdk: openai.AsyncOpenAI | None = None
        self._sdk_lifetime: AsyncGenerator[openai.AsyncOpenAI, None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._usage_refused = False
        self._usage = RequestUsage(prompt_tokens=0, completion_tokens=0)

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}(model={self._model!r}, host={self.host!r})"

    @property
    def host(self) -> str:
        """The `host[:port]` that requests go to, without user and password."""
        return self._endpoint.host

    @override
    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        request, limit = self._request(messages, extra_create_args)
        request.pop("stream_options", None)
        with ReadGuard(cancellation_token, self._endpoint) as guard:
            guard.check()
            guard.allow(limit or _WHOLE_SECONDS)
            reply = await self._send(request, guard)
            try:
                result = completion_of(await reply.whole(), self._endpoint)
            finally:
                await reply.close()
        self._count(result)
        return result

    @override
    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
        include_usage: bool | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Ask and yield the answer as it comes; see `ChatCompletionClient.create_stream`.

        A server that answers with one JSON completion gives a `CreateResult` without pieces.

        Args:
            messages: See `create`.
            extra_create_args: Any argument of the API; `extra_body` for others, `timeout` in seconds.
            cancellation_token: Closes the connection at once.
            include_usage: Ask for usage or not; default: yes.
        """
        request, seconds = self._request(messages, extra_create_args)
        request["stream"] = True
        self._ask_for_usage(request, include_usage)
        limit = seconds or _CONTENT_SECONDS
        with ReadGuard(cancellation_token, self._endpoint) as guard:
            guard.check()
            guard.allow(limit)
            reply = await self._send_asking_for_usage(request, guard, limit)
            try:
                data: bytes | None
                data, is_json = await reply.beginning()
                if is_json:
                    result = completion_of(await reply.whole(data), self._endpoint)
                else:
                    # One loop, not one generator in another: this is the way of every token.
                    reader, decoder = ChatStreamReader(self._endpoint), EventDecoder()
                    while not reader.done:
                        progress = reader.progress
                        for payload in self._payloads(decoder, data):
                            for piece in reader.feed(payload):
                                guard.check()
                                yield piece
                        if data is None or reader.done:
                            break
                        if reader.progress != progress:
                            guard.allow(min(limit, _TAIL_SECONDS) if reader.complete else limit)
                        data = await self._more(reply, reader)
                    if not reader.complete:
                        raise self._endpoint.cut()
                    result = reader.result()
                    await reply.drain()
                guard.check()
                self._count(result)
                yield result
            finally:
                await reply.close()

    @override
    async def close(self) -> None:
        lifetime, loop = self._sdk_lifetime, self._loop
        self._sdk = self._sdk_lifetime = self._loop = None
        if lifetime is not None and loop is asyncio.get_running_loop():
            await lifetime.aclose()

    @override
    def actual_usage(self) -> RequestUsage:
        return self._usage

    @override
    def total_usage(self) -> RequestUsage:
        return self._usage

    @override
    def count_tokens(self, messages: Sequence[LLMMessage]) -> int:
        """An estimate without a tokenizer: four ASCII letters or one other character a token, four a message.

        AutoGen asks tiktoken, which downloads its vocabularies.
        """
        total = 3
        for message in messages:
            ascii_count = sum(map(str.isascii, message.content))
            total += 4 + -(-ascii_count // 4) + (len(message.content) - ascii_count)
        return total

    @override
    def remaining_tokens(self, messages: Sequence[LLMMessage]) -> int:
        """An estimate, see `count_tokens`; 128,000 is assumed for models whose context is not known."""
        return token_limit(self._model) - self.count_tokens(messages)

    @property
    @override
    def model_info(self) -> ModelInfo:
        return self._info

    def _request(
        self, messages: Sequence[LLMMessage], extra: Mapping[str, Any]
    ) -> tuple[dict[str, Any], float | None]:
        """The arguments for the SDK, and the caller's time limit."""
        invalid = (extra.keys() - _known_create_args()) | (extra.keys() & DISALLOWED_ARGS)
        if invalid:
            raise ValueError(f"Extra create args are invalid: {', '.join(sorted(invalid))}")
        if any(not "!" <= character <= "~" for character in self._key):
            raise AuthenticationError(
                "The API key holds characters that no key can have.",
                hint="Copy the key again, without spaces and line breaks.",
                host=self.host,
                model=self._model,
            )
        request: dict[str, Any] = {**self._create_args, **extra}
        limit = checked_timeout(request.pop("timeout", None)) or self._timeout
        request["model"] = self._model
        request["messages"] = to_wire(
            messages,
            self._info,
            add_name_prefixes=self._add_name_prefixes,
            include_name=self._include_name,
        )
        return request, limit

    def _ask_for_usage(self, request: dict[str, Any], include_usage: bool | None) -> None:
        options = dict(request.get("stream_options") or {})
        if include_usage is not None:
            if options.get("include_usage", include_usage) != include_usage:
                raise ValueError("include_usage and stream_options['include_usage'] differ")
            options["include_usage"] = include_usage
        elif not self._usage_refused:
            options.setdefault("include_usage", True)
        if options:
            request["stream_options"] = options

    async def _send_asking_for_usage(
        self, request: dict[str, Any], guard: ReadGuard, limit: float
    ) -> ReplyBody:
        try:
            return await self._send(request, guard)
        except BadRequestError as error:
            words = error.detail.lower()
            if "stream_options" not in request or not ("stream_options" in words or "include_usage" in words):
                raise
        del request["stream_options"]
        guard.allow(limit)
        reply = await self._send(request, guard)
        self._usage_refused = True
        return reply

    async def _send(self, request: dict[str, Any], guard: ReadGuard) -> ReplyBody:
        """Send a request and return its answer's body, once the headers have come and tell success."""
        headers: dict[str, Any] = {"Accept-Encoding": "identity", **(request.get("extra_headers") or {})}
        if not self._key:
            headers.setdefault("Authorization", openai.Omit())
        try:
            response = await guard.wait(self._open({**request, "extra_headers": headers}))
        except (StreamTimeoutError, TypeError, AttributeError):  # the latter two are mistakes in a program
            raise
        except openai.APIStatusError as error:
            mask_secrets(error, self._endpoint)
            answer = error.response
            raise from_status(error.status_code, answer.headers, answer.text, self._endpoint) from error
        except Exception as error:
            mask_secrets(error, self._endpoint)
            raise from_transport(error, self._endpoint, under_way=False) from error
        return ReplyBody(response, self._endpoint, guard)

    async def _open(self, request: dict[str, Any]) -> Any:
        """Send a request through the SDK; its response comes with the body not read."""
        loop = asyncio.get_running_loop()
        if self._sdk is None or self._loop is not loop:  # connections belong to one loop
            # Reading the certificates takes several frames' time.
            http_client = await asyncio.to_thread(self._http_client)
            if self._sdk is None or self._loop is not loop:  # another request may have been here meanwhile
                self._sdk_lifetime = _lifetime(self._sdk_client(http_client))
                self._sdk, self._loop = await anext(self._sdk_lifetime), loop
        return await self._sdk.chat.completions.with_streaming_response.create(**request).__aenter__()

    def _http_client(self) -> Any:
        options: dict[str, Any] = {"event_hooks": {"request": [watch_handshake]}}
        if self._address.is_loopback:
            # A server on this computer is not asked through a proxy.
            options["mounts"] = {f"all://{self._address.name}": None}
            if self._base_url.startswith("http:"):
                # Nothing will be encrypted; certificates need not be read, and none would be trusted.
                options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return openai.DefaultAsyncHttpxClient(timeout=_TIMEOUT, follow_redirects=False, **options)

    def _sdk_client(self, http_client: Any) -> openai.AsyncOpenAI:
        headers = self._headers
        if self._key and not any(name.lower() == "authorization" for name in headers):
            # Said explicitly, or OPENAI_CUSTOM_HEADERS would win.
            headers = {"Authorization": f"Bearer {self._key}", **headers}
        return openai.AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self._base_url,
            organization=self._organization,
            max_retries=0,
            timeout=_TIMEOUT,
            default_headers=headers,
            http_client=http_client,
        )

    def _payloads(self, decoder: EventDecoder, data: bytes | None) -> list[str]:
        try:
            return decoder.finish() if data is None else decoder.feed(data)
        except EventTooLargeError as error:
            raise self._endpoint.unexpected(f"more than it may: {error}") from error

    async def _more(self, reply: ReplyBody, reader: ChatStreamReader) -> bytes | None:
        try:
            return await reply.read()
        except (StreamTimeoutError, ConnectionFailedError):
            if reader.complete:  # the text is all there; only what a server may omit is missing
                return None
            raise

    def _count(self, result: CreateResult) -> None:
        self._usage = RequestUsage(
            prompt_tokens=self._usage.prompt_tokens + result.usage.prompt_tokens,
            completion_tokens=self._usage.completion_tokens + result.usage.completion_tokens,
        )
        if not result.content:
            warnings.warn(f"The model {self._model} gave an empty reply.", UserWarning, stacklevel=3)


async def _lifetime(sdk: openai.AsyncOpenAI) -> AsyncGenerator[openai.AsyncOpenAI, None]:
    """Holds the SDK's client and closes it at the end.

    A generator, because asyncio finishes those that a program leaves behind: `asyncio.run` closes the
    connections of a client that nobody closed, and so does the garbage collector while the loop runs.
    """
    try:
        yield sdk
    finally:
        await sdk.close()


def _known_create_args() -> frozenset[str]:
    return frozenset(inspect.signature(AsyncCompletions.create).parameters) - {"self"}
