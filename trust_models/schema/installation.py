"""What the installation decides, and is therefore no drift: roles, the schema public, default privileges.

The schema `public` is the database's. Who owns it, and what its owner may, is left out. PUBLIC may have USAGE on it or
not; where PUBLIC has it, a role of the product needs none of its own, which only the schema's owner could give.
"""

from collections.abc import Collection

from trust_models.schema.catalogue import Catalogue, Key

__all__ = ["is_of_installation", "settle"]

OWNER = "<owner>"
_EVERYBODY = "PUBLIC"
_ON_PUBLIC = "schema public to "
_USAGE = "USAGE"


def is_of_installation(key: Key, owner_of_public: str | None) -> bool:
    """Return whether the installation decides this altogether."""
    if key.kind == "grant":
        owners = {f"{_ON_PUBLIC}{owner}" for owner in (OWNER, owner_of_public)}
        return key.name.startswith("every new ") or key.name in owners
    return key == Key("owner", "schema public")


def settle(expected: Catalogue, actual: Catalogue, *, roles: Collection[str]) -> tuple[Catalogue, Catalogue]:
    """Leave out of both what the installation decides, which has the roles `roles`.

    A role that is granted rights and is not there is one object that is missing, in place of all its rights.
    """
    owner = actual.definitions.get(Key("owner", "schema public"))
    everybody = actual.definitions.get(Key("grant", _ON_PUBLIC + _EVERYBODY))
    wanted = {
        key: text
        for key, text in expected.definitions.items()
        if not is_of_installation(key, owner) and (key in actual.definitions or not _is_needless(key, everybody))
    }
    absent = {role for key in wanted if (role := grantee(key)) not in {None, OWNER, _EVERYBODY, *roles}}
    found = {key: text for key, text in actual.definitions.items() if not is_of_installation(key, owner)}
    kept = {key: text for key, text in wanted.items() if grantee(key) not in absent}
    return Catalogue(kept | {Key("role", str(role)): "" for role in absent}), Catalogue(found)


def grantee(key: Key) -> str | None:
    """Return whom a grant is to, or None when the key is of another kind."""
    return key.name[len(f"{key.name.partition(' ')[0]} {key.subject} to ") :] if key.kind == "grant" else None


def _is_needless(key: Key, everybody: str | None) -> bool:
    """Return whether a right in the schema public need not be there."""
    if key.kind != "grant" or not key.name.startswith(_ON_PUBLIC):
        return False
    return key.name == _ON_PUBLIC + _EVERYBODY or everybody == _USAGE
