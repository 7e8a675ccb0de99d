"""What a person reads when a reply did not arrive: each failure as a sentence, a hint and what can be done.

The texts are English templates with named values, so that the window can translate the template and the
terminal can print it as it stands. `QT_TRANSLATE_NOOP` marks them for Qt's tools without importing Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from typing_extensions import override

from desktop_agent.agentchat import errors
from desktop_agent.config.keychain_errors import KeychainError
from desktop_agent.config.provider import NoModelError, Provider, ProviderError

CONTEXT = "Notice"


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: N802 - lupdate looks for this very name
    """Mark `text` for translation and return it."""
    return text


@dataclass(frozen=True)
class Sentence:
    """A translatable template with its values; `str()` is the English text."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)

    @override
    def __str__(self) -> str:
        return self.fill(self.template)

    def fill(self, template: str) -> str:
        """Put the values into `template`, which is this one's or its translation."""
        return template.format_map(self.values)


class Severity(Enum):
    """How a notice looks and how it is announced."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Action(Enum):
    """What a notice offers."""

    RETRY = "retry"
    DETAILS = "details"
    CONTINUE = "continue"
    REGENERATE = "regenerate"
    EXPORT = "export"
    OPEN_SETTINGS = "open settings"
    ADD_KEY = "add key"
    CHOOSE_MODEL = "choose a model"
    NEW_CHAT = "new chat"


@dataclass(frozen=True)
class Notice:
    """One state in words (a title, a line below it), with what can be done about it.

    Attributes:
        severity: Its look.
        icon: The name of its icon.
        title: What happened.
        body: What was kept and what to do.
        actions: The buttons, in order.
        details: The server's own words, for the Details button; empty when there are none.
    """

    severity: Severity
    icon: str
    title: Sentence
    body: Sentence
    actions: tuple[Action, ...] = (Action.RETRY,)
    details: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.title}\n{self.body}" if str(self.body) else str(self.title)


@dataclass(frozen=True)
class Remark:
    """A quiet line below a reply, with its buttons in order; `str()` is the English text."""

    sentence: Sentence
    actions: tuple[Action, ...]

    @override
    def __str__(self) -> str:
        return str(self.sentence)


_N = QT_TRANSLATE_NOOP
_TEXT_KEPT = _N("Notice", "The text received so far is kept.")

# The order matters: a subclass stands above its base.
_TEXTS: tuple[tuple[type[errors.AgentError], str, str], ...] = (
    (
        errors.MissingKeyError,
        _N("Notice", "No API key for {provider} yet."),
        _N("Notice", "Add one to send this message."),
    ),
    (
        errors.AuthenticationError,
        _N("Notice", "{provider} refused the API key."),
        _N("Notice", "Check it in Settings. Your message is kept."),
    ),
    (
        errors.PermissionDeniedError,
        _N("Notice", "{provider} does not allow this key to use {model}."),
        _N("Notice", "Check its permissions there, or choose another model."),
    ),
    (
        errors.NotFoundError,
        _N("Notice", "{host} does not know the model {model}."),
        _N("Notice", "Choose another model or check the address in Settings."),
    ),
    (
        errors.QuotaError,
        _N("Notice", "{provider} reports no credit left."),
        _N("Notice", "Add credit there, or choose another model."),
    ),
    (
        errors.ContextLengthError,
        _N("Notice", "This conversation is too long for {model}."),
        _N("Notice", "Start a new chat, or choose a model with more context."),
    ),
    (errors.BadRequestError, _N("Notice", "{provider} refused the request."), "{detail}"),
    (errors.ServerError, _N("Notice", "{provider} had an error ({code})."), _TEXT_KEPT),
    (
        errors.IncompleteStreamError,
        _N("Notice", "The connection closed before the reply was complete."),
        _TEXT_KEPT,
    ),
    (errors.StreamTimeoutError, _N("Notice", "{host} sent nothing for {seconds} s."), _TEXT_KEPT),
)
# Where more than asking again helps; the order matters here, too.
_ACTIONS: tuple[tuple[type[errors.AgentError], tuple[Action, ...]], ...] = (
    (errors.MissingKeyError, (Action.ADD_KEY, Action.RETRY)),
    (errors.AuthenticationError, (Action.OPEN_SETTINGS, Action.RETRY)),
    (errors.PermissionDeniedError, (Action.CHOOSE_MODEL, Action.RETRY)),
    (errors.NotFoundError, (Action.CHOOSE_MODEL, Action.RETRY)),
    (errors.QuotaError, (Action.CHOOSE_MODEL, Action.RETRY)),
    (errors.ContextLengthError, (Action.NEW_CHAT, Action.CHOOSE_MODEL)),
)
_CONNECTION_TEXTS = {
    "name_not_found": (
        _N("Notice", "The address {host} was not found."),
        _N("Notice", "Check the spelling in Settings, and your connection."),
    ),
    "certificate": (
        _N("Notice", "The secure connection to {host} could not be verified."),
        _N("Notice", "{reason}. Your message is kept."),
    ),
    "lost": (_N("Notice", "The connection closed before the reply was complete."), _TEXT_KEPT),
    "local": (
        _N("Notice", "{provider} does not answer at {host}."),
        _N("Notice", "Start it, then press Retry."),
    ),
    "offline": (
        _N("Notice", "No connection to {host}."),
        _N("Notice", "Your message is kept. It is sent when you press Retry."),
    ),
}
STOPPED = Remark(Sentence(_N("Notice", "You stopped this reply.")), (Action.CONTINUE, Action.REGENERATE))
STOPPED_BEFORE_TEXT = Remark(
    Sentence(_N("Notice", "You stopped before the first word.")), (Action.REGENERATE,)
)
PROGRAM_ENDED = Remark(
    Sentence(_N("Notice", "Desktop Agent ended before this reply was complete.")),
    (Action.CONTINUE, Action.REGENERATE),
)
EMPTY_REPLY = Remark(Sentence(_N("Notice", "The reply was empty.")), (Action.REGENERATE,))
LENGTH_LIMIT = Remark(Sentence(_N("Notice", "The reply reached its length limit.")), (Action.CONTINUE,))
CONTINUE_TEXT = _N("Notice", "Continue where you stopped.")
DEMO = Notice(
    Severity.INFO,
    "info",
    Sentence(_N("Notice", "Demo: scripted replies, no model is used.")),
    Sentence(_N("Notice", "Everything stays on this computer.")),
    actions=(Action.CHOOSE_MODEL,),
)
NO_MODEL = Notice(
    Severity.INFO,
    "info",
    Sentence(_N("Notice", "No model is chosen yet.")),
    Sentence(_N("Notice", "Choose one to send messages.")),
    actions=(Action.CHOOSE_MODEL,),
)
_NO_MODEL_FOR_REPLY = Notice(
    Severity.WARNING,
    "alert",
    NO_MODEL.title,
    Sentence(_N("Notice", "Your message is kept.")),
    actions=(Action.CHOOSE_MODEL, Action.RETRY),
)
INTERNAL_FAULT = Notice(
    Severity.ERROR,
    "alert",
    Sentence(_N("Notice", "Desktop Agent had a fault of its own.")),
    Sentence(_N("Notice", "The text received so far is kept. The log has the details.")),
)


def describe(error: BaseException, provider: Provider) -> Notice:
    """The notice for `error`, met while talking with `provider`.

    Anything that is not an `AgentError` is a fault of the program: the log has it, the person a plain word.
    """
    if isinstance(error, KeychainError):
        return _describe_setup(error.sentence, error.hint)
    if isinstance(error, NoModelError):
        return _NO_MODEL_FOR_REPLY
    if isinstance(error, ProviderError):
        return _describe_setup(str(error), "")
    if not isinstance(error, errors.AgentError):
        return INTERNAL_FAULT
    values = {
        "provider": provider.name,
        "host": error.host or provider.host,
        "model": provider.model,
        "code": str(error.status_code or error.code or ""),
        "detail": error.detail or str(error),
        "reason": (error.detail or str(error)).rstrip("."),
        "seconds": f"{error.timeout:.0f}" if isinstance(error, errors.StreamTimeoutError) else "",
    }
    if isinstance(error, errors.ConnectionFailedError):
        return _describe_connection(error, provider, values)
    if isinstance(error, errors.RateLimitError) and not isinstance(error, errors.QuotaError):
        return _describe_rate_limit(error, values)
    if isinstance(error, errors.UnexpectedReplyError):
        return _describe_unexpected_reply(error, values)
    for kind, title, body in _TEXTS:
        if isinstance(error, kind):
            return _failure(error, Sentence(title, values), Sentence(body, values))
    return _failure(error, Sentence("{message}", {"message": str(error)}), Sentence(_TEXT_KEPT))


def _describe_setup(sentence: str, hint: str) -> Notice:
    """The notice for what keeps a message from being sent at all."""
    title, body = (Sentence("{text}", {"text": text}) for text in (sentence, hint))
    return Notice(Severity.WARNING, "key", title, body, (Action.OPEN_SETTINGS, Action.RETRY))


def describe_content_filter(provider: Provider) -> Notice:
    """The notice below a reply that `provider` cut for its content."""
    title = Sentence(_N("Notice", "{provider} withheld the rest of this reply."), {"provider": provider.name})
    return Notice(Severity.ERROR, "alert", title, Sentence(""), ())


def describe_trouble(sentence: str) -> Notice:
    """The notice for something that does not work from the start, in the words of whoever met it."""
    title, _, rest = sentence.partition(". ")
    title_text = Sentence("{text}", {"text": title.rstrip(".") + "."})
    return Notice(Severity.WARNING, "alert", title_text, Sentence("{text}", {"text": rest}), ())


def describe_store_fault(sentence: str) -> Notice:
    """The notice above a conversation that can't be saved, for the reason that the store gives."""
    reason, _, _ = sentence.partition(". ")
    title = Sentence("{text}", {"text": reason.rstrip(".") + "."})
    body = Sentence(_N("Notice", "It stays on the screen; export it to keep it."))
    return Notice(Severity.ERROR, "alert", title, body, (Action.EXPORT,))


