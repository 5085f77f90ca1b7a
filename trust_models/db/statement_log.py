"""The log of statements, without the values that go with them: those may be secrets or personal data."""

import logging


class _WithoutValues(logging.Filter):
    """Tortoise logs a statement and everything that is bound to it at DEBUG; this keeps the statement."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg == "%s: %s" and isinstance(record.args, tuple):
            record.msg, record.args = "%s", record.args[:1]
        return True


STATEMENT_LOG = logging.getLogger("trust_models.db")
STATEMENT_LOG.addFilter(_WithoutValues())
