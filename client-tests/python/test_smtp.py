"""The relay: what `--smtp` sends, to a real SMTP server, and what happens where there is none."""

import asyncio
import email
import email.policy
import json
import socket
import time
import urllib.request

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from conftest import aws_client
from server import run


class Sink:
    """Keeps what it is sent; a slow one takes its time for each mail."""

    def __init__(self, slowness=0):
        self.mails, self.slowness = [], slowness

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.slowness)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((mail, envelope, session.auth_data))
        return "250 OK"


class Listener(Controller):
    """On a free port, which the controller itself cannot take."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def sink():
    """Starts SMTP servers; each answers with its port and its mails."""
    running = []

    def start(slowness=0, **options):
        handler = Sink(slowness)
        controller = Listener(handler, hostname="127.0.0.1", port=0, **options)
        controller.start()
        running.append(controller)
        return handler, controller.port

    yield start
    for controller in running:
        controller.stop(no_assert=True)


def invite(server, number=1, **settings):
    idp = aws_client(server, "cognito-idp")
    pool = idp.create_user_pool(PoolName="mail", **settings)["UserPool"]["Id"]
    for name in range(number):
        idp.admin_create_user(
            UserPoolId=pool,
            Username=f"user{name}",
            TemporaryPassword="Passw0rd!",
            DesiredDeliveryMediums=["EMAIL"],
            UserAttributes=[{"Name": "email", "Value": f"user{name}@example.com"}],
        )
    return pool


def statuses(server):
    with urllib.request.urlopen(f"{server.url}/_cognitwin/messages", timeout=10) as answer:
        return [message["status"] for message in json.load(answer)]


def wait(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_email_also_goes_to_the_smtp_server(start_server, sink):
    handler, port = sink()
    server = start_server("--smtp", f"smtp://127.0.0.1:{port}")
    template = {"EmailSubject": "Grüße", "EmailMessage": "<b>{username}</b>: {####}"}
    invite(
        server,
        AdminCreateUserConfig={"InviteMessageTemplate": template},
        EmailConfiguration={"From": "App <app@example.com>", "ReplyToEmailAddress": "help@example.com"},
    )
    wait(lambda: handler.mails and statuses(server) == ["DELIVERED"])
    [(mail, envelope, _)] = handler.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("app@example.com", ["user0@example.com"])
    told = [mail[name] for name in ("From", "To", "Reply-To", "Subject")]
    assert told == ["App <app@example.com>", "user0@example.com", "help@example.com", "Grüße"]
    assert mail.get_content_type() == "text/html" and mail["Date"]
    assert mail.get_content().strip() == "<b>user0</b>: Passw0rd!"


def test_a_pool_without_a_configuration_writes_as_cognito_does(start_server, sink):
    handler, port = sink()
    server = start_server(env={"COGNITWIN_SMTP": f"smtp://127.0.0.1:{port}"})
    invite(server)
    wait(lambda: handler.mails)
    assert handler.mails[0][0]["From"] == "no-reply@verificationemail.com"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_user_and_password_of_the_url_authenticate(start_server, sink):
    def authenticate(_server, _session, _envelope, _mechanism, data):
        is_right = (data.login, data.password) == (b"mailer", b"s3cret/p")
        return AuthResult(success=is_right, handled=False)

    handler, port = sink(authenticator=authenticate, auth_required=True, auth_require_tls=False)
    server = start_server("--smtp", f"smtp://mailer:s3cret%2Fp@127.0.0.1:{port}")
    invite(server)
    wait(lambda: handler.mails)
    refused = start_server("--smtp", f"smtp://mailer:wr0ng@127.0.0.1:{port}")
    invite(refused)
    wait(lambda: statuses(refused) == ["FAILED"])
    assert len(handler.mails) == 1 and "wr0ng" not in refused.log()


def test_a_relay_that_is_down_stops_nobody(start_server):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = start_server("--smtp", f"smtp://127.0.0.1:{port}")
    invite(server, number=3)
    wait(lambda: statuses(server) == ["FAILED"] * 3)
    lines = [line for line in server.log().splitlines() if "an email was not relayed" in line]
    assert len(lines) == 3 and not any("Passw0rd!" in line for line in lines)


def test_emails_that_wait_are_sent_before_the_server_ends(start_server, sink):
    handler, port = sink(slowness=0.2)
    server = start_server("--smtp", f"smtp://127.0.0.1:{port}")
    invite(server, number=8)
    assert "PENDING" in statuses(server)
    started = time.monotonic()
    assert server.stop() == 0 and time.monotonic() - started < 10
    assert len(handler.mails) == 8


def test_a_relay_that_hangs_does_not_keep_the_server(start_server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = start_server("--smtp", f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        invite(server, number=5)
        started = time.monotonic()
        assert server.stop() == 0 and time.monotonic() - started < 12


@pytest.mark.parametrize("url", ["http://127.0.0.1:25", "nonsense", "smtp://u:hidden@:x"])
def test_a_bad_url_is_a_one_line_error(url):
    ran = run("--port", "0", "--smtp", url)
    assert (ran.returncode, ran.stdout) == (2, "")
    [line] = ran.stderr.strip().splitlines()
    assert line.startswith("cognitwin: --smtp: not an SMTP URL: ") and "hidden" not in line
