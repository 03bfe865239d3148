#!/usr/bin/python3
"""Plays HTTP transcripts against a running chartkeepd, over its FastCGI socket.

usage: play.py [-v] [-a] FILE.http ...

-v tells variables where a step fails; -a says that these are all files, so that
each route must have been met.  The environment is that of tests/README.md.

A transcript is a list of steps, each begun by a line "### what holds".  A step
is a request, a line "=>" with the expected status, and what is expected of the
answer:

    ### a patient reads own records
    GET /health_records
    Authorization: Bearer {{will}}

    => 200
    Content-Type: application/json
    Link: <none>

    [{"record_id": 6, "user_id": 3, "record_date": "<time>", "record_text": "<text>"}, "..."]

Before the request may stand directives; a step may consist of them alone:
    @login NAME EMAIL PASSWORD     {{NAME}} is a token; one login in a run
    @register NAME TYPE            a fresh account of type_id TYPE; {{NAME}},
                                   {{NAME.email}}, {{NAME.password}}, {{NAME.id}};
                                   type 1, and "TYPE by ADMIN", with ADMIN's token
    @sql STATEMENT                 as the database's owner; first value is {{sql}}
    @set NAME VALUE
    @py NAME EXPRESSION            in Python; variables without a dot are names in it
    @expect EXPRESSION             must be true
    @setting NAME VALUE            of the server, restarted with it until the file's end
    @peer ADDRESS                  from where; else each file has an address of its own
    @repeat N                      the request is sent N times; the last answer counts
    @together N                    N at once; each answer must hold; "=> 200 400" wants
                                   one of each
    @each NAME WORD ...            the step for each word; directives above it once
    @each NAME,NAME WORD,WORD ...  the same with several names and parts of words, the
                                   last of which may have commas
    @send METHOD PATH TOKEN JSON   another request, before the step's; must succeed
    @make NAME PATH TOKEN JSON     a POST; {{NAME}} is the id of what it made
    @connect NAME PATIENT CLINICIAN [accept|reject]
                                   a connection that the patient asked for; its id
Below /api a body is sent as application/json unless a header says otherwise.
Target, header and body may be computed: "!py EXPRESSION".  forge(TOKEN, claims,
header, key) is the token with changed claims and header, signed with our key
unless another is given.

Header values: exact text, /regular expression/ or <none>; "<as NAME>" takes it.
JSON: exact, but "<any>", "<text>", "<int>", "<time>", "<moment>" (with microseconds)
and "<uuid>" are holes, "<as NAME>" takes the value into {{NAME}}, "..." at the end of a
list allows more and as an object's key allows other members.  A body line "<empty>" wants no body;
lines "~ TEXT" want TEXT somewhere in the body, "!~ TEXT" nowhere.  {{unique}} is
new in each file.  Files depend on nothing but the demo accounts, which they only
read, and leave the permissions as they were.

Every JSON answer is also checked against the OpenAPI document of its surface.
Prints TAP.
"""
import collections, os, re, sys, threading, uuid

sys.dont_write_bytecode = True
import fastcgi
from directives import DIRECTIVES, restart, sql
from expectations import Documents, check_answer
from words import Wrong, fill, filled


class Step:
    def __init__(self, what, lines, line):
        self.what, self.line = what, line
        self.directives, self.request = [], None
        while lines and (not lines[0].strip() or lines[0][0] in '@#'):
            if lines[0].startswith('@'):
                name, _, rest = lines[0][1:].partition(' ')
                self.directives.append((name, rest.strip()))
            lines.pop(0)
        if not lines:
            return
        self.request = lines.pop(0).split(' ', 1)
        arrow = next(i for i, l in enumerate(lines) if l.startswith('=>'))
        self.headers, self.body = self.split(lines[:arrow])
        self.statuses = lines[arrow][2:].strip()
        self.wanted_headers, self.wanted_body = self.split(lines[arrow + 1:])

    @staticmethod
    def split(lines):
        lines = list(lines)
        headers = []
        while lines and re.match(r'[A-Za-z{][A-Za-z{}-]*:( |$)', lines[0]):
            name, _, value = lines.pop(0).partition(':')
            headers.append((name, value.removeprefix(' ')))
        return headers, '\n'.join(lines).strip('\n')


def ask_together(request, together):
    """The answers to `together` requests at once."""
    answers = [None] * together
    def one(i):
        try:
            answers[i] = fastcgi.ask(*request)
        except Exception as e:
            answers[i] = e
    threads = [threading.Thread(target=one, args=(i,)) for i in range(1, together)]
    for thread in threads:
        thread.start()
    one(0)
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def play_directives(directives, variables):
    for name, rest in directives:
        if name not in DIRECTIVES:
            raise Wrong(f'no directive @{name}')
        DIRECTIVES[name](fill(rest, variables), variables)


