"""What the model gets to know of a conversation that was kept."""

from __future__ import annotations

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.messages import (
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.models import (
    AssistantMessage,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    UserMessage,
)
from desktop_agent.chat.history import Said, context_of, messages_of, new_question, split_question

CALL = FunctionCall(id="1", name="add", arguments='{"a": 1}')
RESULT = FunctionExecutionResult(content="2", name="add", call_id="1")


def reply(text: str, *events: object, state: str = "complete") -> Said:
    return Said(TextMessage(content=text, source="assistant"), list(events), state)  # type: ignore[arg-type]


def test_questions_and_replies_follow_each_other() -> None:
    history = [new_question("Hi"), reply("Hello"), new_question("More")]
    known = context_of(history)
    assert [type(message) for message in known] == [UserMessage, AssistantMessage, UserMessage]
    assert [message.content for message in known] == ["Hi", "Hello", "More"]


def test_a_thought_goes_with_its_answer() -> None:
    thought = ThoughtEvent(content="Hm.", source="assistant")
    (message,) = context_of([reply("So.", thought)])
    assert isinstance(message, AssistantMessage)
    assert (message.thought, message.content) == ("Hm.", "So.")


def test_calls_and_results_come_before_the_answer() -> None:
    events = (
        ThoughtEvent(content="I add.", source="assistant"),
        ToolCallRequestEvent(content=[CALL], source="assistant"),
        ToolCallExecutionEvent(content=[RESULT], source="assistant"),
    )
    asked, told, said = context_of([reply("It is 2.", *events)])
    assert isinstance(asked, AssistantMessage)
    assert asked.content == [CALL]
    assert asked.thought == "I add."
    assert isinstance(told, FunctionExecutionResultMessage)
    assert told.content == [RESULT]
    assert isinstance(said, AssistantMessage)
    assert (said.content, said.thought) == ("It is 2.", None)


def test_a_call_without_a_result_is_answered_as_cancelled() -> None:
    request = ToolCallRequestEvent(content=[CALL], source="assistant")
    asked, told = context_of([reply("", request, state="interrupted")])
    assert isinstance(asked, AssistantMessage)
    assert isinstance(told, FunctionExecutionResultMessage)
    assert told.content[0].content == "cancelled by user"
    assert told.content[0].call_id == "1"


def test_a_summary_of_results_is_not_told_twice() -> None:
    said = Said(
        ToolCallSummaryMessage(content="2", source="assistant", tool_calls=[CALL], results=[RESULT]),
        [
            ToolCallRequestEvent(content=[CALL], source="assistant"),
            ToolCallExecutionEvent(content=[RESULT], source="assistant"),
        ],
    )
    assert [type(message) for message in context_of([said])] == [
        AssistantMessage,
        FunctionExecutionResultMessage,
    ]


def test_a_reply_without_a_word_is_neither_told_nor_shown() -> None:
    history = [new_question("Hi"), reply("", state="failed"), new_question("Hello?")]
    assert [message.content for message in context_of(history)] == ["Hi", "Hello?"]
    assert [message.to_text() for message in messages_of(history)] == ["Hi", "Hello?"]


def test_an_unanswered_question_goes_together_with_the_next() -> None:
    history = [reply("Before"), new_question("Hi"), reply("", state="failed"), new_question("Hello?")]
    before, question = split_question(history)
    assert [said.message.to_text() for said in before] == ["Before"]
    assert [message.to_text() for message in question] == ["Hi", "Hello?"]


def test_a_cut_reply_with_text_was_an_answer() -> None:
    history = [new_question("Hi"), reply("Hel", state="interrupted"), new_question("Go on")]
    before, question = split_question(history)
    assert len(before) == 2
    assert [message.to_text() for message in question] == ["Go on"]
