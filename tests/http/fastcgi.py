"""FastCGI's client side: one request, one connection."""
import os, socket, struct


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


def ask(method, target, headers, body, peer):
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
        s.connect(os.environ['CK_SOCKET'])
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
        raise ConnectionError('no answer')
    lines = [l.split(': ', 1) for l in head.decode('latin-1').split('\r\n')]
    status = next((int(v.split()[0]) for n, v in lines if n == 'Status'), 200)
    return status, [(n, v) for n, v in lines if n != 'Status'], rest
