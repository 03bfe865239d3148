"""Clients that are slow, silent, broken or gone."""
import os
import random
import socket
import struct
import time

from stage import (
    WORKERS, Later, Person, ask, ask_nginx, dial, log_since, log_size, ok,
    pair, read_all, record, request_bytes, same, stream, until, workers)

PLAIN = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/api/health/"),
         ("REMOTE_ADDR", "127.0.0.1"), ("HTTP_HOST", "localhost"),
         ("SERVER_PROTOCOL", "HTTP/1.1"), ("CONTENT_LENGTH", "0")]
BEGIN = record(1, struct.pack(">HB5x", 1, 0))


def trickle(person):
    """A body, byte by byte; how long somebody listened."""
    head, body = request_bytes("POST", "/health_records", person.token,
                               b'{"record_text": "' + b"x" * 5000 + b'"}')
    start = time.monotonic()
    with dial(40) as s:
        try:
            s.sendall(head)
            for i in range(len(body)):
                s.sendall(body[i:i + 1])
                time.sleep(0.1)
        except ConnectionError:
            pass
    return time.monotonic() - start


def silent(wire):
    """Begins and says no more; how long somebody listened."""
    start = time.monotonic()
    with dial(40) as s:
        s.sendall(wire)
        read_all(s)
    return time.monotonic() - start


def own_no_worker():
    """As many slow clients as there are workers."""
    person, before = Person(), workers()
    head = request_bytes("POST", "/health_records", person.token, b"x" * 99)
    slow = [Later(trickle, person) for _ in range(WORKERS - 2)]
    slow += [Later(silent, wire) for wire in (b"", head[0] + head[1][:30])]
    time.sleep(0.5)
    start = time.monotonic()
    answer = ask("GET", "/api/health/", seconds=40)
    waited = time.monotonic() - start
    ok("a worker is free again in time", answer.status == 200 and waited < 25,
       answer, waited)
    times = [later.answer(40) for later in slow]
    ok("who sends too slowly is left", all(
        isinstance(t, float) and t < 30 for t in times), times)
    same("nothing of it was written", person.notes(), [])
    same("and no worker replaced for it", workers(), before)
    same("a slow body through nginx costs no worker",
         [slow_through_nginx(person), person.notes()], [WORKERS, ["slow"]])


def slow_through_nginx(person):
    """How many of WORKERS + 1 requests were fast beside 2 * WORKERS slow."""

    text = ("POST /health_records HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {person.token}\r\n"
            "Content-Type: application/json\r\nConnection: close\r\n"
            'Content-Length: 22\r\n\r\n{"record_text":"sl').encode()
    slow = [dial(30, os.environ["CK_HTTP"]) for _ in range(2 * WORKERS)]
    for s in slow:
        s.sendall(text)
    start, fast = time.monotonic(), 0
    for _ in range(WORKERS):
        fast += ask_nginx("GET", "/api/health/").status == 200
    fast = fast if time.monotonic() - start < 3 else 0
    slow[0].sendall(b'ow"}')
    read_all(slow[0])
    for s in slow:
        s.close()
    return fast


def does_not_read():
    """A client that takes no answer."""
    person = Person()
    for _ in range(20):
        person.note("long " * 10000)
    assert sum(map(len, person.notes())) == 1000000
    before = workers()
    hung = []
    for _ in range(WORKERS):
        hung.append(s := dial(40))
        s.sendall(b"".join(request_bytes("GET", "/health_records",
                                         person.token)))
    time.sleep(0.3)
    start = time.monotonic()
    answer = ask("GET", "/api/health/", seconds=40)
    waited = time.monotonic() - start
    for s in hung:
        s.close()
    ok("who takes no answer is left in time", answer.status == 200 and
       waited < 25, answer, waited)
    same("and no worker replaced for it", workers(), before)


def params(items, end=True):
    text = b"".join(pair(*item) for item in items)
    return record(4, text) + (record(4, b"") if end else b"")


