"""The hierarchy of errors: as it is drawn, and what each says."""

import copy
import inspect
import pickle
import re

import pytest
from tortoise.exceptions import BaseORMException, IntegrityError, OperationalError

from trust_models import errors
from trust_models.db import translation
from trust_models.errors import TrustError

CLASSES = [getattr(errors, name) for name in errors.__all__]


def drawn() -> dict[str, str | None]:
    """Return the classes of the drawing, each with the one above it."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in inspect.cleandoc(errors.__doc__ or "").splitlines():
        if not (match := re.match(r"^    (?P<branch>(?:[│ ]   )*(?:[├└]── )?)(?P<name>[A-Z]\w+)(?:\s{2,}|$)", line)):
            continue
        depth = len(match["branch"]) // 4
        path = [*path[:depth], match["name"]]
        parents[match["name"]] = path[-2] if depth else None
    return parents


def meanings() -> dict[str, str]:
    """Return what the drawing says of each class."""
    lines = re.findall(r"^.*?([A-Z]\w+)\s{2,}(\S.*)$", errors.__doc__ or "", flags=re.MULTILINE)
    return dict(lines)


def test_the_drawing_shows_the_classes() -> None:
    assert drawn() == {kind.__name__: None if kind is TrustError else kind.__bases__[0].__name__ for kind in CLASSES}


def test_every_class_is_public() -> None:
    defined = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, TrustError) and kind.__module__ == errors.__name__
    }
    assert set(errors.__all__) == defined
    assert errors.__all__ == sorted(errors.__all__)


def test_the_drawing_names_the_sqlstates_that_are_mapped() -> None:
    for sqlstate, kind in translation._BY_SQLSTATE.items():
        assert issubclass(kind, TrustError)
        if kind is not errors.DatabaseUnavailable:
            assert sqlstate in meanings()[kind.__name__], (sqlstate, kind)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_without_a_message_it_says_the_first_line_of_its_docstring(kind: type[TrustError]) -> None:
    first = (kind.__doc__ or "").splitlines()[0]
    error = kind()
    assert error.message == first
    assert str(error) == (f"{first} {error.hint}" if error.hint else first)
    assert first.endswith("."), "a sentence"
    assert error.sqlstate == kind.default_sqlstate
    assert error.constraint is None
    assert error.table is None


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_it_says_what_it_is_given(kind: type[TrustError]) -> None:
    error = kind("A message.", sqlstate="12345", constraint="a_rule", table="a_table", hint="Do this.")
    assert str(error) == "A message. Do this."
    assert error.args == ("A message.",)
    assert (error.sqlstate, error.constraint, error.table, error.hint) == ("12345", "a_rule", "a_table", "Do this.")
    assert repr(error) == f"{kind.__name__}('A message.')"


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_it_survives_a_process_boundary_and_a_copy(kind: type[TrustError]) -> None:
    error = kind("A message.", sqlstate="12345", constraint="a_rule", table="a_table", hint="Do this.")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - of our own making
        assert type(twin) is kind
        assert vars(twin) == vars(error)
        assert str(twin) == str(error)


def test_own_sqlstates_stand_on_their_classes() -> None:
    assert {kind.default_sqlstate: kind for kind in CLASSES if (kind.default_sqlstate or "")[2:3] == "T"} == {
        "23T01": errors.ImmutableRecord,
        "23T02": errors.VersionOutOfOrder,
        "23T03": errors.StateNotAllowed,
        "23T04": errors.EvidenceMissing,
        "23T05": errors.ActorRequired,
        "42T01": errors.SchemaLocked,
    }


def test_code_written_for_tortoise_catches_them() -> None:
    for kind in CLASSES:
        tortoise = [base for base in kind.__mro__ if base.__module__.startswith("tortoise")]
        if issubclass(kind, errors.IntegrityViolation):
            assert tortoise[0] is IntegrityError
        elif issubclass(kind, (errors.OperationRefused, errors.Retryable)):
            assert tortoise[0] is OperationalError
        else:
            assert tortoise == []
        assert not tortoise or issubclass(kind, BaseORMException)


def test_what_may_be_tried_again_is_of_one_kind() -> None:
    assert {kind for kind in CLASSES if issubclass(kind, errors.Retryable)} == {
        errors.Retryable,
        errors.SerializationConflict,
        errors.TimedOut,
    }


def test_a_class_of_somebody_else_without_a_docstring_has_no_message() -> None:
    class Bare(TrustError):
        pass

    assert str(Bare()) == ""
    assert str(Bare("Something.")) == "Something."
