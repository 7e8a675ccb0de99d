"""A model that obeys what somebody else wrote: nothing comes of it that the person has not seen and allowed.

All attacks run in `tests/benchmarks/attacks.py`; here is every eleventh.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from attacks import all_attacks, outcome_of


def test_there_are_a_hundred() -> None:
    attacks = all_attacks()
    assert len(attacks) >= 100
    assert len({attack.name for attack in attacks}) == len(attacks)


def test_no_attack_has_an_effect_that_was_not_shown_and_allowed(tmp_path: Path) -> None:
    async def try_them() -> dict[str, list[str]]:
        found = {}
        for number, attack in enumerate(all_attacks()[::11]):
            effects = await outcome_of(attack, tmp_path / str(number))
            if effects:
                found[attack.name] = effects
        return found

    assert asyncio.run(try_them()) == {}
