#!/usr/bin/python3
"""OpenAPI documents for tests/golden/run.

usage: openapi.py pretty <FILE     one member a line, without the release
       openapi.py check <FILE      is it OpenAPI 3.1?  says what is wrong

No validator of OpenAPI 3.1 is in Debian; shape.json has what we use of it,
and the rest is that references, parameters and schemas are sound.
"""
import json
import os
import re
import sys

import jsonschema

Schema = jsonschema.Draft202012Validator


def schemas(node, at='#'):
    """(place, schema) of each schema in an operation or a component."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == 'schema':
                yield f'{at}/schema', value
            else:
                yield from schemas(value, f'{at}/{name}')
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from schemas(value, f'{at}/{number}')


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get('$ref'), str):
            yield node['$ref']
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from references(value)


def resolves(document, reference):
    if not reference.startswith('#/'):
        return False
    for part in reference[2:].split('/'):
        part = part.replace('~1', '/').replace('~0', '~')
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


def wrong_shape(document):
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                         'shape.json')
    with open(place, encoding='utf-8') as file:
        validator = Schema(json.load(file))
    for error in validator.iter_errors(document):
        yield f'{error.json_path}: {error.message[:200]}'


def wrong_operations(document):
    names = set()
    schemes = document.get('components', {}).get('securitySchemes', {})
    for path, item in document['paths'].items():
        wanted = sorted(re.findall(r'\{(\w+)\}', path))
        for method, operation in item.items():
            where = f'{method} {path}'
            name = operation['operationId']
            if name in names:
                yield f'{where}: there are two {name}'
            names.add(name)
            said = [(p['in'], p['name']) for p in operation['parameters']]
            if len(said) != len(set(said)):
                yield f'{where}: a parameter stands twice'
            if sorted(n for place, n in said if place == 'path') != wanted:
                yield f'{where}: parameters are not those of the path'
            for scheme in {s for one in operation.get('security', [])
                           for s in one} - set(schemes):
                yield f'{where}: no security scheme {scheme}'


def wrong_schemas(document):
    components = document.get('components', {}).get('schemas', {})
    found = list(schemas(document['paths'])) + [
        (f'#/components/schemas/{name}', schema)
        for name, schema in components.items()]
    for place, schema in found:
        try:
            Schema.check_schema(schema)
        except jsonschema.SchemaError as error:
            yield f'{place}: {error.message[:200]}'
            continue
        for name in schema.get('required', []):
            if name not in schema.get('properties', {name: 0}):
                yield f'{place}: requires {name} and does not describe it'
    used = set(references(document))
    for reference in used:
        if not resolves(document, reference):
            yield f'{reference} leads nowhere'
    for name in components:
        if f'#/components/schemas/{name}' not in used:
            yield f'nothing uses the schema {name}'


def main():
    if sys.argv[1:] not in (['pretty'], ['check']):
        sys.exit(__doc__)
    document = json.load(sys.stdin)
    if sys.argv[1] == 'pretty':
        document['info']['version'] = '-'
        json.dump(document, sys.stdout, indent=1, ensure_ascii=False)
        print()
        return
    wrong = list(wrong_shape(document))
    if not wrong:
        wrong = [*wrong_operations(document), *wrong_schemas(document)]
    print(*wrong, sep='\n', end='\n' if wrong else '')
    sys.exit(1 if wrong else 0)


main()
