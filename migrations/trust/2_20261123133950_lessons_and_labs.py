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
    "eJztXVtzmzgU/isaXprOpJnGTdLO9slNnG3abbITO+1OL0MEyLa2GFwk4nqy+e97JIwxNx"
    "t8iTHRmy2dI+A7up2PD7jXuOczftD0ef/CIg6nfKz9ge41Bw8I/Miq3kcaHg6nleI/x4Yt"
    "zTEY6jSwpIRJW4NxD5scqrvYZgSKLMJMjw45dR3h1EQjPEbUQaM+NfsII58RDw09944wKH"
    "MR75Mxwh55iwgGA4PYrtNjiLvIdYi0PhBHslwTDkWd3job9R36yyc6d3sEPDxo+ts3TTQD"
    "V+kJg/C3Llzg2rUfP6CUOhb5DQCAufg7/Kl3KbGtGLZgC1WyXOfjoSy78an1kYzPpbG4Jk"
    "M3XdsfOJHDcMz7rjP18MHj4Obm4kzU9YhDPMyJOBBER4Dt+LY9CU+If3BNkUlwsjM+Fuli"
    "3xYhE97BaURlmq5fXnX0dquj61oqnKHHTDAmRabriK5AHS5wuX8I2o2uX5Zq4gCn75vXe6"
    "9OnmsP0ghzHJhJPCMATY+Ia9UxTwN5BjWcDkg2knHPBKLWxPUg/LEEsmFBBG3U+beLbefi"
    "U6vdaX76WzQ/YOyXLeFqdlqipiFLx4nSPQgFlLswjoNxPm0EfbnovEfiL/p6ddmSaLqM9z"
    "x5xMiu81UT5wTzg6s77kjH1iwmYXFYBKZRlP2htWSU454qylWO8uyUGo/xaR97LccfyBhf"
    "AADYMUkq1rEpOR5pgCwZ2/CUHj+4WnKlyg6tNsC/dZs4Pd6Hv4cnc0L9uXkt58vDZPguJz"
    "UNWfWQCfd01cqEPXtYZflWGfLC4ykOeuP4uADqYJULu6yL404GmNplwJ46LIXwZA6rJsCv"
    "Gi8LAAxWuQDLujjAuf157s4qvyfnbq92oD8X22GJ/Wn3Z+YGS8CSRvLc9QjtOSGYs1NyAr"
    "wge7iZtLKb6EWl0Xjy8Gi6n5/tO3DpFrEJD8Z0s33aPGtpEmADmz9H2LP0GNKixm24iZKp"
    "bbpq0BgkS7CDexIccRXinKOUrU0YCy46K6ELa/cX5XMsMCyczTHoHMR6AbmX4bkjkXa5Hr"
    "LIHTUh2brl7k/i6H3M+reIMpGGofb75ovG8Qlyu5CnyXooxlxUO+QO/BmHLmdlJXkbPVZG"
    "7qdyuzXOPPsqt3viu36V2z2FKEfTcJmdb9xrPQnGVifF+O735KjA5vfkKHfvK6oSucXvIY"
    "WoLTGY4p5lB9Nye7mKLEc7N5hszDhsyWBolI9z0nf1abNiCWadAu2RO5gBl1kb454qyBUO"
    "Mh0Ka2iQpYN84RCekyzEvOrADM2J6cVlq5NF8kDa62QMjfwNRdyrDqglWOKXL4sQasIsny"
    "mWlYpSU5SaotSSlNpf2NDSVJoo3Z9DoUEsCjNnYIswQ1TSUQYBKNHIo5wT5y26JQxWa5nz"
    "Dqjjc8IkpzUS5BVGNsGeI9irvuvbFhra2EFdN1MXsZmDKK5McWWVnXBqsVVUXNlTiDKz/V"
    "6ZTW1oXzt+7LDoZnbeXja5leWU26QUCRk61FHgUAjhxhyEG2mELdrtUhPOepwN82IlT7yF"
    "KuNeES1Pas+WRSXkMAmZvgnMaZAwVwPz4n29J07iRePw6PXRm1cnR2/ARJ7otOT1XNIhyT"
    "lA812aMTV/YK5zZfxLzByEI7/kwktNjv5DNmWPC2/7l30W/Nv7rj27f3j2XXu+mcX3Q/vq"
    "Mrbuhr1471Pzn2QHP/3r6l1yQRUNvMvKp/Pzv1mi3NDviCelCxlD4t3E/fzjNbExnyghMr"
    "NtSPE+Bw3t4DjIy7kfNpsph4BlJswzaM7Lm6fhK5Y/f5lkqZDfWgROzSIWZK7Emc1cOfYg"
    "cpD8voVTHhhQBHZI3GQUzwJIhYhIswzMyDOWzp43c4jMZwzsgFeYQKCeKlDZdFWmklrkWS"
    "qbfgpRvosWmoIb4hmPxdvg6gdT7YK3NVbWtvlNw6+zPm4cn5ThMVKOi/PqHejcGxZUheu5"
    "MS5/+zPyXfEOaMVuORfdX8XzsNLwRU7q5nEMytXvHU9uWO4mdgtvHUcdJ3bn+Bq2EtcXpx"
    "0tZ4CvDmvBW/LVHM4LYU1NhTnoFiVmwmdKViZmZp5iqUmP3igxA2hlkzJBxf48QkaaFNcy"
    "SPMcpUGmLmGhg9IYKFaksuO4FvmyYkWeQpSVxkBpDJTGQGkMSmgMAEfuZ2zWi8EdeW8Z6v"
    "i977Pr5nkn+/Z3RWCHw/HMpxwK8K08+0EHJTtYinkd+gZA1l9qb5T0VU9kVWxztJy+ROar"
    "65KYyMaUyqQ8mTFHaJLEdAG1saTcJKAtGKYTKQjlaIQZmg761ZQma2s9W2QypX2UzkQxKh"
    "WbTHZ2OVGMylOLstKZrF9nUpfEZ2eVJgLH5aQmCU+lNVFak0fSmgQb+fJyk1k/pThJAppG"
    "s7ToZNrObiK4WHcy24OU9KRS0pMNchAS+jT1EEYkl3EQb7goLKUYgq3rHKBL+YLS4Not5E"
    "KXQES8iVv88EgXrMTnKyC7H4g3OXiQ+4vs4RZxYtssoA+CprAt2QHJJLjQ5hxVxqMeWwk8"
    "FB1R2SWgFomqoiOeQpQf+SsD1ZoKH+EjAxZlQxuPdfm/BMxJv/q9g24jeg/PzRPULJYehL"
    "6VEh7ctFvXldYdyPf+r/pJnlQjSmezEPjpzrns8hxzVAKDii3OSwkMEh9TXE1gkPyEYzVG"
    "3er6gtSstZ4nSxIfSKkjWj3K+76hY9N0ffBbDa8/ZWPNoK26IqYeXCqH1RbevlPNdWsBVN"
    "sUku0iYMw3po2vCFd7pqk6DcUNUt5N4lGzr6VJ70nF/rzviUUmi3jvfAzWzBLnSjQyGeLl"
    "1BnbJUTWos3IZ45zxS/5REi++qVSSeGyJMgmvhwqxlQJhCfmNUR3Iw9t5euN2leXSmm0xR"
    "c6rn8le/gfFYew4A=="
)
