"""Identity."""

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
    "eJztW1lT4zgQ/isqvwxTBRSEY6Z2ngKEJTsDbJEwuzVHGcUWsQpHMpZMSLH8923JcXyHHB"
    "BMyFPsvix9raO7pTwY0g+E3KwH0mnahEkqB8Yf6MFguEfgoYi9jgzseSOmepe442pxDIIm"
    "DSUpEVq2I6SPLQnsa+wKAiSbCMunnqScKaU66uMBogz1HWo5CKNAEB95Pr8jAmgcSYcMEP"
    "bJF0QwCHSIy1lXIMkRZ0RLb6ov2dyCT1HWfU6jAaO3ATEl7xLQ8MH0z5+GMgO99JVA9Gwq"
    "Fei78fs3UCmzyT0AAOLq1bsxrylx7RS2IAssTTflwNO0y4DaX8ngWAurPnVMi7tBj8UK3k"
    "A6nI00AtDYvLxsHilelzDiY0nUh8A7CmwWuO7QPRH+YZ9ikbCxCR2bXOPAVS5T2mEzYpph"
    "mmfnbbPVaJumkXNnpJFwxpBkcaaGAmVS4fLwGNqN+6+phvrA4Un9Ym1n/6PuLhey62umob"
    "v5qBWxxKGqxjgG1fKJ6r+JZR7cI+BI2iPF6KY1MyjbQ9XN6GEGtCNCDHc8IV4X73bztNFq"
    "10//VuZ7Qty6Gq56u6E4NU0dZKhroXs4zO1w7o+MoH+a7ROkXtGP87NG1okjufYPQ7UJ1g"
    "xuMt43sZ3EJCJHJBCNvRx49oxeTmuuvFxlLyeX2bSPDx3sN1jQ0z5uAgCYWSTn69QynfY0"
    "QJb1bdSkxTvXyO5exa41evjedAnrSgdet/fHuPp7/UKvodtZ950NOTXNeiyEe7STFcJePK"
    "2KdKsM+cTzKQ16bW9vAtRBqhR2zUvjTnqYutOAPVKYCeHhGlZNgHdqWxMADFKlAGteGuDS"
    "8Tw22iofyaUh1xsYz7NHXSqOvb4pDLoUVHl0j7lPaJdFACeX6QygYZZxObTyNhGNqfEc83"
    "F/FPcnxxN03SYukeE8r7cO60cNQwPcwdZNH/u2mUJacXiNZygj2TyrV+tlKZjhrgZH9UK1"
    "OU7tWkSIsNNFiV/EXX8q7xOh4MRZn4DBQewNyNE6Pu+r9Iz7yCZ31IKk7EryG8JMBwvnCl"
    "Gh0jXUOqlv1Pb2Eb+GfE7zgYylYjNyB/pCwpCzi5LBF/1WQY64ygFfeDVaX+WA7zw7WOWA"
    "78HL8dI8TYSc1nqeRORVF8p0lLy/O0GQvL9bGiMrViYHufcoeG2GyZTWnHYyzRbfVWSLen"
    "OTycVCQpgGU2N6P2d15182K5aILpOjfXIHK+Ase2Nac+XkCjuZekoaDIq8k5uMyJIEIqW1"
    "DBWkMT5tnjXaRcUgSIVZwdQoDyjSWsuAWqaavLU1SeFNiZVXlDVzVXpbld4WjOgbLb1p0P"
    "M1t8gXpcU21ZuJi2weyHK2ic500Srsuo04DAZE1ImNevDJNUipqw/SIb0v6ArGgNAxwBWS"
    "xHXVhQnChqawi1ThBfWxQBxs9n0qJWFFRbeFfntVhFsV4VblmUXHoKsi3Hvw8oJPqKu1PC"
    "7ggNqmwnPxwNTvU8Cc1Vu+vKQ2UVpSG5OV1PJJic/dEpifvlMU6b7y5ZbWrXsUvq39Mj5c"
    "thoXH34ZH/OwV+RqkT4fnvc6V85IlS8YVQT4UTQ9dVk/qbgqA1Zsc84VBMoT2GSak7yXnx"
    "4MB0Pd468XxMVyeN+jsFaQ/TNANebb3DWD/HqVvM8yF1qJGzTLCFaXSifomNiyeKD05oHr"
    "T22rHppaVsCg8c8zuL7hzpKPLS/ouFQ4sBNBN+YG6zvxJwSrmvvVxFjBoJh7bGkby42YCD"
    "oj4/Oh1UpYWqa5+JI3T4lPLccouHQaMtbH3TeNRZ6qgZdj8MwV4yYrO3EtqhbT/PZW9Tox"
    "NBZ+Nmrbu592P+/s734GEd3MEeXT2KPY9hMV47t4rZm0AJJQqXIyWKV/m6g5NQXCQ/ElRH"
    "d70hPvcQfeWXThi7LwasFfrfOzkuOOWCWbZ1NLov8QbOpvOBQuAleBkUqvI0zXTuv/ZuE+"
    "/HZ+kM2blYGDooPxRR7kPv4Psxh3KQ=="
)
