"""Whether this session has a display."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """Whether a window can be opened; Qt itself would abort the process on Linux."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
