"""The pages about the ledger's key: their commands are run in a shell, in a folder of their own."""

from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.docs import programs
from tests.docs.pages import CHECKOUT, codes, page
from trust_models.ledger.checkpoint import open_checkpoint, sign_checkpoint
from trust_models.ledger.key_files import signers, verifiers
from trust_models.ledger.keys import parse_signers, parse_verifiers
from trust_models.ledger.merkle import EMPTY_ROOT, TreeHead
from trust_models.ledger.place import folder_of
from trust_models.ledger.sealer.publisher import publishers
from trust_models.settings import LedgerSettings

PUBLISH = page("docs/how-to/publish-checkpoints.md")
ROTATE = page("docs/how-to/rotate-the-ledger-key.md")
SHOW = '\nprintf "%s\\n" "$TRUST_LEDGER_KEY_FILE" "$TRUST_LEDGER_PUBLISH"'


async def shell(script: str, folder: Path) -> str:
    """Run the commands of a console block, as a shell does."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "trust-models"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={CHECKOUT} exec "{programs.BIN}/python" -m trust_models "$@"\n')
    program.chmod(0o755)
    env = programs.environment()
    env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
    return await programs.output_of("sh", "-eu", "-c", script.replace("$ ", ""), folder=folder, env=env)


async def make_a_key(folder: Path) -> None:
    await shell(PUBLISH.blocks_of("console")[0].text, folder)


async def test_what_the_commands_set_is_a_ledger_that_publishes(tmp_path: Path) -> None:
    make, one_folder, _ = (block.text for block in PUBLISH.blocks_of("console"))
    await shell(make, tmp_path)
    key, places = (await shell(one_folder + SHOW, tmp_path)).splitlines()
    settings = LedgerSettings.load(ledger_key_file=key, ledger_publish=places, ledger_public_key=f"{key}.pub")
    assert [one.verifier for one in signers(settings)] == verifiers(settings)
    (publisher,) = publishers(settings)
    note = str(sign_checkpoint(TreeHead(0, EMPTY_ROOT), signers(settings), at=datetime.now(timezone.utc)))
    await publisher.publish(1, note, {"tile/0/000": b"a", "tile/0/001.p/17": b"b", "tile/1/000.p/1": b"c"})
    listed = [path for row in PUBLISH.table("Path", "Holds").rows for path in codes(row["Path"])]
    found = [path for path in (tmp_path / "published").rglob("*") if path.is_file()]
    assert sorted(path.relative_to(tmp_path / "published").as_posix() for path in found) == sorted(listed)


def test_every_form_of_a_place_is_taken() -> None:
    urls = [code for row in PUBLISH.table("URL", "Variables").rows for code in codes(row["URL"])]
    assert [folder_of(url) for url in urls] == [None, None, None]
    several = PUBLISH.blocks_of("console")[2].text.partition('"')[2].rstrip('"')
    assert list(map(str, publishers(LedgerSettings.load(ledger_publish=several)))) == several.split()


@pytest.mark.parametrize("finished", [False, True], ids=["both", "the new one alone"])
async def test_a_rotation_keeps_everything_provable(*, finished: bool, tmp_path: Path) -> None:
    await make_a_key(tmp_path)
    (old,) = parse_signers((tmp_path / "ledger.key").read_text())
    before = str(sign_checkpoint(TreeHead(0, EMPTY_ROOT), [old], at=datetime.now(timezone.utc)))
    for block in ROTATE.blocks_of("console")[: 2 if finished else 1]:
        await shell(block.text, tmp_path)
    (new,) = parse_signers((tmp_path / "new.key").read_text())
    now = signers(LedgerSettings.load(ledger_key_file=tmp_path / "ledger.key"))
    assert now == ([new] if finished else [old, new])
    after = str(sign_checkpoint(TreeHead(0, EMPTY_ROOT), now, at=datetime.now(timezone.utc)))
    both = parse_verifiers((tmp_path / "ledger.key.pub").read_text())
    for note in (before, after):
        open_checkpoint(note, both)
    open_checkpoint(after, [new.verifier])
