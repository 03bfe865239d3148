"""sqlmap against each parameter of an operation: the request with a mark at
each, in files of its own format, and what its output says of each mark."""
import json
import os
import re
import subprocess
import sys
import threading

from documents import APART
from ground import ESCAPES, SRC, WORK, arrived, left

# Boolean, error, union and inline queries.  Not those that take time: on a
# busy machine they accuse the innocent, and what no answer shows the
# database's log does.  Level 2 brings ORDER BY and LIKE; what more levels add
# is more ways to close what a statement has open, and one wrong way is enough
# for that log.  Risks above 1 add OR, of use where no row was found at first,
# while ours are.  Headers are read in one place for all routes: level 1.
OPTIONS = [
    "--batch", "--flush-session", "--disable-coloring", "--ignore-stdin",
    "--ignore-proxy", "--ignore-redirects", "--ignore-code=401",
    "--dbms=PostgreSQL", "--technique=BEUQ", "--risk=1", "--threads=1",
    "--timeout=10", "--retries=1", "--skip-waf",
]
LEVELS = {"url": 2, "body": 2, "header": 1}
SECONDS = 180
# What it leaves out of a request file.
DROPPED = ("If-None-Match",)
# What even the shortest list takes for one parameter.
LEAST = 15

FOUND = re.compile(
    r"might be (injectable|vulnerable)|is vulnerable|is '.*injectable|"
    r"appears to be .*injectable|identified the following injection|"
    r"^Payload:|^    Payload: ")
TESTED = re.compile(r"parameter '([^']+)' does not seem to be injectable")
WRONG = re.compile(r"\[(?:CRITICAL|ERROR)\] (?!all tested parameters).*|"
                   r".*Traceback|.*heuristics detected that the target.*")


class Run:
    """One request file.  `marks`: what sqlmap calls a place, and what we do."""
    number = 0
    guard = threading.Lock()

    def __init__(self, operation, base, kind, names):
        with Run.guard:
            Run.number += 1
            self.agent = f"scan-{Run.number}"
        self.operation, self.base, self.kind = operation, base, kind
        self.names, self.marks, self.more = names, {}, []
        self.status = None
        self.file = WORK / f"{self.agent}.request"
        self.out = WORK / f"{self.agent}.out"
        self.file.write_text(self.request(), newline="")
        self.tested, self.found = set(), []
        self.doubts, self.wrong = [], []

    def title(self):
        return f"{self.operation.surface} {self.operation.name}"

    def marked(self, name, value):
        place, _, word = name.partition(" ")
        if name not in self.names:
            return value
        number = sum(known.startswith(place) for known in
                     self.marks.values()) + 1
        label = {"body": f"JSON #{number}*",
                 "header": f"{word} #1*"}.get(place, f"#{number}*")
        self.marks[label] = name
        return f"{value}*"

    def value(self, name):
        """Of a header, marked; a mark stays within quotes."""
        value = self.operation.header(name)
        if name == "Host":
            value = self.base.split("//")[1]
        if value.endswith('"'):
            return self.marked(f"header {name}", value[:-1]) + '"'
        return self.marked(f"header {name}", value)

    def request(self):
        operation = self.operation
        target = operation.target()
        if self.kind == "url":
            target = operation.target(mark="*")
            for place, name in operation.given:
                self.marked(f"{place} {name}", "")
        content = operation.content()
        method = operation.method
        if method == "GET" and content is not None:
            # Of a GET's file it does not take the body.
            method = "POST"
            self.more.append("--method=GET")
        lines = [f"{method} {target} HTTP/1.1",
                 f"User-Agent: {self.agent}", "Connection: close"]
        for name in operation.headers():
            if name in APART and self.kind != "header":
                continue
            line = f"{name}: {self.value(name)}"
            if name in DROPPED:
                self.more += ["-H", line]
            else:
                lines.append(line)
        if content is not None:
            content = {name: self.marked(f"body {name}", value)
                       for name, value in content.items()}
        text = "" if content is None else json.dumps(content)
        return "\r\n".join([*lines, "", text])

    def command(self):
        words = ["sqlmap", "-r", self.file, *OPTIONS, *self.more,
                 f"--level={LEVELS[self.kind]}", f"--tmp-dir={WORK}",
                 f"--output-dir={WORK / self.agent}"]
        if self.kind != "body":
            # Else it takes every mark for a JSON string.
            words.append("--answers=JSON=N")
        return words

    def start(self):
        """What is there is found again; what sqlmap only believes, from an
        answer that changed by itself, is not."""
        self.once()
        if self.found:
            self.doubts, self.found = self.found, []
            self.tested.clear()
            self.once()
        return self

    def once(self):
        seconds = left(SECONDS)
        if seconds < 3:
            self.wrong.append("not scanned: the suite's time is over")
            return
        with self.out.open("wb") as out:
            try:
                subprocess.run(
                    self.command(), stdin=subprocess.DEVNULL, stdout=out,
                    stderr=out, timeout=seconds, cwd=WORK,
                    env=scanner_environment())
            except subprocess.TimeoutExpired:
                self.wrong.append(f"not finished within {seconds:.0f} s")
        self.read()

    def read(self):
        for line in self.out.read_text(errors="replace").splitlines():
            if match := TESTED.search(line):
                self.tested.add(self.marks.get(match[1], match[1]))
            elif FOUND.search(line):
                self.found.append(line.strip())
            elif match := WRONG.search(line):
                self.wrong.append(match[0])

    def untested(self):
        return sorted(set(self.marks.values()) - self.tested)

    def unreached(self):
        """Did its requests get to the handler?  The harmless ones among them
        have the harmless one's status."""
        got = arrived(self.agent)
        if sum(got.values()) < LEAST * len(self.marks):
            return f"only {sum(got.values())} requests arrived: {got}"
        if got.get(self.status, 0) < 2:
            return f"hardly any {self.status}: {got}"
        return None


