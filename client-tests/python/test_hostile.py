"""Clients that mean ill, or know no better: each is refused, and the next call is answered."""

import asyncio
import contextlib
import random
import select
import socket
import time

import demo
from wire import IDP, JSON, call, send, signature

CONNECTIONS = 1000
SLOW = 200
PATIENCE = 60
TWO_MIB = 2 * 1024 * 1024


def assert_answers_the_next_call(server):
    started = time.monotonic()
    assert call(server, "ListIdentityProviders", {"UserPoolId": demo.POOL_ID}).json == {"Providers": []}
    assert send(server, "GET", "/health").status == 200
    assert time.monotonic() - started < 5


async def send_garbage(port, garbage) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(garbage)
        await writer.drain()
        writer.write_eof()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def send_much_garbage(port) -> list[bytes]:
    noise = random.Random(2)
    # A first byte of 0x16 opens TLS: every other connection is noise in that disguise.
    sent = [(b"\x16" if n % 2 else b"") + noise.randbytes(noise.randrange(1, 2048)) for n in range(CONNECTIONS)]
    return await asyncio.wait_for(asyncio.gather(*(send_garbage(port, each) for each in sent)), PATIENCE)


def test_a_thousand_connections_of_garbage_are_refused(server):
    answers = asyncio.run(send_much_garbage(server.port))
    assert len(answers) == CONNECTIONS
    assert not [answer for answer in answers if b" 200 " in answer[:16]]
    assert_answers_the_next_call(server)


def exchange(server, head: bytes, chunks) -> bytes:
    """Sends until the server answers, and reads the answer to its end: a server that refuses early does not read on."""
    received, pending = b"", head
    chunks = iter(chunks)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.setblocking(False)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            readable, writable, _ = select.select([connection], [connection] if pending else [], [], 1)
            if readable:
                try:
                    part = connection.recv(65536)
                except ConnectionError:
                    return received
                received += part
                if not part:
                    return received
            elif writable:
                try:
                    pending = pending[connection.send(pending) :] or next(chunks, b"")
                except ConnectionError:
                    # It listens no more; what it said is still to be read.
                    pending = b""
    raise TimeoutError("the server neither answered nor closed")


def head(length_header: bytes) -> bytes:
    lines = {"Host": "localhost", "Connection": "close", "Content-Type": JSON, "X-Amz-Target": f"{IDP}.ListUserPools"}
    rendered = "".join(f"{name}: {value}\r\n" for name, value in (lines | signature()).items())
    return b"POST / HTTP/1.1\r\n" + rendered.encode() + length_header + b"\r\n\r\n"


def assert_too_large(answer: bytes):
    status_line = answer.split(b"\r\n", 1)[0]
    assert status_line.startswith(b"HTTP/1.1 413 "), answer[:200]
    assert b'"__type":"RequestEntityTooLargeException"' in answer


def test_a_body_of_two_mib_is_refused(server):
    block = b" " * 65536
    assert_too_large(exchange(server, head(b"Content-Length: %d" % TWO_MIB), [block] * (TWO_MIB // len(block))))
    assert_answers_the_next_call(server)


def test_a_body_of_two_mib_in_chunks_of_unknown_number_is_refused(server):
    block = b"10000\r\n" + b" " * 65536 + b"\r\n"
    chunks = [*[block] * (TWO_MIB // 65536), b"0\r\n\r\n"]
    assert_too_large(exchange(server, head(b"Transfer-Encoding: chunked"), chunks))
    assert_answers_the_next_call(server)


def test_a_body_just_under_one_mib_is_read(server):
    padding = " " * (1024 * 1024 - 100)
    answer = call(server, "ListUserPools", b'{"MaxResults":1}' + padding.encode())
    assert answer.status == 200


def test_json_of_ten_thousand_levels_is_refused(server):
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}"), (b"[", b"")):
        deep = b'{"ClientMetadata":' + opening * 10_000 + b"1" + closing * 10_000 + b"}"
        answer = call(server, "InitiateAuth", deep, signed=False)
        assert (answer.status, answer.json["__type"]) == (400, "SerializationException")
    assert_answers_the_next_call(server)


def test_hundreds_of_half_sent_headers_hold_up_nobody(server):
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(SLOW)]
    try:
        for connection in slow:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Ta")
        for _ in range(10):
            assert_answers_the_next_call(server)
    finally:
        for connection in slow:
            connection.close()


def test_hundreds_of_half_made_tls_connections_hold_up_nobody(server):
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(SLOW)]
    try:
        for connection in slow:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert_answers_the_next_call(server)
    finally:
        for connection in slow:
            connection.close()


def test_what_never_ends_is_given_up_by_the_server(server):
    beginnings = {
        "header": b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Ta",
        "body": head(b"Content-Length: 1000") + b'{"MaxResults":',
        "TLS greeting": b"\x16\x03\x01\x02\x00\x01",
        "silence": b"",
    }
    opened = {name: socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) for name in beginnings}
    try:
        for name, connection in opened.items():
            connection.sendall(beginnings[name])
        for connection in opened.values():
            # The end of the stream, or an answer that says why and then the end; never a wait without one.
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):
                    pass
    finally:
        for connection in opened.values():
            connection.close()
    assert_answers_the_next_call(server)


def test_a_header_of_a_megabyte_is_refused(server):
    huge = b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + b"a" * 1024 * 1024 + b"\r\n\r\n"
    answer = exchange(server, huge, [])
    assert not answer.startswith(b"HTTP/1.1 200")
    assert_answers_the_next_call(server)
