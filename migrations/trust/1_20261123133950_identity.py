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
    "eJztW1lT4zgQ/isqvwxTxVAQjpnaeQoQluwMYYuE2a05yii2EqtwpGDJCSmW/74tOY7jKz"
    "jHgAl5Iu5L1tdSu7slHgzp+ULuVH3p1G3CJJUj4w/0YDDcI/Aji72NDNzvT5jqWeK2q8Ux"
    "CJo0kKREaNm2kB62JLA72BUESDYRlkf7knKmlKpoiEeIMjR0qOUgjHxBPNT3+IAIoHEkHT"
    "JC2COfEcEg0CYuZ12BJEecES29o0ayuQVDUdZdpVGf0TufmJJ3CWh4YPrHD0OZgVl6SiD8"
    "bSoVmLvx6xdQKbPJPQAA4uqxf2t2KHHtGLYgCyxNN+Wor2nXPrW/kNGZFlZzapsWd/0eix"
    "T6I+lwNtHwQWPn+rp+qnhdwoiHJVEDgXcU2Mx33bF7QvyDOUUiwctO6dikg31XuUxpB68R"
    "0QzTbFy2zGatZZpGyp2hxpQzxiSLM7UUKJMKl4fHwG40f0011AAn59Wrrf2j98ajFsISB2"
    "IazwhAyyNqriaWaSBPgSNpj2QjGddMIGqPVXfCHwsgGxIiaKPF/7LYtuoXtWarevG3Mt8T"
    "4s7VcFVbNcWpaOooQd0CVwCdwz4O9vnECPqn3jpH6hF9v2zUNJpcyK6nR4zkWt8N9U4QH7"
    "jJ+NDE9jQmITkkgWjkZb9vL+jluObGy2X28nRIjfv4xMFejfk97eM6AICZRVK+joXkuKcB"
    "sqRvw1d6fucayS9VtmuNHr43XcK60oHHvaMZrv5WvdLxci/pvsaYU9Gsx0y4J1+tTNizt1"
    "WWbpkhL7yf4qBXDg8LoA5SubBrXhx30sPUnQfsicJCCI9jWDkB3q/sFgAYpHIB1rw4wLnr"
    "eWZmlb+Sc9OrV7Cei2VYKj/t3GYmWAqWNJJn3CO0y0Iwp0NyArygergeW3md6EXUaD95eD"
    "jJ56fXDkzdJi6RwZ6uNk+qpzVDA9zG1u0Qe7YZQ1pxeIUnKBPZNKtX6SUpmOGuBkfNQr1z"
    "VLI1iRDBpLMKupC7/VQ9JwLBwtWcgMVB7A9Qe7U9PlRlF/eQTQbUgmLrRvJbwkwHC+cGUa"
    "HKMNQ8r36oHB4h3oE6TfOBjKViMzIAfSFhydlZRd5vHSuj9tvUdiuMPNub2u6NZ/2b2u4t"
    "eDkKw/NkvnGt1RQYLxoU49nv0UGB5PfoIDf3VaxEbXHfp+C1BTZTXHPezbRYLleSz9Gr20"
    "wuFhJSMtga8/s5qbt82CxZgblOjvbIACLgIt/GuObGySV2Mu0raTAo0k6uMyJzioWY1jp0"
    "hmb4tN6otbKaPFD2soytkZ9QxLXWAbVEl3h3t0hDTYnld4o1c9NS27TUNi21ZEtNg57upY"
    "W+yG2iqdkUbp71QZazHdTQzahg6jbisBgQUacu6odHOiClripIh/Q+oxtYA0J/72+QJK6r"
    "LjgQNjaFXaSaLGiIBeJgc+hRKQnLaqY969ib5tqmuVbaCLUWueWmufYWvPzMJ8rlCoXPcK"
    "BsU9F38cjUz3PAnNRbv3qjUqjcqMyoNirpYsPjbg7MT98BCnVf+DJK8849DZ62fhrvrpu1"
    "q3c/jfdp2EtyFUif8S57/SplpMwXgkoC/CRznrtdP624ae+V7OOcKv7zi9XEJowuzmd0A4"
    "/HFs6+XBEXy/HNjczuQPK6fjl23dJdgnTUCm+mLA/X1GWYdUSrS6Xjt01sWdwHveXw+lMb"
    "qwa21hUxePkVLa+vuL3mq0thNSDearD6Fhh6fclxMahgJcCsV4SWNrbegAm/PTG+JFzNKV"
    "PrtBV/5y1S4lHLMTIukAaM7Vl3RyORp/re+RisuEtcZ3knqlkdYpr+vJW9NwwvC38+VPYO"
    "Ph582j86+LStYg6QJpSPM49aW090jgdRsCnaCJlSKXNRWKb/ElF7ag6Ex+JriO5e0RPtWQ"
    "faSXRhRJl5deCv5mUj59gjUknW29SS6D/kUvGKU+EscBUYsTI7xHTrovpvEu6Tr5fHyfpZ"
    "GTjOOgx/zsPbx/8BlMddnw=="
)
