import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource

from trust_models.enums import Environment
from trust_models.errors import ConfigurationError
from trust_models.settings import Settings
from trust_models.settings.database_url import DatabaseUrl
from trust_models.settings.production_rules import SUPERUSERS, WELL_KNOWN_PASSWORDS

URL = "postgresql://trust_prod_app:s3cr3tOfTheApp@db.example.org/trust_prod?sslmode=verify-full"
OWNER_URL = "postgresql://trust_prod_owner:s3cr3tOfTheOwner@db.example.org/trust_prod?sslmode=verify-full"
SERVICE = "a login of trust_app, like trust_prod_app"
OWNER = "the owner of the database, like trust_prod_owner"
OWNERS = ("trust_owner", "trust_prod_owner", "trust_dev_owner", "TRUST_PROD_OWNER", "learn_owner")

Set = Callable[..., None]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith("TRUST_") or name.upper().endswith("DATABASE_URL"):
            monkeypatch.delenv(name)


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> Set:
    def put(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return put


def refusal(**overrides: object) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(**overrides)
    return caught.value


def lines(**overrides: object) -> list[str]:
    return str(refusal(**overrides)).splitlines()


def in_production(url: str, **overrides: object) -> list[str]:
    return lines(environment="production", database_url=url, **overrides)


# Reading


def test_only_the_database_url_is_needed(environ: Set) -> None:
    environ(DATABASE_URL=URL)
    settings = Settings.load()
    assert settings.database_url == DatabaseUrl.parse(URL)
    assert settings.model_dump(exclude={"database_url"}) == {
        "environment": Environment.DEVELOPMENT,
        "migration_database_url": None,
        "pool_min_size": 1,
        "pool_max_size": 10,
        "acquire_timeout": 30,
        "statement_timeout": None,
        "session_ttl": timedelta(hours=12),
        "session_max_age": timedelta(days=30),
        "migration_lock_timeout": 600,
        "audit_spool": None,
        "audit_spool_max_bytes": 64 * 2**20,
        "service_name": None,
    }


def test_every_setting_has_its_variable(environ: Set) -> None:
    environ(
        DATABASE_URL=URL,
        MIGRATION_DATABASE_URL=OWNER_URL,
        TRUST_ENVIRONMENT="production",
        TRUST_POOL_MIN_SIZE="0",
        TRUST_POOL_MAX_SIZE="3",
        TRUST_ACQUIRE_TIMEOUT="0.5",
        TRUST_STATEMENT_TIMEOUT="2.5",
        TRUST_SESSION_TTL="PT1H",
        TRUST_SESSION_MAX_AGE="7 days",
        TRUST_MIGRATION_LOCK_TIMEOUT="5",
        TRUST_AUDIT_SPOOL="/var/spool/trust",
        TRUST_AUDIT_SPOOL_MAX_BYTES="1048576",
        TRUST_SERVICE_NAME="lab-runner.2",
    )
    assert Settings.load() == Settings(
        environment=Environment.PRODUCTION,
        database_url=DatabaseUrl.parse(URL),
        migration_database_url=DatabaseUrl.parse(OWNER_URL),
        pool_min_size=0,
        pool_max_size=3,
        acquire_timeout=0.5,
        statement_timeout=2.5,
        session_ttl=timedelta(hours=1),
        session_max_age=timedelta(days=7),
        migration_lock_timeout=5,
        audit_spool=Path("/var/spool/trust"),
        audit_spool_max_bytes=1048576,
        service_name="lab-runner.2",
    )


def test_overrides_win_over_the_environment(environ: Set) -> None:
    environ(DATABASE_URL=URL, TRUST_POOL_MAX_SIZE="3")
    settings = Settings.load(database_url=OWNER_URL, pool_max_size=4)
    assert settings.database_url.user == "trust_prod_owner"
    assert settings.pool_max_size == 4


def test_an_override_that_is_no_setting_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="no such setting: pool_maxsize"):
        Settings.load(pool_maxsize=4)


def test_settings_do_not_change() -> None:
    settings = Settings.load(database_url=URL)
    with pytest.raises(ValidationError, match="frozen"):
        settings.pool_max_size = 4  # type: ignore[misc]