def describe_saved(path: str) -> Notice:
    """The notice that a conversation was written into a file."""
    title = Sentence(_N("Notice", "Saved to {name}."), {"name": path})
    return Notice(Severity.INFO, "check", title, Sentence(""), ())


def _failure(error: errors.AgentError, title: Sentence, body: Sentence) -> Notice:
    is_setup = isinstance(error, errors.MissingKeyError)
    details = "" if error.detail in (str(title), str(body)) else error.detail
    actions = next((found for kind, found in _ACTIONS if isinstance(error, kind)), None)
    if actions is None:
        actions = (Action.DETAILS, Action.RETRY) if details else (Action.RETRY,)
    severity = Severity.WARNING if is_setup else Severity.ERROR
    return Notice(severity, "key" if is_setup else "alert", title, body, actions, details)


def _describe_rate_limit(error: errors.RateLimitError, values: Mapping[str, str]) -> Notice:
    title = Sentence(_N("Notice", "{provider} refused the request: rate limit reached."), values)
    if error.retry_after is None:
        return _failure(error, title, Sentence(_TEXT_KEPT))
    seconds = {"seconds": f"{error.retry_after:.0f}"}
    body = Sentence(_N("Notice", "Try again in {seconds} s. The text received so far is kept."), seconds)
    return _failure(error, title, body)


