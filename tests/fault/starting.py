"""What the server does not start with, what it starts without, and the ways
in which it gets its socket."""
import base64
import os
import re
import signal
import socket
import subprocess

from stage import (
    AS, CONF, RUN, SBIN, SOCKET, STACK, TMP, Person, ask, children,
    health, is_well, log_since, log_size, ok, parts, restart, same, sql, stack,
    start, supervisor, until)

KEYRING = STACK / "keyring"


def as_servers(*command, **named):
    return subprocess.run([*AS, *command], capture_output=True, text=True,
                          timeout=20, **named)


def place(name, text, mode="600"):
    """A file of the servers' user."""
    path = TMP / name
    as_servers("sh", "-c", f'rm -rf "$0"; umask 077; cat >"$0"; '
               f'chmod {mode} "$0"', str(path), input=text)
    return path


def configuration(**changes):
    """Of the stack, but with a socket of its own; None takes a line away."""
    changes = {"listen": f"unix:{RUN}/other.sock", **changes}
    lines = [line for line in CONF.read_text().splitlines()
             if line.partition(" ")[0] not in changes]
    return "\n".join(lines + [f"{name} = {value}" for name, value
                              in changes.items()]) + "\n"


def attempt(text):
    """Exit code and words of a daemon that shall not start."""
    path = place("other.conf", text)
    try:
        ended = as_servers(SBIN / "chartkeepd", "-c", path)
    except subprocess.TimeoutExpired:
        return None, "it started"
    return ended.returncode, ended.stderr


def refused(what, text, wanted, code=78):
    got = attempt(text)
    ok(f"no start {what}: exit {code} and why",
       got[0] == code and wanted in got[1], got, wanted)


def bad_keys():
    keys = KEYRING.read_text()

    def with_keyring(text, mode="600"):
        return configuration(keyring=place("keys", text, mode))
    refused("without a keyring", configuration(keyring=TMP / "no-such"),
            f"{TMP}/no-such: No such file or directory")
    refused("with one of mode 0644", with_keyring(keys, "644"),
            f"{TMP}/keys: others can read or change it: chmod 600")
    refused("of mode 0640", with_keyring(keys, "640"), "chmod 600")
    refused("that cannot be read", with_keyring(keys, "200")
            if os.getuid() or AS else configuration(keyring=TMP),
            f"{TMP}")
    refused("that is cut off", with_keyring(keys[:-20]),
            f"{TMP}/keys:")
    refused("that is empty", with_keyring(""), f"{TMP}/keys: no current kek")
    refused("that is something else", with_keyring("\0\1\2" * 50),
            f"{TMP}/keys: not a text file")
    refused("with a key damaged", with_keyring(
        re.sub("(?m)^kek ([^ ]+) .....", r"kek \1 ", keys)),
        "43 characters of base64url")
    refused("that is a directory", configuration(keyring=TMP),
            f"{TMP}: not a regular file")
    (TMP / "link").unlink(missing_ok=True)
    (TMP / "link").symlink_to(KEYRING)
    refused("that is a link", configuration(keyring=TMP / "link"),
            "not a regular file but a link")
    ok("no reason quotes a key", not any(
        word in attempt(with_keyring(keys + "\nkek x"))[1]
        for word in re.findall(r"\S{43}", keys)))


