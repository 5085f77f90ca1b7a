"""The models say of each table what the database says: columns, types, nullability, keys and defaults."""

import re

import pytest
from tortoise import Model
from tortoise.fields.data import CharEnumFieldInstance

from tests.fixtures.catalogues import catalogue_of
from tests.fixtures.cluster import Cluster
from tests.fixtures.columns import members_of
from tests.fixtures.model_descriptions import Description, column_name, columns, describe_models
from trust_models import models
from trust_models.schema.catalogue import Catalogue, Key

MODELS: list[type[Model]] = [getattr(models, name) for name in models.__all__]
NAMES = ["trust.Aerich", *(f"trust.{model.__name__}" for model in MODELS)]
ENUMS = [
    (model, name)
    for model in MODELS
    for name, field in model._meta.fields_map.items()
    if isinstance(field, CharEnumFieldInstance)
]
WORDS = {
    "BOOL": "boolean",
    "DECIMAL": "numeric",
    "INT": "integer",
    "TIMESTAMPTZ": "timestamp with time zone",
    "VARCHAR": "character varying",
}
"""What PostgreSQL calls the types that Tortoise calls otherwise."""

VALUE = re.compile(r" (DEFAULT|GENERATED) .*", re.DOTALL)
"""What a column's definition says about its value, at the end."""


@pytest.fixture(scope="module")
async def head(cluster: Cluster) -> Catalogue:
    """What the migrations build."""
    return await catalogue_of(cluster.url("owner", cluster.template))


@pytest.fixture(scope="module")
async def described() -> dict[str, Description]:
    """What the models say."""
    return await describe_models()


def column_type(column: Description) -> str:
    kinds: dict[str, str] = column["db_field_types"]
    word, bracket, arguments = (kinds.get("postgres") or kinds[""]).partition("(")
    return WORDS.get(word, word.lower()) + bracket + arguments


def of_table(head: Catalogue, kind: str, table: str) -> dict[str, str]:
    """The definitions of a table's parts by their own names."""
    prefix = f"public.{table}."
    return {
        key.name.removeprefix(prefix): text
        for key, text in head.of_kind(kind).definitions.items()
        if key.name.startswith(prefix)
    }


def test_each_table_has_a_model(head: Catalogue, described: dict[str, Description]) -> None:
    tables = {name for name in head.names("table") if name.startswith("public.")}
    assert tables == {f"public.{model['table']}" for model in described.values()}
    assert set(described) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_columns_types_and_nullability(head: Catalogue, described: dict[str, Description], name: str) -> None:
    model = described[name]
    expected = {
        column["db_column"]: column_type(column) + ("" if column["nullable"] else " NOT NULL")
        for column in columns(model)
    }
    actual = of_table(head, "column", model["table"])
    assert expected == {column: VALUE.sub("", text) for column, text in actual.items()}


@pytest.mark.parametrize("name", NAMES)
def test_defaults(head: Catalogue, described: dict[str, Description], name: str) -> None:
    model = described[name]
    actual = of_table(head, "column", model["table"])
    # A generated column is written by the database, by a default or by a trigger; the model does not say which.
    stated = [column for column in columns(model) if not column["generated"]]
    with_default = {column["db_column"] for column in stated if column["db_default"] != "__NOT_SET__"}
    assert with_default == {column["db_column"] for column in stated if VALUE.search(actual[column["db_column"]])}


@pytest.mark.parametrize("name", NAMES)
def test_keys(head: Catalogue, described: dict[str, Description], name: str) -> None:
    model = described[name]
    expected = {f"PRIMARY KEY ({model['pk_field']['db_column']})"}
    expected |= {f"UNIQUE ({column['db_column']})" for column in model["data_fields"] if column["unique"]}
    for fields in model["unique_together"]:
        expected.add(f"UNIQUE ({', '.join(column_name(model, field) for field in fields)})")
    for relation in model["fk_fields"]:
        target = described[relation["python_type"]]
        expected.add(
            f"FOREIGN KEY ({column_name(model, relation['name'])}) REFERENCES"
            f" public.{target['table']}({target['pk_field']['db_column']}) ON DELETE {relation['on_delete']}"
        )
    constraints = of_table(head, "constraint", model["table"]).values()
    assert expected == {text for text in constraints if not text.startswith("CHECK")}


@pytest.mark.parametrize(("model", "field"), ENUMS)
def test_members_of_enums(head: Catalogue, model: type[Model], field: str) -> None:
    table, instance = model._meta.db_table, model._meta.fields_map[field]
    assert isinstance(instance, CharEnumFieldInstance)
    check = head.definitions[Key("constraint", f"public.{table}.{table}_{field}_ck")]
    assert members_of(check) == [member.value for member in instance.enum_type]
