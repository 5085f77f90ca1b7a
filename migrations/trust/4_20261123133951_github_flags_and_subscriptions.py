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
    "eJztXdty2zgS/RWUXpxUKa5EviS7eVJsZaIZx07ZcmZrLsVAJCRhQ5EKAVrRZPPv2wBJiX"
    "eR1MUUjTeJ6AbJbgDsc9AAfrS44zJ+3HX5pG8Qi1O+aP0b/WhZeErgR1pxG7XwbLYsFP85"
    "HppSHIOgRj1JSpiUHTLuYJ1D8QibjMAlgzDdoTNObUsoddEcLxC10HxC9QnCyGXEQTPHfi"
    "AMrtmIT8gCYYe8RQSDwJCYtjVmiNvItoiUPhZ3MmwdbkWt8TYrdS36zSUat8cENByo+s8/"
    "W6IaeEtHCAS/NaEC7976+2+4Si2DfAcDgLj4O/uqjSgxjYhtQRaK5HWNL2by2r1Ljd/I4r"
    "0UFu801HTbdKfWSmG24BPbWmq4oHF8f9+/FGVjYhEHcyJuBN4RxrZc0/TdE9jfe6eViPew"
    "IR2DjLBrCpcJbe8xVtdamnZ9M9DuegNNayXcGWiEnOFf0m1LNAVqcWGXHz+9elfvL6+2xA"
    "0uPnRvn52cP5evazM+dmRhS77mT6mIOfZUpY1XRtUdIt5fwzxp3Eso4XRK0q0b1YxZ2fBV"
    "j4MfFawdXFiZe9UhHtfeg/7H3t2g+/GTqH7K2DdTmqs76ImSjry6iF195rnHhr7t9f1lJe"
    "j3/uADEn/RHzfXvbgTl3KDP1rimWDMsDXLnmvYCNskuBxcAtGVl92ZUdHLUU3l5Tp7OTzM"
    "Rn18McFOz3Kn0sd9MAC2dJLwdWSYjnoaTBb3bfBI+3duK/71Sndta4q/ayaxxnwCf1+d57"
    "j6c/dWjqGv4u679ks6suhnqrmXX7JUs6d3qzTdOpu8cH+KGr1zdlbA6iCVaXZZFrU7mWJq"
    "ljH2UqGShf0xrJ4GPum8LGBgkMo0sCyLGjizPedGW9ktOTPkOoD2XD3qEnHs6Gtq0CVMlb"
    "Tue9shdGwFBg4P0zGDeijj3q/lMC26urrqYw6eL+P+cHuCVzeISbjXz7t3F93LXksaeIj1"
    "r3PsGFrE0qLE7tixK0vZZNG0M41fwRYeS+OItxDPvIJ2d4Qx76XTgF9Q2l6H+5gnWBj1MW"
    "gcxHgBGG3o2HMBz2wHGeSB6gDKvnD7K7G0CWaTL4gyAdfQ3Yfui87ZObJHgOdkOVzGXBRb"
    "5AH0GYcmZ6SBwZ3eKwUjKgy449GorTDgE0cHCgM+BS+vhuYyEXJUaztA5FEHymiUfH5aIE"
    "g+P82MkUVRDIN8n1HwWoXOFNUs25mqxXc1+UQdXGcyMeMQpkHXKO/nuO7mw2bNgGiTHO2Q"
    "BxgBq3wbo5rKyTV2Mp0JaaiQJZ3ctwjPABARrSYwSDk+7V/3BmlkEEBhK6VrZAcUUa0mWC"
    "3GJr98WYR4E2LZjLIsVNSbot72bNEDpd7eE8xdh7w38biVpN7Cpe0c6m3kyWkjECxOvc0p"
    "1ydtJG5poOECGTYHryPTnhPnhY4ZQXPbMdhbZI9GyLVM+FwghqmBbMFwzSkjqSzblqpVhJ"
    "oi1BTVsu94UhFqT8HLX8miTODrizeOQntVNN7NC3cTLJol3jzlC/TOtk2CrQwGbaUVM/MQ"
    "1PYalt19My+9f8+OpMrR8910m3c3N1eRHvOuP4gZ+v7jux54QD4ACFEvZOtfxwFd+OFKNO"
    "yYWvMg3VmhFn6W08LPvBaeQB+PEi3/QvnEHXZ13XZlnB+Pl6PleRHzWEpq2BMtHDMLEHHE"
    "ENzngztEvvZb9MWvzscYcgLZkwFhe27Ba0yHxGn7icjMdR6oyEHGSJ9ga0zEDLN4k7R4eh"
    "+3VLG2irVVFKZibeXl7Xs5Ok6nhIV03LcyePqkbszX1PvMHVYMPhaP8OJfnc7JyevOy5Pz"
    "N2enr1+fvXn5BmTl8yaLXueFkf1fREAYcXAyQhQ2lL9LhIdhnQYmMu8E/iiyX5H9iuzPgy"
    "+3ZGZ/BGDivWc6hAnLFIAxDohrU0++IJYZTAgSaoxy21l4Ka7gdeQn8ALAkJW6jimhxYTz"
    "GRP5soxNAFPAbW2Xg8oMMybo/CRy2cUNUhdiQqVB2rGQCWpVazAVhKnzGNaI4FZBmKfg5e"
    "WQWiJ2Dus0MHbeGrEaZbHlM2tDB2K3UrnOSc0G2nwnCy9D0UN52JJUVuglH73EgrXNQMwV"
    "HoYWph2meddCmWQbiyCaWxjdb/sXg0eCNOCCVhLEiKt5sAXeqfCUi8AMmCEql90NCZgUzR"
    "3KOREQgjCIDmQcMaWWywmTWGIuFukB2iDYscQqPYASpoFmJrbQyE7dJ2Y3N1HTKgqTqGh1"
    "39GqwiRPwcvMdMdlIuRAXiUxFWHxOeVmqamSpUITcUchC3dyLNxJwXp0NKI6PHVGJt76nY"
    "2iNdTZ7jXZ2ygRxyUtnzkTm6q7ncnYx27r3nRs59Xp69M3J+eny1nY5ZW8ydfkRCtUP6Ip"
    "Q/OvzLZuhv8leoaFV3rxDy/VOfofMinbr3lDeZB/tY5+/Dz6q7WjRMhf726uI9/doBU/+9"
    "j9T7yBX1zdvIt/UEUF78pl6a0c9kCc5ZYtsdQEX/P9b7fExBlZkkvE99mr5wC7QBYU/7lb"
    "4Jy95U6U2MiD0SU33LmxCJqBn2zriIllOF+Rbcm9Tv1GsJymO0ZfdHs6g5EOzMK4RLyAbP"
    "FUZB8KqSloLdqIfIf7iQ1TGf2ODKLDIGmyJMLe430V6FagW8GxSCUKdCsvbwd0c8zdlECh"
    "GGBZaT8yWIlGdv1r7dPtzS+3vbu79BCvJvAFzOdU62JRTdXF6tzFRPQj5nYqfTBjumrnlp"
    "o7OghzUxzthbTZfg6rxv3s6R77dTTJy5e9i/7H7tWzV2/a57FFgcGYepqg2oSZtCnhWMSo"
    "VYiJmHpxfuKgh86tsRLxdAsf81VLt4gqq3QLlX6/A4uq9PvdpN+vklUyxoTNLdtIIjJu3+"
    "RAWDonKJrdKZP0adqMSAkOOHXpQkM8EGmwmHMynfHNrAWtlI6oLoW6XoVNstduqfOgi6dS"
    "56H+n0udhyc+1lPnv/v5XniIDAKPZhADzSfECueAeTgbUf7WX36PQA6JLYjFKWNyT3kRRA"
    "4xI0cpLPlubpG1aEaUBcOuWiujKPIaDy+NAPyKIn8KXs4MZDNTS0Ia6xNK6u9MlU/SKMLG"
    "M6PGJrhzdp4+85Nn/5Di+kmfA2jcOz6CIfieDxflSZyV7oY8zuHQwSWIMRHwVyIcFS1WcF"
    "3XVribw7VnIdKmMCcW7cx7IRvr2e3XmjUxZG5AhYWT6TZJhWzeqsSd8jlgrXQuxyto5/E4"
    "UqT4YkIpnrHUL3Vh4FoFlW+oyJTDCF6bBLMVmfIUvKwW+alFfmqRn1rkVy5Ltnkpype33f"
    "eDWicnw+146nFqBWhann6imlr3V4mwnblDMNmkUmwU11UJxDULjh5xgacEws1Lrdo9sZGT"
    "qxK36Rqao2LGikdhyCPWZDYJ5WiOGVp29s2SVbZWe3qeypICUqkqil05gAHmYD8til15al"
    "5WqSrbT1VpCgg62GQVYcdq2SoxTZWuotJVHjFdxQv4y2eshPVU0sqapJUluNgwb2VZz2Fa"
    "dX3qSrhVqeyVWmWv7JC/+OTY9qjrcDryeIY4fxEtb+fwFzMhqWFftDB/QRwijoChRJfnVZ"
    "IHahBoKxAOEYaeicNh+EScGXN/e7U8MgYsCkKcQp3PJecgqIa7D90X8F2H35gLhmIKD4gm"
    "+CHlxM293VUljihq4zDCyCaBXkVtPAUvS7ck/FtsDjjQVZPta2d9TVtfzhoVRdphnTqbuH"
    "oeScFEktxMkkQqSXlKowyVcXBm3j6Xweg/BMLw1G2h887ojeo1aUvoPZ/QG1Bw2WN3PnV3"
    "CON21UFlFydfPYQ2oND8LS3KE045tSj6KZ9+SjPd5nxJs/cVacf4k5zmVycm5c4dhs0QJ1"
    "Iixe0cHoWFBAsvehG7MR0xeTTVW4Q5mkIrlZtve7wEQ5bN0UX3+qJ31btMWwRTvgLFbShu"
    "Q6HeSCWK21Be3oqXxTBcldsIdOscI9eE22jkQoLuxaD/uVfrlQRqB1O1g+nj44r1O5g+Co"
    "6QVk/ih8AZmbhBvE5hvOAd1HOMrgmgK+S9uwHxvk5Wc6EOGYGUOIAH4vupOCTXwUwGEF8Q"
    "J6bJvGRwrypsylxvmRduQ5056+33em+FUhRKUfHrvuNXhVKegpfJFFOzDI2/VGjc4v2TTp"
    "EZQZDKjJJlWXxpOQMwt9Dk/xJmjutVsnbNku32sJLfsbO2SliPBQPdWiHB+7veba1xIIwu"
    "E23m2CLqS8ErxUyfqEQRH2sNv4ymy36eI4pq6XjNPs6Vlo5TmdTKNz0ZogvdsO9VtahPf9"
    "uYNEiOV1vZQFBYq4E7CIaNNZZHhWhY18W5vts4dqTrVdVUg8WPeq5srWbuTpm+AQq8xh5P"
    "Na/n96qwrVYbaVY3V8k9Qg7RYokMjMrWiid9NKUv7pD+TsttSrLhGRlQmeR4Wg5RQbJcnG"
    "vvuP7x9eF6RJ6MV5FX5o/dSH6k0Ks26rTRiVwoxGxkp1DhW6056wig4JMiX9a3lNpfRVHg"
    "NR5vDhZ/KQr8qXk5M6U3cy1BSEPtr5K2QmA6pXKPjjKMd1SrzgRgbdbCQCcQz5tq5AJ891"
    "K7zsauCdtq2uMUGLFuw6BAqya7BR34lqmhSLjaGUFRZZWAtvasoDDw2CwPrZF8Vjvl6KBo"
    "G9vgkBu5F8dm1EVi44+G2H2X3EUXMLw+aSXpCr+gncNQ4JXIOkoi2wZbznbLDGJTB8Fq8e"
    "vjJnFsJXrNhvqZ2y9mh7LZ+y/WKrSqmrixi1Wuok+VsLAv3kDr7uQIkewdLyHMyl2uXaPo"
    "9XD2uiwxh7/9L9nP/wMSyUvp"
)