def scanner_environment():
    return {**os.environ, "HOME": str(WORK), "TERM": "dumb",
            "PYTHONPATH": str(SRC / "tests/scan/guard"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CK_SCAN_ESCAPES": str(ESCAPES)}


def runs(operation, base):
    """The request files of an operation, each parameter in one of them.  sqlmap
    writes into strings only; members of other kinds take them or not, and one
    that does not would hide what is in the others."""
    first, second = operation.ask(base), operation.ask(base)
    # A new number or token each time, say: only the status can tell.
    fickle = first.text != second.text
    made = []

    def add(kind, names, status):
        if names:
            run = Run(operation, base, kind, names)
            run.status = status
            run.more += [f"--code={status}"] if fickle else []
            made.append(run)

    names = operation.parameters()
    add("url", [n for n in names if n.split()[0] in ("path", "query")],
        first.status)
    together, alone = [], []
    for name, kind in operation.members():
        text = str(operation.values["body", name])
        got = operation.ask(base, **{name: text})
        takes = kind == "string" or got.status == first.status and (
            fickle or got.text == first.text)
        (together if takes else alone).append(f"body {name}")
    add("body", together, first.status)
    for name in alone:
        text = str(operation.values["body", name.split()[1]])
        add("body", [name],
            operation.ask(base, **{name.split()[1]: text}).status)
    headers = {name: operation.header(name) for name in operation.headers()
               if name in APART}
    operation.ask(base, headers)
    add("header", [n for n in names if n.startswith("header")],
        operation.ask(base, headers).status)
    return made


def version():
    out = subprocess.run(["sqlmap", "--version"], capture_output=True,
                         text=True, env=scanner_environment(), cwd=WORK,
                         stdin=subprocess.DEVNULL).stdout
    return out.split("\n")[0] or sys.exit("sqlmap does not start")
