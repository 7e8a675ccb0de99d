"""What tools may do unasked, and what the person is asked before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop_agent.chat.approvals import BodyKind
from desktop_agent.chat.trust import Trust
from desktop_agent.config.tool_settings import Grant
from desktop_agent.toolbox.addresses import WebAddress
from desktop_agent.toolbox.changes import Change


@dataclass(frozen=True)
class Question:
    """What the person is to decide; see `ApprovalRequest`."""

    sentence: str
    body: str
    body_kind: BodyKind
    access: str
    folder: str = ""


def question_about_search(query: str, service: str, trust: Trust) -> Question | None:
    """Searching is allowed until a page or a file was read: then its words could carry that away."""
    if not trust.is_tainted:
        return None
    return Question(
        "The agent wants to search the web for:",
        query,
        "text",
        f"These words go to {service}. The agent has read pages or files for this reply, and they may have "
        "told it what to search for.",
    )


def question_about_page(address: WebAddress, trust: Trust) -> Question | None:
    """Pages that the person named or a search returned are read unasked; any other address is shown."""
    if trust.knows(address):
        return None
    return Question(
        "The agent wants to read this page:",
        str(address),
        "address",
        f"The whole address goes to {address.site}. It stands in no message of yours and no search result.",
    )


def question_about_change(change: Change, folder: str) -> Question:
    """Nothing is ever written unasked."""
    is_new = change.before is None
    return Question(
        "The agent wants to write this new file:" if is_new else "The agent wants to change this file:",
        change.difference,
        "diff",
        f"Only this file in the folder {folder}.",
        folder,
    )


def grant_for(tool: str, arguments: Mapping[str, Any], folder: str, at: str = "") -> Grant:
    """The permission for exactly this call.

    Args:
        tool: Its name.
        arguments: Its arguments as they were validated: every one of them, and nothing else.
        folder: The folder that it acts in, or "".
        at: When it is given (UTC, ISO 8601).
    """
    return Grant(tool=tool, arguments=canonical_arguments(arguments), folder=folder, at=at)


def canonical_arguments(arguments: Mapping[str, Any]) -> str:
    """Arguments as one JSON text: the same for the same arguments, in whatever order they were written."""
    return json.dumps(arguments, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
