"""Questions to the person before a tool does something: asked once, never answered by silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

BodyKind = Literal["text", "diff", "json", "address"]


class Decision(StrEnum):
    """What the person says. A lasting permission is for exactly the same tool, arguments and folder."""

    ONCE = "once"
    CONVERSATION = "conversation"
    ALWAYS = "always"
    DENY = "deny"


@dataclass(frozen=True)
class ApprovalRequest:
    """What is to be decided: everything that will happen, uncut, as it is.

    Whoever shows it makes control and bidirectional characters visible, and elides nothing.

    Attributes:
        id: By which it is answered.
        call_id: The call that waits.
        tool: Its name.
        arguments: Its arguments, the very JSON text of the model.
        sentence: What the agent wants, in words.
        body: What will happen: the whole address, the whole difference, the whole content.
        body_kind: What `body` is.
        folder: Where it happens; "" if in no folder.
        access: How far it reaches, in words.
    """

    id: str
    call_id: str
    tool: str
    arguments: str
    sentence: str
    body: str
    body_kind: BodyKind
    folder: str
    access: str


@dataclass(frozen=True)
class Answer:
    """A decision, with a note to the model."""

    decision: Decision
    note: str = ""


class Approvals:
    """The open questions of one conversation.

    Nothing but `answer` allows anything: a question whose call ends (Stop, close, quit, a limit) is gone, and
    an answer to it has no effect.

    Attributes:
        on_change: Called when `pending` is another one.
    """

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self._waiting: dict[str, tuple[ApprovalRequest, asyncio.Future[Answer]]] = {}

    @property
    def pending(self) -> Sequence[ApprovalRequest]:
        """The open questions, oldest first."""
        return [request for request, _ in self._waiting.values()]

    def put(self, request: ApprovalRequest) -> asyncio.Future[Answer]:
        """Put a question; from now on it can be answered. `withdraw` it when its call ends."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = (request, answered)
        self.on_change()
        return answered

    def withdraw(self, request_id: str) -> None:
        """Take a question back, if it is still open."""
        if self._waiting.pop(request_id, None) is not None:
            self.on_change()

    def answer(self, request_id: str, decision: Decision, note: str = "") -> None:
        """Answer a question; the first answer counts, and one to a question that is gone does nothing.

        Args:
            request_id: The question.
            decision: What the person says.
            note: With a denial: why, for the model.
        """
        found = self._waiting.pop(request_id, None)
        if found is None:
            return
        if not found[1].done():
            found[1].set_result(Answer(decision, note))
        self.on_change()

    def deny_all(self) -> None:
        """Answer no to everything that is open."""
        for request in self.pending:
            self.answer(request.id, Decision.DENY)
