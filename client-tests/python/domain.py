"""An app of a user pool's domain, and a browser that signs in to it: plain HTTP, cookies kept, redirects not followed."""

import base64
import hashlib
import http.client
import json
import re
import secrets
import ssl
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

CALLBACK = "https://app.example/cb"
LOGOUT = "https://app.example/bye"
PASSWORD = "Passw0rd!"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def location(self):
        return self.headers["Location"]

    @property
    def cookies(self):
        return self.headers.get_all("Set-Cookie") or []

    @property
    def query(self):
        return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))

    @property
    def fragment(self):
        return dict(parse_qsl(urlsplit(self.location).fragment, keep_blank_values=True))

    @property
    def error(self):
        """What a page tells."""
        found = re.search(r'role="alert">([^<]*)</p>', self.text)
        return found and found[1].replace("&#39;", "'").replace("&#38;", "&")

    @property
    def form(self):
        return Form(self.text)


class Form(HTMLParser):
    """The first form of a page: where it goes, and its fields with their values."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.ids = None, {}, {}
        self.forms = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms += 1
            if self.forms == 1:
                self.action = attrs["action"]
                self.name = attrs["name"]
        elif tag == "input" and self.forms == 1:
            self.fields[attrs["name"]] = attrs.get("value", "")
            self.ids[attrs["name"]] = attrs.get("id")


class Browser:
    """Sends requests to a server in the name of a host, and keeps the cookies that it is given."""

    def __init__(self, server, host=None, tls=False):
        self.server, self.tls = server, tls
        self.host = host or f"127.0.0.1:{server.port}"
        self.base = f"{'https' if tls else 'http'}://{self.host}"
        self.cookies = {}

    def send(self, method, target, body=None, headers=()):
        if self.tls:
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, timeout=20, context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        sent = {"Host": self.host} | dict(headers)
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if isinstance(body, dict):
            body = urlencode(body)
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, target, body, sent)
        answer = Answer(connection.getresponse())
        connection.close()
        for cookie in answer.cookies:
            name, value = cookie.split(";")[0].split("=", 1)
            if "01-Jan-1970" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path, headers=(), **query):
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path, headers=headers)

    def bytes(self, path):
        """What is no text: status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        connection.request("GET", path, headers={"Host": self.host})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def post(self, path, form=None, headers=()):
        return self.send("POST", path, form or {}, headers)

    def submit(self, page, **fields):
        return self.post(page.form.action, page.form.fields | fields)


class App:
    """A client of a pool with a domain, and what its users and its server do."""

    def __init__(self, idp, server, *, pool=None, domain=True, pool_id=None, **client):
        self.idp, self.server = idp, server
        self.pool_id = pool_id or idp.create_user_pool(PoolName="pool", **(pool or {}))["UserPool"]["Id"]
        self.prefix = f"app-{secrets.token_hex(6)}"
        if domain and not pool_id:
            idp.create_user_pool_domain(UserPoolId=self.pool_id, Domain=self.prefix, ManagedLoginVersion=1)
        settings = {
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"],
            "CallbackURLs": [CALLBACK],
            "LogoutURLs": [LOGOUT],
            "SupportedIdentityProviders": ["COGNITO"],
        }
        made = idp.create_user_pool_client(UserPoolId=self.pool_id, ClientName="app", **(settings | client))
        self.client = made["UserPoolClient"]
        self.client_id = self.client["ClientId"]
        self.secret = self.client.get("ClientSecret")

    def add_user(self, username="alice", password=PASSWORD, permanent=True, **attributes):
        user = self.idp.admin_create_user(
            UserPoolId=self.pool_id,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            **({} if permanent else {"TemporaryPassword": password}),
        )["User"]
        if permanent:
            self.idp.admin_set_user_password(
                UserPoolId=self.pool_id, Username=username, Password=password, Permanent=True
            )
        return next(it["Value"] for it in user["Attributes"] if it["Name"] == "sub")

    def add_style(self, settings=None, assets=None):
        """What managed login needs for its pages; AWS's own style without anything."""
        given = {"Settings": settings, "Assets": assets}
        given = {name: value for name, value in given.items() if value is not None}
        return self.idp.create_managed_login_branding(
            UserPoolId=self.pool_id, ClientId=self.client_id, **(given or {"UseCognitoProvidedValues": True})
        )["ManagedLoginBranding"]["ManagedLoginBrandingId"]

    def browser(self, on_domain=False, tls=False):
        host = f"{self.prefix}.auth.localhost:{self.server.port}" if on_domain else None
        return Browser(self.server, host, tls)

    def query(self, **more):
        """What the app asks for; None leaves a parameter out."""
        query = {"response_type": "code", "client_id": self.client_id, "redirect_uri": CALLBACK} | more
        return {name: value for name, value in query.items() if value is not None}

    def sign_in(self, browser=None, username="alice", password=PASSWORD, **query):
        """The answer to the login form."""
        browser = browser or self.browser()
        page = browser.get("/login", **self.query(**query))
        return browser.submit(page, username=username, password=password)

    def code(self, browser=None, **query):
        answer = self.sign_in(browser, **query)
        assert answer.status == 302, answer.text
        return answer.query["code"]

    def token(self, headers=(), **form):
        return self.browser().post("/oauth2/token", {"client_id": self.client_id} | form, headers)

    def exchange(self, code, **form):
        return self.token(
            **({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK} | form)
        )

    def tokens(self, **query):
        answer = self.exchange(self.code(**query), **({"client_secret": self.secret} if self.secret else {}))
        assert answer.status == 200, answer.text
        return answer.json


def pkce():
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return SimpleNamespace(verifier=verifier, challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


def basic(client_id, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def at_hash(access_token):
    digest = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def login_target(location):
    """Path and parameters of a redirect to a page."""
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.netloc}{parts.path}", {k: v[0] for k, v in parse_qs(parts.query).items()}
