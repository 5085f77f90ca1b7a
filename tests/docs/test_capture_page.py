"""docs/explanation/capture.md lists what the declaration says."""

from tests.docs.pages import code, codes, page
from trust_models.audit.captured import CAPTURED

ROWS = page("docs/explanation/capture.md").table("Table", "Entity", "Masked").rows


def test_the_tables_and_their_masks() -> None:
    listed = [(code(row["Table"]), code(row["Entity"]), tuple(codes(row["Masked"]))) for row in ROWS]
    assert listed == [(captured.table, captured.entity_type, captured.hidden) for captured in CAPTURED]
