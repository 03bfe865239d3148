#!/usr/bin/python3
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
    @send METHOD PATH TOKEN JSON   another request, before the step's; must be 200
Target, header and body may be computed: "!py EXPRESSION".  forge(TOKEN, claims,
header, key) is the token with changed claims and header, signed with our key
unless another is given.

Header values: exact text, /regular expression/ or <none>; "<as NAME>" takes it.
JSON: exact, but "<any>", "<text>", "<int>", "<time>", "<uuid>" are holes, "<as
NAME>" takes the value into {{NAME}}, "..." at the end of a list allows more and
as an object's key allows other members.  A body line "<empty>" wants no body;
lines "~ TEXT" want TEXT somewhere in the body, "!~ TEXT" nowhere.  {{unique}} is
new in each file.  Files depend on nothing but the demo accounts, which they only
read, and leave the permissions as they were.

Every JSON answer is also checked against the OpenAPI document of its surface.
Prints TAP.
"""
import base64, collections, hmac, json, os, re, socket, struct, subprocess, sys, threading, uuid

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


def received(s):
    raw = b''
    try:
        while chunk := s.recv(65536):
            raw += chunk
    except ConnectionResetError:
        pass
    return raw


def fastcgi(method, target, headers, body, peer):
    """One request; (status, [(header, value)], body)."""
    params = {
        'REQUEST_METHOD': method, 'REQUEST_URI': target, 'REMOTE_ADDR': peer,
        'SERVER_PROTOCOL': 'HTTP/1.1', 'QUERY_STRING': target.partition('?')[2],
        'HTTP_HOST': 'localhost', 'CONTENT_LENGTH': str(len(body)),
    }
    for name, value in headers:
        key = name.upper().replace('-', '_')
        params[key if key in ('CONTENT_TYPE', 'CONTENT_LENGTH') else 'HTTP_' + key] = value
    data = b''.join(pair(n, v) for n, v in params.items())
    wire = record(1, struct.pack('>HB5x', 1, 0)) + stream(4, data) + stream(5, body)
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(SOCKET)
        try:
            s.sendall(wire)
        except (BrokenPipeError, ConnectionResetError):
            pass
        raw = received(s)
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
        path = target.partition('?')[0].removesuffix('/') or '/'
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


def fill(text, variables):
    def one(m):
        if m[1] not in variables:
            raise Wrong(f'there is no {{{{{m[1]}}}}}')
        return variables[m[1]]
    return re.sub(r'\{\{([A-Za-z0-9_.]+)\}\}', one, text)


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def signing_key():
    """(id, key) of the keyring's current signing key."""
    path = re.search(r'^keyring *= *(.*)$', as_servers('cat', os.environ['CK_CONF']), re.M)[1]
    for line in as_servers('cat', path).splitlines():
        words = line.split()
        if words[:1] == ['sign'] and words[3:] == ['current']:
            return words[1], base64.urlsafe_b64decode(words[2] + '=')
    raise Wrong('no current signing key')


def as_servers(*command, input=None):
    return subprocess.run(os.environ.get('CK_AS', '').split() + list(command), input=input,
                          capture_output=True, text=True, check=True).stdout


def forge(token, claims={}, header={}, key=None):
    parts = [json.loads(base64.urlsafe_b64decode(p + '==')) for p in token.split('.')[:2]]
    text = '.'.join(unpadded(json.dumps({**old, **new}, separators=(',', ':')).encode())
                    for old, new in zip(parts, (header, claims)))
    key = signing_key()[1] if key is None else key
    return text + '.' + unpadded(hmac.digest(key, text.encode(), 'sha256'))


def compute(expression, variables):
    names = {'json': json, 'base64': base64, 'uuid': uuid, 'forge': forge, 'unpadded': unpadded}
    return eval(fill(expression, variables), names, variables)


def filled(text, variables):
    """Text with its variables filled in, or what "!py" computes."""
    return compute(text[4:], variables) if text.startswith('!py ') else fill(text, variables)


def post(target, members, variables, token=None, method='POST'):
    headers = [('Content-Type', 'application/json')]
    if token:
        headers.append(('Authorization', 'Bearer ' + token))
    status, _, body = fastcgi(method, target, headers, json.dumps(members).encode(),
                              variables['peer'])
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


LOGINS = {}


def login(rest, variables):
    who, email, password = rest.split()
    if (email, password) not in LOGINS:
        LOGINS[email, password] = post('/login', {'email': email, 'password': password},
                                       variables)['token']
    variables[who] = LOGINS[email, password]