def broken_records():
    good = BEGIN + params(PLAIN) + record(5, b"")
    return {
        "nothing": b"",
        "one byte": b"\1",
        "half a header": BEGIN[:5],
        "no begin": params(PLAIN) + record(5, b""),
        "another version": b"\7" + good[1:],
        "an unknown type": record(99, b"what") + good,
        "a type for the application": record(9, pair(
            "FCGI_MAX_CONNS", "")) + good,
        "the role of an authorizer": record(
            1, struct.pack(">HB5x", 2, 0)) + params(PLAIN) + record(5, b""),
        "the role of a filter": record(
            1, struct.pack(">HB5x", 3, 0)) + params(PLAIN) + record(5, b""),
        "an unknown role": record(
            1, struct.pack(">HB5x", 999, 255)) + params(PLAIN),
        "a second begin": BEGIN + good,
        "an abort": BEGIN + record(2, b"") + params(PLAIN),
        "parameters without an end": BEGIN + params(PLAIN, False),
        "parameters of nothing": BEGIN + record(4, b"") + record(5, b""),
        "a length beyond the record": BEGIN + record(
            4, b"\xff\xff\xff\xff\xff\xff\xff\xffab") + record(4, b"") +
        record(5, b""),
        "a name of 64 KiB": BEGIN + stream(4, pair("A" * 65536, "b") + pair(
            *PLAIN[0])) + record(5, b""),
        "10,000 parameters": BEGIN + stream(4, b"".join(
            pair(f"HTTP_X{i}", "y") for i in range(10000))) + record(5, b""),
        "a NUL in the path": BEGIN + params(
            [("REQUEST_URI", "/a\0b")] + PLAIN[:1] + PLAIN[2:]) +
        record(5, b""),
        "a body that is longer than said": BEGIN + params(PLAIN) +
        stream(5, b"x" * 100000),
        "a body that is shorter": BEGIN + params(
            PLAIN[:-1] + [("CONTENT_LENGTH", "1000000")]) + stream(5, b"x"),
        "a length that is none": BEGIN + params(
            PLAIN[:-1] + [("CONTENT_LENGTH", "-1")]) + stream(5, b"x"),
        "a length beyond all": BEGIN + params(
            PLAIN[:-1] + [("CONTENT_LENGTH", "9" * 40)]) + record(5, b""),
        "keep-alive": record(1, struct.pack(">HB5x", 1, 1)) + good[16:],
        "another request's number": good[:16] + good[16:].replace(
            b"\1\4\0\1", b"\1\4\0\2"),
        "noise": bytes(range(256)) * 64,
    }


def throw(wire):
    with dial(20) as s:
        try:
            s.sendall(wire)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return read_all(s)


def broken():
    before, start = workers(), log_size()
    bad = []
    for what, wire in broken_records().items():
        throw(wire)
        if ask("GET", "/api/health/", seconds=20).status != 200:
            bad.append(what)
    same("records that are broken in many ways do no harm", bad, [])
    seed = random.Random(2026)
    good = b"".join(request_bytes("POST", "/login", None,
                                  b'{"email":"a","password":"b"}'))
    for _ in range(300):
        wire = bytearray(good)
        for _ in range(seed.randint(1, 6)):
            wire[seed.randrange(len(wire))] = seed.randrange(256)
        throw(bytes(wire[:seed.randint(1, len(wire))]))
    same("nor do 300 that are damaged at random",
         (ask("GET", "/api/health/").status, workers(),
          "child_died" in log_since(start)), (200, before, False))


def gone_before_the_answer():
    person, before = Person(), workers()
    head, body = request_bytes("GET", "/health_records", person.token)
    for _ in range(100):
        with dial() as s:
            s.sendall(head + body)
    for _ in range(100):
        with dial() as s:
            s.sendall(head)
    ok("clients that are gone before their answer do no harm", until(
        lambda: ask("GET", "/api/health/").status == 200, 10))
    same("to nobody", workers(), before)


scenes = [own_no_worker, does_not_read, broken, gone_before_the_answer]
