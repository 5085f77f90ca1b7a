"""The public names: all there, and nothing happens when they are imported."""

import ast
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import trust_models
from trust_models import errors, repositories

OURS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "TRUST_")

WATCH = """
import os, sys
asked, opened = [], []
class Watched(dict):
    def __getitem__(self, name): asked.append(name); return dict.__getitem__(self, name)
    def get(self, name, default=None): asked.append(name); return dict.get(self, name, default)
    def __contains__(self, name): asked.append(name); return dict.__contains__(self, name)
os.environ = Watched(os.environ)
def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.fork"):
        opened.append(event)
    elif event == "open" and str(arguments[0]).endswith(".env"):
        opened.append(".env")
sys.addaudithook(watch)
"""


def run(program: str, cwd: Path, **environment: str) -> str:
    """Run a program in a process of its own, and return what it printed."""
    result = subprocess.run(  # noqa: S603 - a program of this file
        [sys.executable, "-c", program],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(trust_models.__file__).parents[1]), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize("name", trust_models.__all__)
def test_a_public_name_is_there_and_documented(name: str) -> None:
    thing = getattr(trust_models, name)
    assert inspect.getdoc(thing)
    assert thing is getattr(importlib.import_module(trust_models._HOME_OF[name]), name)


def test_the_list_is_complete_and_in_order() -> None:
    assert trust_models.__all__ == sorted(trust_models.__all__)
    assert set(trust_models.__all__) == set(trust_models._HOME_OF)
    assert {name for name in repositories.__all__ if name.endswith("Repository")} <= set(trust_models.__all__)


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(trust_models.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    seen = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == trust_models._HOME_OF


def test_another_name_is_told_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'trust_models' has no attribute 'Nonsense'"):
        trust_models.Nonsense  # noqa: B018
    with pytest.raises(ImportError):
        importlib.import_module("trust_models.nonsense")


def test_a_star_imports_all_of_them() -> None:
    names: dict[str, object] = {}
    exec("from trust_models import *", names)  # noqa: S102
    assert set(trust_models.__all__) <= names.keys()


def test_what_verbs_return_can_be_imported() -> None:
    """A caller who annotates needs the names of what comes back."""
    assert {"Page", "OpenedSession"} <= set(repositories.__all__)


def test_every_error_is_found_in_one_place() -> None:
    assert all(issubclass(getattr(errors, name), trust_models.TrustError) for name in errors.__all__)


def test_importing_opens_nothing_and_reads_no_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=nonsense\nTRUST_ENVIRONMENT=nonsense\n", encoding="utf-8")
    program = f"""{WATCH}
import trust_models
for name in trust_models.__all__:
    getattr(trust_models, name)
import trust_models.errors, trust_models.models, trust_models.repositories, trust_models.audit
print([name for name in asked if name.startswith({OURS!r})], opened)
"""
    said = run(program, tmp_path, DATABASE_URL="nonsense://", TRUST_ENVIRONMENT="nonsense", TRUST_POOL_MAX_SIZE="x")
    assert said == "[] []"


def test_the_watch_would_see_what_is_read(tmp_path: Path) -> None:
    program = f"""{WATCH}
from trust_models import Settings, TrustError
try: Settings.load()
except TrustError: pass
print(bool([name for name in asked if name.upper().startswith({OURS!r})]) or bool(opened))
"""
    (tmp_path / ".env").write_text("DATABASE_URL=nonsense\n", encoding="utf-8")
    assert run(program, tmp_path) == "True"


def test_importing_the_package_alone_loads_no_driver(tmp_path: Path) -> None:
    program = "import sys, trust_models; print(sorted({'asyncpg', 'tortoise', 'pydantic'} & set(sys.modules)))"
    assert run(program, tmp_path) == "[]"


def test_services_do_without_the_tools_of_migrations_and_commands(tmp_path: Path) -> None:
    program = (
        "import sys, trust_models\n"
        "for name in trust_models.__all__: getattr(trust_models, name)\n"
        "print(sorted({'aerich', 'typer', 'rich', 'asyncclick'} & set(sys.modules)))"
    )
    assert run(program, tmp_path) == "[]"


@pytest.mark.parametrize(
    "names", ["", "for name in trust_models.__all__: getattr(trust_models, name)"], ids=["bare", "all"]
)
def test_how_long_importing_takes(tmp_path: Path, names: str) -> None:
    """Told (with `-s`, or `-rP`), not judged: it depends on the machine."""
    program = (
        f"import time; start = time.perf_counter()\nimport trust_models\n{names}\nprint(time.perf_counter() - start)"
    )
    seconds = float(run(program, tmp_path))
    print(f"importing took {seconds:.3f} s")  # noqa: T201
    assert seconds > 0


def test_every_module_can_be_imported_on_its_own(tmp_path: Path) -> None:
    """No module leans on what another happened to import before."""
    modules = [
        module.name
        for module in pkgutil.walk_packages(trust_models.__path__, "trust_models.")
        if module.name.split(".")[1] in {"db", "models", "audit", "repositories"}
    ]
    assert len(modules) > 20
    program = f"""
import importlib, os, asyncpg, pydantic_settings, tortoise.context, tortoise.backends.asyncpg.client
for name in {modules!r}:
    if (child := os.fork()) == 0:
        importlib.import_module(name)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
print("all")
"""
    assert run(program, tmp_path) == "all"
