#!/usr/bin/env python3
"""Plays HTTP transcripts against a running chartkeepd, over its FastCGI socket.

usage: play.py [-v] FILE.http ...      (environment: see tests/README.md)

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

Before the request may stand directives:
    @login NAME EMAIL PASSWORD     logs in, {{NAME}} is the token
    @register NAME TYPE            a fresh account of type_id TYPE; {{NAME}}, {{NAME.email}}, {{NAME.id}}
    @sql STATEMENT                 as the database's owner; first value is {{sql}}
    @set NAME VALUE
    @repeat N                      the request is sent N times; the last answer counts
Header values: exact text, /regular expression/ or <none>.  JSON: exact, but
"<any>", "<text>", "<int>", "<time>", "<uuid>" are holes, "<as NAME>" takes the
value into {{NAME}}, "..." at the end of a list allows more and as an object's
key allows other members.  A body line "<empty>" wants no body; "~ TEXT" wants
TEXT somewhere in the body.  {{unique}} is new in each file.

Every JSON answer is also checked against the OpenAPI document of its surface.
Prints TAP.
"""
import json, os, re, socket, struct, subprocess, sys, uuid

import jsonschema

SOCKET = os.environ['CK_SOCKET']
HOLES = {
    '<any>': lambda v: True,
    '<text>': lambda v: isinstance(v, str) and v != '',
    '<int>': lambda v: isinstance(v, int) and not isinstance(v, bool),
    '<time>': lambda v: isinstance(v, str) and re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d', v),
    '<uuid>': lambda v: isinstance(v, str) and re.fullmatch(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', v),
}


class Wrong(Exception):
    pass


def pair(name, value):
    name, value = name.encode('latin-1'), value.encode('latin-1')
    size = lambda n: bytes([n]) if n < 128 else struct.pack('>I', n | 0x80000000)
    return size(len(name)) + size(len(value)) + name + value


def record(kind, data):
    return struct.pack('>BBHHBB', 1, kind, 1, len(data), 0, 0) + data


def stream(kind, data):
    parts = [data[i:i + 32768] for i in range(0, len(data), 32768)]
    return b''.join(record(kind, p) for p in parts) + record(kind, b'')


def fastcgi(method, target, headers, body):
    """One request; (status, [(header, value)], body)."""
    params = {
        'REQUEST_METHOD': method, 'REQUEST_URI': target, 'REMOTE_ADDR': '127.0.0.1',
        'SERVER_PROTOCOL': 'HTTP/1.1', 'QUERY_STRING': target.partition('?')[2],
        'HTTP_HOST': 'localhost', 'CONTENT_LENGTH': str(len(body)),
    }
    for name, value in headers:
        key = name.upper().replace('-', '_')
        params[key if key == 'CONTENT_TYPE' else 'HTTP_' + key] = value
    data = b''.join(pair(n, v) for n, v in params.items())
    wire = record(1, struct.pack('>HB5x', 1, 0)) + stream(4, data) + stream(5, body)
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(SOCKET)
        try:
            s.sendall(wire)
        except (BrokenPipeError, ConnectionResetError):
            pass
        raw = b''
        while chunk := s.recv(65536):
            raw += chunk
    out, at = b'', 0
    while at + 8 <= len(raw):
        _, kind, _, length, padding, _ = struct.unpack('>BBHHBB', raw[at:at + 8])
        if kind == 6:
            out += raw[at + 8:at + 8 + length]
        at += 8 + length + padding
    head, blank, rest = out.partition(b'\r\n\r\n')
    if not blank:
        raise Wrong('no answer')
    lines = [l.split(': ', 1) for l in head.decode('latin-1').split('\r\n')]
    status = next((int(v.split()[0]) for n, v in lines if n == 'Status'), 200)
    return status, [(n, v) for n, v in lines if n != 'Status'], rest


class Documents:
    """The OpenAPI documents, as printed by the program."""

    def __init__(self):
        self.docs = []
        listed = subprocess.run(['chartkeep', '-c', os.environ['CK_CONF'], 'routes'],
                                capture_output=True, text=True, check=True).stdout
        self.routes = [l.split('\t') for l in listed.splitlines()]
        for name in dict.fromkeys(r[0] for r in self.routes):
            text = subprocess.run(['chartkeep', '-c', os.environ['CK_CONF'], 'openapi', name],
                                  capture_output=True, text=True, check=True).stdout
            self.docs.append(json.loads(text))

    def operation(self, method, target):
        path = target.partition('?')[0].rstrip('/') or '/'
        best = None
        for doc in self.docs:
            for template, item in doc['paths'].items():
                template_path = template.rstrip('/') or '/'
                pattern = re.sub(r'\\\{[^/]*?\\\}', '[^/]+', re.escape(template_path))
                if re.fullmatch(pattern, path) and method.lower() in item:
                    if best is None or '{' not in template:
                        best = doc, template, item[method.lower()]
        return best

    def check(self, method, target, status, headers, body):
        kind = dict((n.lower(), v) for n, v in headers).get('content-type', '')
        if method == 'HEAD' or not body or not kind.startswith('application/json'):
            return None
        found = self.operation(method, target)
        if not found:
            return None
        doc, template, operation = found
        answers = operation['responses']
        answer = answers.get(str(status)) or (answers.get('default') if status >= 400 else None)
        if answer is None:
            raise Wrong(f'{status} is not in the OpenAPI document of {method} {template}')
        schema = dict(answer['content']['application/json']['schema'])
        schema['components'] = doc['components']
        try:
            jsonschema.Draft202012Validator(schema).validate(json.loads(body))
        except jsonschema.ValidationError as e:
            raise Wrong(f'OpenAPI: {e.message} at {list(e.absolute_path)}')
        return f'{method} {template}'


def matches(want, got, at, variables):
    if isinstance(want, str) and want.startswith('<as '):
        variables[want[4:-1]] = str(got)
        return
    if isinstance(want, str) and want in HOLES:
        if not HOLES[want](got):
            raise Wrong(f'{at}: {got!r} is not {want}')
        return
    if isinstance(want, dict) and isinstance(got, dict):
        if '...' not in want and set(want) != set(got):
            raise Wrong(f'{at}: members {sorted(got)}, wanted {sorted(want)}')
        for key in want:
            if key == '...':
                continue
            if key not in got:
                raise Wrong(f'{at}: no member {key}')
            matches(want[key], got[key], f'{at}.{key}', variables)
        return
    if isinstance(want, list) and isinstance(got, list):
        more = bool(want) and want[-1] == '...'
        wanted = want[:-1] if more else want
        if len(got) < len(wanted) or (len(got) > len(wanted) and not more):
            raise Wrong(f'{at}: {len(got)} elements, wanted {len(wanted)}')
        for i, w in enumerate(wanted):
            matches(w, got[i], f'{at}[{i}]', variables)
        return
    if type(want) is not type(got) or want != got:
        raise Wrong(f'{at}: {got!r}, wanted {want!r}')


class Step:
    def __init__(self, what, lines, line):
        self.what, self.line = what, line
        self.directives, self.headers, self.wanted_headers = [], [], []
        while lines and (not lines[0].strip() or lines[0][0] in '@#'):
            if lines[0].startswith('@'):
                self.directives.append(lines[0][1:].split(None, 1))
            lines.pop(0)
        self.request = lines.pop(0).split(' ', 1) if lines else None
        if not self.request:
            return
        arrow = next(i for i, l in enumerate(lines) if l.startswith('=>'))
        self.headers, self.body = self.split(lines[:arrow])
        self.status = int(lines[arrow][2:])
        self.wanted_headers, self.wanted_body = self.split(lines[arrow + 1:])

    @staticmethod
    def split(lines):
        lines = list(lines)
        headers = []
        while lines and re.match(r'[A-Za-z][A-Za-z-]*: ', lines[0]):
            headers.append(tuple(lines.pop(0).split(': ', 1)))
        return headers, '\n'.join(lines).strip('\n')


def fill(text, variables):
    def one(m):
        if m[1] not in variables:
            raise Wrong(f'there is no {{{{{m[1]}}}}}')
        return variables[m[1]]
    return re.sub(r'\{\{([A-Za-z0-9_.]+)\}\}', one, text)


def body_bytes(text, variables):
    """A body line "!py EXPRESSION" is bytes or text computed by Python."""
    if text.startswith('!py '):
        value = eval(fill(text[4:], variables), {'json': json})
        return value if isinstance(value, bytes) else value.encode()
    return fill(text, variables).encode()


def post(target, members, token=None):
    headers = [('Content-Type', 'application/json')]
    if token:
        headers.append(('Authorization', 'Bearer ' + token))
    status, _, body = fastcgi('POST', target, headers, json.dumps(members).encode())
    if status != 200:
        raise Wrong(f'{target}: {status} {body[:200]!r}')
    return json.loads(body)


def sql(statement):
    done = subprocess.run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement],
                          capture_output=True, text=True,
                          env={**os.environ, 'PGOPTIONS': '-c search_path=chartkeep'})
    if done.returncode:
        raise Wrong(f'sql: {done.stderr.strip()}')
    return done.stdout.strip().split('\n')[0]


