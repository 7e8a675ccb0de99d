"""Everything that can go wrong between an agent and its model, as one tree that is safe to show a user.

::

    AgentError                      a plain sentence, with a hint
    ├── MissingKeyError             no API key where one is needed
    ├── AuthenticationError         401: the key was refused
    ├── PermissionDeniedError       403: the key may not do this
    ├── NotFoundError               404: no such model, or no such address
    ├── BadRequestError             400 and other refusals of the request itself
    │   └── ContextLengthError      the conversation is too long for the model
    ├── RateLimitError              429: too many requests (`retry_after`)
    │   └── QuotaError              429: no credit left; waiting does not help
    ├── ServerError                 5xx, or an error sent in the middle of a reply
    ├── ConnectionFailedError       no connection, or a lost one (`reason`)
    ├── StreamTimeoutError          no content for `timeout` seconds
    ├── IncompleteStreamError       the reply ended with neither `finish_reason` nor `[DONE]`
    ├── UnexpectedReplyError        a web page, a redirect, malformed data, a reply without limit
    └── ToolError                   a tool failed

AutoGen has no such tree: it lets the exceptions of the OpenAI SDK through. Here they are translated in
`models/openai.py` alone, and the SDK's exception stays in `__cause__`.
"""

from typing import Literal

ConnectionReason = Literal["refused", "name_not_found", "certificate", "lost", "unreachable"]
"""Why a connection failed; "lost" means that it closed while a reply was under way."""


class AgentError(Exception):
    """A failure whose text is a plain sentence and may be shown to a user as it is.

    Args:
        message: What happened, as one sentence.
        hint: What to do about it, as one sentence, or "".
        host: The server's `host[:port]`, or "".
        model: The name of the model that was asked, or "".
        status_code: The HTTP status, if there was one.
        code: The server's own error code, e.g. "context_length_exceeded".
        detail: The server's own words: control characters removed, API keys masked, at most 2,000 characters.
        retry_after: Seconds to wait that the server asked for (429 and 503, as a rule), or None.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        host: str = "",
        model: str = "",
        status_code: int | None = None,
        code: str | None = None,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.host = host
        self.model = model
        self.status_code = status_code
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class MissingKeyError(AgentError):
    """There is no API key, and the server is not one on this computer that needs none."""


class AuthenticationError(AgentError):
    """The server refused the API key (401), or the key holds characters that no key can have."""


class PermissionDeniedError(AgentError):
    """The server does not allow this key to do what was asked (403)."""


class NotFoundError(AgentError):
    """The server does not know the model or the address (404)."""


class BadRequestError(AgentError):
    """The server refused the request itself (400, 413, 422 and other 4xx)."""


class ContextLengthError(BadRequestError):
    """The conversation is longer than the model's context."""


class RateLimitError(AgentError):
    """Too many requests (429); `retry_after` tells how long to wait, if the server said so."""


class QuotaError(RateLimitError):
    """No credit is left; a retry is useless until the account is topped up."""


class ServerError(AgentError):
    """The server had an error of its own (5xx, or an error object inside a stream)."""


class ConnectionFailedError(AgentError):
    """There is no connection to the server.

    Args:
        message: See `AgentError`.
        reason: "refused" (nothing listens there), "name_not_found" (DNS), "certificate" (TLS),
            "lost" (closed while a reply was under way) or "unreachable" (everything else, timeouts included).
        hint: See `AgentError`, as with all that follow.
        host: The server.
        model: The model.
        detail: The system's words.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: ConnectionReason = "unreachable",
        hint: str = "",
        host: str = "",
        model: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(message, hint=hint, host=host, model=model, detail=detail)
        self.reason: ConnectionReason = reason


class StreamTimeoutError(AgentError):
    """The server sent no content for `timeout` seconds; comment lines are no content.

    Args:
        message: See `AgentError`.
        timeout: The limit that passed, in seconds.
        hint: See `AgentError`, as with all that follow.
        host: The server.
        model: The model.
    """

    def __init__(
        self, message: str, *, timeout: float, hint: str = "", host: str = "", model: str = ""
    ) -> None:
        super().__init__(message, hint=hint, host=host, model=model)
        self.timeout = timeout


class IncompleteStreamError(AgentError):
    """The reply ended with neither `finish_reason` nor `[DONE]`: it must not pass for a complete one."""


class UnexpectedReplyError(AgentError):
    """The server answered, but not as a model does.

    A web page, a redirect, malformed data, or more of it than allowed (1 MB an event, 32 MB a reply).

    Args:
        message: See `AgentError`.
        content_type: The media type of the answer, or "".
        hint: See `AgentError`, as with all that follow.
        host: The server.
        model: The model.
        status_code: The HTTP status.
        detail: The beginning of the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        content_type: str = "",
        hint: str = "",
        host: str = "",
        model: str = "",
        status_code: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message, hint=hint, host=host, model=model, status_code=status_code, detail=detail)
        self.content_type = content_type


class ToolError(AgentError):
    """A tool failed."""
