"""A page of the log is edited on the disk while the server is stopped."""

import os
import tempfile
from pathlib import Path

from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.ledgers import Folder, Ledger, kinds, the
from trust_models.ledger.verifier.findings import Kind
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.settings import DatabaseUrl

WRITTEN = "café 77".encode()
EDITED = "cafè 77".encode()


async def test_a_page_that_was_edited_on_the_disk(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="trust-edit-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)  # the server may run as another account
        data = Path(folder) / "data"
        with EmbeddedServer(data_dir=data) as server:
            cluster = Cluster(DatabaseUrl.parse(server.url()))
            await cluster.prepare()
            database = cluster.template
            admin = await connect(cluster.url("admin", database))
            ledger = Ledger(admin, cluster.url("reader", database), Folder(tmp_path))
            await ledger.grow(600)
            file = data / await admin.fetchval("SELECT pg_relation_filepath('trust.audit_segment_000000')")
            held = await admin.fetch(
                "SELECT id FROM audit_logs WHERE (ctid::text::point)[0] ="
                " (SELECT (ctid::text::point)[0] FROM audit_logs WHERE id = 77) ORDER BY id"
            )
            checksums = await admin.fetchval("SHOW data_checksums") == "on"
            await admin.execute("CHECKPOINT")
            await admin.close()
            await cluster.admin.close()
        content = file.read_bytes()
        assert content.count(WRITTEN) == 1
        with file.open("r+b") as opened:
            opened.seek(content.index(WRITTEN))
            opened.write(EDITED)
            os.fsync(opened.fileno())
        with EmbeddedServer(data_dir=data, settings={"ignore_checksum_failure": "on"}) as server:
            again = Cluster(DatabaseUrl.parse(server.url()), run=cluster.run, password=cluster.password)
            ledger.reader_url = again.url("reader", database)
            assert the(await ledger.verify(), Kind.EVENT_CHANGED).events == (77,)
        with EmbeddedServer(data_dir=data) as server:
            again = Cluster(DatabaseUrl.parse(server.url()), run=cluster.run, password=cluster.password)
            ledger.reader_url = again.url("reader", database)
            report = await ledger.verify()
            if checksums:
                assert the(report, Kind.EVENT_UNREADABLE).events == tuple(row["id"] for row in held)
            assert kinds(report) == {Kind.EVENT_UNREADABLE if checksums else Kind.EVENT_CHANGED}
