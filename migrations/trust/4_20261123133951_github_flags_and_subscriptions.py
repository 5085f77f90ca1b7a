"""Github flags and subscriptions."""

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
    "eJztXWtzm7oW/Ssaf0k742Za59He209O4p76nDbpJE7PnfMYKoNs6xaDi0Rcn97+97sljM"
    "1DYPAjwVjfbKQtYG0k9lpsST8a3PMZP277fNS1iMMpnzX+jX40HDwm8ENV3EQNPJksCsV/"
    "jvu2rI6hokGDmpQwWbfPuIdNDsUDbDMChyzCTI9OOHUdYdRGUzxD1EHTETVHCCOfEQ9NPP"
    "eBMDjmIj4iM4Q98hYRDBX6xHadIUPcRa5DZO1jcSbLNeFU1Blus1Hfod98YnB3SMDCg6b/"
    "/LMhmoG79ESF8LchTODeG3//DUepY5HvAABUF38nX40BJbYVwxbqQpE8bvDZRB6796n1G5"
    "m9k5XFPfUN07X9sbM0mMz4yHUWFj5YHN/fd69E2ZA4xMOciBOBdwTYjm/bc/eE+Af3tKwS"
    "XGzExiID7NvCZcI6uIzlsYZhXN/0jLtOzzAaKXeGFhFnzA+ZriMeBepwgcuPn0G7y/uXRx"
    "viBJfv27fPTs6fN37KSpjjoJrEcwmg6RFxrwbmaSCvoITTMVEjGbdMIGrNTY/DH2sgGx5Y"
    "Qrt8+J8W2173Y+eu1/74STQ/ZuybLeFq9zqipCWPzhJHn4Er4LgL/Tjo54tG0O/d3nsk/q"
    "I/bq47Ek2X8aEnz7is1/ujIa4JxgfXcNypga0oJuHh8BBUXXrZn1hrejluqb1cZS9Hh9S4"
    "jy9H2Os4/lj6uAsAYMckKV/HhuS4pwGypG/DS3p85zaSbyq1axtj/N2wiTPkI/j76jzH1Z"
    "/bt3K8fJV03/W8pCWLfirhXry1lLCru5XKtsqQF+5PcdBbZ2cFUIdambDLsjjuZIypXQbs"
    "hcFaCM/HsGoCfNJ6WQBgqJUJsCyLA5z5POdGVtlPcmZ4tQfPc7EIS8Sng6/KAEvAkkbyne"
    "sROnRCMKNDcgK8gD3cz1vZT/SWR5f9ycPTRTwffXbg1i1iEx706fbdZfuq05AA97H5dYo9"
    "y4ghLUrclps4sqibLhq3xskj2MFDCY64C3HNS8p2RxgLblpF6MLS5io+x4KKhdkcg4eDWC"
    "+Ae/U9dypol+shizxQE8jWF+5+JY4xwmz0BVEmaBi6e99+0To7R+4AeJosh8OYi2KHPIA9"
    "4/DIWSqSt9NzKbif5nZbHHmamtsdeNSvud0heHk5DJeJfONW2yEYTzooxqPf89MCwe/5aW"
    "bsK4oS3OL7hILX1uhMccuynWm9WK4ir6O960w2ZhxCMuga5f2ctN182KwYwayToz3yACPg"
    "Ou/GuKV2coWdTCeiNjTI0k7uOoRnkIWYVR2UoRyfdq87PZXIA7TXUXSN7IAiblUH1BIq8c"
    "uXRQQ1US1bKZaFWlLTkpqW1JKS2juCue+RdzYeNtKSWrS0mSOpDYJ6xgAqFpfUppSboyYS"
    "p7RQf4Ysl4PXke1OiffCxIygqetZ7C1yBwPkOza8GhDD1EKuUK6mlBGleralZrVQpoWyyo"
    "42tYgTtVB2CF7+SmZlAtp59dpJY6+KxrF5YWxKHXPEnSveNheuaxPsZChjS6sEzH0we9QQ"
    "7O6bfRX8e3YkTY6e76bbXNzcfIj1mItuLwH0/ceLDnhAXgBUokF41r1OErXoxZV4sBNm9a"
    "NqZ4We8LOcJ/wseMJTTONJIuNfKB/5/bZpur6M6ZOxcbw8LzoeypoGDqoWjo8FYThiCM7z"
    "3u+jufVb9GXe3JxPyI/AQR2o7E4duI1xn3jNeZIw870HKvKDMTJH2BkS8ZVY3Ikqdn6MU+"
    "q4WsfVOuLScbX28mZejo/JihCQDrtOhtaetk34mgavtP2Kt4fiEl78q9U6OXndenly/ubs"
    "9PXrszcv30Bdeb3potd5IWP3FxH8xRycjgYFhvJ3iVAwalPDJOOdUB0t2GvBXgv2Ie24JR"
    "P3IxCO4D7V1CRapwA98aC6MQ7qF+QovRFBwoxR7nqzIP0UvI7mybVAHGSjvmdLyjDifMJE"
    "LitjI+AKcFrX52AywYwJST7NSHZxAuXkR2g0TAkWdcJW9bxHTU2qMl7VImjV1OQQvLwYPk"
    "vExFGbGsbEWxNH40q0vGaj70GcVioPOW1ZQ8x3MtkxEimUpyNpY81KlNBuTk4+4H5kMth+"
    "QrmSoqSfpxhTuYWR/LZ72XsiqgIuaKTJiTiaR0fgngp/IhFcADNE5VS3PgFI0dSjnBNBDQ"
    "iDSEDGDGPq+JwwyRGmYmIcsAiCPUfMjAOKYFtoYmMHDVzlmiu7OYn+DKK5RmUHnlpEoZpr"
    "HIKXme0Py0S+YX2dYFREdeeU26U+bSwM6sgnCiHcykG4peBwdDCgJlx1Rpbc6lWC4i1UGf"
    "eKrBOUitnSyGd+OVXabufj6VM/68Hn09ar09enb07OTxdfTRdH8j6Wpj+MQvMDqhiaf2Wu"
    "c9P/LzEzEF7aJV+81OTof8im7HHhjeQo/tU4+vHz6K/GjpIUf727uY69d8On+NnH9n+SD/"
    "jlh5uL5AtVNHBRLoMuTr8fiCeXRVF0iYu5+bvfbomNM9IYFxTvc9DQHvaDLO79c7dMOXtd"
    "m7iSkcebS65qc+MQNAE/uc4RE3NiviLXkQuFzp+Cxfe2Y/TFdMcTGO4AFsYlxQUqi8ciPV"
    "DUGoPVrInIdzifWG2U0e/IIiaMlDZLU+pHPK9m2ZplV3aIqQX/0iz7ELwM1IP7iqCgGENZ"
    "Wj8xO4mHct1r49PtzS+3nbs7dUxXEb4C8HnrdbG4pe5iVe5iItIRH27WemEmbPXyKBV3dB"
    "jSKhwdhK/Zfo6aJv0c2B7P26iTl686l92P7Q/PXr1pnidm6IVj6mlKWxMwGWPCsYhR11Ei"
    "EubFBYm9Hjq3JkMk8ybm/G69vIm48cHlTehceJ0LX71c+GWGSUZf3xzZWoqJSXzTA1zpRJ"
    "7UzLBYQv9mgq5yQkFNXBF7csEHdEBNiQbE0pyMJ3xD7D5HmmwHLdYJvd2q4mHPV6rikWEh"
    "VxUPP2oUU8V/n+du4T6yCFyaRSw0HREnms8V0GpE+dv51HcE9ZBY1lfsviXXZBcxYx8zcq"
    "QQwHdziqyJLaIsHI31fBatfldkKKkFl9fq9yF4OTOWzUwTiVisTg6pvjN1bkittJgARoON"
    "cOvsXP1RJw//iOHq7zl78HDveAuD8H3en5XXbJa2G8o2+6P0ZmheIpBfSzfUipci0Wsrss"
    "z+YldIjyksd8U76aPoiNXszithTQ2FG6hc0Xy3jdMV6zdVcKfCDKClFmWCgmaeICOrFJ/h"
    "J6tnzL9TztZbaaBzArUqUtl+XAu+rFWRQ/CynnmnZ97pmXd65l25TNb6pRFf3bbf9SqdQA"
    "yn48p9xQrorVy9tZiejLeW8jrx+wDZaK3YKGmrk3wrFhytN+tS8tVtTbyUjdUvXWr3YkZO"
    "okkS0xXSxprpJoFsIfchk6kglKMpZmjR6TfLNNla6+okk4Xso/NMtKJSscFkb18nWlE5NC"
    "/rPJPt55nUhfjsbaaJwHG9VJOEpc410bkmj5RrEgTy5dNNonY64yQJaBrN0kkni3b2E8HV"
    "eSfRJ0innlQq9WSHGsQnz3UHbY/TQaAVJDWIeHkzR4OYiJoGnlctrEEQYPsYTSgx5WaN5I"
    "FaBJ4VCHMIQ8/EDip8JDZWub/9sNhXBRCFSpxCm8+lbiDkgrv37RfwvobfmAuVYQwXiEb4"
    "QbHd5KOdVSd8aHmisq+EWhBXLU8cgpelW1L+LfbtNrTVH8lXfq21XXPxlacoW47aVBni9f"
    "M/CiaA5GaApFJAyssSZeSIvYN5+3oEo/8QCLmVayznbVAbt6vT+sqPvD1tKKNlj9358ts+"
    "jNvrDiq72B5KtYBEeSEppxUtK+WDvbkOUu8FO5oJXSTnUauSQnLn96MwJAWSWHEzRx9hkY"
    "qFJ6GI1Y+OmNy/6S3CHI0hsJYLVgd6A0OOy9Fl+/qy86FzpZqUUr4BrVlozaKyg0ot2KzW"
    "LA7By2LIXVezCG2rHPtWRLOoZWJ/+7LX/dypdGa/XglUrwRatZVAn4QfSNTTvCB0RiYfEL"
    "dTmAcEm9Yco2sCrAkF925BHG+S5bdLjwygltiMBuL2sdgh1sNMBgtfECe2zYIE7KApbMv8"
    "apmL7UKbOfPaH/Xcmn1o9lHZIaoWcalmH4fgZTLG1C4juy8MajdJ/qRV5Ase1MqMfmVZcg"
    "o3A5I2M+T/EjAn7dZCu2KJcI8wY95zs5YkWM3xQttKMbz7u85tpfkdjC4jY+K5IsJTcJNi"
    "0Kca0YLGSuAXkXPZ13PMUE/RrtjLea0p2rL/UJl1yinZcIp2GxrrBm3NqtPrNpYJ0qPWdt"
    "bmE3DVcHG+KFrz7TqwaYptbbeyU0c7aKuuiOmlH8th9QS7elfzvbUCqqdcimMfAYslU2wG"
    "VzKBoy5dcYeStypPKa2AZ2QzZQriyh2QignkYl93z59v3x5tR+S8BA0FZfOxG8mXFHrVRK"
    "0mOpGTeZiLXIX8vdWWs/bJCV8p8mbnSOl1TLTsXZGxZW85l5a9D83Lmam4mfn+EQu9jokq"
    "i388pnItjDIqd9yqyqJfZearQCcQ16sEuYDGvbCuMtgVUVhtd6igDKsW5gmtKrIqz54vRx"
    "qJetfbXCdurJPJlNCmcV1js536yVRNxZ478edpg91hEutgbCZOpJbfqIkHdqlOtIGlm6NG"
    "WpCYFzRzNAi8rLJKdMjGYMs5bJmhq3LoWy9qfdp0ja3ErNkEP3Nxw+wANnt1w0oFVOumaO"
    "xi/qnoUyUQnlevIbo72ZQjez1JCK5yJ1JXKGbdn5UkS3yt3/6b7Of/ASEwxmY="
)
