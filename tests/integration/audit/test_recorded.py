"""`RecordedEvent`: whatever the log holds can be read as one, and says what the row says."""

import json
from datetime import datetime

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.scene import set_scene
from tests.fixtures.trail import OPERATOR, REQUEST, Trail
from tests.fixtures.verbs import AUDITED
from trust_models import FeatureFlagRepository, RecordedEvent, acting_as
from trust_models.errors import InvalidValue

SOURCE = "https://labs.example.org/trust_prod"


@pytest.mark.usefixtures("db")
async def test_every_row_is_an_event(app: asyncpg.Connection) -> None:
    scene = await set_scene(app)
    trail = await Trail.from_now()
    with acting_as(OPERATOR, REQUEST):
        for verb in AUDITED[:2]:
            await verb.call(scene)
        with pytest.raises(InvalidValue):
            await FeatureFlagRepository().enable("No Key")
    await records.event(app, entity_id="a\nb", metadata=json.dumps({"a": [1.5, None, "ü", {"b": 10**30}]}))
    rows = {row["id"]: row for row in await app.fetch("SELECT id, created_at, to_jsonb(a) AS line FROM audit_logs a")}
    events = await trail.events()
    assert len(events) >= 4
    for event in events:
        recorded = RecordedEvent.of(event)
        columns = recorded.as_json()
        assert list(columns) == [field for field in event._meta.fields_map if field in columns]
        line = json.loads(rows[event.id]["line"])
        assert datetime.fromisoformat(columns["created_at"]) == rows[event.id]["created_at"]
        assert columns == line | {"tx_id": int(line["tx_id"]), "created_at": columns["created_at"]}
        assert RecordedEvent.from_cloudevent(json.loads(json.dumps(recorded.to_cloudevent(SOURCE)))) == recorded
