#!/usr/bin/python3
"""Checks of the C files that need no compiler; tests/lint/run calls them.

usage: source.py CHECK        in the checkout; prints what is wrong

A check yields (file, line, text) for each violation.
"""
import glob
import os
import re
import sys

# Which layers a layer may include, and which libraries' headers.
LAYERS = {
    'base':   ('base',),
    'crypto': ('base', 'crypto'),
    'store':  ('base', 'store'),
    'http':   ('base', 'http'),
    'model':  ('base', 'crypto', 'store', 'model'),
    'api':    ('base', 'crypto', 'store', 'http', 'model', 'api'),
    'job':    ('base', 'crypto', 'store', 'model', 'job'),
    'main':   ('base', 'crypto', 'store', 'http', 'model', 'api', 'job',
               'main'),
}
LIBRARIES = {
    'json-c/': 'base', 'ini.h': 'base', 'openssl/': 'crypto',
    'crypt.h': 'crypto', 'libpq': 'store', 'hiredis/': 'store',
    'fcgi': 'http', 'curl/': 'job',
}
ENGINE = ('model/actor', 'model/audit', 'model/crud', 'model/item',
          'model/derive', 'model/parse', 'model/statement', 'model/values', 'api/etag',
          'api/explain', 'api/handlers', 'api/idempotent', 'api/lint',
          'api/openapi', 'api/surface', 'api/view')
# Words of the engine too: only their variables are names of rows there.
ENGINE_WORDS = ('permission', 'status')

FILE_LINES, BODY_MOST, BODY_P95, COLUMNS, ROW_COLUMNS = 500, 70, 45, 80, 100

ALLOCATE = re.compile(r'(?<![\w.])(?<!->)(malloc|calloc|realloc|reallocarray|'
                      r'strdup|strndup|free|v?asprintf|aligned_alloc|'
                      r'posix_memalign|alloca)\b')
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'
                   r"'(?:\\.|[^'\\\n])*'", re.S)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def blank(text):
    return re.sub(r'[^\n]', ' ', text)


def code(text, strings=True):
    """Without comments and, unless told, without what literals hold."""
    def keep(match):
        token = match.group()
        if token[0] == '/' or not strings:
            return blank(token)
        return token
    return TOKEN.sub(keep, text)


def ours():
    return sorted(glob.glob('src/*/*.[ch]'))


def line_of(text, at):
    return text.count('\n', 0, at) + 1


def includes(path):
    """(line, '<' or '"', name); comments may hold examples."""
    text = read(path)
    bare = TOKEN.sub(lambda m: blank(m.group()) if m.group()[0] == '/'
                     else m.group(), text)
    return [(line_of(bare, m.start()), m[1], m[2])
            for m in INCLUDE.finditer(bare)]


def check_layers():
    for path in ours():
        layer = path.split('/')[1]
        if layer not in LAYERS:
            yield path, 1, f'no layer is called {layer}'
            continue
        for line, how, name in includes(path):
            if how == '<':
                continue
            if not os.path.isfile(f'src/{name}'):
                yield path, line, f'"{name}" is not LAYER/FILE.h of ours'
            elif name.split('/')[0] not in LAYERS[layer]:
                yield path, line, f'{layer} includes {name}'


def check_libraries():
    for path in ours():
        layer = path.split('/')[1]
        for line, _, name in includes(path):
            for prefix, owner in LIBRARIES.items():
                if name.startswith(prefix) and layer != owner:
                    yield path, line, f'only {owner} includes {name}'


def check_own_header():
    """
    Its own header or, in a module of several files, the module's; then the
    system's, then ours.
    """
    for path in ours():
        seen = includes(path)
        own = path[len('src/'):-1] + 'h'
        first = seen[0] if seen else (1, '', '')
        if path.endswith('.c') and os.path.exists('src/' + own) and \
                first[2] != own:
            yield path, first[0], f'{own} is not first'
            continue
        module = re.sub(r'(_inside)?\.h$', '', first[2])
        if path.endswith('.c') and path.startswith(f'src/{module}'):
            seen = seen[1:]
        for before, (line, how, name) in zip(seen, seen[1:]):
            if how == '<' and before[1] == '"':
                yield path, line, f'<{name}> comes after "{before[2]}"'


def names_of_rows():
    """Variables and names of the rows of resources[] and surfaces[]."""
    words = set()
    for table, kind in (('src/model/resource.c', 'resource'),
                        ('src/api/surface.c', 'surface')):
        listed = re.search(kind + r's\[\] = \{(.*?)\}', read(table), re.S)
        for variable in re.findall(r'&(\w+)', listed[1]):
            words.add(re.sub('_surface$', '', variable))
        for path in glob.glob('src/*/*.c'):
            for row in re.finditer(r'^const struct ' + kind + r' (\w+) = '
                                   r'\{\s*(?:\.name = )?"(\w+)"', read(path),
                                   re.M):
                words |= {re.sub('_surface$', '', row[1]), row[2]}
    return words


