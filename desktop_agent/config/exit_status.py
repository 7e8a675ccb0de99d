"""The exit statuses of the program."""

from __future__ import annotations

FAILURE = 1
BAD_USAGE = 2
INTERRUPTED = 130
