"""docs/reference/settings.md says what `Settings` takes."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from tests.docs.pages import code, codes, page, pages
from trust_models.errors import ConfigurationError
from trust_models.settings import DatabaseUrl, LedgerSettings, Settings
from trust_models.settings.tls import SSL_MODES
from trust_models.settings.url_syntax import PARAMETERS

PAGE = page("docs/reference/settings.md")
ROWS = {code(row["Field"]): row for row in PAGE.table("Variable", "Field", "Type", "Default", "Meaning").rows}
MINIMAL = {"database_url": "postgresql://trust_app:secret@localhost/trust_dev"}


def variable(field: str) -> str:
    aliased = Settings.model_fields[field].validation_alias
    return str(aliased or f"trust_{field}").upper()


def value(cell: str) -> str:
    return cell.strip("`")


def test_every_setting_is_listed_under_its_variable() -> None:
    assert {field: code(row["Variable"]) for field, row in ROWS.items()} == {
        field: variable(field) for field in Settings.model_fields
    }


@pytest.mark.parametrize("field", Settings.model_fields)
def test_the_default_is_the_one_that_is_listed(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = value(ROWS[field]["Default"])
    default = Settings.model_fields[field].default
    if listed == "required":
        assert default is PydanticUndefined
    elif listed == "none":
        assert default is None
    else:
        monkeypatch.setenv(variable(field), listed)
        assert getattr(Settings.load(**MINIMAL), field) == default


LEDGER = {code(row["Variable"]): row for row in PAGE.table("Variable", "Type", "Default", "Of the ledger").rows}


def test_every_setting_of_the_ledger_is_listed() -> None:
    own = {field for field in LedgerSettings.model_fields if field.startswith("ledger_")}
    assert LEDGER.keys() == {f"TRUST_{field.upper()}" for field in own}


@pytest.mark.parametrize("name", LEDGER)
def test_a_setting_of_the_ledger_has_the_default_that_is_listed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    field = name.removeprefix("TRUST_").lower()
    default = LedgerSettings.model_fields[field].default
    if LEDGER[name]["Default"] == "none":
        assert not default
        monkeypatch.setenv(name, "")
    else:
        monkeypatch.setenv(name, value(LEDGER[name]["Default"]))
    assert getattr(LedgerSettings.load(), field) == default


LIMITS: list[tuple[str, Any, Any]] = [
    ("pool_min_size", 0, -1),
    ("pool_max_size", 1000, 1001),
    ("pool_max_size", 1, 0),
    ("acquire_timeout", 0.001, 0),
    ("acquire_timeout", 86400, 86401),
    ("session_ttl", timedelta(minutes=1), timedelta(seconds=59)),
    ("session_max_age", timedelta(days=366), timedelta(days=367)),
    ("service_name", "a" * 63, "a" * 64),
]


@pytest.mark.parametrize(("field", "accepted", "refused"), LIMITS)
def test_the_limits_are_those_that_are_listed(field: str, accepted: object, refused: object) -> None:
    assert getattr(Settings.load(**MINIMAL, **{field: accepted}), field) == accepted
    with pytest.raises(ConfigurationError, match=variable(field)):
        Settings.load(**MINIMAL, **{field: refused})


@pytest.mark.parametrize("text", ["12:00:00", "PT12H", "P30D", "30 days"])
def test_a_duration_may_be_written_as_the_page_says(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"`{text}`" in PAGE.text
    monkeypatch.setenv("TRUST_SESSION_TTL", text)
    assert Settings.load(**MINIMAL).session_ttl in {timedelta(hours=12), timedelta(days=30)}


@pytest.mark.parametrize("field", [field for field, row in ROWS.items() if "or empty" in row["Type"]])
def test_an_empty_variable_counts_as_none_where_the_page_says_so(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable(field), "")
    assert getattr(Settings.load(**MINIMAL), field) is None


def test_the_environments_are_listed() -> None:
    for environment in codes(ROWS["environment"]["Type"]):
        if environment != "production":
            Settings.load(**MINIMAL, environment=environment)
    with pytest.raises(ConfigurationError, match="TLS"):
        Settings.load(**MINIMAL, environment="production")


def test_every_parameter_of_a_url_is_listed() -> None:
    rows = PAGE.table("Parameter", "Meaning").rows
    assert [code(row["Parameter"]) for row in rows] == list(PARAMETERS)
    (modes,) = (row["Meaning"] for row in rows if row["Parameter"] == "`sslmode`")
    assert tuple(dict.fromkeys(codes(modes))) == SSL_MODES


@pytest.mark.parametrize("one", [one for one in pages() if one.blocks_of("ini")], ids=str)
def test_an_environment_file_is_accepted(one: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for block in one.blocks_of("ini"):
        assignments = dict(line.split("=", 1) for line in block.text.splitlines())
        assert assignments.keys() <= {variable(field) for field in Settings.model_fields}
        for name, text in assignments.items():
            monkeypatch.setenv(name, text)
        settings = Settings.load()
        assert isinstance(settings.database_url, DatabaseUrl)
