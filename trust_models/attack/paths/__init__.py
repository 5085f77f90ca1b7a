"""Every path, by family."""

from trust_models.attack.path import Path
from trust_models.attack.paths import below_sql, capture, ddl, dml, forgery, names, roles, settings, triggers

EVERY: tuple[Path, ...] = (
    *dml.PATHS,
    *settings.PATHS,
    *triggers.PATHS,
    *ddl.PATHS,
    *names.PATHS,
    *roles.PATHS,
    *below_sql.PATHS,
    *forgery.PATHS,
    *capture.PATHS,
)

NOT_TRIED = {
    "ALTER SYSTEM, setval, DROP DATABASE, COPY to files and programs": (
        "they work outside of the transaction, and could not be undone; the rights to them are looked up instead"
    ),
    "DETACH PARTITION CONCURRENTLY, VACUUM FULL": "they run in no transaction; plain DETACH needs the same right",
    "PREPARE TRANSACTION": "a prepared transaction outlives a killed run; all that comes before it is tried",
    "a dump that was edited and restored": "it is another database; compare it with what is kept outside",
    "files of the server that were edited": "no SQL takes part; checksums and what is kept outside tell",
}
"""Known paths that no run takes, with the reason."""
