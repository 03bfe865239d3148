"""What a transcript expects of an answer."""
import json, os, re, subprocess

import jsonschema

from words import Wrong, fill, filled



def text_like(pattern):
    return lambda v: isinstance(v, str) and re.fullmatch(pattern, v, re.S)


HOLES = {
    '<any>': lambda v: True,
    '<text>': text_like(r'.+'),
    '<int>': lambda v: isinstance(v, int) and not isinstance(v, bool),
    '<time>': text_like(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'),
    '<moment>': text_like(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}'),
    '<uuid>': text_like(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'),
}


def printed(*words):
    return subprocess.run(['chartkeep', '-c', os.environ['CK_CONF'], *words],
                          capture_output=True, text=True, check=True).stdout


class Documents:
    """The OpenAPI documents, as printed by the program."""

    def __init__(self):
        surfaces = dict.fromkeys(l.split('\t')[0] for l in printed('routes').splitlines())
        self.docs = [json.loads(printed('openapi', name)) for name in surfaces]

    def operations(self):
        return [f'{method.upper()} {template}' for doc in self.docs
                for template, item in doc['paths'].items() for method in item]

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


def check_texts(lines, body):
    """What "~" and "!~" say."""
    for line in lines:
        if line.startswith('~ ') and line[2:] not in body:
            raise Wrong(f'{line[2:]!r} is not in {body[:300]!r}')
        if line.startswith('!~ ') and line[3:] in body:
            raise Wrong(f'{line[3:]!r} is in {body[:300]!r}')


def check_answer(step, headers, body, variables):
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
