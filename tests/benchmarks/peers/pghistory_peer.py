"""Django with django-pghistory: a trigger keeps a copy of the row, the context goes to a table of its own."""

from contextlib import asynccontextmanager

import django
from django.conf import settings

from tests.benchmarks.peers.threads import in_a_thread
from tests.benchmarks.peers.work import ACTOR, CONFIG, FIRST, REQUEST, Opened, Revision
from tests.fixtures.cluster import Cluster
from trust_models.settings import DatabaseUrl


@asynccontextmanager
async def opened(cluster: Cluster, _database: str) -> Opened:
    """Configure Django for a database of its own."""
    async with cluster.empty() as name:
        configure(cluster.url("owner", name))
        async with in_a_thread(prepare, revise) as change:
            yield change


def configure(url: DatabaseUrl) -> None:
    """Do what a project's settings do."""
    place = {"HOST": url.host, "PORT": url.port, "NAME": url.database, "USER": url.user, "PASSWORD": url.password}
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **place}},
        INSTALLED_APPS=["django.contrib.contenttypes", "pgtrigger", "pghistory", "tests.benchmarks.peers.django_lab"],
        USE_TZ=True,
        PGTRIGGER_MIGRATIONS=False,
        PGTRIGGER_INSTALL_ON_MIGRATE=True,
    )
    django.setup()


def prepare() -> None:
    """Make tables, triggers and the lab."""
    from django.core.management import call_command  # noqa: PLC0415 - once Django is set up

    from tests.benchmarks.peers.django_lab.models import Lab  # noqa: PLC0415

    call_command("migrate", run_syncdb=True, verbosity=0)
    Lab.objects.create(slug="bench", config=CONFIG, **vars(FIRST))


def revise(new: Revision) -> None:
    """Change the lab in one statement, in a transaction, with a context as a request has one."""
    import pghistory  # noqa: PLC0415 - once Django is set up
    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from tests.benchmarks.peers.django_lab.models import Lab  # noqa: PLC0415

    with pghistory.context(actor=ACTOR, **REQUEST), transaction.atomic():
        Lab.objects.filter(slug="bench").update(**vars(new), updated_at=timezone.now())