def bad_settings():
    conf = TMP / "other.conf"
    for what, changes, wanted in (
            ("an unknown setting", {"wrokers": 4}, "there is no setting"),
            ("a bad number", {"workers": "many"}, "workers"),
            ("too few workers", {"workers": 0}, "workers"),
            ("a bad time", {"request_timeout": "3 moons"}, "request_timeout"),
            ("a bad rate", {"login_per_peer": "often"}, "login_per_peer"),
            ("a bad zone", {"time_zone": "Mars/Olympus"}, "time_zone"),
            ("a bad choice", {"registration": "maybe"}, "registration"),
            ("a bad address of Redis", {"redis": "there"}, "redis"),
            ("an unknown surface", {"surfaces": "phr, fhir9"}, "surfaces")):
        text = configuration(**changes)
        refused(f"with {what}", text,
                f"{conf}:{len(text.splitlines())}: {wanted}")
    for what, more, wanted in (
            ("with a setting twice", "prefix = /a\nprefix = /a\n",
             "prefix is set twice"),
            ("with a line that is none", "what is this\n", "not a setting"),
            ("with a section", "[main]\n", "sections")):
        text = configuration() + more
        refused(what, text, f"{conf}:{len(text.splitlines())}: {wanted}")
    path = TMP / "not-there.conf"
    ended = as_servers(SBIN / "chartkeepd", "-c", path)
    ok("no start without its file", ended.returncode == 78 and
       f"{path}: No such file" in ended.stderr, ended)
    refused("where another server listens",
            configuration(listen=f"unix:{SOCKET}"),
            "another server listens there", 71)
    (RUN / "taken").write_text("a file")
    refused("where a file lies", configuration(listen=f"unix:{RUN}/taken"),
            "is there and is no socket", 71)
    same("which is left alone", (RUN / "taken").read_text(), "a file")
    (RUN / "taken").unlink()


def wrong_keys():
    """Of another installation: rows stay shut, and nothing is told."""
    person, keys = Person(), KEYRING.read_text()
    person.note("a secret word")
    KEYRING.write_text(re.sub(r"(?m)^kek \S+", "kek of-another", keys))
    restart()
    answer = person.ask("GET", "/health_records")
    ok("under another id it is 500, too", answer.status == 500 and
       "secret" not in answer.text, answer)
    KEYRING.write_text(re.sub(
        r"(?m)^(kek \S+) \S+", r"\1 " + base64.urlsafe_b64encode(
            os.urandom(32)).decode().rstrip("="), keys))
    began = log_size()
    restart()
    answers = [person.ask("GET", "/health_records"),
               person.ask("GET", f"/health_records/{person.record()}"),
               person.note("another")]
    for what, answer in zip(("a list", "a row", "a create"), answers):
        members = answer.json() or {}
        identity = members.get("request_id", "-")
        ok(f"{what} is 500 with its id and no text", answer.status == 500 and
           answer.headers.get("x-request-id") == identity and
           len(members) == 2 and "secret" not in answer.text, answer)
        ok(f"{what}: the log knows that id, and why", until(lambda: all(
            re.search(text, log_since(began)) for text in (
                f"event=data_key_does_not_open.* request={identity}",
                f"event=request id={identity}.* status=500")), 5),
           log_since(began))
    same("what is not sealed is still there",
         person.ask("GET", "/profile").status, 200)
    ended = subprocess.run([*AS, SBIN / "chartkeep", "-c", CONF, "check"],
                           capture_output=True, text=True)
    ok("`chartkeep check` finds it", ended.returncode == 1 and
       "FAIL  data keys: " in ended.stdout, ended)
    KEYRING.write_text(keys)
    restart()
    same("with the right keys all is there", person.notes(),
         ["a secret word"])


def without_database():
    person = Person()
    stack("pg_stop fast")
    restart()
    answer = person.ask("GET", "/profile")
    ok("without a database it starts and answers 503", answer.status == 503
       and int(answer.headers.get("retry-after", 0)) > 0, answer)
    same("health is 200, deep=1 names the database",
         (ask("GET", "/api/health/").status, health().status,
          "database" in parts()), (200, 503, True))
    stack("pg_start")
    ok("it finds it by itself", until(is_well, 15), health())
    same("and serves", person.ask("GET", "/profile").status, 200)


