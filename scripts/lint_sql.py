"""Checks the package's SQL without a database.

    lint_sql.py [FILE...]           every .sql file of the package and of the migrations by default

- Syntax of every statement, of PL/pgSQL bodies and of SQL function bodies, by PostgreSQL's own parser.
- What the migrations do on their way up also by squawk, which knows what locks or breaks a live
  database. `.squawk.toml` says what is left out and why. The way down drops things by its nature.

Prints `file:line: problem` for each and exits 1 if there is any.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pglast import ast, parse_plpgsql, parse_sql
from pglast.parser import ParseError

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("trust_models/sql", "migrations")
FROZEN = ROOT / "migrations"


class Problem(NamedTuple):
    """Something to mend, where it stands."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{os.path.relpath(self.path)}:{self.line}: {self.text}"


class Body(NamedTuple):
    """The text between the dollar quotes of a function or of a DO block."""

    language: str
    text: str


def check_syntax(path: Path) -> Iterator[Problem]:
    """Yield the file's first syntax error, or else the first of each of its bodies."""
    source = path.read_text(encoding="utf-8")
    try:
        statements = parse_sql(source)
    except ParseError as error:
        message, offset = parts_of(error)
        yield Problem(path, line_at(source, offset), message)
        return
    for statement in statements:
        start = statement.stmt_location or 0
        end = start + statement.stmt_len if statement.stmt_len else len(source)
        text = source[start:end]
        if (body := body_of(statement.stmt)) and (error_in_body := check_body(text, body)):
            message, offset = error_in_body
            yield Problem(path, line_at(source, start + offset), message)


def check_body(statement: str, body: Body) -> tuple[str, int] | None:
    """Return what is wrong with the body and its offset in the statement, or None."""
    start = max(statement.find(body.text), 0)
    try:
        if body.language == "plpgsql":
            parse_plpgsql(in_public(statement[:start]) + statement[start:])
        elif body.language == "sql":
            parse_sql(body.text)
    except ParseError as error:
        message, offset = parts_of(error)
        if message.startswith("Not implemented"):
            # The parser stands alone, without a catalogue. The tests create every function for real.
            return None
        if offset is None:
            offset = offset_of_token(body.text, message)
        return message, start + offset
    return None


def body_of(statement: ast.Node | None) -> Body | None:
    """Return the body that a statement holds as a string, if it does."""
    match statement:
        case ast.CreateFunctionStmt():
            options, default = statement.options, "sql"
        case ast.DoStmt():
            options, default = statement.args, "plpgsql"
        case _:
            return None
    values = {option.defname: option.arg for option in options or ()}
    if (text := values.get("as")) is None:
        return None
    source = text[0] if isinstance(text, tuple) else text
    language = values.get("language")
    return Body(language.sval if language else default, source.sval)


def in_public(header: str) -> str:
    """Move the types of a function's header to a schema that the parser knows, keeping its lines."""
    return re.sub(r"\btrust\.", "public.", header)


def offset_of_token(body: str, message: str) -> int:
    """Return where the token that a message quotes stands, if it stands there once; else the start."""
    quoted = re.search(r'at or near "(.+)"', message)
    places = [found.start() for found in re.finditer(re.escape(quoted[1]), body)] if quoted else []
    return places[0] if len(places) == 1 else 0


def line_at(source: str, offset: int | None) -> int:
    """Return the number of the line that holds the first word at or after an offset."""
    offset = min(offset or 0, len(source))
    skipped = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL).match(source, offset)
    return source.count("\n", 0, skipped.end() if skipped else offset) + 1


def parts_of(error: ParseError) -> tuple[str, int | None]:
    """Return the parser's message and the offset, which PL/pgSQL's does not tell."""
    message, offset = error.args
    return str(message), offset


def check_operation(paths: list[Path]) -> Iterator[Problem]:
    """Yield what squawk finds in migrations."""
    if not paths:
        return
    squawk = Path(sys.executable).with_name("squawk")
    checked = subprocess.run(
        [squawk, "--reporter", "json", *paths],
        capture_output=True,
        check=False,
        cwd=ROOT,
        text=True,
    )
    if checked.returncode not in {0, 1} or not checked.stdout:
        sys.exit(f"squawk failed: {checked.stderr}")
    for found in json.loads(checked.stdout):
        text = f"{found['rule_name']}: {found['message']} {found['help'] or ''}".rstrip()
        # squawk counts lines from 0 in this format.
        yield Problem(Path(found["file"]), found["line"] + 1, text)


def goes_up(path: Path) -> bool:
    """Return whether a file is a migration's, and not the one that takes it back."""
    return path.is_relative_to(FROZEN) and not path.name.endswith(".down.sql")


def sql_files(arguments: Iterable[str]) -> list[Path]:
    """Return the files to check, in a stable order."""
    if named := [Path(argument).resolve() for argument in arguments]:
        return named
    return sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.sql"))


def main() -> int:
    """Print the problems and return the exit status."""
    paths = sql_files(sys.argv[1:])
    problems = [problem for path in paths for problem in check_syntax(path)]
    problems += check_operation([path for path in paths if goes_up(path)])
    for problem in sorted(problems):
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{len(paths)} SQL files checked, {len(problems)} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
