"""Reloads and the end, under load."""
import json
import os
import signal
import socket
import subprocess
import time

from stage import (
    AS, CONF, SBIN, SOCKET, TMP, WORKERS, Busy, Crowd, Person, Writers,
    answer_of, ask, dial, log_since, log_size, ok, read_all, reload,
    reload_and_wait, request_bytes, restart, same, set_setting, stack, start,
    supervisor, until, workers)


def reloads_under_load():
    person, start = Person(), log_size()
    seen, reloads, before = set(workers()), 0, descriptors()
    writers = Writers(1)
    crowd = Crowd(20000, ["/health_records", "/api/health/"] * 2 +
                  ["/profile"], person.token)
    while crowd.runs():
        reload()
        reloads += 1
        time.sleep(1.5)
        seen |= workers()
    same("20,000 requests through nginx, none failed", crowd.statuses(),
         {"200": 20000})
    writers.stop()
    same("nor did a write", set(writers.statuses), {200})
    writers.check("reloads")
    log = log_since(start)
    ok("and meanwhile it was reloaded, several times", reloads > 2 and
       log.count("event=reloaded") == reloads, reloads)
    ok("each time with new workers", len(seen) >= 3 * WORKERS, seen)
    ok("and no worker died", "child_died" not in log)
    same("the supervisor keeps no descriptor of it", descriptors(), before)


def descriptors():
    return len(os.listdir(f"/proc/{supervisor()}/fd"))


def bad_configuration():
    """A reload that is refused changes nothing."""
    person, start = Person(), log_size()
    before = workers()
    for name, value in (("workers", "many"), ("no_such_setting", "1")):
        text = CONF.read_text()
        set_setting(name, value)
        line = CONF.read_text().splitlines().index(f"{name} = {value}") + 1
        reload()
        ok(f"a reload with {name} = {value} is refused, with file and line",
           until(lambda: f"{CONF}:{line}: " in log_since(start), 5),
           log_since(start))
        CONF.write_text(text)
    keyring = CONF.parent / "keyring"
    keyring.chmod(0o644)
    reload()
    ok("so is one with keys that others can read",
       until(lambda: "chmod 600" in log_since(start), 5), log_since(start))
    keyring.chmod(0o600)
    same("nobody was replaced", workers(), before)
    same("and all is as it was", person.note("x").status, 200)
    ok("a good one is taken again", reload_and_wait())


def fewer_and_more():
    before = descriptors()
    for number in (1, 6, WORKERS):
        set_setting("workers", str(number))
        reload()
        ok(f"after a reload there are {number} workers",
           until(lambda: len(workers()) == number, 20), workers())
        same("which answer", ask("GET", "/api/health/").status, 200)
    same("the supervisor keeps no descriptor of them", descriptors(), before)


def end_with_a_request():
    """SIGTERM while a worker is at it."""
    person, began, pid = Person(), log_size(), supervisor()
    busy = Busy(person.note, "the last")
    os.kill(pid, signal.SIGTERM)
    ok("the idle workers end", until(lambda: len(workers()) <= 1, 5))
    busy.release()
    same("what it had accepted is answered", busy.later.answer(10).status,
         200)
    ok("then it ends", until(lambda: not os.path.exists(f"/proc/{pid}"), 10))
    ok("and has taken its socket away", not os.path.exists(SOCKET))
    ok("without a death", "child_died" not in log_since(began) and
       "event=stopped" in log_since(began), log_since(began))
    start()
    same("it was written", person.notes(), ["the last"])


def half_a_body():
    """A signal that comes while a worker waits for the rest of a body."""
    person = Person()
    for what, number, until_then in (
            ("a reload", signal.SIGHUP, lambda: len(workers()) > WORKERS),
            ("SIGTERM", signal.SIGTERM, lambda: len(workers()) == 1)):
        head, body = request_bytes(
            "POST", "/health_records", person.token,
            json.dumps({"record_text": what}).encode())
        with dial() as s:
            s.sendall(head + body[:20])
            time.sleep(0.3)
            os.kill(supervisor(), number)
            ok(f"{what} while a body comes: the others go on",
               until(until_then, 5), workers())
            time.sleep(0.7)
            s.sendall(body[20:])
            same(f"{what}: the rest of it is awaited, and answered",
                 answer_of(read_all(s)).status, 200)
        if number == signal.SIGTERM:
            restart()
    same("both were written", person.notes(), ["a reload", "SIGTERM"])


class Activated:
    """Started as systemd does: the socket is open before and after."""

    def __init__(self):
        stack("daemon_stop")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(SOCKET)
        os.chmod(SOCKET, 0o777)
        self.listener.listen(4096)
        self.process = None

    def start(self):
        with (TMP / "activated.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*AS, "sh", "-c", 'export LISTEN_PID=$$ LISTEN_FDS=1;'
                 f' exec "{SBIN}/chartkeepd" -c "{CONF}" 3<&0 </dev/null'],
                stdin=self.listener, stdout=log, stderr=log)

    def stop(self):
        """Its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def close(self):
        self.listener.close()
        os.unlink(SOCKET)
        start()


def restarts_under_load():
    """With the socket of systemd's a restart loses nothing."""
    person, codes = Person(), []
    daemon = Activated()
    try:
        daemon.start()
        writers = Writers(1)
        crowd = Crowd(5000, ["/health_records", "/api/health/"],
                      person.token)
        while crowd.runs():
            time.sleep(0.7)
            codes.append(daemon.stop())
            daemon.start()
        same("restarts under load, none of 5,000 requests failed",
             crowd.statuses(), {"200": crowd.number})
        writers.stop()
        same("nor did a write", set(writers.statuses), {200})
        writers.check("restarts")
        same("each end was a good one", set(codes), {0})
        ok("there were some", len(codes) > 1, codes)
        daemon.stop()
    finally:
        daemon.close()


scenes = [reloads_under_load, bad_configuration, fewer_and_more,
          end_with_a_request, half_a_body, restarts_under_load]
