"""GithubRepository: whose account is whose, and in which repository the work of a session is done."""

from uuid import uuid4

import pytest

from tests.fixtures.columns import columns_of
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR
from tests.fixtures.typed_errors import refused_as
from trust_models import GithubRepository, acting_as
from trust_models.errors import AlreadyExists, InvalidValue, ReferenceBroken

pytestmark = pytest.mark.usefixtures("shared_db")

github = GithubRepository()


def number(scene: Scene) -> int:
    """Return a number of GitHub's that no account has, beyond 32 bits."""
    return 2**40 + int(scene.new[:7], 16)


async def test_connect_account_returns_the_account_as_stored(scene: Scene) -> None:
    with acting_as(OPERATOR):
        account = await github.connect_account(scene.user_id, github_user_id=number(scene), username="octo")
    assert (account.user_id, account.github_user_id, account.username) == (scene.user_id, number(scene), "octo")
    accounts = await github.accounts(scene.user_id)
    assert [one.id for one in accounts] == [scene.account_id, account.id]
    assert columns_of(accounts[1]) == columns_of(account)


async def test_an_account_is_connected_to_one_user(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await github.connect_account(scene.user_id, github_user_id=number(scene), username="octo")
        with refused_as(AlreadyExists, "github_accounts_github_user_id_key", hidden=str(number(scene))):
            await github.connect_account(scene.subscriber_id, github_user_id=number(scene), username="octo")


async def test_an_account_needs_a_user_and_a_name(scene: Scene) -> None:
    with acting_as(OPERATOR):
        with refused_as(ReferenceBroken, "github_accounts_user_id_fkey"):
            await github.connect_account(uuid4(), github_user_id=number(scene), username="octo")
        with refused_as(InvalidValue, "github_accounts_username_ck"):
            await github.connect_account(scene.user_id, github_user_id=number(scene), username="")


async def test_rename_account(scene: Scene) -> None:
    with acting_as(OPERATOR):
        renamed = await github.rename_account(scene.account_id, username="renamed")
    assert (renamed.id, renamed.username) == (scene.account_id, "renamed")
    (stored,) = await github.accounts(scene.user_id)
    assert stored.username == "renamed"


async def test_an_account_that_was_disconnected_can_go_to_somebody_else(scene: Scene) -> None:
    with acting_as(OPERATOR):
        account = await github.connect_account(scene.user_id, github_user_id=number(scene), username="octo")
        await github.disconnect_account(account.id)
        await github.connect_account(scene.subscriber_id, github_user_id=number(scene), username="octo")
    assert [one.id for one in await github.accounts(scene.user_id)] == [scene.account_id]


@pytest.mark.parametrize(
    "url", ["https://github.com/octo/{}", "ssh://git@github.com/octo/{}.git", "git@github.com:octo/{}.git"]
)
async def test_map_repository_returns_the_mapping_as_stored(scene: Scene, url: str) -> None:
    with acting_as(OPERATOR):
        mapping = await github.map_repository(scene.session_id, repo_url=url.format(scene.new))
    assert (mapping.lab_session_id, mapping.repo_url) == (scene.session_id, url.format(scene.new))
    assert mapping.default_branch == "main"
    page = await github.repositories(scene.session_id)
    assert [one.id for one in page.items] == [scene.mapping_id, mapping.id]
    assert columns_of(page.items[1]) == columns_of(mapping)


async def test_a_repository_is_mapped_once(scene: Scene) -> None:
    url = f"https://github.com/octo/{scene.new}"
    with acting_as(OPERATOR):
        await github.map_repository(scene.session_id, repo_url=url)
        with refused_as(AlreadyExists, "github_repo_mappings_lab_session_id_repo_url_key", hidden=scene.new):
            await github.map_repository(scene.session_id, repo_url=url, default_branch="trunk")


@pytest.mark.parametrize(
    "url",
    [
        "https://octo:hunter2@github.com/octo/cat",
        "https://hunter2@github.com/octo/cat",
        "https://github.com/octo/cat?token=hunter2",
        "http://github.com/octo/hunter2",
        "file:///hunter2",
        "https://github.com",
        "hunter2",
        "",
    ],
)
async def test_a_url_is_https_or_ssh_and_holds_no_password(scene: Scene, url: str) -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, "github_repo_mappings_repo_url_ck", hidden="hunter2"):
        await github.map_repository(scene.session_id, repo_url=url)


@pytest.mark.parametrize("branch", ["", "-x", "a..b", "a//b", "a/.b", "a.lock", "a/", "a b", "a;rm"])
async def test_a_branch_is_one_that_git_would_take(scene: Scene, branch: str) -> None:
    rule = "github_repo_mappings_default_branch_ck"
    with acting_as(OPERATOR):
        with refused_as(InvalidValue, rule):
            await github.map_repository(
                scene.session_id, repo_url=f"https://github.com/octo/{scene.new}", default_branch=branch
            )
        with refused_as(InvalidValue, rule):
            await github.change_default_branch(scene.mapping_id, default_branch=branch)


async def test_a_mapping_needs_a_session(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(ReferenceBroken, "github_repo_mappings_lab_session_id_fkey"):
        await github.map_repository(uuid4(), repo_url=f"https://github.com/octo/{scene.new}")


async def test_change_default_branch(scene: Scene) -> None:
    with acting_as(OPERATOR):
        changed = await github.change_default_branch(scene.mapping_id, default_branch="release/2.x")
    assert (changed.id, changed.default_branch) == (scene.mapping_id, "release/2.x")


async def test_repositories_come_in_pages(scene: Scene) -> None:
    with acting_as(OPERATOR):
        for part in range(3):
            await github.map_repository(scene.session_id, repo_url=f"https://github.com/octo/{scene.new}-{part}")
    first = await github.repositories(scene.session_id, limit=3)
    second = await github.repositories(scene.session_id, limit=3, after=first.after)
    assert [len(first.items), len(second.items)] == [3, 1]
    assert second.after is None
