"""A transcript's variables and what computes them."""
import base64, hmac, json, os, re, subprocess, uuid


class Wrong(Exception):
    pass


def fill(text, variables):
    def one(m):
        if m[1] not in variables:
            raise Wrong(f'there is no {{{{{m[1]}}}}}')
        return variables[m[1]]
    return re.sub(r'\{\{([A-Za-z0-9_.]+)\}\}', one, text)


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def signing_key():
    path = re.search(r'^keyring *= *(.*)$', as_servers('cat', os.environ['CK_CONF']), re.M)[1]
    for line in as_servers('cat', path).splitlines():
        words = line.split()
        if words[:1] == ['sign'] and words[3:] == ['current']:
            return base64.urlsafe_b64decode(words[2] + '=')
    raise Wrong('no current signing key')


def as_servers(*command, input=None):
    return subprocess.run(os.environ.get('CK_AS', '').split() + list(command), input=input,
                          capture_output=True, text=True, check=True).stdout


def forge(token, claims={}, header={}, key=None):
    parts = [json.loads(base64.urlsafe_b64decode(p + '==')) for p in token.split('.')[:2]]
    text = '.'.join(unpadded(json.dumps({**old, **new}, separators=(',', ':')).encode())
                    for old, new in zip(parts, (header, claims)))
    key = signing_key() if key is None else key
    return text + '.' + unpadded(hmac.digest(key, text.encode(), 'sha256'))


# What expressions may use.
NAMES = {'json': json, 'base64': base64, 'uuid': uuid, 'forge': forge, 'unpadded': unpadded}


def compute(expression, variables):
    return eval(fill(expression, variables), dict(NAMES), variables)


def filled(text, variables):
    """Text with its variables filled in, or what "!py" computes."""
    return compute(text[4:], variables) if text.startswith('!py ') else fill(text, variables)
