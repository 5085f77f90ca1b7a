"""Turns what pydantic found wrong with settings into text for the person who has to mend it."""

import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

__all__ = ["explain"]

_SUBJECT = re.compile("^(Input|String)")


def explain(error: ValidationError, settings: type[BaseSettings]) -> str:
    """One line per problem: the environment variable, what is wrong, the mend; never a value."""
    details = error.errors(include_url=False, include_input=False)
    return "\n".join(
        f"{_variable(settings, field)}: {sentence}."
        for detail in details
        for field in [str(detail["loc"][0])]
        for sentence in _sentences(detail, settings.model_fields[field].description)
    )


def _variable(settings: type[BaseSettings], field: str) -> str:
    """Name the environment variable of a field. An alias takes no prefix."""
    aliased = settings.model_fields[field].validation_alias is not None
    prefix = "" if aliased else settings.model_config["env_prefix"]
    return f"{prefix}{field}".upper()


def _sentences(detail: ErrorDetails, form: str | None) -> list[str]:
    if detail["type"] == "value_error":
        # Written by this package, a line per problem, with the mend in it.
        return str(detail["ctx"]["error"]).splitlines()
    if detail["type"] == "missing":
        return [f"it is not set; give {form}"]
    # Pydantic's own messages name the rule and never the input.
    return [f"{_SUBJECT.sub('it', detail['msg'])}; give {form}"]
