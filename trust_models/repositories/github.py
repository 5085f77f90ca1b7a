"""GitHub accounts and the repositories in which lab work is done."""

from uuid import UUID

from trust_models.audit import Entity, audited
from trust_models.models import GithubAccount, GithubRepoMapping
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page


class GithubRepository:
    """Which GitHub account is whose, and which repository belongs to which session."""

    async def connect_account(self, user_id: UUID, *, github_user_id: int, username: str) -> GithubAccount:
        """Connect a GitHub account to a user; raise `AlreadyExists` when it is connected to somebody."""
        async with audited("github_account.connect", Entity("github_account")) as operation:
            account = await base.insert(
                GithubAccount, user_id=user_id, github_user_id=github_user_id, username=username
            )
            operation.on(account)
            operation.add(user_id=str(user_id))
        return account

    async def rename_account(self, account_id: UUID, *, username: str) -> GithubAccount:
        """Note the name that the account bears now; raise `NotFound`."""
        async with audited("github_account.rename", Entity.named("github_account", account_id)):
            return await base.update(GithubAccount, account_id, username=username)

    async def disconnect_account(self, account_id: UUID) -> None:
        """Take a GitHub account off its user; raise `NotFound`."""
        async with audited("github_account.disconnect", Entity.named("github_account", account_id)):
            await base.remove(GithubAccount, account_id)

    async def accounts(self, user_id: UUID) -> list[GithubAccount]:
        """Return the GitHub accounts of a user, the oldest first."""
        return await GithubAccount.filter(user_id=user_id).order_by("id")

    async def map_repository(
        self, session_id: UUID, *, repo_url: str, default_branch: str = "main"
    ) -> GithubRepoMapping:
        """Say in which repository the work of a session is done.

        Raises `AlreadyExists` when it is said already, `InvalidValue` for a URL that is neither https nor ssh or
        holds a password, or for a branch that Git would not take.
        """
        async with audited("github_repo_mapping.create", Entity("github_repo_mapping")) as operation:
            mapping = await base.insert(
                GithubRepoMapping,
                lab_session_id=session_id,
                repo_url=repo_url,
                default_branch=default_branch,
            )
            operation.on(mapping)
        return mapping

    async def change_default_branch(self, mapping_id: UUID, *, default_branch: str) -> GithubRepoMapping:
        """Note another default branch; raise `NotFound` or `InvalidValue`."""
        async with audited(
            "github_repo_mapping.change_default_branch", Entity.named("github_repo_mapping", mapping_id)
        ):
            return await base.update(GithubRepoMapping, mapping_id, default_branch=default_branch)

    async def repositories(
        self, session_id: UUID, *, after: UUID | None = None, limit: int = PAGE_SIZE
    ) -> Page[GithubRepoMapping]:
        """Return the repositories of a session, the first one first."""
        return await base.page(GithubRepoMapping.filter(lab_session_id=session_id), after=after, limit=limit)