def read_only_database():
    """What a standby is: every answer needs its audit row."""
    person = Person()
    sql("ALTER DATABASE chartkeep SET default_transaction_read_only = on")
    try:
        restart()
        answer = person.ask("GET", "/profile")
        ok("a database that takes no writes: 503", answer.status == 503 and
           int(answer.headers.get("retry-after", 0)) > 0, answer)
        ok("deep=1 says so, too", "database" in parts(), health())
    finally:
        sql("BEGIN READ WRITE; ALTER DATABASE chartkeep"
            " RESET default_transaction_read_only; COMMIT")
    ok("once it takes them all is well", until(
        lambda: is_well() and person.ask("GET", "/profile").status == 200,
        15), health())


def newer_database():
    person, began = Person(), log_size()
    sql("UPDATE migration SET floor = '99.1.0' WHERE number = 1")
    restart()
    try:
        until(lambda: "schema" in parts(), 5)
        ok("a database that is too new: deep=1 says which version it wants",
           health().status == 503 and "99.1.0" in parts().get("schema", ""),
           health())
        answer = person.ask("GET", "/profile")
        ok("requests are 503", answer.status == 503 and
           int(answer.headers.get("retry-after", 0)) > 0 and
           "99.1" not in answer.text, answer)
        ok("the log says it, too", "99.1.0" in log_since(began),
           log_since(began))
    finally:
        sql("UPDATE migration SET floor = '0.1.0' WHERE number = 1")
    ok("it looks again by itself", until(
        lambda: is_well() and person.ask("GET", "/profile").status == 200,
        15), health())


def database_disagrees():
    """A column is not what the program thinks, or not there at all."""
    person = Person()
    for what, change, back, word in (
            ("of another type",
             "ALTER TABLE provider ALTER contact TYPE varchar(200)",
             "ALTER TABLE provider ALTER contact TYPE text", "contact"),
            ("missing",
             "ALTER TABLE provider RENAME contact TO contakt",
             "ALTER TABLE provider RENAME contakt TO contact", "contact")):
        began = log_size()
        sql(change)
        restart()
        try:
            until(lambda: parts(), 5)
            answer = person.ask("GET", "/profile")
            ok(f"a column {what}: requests are 503", answer.status == 503 and
               int(answer.headers.get("retry-after", 0)) > 0 and
               word not in answer.text, answer)
            ok(f"a column {what}: deep=1 names it", health().status == 503
               and word in health().text, health())
            ok(f"a column {what}: so does the log",
               word in log_since(began), log_since(began))
        finally:
            sql(back)
        ok("it looks again by itself", until(
            lambda: is_well() and person.ask("GET", "/profile").status ==
            200, 15), health())


# ------------------------------------------------------------------- sockets

def serves(what, person, path=None):
    ok(f"{what}: it serves", until(lambda: ask(
        "GET", "/api/health/", path=path).status == 200, 10))
    answers = [ask("GET", "/health_records", person.token, path=path),
               ask("POST", "/health_records", person.token,
                   {"record_text": what}, path=path)]
    same(f"{what}: reads and writes", [a.status for a in answers],
         [200, 200])


def listening(path):
    s = socket.socket(socket.AF_UNIX)
    if os.path.exists(path):
        os.unlink(path)
    s.bind(path)
    os.chmod(path, 0o777)
    s.listen(64)
    return s


def bare_descriptors():
    """Without any, and with a log that nobody reads any more."""
    person, path = Person(), f"{RUN}/other.sock"
    conf = place("other.conf", configuration(workers=1))
    process = daemon('exec "$D" -c "$C" <&- >&- 2>&-', conf)
    serves("descriptors 0 to 2 closed", person, path)
    same("it ends well", ended(process), 0)
    process = daemon('mkfifo "$C.log"; (read -r line <"$C.log") &'
                     ' exec "$D" -c "$C" 2>"$C.log"', conf)
    serves("the log's reader gone", person, path)
    process.send_signal(signal.SIGHUP)
    serves("and after a reload", person, path)
    same("it ends well", ended(process), 0)
    (TMP / "other.conf.log").unlink()


