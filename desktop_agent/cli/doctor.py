"""`desktop-agent doctor`: examines this installation, says what it found, and mends what can be mended."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from desktop_agent.cli.examinations import (
    Finding,
    examine_display,
    examine_folders,
    examine_keychain,
    examine_log,
    examine_page_text,
    examine_program,
    examine_provider,
    examine_resources,
    examine_store,
)
from desktop_agent.cli.terminal import one_line, put, put_json, say
from desktop_agent.config.exit_status import FAILURE
from desktop_agent.config.paths import FolderError
from desktop_agent.storage import StorageError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Extent:
    """How much is examined.

    Attributes:
        is_full: Check the conversations' file thoroughly, and what is installed.
        with_keychain: Store, read and delete a test entry.
        with_network: Make a request to the provider.
    """

    is_full: bool
    with_keychain: bool
    with_network: bool


def examine(extent: Extent, *, is_mending: bool, as_json: bool) -> int:
    """Examine and print what was found; the exit status: 1 if a problem is left.

    Args:
        extent: What to examine.
        is_mending: Mend what can be mended, and examine again.
        as_json: Print an array of objects.
    """
    findings = list(_findings(extent))
    if is_mending and _mend(findings):
        findings = list(_findings(extent))
    if as_json:
        put_json([_values(each) for each in findings])
    else:
        put(_report(findings))
    return FAILURE if any(each.state == "problem" for each in findings) else 0


def _findings(extent: Extent) -> Iterable[Finding]:
    return chain(
        examine_program(),
        examine_resources(),
        examine_folders(),
        examine_store(is_full=extent.is_full),
        examine_log(),
        examine_page_text() if extent.is_full else (),
        examine_display(),
        examine_keychain() if extent.with_keychain else (),
        examine_provider(with_network=extent.with_network),
    )


def _mend(findings: Iterable[Finding]) -> bool:
    """Mend what can be mended, saying so; whether there was anything to do."""
    is_tried = False
    for each in findings:
        if each.mend is None:
            continue
        is_tried = True
        try:
            done = each.mend()
        except (FolderError, OSError, StorageError) as error:
            logger.warning("Could not be mended: %s", each.topic, exc_info=error)
            say(f"{each.topic}: {error}")
        else:
            if done:
                say(f"{each.topic}: {done}")
    return is_tried


def _report(findings: Sequence[Finding]) -> str:
    width = max(len(each.topic) for each in findings)
    lines = [f"{each.state:7}  {each.topic:{width}}  {one_line(each.text)}" for each in findings]
    if any(each.mend is not None for each in findings):
        lines.append('"desktop-agent doctor --mend" mends what can be mended; nothing is thrown away.')
    elif not any(each.state == "problem" for each in findings):
        lines.append("All is well.")
    return "\n".join(lines) + "\n"


def _values(finding: Finding) -> dict[str, object]:
    return {
        "topic": finding.topic,
        "state": finding.state,
        "text": finding.text,
        "can_be_mended": finding.mend is not None,
    }
