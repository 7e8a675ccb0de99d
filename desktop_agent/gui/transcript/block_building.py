"""BlockBuilder: makes the part that draws a block from its tokens, and lets it grow with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.gui.transcript.parts import Part
from desktop_agent.gui.transcript.stacks import HEADINGS, ListItem, ListStack, QuoteStack, Rule, Stack
from desktop_agent.gui.transcript.table_grid import TableGrid
from desktop_agent.gui.transcript.text_flow import FlowStyle, TextFlow
from desktop_agent.gui.typography import TextStyle
from desktop_agent.markdown import CODE, LISTS, MORE_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.markdown import Kind, Token

_ANY_CODE = frozenset({*CODE, MORE_CODE})
_Container = Stack | ListStack | TableGrid


@dataclass
class _Open:
    """A container that more tokens go into.

    Attributes:
        part: It.
        kept: How many of its parts are settled.
        first_new: The first part that is made anew, or that has grown: it has no place yet.
        unchanged: How many of its parts look as before an update.
        has_grown: Whether the part after them is the one from before, with more at its end.
    """

    part: _Container
    kept: int = 0
    first_new: int = 0
    unchanged: int = 0
    has_grown: bool = False


class BlockBuilder:
    """Takes tokens one by one. Those that are settled stay; those that are not make way for others.

    Attributes:
        style: How the block looks.
        panels: The code blocks inside.
        changed_from: The top of what the last update has changed.
    """

    def __init__(self, style: BlockStyle) -> None:
        self.style = style
        self._root = Stack(style)
        self._open = [_Open(self._root)]
        self._flow: TextFlow | None = None
        self._flow_tag = ""
        self._whole: dict[TextFlow, Sequence[Token]] = {}  # flows of one token each that is not settled
        self._live_flows: dict[int, tuple[TextFlow, Sequence[Token]]] = {}  # those of the last update
        self._code: CodePanel | None = None
        self._ends_code = False  # by the source
        self._marker: str | None = None  # of the item that begins: used up by its first line
        self._row: list[Sequence[Token]] = []
        self._seen = 0
        self.panels: list[CodePanel] = []
        self._kept_panels = 0
        self.changed_from = 0.0
        self._live: Sequence[Token] = ()  # the tokens of the last update that are not settled
        self._predecessor: TextFlow | None = None  # the text from before in which the change begins
        self._grown: TextFlow | None = None  # the one that is in its place, of the same style
        self._changing: list[_Open] | None = None  # the containers that were open where the change began
        self._kept: tuple[list[_Open], TextFlow | None, CodePanel | None, str | None]
        self._kept = ([*self._open], None, None, None)

    @property
    def part(self) -> Part:
        """What draws the block."""
        return self._root.placed[0].part

    def update(self, settled: Sequence[Token], live: Sequence[Token], width: float) -> None:
        """Make the part what the tokens now say, laid out for a width.

        Args:
            settled: Tokens that stay; those of the last call are their beginning.
            live: The tokens after them.
            width: Of the part.
        """
        self._root.width = width
        self._live_flows = {id(children): (flow, children) for flow, children in self._whole.items()}
        self._whole = {}
        self._changing = self._predecessor = self._grown = None
        self._restore()
        before, self._live = iter(self._live), live
        for token in settled[self._seen :]:
            self._compare(token, next(before, None))
            self._take(token, settled=True)
        self._seen = len(settled)
        for opened in self._open:
            opened.kept = 0 if isinstance(opened.part, TableGrid) else len(opened.part.placed)
        self._kept = ([*self._open], self._flow, self._code, self._marker)
        self._kept_panels = len(self.panels)
        for token in live:
            self._compare(token, next(before, None))
            self._take(token, settled=False)
        if self._changing is None:
            self._note_change()
        self._end_code(settled=not live)
        self._root.place_from(0)
        self.changed_from = self._find_change()

    def _compare(self, token: Token, before: Token | None) -> None:
        """Note where the tokens begin to be others than those that were not settled before."""
        if self._changing is not None or (before is not None and _looks_same(token, before)):
            return
        self._note_change()
        if before is not None and before.type == token.type == "inline":
            self._predecessor, _ = self._live_flows.pop(id(before.children), (None, ()))

    def _note_change(self) -> None:
        """What is added from now on looks other than before."""
        self._changing = [*self._open]
        for each in self._open:
            if not isinstance(each.part, TableGrid):
                is_last = each is self._open[-1]
                each.has_grown = not is_last or self._flow is not None or self._code is not None
                each.unchanged = len(each.part.placed) - each.has_grown

    def _find_change(self) -> float:
        """The top of what an update has changed: what is above it along the path stays where it is."""
        y = 0.0
        for opened in self._changing or ():
            part, first = opened.part, opened.unchanged
            if isinstance(part, TableGrid):
                return y + part.changed_from
            if isinstance(part, ListStack) and part.take_relaid():
                return y
            is_grown = first < len(part.placed) and part.placed[first].part is self._grown
            if not opened.has_grown and not is_grown:
                return y + part.placed[first - 1].bottom if first else y
            child = part.placed[first]
            y += child.y
            if isinstance(child.part, (TextFlow, CodePanel)):
                return y + child.part.changed_from
        return y

    def set_width(self, width: float) -> None:
        """Lay out for a width."""
        self._root.set_width(width)

    def _restore(self) -> None:
        opened, self._flow, self._code, self._marker = self._kept
        self._open = [*opened]
        del self.panels[self._kept_panels :]
        is_loosened = False
        for each in self._open:
            if isinstance(each.part, TableGrid):
                each.part.truncate()
                continue
            each.part.truncate(each.kept)
            each.first_new = max(0, each.kept - 1)
            if isinstance(each.part, ListStack) and each.part.take_looseness():
                each.first_new = 0
                is_loosened = True
        if self._flow is not None:
            self._flow.truncate()
        if self._code is not None:
            self._code.truncate()
        is_part_open = self._flow is not None or self._code is not None
        if is_loosened or is_part_open or isinstance(self._open[-1].part, TableGrid):
            self._note_change()

    def _take(self, token: Token, *, settled: bool) -> None:
        kind = token.type
        if kind in _ANY_CODE:
            self._take_code(token, settled=settled)
            return
        if self._code is not None:
            self._end_code(settled=settled)
        if kind == "inline":
            self._take_inline(token, settled=settled)
        elif kind in ("paragraph_open", "heading_open"):
            self._flow_tag = token.tag
        elif kind in ("paragraph_close", "heading_close"):
            self._end_flow()
        elif kind == "hr":
            self._add(Rule(self._style, self._lead()[0]), "rule", "")
        elif kind in LISTS:
            self._push(ListStack(token, self._style, token.level // 2), "list", token.tag)
        elif kind == "blockquote_open":
            self._push(QuoteStack(self._style.muted), "quote", token.tag)
        elif kind == "list_item_open":
            self._begin_item()
        elif kind in ("list_item_close", "blockquote_close", "bullet_list_close", "ordered_list_close"):
            self._pop()
        else:
            self._take_table(token, settled=settled)

    def _take_table(self, token: Token, *, settled: bool) -> None:
        if token.type == "table_open":
            self._push(TableGrid(self._style, *self._lead()), "table", token.tag)
            return
        grid = self._open[-1].part
        if not isinstance(grid, TableGrid):
            return
        if token.type == "tr_open":
            self._row = []
        elif token.type == "th_open":
            grid.ask_alignment(str(token.attrs.get("style", "")).removeprefix("text-align:"))
        elif token.type == "tr_close":
            grid.add_row(self._row, settled=settled)
        elif token.type == "table_close":
            if settled:
                grid.close()
            self._pop()

    def _take_inline(self, token: Token, *, settled: bool) -> None:
        if isinstance(self._open[-1].part, TableGrid):
            self._row.append(token.children or [])
            return
        children = token.children or []
        if self._flow is not None:
            self._flow.append(children, settled=settled)
            self._whole.pop(self._flow, None)
            return
        style = self._flow_style(token)
        before = self._live_flows.get(id(children))
        if before is not None and before[0].style == style:
            self._flow = before[0]
        else:
            self._flow = TextFlow(style)
            self._flow.append(children, settled=settled)
            predecessor, self._predecessor = self._predecessor, None
            if predecessor is not None and predecessor.style == style:
                self._flow.take_lines(predecessor)
                self._grown = self._flow
        if settled:
            self._flow.settle()
        else:
            self._whole[self._flow] = children
        self._add_flow(self._flow)

    def _add_flow(self, flow: TextFlow) -> None:
        self._add(flow, "heading" if self._flow_tag.startswith("h") else "paragraph", self._flow_tag)

    def _flow_style(self, token: Token | None = None) -> FlowStyle:
        style, tag = self._style, self._flow_tag
        base, color = style.body, style.color
        if tag.startswith("h"):
            base = TextStyle.UI_STRONG if style.is_quiet else HEADINGS.get(tag, TextStyle.H3)
            if tag in ("h4", "h5", "h6"):
                color = style.theme.text2
        lead, indent = self._lead()
        item = self._open[-1].part
        if token is not None and "checked" in token.meta and isinstance(item, ListItem):
            item.task = bool(token.meta["checked"])
            lead += "[x] " if item.task else "[ ] "
        return FlowStyle(style, base, color, lead=lead, indent=indent)

    def _end_flow(self) -> None:
        stack = self._open[-1].part
        if self._flow is not None and isinstance(stack, Stack) and stack.width:
            self._flow.set_width(stack.content_width(self._flow))
        self._flow = None

    def _take_code(self, token: Token, *, settled: bool) -> None:
        if token.type != MORE_CODE:
            self._end_code(settled=settled)
            words = token.info.split(maxsplit=1)
            self._code = CodePanel(words[0] if words else "", self._style, *self._lead())
            self.panels.append(self._code)
            self._add(self._code, "code", "")
        if self._code is not None:
            self._code.append(token.content, settled=settled)
            self._ends_code = bool(token.meta.get("closed"))

    def _end_code(self, *, settled: bool) -> None:
        """Show the code that came; it has ended when something settled follows it."""
        if self._code is None:
            return
        self._code.show(is_open=not settled and not self._ends_code)
        stack = self._open[-1].part
        if isinstance(stack, Stack) and stack.width:
            self._code.set_width(stack.content_width(self._code))
        self._code = None

    # Containers.

    @property
    def _style(self) -> BlockStyle:
        part = self._open[-1].part
        return part.style if isinstance(part, (Stack, ListStack)) else self.style

    def _add(self, part: Part, kind: Kind, tag: str) -> None:
        """Append a part; one that is whole is laid out."""
        stack = self._open[-1].part
        if isinstance(stack, Stack):
            stack.add_block(part, kind, tag)
            self.style.work.parts += 1
            if stack.width and isinstance(part, Rule):
                part.set_width(stack.content_width(part))

    def _push(self, part: _Container, kind: Kind, tag: str) -> None:
        stack = self._open[-1].part
        self._add(part, kind, tag)
        if isinstance(stack, Stack) and not isinstance(part, TableGrid):
            part.width = stack.content_width(part) if stack.width else 0.0
        self._open.append(_Open(part))

    def _begin_item(self) -> None:
        parent = self._open[-1].part
        if not isinstance(parent, ListStack):
            return
        item = parent.new_item()
        item.width = parent.content_width(item) if parent.width else 0.0
        marker = "• " if item.number is None else f"{item.number}. "
        self._marker = "  " * (self._depth - 1) + marker
        self._open.append(_Open(item))

    def _pop(self) -> None:
        opened = self._open.pop()
        part = opened.part
        if isinstance(part, TableGrid):
            stack = self._open[-1].part
            if isinstance(stack, Stack) and stack.width:
                part.set_width(stack.content_width(part))
            return
        if isinstance(part, Stack) and not part.placed:
            self._open.append(opened)
            self._flow_tag = "p"
            self._flow = TextFlow(self._flow_style())  # something to stand on
            self._add_flow(self._flow)
            self._end_flow()
            self._open.pop()
        if part.width:
            part.place_from(opened.first_new)

    @property
    def _depth(self) -> int:
        return sum(isinstance(each.part, ListStack) for each in self._open)

    def _lead(self) -> tuple[str, str]:
        """What is before the next line of plain text, and before those after it."""
        indent = "  " * self._depth
        lead, self._marker = self._marker if self._marker is not None else indent, None
        return lead, indent


def _looks_same(token: Token, other: Token) -> bool:
    """Whether two tokens make the same part, or the same beginning of one, after the same tokens."""
    kind = token.type
    if kind != other.type or token.level != other.level or token.tag != other.tag or kind in _ANY_CODE:
        return False
    if kind == "inline":
        return token.children is other.children
    return kind not in LISTS or (token.attrs == other.attrs and _is_loose(token) == _is_loose(other))


def _is_loose(opening: Token) -> bool:
    return bool(opening.meta.get("loose", False))