def _describe_unexpected_reply(error: errors.UnexpectedReplyError, values: Mapping[str, str]) -> Notice:
    if "html" in error.content_type:
        title = Sentence(_N("Notice", "{host} answered with a web page, not a model."), values)
        body = _N("Notice", "Check the address in Settings, or sign in to this network.")
        actions = (Action.OPEN_SETTINGS, Action.RETRY)
        return Notice(Severity.ERROR, "alert", title, Sentence(body), actions)
    title = Sentence(_N("Notice", "{host} sent something that is not a reply of a model."), values)
    return _failure(error, title, Sentence(_TEXT_KEPT))


def _describe_connection(
    error: errors.ConnectionFailedError, provider: Provider, values: Mapping[str, str]
) -> Notice:
    reason: str = error.reason
    if reason not in _CONNECTION_TEXTS:
        reason = "local" if provider.is_local else "offline"
    title, body = _CONNECTION_TEXTS[reason]
    if reason == "name_not_found":
        actions = (Action.OPEN_SETTINGS, Action.RETRY)
        return Notice(Severity.ERROR, "alert", Sentence(title, values), Sentence(body, values), actions)
    if reason in ("offline", "local"):
        return Notice(Severity.WARNING, "plug", Sentence(title, values), Sentence(body, values))
    return _failure(error, Sentence(title, values), Sentence(body, values))


def notice_to_json(notice: Notice) -> dict[str, Any]:
    """A notice as JSON values, for the store."""
    return {
        "severity": notice.severity.value,
        "icon": notice.icon,
        "title": [notice.title.template, dict(notice.title.values)],
        "body": [notice.body.template, dict(notice.body.values)],
        "actions": [action.value for action in notice.actions],
        "details": notice.details,
    }


def notice_from_json(values: Mapping[str, Any]) -> Notice | None:
    """What `notice_to_json` gave; None if it is something else (another version's, or damaged)."""
    try:
        title, body = (Sentence(str(values[name][0]), dict(values[name][1])) for name in ("title", "body"))
        notice = Notice(
            Severity(values["severity"]),
            str(values["icon"]),
            title,
            body,
            tuple(Action(action) for action in values["actions"]),
            str(values["details"]),
        )
        str(notice)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        return None
    return notice