def test_an_optional_setting_may_be_empty(environ: Set) -> None:
    environ(MIGRATION_DATABASE_URL="", TRUST_STATEMENT_TIMEOUT="", TRUST_SERVICE_NAME="", TRUST_AUDIT_SPOOL="")
    settings = Settings.load(database_url=URL)
    assert settings.migration_database_url is None
    assert settings.statement_timeout is None
    assert settings.service_name is None
    assert settings.audit_spool is None


def test_the_spool_does_not_depend_on_the_working_directory(environ: Set) -> None:
    environ(DATABASE_URL=URL, TRUST_AUDIT_SPOOL="spool")
    with pytest.raises(ConfigurationError, match="TRUST_AUDIT_SPOOL: it is not absolute; give the path from /"):
        Settings.load()


# .env


def test_dotenv_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\nTRUST_POOL_MAX_SIZE='7'\n")
    settings = Settings.load()
    assert settings.database_url == DatabaseUrl.parse(URL)
    assert settings.pool_max_size == 7


def test_the_environment_wins_over_dotenv(environ: Set, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\nTRUST_POOL_MAX_SIZE=7\n")
    environ(DATABASE_URL=OWNER_URL)
    settings = Settings.load()
    assert settings.database_url.user == "trust_prod_owner"
    assert settings.pool_max_size == 7


@pytest.mark.parametrize(
    "line",
    [
        "OTHER=1",
        "ENVIRONMENT=nonsense",
        "environment=nonsense",
        "POOL_MAX_SIZE=nonsense",
        "TRUST_DATABASE_URL=nonsense",
        "TRUST_UNKNOWN=1",
    ],
)
def test_other_keys_of_dotenv_mean_nothing(line: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{line}\nDATABASE_URL={URL}\n{line}\n")
    assert Settings.load() == Settings(database_url=DatabaseUrl.parse(URL))


def test_a_key_with_the_wrong_prefix_does_not_stand_in_for_the_right_one(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"TRUST_DATABASE_URL={URL}\n")
    assert lines()[0].startswith("DATABASE_URL: it is not set; give postgresql://")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\n", encoding="utf-8-sig")
    assert Settings.load().database_url.user == "trust_prod_app"


def test_another_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "local.env").write_text(f"DATABASE_URL={URL}\n")
    assert Settings(_env_file="local.env").database_url.user == "trust_prod_app"


def test_a_dotenv_in_another_encoding_is_refused_without_showing_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"DATABASE_URL=postgresql://app:s3cr3t\xff@db/x\n")
    error = refusal()
    assert str(error) == ".env: the file is not UTF-8; save it in this encoding."
    assert error.__context__ is None


def test_a_dotenv_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\n")
    monkeypatch.setattr(DotEnvSettingsSource, "_load_env_vars", denied)
    assert lines() == [".env: the file cannot be read (Permission denied); mend its permissions."]


# Refusing


