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
    "eJztXVtzm7oW/isavzSdcTONc2nP6ZObpK33bpJO7Ox9Zl+GyiDbOsVAQcT17sl/P0vCYC"
    "4Cgy8JJnqzJS0B39JlrY+1xM8Wc32PHXZ9NukZxGKUzVv/Rj9bFp4S+CGrbqMWdpyokv9n"
    "eGiK5hgaajRoSYkn2g495mKdQfUImx6BIoN4uksdRm2LC3XRDM8RtdBsQvUJwsj3iIsc17"
    "4nHpTZiE3IHGGXvEMEQ4MhMW1r7CFmI9siovUhv5Jh63Apao232alv0e8+0Zg9JiDhQtd/"
    "/tni3cBTurxB+FvjIvDsrb//hlJqGeQHAADN+V/nmzaixDQS2EJbqBLlGps7ouzOp8avZP"
    "5BNObPNNR02/Sn1lLAmbOJbUUSPkgc3t31LnjdmFjExYzwC4F2ONiWb5oL9YT4B8+0bBLc"
    "bEzGICPsm1xlXDq4jWVZS9OubwZa/3Kgaa2MOkOJmDIWRbpt8aFALcZx+fkQ9Lt8flHa4h"
    "c4/9S9PTg+eyke1/bY2BWVLfGYD0IQMxyICoyXoOou4c+vYZYF9wJqGJ0SObpJyRTKxkL0"
    "MPyxBtphwRLu5YR4WrwHvavL/qB79YV3P/W876aAqzu45DUdUTpPlR4E6rFhbgdzP+oE/d"
    "4bfEL8L/rj5voyrcSo3eCPFr8nWDNszbJnGjbimITFYRE0XWrZd4w1tZyUVFqus5bjy2xS"
    "x+cT7F5a/lTouAcAYEsnGV0nlumkpgGytG7DW3p85bbSu5dcta0p/qGZxBqzCfw9OitQ9W"
    "/dW7GGHqXVd72o6YiqBync0U4mhV0+rWSydYa89HxKgt45PS2BOrTKhV3UJXEnU0zNKmBH"
    "AmshvFjD6gnwced1CYChVS7Aoi4JcO54LrS28kdyrsm1B+N5fauL27Gjb1Kji0OVRfeD7R"
    "I6tkKA48t0CtDAy7hb9LKfiC5Ll3PMxbPI7o+PJ3h0g5iEBfO82z/vXly2BMBDrH+bYdfQ"
    "EkjzGrtjp0qittmqaWeaLsEWHgtw+FPwe166dn3iecFDyxy/sLa9yu/zgoalvT4PBgcxXo"
    "GPNnTtGXfPbBcZ5J7q4JR9ZfY3YmkT7E2+Iupxdw31P3VfdU7PkD0Cf07UQzFmvNoi9yDv"
    "MRhyhswZ3Om1JD6i8gF3vBq1lQ/4zL0D5QM+By0vl+YqFnJSajuOyJMulEkr+eykhJF8dp"
    "JrI/OqlA/yw6GgtTUmU1Ky6mRaz76ryRa1d5PJxB4DMw2mRnU9p2U3XzZr5og2SdEuuYcV"
    "cJ29MSmplFxjJVOHt4YOvaySexZhOQ5EQqoJDFKBTnvXlwMZGQSusCWZGvkGRVKqCail2O"
    "TXr8sQb7xZPqMsKhX1pqi3R0Z0T6m3z3jYylJuvLRdQLWBLkozbNAWYQ9RQVsNCUCJZi5l"
    "jFjv0FfiwQ4u/OAptXxGPMF9zTjJhZFJsGtxlmti+6aBHBNbaGRL4yx2cxHFqSlOTbEtj2"
    "1SKk7tOWjZM/1xFeM3bN84Hu2orNFbZPOmTV5GmUkqkZWhQBMDJkoh3ClAuJNF2KCjEdXh"
    "rudymFdHBiV7qDPuNYkNythxMsohh3GQyqYwp4FjXQ/My4/1Mb+JV52jkzcnb4/PTt5CE3"
    "GjUcmbQnIizU1A9yMqWZp/8WzrZvhfoucgvJRLb7xUZ+h/yKTe48Lb/25eBP8O/mq9+Pnw"
    "4q/Wy91svr/0b64T+244ig+uuv9JD/Dzzzfv0xsq7+C9zMfO9wmXCrsnbhTykFTZ+4Xkh1"
    "9viYnZIoBC6nyDx/db0M8eToE8F/xht45zfshKrLJd7EZXDFi5sQhyQE+29QI8WNv9hmxL"
    "5AosBkEQKgL9HqKvuj11YKUDWDwmPF7wbPHU9i3GW01Bat5G5AdcjyccePQHMogOi6TpZT"
    "3sR7yucrqV063csUQnyulWWt6O080w8yWGQjmHZSn9xM5K0rLrXWtfbm8+3l72+3ITrybu"
    "C8DnrjfFkpJqitV5inHrh7/aWWvDTMmqyIeaKzo0cyWKDkzafD3HRdN6DmQPF300ScsXl+"
    "e9q+7ng6O37UB3oFEavAcN19STDNXGYdKmhGFuo65DTKTEy/MTe710bo2VSEbvDbWFz1c9"
    "pCIrrCIrVKzKDhBVsSq7iVUBG3tw2zsftPLWhM2RbSQRmcY3uxDmwFyG/3UJzADKbJfK3o"
    "hU4IA/Ujbxh7fQ3RV2HP6czdFAYsBixsjUYZuhBaOUjqguGnWDDpuE126p83CKS6nz2Pwv"
    "pM7jLz5WU+e/L+K98BAZBG7NIAaaTYgVjwEL/GxE2Tu45ekQiqAd4ik8/JQekZPJjcgh9s"
    "gLCUu+m0tIT/8xgwi9cNlV5/0oirzGy0sjHH5FkT8HLecasrmhJTGJ1QEl9VemiidpFGET"
    "wKh5E9w5PZO/+SnCPya4+qXPHgzuHacwh/v5cF6dxFnKbsjj7A8dXIEY4wb/WoSjosXK0G"
    "ILf2Jj7mZ/8SxF2pTmxJKT+VHIxnpO+5WwZpbMDaiweDDdJqGQseC9hgzmnfI5gJacywkq"
    "2kU8jmhSPplQNM9J9ZMmBq4UUPGGikzZD+O1SW62IlOeg5ZVkp9K8lNJfirJr1qUbPNClC"
    "9uux8GtQ5Ohssx6XFEJWhaJj+RSOX9rUXYOv4QIJusZRulZVUAcc2MoydM8BSOcPNCq3ZP"
    "bBTEqqQxXUFzrBmxElAYHqaLaBLK0Ax7KJrsmwWrbK13eZxKRAGpUBXFruzBArO3W4tiV5"
    "6bllWoyvZDVZriBO1tsArHcb1olZSkCldR4SpPGK4SGPzVI1bicipoZUXQSuRcbBi3EvWz"
    "n6iuDl2JjyoVvVKr6JUd8hdfXNsedV1GRwHPkOYvkvXtAv7C4S01vGhamr8gLkEYOZTohJ"
    "/9RPjnOWGsgDlEPHQANZhN+EfQ7m4/oxmFweMzBIiKb3dDny8F5xD/Elrw+TOGpnCDaILv"
    "iYzXeKSrqsARRW3shxnZJKdXURvPQctCLRn9lnsHHMqql+0r3/qath69NSrracdl6gzx+n"
    "EkJQNJCiNJMqEk1SmNKlTG3sG8fS7Do/8QMMOlx0K/p+NcTjQp16Qjof/V6Rwfv+m8Pj57"
    "e3ry5s3p29cRQZqtKmJK3/c+crI0oYpc9lTLX7uLqbt9WLfXXVROT8usKaen+UsKr0vifR"
    "87gEJbHGlRnXAq6EXRT8X0kwy6zfmSZp8r0k7xJwXDr05MiiCxsgRKyG3l8ib8IKXSyS3B"
    "AduH6Fp82z14dgPZnLqIOAyXjKAVPzibTciUf9zKxZ5war4iRkzTC4I4gq6wKWI0RDyHDX"
    "0W5Mk86rUVc6KYE+VTJzpRzInS8la0TKaYmlXM70igcUk3x50ynjy0yrW6RV06JcRzTDzX"
    "xP8KMKflmvf53p1k4Lh2XorTaiIwlK1VKshd//K21pkgsLpMNMe1udUnOSm1HPSZTurs1N"
    "cE+Miarro9JwRVykfNNue1Uj6oeBnNNj3RtQvTsBd0Na/PfNs85yOzXm3l4A+OVgNP/oiD"
    "NRZH/GpY1/n3uLZxXHA36KqpgKU/0bZ+/lUjT5WRJy6Gn4ffBKzymWr13K9KY7U8AOfRcv"
    "v2ETHPH0adb4ZWP9ZTk+biDulv2TuJLBue8+YilxyXcf8VvoPp+ovPTsb7eYfCjoK6xdqN"
    "xCaFjtqo00bHIsDPs5EtocK32nPe0d3hliIedoGUyotUFHiN15u99b8UBf7ctJz7Kj43Bi"
    "gmofIiZZE90ykVuXVVGO+kVJ0JwNrEsMEk4PcrBbkE3x1J1xnsmrCtpj2WuBGrEn1DqZpk"
    "+e75UUcxS3i9s72TwipebeUZ33HHY8OcySbyWW3Jkd/JMbbB4dQih24z6iKTsNcQ3HfJXX"
    "TBh9cnrSxdsahoFzAUeNlkFSWRj8GWo91yjVjpIrie/fq0QRxbsV7zXf3cY1PyTdn8c1Nq"
    "ZVrVKTqdz6kKCC+aNxDdnRz9m39SDZhZhWkWNbJe9+eMmgrv8Le/kz38H0ySetg="
)
