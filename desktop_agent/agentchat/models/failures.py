"""From what went wrong on the wire to `AgentError`: pure functions, without the SDK."""

import errno
import json
import math
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from desktop_agent.agentchat.errors import (
    AgentError,
    AuthenticationError,
    BadRequestError,
    ConnectionFailedError,
    ContextLengthError,
    IncompleteStreamError,
    NotFoundError,
    PermissionDeniedError,
    QuotaError,
    RateLimitError,
    ServerError,
    StreamTimeoutError,
    UnexpectedReplyError,
)

HIDDEN: Final = "(hidden)"
MAX_DETAIL: Final = 2_000

# Control characters but tab and line feed, and those that reorder text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)

# No failures: what a handshake was waiting for when something else cut it short.
_UNFINISHED = (ssl.SSLWantReadError, ssl.SSLWantWriteError)

_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_CONTEXT = frozenset({"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"})
_CONTEXT_WORDS = (
    "maximum context length",
    "context length exceeded",
    "context window",
    "exceeds the available context",
    "prompt is too long",
)
_CODE_STATUS: Final[Mapping[str, int]] = {
    "invalid_api_key": 401,
    "authentication_error": 401,
    "permission_error": 403,
    "model_not_found": 404,
    "not_found_error": 404,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "insufficient_quota": 429,
    "context_length_exceeded": 400,
    "invalid_request_error": 400,
}


