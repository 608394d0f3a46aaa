"""One port: HTTP/1.1, HTTP/2, both also over TLS, and the question whether the server is well."""

import socket
import ssl

import httpx
import pytest
from cryptography import x509

import demo
from wire import IDP, JSON, send, signature

TARGET = {"Content-Type": JSON, "X-Amz-Target": f"{IDP}.ListIdentityProviders"}
BODY = {"UserPoolId": demo.POOL_ID}


def ask(client, base) -> httpx.Response:
    return client.post(base, json=BODY, headers=TARGET | signature())


@pytest.mark.parametrize(
    ("scheme", "versions", "spoken"),
    [
        ("http", {"http1": True}, "HTTP/1.1"),
        ("http", {"http1": False, "http2": True}, "HTTP/2"),
        ("https", {"http1": True}, "HTTP/1.1"),
        ("https", {"http1": True, "http2": True}, "HTTP/2"),
    ],
)
def test_one_port_answers_both_versions_with_and_without_tls(server, scheme, versions, spoken):
    with httpx.Client(**versions, verify=False, trust_env=False, timeout=30) as client:
        answer = ask(client, f"{scheme}://127.0.0.1:{server.port}/")
    assert (answer.http_version, answer.status_code, answer.json()) == (spoken, 200, {"Providers": []})


def test_one_http2_connection_carries_many_calls(server):
    with httpx.Client(http1=False, http2=True, trust_env=False, timeout=30) as client:
        assert {ask(client, server.url).status_code for _ in range(50)} == {200}


def test_the_certificate_is_signed_by_itself_and_names_localhost(server):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        certificate = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True))
    certificate.verify_directly_issued_by(certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert "127.0.0.1" in map(str, names.get_values_for_type(x509.IPAddress))


def test_a_connection_that_ends_before_it_has_said_what_it_speaks_is_closed(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=3) as connection:
        connection.sendall(b"PR")
        connection.shutdown(socket.SHUT_WR)
        # What it said was not read.
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_what_begins_like_http2_but_slowly_is_answered(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=3) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"P")
        connection.sendall(b"UT /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(13) == b"HTTP/1.1 404 "


def test_a_connection_is_kept_for_the_next_call(server):
    with httpx.Client(trust_env=False, timeout=30) as client:
        streams = {ask(client, server.url).extensions["network_stream"].get_extra_info("client_addr") for _ in range(5)}
    assert len(streams) == 1


@pytest.mark.parametrize("path", ["/health", "/_cognitwin/health"])
def test_health_tells_status_version_and_uptime(server, path):
    answer = send(server, "GET", path)
    health = answer.json
    assert answer.status == 200 and answer.headers["content-type"].split(";")[0] == "application/json"
    assert health == {"status": "ok", "version": health["version"], "uptimeSeconds": health["uptimeSeconds"]}
    assert health["version"].count(".") == 2
    assert isinstance(health["uptimeSeconds"], (int, float)) and health["uptimeSeconds"] >= 0


def test_an_unknown_address_is_not_found(server):
    for path in ("/no/such/page", "/_cognitwin/no-such-call"):
        assert send(server, "GET", path).status == 404
    assert set(send(server, "GET", "/_cognitwin/no-such-call").json) == {"error"}
