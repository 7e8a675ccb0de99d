"""One conversation with everything in it: what exports, pages and the transcript have to cope with.

`store_everything` writes it into a store; it is the same each time, but for the numbers that the store gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from desktop_agent.agentchat import FunctionCall, Image
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    MultiModalMessage,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.models import FunctionExecutionResult, RequestUsage
from desktop_agent.storage import ConversationValues, MessageValues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from desktop_agent.storage import ConversationStore

BEGAN = datetime(2026, 11, 22, 14, 32, 5, tzinfo=UTC)
TITLE = 'Everything: <b>bold</b> & "quotes", =1+1, `code`, العربية, 漢字, 🤖'

MARKDOWN = """\
# Heading one

A paragraph with *emphasis*, **strong**, ***both***, ~~struck~~, `inline code`, a [link](https://example.org/a?b=1&c=2),
an <https://example.org/auto> link, a bare www.example.org and someone@example.org.\\
After a hard break; a soft
break, an entity &copy; and an escape \\*not emphasised\\*.

## Heading two

Setext heading
--------------

### Heading three

#### Heading four

##### Heading five

###### Heading six

> A quote with **bold**
>
> > and a quote in it
>
> - with a list

- a bullet
- another
  - nested
    - deeper, with `code`

    and a paragraph
- [x] done
- [ ] to do

3. three
4. four
   1. inner

* loose

* list

---

| Left | Middle | Right |
|:-----|:------:|------:|
| a    | b      | 1,284 |
| long words in a cell | `code \\| pipe` | 3.50 |
| **bold** | [link](https://example.org) | 12 |

```python
from azure.search.documents import SearchClient

def greet(name: str = "world", times: int = 5) -> None:
    \"\"\"Say hello.\"\"\"
    for _ in range(times):  # a comment
        print(f"Hello, {name}!")
```

```
no language, <b>not bold</b>
```

    indented code

~~~json
{"a": [1, 2.5, null, true], "text": "line\\nbreak"}
~~~

![a picture elsewhere](https://tracker.example.org/pixel.png "title") and a [reference][1],
a footnote-like [^1].

<script>alert("not run")</script>
<img src=x onerror=alert(1)>

[javascript](javascript:alert(1)) [file](file:///etc/passwd) [data](data:text/html,x)

Inline math $e^{i\\pi} + 1 = 0$ and a display:

$$\\int_0^1 x^2\\,dx = \\tfrac13$$

[1]: https://example.org/reference "Reference"
"""

DIRECTIONS = """\
هذه فقرة باللغة العربية مع كلمة English في الوسط ورقم 42.

- عنصر أول
- عنصر ثانٍ

זוהי פסקה בעברית.

> اقتباس باللغة العربية

人工智能正在改变世界。日本語の文章です。한국어 문장입니다.

ไทยไม่มีช่องว่าง Ελληνικά и русский, naïve café, e\u0301 combined, ﬁ ligature.

Emoji: 🤖 👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🇵🇹 ✈️ 👍🏽 and symbols ∑ ≤ → ½ €.
"""

LONG_CODE = (
    "```python\n"
    + "".join(
        f"value_{number} = compute({number}, 'text {number}')  # line {number}\n" for number in range(120)
    )
    + "x = '"
    + "long line " * 60
    + "'\n```\n"
)

_RESULT = "1. Azure\n2. ```fence``` <b>&\n3. =1+1"
ODD = "a \x1b[31m red \x9b, \u202eturned\u202c, zero\u200bwidth, nul \x00, half \ud800, = 1, @x, tab\there"
FORMULA = '=HYPERLINK("http://example.org")\n+1\n-2\n@x'
UNCLOSED = "Here is code that was cut:\n\n```python\nwhile True:\n    pass  # never clos"

_PICTURE = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAE0lEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC"
)


@dataclass(frozen=True)
class Part:
    """A message: its name here, the name of the one before it, and what the store keeps of it."""

    name: str
    parent: str | None
    message: BaseChatMessage
    events: Sequence[BaseAgentEvent] = ()
    state: Any = "complete"
    details: Mapping[str, Any] | None = None
    is_deleted: bool = False


def _details(**more: Any) -> dict[str, Any]:
    figures = {
        "prompt": 1284,
        "prompt_is_estimate": False,
        "completion": 214,
        "completion_is_estimate": False,
        "tokens_per_second": 61.3,
        "seconds_to_first_token": 0.42,
        "duration": 5.9,
        "earlier_prompt": 0,
        "earlier_completion": 0,
        "cost": 0.0003,
        "context_limit": 128_000,
    }
    return {"model": "gpt-4o-mini", "provider": "OpenAI", "figures": figures, **more}


def _user(text: str) -> TextMessage:
    return TextMessage(content=text, source="user")


def _reply(text: str, **more: Any) -> TextMessage:
    usage = RequestUsage(prompt_tokens=1284, completion_tokens=214)
    return TextMessage(content=text, source="assistant", models_usage=usage, **more)


def _tools() -> list[BaseAgentEvent]:
    calls = [
        FunctionCall(id="1", name="web_search", arguments='{"query": "azure ai search overview features"}'),
        FunctionCall(id="2", name="read_file", arguments='{"path": "/tmp/`odd`\u202e.txt"}'),
        FunctionCall(id="3", name="never_answered", arguments="no JSON at all"),
    ]
    results = [
        FunctionExecutionResult(content=_RESULT, name="web_search", call_id="1"),
        FunctionExecutionResult(content="No such file.", name="read_file", call_id="2", is_error=True),
    ]
    return [
        ThoughtEvent(content="I should look.\n\nThen **answer**.\n```\nunclosed", source="assistant"),
        ToolCallRequestEvent(content=calls, source="assistant"),
        ToolCallExecutionEvent(content=results, source="assistant"),
        ThoughtEvent(content="Now I know.", source="assistant"),
    ]


def parts() -> list[Part]:
    """The messages, a parent before its children."""
    cut = {"interrupted": "true"}
    picture = MultiModalMessage(content=["What is this?", Image.from_uri(_PICTURE)], source="user")
    failed = {
        "severity": "error",
        "icon": "alert",
        "title": ["{provider} is busy.", {"provider": "OpenAI"}],
        "body": ["The text received so far is kept.", {}],
        "actions": ["retry"],
        "details": "",
    }
    return [
        Part("q1", None, _user("Share information about azure ai search.")),
        Part("a1", "q1", _reply(MARKDOWN), _tools(), details=_details(thought_seconds=4.2)),
        Part("q2", "a1", _user("An earlier wording?")),
        Part("a2", "q2", _reply("The answer to the earlier wording."), details=_details()),
        Part("q2b", "a1", _user("A second wording,\nwith  two   lines and <tags> & *stars*.")),
        Part("a2b", "q2b", _reply("First version."), details=_details()),
        Part("a2c", "q2b", _reply("Second version, with a [link](https://example.org)."), details=_details()),
        Part("a2d", "q2b", _reply(DIRECTIONS), details=_details()),
        Part("q3", "a2d", _user("السؤال بالعربية: ما هذا؟")),
        Part("a3", "q3", _reply(LONG_CODE), details=_details()),
        Part("q4", "a3", picture),
        Part("a4", "q4", _reply("Deleted answer."), details=_details(), is_deleted=True),
        Part("q5", "a4", _user(FORMULA)),
        Part("a5", "q5", _reply(UNCLOSED, metadata=cut), state="interrupted", details=_details()),
        Part("q6", "a5", _user(ODD)),
        Part(
            "a6",
            "q6",
            _reply("Half of an", metadata=cut),
            [ThoughtEvent(content="Hm.", source="assistant", metadata=cut)],
            state="failed",
            details=_details(notice=failed),
        ),
        Part("q7", "a6", _user("And now?")),
        Part("a7", "q7", _reply("", metadata=cut), state="interrupted", details=_details()),
        Part("q8", "a7", _user("A last question.")),
        Part("a8", "q8", _reply("A last answer, cut by its length.", metadata={"finish_reason": "length"})),
    ]


def values(uid: str = "e" * 32) -> ConversationValues:
    """The conversation as the store takes it; all uids and times are always the same."""
    messages = []
    for number, part in enumerate(parts()):
        time = BEGAN + timedelta(minutes=number)
        body = {**part.message.dump(), "id": f"message-{number}", "created_at": _text(time)}
        events = [
            {**each.dump(), "id": f"event-{number}-{at}", "created_at": _text(time)}
            for at, each in enumerate(part.events)
        ]
        messages.append(
            MessageValues(
                _uid(part.name),
                None if part.parent is None else _uid(part.parent),
                time,
                part.state,
                body,
                events,
                part.details or {},
                time + timedelta(hours=1) if part.is_deleted else None,
            )
        )
    return ConversationValues(
        uid, TITLE, "user", BEGAN, BEGAN + timedelta(hours=2), False, None, _uid("a8"), messages
    )


def _uid(name: str) -> str:
    return name.encode().hex().rjust(32, "0")


def _text(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


async def store_everything(store: ConversationStore) -> int:
    """Write the conversation into a store; its id."""
    return await store.import_conversation(values())