@dataclass(frozen=True)
class Endpoint:
    """Who is asked for what; knows which strings must never be shown."""

    host: str
    model: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def clean(self, text: str, limit: int = MAX_DETAIL) -> str:
        """`text` with control characters removed, keys masked, cut to `limit` characters."""
        text = _SURROGATES.sub("\ufffd", _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text.strip()[:limit].rstrip()

    def cut(self) -> IncompleteStreamError:
        """The error of a reply that ended before its end."""
        return IncompleteStreamError(
            "The connection closed before the reply was complete.",
            hint="The text received so far is kept.",
            host=self.host,
            model=self.model,
        )

    def silent(self, timeout: float) -> StreamTimeoutError:
        """The error of a server that sent no content for `timeout` seconds."""
        return StreamTimeoutError(
            f"{self.host} sent nothing for {timeout:g} s.",
            timeout=timeout,
            hint="The text received so far is kept.",
            host=self.host,
            model=self.model,
        )

    def unreachable(self, timeout: float) -> ConnectionFailedError:
        """The error of a connection that did not stand after `timeout` seconds."""
        return ConnectionFailedError(
            f"No connection to {self.host} within {timeout:g} s.",
            reason="unreachable",
            hint="Your message is kept.",
            host=self.host,
            model=self.model,
        )

    def unexpected(
        self, what: str, *, detail: str = "", content_type: str = "", status_code: int | None = None
    ) -> UnexpectedReplyError:
        """The error of an answer that is none; `what` completes "{host} answered with …"."""
        return UnexpectedReplyError(
            f"{self.host} answered with {what}.",
            hint="Check the address, or sign in to this network.",
            content_type=self.clean(content_type, 100),
            host=self.host,
            model=self.model,
            status_code=status_code,
            detail=self.clean(_plain(detail)),
        )


def from_status(status: int, headers: Mapping[str, str], body: str, endpoint: Endpoint) -> AgentError:
    """The error of an HTTP answer that is no success.

    Args:
        status: The HTTP status.
        headers: The answer's headers, with lower-case names.
        body: The answer's body: JSON, a web page or anything else.
        endpoint: Who was asked.
    """
    content_type = headers.get("content-type", "")
    if 300 <= status < 400:
        target = _host_of(headers.get("location", "")) or "another address"
        return endpoint.unexpected(
            f"a redirect to {endpoint.clean(target, 255)}, which is not followed",
            content_type=content_type,
            status_code=status,
        )
    code, message = _error_fields(_json_or_none(body))
    return _classified(status, code, message or _plain(body), endpoint, _retry_after(headers))


def from_error_object(error: object, endpoint: Endpoint) -> AgentError:
    """The error that a server sends inside a stream, or as JSON with status 200: a dict, or a text."""
    code, message = _error_fields({"error": error})
    status = 0
    if code is not None:
        status = int(code) if code.isdecimal() and len(code) == 3 else _CODE_STATUS.get(code, 0)
    if status >= 400:
        return _classified(status, code, message, endpoint, None)
    if any(words in message.lower() for words in _CONTEXT_WORDS):
        return _classified(400, code, message, endpoint, None)
    return ServerError(
        f"{endpoint.host} reported an error instead of a complete reply.",
        hint="The text received so far is kept.",
        host=endpoint.host,
        model=endpoint.model,
        code=endpoint.clean(code, 100) if code else None,
        detail=endpoint.clean(message),
    )


def from_transport(error: BaseException, endpoint: Endpoint, *, under_way: bool) -> AgentError:
    """The error of a connection that could not be made, or did not last.

    Args:
        error: What was raised; its causes are looked through, because only they tell (for every system).
        endpoint: Who was asked.
        under_way: Whether the reply had begun.
    """
    causes = list(chain(error))
    names = {name for cause in causes for name in _class_names(cause)}
    detail = endpoint.clean(_innermost_text(causes))

    def failed(message: str, reason: Any, hint: str) -> ConnectionFailedError:
        return ConnectionFailedError(
            message, reason=reason, hint=hint, host=endpoint.host, model=endpoint.model, detail=detail
        )

    if not under_way:
        for cause in causes:
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, _UNFINISHED):
                # Those that truststore raises on macOS and Windows have no `reason`.
                words = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or str(cause)
                detail = endpoint.clean(words)
                return failed(
                    f"The secure connection to {endpoint.host} could not be verified.",
                    "certificate",
                    "Your message is kept.",
                )
            if isinstance(cause, socket.gaierror) or getattr(cause, "encoding", "") == "idna":
                return failed(
                    f"The address {endpoint.host} was not found.",
                    "name_not_found",
                    "Check its spelling, and your connection.",
                )
        if any(_is_refusal(cause) for cause in causes):
            return failed(f"{endpoint.host} refused the connection.", "refused", "Your message is kept.")
        if names & {"LocalProtocolError", "UnicodeError"}:
            return BadRequestError(
                f"The request to {endpoint.host} could not be written.",
                hint="Check the key and the headers.",
                host=endpoint.host,
                model=endpoint.model,
                detail=detail,
            )
        if names & {"UnsupportedProtocol", "InvalidURL"}:
            return failed(
                f"The address of the server is not valid: {endpoint.host}.",
                "unreachable",
                "It must begin with https:// or http://.",
            )
    if "DecodingError" in names or ("RemoteProtocolError" in names and not _says_closed(causes)):
        return endpoint.unexpected("data that is no reply", detail=_innermost_text(causes))
    if under_way or "RemoteProtocolError" in names or any(_is_loss(cause) for cause in causes):
        return failed(
            "The connection closed before the reply was complete.",
            "lost",
            "The text received so far is kept.",
        )
    return failed(f"No connection to {endpoint.host}.", "unreachable", "Your message is kept.")


