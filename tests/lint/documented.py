#!/usr/bin/python3
"""The manual pages have what the program's tables have; tests/lint/run calls.

usage: documented.py defaults|commands|options|faults     in the checkout

That every setting stands in chartkeep.conf and its page is checked by
tests/unit/check_settings.c; here it is the defaults in the page.
"""
import glob
import re
import sys

PATHS = {'CK_RUNSTATEDIR': '"/run"', 'CK_SYSCONFDIR': '"/etc"',
         'CK_DATADIR': '"/usr/share"'}


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def table(paths, opening):
    """The text of the tables that begin so."""
    found = [body for path in paths for body in
             re.findall(opening + r' = \{\n(.*?)\n\};', read(path), re.S)]
    if not found:
        sys.exit(f'no table looks like {opening} any more')
    return '\n'.join(found)


def plain(macros):
    """What a reader sees of mdoc, near enough to find words in it."""
    text = re.sub(r'^\.[A-Z][a-z] ', '', macros, flags=re.M)
    return re.sub(r'\\&|"', '', text).replace('\\-', '-')


def settings():
    """(name, default) of each row."""
    rows = table(['src/main/settings.c'],
                 r'struct setting settings_table\[\]')
    for name, preset in re.findall(
            r'^\t\{ "(\w+)", \w+\(\w+\), ((?:"[^"]*"|\w+|\s)+),', rows, re.M):
        for word, path in PATHS.items():
            preset = preset.replace(word, path)
        yield name, ''.join(re.findall(r'"([^"]*)"', preset))


def check_defaults():
    page = read('doc/man/chartkeep.conf.5')
    for name, preset in settings():
        entry = re.search(r'^\.It Cm ' + name + r'\n(.*?)(?=^\.(?:It|El))',
                          page, re.M | re.S)
        said = plain(entry[1]) if entry else ''
        said = said[said.rfind('Default:') + 8:] if 'Default:' in said else ''
        if ' '.join(said.split()).rstrip(' .') != (preset or 'nothing'):
            yield f'{name}: the default "{preset}" is not in its entry'


def check_commands():
    page = read('doc/man/chartkeep.8')
    rows = table(sorted(glob.glob('src/main/command*.c')),
                 r'const struct command \w+\[\]')
    for name in re.findall(r'^\t\{ "([^"]+)"', rows, re.M):
        if not re.search(r'^\.It Cm ' + name + r'( [A-Z].*)?$', page, re.M):
            yield f'chartkeep.8 has no entry of the command {name}'


def check_options():
    for page, paths in (('chartkeep.8', glob.glob('src/main/command*.c')),
                        ('chartkeepd.8', ['src/main/chartkeepd.c'])):
        text = read('doc/man/' + page)
        rows = table(sorted(paths), r'struct option_row \w+(?:\[\])?')
        for option in sorted(set(re.findall(r'"-(-?[\w-]+)",', rows))):
            if not re.search(r'^\..*\bFl\b[^\n]*(?<=[ |])' + option +
                             r'(?![\w-])', text, re.M):
                yield f'{page} does not tell of -{option}'


def check_faults():
    """They are what the trail calls a refusal."""
    page = read('doc/man/chartkeep.8')
    rows = table(['src/base/fault.c'],
                 r'struct fault_kind fault_kinds\[FAULT_CODES\]')
    for code, name in re.findall(r'\[(\w+)\]\s*= \{ "(\w+)"', rows):
        if code != 'FAULT_NONE' and not re.search(
                r'^\.(It )?Li .*\b' + name + r'\b', page, re.M):
            yield f'chartkeep.8 does not tell of the outcome {name}'


def main():
    check = globals().get('check_' + sys.argv[1]) if sys.argv[1:] else None
    if check is None:
        sys.exit(__doc__)
    wrong = list(check())
    print(*wrong, sep='\n', end='\n' if wrong else '')
    sys.exit(1 if wrong else 0)


main()
