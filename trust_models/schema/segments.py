"""Segments of the audit log: any number of them, and each has the same shape.

A shape is the catalogue of one segment with `<number>` in place of its number, and `<first>` and `<end>` in place of
its bounds. The segment with a given number must have exactly the objects that the shape then tells.
"""

import re

from trust_models.schema.catalogue import Catalogue, Key

__all__ = ["fold", "shape_of"]

SIZE = 1_000_000
"""How many ids a segment holds; `trust.create_audit_segment` has it too."""

SHAPE = "trust.audit_segment_<number>"
_SEGMENT = re.compile(r"trust\.audit_segment_(\d{6,})")
_INTEGER_MAX = 2**31 - 1


def fold(expected: Catalogue, actual: Catalogue) -> tuple[Catalogue, Catalogue]:
    """Leave out of `actual` every segment that has the shape which `expected` holds.

    A segment that has not stays, and `expected` then has the objects that it should have. The shape itself stands in
    both afterwards, so that two databases are equal whatever the number of their segments.
    """
    shape = {key: text for key, text in expected.definitions.items() if key.subject == SHAPE}
    if not shape:
        return expected, actual
    rest, segments = _apart(actual)
    wanted, found = dict(expected.definitions), rest | shape
    for number, objects in segments.items():
        if objects != (intended := _expand(shape, number)):
            wanted |= intended
            found |= objects
    return Catalogue(wanted), Catalogue(found)


def shape_of(catalogue: Catalogue) -> Catalogue:
    """Return `catalogue` with one shape in place of its segments; raise ValueError when they differ in shape."""
    rest, segments = _apart(catalogue)
    if not segments:
        return catalogue
    last = max(segments)  # the bounds of a low number may be found in other numbers too
    shape = _generalise(segments[last], last)
    if any(_expand(shape, number) != objects for number, objects in segments.items()):
        raise ValueError("the segments of the audit log differ in their shape")
    return Catalogue(rest | shape)


def _apart(catalogue: Catalogue) -> tuple[dict[Key, str], dict[int, dict[Key, str]]]:
    """Return what belongs to no segment, and what belongs to each, by its number."""
    rest: dict[Key, str] = {}
    segments: dict[int, dict[Key, str]] = {}
    for key, text in catalogue.definitions.items():
        segment = _SEGMENT.fullmatch(key.subject)
        if segment is not None and segment[1] == _padded(int(segment[1])):
            segments.setdefault(int(segment[1]), {})[key] = text
        else:
            rest[key] = text
    return rest, segments


def _generalise(objects: dict[Key, str], number: int) -> dict[Key, str]:
    places = {f"audit_segment_{_padded(number)}": "audit_segment_<number>"}
    bounds = {str(number * SIZE): "<first>", str((number + 1) * SIZE): "<end>"}
    return {
        Key(key.kind, _replaced(key.name, places)): _replaced(text, places | bounds) for key, text in objects.items()
    }


def _expand(shape: dict[Key, str], number: int) -> dict[Key, str]:
    first, end = number * SIZE, (number + 1) * SIZE
    places = {
        "<number>": _padded(number),
        "'<first>'": f"'{first}'",
        "'<end>'": f"'{end}'",
        "<first>": _literal(first),
        "<end>": _literal(end),
    }
    return {Key(key.kind, _replaced(key.name, places)): _replaced(text, places) for key, text in shape.items()}


def _replaced(text: str, places: dict[str, str]) -> str:
    for before, after in places.items():
        text = text.replace(before, after)
    return text


def _padded(number: int) -> str:
    return f"{number:06d}"


def _literal(value: int) -> str:
    """Write a number as PostgreSQL writes it in an expression: beyond integer, with its type."""
    return str(value) if value <= _INTEGER_MAX else f"'{value}'::bigint"
