"""Foundation."""

from pathlib import Path
from typing import Any

RUN_IN_TRANSACTION = True


async def upgrade(_database: Any) -> str:
    """Return the SQL that brings the schema here."""
    return Path(__file__).with_suffix(".up.sql").read_text(encoding="utf-8")


async def downgrade(_database: Any) -> str:
    """Return the SQL that takes it back."""
    return Path(__file__).with_suffix(".down.sql").read_text(encoding="utf-8")


MODELS_STATE = (
    "eJzdlNFv2jAQxv8VlKdO2qaSQVv1jaJV3dSC1KKpUlVZTnIEC8dO7ctK1fG/z+cADqGg9W"
    "XS9ka+++z77ifOrxGayuLnARiRzqLzzmukeAHux3bhYyfiZbmR6Rt5Ir2RB0ti0fAUnTrl"
    "0oKTMrCpESUKrZyqKilJ1KkzCpUHqVLiqQKGOgecgXGFh0cnC5XBAuz6s5yzqQCZbQUVGf"
    "X2OsOX0mvfFF56I3VLWKplVahgLl9wptXGLZSfKAcFhiPQ9W5Mik/pVnOuJ6qTBksdsXEm"
    "gymvJDbGTVjQIsZG4wm7+zphLHoHoFQrguuiWj99ThE+xd3eae/sy0nvzFl8zI1yuqxbBz"
    "D1QY9nNImWvs6R1w7POED9CcZSpB2ywxk3b6NtHGnxdcHbfNc0DwFeC4Fw+Ff9DcQFXzAJ"
    "KkdajLjfPwD0x+B2eDW4PXKuD9RSuzWot2O0KsV1jagHyrRT7yC8sv+HdLvHx39A17n20v"
    "W1bbquI0K92tuEv9+NR28TbhxpUc5Eip1fHSnszlvxD9A+AJdg0M2FtU+yyfToZnDfxj28"
    "Hl94ONpibvwt/oILh54e6Om88ZqQkPB0/sxNxnYqOtb7vLulIi7aClc89yBp4uXyN9N4J8"
    "o="
)
