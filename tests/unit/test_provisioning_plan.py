"""What is provisioned, by name; and how new credentials are handed on."""

import json

import pytest

from trust_models.errors import ConfigurationError
from trust_models.provisioning import plan
from trust_models.provisioning.credentials import credential_lines
from trust_models.provisioning.plan import DEVELOPMENT, PLACES, PRODUCTION, ROLES, Login, with_logins
from trust_models.provisioning.script import script
from trust_models.settings import DatabaseUrl, Settings

ADMIN = DatabaseUrl.parse("postgresql://postgres:s3cr3t-of-the-admin@db.example.org:5433/postgres?sslmode=verify-full")
PASSWORDS = {name: f"p@ss/word#of-{name}" for place in PLACES for name in place.login_names}


def test_the_names_are_those_that_the_rules_for_production_know() -> None:
    assert (DEVELOPMENT.database, PRODUCTION.database) == ("trust_dev", "trust_prod")
    assert PRODUCTION.login_names == (
        "trust_prod_owner",
        "trust_prod_app",
        "trust_prod_reader",
        "trust_prod_archiver",
        "trust_prod_approver",
    )


def test_no_login_opens_two_environments() -> None:
    assert not set(DEVELOPMENT.login_names) & set(PRODUCTION.login_names)


def test_nobody_is_a_member_of_the_guard() -> None:
    assert "trust_guard" not in {login.role for place in PLACES for login in place.logins}


def test_a_login_of_a_person() -> None:
    assert Login.parse("alice=trust_approver") == Login("alice", "trust_approver")
    assert Login.parse("alice=trust_approver").password_variable == "ALICE_PASSWORD"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("alice", "names no role"),
        ("=trust_app", "names no login"),
        ("Alice=trust_app", "names no login"),
        ('a"b=trust_app', "names no login"),
        ("a" * 64 + "=trust_app", "names no login"),
        ("alice=trust_guard", "names no role"),
        ("alice=postgres", "names no role"),
        ("trust_app=trust_app", "is the product's own"),
        ("trust_prod_owner=trust_app", "is the product's own"),
    ],
)
def test_a_login_that_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        Login.parse(text)


def test_the_roles_come_before_the_logins_and_each_once() -> None:
    logins = [*PRODUCTION.logins, *PRODUCTION.logins]
    wanted = json.loads(plan.roles_setting(logins, {}, ()))
    assert [one["name"] for one in wanted] == [*ROLES, *PRODUCTION.login_names]


def test_logins_of_the_other_environment_stay_outside() -> None:
    settings = plan.session_settings(PRODUCTION, [PRODUCTION])
    assert json.loads(settings["trust.provision_strangers"]) == sorted(DEVELOPMENT.login_names)


def test_the_lines_of_an_environment_are_settings_that_production_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = list(credential_lines(ADMIN, PRODUCTION, PASSWORDS))
    assert lines[0] == "# production: shown once; give each line only to whom it is for"
    for line in lines:
        if not line.startswith("#"):
            name, _, value = line.partition("=")
            monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert settings.database_url == DatabaseUrl(
        host="db.example.org",
        port=5433,
        database="trust_prod",
        user="trust_prod_app",
        password=PASSWORDS["trust_prod_app"],
        sslmode="verify-full",
    )
    assert settings.for_migrations().user == "trust_prod_owner"
    assert "s3cr3t-of-the-admin" not in "\n".join(lines)


def test_the_lines_say_where_else_a_login_is_for_and_skip_passwords_that_were_kept() -> None:
    (place,) = with_logins([DEVELOPMENT], [Login("alice", "trust_approver")])
    passwords = {"alice": "a" * 20, "trust_dev_reader": "r" * 20}
    way = "db.example.org:5433/trust_dev?sslmode=verify-full"
    assert list(credential_lines(ADMIN, place, passwords))[1:] == [
        "TRUST_ENVIRONMENT=development",
        f"# trust_dev_reader, a login of trust_reader: postgresql://trust_dev_reader:{'r' * 20}@{way}",
        f"# alice, a login of trust_approver: postgresql://alice:{'a' * 20}@{way}",
    ]
    assert list(credential_lines(ADMIN, DEVELOPMENT, {})) == []


def test_a_client_certificate_of_the_admin_is_not_handed_on() -> None:
    admin = DatabaseUrl.parse("postgresql://a@db/x?sslmode=verify-full&sslcert=own.pem&sslkey=own.key")
    assert "own." not in "".join(credential_lines(admin, PRODUCTION, PASSWORDS))


def test_production_without_tls_is_pointed_out() -> None:
    admin = DatabaseUrl.parse("postgresql://a:b@db/x")
    assert "# production demands TLS: add sslmode=verify-full to each URL" in list(
        credential_lines(admin, PRODUCTION, PASSWORDS)
    )
    assert "sslmode" not in "".join(credential_lines(admin, DEVELOPMENT, PASSWORDS))


def test_the_script_holds_no_password() -> None:
    text = script(PLACES, {"trust_prod_app": "a-password-that-was-given"})
    assert "a-password-that-was-given" not in text
    assert text.count("SCRAM-SHA-256$4096:") == 1
    asked = [line.rpartition(" ")[2] for line in text.splitlines() if "\\password" in line]
    assert set(asked) == {name for place in PLACES for name in place.login_names} - {"trust_prod_app"}
