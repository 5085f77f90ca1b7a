"""github_accounts, github_repo_mappings."""

from uuid import UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused, still_referenced

# Accounts


async def test_an_account_belongs_to_one_user(app_trial: asyncpg.Connection) -> None:
    account = await records.github_account(app_trial, github_user_id=583231)
    async with refused(app_trial, "23505", "github_accounts_github_user_id_key"):
        await records.github_account(app_trial, github_user_id=583231)
    # A user may have two; the name is GitHub's to reuse.
    await records.github_account(app_trial, user_id=account["user_id"], username=account["username"])


async def test_an_account_is_a_number_of_64_bits(app_trial: asyncpg.Connection) -> None:
    assert (await records.github_account(app_trial, github_user_id=2**63 - 1))["github_user_id"] == 2**63 - 1
    async with refused(app_trial, "23502"):
        await records.github_account(app_trial, github_user_id=None)


async def test_an_account_has_a_name(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23514", "github_accounts_username_ck"):
        await records.github_account(app_trial, username="")
    async with refused(app_trial, "23502"):
        await records.github_account(app_trial, username=None)


async def test_an_account_has_a_user(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23503", "github_accounts_user_id_fkey"):
        await records.github_account(app_trial, user_id=UUID(int=0))


# Repositories


@pytest.mark.parametrize(
    "repo_url",
    [
        "https://github.com/octocat/hello-world",
        "https://github.com/octocat/Hello_World.git",
        "https://github.com/octocat/.github",
        "https://git.example.org:8443/team/sub/project.git",
        "https://git.example.org/~ada/project",
        "ssh://git@github.com/octocat/hello.git",
        "ssh://git@git.example.org:2222/octocat/hello.git",
        "ssh://git.example.org/octocat/hello",
        "git@github.com:octocat/hello.git",
        "git@github.com:octocat/.github.git",
        "ada-l@git.example.org:team/sub/hello",
    ],
)
async def test_a_repository_is_reached_by_https_or_ssh(app_trial: asyncpg.Connection, repo_url: str) -> None:
    assert (await records.repo_mapping(app_trial, repo_url=repo_url))["repo_url"] == repo_url


@pytest.mark.parametrize(
    "repo_url",
    [
        "",
        "octocat/hello",
        "github.com/octocat/hello",
        "/srv/git/hello.git",
        "../hello",
        # Another scheme
        "http://github.com/octocat/hello",
        "git://github.com/octocat/hello",
        "git+ssh://git@github.com/octocat/hello",
        "file:///srv/git/hello",
        "ftp://github.com/octocat/hello",
        "ext::sh -c touch% /tmp/x",
        "javascript:alert(1)//octocat/hello",
        "HTTPS://github.com/octocat/hello",
        # Credentials
        "https://ada@github.com/octocat/hello",
        "https://ada:s3cret@github.com/octocat/hello",
        "https://ghp_s3cret@github.com/octocat/hello",
        "https://:s3cret@github.com/octocat/hello",
        "https://@github.com/octocat/hello",
        "ssh://git:s3cret@github.com/octocat/hello",
        "git:s3cret@github.com:octocat/hello",
        "https://github.com/octocat/hello?access_token=s3cret",
        "https://github.com/octocat/hello#s3cret",
        # Form
        "https://",
        "https://github.com",
        "https://github.com/",
        "https:///octocat/hello",
        "https://github.com//hello",
        "https://github.com/octocat/",
        "https://github.com:/octocat/hello",
        "https://github.com:https/octocat/hello",
        "https://github.com\\octocat\\hello",
        "https://github.com/octocat/hel lo",
        "https://github.com/octocat/hello%0a",
        "https://gith\u00fcb.com/octocat/hello",
        "https://github.com/octocat/hello\n",
        "\nhttps://github.com/octocat/hello",
        " https://github.com/octocat/hello",
        "https://github.com/octocat/hello\nhttps://example.org/a/b",
        "https://github.com/$(id)/hello",
        "https://github.com/`id`/hello",
        "https://github.com/octocat/hello;id",
        "git@github.com",
        "git@github.com:",
        "git@github.com:/octocat/hello",
        "git@github.com/octocat/hello",
        "@github.com:octocat/hello",
        "ssh://git@/octocat/hello",
        "ssh://git@github.com",
    ],
)
async def test_another_repo_url_is_refused(app_trial: asyncpg.Connection, repo_url: str) -> None:
    async with refused(app_trial, "23514", "github_repo_mappings_repo_url_ck"):
        await records.repo_mapping(app_trial, repo_url=repo_url)


@pytest.mark.parametrize(
    "repo_url",
    [
        # What git or ssh would read as an option (CVE-2017-1000117)
        "ssh://-oProxyCommand/octocat/hello",
        "ssh://-oProxyCommand@github.com/octocat/hello",
        "-oProxyCommand@github.com:octocat/hello",
        "git@-oProxyCommand:octocat/hello",
        "https://-github.com/octocat/hello",
        "git@github.com:-octocat/hello",
        # Hosts and paths that point elsewhere
        "https://./octocat/hello",
        "https://../octocat/hello",
        "https://github..com/octocat/hello",
        "https://github.com/octocat/../hello",
        "https://github.com/..",
        "https://github.com/./hello",
        "git@github.com:../octocat/hello",
    ],
)
async def test_a_repo_url_leads_no_tool_astray(app_trial: asyncpg.Connection, repo_url: str) -> None:
    async with refused(app_trial, "23514", "github_repo_mappings_repo_url_ck"):
        await records.repo_mapping(app_trial, repo_url=repo_url)


async def test_a_repo_url_is_not_longer(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "22001"):
        await records.repo_mapping(app_trial, repo_url="https://github.com/" + "a" * 482)


async def test_a_repo_url_is_checked_when_it_changes(owner_trial: asyncpg.Connection) -> None:
    mapping = await records.repo_mapping(owner_trial)
    async with refused(owner_trial, "23514", "github_repo_mappings_repo_url_ck"):
        await owner_trial.execute(
            "UPDATE github_repo_mappings SET repo_url = 'https://ada:s3cret@github.com/a/b' WHERE id = $1",
            mapping["id"],
        )


@pytest.mark.parametrize("branch", ["main", "feature/x-1", "release/1.2", "v1+2", "_x", "UPPER", "a" * 255])
async def test_a_branch_is_accepted(app_trial: asyncpg.Connection, branch: str) -> None:
    assert (await records.repo_mapping(app_trial, default_branch=branch))["default_branch"] == branch


@pytest.mark.parametrize(
    "branch",
    [
        *["", "-", "-x", "--upload-pack=id", ".", "..", "...", "a..b", "../a", "a/../b", ".a", "a/.b", "a."],
        *["/a", "a/", "a//b", "a.lock", "a/b.lock", "@", "a@{0}", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b"],
        *["a b", "a\tb", "a\n", "main\nrm", "a\x7f", "$(id)", "`id`", "a;id", "a|id", "a&id", "a'b", 'a"b', "é"],
    ],
)
async def test_another_branch_is_refused(app_trial: asyncpg.Connection, branch: str) -> None:
    async with refused(app_trial, "23514", "github_repo_mappings_default_branch_ck"):
        await records.repo_mapping(app_trial, default_branch=branch)


async def test_a_branch_is_checked_when_it_changes(app_trial: asyncpg.Connection) -> None:
    mapping = await records.repo_mapping(app_trial)
    async with refused(app_trial, "23514", "github_repo_mappings_default_branch_ck"):
        await app_trial.execute("UPDATE github_repo_mappings SET default_branch = '-x' WHERE id = $1", mapping["id"])


@pytest.mark.parametrize("column", ["lab_session_id", "repo_url", "default_branch"])
async def test_a_mapping_is_complete(app_trial: asyncpg.Connection, column: str) -> None:
    async with refused(app_trial, "23502"):
        await records.repo_mapping(app_trial, **{column: None})


async def test_a_session_has_each_repository_once(app_trial: asyncpg.Connection) -> None:
    mapping = await records.repo_mapping(app_trial)
    await records.repo_mapping(app_trial, lab_session_id=mapping["lab_session_id"])
    await records.repo_mapping(app_trial, repo_url=mapping["repo_url"])
    async with refused(app_trial, "23505", "github_repo_mappings_lab_session_id_repo_url_key"):
        await records.repo_mapping(
            app_trial,
            lab_session_id=mapping["lab_session_id"],
            repo_url=mapping["repo_url"],
            default_branch="another",
        )


async def test_a_mapping_belongs_to_a_session(owner_trial: asyncpg.Connection) -> None:
    async with refused(owner_trial, "23503", "github_repo_mappings_lab_session_id_fkey"):
        await records.repo_mapping(owner_trial, lab_session_id=UUID(int=0))
    mapping = await records.repo_mapping(owner_trial)
    async with refused(owner_trial, still_referenced(owner_trial), "github_repo_mappings_lab_session_id_fkey"):
        await owner_trial.execute("DELETE FROM lab_sessions WHERE id = $1", mapping["lab_session_id"])