def play_step(step, case, documents, variables, hit):
    variables['repeat'] = variables['together'] = '1'
    play_directives(case.first, variables)
    variables.update((name, fill(word, variables)) for name, word in case.words.items())
    play_directives(case.directives, variables)
    if not step.request:
        return
    method, target = fill(step.request[0], variables), filled(step.request[1], variables)
    headers = [(fill(n, variables), filled(v, variables)) for n, v in step.headers]
    body = filled(step.body, variables)
    body = body if isinstance(body, bytes) else body.encode()
    if body and target.startswith('/api/') and 'content-type' not in (
            n.lower() for n, _ in headers):
        headers.append(('Content-Type', 'application/json'))
    for _ in range(int(variables['repeat'])):
        answers = ask_together((method, target, headers, body, variables['peer']),
                      int(variables['together']))
    got = sorted(status for status, _, _ in answers)
    wanted = sorted(int(word) for word in str(filled(step.statuses, variables)).split())
    if got != sorted(wanted * (len(got) // len(wanted))):
        raise Wrong(f'status {got}, wanted {wanted}: {answers[0][2][:300]!r}')
    for status, answer_headers, answer in answers:
        check_answer(step, answer_headers, answer, variables)
        route = documents.check(method, target, status, answer_headers, answer)
        if route and status in (200, 201):
            hit.add(route)


Case = collections.namedtuple('Case', 'name first words directives')


def cases(step):
    """The step's cases, by @each."""
    at = next((i for i, d in enumerate(step.directives) if d[0] == 'each'), None)
    if at is None:
        return [Case('', [], {}, step.directives)]
    names, *words = step.directives[at][1].split()
    names = names.split(',')
    found = [Case(' ' + w, [], dict(zip(names, w.split(',', len(names) - 1), strict=True)),
                  step.directives[at + 1:]) for w in words]
    return [found[0]._replace(first=step.directives[:at])] + found[1:]


def read_steps(path):
    steps, what, lines, start = [], None, [], 0
    for number, line in enumerate(open(path, encoding='utf-8').read().split('\n'), 1):
        if line.startswith('### '):
            if what is not None:
                steps.append(Step(what, lines, start))
            what, lines, start = line[4:], [], number
        elif what is not None:
            lines.append(line)
    if what is not None:
        steps.append(Step(what, lines, start))
    return steps


class Report:
    def __init__(self, verbose):
        self.verbose, self.number, self.failed = verbose, 0, 0

    def good(self, what):
        self.number += 1
        print(f'ok {self.number} - {what}', flush=True)

    def bad(self, what, why, variables):
        self.number, self.failed = self.number + 1, self.failed + 1
        print(f'not ok {self.number} - {what}\n# {why}', flush=True)
        if self.verbose:
            print('# ' + repr(variables))


def play(path, documents, report, hit):
    new = uuid.uuid4()
    variables = {'unique': new.hex[:12], 'peer': '10.%d.%d.%d' % tuple(new.bytes[:3])}
    name = os.path.relpath(path, os.path.dirname(os.path.abspath(__file__)))
    for step in read_steps(path):
        for case in cases(step):
            what = (step.what + case.name).replace('#', '\\#')
            try:
                play_step(step, case, documents, variables, hit)
                report.good(f'{name}: {what}')
            except Exception as e:
                report.bad(f'{name}:{step.line}: {what}',
                           f'{type(e).__name__}: {e}', variables)
    if 'changed' in variables:
        restart()


PERMISSIONS = ("SELECT string_agg(concat(can_add, can_view, can_edit), ' ' ORDER BY id)"
               " FROM permission")


def check_all(documents, report, hit, permissions):
    """What holds after everything."""
    for route in documents.operations():
        if route not in hit and not route.endswith(' /metrics'):
            report.bad(f'no transcript succeeds with {route}', '', {})
    if sql(PERMISSIONS) == permissions:
        report.good('the permissions are as they were')
    else:
        report.bad('the permissions are not as they were', '', {})


def main():
    files = [f for f in sys.argv[1:] if f not in ('-v', '-a')]
    documents, hit, report = Documents(), set(), Report('-v' in sys.argv)
    permissions = sql(PERMISSIONS)
    for path in files:
        play(path, documents, report, hit)
    if '-a' in sys.argv:
        check_all(documents, report, hit, permissions)
    print(f'1..{report.number}')
    sys.exit(1 if report.failed else 0)


if __name__ == '__main__':
    main()