def chain(error: BaseException) -> Iterator[BaseException]:
    """`error` with its causes, contexts and group members, each once."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            pending += current.exceptions


def mask_secrets(error: BaseException, endpoint: Endpoint) -> None:
    """Mask keys in a foreign exception and its causes: servers echo them, tracebacks show them."""
    for cause in chain(error):
        cause.args = tuple(_masked(value, endpoint.secrets) for value in cause.args)
        for name in ("message", "body"):
            if name in getattr(cause, "__dict__", {}):
                setattr(cause, name, _masked(getattr(cause, name), endpoint.secrets))


def _masked(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
    elif isinstance(value, dict):
        return {key: _masked(item, secrets) for key, item in value.items()}
    elif isinstance(value, list):
        return [_masked(item, secrets) for item in value]
    return value


def _classified(
    status: int, code: str | None, message: str, endpoint: Endpoint, retry_after: float | None
) -> AgentError:
    """The class and the sentence that belong to a status of 400 or more."""
    host, model = endpoint.host, endpoint.model
    detail = endpoint.clean(message)
    code = endpoint.clean(code, 100) if code else None

    def made(kind: type[AgentError], sentence: str, hint: str) -> AgentError:
        return kind(
            sentence,
            hint=hint,
            host=host,
            model=model,
            status_code=status,
            code=code,
            detail=detail,
            retry_after=retry_after,
        )

    if status == 402 or code in _QUOTA:
        hint = "Add credit there, or choose another model."
        return made(QuotaError, f"{host} reports no credit left.", hint)
    if status < 500 and (code in _CONTEXT or any(words in message.lower() for words in _CONTEXT_WORDS)):
        hint = "Start a new chat, or choose a model with more context."
        return made(ContextLengthError, f"This conversation is too long for {model or 'the model'}.", hint)
    if status == 401:
        return made(AuthenticationError, f"{host} refused the API key.", "Check the key in Settings.")
    if status == 403:
        hint = "Check its permissions there, or choose another model."
        return made(PermissionDeniedError, f"{host} does not allow this key to use {model}.", hint)
    if status == 404:
        hint = "Choose another model or check the address in Settings."
        return made(NotFoundError, f"{host} does not know the model {model}.", hint)
    if status == 429:
        hint = "Try again later." if retry_after is None else f"Try again in {math.ceil(retry_after)} s."
        sentence = f"{host} refused the request: rate limit reached."
        return made(RateLimitError, sentence, hint)
    if status >= 500:
        hint = "The text received so far is kept."
        return made(ServerError, f"{host} had an error ({status}).", hint)
    return made(BadRequestError, f"{host} refused the request.", "See its own message for the reason.")


def _json_or_none(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _error_fields(body: object) -> tuple[str | None, str]:
    """The code and the message in an error body, in any of the shapes that servers send."""
    if not isinstance(body, dict):
        return None, body if isinstance(body, str) else ""
    error = body.get("error") or body
    if isinstance(error, str):
        return None, error
    if not isinstance(error, dict):
        return None, _as_text(error)
    code = None
    for name in ("code", "type"):
        value = error.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            code = str(value)
            break
    for name in ("message", "detail", "msg", "error"):
        if error.get(name):
            return code, _as_text(error[name])
    return code, _as_text(error)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _plain(body: str) -> str:
    """The words of a web page; anything else as it is."""
    if not body.lstrip().startswith("<"):
        return body
    body = body[: 4 * MAX_DETAIL]
    title = _TITLE.search(body)
    return " ".join((title[1] if title else _TAGS.sub(" ", body)).split())


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: from a number of (milli)seconds, or from a date."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if not text:
            continue
        try:
            seconds = float(text) * scale
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
            except (ValueError, TypeError):
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _class_names(error: BaseException) -> Iterator[str]:
    # By name: httpx and httpx2 have the same classes, and only the SDK decides which of them it rides on.
    return (kind.__name__ for kind in type(error).__mro__)


def _innermost_text(causes: list[BaseException]) -> str:
    return next((str(cause) for cause in reversed(causes) if str(cause)), type(causes[0]).__name__)


def _is_refusal(error: BaseException) -> bool:
    if isinstance(error, ConnectionRefusedError):
        return True
    return isinstance(error, OSError) and (
        error.errno in {errno.ECONNREFUSED, 10061} or getattr(error, "winerror", None) in {1225, 10061}
    )


def _is_loss(error: BaseException) -> bool:
    return isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError)


def _says_closed(causes: list[BaseException]) -> bool:
    text = " ".join(str(cause) for cause in causes)
    return "disconnected" in text or "closed" in text
