"""Execution and proofs."""

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
    "eJztXdly27gS/RWUXuJUKS5bXpJ78yQvSTST2ClLzkzNUgwkQhIm3EKCVjS5/vfbAEWJC0"
    "iRWmyKwpsEoEHyNJbuw27wZ4O5vscO2z4bd3RiMcqmjf+inw0LmwR+yKqbqIEdZ17J/zPc"
    "N0RzDA01GrSkxBNt+x5z8YBB9RAbHoEinXgDlzqM2hYXaqMJniJqocmYDsYII98jLnJc+4"
    "F4UGYjNiZThF3yFhEMDfrEsK2Rh5iNbIuI1of8Sro9gEtRa7TJTn2LfveJxuwRAQkXuv7z"
    "zwbvBp7S5Q3C3xoXgWdv/P03lFJLJz8AAGjO/zrftCElhh7DFtpClSjX2NQRZfc+1X8l03"
    "eiMX+mvjawDd+0FgLOlI1tay7hg8Th/X3niteNiEVczAi/EGiHg235hjFTT4h/8EyLJsHN"
    "RmR0MsS+wVXGpYPbWJQ1NO3mtqd1r3ua1kipM5SIKGNWNLAtPhSoxTguPx+DfhfPL0ob/A"
    "KXH9p3ByfnLxuPohFmOGgm8FwAOHAJf1YNszSQV1DDqEnkSMYlE4jqM9HD8McKyIYFC2gX"
    "g/95se11Pl13e+1Pn3n3pud9NwRc7d41r2mJ0mmi9ABUAeU2zONgns87Qb91eh8Q/4v+uL"
    "25FmjaHhu54oqLdr0/GvyeYH2wNcueaFiPYhIWh0XQdKFl39FX1HJcUmm5ylqOLqlxHV+O"
    "sXtt+abQcQcAwNaApHQdW5LjmgbIkroNb+npldtI7lRy1TZM/EMziDViY/h7fJ6j6i/tO7"
    "FeHifVdzOraYmqRync811LCrt8Wslkqwx54fkUB711dlYAdWiVCbuoi+NOTEyNMmDPBVZC"
    "eLaGVRPgk9ZRAYChVSbAoi4OcOZ4zrWsskdypnm1A+O5mIXF7dPhN6mBxWFJI/nOdgkdWS"
    "GY0SU5AV7gPdzPetlN9Bali/nk4sncno+OHXh0nRiEBXO63b1sX103BMB9PPg2wa6uxZDm"
    "NXbLTpTM26arzJaZLMEWHglw+FPwe164bF3iecFDyxy6sLa5zJ/zgoaFvTkPBgfRX4Hv1X"
    "ftCXe7bBfp5IEOwNn6yuxvxNLG2Bt/RdTjbhjqfmi/ap2dI3sIfpqoh2LMeLVFHkDeYzDk"
    "dJmTt9VrSXw/5dttcOVpKt9uz61+5dvtg5YXy3AZyzcutRkH41kXxbj1e35awPg9P820fX"
    "lVwrf44VDQ2gqTKS5ZdjKtZstVZDvauclkYI+BSQZTo7yek7LrL5sVczDrpGiXPMAKuMre"
    "GJdUSq6wkqnDW0OHXlrJHYuwDGchJlUHZihHp52b656M5AG315JMjWyDIi5VB9QSLPHRUR"
    "FCjTfLZopFpaLUFKWmKLUkpfYR9xtpKo2XNnMoNNBFYeYM2iLsISroqD4BKNHEpYwR6y36"
    "SjzYrYXPa1LLZ8QTnNaEk1cYGQS7FmevxrZv6MgxsIWGtjQuYjsXUVyZ4soqu+DUwlRUXN"
    "k+aNkz/FEZozZsXzt+7LioMZtnyyZNWUaZQUqRkKFAHQMcCiHcykG4lUZYp8MhHcBdT+Uw"
    "L4/kifdQZdwrEsuTstlkVEIGkyCVTWBOA4e5GpgXH+sjfhOvWsenr0/fnJyfvoEm4kbnJa"
    "9zSYck5wDdD6lkaf7Fs63b/j9kkIHwQi658dIBQ/9DBvWeFt7ud+Mq+HfwV+PFz8cXfzVe"
    "bmfz/aV7exPbd8NRfPCp/XtygF9+vL1Ibqi8gwuZP53t/0WJ8r72QFwRuiCZEhcz8Xe/3h"
    "EDs1kkhNTbBhfvS9DRDs6DLJ/7cbuecnbsSaSyme83l4w8ubUIckBPtvUCXFbb/YZsSwTz"
    "z0ZBEPMB/R6irwPbdGC5A1g8JlxccGWxafsW461MkJo2EfkB1+MZAR79gXQygJXS8NIu9R"
    "NeV3nZysuu7BJTC/9Ledn7oGVwPZgvMQqKeSgL6Wf2TuKmXOdG+3x3+/7uutuV23QV8VcA"
    "Pne1KRaXVFOsylOMWzr8vc1KG2ZCVoUwVFzRoUkrUXRgvmbrOSqa1HMgezjro05avrq+7H"
    "xqfzw4ftMMdAcapcFLznBNPU1xaxwmzSQMcxt1FSYiIV6ckNjppXNjNEQ8DG/OLpSPjUgL"
    "712IhAowUQEm1QswAdu5d9e57DWy5vr6yNaSTEzim17gMmAuQuSOKBv7fc0ljq2Z2HHgBt"
    "ckdN+LHu+gw09BfzVSRWzkgg7okA4EGmBLM2I6bE3svkS6bAc91gm97bLi4cyXsuKRZSGX"
    "FQ9fahRjxX+bxW7hPtIJ3JpOdDQZEysazxW41Yiyt3DLZh+KoB3iqTf8hByRN8ltxj72yA"
    "sJAb6dS0hP3jGCaLtwNVZn7Sj2uyJLSS18ecV+74OWM23ZzDCRiMTy4JDqK1PFhtSKiwlg"
    "1Lwxbp2dy1/q5OEfEVz+PmcHBveW04zD/bw/Lc/ZLGTXpG12h+nN4Ly4Ib8Sb6gYL0mg10"
    "Zomd3FrhAfU5juik/SJ+ERqzmdl8KaWgrXYLmi8W5rhytGAuxqMqK3SswAWnJSJqho5hEy"
    "oknxDD/RPCP/Tpqtt1RAxQQqVqSy87gW/rJiRfZByyrzTmXeqcw7lXlXLpK1fmHEV3ftd7"
    "1KBxDD5Zj07J8CfCuTH/+jkvFWYl4dvw+QjVeyjZKyKsi3YsbRalmXwl/dVOKl6Kx+4VLb"
    "JzNyAk2SmC6hNlYMNwloCw/TWSgIZWiCPTSf9OtFmmysd3mQyZz2UXEmilGp2GKys9uJYl"
    "T2TcsqzmTzcSZ1cXx2NtKE47haqElCUsWaqFiTJ4o1CQz58uEmUTkVcZIENI1m6aCTeT+7"
    "ieDyuJPoCFKhJ5UKPdkiB/HZte1h22V0GHAFSQ4iXt/M4SAc3lLDs6aFOQgC3j5GDiUDws"
    "9VIvx7lTBWwMwhHjqAGszG/Eth93cf0YTC4PEZAkTFh6uhz5eCN4h+Liz4RhhDJtwgGuMH"
    "IuMmnuiqKuBD0ROV3RJq4bgqemIftCzUktJvsXe3oax6Sb70ba1hD+ZveYp6y1GZKkO8ev"
    "xHwQCQ3AiQVAhIeVqiDB2xczBvno/w6L8ETG7pGcsXdJTJa8bl6nS+8n9arZOT162jk/M3"
    "Z6evX5+9OZqTnOmqPLbzovOeE54xVWQyoFr22p1Pv+3Cur3qorKN79XLDpAoTyTl9KJopX"
    "yw1+dB6n1gRzPBi+QMtSoxJIKcShMjIWeVyYfwg4sKJ5sEh1IfohvxYfPg2XVkc0pizk24"
    "ZAit+GHTbExM/gUoF3vCgfmKGDEMLwiwCLrChoifELEWNvSZk7fypNdWjIhiRCq7ZNXCV1"
    "aMyD5omZiYGmXM6rlA7ZJgTlpFPHRolWlNi7pkiobnGHiqif8lYE7K1e/btVvJiHHtrJSj"
    "5QRfKFup1Iz77vVdpTMzYHUZa45rcwtPcgppMehTnVTZWa8I8HPLuez2HBNUKRgV25xXSs"
    "EQ84eKt8qMSr8sXyIFow2ddYK+ptWZdetnYKRWrc2cvcHhquHhG1G0Zsfx4sGAf7ZqIyfx"
    "toO+6oqYOtqlHFbP8NW+au5bS6B6zlS7XQTM8/vzzteEqxvpqk5TcYuUt+w9RJoBz3hbkU"
    "mIS084L0aQ8+82uv7s84zRft6isKOgbrZ2I7FJoeMmajXRiQjW82xkS+jvjfacdQ52uKWI"
    "h50hpfIUFe1dkbVlZ30uRXvvm5YzX7VnxvNEJFSeoixKxzSpyHUrw3LHpapM+lUmHg0mAb"
    "9fKcgFOO65dJXBrgjDatgjicuwLPE2lKpI1u2OHzcUsXpXOzw7Lqxiz6TQpnFd4TDt+tFU"
    "TcmZ2vHxtMbpz4k8t/XIiVR6XU00sE12og1e+mDcSBMSs4pmDgeBF02WkQ7ZGGw4hi3TdJ"
    "UufatZrc8brrERmzXbwc88vCTbgM0+vaRSBlWV4sv5nCqB8Kx5DdHdyqG72efFgHGVmyhR"
    "IZt1d06KKfG2fvM72eP/AaImHmg="
)