def daemon(script, conf, stdin=subprocess.DEVNULL):
    """Run by sh, in which $D is the program with its configuration."""
    with (TMP / "other.log").open("ab") as log:
        return subprocess.Popen(
            [*AS, "sh", "-c", script], stdin=stdin, stdout=log, stderr=log,
            env={**os.environ, "D": f"{SBIN}/chartkeepd", "C": str(conf)})


def ended(process):
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        return None


def socket_of_systemd():
    person, path, other = Person(), f"{RUN}/systemd.sock", RUN / "other.sock"
    other.unlink(missing_ok=True)
    listener = listening(path)
    conf = place("other.conf", configuration(workers=2))
    process = daemon("export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=x;"
                     ' exec "$D" -c "$C" 3<&0 </dev/null', conf, listener)
    serves("systemd's socket", person, path)
    ok("the setting listen is not used then", not os.path.exists(other))
    same("it ends well", ended(process), 0)
    ok("and leaves systemd its socket", os.path.exists(path))
    process = daemon("export LISTEN_PID=1 LISTEN_FDS=1;"
                     ' exec "$D" -c "$C" 3<&0 </dev/null', conf, listener)
    serves("what is meant for another process is not taken", person,
           str(other))
    ended(process)
    process = daemon("export LISTEN_PID=$$ LISTEN_FDS=2;"
                     ' exec "$D" -c "$C" 3<&0 4<&0 </dev/null', conf,
                     listener)
    same("more than one socket is refused", process.wait(10), 71)
    process = daemon("export LISTEN_PID=$$ LISTEN_FDS=1;"
                     ' exec "$D" -c "$C" 3</dev/null', conf)
    same("so is what does not listen", process.wait(10), 71)
    listener.close()


def descriptor_0():
    """spawn-fcgi and mod_fcgid: one worker, no other process."""
    person, path = Person(), f"{RUN}/zero.sock"
    listener = listening(path)
    conf = place("other.conf", configuration())
    process = daemon('exec "$D" -c "$C"', conf, listener)
    serves("descriptor 0", person, path)
    same("there is one process", as_servers(
        "sh", "-c", f"cat /proc/{process.pid}/task/*/children").stdout, "")
    same("it ends well", ended(process), 0)
    process = daemon('exec "$D" -c "$C"', place(
        "other.conf", configuration(requests_per_worker=5)), listener)
    same("worn out it ends well, too", (
        [ask("GET", "/api/health/", path=path).status for _ in range(5)],
        process.wait(20)), ([200] * 5, 0))
    listener.close()


def setting_listen():
    person, path = Person(), f"{RUN}/other.sock"
    stale = listening(path)
    stale.close()
    process = daemon('exec "$D" -c "$C"', place(
        "other.conf", configuration(workers=1)))
    until(lambda: ask("GET", "/api/health/", path=path).status, 10)
    serves("a path, where a dead server's socket lay", person, path)
    same("for the owner and its group alone",
         os.stat(path).st_mode & 0o777, 0o660)
    same("it ends well", ended(process), 0)
    ok("and takes its socket away", not os.path.exists(path))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = daemon('exec "$D" -c "$C"', place("other.conf", configuration(
        workers=1, listen=f"127.0.0.1:{port}")))
    serves("a port", person, ("127.0.0.1", port))
    same("it ends well", ended(process), 0)


def supervisor_killed():
    """Workers do not outlive their supervisor for long."""
    pids, pid = children(), supervisor()
    os.kill(pid, signal.SIGKILL)
    ok("without a supervisor all of them end", until(
        lambda: not any(os.path.exists(f"/proc/{p}") for p in pids), 10))
    start()
    ok("the next start takes the place of the socket that was left",
       until(is_well, 10), health())


scenes = [bad_keys, bad_settings, wrong_keys, without_database,
          read_only_database, newer_database, database_disagrees,
          socket_of_systemd, descriptor_0, setting_listen, bare_descriptors,
          supervisor_killed]
