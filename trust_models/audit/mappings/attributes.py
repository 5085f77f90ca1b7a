"""What both formats leave out: attributes that have no value."""

from collections.abc import Mapping
from typing import Any


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts as one dict; the later wins, and None is left out."""
    return {name: value for part in parts for name, value in part.items() if value is not None}