def direct(name, rest, variables):
    rest = fill(rest or '', variables)
    if name == 'login':
        who, email, password = rest.split()
        variables[who] = post('/login', {'email': email, 'password': password})['token']
    elif name == 'register':
        who, kind = rest.split()
        email = f'{who}.{variables["unique"]}@example.org'
        token = variables.get('admin') if kind == '1' else None
        post_token = post('/register', {
            'type_id': int(kind), 'fullname': f'{who.title()} Test', 'contact': '555',
            'email': email, 'password': 'pass-' + who}, token)['token']
        variables.update({who: post_token, who + '.email': email,
                          who + '.id': sql(f"SELECT id FROM account WHERE email = '{email}' AND archived_at IS NULL")})
    elif name == 'sql':
        variables['sql'] = sql(rest)
    elif name == 'set':
        key, value = rest.split(None, 1)
        variables[key] = value
    elif name == 'repeat':
        variables['repeat'] = rest
    else:
        raise Wrong(f'no directive @{name}')


def check_answer(step, status, headers, body, variables):
    if status != step.status:
        raise Wrong(f'status {status}, wanted {step.status}: {body[:300]!r}')
    got = {}
    for name, value in headers:
        got.setdefault(name.lower(), value)
    for name, want in step.wanted_headers:
        want, value = fill(want, variables), got.get(name.lower())
        if want == '<none>':
            good = value is None
        elif want.startswith('<as '):
            good = value is not None
            variables[want[4:-1]] = value
        elif want.startswith('/') and want.endswith('/'):
            good = value is not None and re.search(want[1:-1], value)
        else:
            good = value == want
        if not good:
            raise Wrong(f'header {name}: {value!r}, wanted {want!r}')
    want = fill(step.wanted_body, variables)
    if want == '<empty>':
        if body:
            raise Wrong(f'a body: {body[:200]!r}')
    elif want.startswith('~ '):
        if want[2:] not in body.decode(errors='replace'):
            raise Wrong(f'{want[2:]!r} is not in {body[:300]!r}')
    elif want:
        matches(json.loads(want), json.loads(body), '$', variables)


