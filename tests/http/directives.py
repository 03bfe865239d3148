"""What stands before a request."""
import json, os, socket, subprocess, time

import fastcgi
from words import Wrong, as_servers, compute


def post(target, members, variables, token=None, method='POST'):
    headers = [('Content-Type', 'application/json')]
    if token:
        headers.append(('Authorization', 'Bearer ' + token))
    status, _, body = fastcgi.ask(method, target, headers, json.dumps(members).encode(),
                                  variables['peer'])
    if status not in (200, 201):
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


def make(rest, variables):
    name, path, token, text = rest.split(None, 3)
    answer = post(path, json.loads(text), variables, token)
    variables[name] = next(str(v['id']) for v in answer.values() if isinstance(v, dict))


def connect(rest, variables):
    name, patient, clinician, *decision = rest.split()
    make('%s /api/connection/request-pro %s {"professional_id": %s}' % (
        name, variables[patient], variables[clinician + '.id']), variables)
    for action in decision:
        post('/api/connection/respond', {'connection_id': variables[name], 'action': action},
             variables, variables[clinician])


def assign(rest, variables):
    name, text = rest.split(None, 1)
    variables[name] = text


def assign_computed(rest, variables):
    name, expression = rest.split(None, 1)
    computed = compute(expression, variables)
    variables[name] = computed if isinstance(computed, bytes) else str(computed)


CONFIGURED = []    # the configuration as it was


def restart(*setting):
    """The server with one setting more, a name and a value; or as it was."""
    text = as_servers('cat', os.environ['CK_CONF'])
    if not CONFIGURED:
        CONFIGURED.append(text)
    if setting:
        others = [l for l in text.splitlines() if l.split('=')[0].strip() != setting[0]]
        text = '\n'.join(others + [' = '.join(setting), ''])
    else:
        text = CONFIGURED[0]
    as_servers('tee', os.environ['CK_CONF'], input=text)
    subprocess.run(['bash', '-c', '. "$CK_SRC/tests/lib/stack.sh" && stack_use "$CK_STACK" &&'
                    ' daemon_stop; daemon_start'], check=True, stdout=subprocess.DEVNULL)
    # Its socket is there a moment before it listens.
    for _ in range(100):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(os.environ['CK_SOCKET']) == 0:
                return
        time.sleep(0.1)


def change_setting(rest, variables):
    name, _, text = rest.partition(' ')
    variables['changed'] = name
    restart(name, text)


def expect(rest, variables):
    if not compute(rest, variables):
        raise Wrong(f'not {rest}; sql: {variables.get("sql")}')


DIRECTIVES = {
    'login': login,
    'register': register,
    'sql': lambda rest, variables: variables.update(sql=sql(rest)),
    'set': assign,
    'py': assign_computed,
    'expect': expect,
    'send': send,
    'make': make,
    'connect': connect,
    'setting': change_setting,
    'peer': lambda rest, variables: variables.update(peer=rest),
    'repeat': lambda rest, variables: variables.update(repeat=rest),
    'together': lambda rest, variables: variables.update(together=rest),
}
