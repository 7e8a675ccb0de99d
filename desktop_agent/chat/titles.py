"""The title of a conversation: its first words at once, a better one from the model after the first reply."""

from __future__ import annotations

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.models import ChatCompletionClient, UserMessage

LONGEST = 60
_EXCERPT = 2_000  # characters of question and answer that the model sees: a title needs no more
_REQUEST = (
    "Name this conversation in two to six words, in its own language. Answer with the name alone, without "
    "quotation marks and without a full stop.\n\nQuestion:\n{question}\n\nAnswer:\n{answer}"
)


def title_of(text: str) -> str:
    """The first words of `text` as a title: one line of at most `LONGEST` characters."""
    words = " ".join(text[: 4 * LONGEST].split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"


async def suggest_title(
    client: ChatCompletionClient, question: str, answer: str, token: CancellationToken
) -> str:
    """Ask the model for a title.

    Args:
        client: The model.
        question: What the user asked first.
        answer: The first reply.
        token: Ends the request.

    Returns:
        One line of plain text; empty if the model gave nothing that is one.

    Raises:
        AgentError: The request failed.
    """
    request = _REQUEST.format(question=question[:_EXCERPT], answer=answer[:_EXCERPT])
    result = await client.create([UserMessage(content=request, source="user")], cancellation_token=token)
    if not isinstance(result.content, str):
        return ""
    lines = [line for line in result.content.splitlines() if line.strip()]
    if len(lines) != 1:
        return ""  # an explanation, not a name
    printable = "".join(character for character in lines[0] if character.isprintable())
    return title_of(printable.strip(" \"'“”„«».*#`"))
