"""Small questions to a server beside the conversation: JSON in, JSON out, bounded in time and size.

A server is asked so for its models and what they can do. It needs no SDK, which takes a second to import.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx2

from desktop_agent.agentchat.errors import AgentError, AuthenticationError
from desktop_agent.agentchat.models.address import address_of
from desktop_agent.agentchat.models.failures import Endpoint, from_status, from_transport, mask_secrets
from desktop_agent.agentchat.models.limits import MAX_ERROR

MAX_BYTES: Final = 8_000_000
"""Bytes of one answer; the longest lists of models have about one million."""


class JsonServer:
    """A server and a connection to it: an async context manager. Redirects are not followed.

    Args:
        base_url: What comes before each path, without a slash at its end.
        headers: What goes along with each question.
        key: The API key among the headers, which must never be shown; "" if there is none.
        seconds: How long one answer may take, from its question to its end.
        max_bytes: How long one answer may be.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        key: str = "",
        seconds: float = 10.0,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._base_url = base_url
        self._address = address_of(base_url)
        self._headers = dict(headers or {})
        self._key = key
        self._endpoint = Endpoint(self._address.host, "", (key,) if key else ())
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._client: httpx2.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        # Reading the certificates takes several frames' time.
        self._client = await asyncio.to_thread(self._make_client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def get(self, path: str) -> Any:
        """The JSON at `path`.

        Raises:
            AgentError: There is no answer, or it is an error, too long, or no JSON.
        """
        return await self._ask("GET", path, None)

    async def post(self, path: str, body: Any) -> Any:
        """The JSON that the server answers to `body`; raises as `get`."""
        return await self._ask("POST", path, body)

    async def _ask(self, method: str, path: str, body: Any) -> Any:
        if not all("!" <= character <= "~" for character in self._key):
            raise AuthenticationError(
                "The API key holds characters that no key can have.",
                hint="Copy the key again, without spaces and line breaks.",
                host=self._endpoint.host,
            )
        try:
            async with asyncio.timeout(self._seconds):
                status, headers, data = await self._exchange(method, path, body)
        except AgentError:
            raise
        except TimeoutError:
            raise self._endpoint.silent(self._seconds) from None
        except Exception as error:
            mask_secrets(error, self._endpoint)
            raise from_transport(error, self._endpoint, under_way=False) from error
        content_type = headers.get("content-type", "")
        if not 200 <= status < 300:
            raise from_status(status, headers, data.decode("utf-8", "replace"), self._endpoint)
        if data.lstrip()[:1] == b"<" or "html" in content_type.lower():
            text = data[:MAX_ERROR].decode("utf-8", "replace")
            raise self._endpoint.unexpected("a web page, not a model", detail=text, content_type="text/html")
        try:
            return await asyncio.to_thread(_parse, data)
        except (ValueError, RecursionError):
            text = data[:MAX_ERROR].decode("utf-8", "replace")
            raise self._endpoint.unexpected(
                "data that are no JSON", detail=text, content_type=content_type
            ) from None

    async def _exchange(self, method: str, path: str, body: Any) -> tuple[int, Mapping[str, str], bytes]:
        if self._client is None:
            raise RuntimeError("a JsonServer is used within its context")
        async with self._client.stream(method, self._base_url + path, json=body) as response:
            limit = self._max_bytes if response.is_success else MAX_ERROR
            parts: list[bytes] = []
            size = 0
            async for part in response.aiter_bytes():
                parts.append(part)
                size += len(part)
                if size > limit:
                    if response.is_success:
                        raise self._endpoint.unexpected(f"more than {limit:,} bytes")
                    break
            return response.status_code, response.headers, b"".join(parts)[:limit]

    def _make_client(self) -> httpx2.AsyncClient:
        options: dict[str, Any] = {}
        if self._address.is_loopback:
            # A server on this computer is not asked through a proxy.
            options["mounts"] = {f"all://{self._address.name}": None}
            if self._address.scheme == "http":
                # Nothing will be encrypted; certificates need not be read, and none would be trusted.
                options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx2.AsyncClient(
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **self._headers},
            timeout=None,  # the whole exchange is bounded
            follow_redirects=False,
            **options,
        )


def _parse(data: bytes) -> Any:
    """The JSON in `data`.

    The hook does nothing, but being Python it lets the event loop's thread run between two objects: the
    parser itself would hold it up for many frames in a long list.
    """
    return json.loads(data, object_hook=lambda item: item, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
