"""docs/reference/errors.md says which errors there are, and which rules of the product raise them."""

import re

import asyncpg
import pytest

from tests.docs.pages import codes, page
from trust_models import errors
from trust_models.db import sqlstates, translation
from trust_models.db.translation import translate
from trust_models.errors import TrustError
from trust_models.sql import CURRENT, ROOT, load

FILES = (*CURRENT, *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("lock/*.sql")))
"""What makes functions: the schema, and what a superuser adds to it when the lock is engaged."""

PAGE = page("docs/reference/errors.md")
CLASSES = {row["Class"].strip("`"): row for row in PAGE.table("Class", "Below", "SQLSTATE", "Raised when").rows}
RULES = {row["Rule"].strip("`"): row for row in PAGE.table("Rule", "SQLSTATE", "Refused", "What to do").rows}

GUARDED = re.compile(r"trust\.guard_table\('(?:public|trust)\.(\w+)'\)")


def test_every_class_is_listed_below_its_bases() -> None:
    assert {name: codes(row["Below"]) for name, row in CLASSES.items()} == {
        name: [base.__name__ for base in getattr(errors, name).__bases__] for name in errors.__all__
    }


@pytest.mark.parametrize("name", CLASSES)
def test_each_sqlstate_becomes_the_class_that_is_listed(name: str) -> None:
    listed = CLASSES[name]["SQLSTATE"]
    for sqlstate in codes(listed):
        assert type(translate(server_error(sqlstate))) is getattr(errors, name), sqlstate
    classes = re.findall(r"\b(\d\d)\b(?!`)", re.sub(r"`[^`]*`", "", listed))
    for number in classes:
        assert type(translate(server_error(f"{number}X99"))) is getattr(errors, name), number


def test_no_sqlstate_is_left_out() -> None:
    listed = {code for row in CLASSES.values() for code in codes(row["SQLSTATE"])}
    assert listed == translation._BY_SQLSTATE.keys()
    numbers = {n for row in CLASSES.values() for n in re.findall(r"(?<!`)\b\d\d\b(?!\w)", row["SQLSTATE"])}
    assert numbers == translation._BY_CLASS.keys()


def server_error(sqlstate: str) -> asyncpg.PostgresError:
    return asyncpg.PostgresError.new({"C": sqlstate, "M": "refused", "S": "ERROR"})


def test_a_product_code_is_listed_with_the_class_that_the_driver_gets() -> None:
    registered = {
        one.sqlstate for one in vars(sqlstates).values() if getattr(one, "__module__", None) == sqlstates.__name__
    }
    assert {code for row in CLASSES.values() for code in codes(row["SQLSTATE"]) if code[2] == "T"} == registered


def rules_of_the_sql() -> dict[str, str]:
    """Every rule that a function raises by name, with its SQLSTATE, as the files say it."""
    found: dict[str, str] = {}
    for file in FILES:
        text = load(file)
        found |= {f"{table}_immutable": "23T01" for table in GUARDED.findall(text)}
        # RAISE … USING ERRCODE = '…', …, CONSTRAINT = '…', and the variables that stand for the two.
        for statement in re.findall(r"RAISE EXCEPTION USING(.*?);\n", text, re.DOTALL):
            code = re.search(r"ERRCODE = '(\w{5})'", statement)
            rule = re.search(r"CONSTRAINT = '(\w+)'", statement)
            if code and rule:
                found[rule[1]] = code[1]
        codes_in_order = re.findall(r"^ +code := '(\w{5})';", text, re.MULTILINE)
        rules_in_order = re.findall(r"^ +rule := '(\w+)';", text, re.MULTILINE)
        found |= dict(zip(rules_in_order, codes_in_order, strict=True))
        for table, column in re.findall(r"trust\.next_number\([^)]*'(\w+)', '(\w+)'\)", text):
            found[f"{table}_{column}_order"] = "23T02"
    return found


def checks_of_the_sql() -> set[str]:
    """The rules that functions raise as PostgreSQL raises those of a CHECK: 23514."""
    return {rule for file in FILES for rule in re.findall(r"THEN '(\w+_ck)'", load(file))}


def test_every_rule_of_the_product_is_listed_with_its_sqlstate() -> None:
    assert {rule: codes(row["SQLSTATE"])[0] for rule, row in RULES.items()} == rules_of_the_sql()


def test_rules_are_in_the_order_of_the_alphabet() -> None:
    assert list(RULES) == sorted(RULES)


def test_every_raise_of_the_product_is_understood() -> None:
    raised = sum(load(file).count("RAISE EXCEPTION") for file in FILES)
    # The guard, the state machine, the numbering and the form of an event raise under names that they compose; a wrong
    # argument has none.
    composed = {"refuse_mutation", "check_lab_session", "next_number", "ensure_audit_segments", "assign_audit_log"}
    composed |= {"count_denial", "record_denial", "replay_audit_events", "seal_audit_log"}
    plain = len(re.findall(r"CONSTRAINT = '\w+'\s*;", "\n".join(map(load, FILES))))
    assert raised == plain + len(composed)


def test_what_an_error_offers_is_listed() -> None:
    for attribute in ("message", "sqlstate", "constraint", "table", "hint"):
        assert f"`{attribute}`" in PAGE.text
        assert hasattr(TrustError(), attribute)
