"""Kill the chain before and after every outside effect, start again: nothing lost, nothing doubled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.steps.world import World

WRITES = {
    "announce", "attach_evidence", "collected", "set_aside", "qualified", "waits", "claim", "pack", "begin", "commit",
    "searched_in_vain", "end_attempt", "settle", "put", "deposit", "cancel",
}  # fmt: skip
"""Methods of the ports after which the outside world, the registry or staging is no longer the same."""


class Killed(BaseException):
    """The process dies here."""


class Killer:
    """Counts outside effects, and dies just before or just after the chosen one."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.count = 0
        self._at = at
        self._after = after

    def wrap(self, port: Any) -> Any:
        killer = self

        class Mortal:
            def __getattr__(self, name: str) -> Any:
                method = getattr(port, name)
                if name == "batch":
                    return killer.batch(method)
                return killer.guard(method) if name in WRITES else method

        return Mortal()

    def batch(self, method: Any) -> Any:
        """What is put within a batch is an effect too."""

        @contextmanager
        def batched(*args: Any) -> Iterator[Any]:
            with method(*args) as inner:
                yield self.wrap(inner)

        return batched

    def guard(self, method: Any) -> Any:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            chosen = self.count == self._at
            if chosen and not self._after:
                raise Killed
            result = method(*args, **kwargs)
            if chosen:
                raise Killed
            return result

        return guarded


def _result(world: World) -> tuple[Any, dict[str, int]]:
    return world.balance(), dict(world.archive.copies(world.chain().tenant))


def test_a_kill_at_any_moment_changes_nothing_of_the_outcome(commune, tmp_path, formats):
    """Killed before or after any of its outside effects and started again, the chain ends on the same table."""
    reference = commune("maurecy")
    counter = Killer()
    reference.wrap = counter.wrap
    reference.run()
    expected = _result(reference)
    assert set(expected[1].values()) == {1}
    for at in range(1, counter.count + 1, 3):
        for after in (False, True):
            drop = tmp_path / f"{at}-{after}" / "drop"
            shutil.copytree(reference.drop, drop)
            world = World(drop.parent, drop, formats, reference.profile)
            world.wrap = Killer(at, after=after).wrap
            with pytest.raises(Killed):
                world.run()
            world.wrap = lambda port: port
            world.clock.pass_(3600)
            world.run()
            assert _result(world) == expected, f"killed {'after' if after else 'before'} effect {at}"
