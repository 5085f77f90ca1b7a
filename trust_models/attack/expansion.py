"""From a path to its attempts: each thing that it is tried on, with the words for the statement."""

from collections.abc import Iterator

from trust_models.attack.attempt import Attempt
from trust_models.attack.company import Member
from trust_models.attack.evidence import Evidence
from trust_models.attack.ground import Ground, Subject
from trust_models.attack.path import Over, Path, Words

_NOTHING = "RETURNS integer LANGUAGE sql AS 'SELECT 1'"
_WITH_A_ROW = {Over.SEEDED_TABLE, Over.FOREIGN_KEY}
ANYBODY = "trust_app"


def subjects(path: Path, ground: Ground) -> list[Subject]:
    """Return what a path can be tried on in this database."""
    if path.since > ground.version:
        return []
    if path.over is Over.ONCE:
        return [Subject("", "", {})]
    if path.over is Over.SEEDED_TABLE:
        return [one for one in ground.subjects.get(Over.TABLE, ()) if one.kind != "segment"]
    return list(ground.subjects.get(path.over, ()))


def why_none(path: Path, ground: Ground) -> str:
    """Say why a path has nothing to be tried on."""
    if path.since > ground.version:
        return f"PostgreSQL {ground.version} does not have it"
    return f"the database has nothing of the kind: {path.over}"


def attempts(path: Path, member: Member, ground: Ground, evidence: Evidence) -> Iterator[Attempt]:
    """Yield each attempt of a path by one attacker."""
    if member.attacker not in path.attackers:
        return
    common = _common(member, ground) | evidence.words()
    for subject in subjects(path, ground):
        words = common | dict(subject.words) | _of_the_row(subject.words, evidence)
        if path.over is Over.ROLE and subject.label in member.names:
            continue
        if path.over in _WITH_A_ROW and not _has_row(words, evidence):
            continue
        yield Attempt(path, subject.label, subject.kind, words)


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _common(member: Member, ground: Ground) -> dict[str, str]:
    settings = ground.settings or ("trust.guard",)
    return {
        "role": quoted(member.role),
        "role_literal": _literal(member.role),
        "owner": quoted(ground.owner),
        "owner_literal": _literal(ground.owner),
        "holder": quoted(ground.holder),
        "holder_literal": _literal(quoted(ground.holder)),
        "database": quoted(ground.database),
        "anybody": ANYBODY,
        "nothing": _NOTHING,
        "missing_tables": _literal(", ".join(ground.missing_tables)),
        "settings_off": "; ".join(f"SET LOCAL {name} = 'off'" for name in settings),
        "settings_on": "; ".join(f"SET LOCAL {name} = 'on'" for name in settings),
    }


def _of_the_row(words: Words, evidence: Evidence) -> dict[str, str]:
    """Return how statements find the run's own row in a table, and in the table that it refers to."""
    table = words.get("evidence_of", "").removeprefix("public.")
    own = evidence.words_of(table) if table in evidence.columns else {}
    own["where"] = evidence.where(table)
    if parent := words.get("parent"):
        own["parent_where"] = evidence.where(parent.removeprefix("public."))
    return own


def _has_row(words: Words, evidence: Evidence) -> bool:
    tables = [words.get("evidence_of", ""), words.get("parent", words.get("evidence_of", ""))]
    return all(table.removeprefix("public.") in evidence.planted for table in tables)
