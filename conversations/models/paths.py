"""How a path is read: from its end up to the root, in chunks, and what of it a model is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar


class Node(Protocol):
    """What has a number and a parent's."""

    # A model's fields are descriptors, a tuple's are properties: both are read only here.
    @property
    def pk(self) -> Any: ...
    @property
    def parent_id(self) -> Any: ...


class Turn(NamedTuple):
    """What a model is sent of a message."""

    pk: int
    parent_id: int | None
    role: str
    content: str
    attached: int
    tool_calls: list[dict[str, Any]]
    tool_name: str
    tool_call_id: str
    state: str = ""
    reason: str = ""


N = TypeVar("N", bound=Node)


def walk_up(leaf: int | None, read: Callable[[int], list[N]]) -> Iterator[N]:
    """The nodes from `leaf` to the root; `read` gives some with numbers up to its argument, the greatest first.

    Parents have smaller numbers than their children, so going down the numbers meets a path in order.
    """
    wanted, most = leaf, leaf or 0
    while wanted is not None:
        chunk = read(most)
        if not chunk:
            return
        for node in chunk:
            if node.pk == wanted:
                yield node
                wanted = node.parent_id
        most = chunk[-1].pk - 1
        if wanted is not None:
            most = min(most, wanted)
