"""Paints the answers of the design's two main pictures, for tests, and for eyes as a script.

As a script: `python tests/gui/block_pictures.py FOLDER` writes `blocks-light.png` and `blocks-dark.png`,
1280x820 like the pictures, with the text at the same place.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from desktop_agent.gui.theme import DARK, LIGHT, Theme
from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle, gap_between, make_item
from desktop_agent.markdown import StreamParser

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 712
LEFT = 414

LIGHT_TOP = 256
LIGHT_TEXT = """## Azure AI Search

**Azure AI Search** (formerly Azure Cognitive Search) is a managed retrieval service for full-text, \
vector and hybrid search over your own content.

1. **Indexing.** Indexers pull from Blob Storage, SQL or Cosmos DB, then split and embed the text.
2. **Querying.** Keyword (BM25) and vector results are merged with reciprocal rank fusion.
3. **Ranking.** The semantic ranker reorders the best 50 hits by meaning.

A first query takes a few lines with the `azure-search-documents` package:

```python
from azure.search.documents import SearchClient

client = SearchClient(endpoint, "hotels", credential)
hits = client.search("quiet rooms near the sea", top=5)
```

The service is billed by search unit, so start on the"""

DARK_TOP = 265
DARK_TEXT = """### Tiers

| Tier | Best for | Storage per partition | Indexes |
|---|---|--:|--:|
| Free | Trying it out on a shared service | 50 MB | 3 |
| Basic | Small production workloads | 15 GB | 15 |
| Standard S1 | Growing content, more replicas | 160 GB | 50 |

> Limits depend on when and where the service was created. Check the current quota page before you \
choose a tier.

Shall I sketch an index schema for your documents?"""


@dataclass
class Picture:
    """Blocks that were painted.

    Attributes:
        image: The pixels.
        tops: Where each block begins.
        items: The items that painted them.
        caret: Where the streaming caret stands.
    """

    image: QImage
    tops: list[float]
    items: list[BlockItem]
    caret: QRectF


def paint_blocks(text: str, theme: Theme, top: float, *, width: float = WIDTH, zoom: float = 1.0) -> Picture:
    """Paint a text that is still open, as the transcript does, on a picture of the design's size."""
    parser = StreamParser()
    parser.feed(text)
    image = QImage(1280, 820, QImage.Format.Format_RGB32)
    image.fill(theme.surface)
    painter = QPainter(image)
    picture = Picture(image, [], [], QRectF())
    previous, y = None, top
    for block in parser.blocks:
        item = make_item(block, BlockStyle(theme, zoom))
        item.set_width(width)
        y += gap_between(previous, block, zoom)
        painter.translate(LEFT, y)
        item.paint(painter, QRectF(0, 0, width, item.height))
        painter.translate(-LEFT, -y)
        picture.tops.append(y)
        picture.items.append(item)
        picture.caret = item.caret_rect().translated(LEFT, y)
        y += item.height
        previous = block
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.accent)
    painter.drawRoundedRect(picture.caret, 1, 1)
    painter.end()
    return picture


def items_of(
    text: str, theme: Theme = LIGHT, *, width: float = WIDTH, finish: bool = True
) -> list[BlockItem]:
    parser = StreamParser()
    parser.feed(text)
    if finish:
        parser.finish()
    items = [make_item(block, BlockStyle(theme, 1.0)) for block in parser.blocks]
    for item in items:
        item.set_width(width)
    return items


def pixels_of(items: Sequence[BlockItem], width: float = WIDTH) -> QImage:
    """Items below each other, without gaps."""
    image = QImage(int(width), int(sum(item.height for item in items)) + 1, QImage.Format.Format_RGB32)
    image.fill(LIGHT.surface)
    painter = QPainter(image)
    for item in items:
        item.paint(painter, QRectF(0, 0, width, item.height))
        painter.translate(0, item.height)
    painter.end()
    return image


def main(folder: Path) -> None:
    """Write both pictures."""
    from desktop_agent.app import make_application

    application = make_application()
    paint_blocks(LIGHT_TEXT, LIGHT, LIGHT_TOP).image.save(str(folder / "blocks-light.png"))
    paint_blocks(DARK_TEXT, DARK, DARK_TOP).image.save(str(folder / "blocks-dark.png"))
    application.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
