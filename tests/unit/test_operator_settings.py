"""What people tell to set up and lock a database: each command demands only what it needs."""

from pathlib import Path

import pytest

from trust_models.errors import ConfigurationError
from trust_models.settings import DatabaseUrl, OperatorSettings

SAFE = "postgresql://admin:s3cr3t@db.example.org/postgres?sslmode=verify-full"
UNSAFE = "postgresql://admin:s3cr3t@db.example.org/postgres"


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TRUST_ADMIN_DATABASE_URL", "TRUST_APPROVER_DATABASE_URL", "TRUST_ENVIRONMENT", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_is_demanded_before_it_is_needed() -> None:
    settings = OperatorSettings.load()
    with pytest.raises(
        ConfigurationError, match=r"^TRUST_ADMIN_DATABASE_URL: it is not set; give the URL of a superuser"
    ):
        settings.for_administration()
    with pytest.raises(
        ConfigurationError, match=r"^TRUST_APPROVER_DATABASE_URL: .* a member of trust_approver: postgres"
    ):
        settings.for_approval()


def test_each_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUST_ADMIN_DATABASE_URL", SAFE)
    assert OperatorSettings.load().for_administration() == DatabaseUrl.parse(SAFE)
    monkeypatch.setenv("TRUST_APPROVER_DATABASE_URL", UNSAFE)
    assert OperatorSettings.load().for_approval() == DatabaseUrl.parse(UNSAFE)


@pytest.mark.parametrize("field", ["admin_database_url", "approver_database_url"])
def test_production_demands_tls_and_nothing_of_the_name(field: str) -> None:
    OperatorSettings.load(environment="production", **{field: SAFE})
    with pytest.raises(ConfigurationError, match=f"^TRUST_{field.upper()}: production demands TLS") as caught:
        OperatorSettings.load(environment="production", **{field: UNSAFE})
    assert "s3cr3t" not in str(caught.value)
