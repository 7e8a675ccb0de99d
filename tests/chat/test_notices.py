"""Each failure has its sentence."""

from __future__ import annotations

import pytest

from desktop_agent.agentchat import errors
from desktop_agent.chat.notices import Action, Notice, Severity, describe, describe_trouble
from desktop_agent.config.provider import make_provider

OPENAI = make_provider("https://api.openai.com/v1", "gpt-4o-mini", "sk-test")
LOCAL = make_provider("http://127.0.0.1:11434/v1", "llama3", "")
HOST = "api.openai.com"
KEPT = "The text received so far is kept."

CASES: list[tuple[errors.AgentError, str, str]] = [
    (errors.MissingKeyError("x"), "No API key for OpenAI yet.", "Add one to send this message."),
    (
        errors.AuthenticationError("x", host=HOST),
        "OpenAI refused the API key.",
        "Check it in Settings. Your message is kept.",
    ),
    (
        errors.PermissionDeniedError("x", host=HOST),
        "OpenAI does not allow this key to use gpt-4o-mini.",
        "Check its permissions there, or choose another model.",
    ),
    (
        errors.NotFoundError("x", host=HOST),
        "api.openai.com does not know the model gpt-4o-mini.",
        "Choose another model or check the address in Settings.",
    ),
    (
        errors.RateLimitError("x", host=HOST, retry_after=20.0),
        "OpenAI refused the request: rate limit reached.",
        f"Try again in 20 s. {KEPT}",
    ),
    (errors.RateLimitError("x", host=HOST), "OpenAI refused the request: rate limit reached.", KEPT),
    (
        errors.QuotaError("x", host=HOST),
        "OpenAI reports no credit left.",
        "Add credit there, or choose another model.",
    ),
    (
        errors.ContextLengthError("x", host=HOST),
        "This conversation is too long for gpt-4o-mini.",
        "Start a new chat, or choose a model with more context.",
    ),
    (
        errors.BadRequestError("x", host=HOST, detail="Unknown field {n}."),
        "OpenAI refused the request.",
        "Unknown field {n}.",
    ),
    (errors.ServerError("x", host=HOST, status_code=500), "OpenAI had an error (500).", KEPT),
    (
        errors.ConnectionFailedError("x", host=HOST, reason="name_not_found"),
        "The address api.openai.com was not found.",
        "Check the spelling in Settings, and your connection.",
    ),
    (
        errors.ConnectionFailedError("x", host=HOST, reason="certificate", detail="self-signed certificate"),
        "The secure connection to api.openai.com could not be verified.",
        "self-signed certificate. Your message is kept.",
    ),
    (
        errors.ConnectionFailedError("x", host=HOST, reason="lost"),
        "The connection closed before the reply was complete.",
        KEPT,
    ),
    (
        errors.ConnectionFailedError("x", host=HOST, reason="refused"),
        "No connection to api.openai.com.",
        "Your message is kept. It is sent when you press Retry.",
    ),
    (
        errors.IncompleteStreamError("x", host=HOST),
        "The connection closed before the reply was complete.",
        KEPT,
    ),
    (errors.StreamTimeoutError("x", host=HOST, timeout=60), "api.openai.com sent nothing for 60 s.", KEPT),
    (
        errors.UnexpectedReplyError("x", host=HOST, content_type="text/html"),
        "api.openai.com answered with a web page, not a model.",
        "Check the address in Settings, or sign in to this network.",
    ),
]


@pytest.mark.parametrize(("error", "title", "body"), CASES, ids=lambda value: type(value).__name__)
def test_each_failure_has_its_sentence(error: errors.AgentError, title: str, body: str) -> None:
    notice = describe(error, OPENAI)
    assert str(notice.title) == title
    assert str(notice.body) == body
    leads_elsewhere = isinstance(error, errors.ContextLengthError)  # asking again would not help
    assert notice.actions[-1] is (Action.CHOOSE_MODEL if leads_elsewhere else Action.RETRY)
    assert len(notice.actions) <= 2


def test_a_local_server_that_is_gone_is_named() -> None:
    error = errors.ConnectionFailedError("x", host=LOCAL.host, reason="refused")
    notice = describe(error, LOCAL)
    assert (
        str(notice)
        == "The server on this computer does not answer at 127.0.0.1:11434.\nStart it, then press Retry."
    )
    assert notice.severity is Severity.WARNING


def test_every_error_of_the_tree_is_described() -> None:
    def below(kind: type[errors.AgentError]) -> list[type[errors.AgentError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    for kind in below(errors.AgentError):
        error = (
            kind("Something happened.", timeout=3)
            if kind is errors.StreamTimeoutError
            else kind("It happened.")
        )
        notice = describe(error, OPENAI)
        assert str(notice.title).endswith((".", ")"))
        assert "{" not in str(notice)


def test_a_fault_of_our_own_shows_no_python() -> None:
    notice = describe(KeyError("secret text"), OPENAI)
    assert "secret text" not in str(notice)
    assert "KeyError" not in str(notice)


def test_details_are_offered_only_where_there_are_some() -> None:
    with_words = describe(errors.ServerError("x", status_code=500, detail="overloaded"), OPENAI)
    without = describe(errors.ServerError("x", status_code=500), OPENAI)
    assert Action.DETAILS in with_words.actions
    assert with_words.details == "overloaded"
    assert Action.DETAILS not in without.actions


def test_trouble_keeps_its_words() -> None:
    notice: Notice = describe_trouble("/x can't be used: permission denied. Change it {now}.")
    assert str(notice) == "/x can't be used: permission denied.\nChange it {now}."