def check_engine_names():
    """
    The words are parts of no identifier and of no literal in an engine file;
    of the engine's own words only the row's variable is meant.  surface.c
    may list the surfaces.
    """
    free = names_of_rows() - set(ENGINE_WORDS)
    any_word = re.compile(r'(?<![A-Za-z])(' + '|'.join(sorted(free)) +
                          r')s?(?![A-Za-z])', re.I)
    own_word = re.compile(r'&WORD\b|\bWORD_(surface|columns|members|view|'
                          r'routes)\b'.replace(
                              'WORD', '(' + '|'.join(ENGINE_WORDS) + ')'))
    for name in ENGINE:
        if not os.path.exists(f'src/{name}.c'):
            yield f'src/{name}.c', 1, 'is no engine file any more: say so here'
    for path in sorted(found for name in ENGINE for found in
                       glob.glob(f'src/{name}.[ch]') +
                       glob.glob(f'src/{name}_*.[ch]')):
        text = code(read(path))
        if path == 'src/api/surface.c':
            text = re.sub(r'surfaces\[\] = \{.*?\}|#include "[^"]*"',
                          lambda m: blank(m.group()), text, flags=re.S)
        for pattern in any_word, own_word:
            for match in pattern.finditer(text):
                yield (path, line_of(text, match.start()),
                       f'the engine names {match.group()}')


def rows_of_tables(lines):
    """The numbers of lines inside initialisers and of tables of macros."""
    inside, rows = False, set()
    for number, line in enumerate(lines):
        if inside:
            rows.add(number)
            inside = not re.match(r'\s*\};', line)
        elif re.search(r'=\s*\{\s*$', line):
            inside = True
        elif re.search(r'=\s*\{.*\};$', line):
            rows.add(number)
        elif re.match(r'#define\s.*[^\\]$', line) and any(
                0 <= near < len(lines) and lines[near].startswith('#define')
                for near in (number - 1, number + 1)):
            rows.add(number)
    return rows


def bodies(lines):
    """(line, name, length) of each function."""
    start, name = None, ''
    for number, line in enumerate(lines):
        if start is None and re.match(r'\{|[A-Za-z_].*\)\s*\{\s*$', line):
            start = number
        elif start is not None and line.startswith('}'):
            yield start + 1, name, max(1, number - start - 1)
            start = None
        elif start is None and (found := re.match(r'(\w+)\(', line)):
            name = found[1]


def check_shape():
    tests = sorted(glob.glob('tests/*/*.[ch]'))
    lengths = []
    for path in ours() + tests:
        lines = read(path).split('\n')[:-1]
        rows = rows_of_tables(lines)
        if len(lines) > FILE_LINES:
            yield path, len(lines), f'more than {FILE_LINES} lines'
        for number, line in enumerate(lines):
            width = len(line.expandtabs(8))
            most = ROW_COLUMNS if number in rows else COLUMNS
            if width > most:
                yield path, number + 1, f'{width} columns'
        for line, name, length in bodies(lines):
            if length > BODY_MOST:
                yield path, line, f'{name}() has {length} lines'
            if path not in tests:
                lengths.append(length)
    lengths.sort()
    p95 = lengths[int(len(lengths) * .95)]
    if p95 > BODY_P95:
        yield 'src', 1, f'95 % of the functions have up to {p95} lines'


def check_memory():
    """No goto; memory is taken and given back in base only."""
    for path in ours():
        text = code(read(path), strings=False)
        patterns = [re.compile(r'\bgoto\b')]
        if not path.startswith('src/base/'):
            patterns.append(ALLOCATE)
        for pattern in patterns:
            for match in pattern.finditer(text):
                yield path, line_of(text, match.start()), match.group()


def check_typedefs():
    for path in ours():
        text = code(read(path), strings=False)
        for match in re.finditer(r'\btypedef\s+(struct|union|enum)\b', text):
            yield path, line_of(text, match.start()), match.group()


def check_fault_texts():
    """Lower case, no full stop, no name of a function."""
    for path in ours():
        text = code(read(path))
        for match in re.finditer(r'\bfail\(\s*[^;]*?FAULT_\w+,\s*'
                                 r'((?:"(?:\\.|[^"\\])*"\s*)+)', text):
            said = ''.join(re.findall(r'"((?:\\.|[^"\\])*)"', match[1]))
            if re.match(r'[A-Z][a-z]', said) or said.endswith('.') or \
                    re.search(r'\w\(\)', said):
                yield path, line_of(text, match.start(1)), f'"{said}"'


def check_metrics():
    """The row of the measures; it is never wrong."""
    comments = total = wide = gotos = takes = 0
    sizes, lengths = [], []
    for path in ours():
        text = read(path)
        lines = text.split('\n')[:-1]
        bare = code(text, strings=False)
        sizes.append(len(lines))
        total += len(lines)
        wide += sum(len(line.expandtabs(8)) > 80 for line in lines)
        gotos += len(re.findall(r'\bgoto\b', bare))
        takes += len(ALLOCATE.findall(bare))
        comments += sum(m.group().count('\n') + 1
                        for m in TOKEN.finditer(text) if m.group()[0] == '/')
        lengths += [length for _, _, length in bodies(lines)]
    sizes.sort()
    lengths.sort()
    print('files lines median max %>80 goto alloc+free/kloc %comment '
          'fn-median fn-p95 fn-max')
    print(len(sizes), total, sizes[len(sizes) // 2], sizes[-1],
          f'{100 * wide / total:.1f}', gotos, f'{1000 * takes / total:.1f}',
          round(100 * comments / total), lengths[len(lengths) // 2],
          lengths[int(len(lengths) * .95)], lengths[-1])
    return ()


def main():
    check = globals().get('check_' + sys.argv[1]) if sys.argv[1:] else None
    if check is None:
        sys.exit(__doc__)
    wrong = list(check())
    for path, line, text in wrong:
        print(f'{path}:{line}: {text}')
    sys.exit(1 if wrong else 0)


main()
