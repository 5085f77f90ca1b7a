"""Changes of a critical table that would leave no event. A switch stands for all: its triggers are like the others'."""

# ruff: noqa: S608 - the words in braces are filled in with names that are quoted

from functools import partial

from trust_models.attack.path import ClosedBy, Family, Over, Path
from trust_models.attack.paths.settings import IN_DISGUISE

_UPDATE = "UPDATE public.feature_flags SET enabled = true WHERE id = {flag}"
_DELETE = "DELETE FROM public.feature_flags WHERE id = {flag}"
_RECORDED = (
    "EXISTS (SELECT FROM public.audit_logs WHERE tx_id = pg_current_xact_id() AND entity_type = 'feature_flag'"
    " AND entity_id = {flag} AND action = 'feature_flag.%s')"
)
_HOLES = {
    _UPDATE: "SELECT EXISTS (SELECT FROM public.feature_flags WHERE id = {flag} AND enabled) AND NOT "
    + _RECORDED % "updated",
    _DELETE: "SELECT NOT EXISTS (SELECT FROM public.feature_flags WHERE id = {flag}) AND NOT " + _RECORDED % "deleted",
}

_path = partial(
    Path,
    family=Family.CAPTURE,
    over=Over.ONCE,
    found_by="compare the table with its events: the newest event of each row says what the row is",
    # What a change is told whose event cannot be put together or stored: it is refused with it.
    accepts=frozenset({"22P02", "22001", "23514"}),
)
_by_setting = partial(
    _path,
    closed_by=ClosedBy.GUARD,
    mend="Make the table's triggers t90_capture and t90_capture_truncate fire ALWAYS again.",
)
_by_owner = partial(
    _path,
    closed_by=ClosedBy.LOCK,
    mend="Engage the schema lock, which takes the ownership of the triggers from the role that migrates.",
)

_CONTEXTS = {
    "with a context that is no JSON": "SET LOCAL trust.context = 'x'; ",
    "with a context that is a list": "SET LOCAL trust.context = '[]'; ",
    "with a context that denies it": """SET LOCAL trust.context = '{"captured": false, "unattributed": false}'; """,
    "as a user without a name": "SET LOCAL trust.actor_type = 'USER'; ",
    "as a kind of actor that there is not": "SET LOCAL trust.actor_type = 'NOBODY'; ",
    "as an actor whose name is too long": (
        "SELECT set_config('trust.actor_type', 'USER', true), set_config('trust.actor_id', repeat('x', 300), true); "
    ),
}

_UNRECORDED = tuple(
    _by_setting(name=f"{verb} unrecorded {disguise}", sql=setting + statement, hole=_HOLES[statement])
    for disguise, setting in {**IN_DISGUISE, **_CONTEXTS}.items()
    for verb, statement in {"update": _UPDATE, "delete": _DELETE}.items()
)

_SILENCED = tuple(
    _by_owner(name=name, sql=f"{sql}; {_UPDATE}", hole=_HOLES[_UPDATE])
    for name, sql in {
        "disable what records, and update": "ALTER TABLE public.feature_flags DISABLE TRIGGER t90_capture",
        "make replicas alone record, and update": "ALTER TABLE public.feature_flags ENABLE REPLICA TRIGGER t90_capture",
        "drop what records, and update": "DROP TRIGGER t90_capture ON public.feature_flags",
        "record under a condition, and update": (
            "CREATE OR REPLACE TRIGGER t90_capture AFTER INSERT OR UPDATE OR DELETE ON public.feature_flags"
            " FOR EACH ROW WHEN (false) EXECUTE FUNCTION trust.capture_feature_flags()"
        ),
        "record nothing, and update": (
            "CREATE OR REPLACE FUNCTION trust.capture_feature_flags() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NULL; END'"
        ),
    }.items()
)

PATHS = (*_UNRECORDED, *_SILENCED)
