"""Whether an object that is there is also in force, told from its definition in the catalogue."""

import re

_FIRES: dict[str | None, frozenset[str]] = {
    None: frozenset({"origin"}),
    "ENABLE ALWAYS": frozenset({"origin", "replica"}),
    "ENABLE REPLICA": frozenset({"replica"}),
    "DISABLED": frozenset(),
}
"""In which sessions a trigger or a rule fires, by the line that tells it."""

_NOT_IN_FORCE = {
    "column": re.compile(r" NOT VALID(?= |$)"),
    "constraint": re.compile(r" NOT VALID$| NOT ENFORCED$|\nITS TRIGGER .*$", re.MULTILINE),
    "index": re.compile(r"\n(?:INVALID|NOT READY)$", re.MULTILINE),
}
"""What a definition says more when the object is not, or not for every row, in force."""


def is_weaker(actual: str, expected: str, *, kind: str) -> bool:
    """Return whether the definition `actual` is `expected` but for saying that the object is in force less often."""
    if kind in {"trigger", "rule"}:
        (text, state), (expected_text, expected_state) = _without_state(actual), _without_state(expected)
        return text == expected_text and not _FIRES[state] >= _FIRES[expected_state]
    remark = _NOT_IN_FORCE.get(kind)
    return remark is not None and remark.sub("", actual) == expected


def _without_state(definition: str) -> tuple[list[str], str | None]:
    lines = definition.split("\n")
    states = [line for line in lines if line in _FIRES]
    return [line for line in lines if line not in _FIRES], states[-1] if states else None