def register(rest, variables):
    who, kind, *by = rest.split()
    email, password = f'{who}.{variables["unique"]}@example.org', 'pass-' + who
    admin = variables[by[1] if by else 'admin'] if by or kind == '1' else None
    token = post('/register', {
        'type_id': int(kind), 'fullname': f'{who.title()} Test', 'contact': '555',
        'email': email, 'password': password}, variables, admin)['token']
    found = sql(f"SELECT id FROM account WHERE email = '{email}' AND archived_at IS NULL")
    variables.update({who: token, who + '.email': email, who + '.password': password,
                      who + '.id': found})


def send(rest, variables):
    method, path, token, text = rest.split(None, 3)
    post(path, json.loads(text), variables, token, method)


def assign(rest, variables):
    name, text = rest.split(None, 1)
    variables[name] = text


def assign_computed(rest, variables):
    name, expression = rest.split(None, 1)
    computed = compute(expression, variables)
    variables[name] = computed if isinstance(computed, bytes) else str(computed)


def restart(setting):
    """With one setting more, a line; or with None, as it was."""
    if not ORIGINAL:
        ORIGINAL.append(as_servers('cat', os.environ['CK_CONF']))
    text = ORIGINAL[0]
    if setting is not None:
        name = setting.partition('=')[0]
        kept = [l for l in as_servers('cat', os.environ['CK_CONF']).splitlines()
                if not l.startswith(name)]
        text = '\n'.join(kept + [setting, ''])
    as_servers('tee', os.environ['CK_CONF'], input=text)
    subprocess.run(['bash', '-c', '. "$CK_SRC/tests/lib/stack.sh" && stack_use "$CK_STACK" &&'
                    ' daemon_stop; daemon_start'], check=True, stdout=subprocess.DEVNULL)


ORIGINAL = []


def change_setting(rest, variables):
    name, value = rest.partition(' ')[::2]
    variables['changed'] = 'yes'
    restart(f'{name} = {value}')


def expect(rest, variables):
    if not compute(rest, variables):
        raise Wrong(f'not {rest}; sql: {variables.get("sql")}')


DIRECTIVES = {
    'setting': change_setting,
    'expect': expect,
    'login': login,
    'register': register,
    'sql': lambda rest, variables: variables.update(sql=sql(rest)),
    'set': assign,
    'py': assign_computed,
    'peer': lambda rest, variables: variables.update(peer=rest),
    'send': send,
    'repeat': lambda rest, variables: variables.update(repeat=rest),
    'together': lambda rest, variables: variables.update(together=rest),
}


def check_texts(lines, body):
    """What "~" and "!~" say."""
    for line in lines:
        if line.startswith('~ ') and line[2:] not in body:
            raise Wrong(f'{line[2:]!r} is not in {body[:300]!r}')
        if line.startswith('!~ ') and line[3:] in body:
            raise Wrong(f'{line[3:]!r} is in {body[:300]!r}')


def check_answer(step, status, headers, body, variables):
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
    want = filled(step.wanted_body, variables)
    if want == '<empty>':
        if body:
            raise Wrong(f'a body: {body[:200]!r}')
    elif want.startswith(('~ ', '!~ ')):
        check_texts(want.split('\n'), body.decode(errors='replace'))
    elif want:
        matches(json.loads(want), json.loads(body), '$', variables)


def ask(request, together):
    """The answers to `together` requests at once."""
    answers = [None] * together
    def one(i):
        try:
            answers[i] = fastcgi(*request)
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
    for _ in range(int(variables['repeat'])):
        answers = ask((method, target, headers, body, variables['peer']),
                      int(variables['together']))
    got = sorted(status for status, _, _ in answers)
    wanted = sorted(int(word) for word in str(filled(step.statuses, variables)).split())
    if got != sorted(wanted * (len(got) // len(wanted))):
        raise Wrong(f'status {got}, wanted {wanted}: {answers[0][2][:300]!r}')
    for status, answer_headers, answer in answers:
        check_answer(step, status, answer_headers, answer, variables)
        route = documents.check(method, target, status, answer_headers, answer)
        if route:
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
        restart(None)


def main():
    files = [f for f in sys.argv[1:] if f != '-v']
    documents, hit, report = Documents(), set(), Report('-v' in sys.argv)
    for path in files:
        play(path, documents, report, hit)
    for doc in documents.docs:
        for template, item in doc['paths'].items():
            for method in item:
                route = f'{method.upper()} {template}'
                if route not in hit and len(files) > 5 and '/metrics' not in template:
                    report.bad(f'no transcript hit {route}', '', {})
    print(f'1..{report.number}')
    sys.exit(1 if report.failed else 0)


if __name__ == '__main__':
    main()
