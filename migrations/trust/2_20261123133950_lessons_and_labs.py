"""Lessons and labs."""

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
    "eJztXVtzmzgU/isaXprOpJnGTdLO9slNnK3bbbITO+1OL0OEkW1tMbhIxPVk89/3SJg72P"
    "iOHb3Zko6A7+hyzscHPGjc9Rg/qnu83zSJzSkfa3+gB83GAwI/8qoPkYaHw7BS/OfYsGRz"
    "DA116rekhMm2BuMu7nCo7mKLESgyCeu4dMipYwujOhrhMaI2GvVpp48w8hhx0dB17gmDMg"
    "fxPhkj7JK3iGBoYBDLsXsMcQc5NpGtj8SRTKcDh6J2b5Wdejb95RGdOz0CFi50/e2bJrqB"
    "q3RFg+C3Lkzg2rUfP6CU2ib5DQBAc/F3+FPvUmKZCWyhLVTJcp2Ph7Ls1qPmRzK+lI3FNR"
    "l6x7G8gR0ZDMe879ihhQcWR7e3zQtR1yM2cTEn4kDgHQG27VnWxD0B/v41RU38k43ZmKSL"
    "PUu4TFj7pxGVabp+dd3WW422rmsZdwYWMWdMijqOLYYCtbnA5eHR7ze6flmqiQOcv6/fHL"
    "w6ey4v12G858pKTV7mozTEHPumEuMI1I5LxPXrmGfBvYAaTgckH92kZQplc2J6FPxYAO2g"
    "III7mhDbxbvd/NRoteuf/hbdDxj7ZUm46u2GqKnJ0nGq9MB3jwNz25/7YSfoS7P9Hom/6O"
    "v1VSPtxLBd+6smzgnWDEe3nZGOzTgmQXFQBE0jL3tDc0EvJy2Vl6vs5fgym/TxeR+7Ddsb"
    "SB83AQBsd0jG14llOulpgCzt2+CUNu9cLb175btWG+DfukXsHu/D3+OzKa7+XL+Ra+hx2n"
    "1Xk5qarHrMhTvcyXJhz59WebZVhrz0fEqCXjs9LYE6tCqEXdYlcScDTK15wA4NFkJ4soZV"
    "E+BXtZclAIZWhQDLuiTAheN5arRVPJILQ64dGM+LR10iju3+zA26BFRZdC8dl9CeHQAcX6"
    "ZTgPpZxu2kl91ENCqN5piLR2HcHx9PcOkmsQj353m9dV6/aGgSYAN3fo6wa+oJpEWNU3NS"
    "JWHbbNWgNkiXYBv3JDjiKsQ5R6ldizDmX3Re4hfUHs7K+5jfsHTWx2BwEPMF5GiG64xEeu"
    "a4yCT3tANJ2R13fhJb72PWv0OUiXQNtd7XX9ROz5DThXxO1kMx5qLaJvdgzzgMOTMvGVzr"
    "sXJyRJUDrnk1OlQ54BPPDlQO+BS8HC3N80TISavVJCJbXSiTUfLZSYkg+eykMEYWVakc5P"
    "eQgtcWmExJy3kn02LxXUW2qJ2bTBZmHMI0mBrz+zltu/yyWbFEdJ8c7ZJ7WAEX2RuTlsrJ"
    "FXYyHYrW0CHLOrlpE16QQCSs9oFBmuLT5lWjnUcGQSps50yN4oAiabUPqKXY5JcvyxBvol"
    "kxoywrFfWmqLcNI7qj1Ntf2NCylJsoPZxCtYEvSjNs0BZhhqikrQwCUKKRSzkn9lt0Rxjs"
    "4DIPHlDb44RJ7mskSC6MLIJdW7BcfcezTDS0sI26Tq7OYj0HUZya4tQU27LpkFJxak/By8"
    "zyevMEv0H7vePRjssGvdNi3nTIyym3yFxkZWCwj4KJUgjXpiBcyyJs0m6XduCsx/kwz1YG"
    "JXuoMu4V0QZl4rg8yqGAcci1TWFO/cS6GpiXH+s9cRIvascnr0/evDo7eQNN5ImGJa+nkh"
    "NpbgK679KcpfkDc+xr41/SKUA4sktvvLTD0X/Iomyz8LZ+WRf+v4Pv2rOHx2fftefr2Xw/"
    "tK6vEvtuMIoPPtX/SQ/w87+u36U3VNHBu7wcuzgnjBx2T9xQ8pB02buJ5eXHG2JhPhFQ5C"
    "bfkPF99vvZwSlQlII/rjdxDgDLzZ9jaE5Lo/W492an018mSSukuyaBUzOJCYksseOJLMcu"
    "eA5y4bdwygMDiqAdEvchxaMGUlgiMiwDM/KMZZPp9Rwi9xEGy6cZJhCohxZUcl3l5WUv0i"
    "6VXD8FL99Hm0/J+DhmMTsqrr4zVVC8rbmyslg4C7/O+rh2ejYPrZExnJ1m78DgXrMOK9jP"
    "jfH8d00j2yVvnFbsTvUyMVdc+2TMD2lkpO5DT78PPcknlrsNPbn3uZt4zrwLHQ2mxE3oGw"
    "g5bprnba1gIVge1pJ396s57WfCmlkyC9Atw+fEH2FZhs+JPTOzJ4N5rXwOoJXP5fgVh9N4"
    "HNmkvCJCNi/QK+SqG2YaKKWCIlN2I3jdpzRbkSlPwctKqaCUCkqpoJQKcygVAEfu5QTw5e"
    "COrLcMdfIO+sVN/bKdfxO9IrDD4XjuMxUlaFqe/1iFEi8sRNgOPQMg6y8UG6Vt1fNfFQuO"
    "tqhSkYmwEqrMT2xM0aqkMZ1BcyyoWPEpDIbpRE1CORphhsLJvpxYZWW95+tUQgpISVUUu7"
    "IDC8zObi2KXXlqXlZSldVLVfYlCdpZsYrAcTG1SspSyVWUXGWLchU/4J9fsRK3U6KVGaKV"
    "MLlYUrcS9rObqM6WrsRHlVKvVEq9skb+QkKfpS0CjxSyFeJ9G6UlGUNo69hH6Eq+VtW/dh"
    "M5MCQQEe8UFz9c0oVW4uMcvE8G4r0SLmYyy7hDnFgW86kHvytsSWZBshAO9DlF3bHRYyuh"
    "iKIydiNs3KckV1EZT8HLG/6GQrWWxw18QsGkbGjhsS7/zwFz2m7/3py3Ft2I6xQJc2ZLGA"
    "LbSgkYbluNm0rrF+QXDJb94FCmE6XXmQl8GE3Puz0nDJVQoWKb80JCheSXIxeWKqQ/V1mN"
    "+ba8UiGzXq3kcZXUN172Eawe5X3P0HGn43jCbhm4/pR91f2u9hUw8aiaehaqFFSRZC54M+"
    "syYJXXV1VzvyqNVfTY1sYUabuIGPOMsPPl0GrFetqnubhG+rtOXNrpa1kCfFJxOO2LaFGT"
    "WRx4MQYrZowLZR25bPFiio7tEiEr0XMUM8aFgpliAqRYMVOpZHBR8mMd30MVc2oOhCfN9x"
    "DdtTz0VaxRal1fKXXSFl8rufqd7PF/dDLx4g=="
)
