"""What the text of a refused statement tells: its operation, and its first table."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust_models.db.refused_statement import operation_and_table
from trust_models.sql import ROOT, load

SENDING = ("repositories", "audit")
OPERATIONS = {"select", "insert", "update", "delete", "merge", "truncate", "ddl", "other"}


@pytest.mark.parametrize(
    ("statement", "operation", "table"),
    [
        ('SELECT "id","email" FROM "users" WHERE "id"=$1', "select", "users"),
        ('SELECT "users"."id" FROM "lab_sessions" JOIN "users" ON true', "select", "lab_sessions"),
        ("select count(*)\nfrom only public.labs", "select", "labs"),
        ("SELECT 1", "select", "other"),
        ('INSERT INTO public."labs" ("slug") VALUES ($1) RETURNING *', "insert", "labs"),
        ("INSERT INTO labs (slug) SELECT slug FROM lessons", "insert", "labs"),
        ("INSERT INTO labs (slug) VALUES ('x') ON CONFLICT (slug) DO UPDATE SET title = 'x'", "insert", "labs"),
        ('UPDATE "users" SET "email"=$1 FROM labs', "update", "users"),
        ("UPDATE ONLY public.users SET email = 'delete from labs'", "update", "users"),
        ('DELETE FROM "audit_logs"', "delete", "audit_logs"),
        ("  delete\tfrom only trust_other", "delete", "trust_other"),
        ("DELETE FROM trust.audit_segment_000000", "delete", "audit_segment_000000"),
        ("MERGE INTO labs USING users ON true WHEN MATCHED THEN DELETE", "merge", "labs"),
        ("TRUNCATE labs", "truncate", "labs"),
        ("TRUNCATE TABLE ONLY public.labs, users CASCADE", "truncate", "labs"),
        ("COPY labs TO STDOUT", "select", "labs"),
        ("COPY public.labs (slug) FROM STDIN", "insert", "labs"),
        ("ALTER TABLE IF EXISTS ONLY public.labs DISABLE TRIGGER ALL", "ddl", "labs"),
        ("DROP TABLE labs", "ddl", "labs"),
        ("CREATE TRIGGER x BEFORE INSERT ON public.labs EXECUTE FUNCTION trust.touch()", "ddl", "labs"),
        ("GRANT ALL ON public.labs TO PUBLIC", "ddl", "labs"),
        ("CREATE SCHEMA x", "ddl", "other"),
        ("GRANT trust_owner TO CURRENT_USER", "ddl", "other"),
        ("EXPLAIN ANALYZE DELETE FROM labs", "delete", "labs"),
        ("WITH gone AS (DELETE FROM labs RETURNING *) SELECT * FROM gone", "delete", "labs"),
        ("WITH one AS (SELECT id FROM users FOR UPDATE) UPDATE labs SET title = 'x'", "update", "labs"),
        ("WITH one AS (SELECT id FROM users FOR NO KEY UPDATE) SELECT * FROM one", "select", "users"),
        ("-- DELETE FROM labs\n/* UPDATE x\n */ SELECT id FROM users", "select", "users"),
        ("SELECT 'x from labs' FROM users", "select", "users"),
        ("DO $$ BEGIN DELETE FROM labs; END $$", "other", "other"),
        ("SET ROLE trust_owner", "other", "other"),
        ("CALL x()", "other", "other"),
        ("COMMIT", "other", "other"),
        ("", "other", "other"),
        ("42", "other", "other"),
        ("DELETE", "delete", "other"),
        ('SELECT * FROM "USERS"', "select", "USERS"),
    ],
)
def test_a_statement_tells_its_operation_and_table(statement: str, operation: str, table: str) -> None:
    assert operation_and_table(statement) == (operation, table)


ON_NO_TABLE = {"audit_horizon.sql", "plan_for_each.sql"}
"""They ask about transactions, or set something for one."""


def of_services() -> list[str]:
    """The statements that repositories and audited blocks send to a table."""
    sources = [path.read_text(encoding="utf-8") for part in SENDING for path in (ROOT.parent / part).glob("*.py")]
    return sorted(set(re.findall(r'load\("queries/(\w+\.sql)"\)', "\n".join(sources))) - ON_NO_TABLE)


def test_there_are_statements() -> None:
    assert len(of_services()) > 10


@pytest.mark.parametrize("name", of_services())
def test_every_statement_of_a_service_is_understood(name: str) -> None:
    operation, table = operation_and_table(load(f"queries/{name}"))
    assert operation in OPERATIONS - {"other", "ddl"}
    assert (ROOT / "tables" / f"{table}.sql").is_file(), (name, table)


@given(st.text())
def test_any_text_has_an_answer(statement: str) -> None:
    operation, _ = operation_and_table(statement)
    assert operation in OPERATIONS


def test_a_huge_statement_is_read_in_part() -> None:
    assert operation_and_table("SELECT * FROM users WHERE id IN (" + "'x', " * 1_000_000) == ("select", "users")