def play_step(step, documents, variables, hit):
    variables['repeat'] = '1'
    for directive in step.directives:
        direct(directive[0], directive[1] if len(directive) > 1 else '', variables)
    if not step.request:
        return
    method, target = step.request[0], fill(step.request[1], variables)
    headers = [(n, fill(v, variables)) for n, v in step.headers]
    body = body_bytes(step.body, variables) if step.body else b''
    for _ in range(int(variables['repeat'])):
        status, answer_headers, answer = fastcgi(method, target, headers, body)
    check_answer(step, status, answer_headers, answer, variables)
    route = documents.check(method, target, status, answer_headers, answer)
    if route:
        hit.add(route)


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


def main():
    verbose = '-v' in sys.argv
    files = [f for f in sys.argv[1:] if f != '-v']
    documents, hit, number, failed = Documents(), set(), 0, 0
    for path in files:
        variables = {'unique': uuid.uuid4().hex[:12]}
        name = os.path.relpath(path, os.path.dirname(os.path.abspath(__file__)))
        for step in read_steps(path):
            number += 1
            try:
                play_step(step, documents, variables, hit)
                print(f'ok {number} - {name}: {step.what}', flush=True)
            except Exception as e:
                failed += 1
                print(f'not ok {number} - {name}:{step.line}: {step.what}\n# {type(e).__name__}: {e}', flush=True)
                if verbose:
                    print('# ' + repr(variables))
    for doc in documents.docs:
        for template, item in doc['paths'].items():
            for method in item:
                route = f'{method.upper()} {template}'
                if route not in hit and len(files) > 5 and '/metrics' not in template:
                    number, failed = number + 1, failed + 1
                    print(f'not ok {number} - no transcript hit {route}')
    print(f'1..{number}')
    sys.exit(1 if failed else 0)


main()