@pytest.mark.parametrize(
    ("variable", "value", "wrong", "mend"),
    [
        ("DATABASE_URL", "", "the text is not a URL", "write it as postgresql://"),
        ("DATABASE_URL", "postgresql://db", "names no database", "add it after the host"),
        ("MIGRATION_DATABASE_URL", "sqlite://x", "scheme", "write postgresql://"),
        ("TRUST_ENVIRONMENT", "", "'production'", "give development, test or production"),
        ("TRUST_ENVIRONMENT", "prod", "'production'", "give development, test or production"),
        ("TRUST_POOL_MIN_SIZE", "some", "valid integer", "give the number of connections"),
        ("TRUST_POOL_MIN_SIZE", "-1", "greater than or equal to 0", "give the number"),
        ("TRUST_POOL_MIN_SIZE", "11", "TRUST_POOL_MAX_SIZE: it is below", "lower that one"),
        ("TRUST_POOL_MAX_SIZE", "0", "greater than or equal to 1", "give the highest number"),
        ("TRUST_POOL_MAX_SIZE", "1001", "less than or equal to 1000", "give the highest number"),
        ("TRUST_ACQUIRE_TIMEOUT", "0", "greater than or equal to 0.001", "give the seconds"),
        ("TRUST_ACQUIRE_TIMEOUT", "inf", "it should be", "give the seconds"),
        ("TRUST_ACQUIRE_TIMEOUT", "nan", "it should be", "give the seconds"),
        ("TRUST_STATEMENT_TIMEOUT", "0.0001", "greater than or equal to 0.001", "set no limit"),
        ("TRUST_STATEMENT_TIMEOUT", "1e9", "less than or equal to 86400", "set no limit"),
        ("TRUST_SESSION_TTL", "12h", "valid timedelta", "like PT12H or 12:00:00"),
        ("TRUST_SESSION_TTL", "PT1S", "greater than or equal to", "like PT12H"),
        ("TRUST_SESSION_TTL", "P31D", "TRUST_SESSION_MAX_AGE: it is below", "lower that one"),
        ("TRUST_SESSION_MAX_AGE", "P367D", "less than or equal to 366 days", "like P30D"),
        ("TRUST_SESSION_MAX_AGE", "-P1D", "it is below TRUST_SESSION_TTL", "raise it"),
        ("TRUST_MIGRATION_LOCK_TIMEOUT", "-1", "greater than or equal to", "give the seconds"),
        ("TRUST_SERVICE_NAME", "a b", "it should match", "ASCII letters"),
        ("TRUST_SERVICE_NAME", "x" * 64, "it should match", "up to 63"),
    ],
)
def test_a_refusal_names_the_variable_the_fault_and_the_mend(
    environ: Set, variable: str, value: str, wrong: str, mend: str
) -> None:
    environ(**{"DATABASE_URL": URL, variable: value})
    [line] = lines()
    assert wrong in line
    assert mend in line
    assert variable in line
    assert line.endswith(".")


def test_every_problem_has_its_line(environ: Set) -> None:
    environ(MIGRATION_DATABASE_URL="x", TRUST_ENVIRONMENT="x", TRUST_POOL_MAX_SIZE="x")
    assert [line.partition(":")[0] for line in lines()] == [
        "TRUST_ENVIRONMENT",
        "DATABASE_URL",
        "MIGRATION_DATABASE_URL",
        "TRUST_POOL_MAX_SIZE",
    ]


def test_a_url_of_another_type_is_refused() -> None:
    [line] = lines(database_url=7)
    assert "give it as text or as a DatabaseUrl" in line


# Secrecy


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@given(before=st.text(), after=st.text())
def test_no_error_shows_the_password_or_chains_one_that_does(before: str, after: str) -> None:
    marker = "N0b0dyMaySee"
    for tail in ("@db", "@db/trust_dev", "@db/x?no=1", ""):
        url = f"postgresql://app:{before}{marker}{after}{tail}"
        error = refusal(environment="production", database_url=url, migration_database_url=url)
        assert marker not in shown(error)
        assert error.__cause__ is None
        assert error.__context__ is None


def test_a_refusal_of_pydantic_itself_shows_no_password(environ: Set) -> None:
    environ(DATABASE_URL="postgresql://app:s3cr/3t@db/x", TRUST_POOL_MAX_SIZE="s3cr3t")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "s3cr" not in shown(caught.value)


def test_no_text_form_of_settings_shows_a_password() -> None:
    settings = Settings.load(database_url=URL, migration_database_url=OWNER_URL)
    forms = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())]
    for form in forms:
        assert "s3cr3t" not in form
        assert "trust_prod_owner:***@db.example.org" in form


# Production


def test_urls_that_are_fit_for_production() -> None:
    settings = Settings.load(environment="production", database_url=URL, migration_database_url=OWNER_URL)
    assert settings.environment is Environment.PRODUCTION


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://trust_app@/trust_prod?host=/run/postgresql",
        "postgresql://trust_app:gEn3r4t3d@/trust_prod?host=/run/postgresql",
        "postgresql://trust_app@db/trust_prod?sslmode=verify-full&sslcert=both.pem",
        "postgresql://trust_app:gEn3r4t3d@db/x?sslmode=verify-ca&sslrootcert=ca.pem",
    ],
)
def test_other_ways_that_are_as_safe(url: str) -> None:
    settings = Settings.load(environment="production", database_url=url)
    assert settings.database_url == DatabaseUrl.parse(url)


