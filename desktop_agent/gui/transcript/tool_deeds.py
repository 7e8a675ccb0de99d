"""What the cards of a reply ask for: told to the conversation, which does it."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_agent.chat.approvals import Decision


@dataclass(frozen=True)
class CancelCall:
    """End one call; the run goes on."""

    call_id: str


@dataclass(frozen=True)
class OpenInConsole:
    """Show the call in the Console."""

    call_id: str


@dataclass(frozen=True)
class AnswerRequest:
    """The person decided."""

    request_id: str
    decision: Decision
    note: str = ""


@dataclass(frozen=True)
class FollowLink:
    """Open a link of a result.

    Attributes:
        href: Where it leads.
        text: What it says.
    """

    href: str
    text: str


Deed = CancelCall | OpenInConsole | AnswerRequest | FollowLink
