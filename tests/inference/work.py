"""What PostgreSQL executes for a request, by the names of the statements.

What is answered alike but worked on otherwise could be told by its time.
"""
import itertools
import os
import re
import subprocess
import time
from pathlib import Path

from tap import ok
from world import Answer

LOG = Path(os.environ["CK_LOG"]) / "postgresql.log"
MARKS = itertools.count(1)
FIRST = {"enter", "login_find", "audit_refusal"}    # a request begins so


def until(predicate, seconds=20):
    end = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def superuser(*texts):
    return subprocess.run(
        ["psql", "-XAtqU", "postgres", "-v", "ON_ERROR_STOP=1",
         *(word for text in texts for word in ("-c", text))],
        check=True, capture_output=True, text=True).stdout


def listen():
    """PostgreSQL notes every statement, as soon as all its backends know."""
    superuser("ALTER SYSTEM SET log_statement = 'all'",
              "ALTER SYSTEM SET log_line_prefix = '%p '",
              "SELECT pg_reload_conf()")
    assert until(lambda: of(Answer, "POST", "/login", None, {
        "email": "nobody", "password": "x"})[1])


def since(mark):
    """What it noted behind a mark, if that is there yet."""
    text = LOG.read_text(errors="replace")
    return text.rpartition(mark)[2] if mark in text else None


def of(function, *args):
    """What the call gives, and the statements that it took, in order."""
    begin, end = (f"mark {next(MARKS)} {word}" for word in ("begin", "end"))
    superuser(f"SELECT '{begin}'")
    result = function(*args)
    superuser(f"SELECT '{end}'")
    assert until(lambda: since(end) is not None)
    between = since(begin).partition(end)[0]
    found = re.findall(r"^(\d+) LOG:  execute (\w+): ", between, re.M)
    backends = {backend for backend, name in found if name in FIRST}
    # Its own heartbeat a worker sends when it is time.
    return result, [name for backend, name in found if backend in backends
                    and not name.endswith("_beat")]


def compare(ask, people, pairs):
    """A stranger's row costs what one costs that is not there."""
    unlike, silent = [], []
    for person in people:
        for one, two in pairs:
            (first, mine), (second, yours) = (
                of(ask, person, probe) for probe in (one, two))
            if mine != yours:
                unlike.append(f"{person.name} {one}: {mine}\n{two}: {yours}")
            if not mine:
                silent.append(f"{person.name} {one}")
    ok("the same statements are executed for a stranger's row and for none",
       not unlike, f"{len(unlike)} of them", *unlike[:5])
    ok("and some are", not silent, *silent[:5])