@pytest.mark.parametrize("sslmode", [None, "disable", "allow", "prefer", "require"])
def test_production_demands_verified_tls(sslmode: str | None) -> None:
    query = f"?sslmode={sslmode}" if sslmode else ""
    [line] = in_production(f"postgresql://trust_app:gEn3r4t3d@localhost/trust_prod{query}")
    assert line.startswith("DATABASE_URL: production demands TLS that verifies the server;")
    assert "add sslmode=verify-full" in line
    assert "only a Unix socket, which is local, needs none" in line


@pytest.mark.parametrize("user", [*sorted(SUPERUSERS), *OWNERS, "Postgres"])
def test_a_service_in_production_is_no_owner_and_no_superuser(user: str) -> None:
    [line] = in_production(URL.replace("trust_prod_app", user))
    assert line.startswith("DATABASE_URL: the user has more rights")
    assert line.endswith(f"connect as {SERVICE}.")


def test_production_demands_a_named_user() -> None:
    [line] = in_production("postgresql:///trust_prod?host=/run/postgresql")
    assert line == f"DATABASE_URL: production demands a named user; connect as {SERVICE}."


@pytest.mark.parametrize(
    "password",
    [*sorted(WELL_KNOWN_PASSWORDS), "Postgres", "learn_app", "Learn_App", "learn_prod"],
)
def test_production_refuses_a_password_that_can_be_guessed(password: str) -> None:
    [line] = in_production(
        f"postgresql://learn_app:{password}@db/learn_prod?sslmode=verify-full",
    )
    assert line.startswith("DATABASE_URL: the password is well known, or the name of the user")
    assert "set a generated one" in line


@pytest.mark.parametrize("credentials", ["trust_app", "trust_app:"])
def test_production_demands_a_password_over_the_network(credentials: str) -> None:
    [line] = in_production(f"postgresql://{credentials}@db/trust_prod?sslmode=verify-full")
    assert line.startswith("DATABASE_URL: production demands a password; add a generated one")


@pytest.mark.parametrize("name", ["trust_dev", "Trust_Dev"])
def test_production_refuses_the_development_database(name: str) -> None:
    [line] = in_production(URL.replace("trust_prod", name))
    assert line.startswith("DATABASE_URL: the database is the development one;")
    assert line.endswith("like trust_prod.")


def test_production_names_every_problem_of_both_urls() -> None:
    bad = "postgresql://postgres:postgres@db/trust_dev"
    found = in_production(bad, migration_database_url=bad)
    assert [line.partition(":")[0] for line in found] == [
        *["DATABASE_URL"] * 4,
        *["MIGRATION_DATABASE_URL"] * 4,
    ]


@pytest.mark.parametrize("environment", ["development", "test"])
def test_elsewhere_convenience_is_fine(environment: str) -> None:
    url = "postgresql://postgres:postgres@localhost/trust_dev"
    settings = Settings.load(environment=environment, database_url=url)
    assert settings.for_migrations() == DatabaseUrl.parse(url)


# Migrations


def test_migrations_have_their_own_url() -> None:
    settings = Settings.load(environment="production", database_url=URL, migration_database_url=OWNER_URL)
    assert settings.for_migrations() == DatabaseUrl.parse(OWNER_URL)


def test_in_production_the_url_of_the_service_does_not_stand_in() -> None:
    settings = Settings.load(environment="production", database_url=URL)
    with pytest.raises(ConfigurationError) as caught:
        settings.for_migrations()
    assert str(caught.value).startswith("MIGRATION_DATABASE_URL: it is not set")
    assert f"give the URL of {OWNER}: postgresql://" in str(caught.value)


def test_migrations_in_production_follow_the_other_rules_too() -> None:
    superuser = OWNER_URL.replace("trust_prod_owner", "postgres")
    [line] = in_production(URL, migration_database_url=superuser)
    assert line.startswith("MIGRATION_DATABASE_URL: the user has more rights")
    assert line.endswith(f"connect as {OWNER}.")


# Importing


def test_importing_reads_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"DATABASE_URL=\xff")
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "DATABASE_URL": "broken"}
    program = (
        "import trust_models.settings as module\n"
        "assert not any(isinstance(value, module.Settings) for value in vars(module).values())"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, cwd=tmp_path)  # noqa: S603 - fixed
