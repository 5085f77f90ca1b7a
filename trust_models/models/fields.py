"""Column types that Tortoise does not have, and the base of every table.

A field with `generated=True` is one that the database alone writes: Tortoise leaves it out of INSERT and UPDATE
and reads it back.
"""

import json
import re
from typing import Any, TypeAlias
from uuid import UUID

from tortoise import Model, fields
from tortoise.fields.base import Field

JsonObject: TypeAlias = dict[str, Any]


class UuidKeyField(fields.UUIDField[UUID]):
    """The primary key: a UUIDv7 that the database makes."""

    allows_generated = True

    class _db_postgres:  # noqa: N801 - the name by which Tortoise finds a dialect
        SQL_TYPE = "UUID"
        GENERATED_SQL = "UUID NOT NULL PRIMARY KEY DEFAULT trust.uuid_v7()"

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "primary_key": True, "generated": True, "default": None})


class JsonObjectField(fields.JSONField[JsonObject]):
    """A jsonb column that holds an object; its codec does not depend on which JSON library is installed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "encoder": encode_json, "decoder": json.loads})


class InetField(Field[str]):
    """An IP address as text, stored as `inet`."""

    SQL_TYPE = "INET"
    field_type = str

    def to_python_value(self, value: Any) -> str | None:
        """Return the address as text; the driver hands out objects of `ipaddress`."""
        return None if value is None else str(value)


class TransactionIdField(fields.BigIntField):
    """The 64-bit id of a top-level transaction (`xid8`)."""

    SQL_TYPE = "XID8"

    class _db_postgres:  # noqa: N801 - the name by which Tortoise finds a dialect
        SQL_TYPE = "XID8"


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def encode_json(value: Any) -> str:
    """Return `value` as JSON that jsonb can hold.

    Raises `TypeError` for what JSON does not know, and `ValueError` for NaN, infinities, the NUL character and lone
    surrogates.
    """
    text = _ENCODER.encode(value)
    text.encode()  # a lone surrogate is a UnicodeEncodeError, hence a ValueError
    if "\\u0000" in text and _ESCAPED_NUL.search(text):
        raise ValueError("jsonb cannot hold the NUL character")
    return text


class Record(Model):
    """What every table but the audit log has: a time-ordered key and two timestamps, all made by the database."""

    id = UuidKeyField()
    created_at = fields.DatetimeField(generated=True)
    updated_at = fields.DatetimeField(generated=True)

    class Meta(Model.Meta):
        """No table of its own."""

        abstract = True
