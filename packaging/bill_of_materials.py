"""The list of a program's parts, for machines: CycloneDX 1.6 as JSON."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from product import NAME, SUMMARY, TITLE, Product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parts import Part

_EXPRESSION: Final = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def bill_of_materials(product: Product, artifact: str, parts: Sequence[Part]) -> str:
    """The list of parts of one file that people download.

    Args:
        product: What the file holds.
        artifact: The file's name.
        parts: What the program consists of beside its own code.

    Returns:
        JSON by the schema of CycloneDX 1.6; the same for the same input.
    """
    own = f"pkg:generic/{NAME}@{product.version}"
    names = {_normal(part.name): part.address for part in parts}
    needs = {
        part.address: sorted({names[need] for need in part.needs if need in names} - {part.address})
        for part in parts
    }
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{artifact} {product.epoch} {parts}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(product.epoch, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": TITLE,
                "version": product.version,
                "description": SUMMARY,
                "licenses": [{"expression": "MIT"}],
                "purl": own,
                "properties": [{"name": "file", "value": artifact}],
            },
        },
        "components": [_component(part) for part in parts],
        "dependencies": [
            {"ref": own, "dependsOn": [part.address for part in parts]},
            *({"ref": address, "dependsOn": each} for address, each in needs.items()),
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _component(part: Part) -> dict[str, Any]:
    is_expression = _EXPRESSION.fullmatch(part.licence)
    licence = {"expression": part.licence} if is_expression else {"license": {"name": part.licence}}
    return {
        "type": "library",
        "bom-ref": part.address,
        "name": part.name,
        **({"version": part.version} if part.version else {}),
        "licenses": [licence],
        "purl": part.address,
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
