"""What provisioning says of its work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Line", "Say"]


@dataclass(frozen=True)
class Line:
    """Something that was done, that was there already, or that could not be done."""

    state: Literal["done", "there", "not done"]
    text: str


Say: TypeAlias = Callable[[Line], None]
"""Is told each line when it happens."""
