"""How the text of an environment variable becomes the value of a setting."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    StringConstraints,
)
from pydantic_settings import NoDecode

from trust_models.settings.database_url import DatabaseUrl

__all__ = [
    "OptionalFile",
    "OptionalFolder",
    "OptionalName",
    "OptionalSeconds",
    "OptionalSecret",
    "OptionalText",
    "OptionalUrl",
    "Places",
    "Seconds",
    "Url",
]

_SEPARATORS = re.compile(r"[\s,]+")


def _blank_as_none(value: object) -> object:
    """Compose files and unit files give a variable without a value as an empty text."""
    return None if value == "" else value


def _read_url(value: object) -> DatabaseUrl:
    if isinstance(value, DatabaseUrl):
        return value
    if isinstance(value, str):
        return DatabaseUrl.parse(value)
    raise ValueError("the value is not a database URL; give it as text or as a DatabaseUrl")


def _read_optional_url(value: object) -> DatabaseUrl | None:
    given = _blank_as_none(value)
    return None if given is None else _read_url(given)


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("it is not absolute; give the path from /")
    return path


def _split(value: object) -> object:
    """Take a list as text apart; what is no text is a list already."""
    return [one for one in _SEPARATORS.split(value) if one] if isinstance(value, str) else value


# A dump of the settings shows no password either.
_Shown = PlainSerializer(str, return_type=str, when_used="unless-none")
_BlankAsNone = BeforeValidator(_blank_as_none)
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]

# Without NoDecode the text of a dataclass would be taken for JSON.
Url = Annotated[DatabaseUrl, NoDecode, PlainValidator(_read_url), _Shown]
OptionalUrl = Annotated[DatabaseUrl | None, NoDecode, PlainValidator(_read_optional_url), _Shown]
# PostgreSQL counts in milliseconds and reads 0 as "no limit".
Seconds = Annotated[float, Field(ge=0.001, le=86_400, allow_inf_nan=False)]
OptionalSeconds = Annotated[Seconds | None, _BlankAsNone]
# A relative one would be another for each working directory, and what is in it be missed.
_Path = Annotated[Path, AfterValidator(_absolute)]
OptionalFolder = Annotated[_Path | None, _BlankAsNone]
OptionalFile = Annotated[_Path | None, _BlankAsNone]
OptionalSecret = Annotated[SecretStr | None, _BlankAsNone]
OptionalText = Annotated[str | None, _BlankAsNone]
# Without NoDecode the text would be taken for JSON.
Places = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
OptionalName = Annotated[_Name | None, _BlankAsNone]
