"""The page Tools: limits, the search service, and permissions that are taken back."""

from __future__ import annotations

from desktop_agent.config.tool_settings import Grant
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.tools_page import ToolsPage
from gui.settings.conftest import Opens, Visit

FIRST = Grant(
    tool="write_file", arguments='{"path": "a\N{RIGHT-TO-LEFT OVERRIDE}.txt"}', folder="/home/me/notes"
)
SECOND = Grant(tool="fetch_page", arguments='{"address": "https://example.org/"}', at="2026-01-01T12:00:00Z")


def page_of(here: Visit) -> ToolsPage:
    here.window.open(PageKind.TOOLS)
    page = here.window.page(PageKind.TOOLS)
    assert isinstance(page, ToolsPage)
    return page


def test_a_permission_is_taken_back(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        live = here.parts.live
        live.change("tools", grants=(FIRST, SECOND))
        page = page_of(here)
        assert [row.grant for row in page.grant_rows] == [FIRST, SECOND]
        assert "U+202E" in page.grant_rows[0]._hint.text()
        assert "/home/me/notes" in page.grant_rows[0]._hint.text()
        page.grant_rows[0].revoke_button.click()
        assert live.settings.tools.grants == (SECOND,)
        assert [row.grant for row in page.grant_rows] == [SECOND]
        page.rows["tool_seconds"].show_value(30.0)
        live.change("tools", tool_seconds=30.0)
        page.reset()
        assert live.settings.tools.tool_seconds == 60.0
        assert live.settings.tools.grants == (SECOND,)
        page.grant_rows[0].revoke_button.click()
        assert not live.settings.tools.grants
        assert page.grants_card.isHidden()

    visit(steps)


def test_what_the_search_service_needs(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        live, page = here.parts.live, page_of(here)
        assert page.rows["search_address"].isHidden()
        assert page.key_row.isHidden()
        live.change("tools", search_service="searxng")
        assert not page.rows["search_address"].isHidden()
        live.change("tools", search_service="brave")
        assert page.rows["search_address"].isHidden()
        assert not page.key_row.isHidden()

    visit(steps)
