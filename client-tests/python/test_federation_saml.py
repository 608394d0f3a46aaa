"""Sign-in through SAML providers: pysaml2's, and the one that is built in."""

import base64
import re
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from conftest import aws_client
from domain import CALLBACK, LOGOUT, App, claims
from expect import attributes, refused
from saml_provider import Publisher, SamlProvider, encoded, inflated
from upstream import depart, tokens, visit

PREFIX = "Invalid SAML response received: "
MAPPING = {"email": "email"}


class World:
    """An app whose users come from one SAML provider."""

    def __init__(self, oauth_app, server, folder, mapping=None, providers=("Corp",), pool=None, **details):
        first = oauth_app(pool=pool)
        self.idp, self.pool_id = first.idp, first.pool_id
        self.acs = f"http://127.0.0.1:{server.port}/saml2/idpresponse"
        self.provider = SamlProvider(folder, self.pool_id, self.acs)
        if not {"MetadataURL", "MetadataFile"} & details.keys():
            details["MetadataFile"] = self.provider.metadata
        made = self.idp.create_identity_provider(
            UserPoolId=self.pool_id,
            ProviderName="Corp",
            ProviderType="SAML",
            ProviderDetails=details,
            AttributeMapping=MAPPING if mapping is None else mapping,
            IdpIdentifiers=["corp.example"],
        )
        self.described = made["IdentityProvider"]["ProviderDetails"]
        self.app = App(first.idp, server, pool_id=first.pool_id, SupportedIdentityProviders=list(providers))

    def depart(self, browser, **query):
        """The id of the request, and its state."""
        location = depart(self.app, browser, "Corp", **query).location
        assert location.startswith("https://idp.example.com/sso?")
        request, query = self.provider.asked(location)
        return request, query["RelayState"]

    def post(self, browser, response, state):
        form = {"SAMLResponse": response, "RelayState": state}
        return browser.post("/saml2/idpresponse", {k: v for k, v in form.items() if v is not None})

    def come(self, browser=None, change=str, query=None, **response):
        browser = browser or self.app.browser()
        request, state = self.depart(browser, **(query or {}))
        text = self.provider.response(**({"in_response_to": request.id} | response))
        return self.post(browser, encoded(change(text)), state)


@pytest.fixture
def make(oauth_app, server, tmp_path):
    return lambda **settings: World(oauth_app, server, tmp_path, **settings)


@pytest.fixture
def clocked(start_server, tmp_path, move_clock):
    """The same at a server of its own, since the provider lives by the real clock until it is moved."""
    server = start_server()
    idp = aws_client(server, "cognito-idp")

    def make(**settings):
        return World(lambda **options: App(idp, server, **options), server, tmp_path, **settings)

    make.move = lambda seconds: move_clock(server, seconds)
    return make


def told(answer):
    """What the app is told."""
    assert answer.status == 302, answer.text
    assert answer.location.startswith(CALLBACK), answer.location
    return answer.query


def refusal(answer):
    query = told(answer)
    assert query.keys() <= {"error", "error_description", "state"}, query
    assert query["error"] == "server_error"
    assert query["error_description"].startswith(PREFIX), query
    return query["error_description"][len(PREFIX) :]


def test_a_user_comes_from_the_provider(make):
    world = make()
    browser = world.app.browser()
    request, state = world.depart(browser, state="mine")
    assert re.fullmatch(r"_[0-9a-f-]{36}", request.id)
    assert request.issuer.text == f"urn:amazon:cognito:sp:{world.pool_id}"
    assert request.assertion_consumer_service_url == world.acs
    assert request.protocol_binding == "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    assert request.destination == "https://idp.example.com/sso"
    assert request.force_authn is None
    answer = world.post(browser, encoded(world.provider.response(request.id)), state)
    assert told(answer)["state"] == "mine"
    identified = claims(tokens(world.app, answer)["id_token"])
    assert identified["cognito:username"] == "Corp_jane"
    assert identified["cognito:groups"] == [f"{world.pool_id}_Corp"]
    assert identified["email"] == "jane@example.com"
    (identity,) = identified["identities"]
    del identity["dateCreated"]
    assert identity == {
        "userId": "jane",
        "providerName": "Corp",
        "providerType": "SAML",
        "issuer": "https://idp.example.com/metadata",
        "primary": "true",
    }
    user = world.idp.admin_get_user(UserPoolId=world.pool_id, Username="Corp_jane")
    assert user["UserStatus"] == "EXTERNAL_PROVIDER"


def test_attributes_are_refreshed_and_lists_become_a_text(make):
    world = make(mapping={"email": "email", "nickname": "groups"})
    assert "code" in told(world.come(attributes={"email": ["a@b.example"], "groups": ["one", "two"]}))
    known = lambda: attributes(
        world.idp.admin_get_user(UserPoolId=world.pool_id, Username="Corp_jane")["UserAttributes"]
    )
    assert known()["nickname"] == "[one, two]"
    assert "code" in told(world.come(attributes={"email": ["c@d.example"], "groups": ["three"]}))
    assert (known()["nickname"], known()["email"]) == ("three", "c@d.example")


@pytest.mark.parametrize(
    "signing",
    [
        {"sign_response": False, "sign_assertion": True},
        {"sign_response": True, "sign_assertion": True},
        {"sign_response": True, "sign_assertion": False},
    ],
)
def test_response_or_assertion_is_signed(make, signing):
    assert "code" in told(make().come(**signing))


def test_what_nobody_signed_is_refused(make):
    world = make()
    answer = world.come(sign_response=False, sign_assertion=False)
    assert refusal(answer) == "SAML Response or SAML Assertion must be signed"


def test_a_foreign_key_is_refused(make, tmp_path):
    world = make()
    world.provider = SamlProvider(tmp_path, world.pool_id, world.acs, name="thief")
    assert refusal(world.come()) == "SAML Response signature is invalid. "
    answer = world.come(sign_response=False, sign_assertion=True)
    assert refusal(answer) == "SAML Assertion signature is invalid. "


@pytest.mark.parametrize("signing", [{}, {"sign_response": False, "sign_assertion": True}])
def test_what_was_changed_is_refused(make, signing):
    world = make()
    what = "Assertion" if signing else "Response"
    answer = world.come(change=lambda it: it.replace(">jane<", ">root<"), **signing)
    assert refusal(answer) == f"SAML {what} signature is invalid. "
    users = world.idp.list_users(UserPoolId=world.pool_id)["Users"]
    assert users == []


def wrapped(text):
    """The signed assertion as the child of another one's signature, which is read in its place by who is careless."""
    start, end = text.index("<ns1:Assertion"), text.index("</ns1:Assertion>") + len("</ns1:Assertion>")
    signed = text[start:end]
    signature = re.search(r"<ns2:Signature.*?</ns2:Signature>|<ds:Signature.*?</ds:Signature>", signed, re.S)[0]
    identity = re.search(r' ID="([^"]+)"', signed)[1]
    forged = signed.replace("jane", "root").replace(f'ID="{identity}"', 'ID="forged"')
    inner = signed.replace(signature, "")
    tag = signature[1:3] + ":Signature>" if signature.startswith("<ds") else "ns2:Signature>"
    stuffed = signature.replace(f"</{tag}", f"<{tag[:3]}Object>{inner}</{tag[:3]}Object></{tag}")
    return text[:start] + forged.replace(signature, stuffed) + text[end:]


def test_a_wrapped_assertion_is_refused(make):
    world = make()
    answer = world.come(change=wrapped, sign_response=False, sign_assertion=True)
    assert refusal(answer) == "SAML Assertion signature is invalid. "


def test_an_answer_is_for_one_request(make):
    world = make()
    assert refusal(world.come(in_response_to="_other")) == "SAML Response InResponseTo is invalid"
    assert refusal(world.come(in_response_to=None)) == "SAML Response InResponseTo is invalid"


def test_an_answer_is_for_this_pool_and_place(make):
    world = make()
    answer = world.come(sp="urn:amazon:cognito:sp:us-west-2_Another01")
    assert refusal(answer) == f"Audience restriction in SAML Assertion does not allow it for urn:amazon:cognito:sp:{world.pool_id}"
    answer = world.come(acs="https://elsewhere.example/saml2/idpresponse")
    assert refusal(answer) == "SAML Response destination is invalid"


def test_an_issuer_is_the_one_of_the_metadata(make, tmp_path):
    world = make()
    answer = world.come(change=lambda it: it.replace("https://idp.example.com/metadata", "https://other.example"))
    assert refusal(answer) == "SAML Response issuer is invalid"


def test_an_answer_lives_as_long_as_it_says(clocked):
    world = clocked()
    browser = world.app.browser()
    request, state = world.depart(browser)
    response = encoded(world.provider.response(request.id))
    clocked.move(290)
    assert "code" in told(world.post(browser, response, state))
    browser = world.app.browser()
    request, state = world.depart(browser)
    response = encoded(world.provider.response(request.id))
    clocked.move(3600 * 24)
    # The trip itself is over, too.
    answer = world.post(browser, response, state)
    assert answer.status == 400 and answer.error == "Invalid samlResponse or relayState from identity provider"
    answer = world.come()
    assert refusal(answer) == "SAML Assertion has expired"


def test_an_assertion_is_good_once_and_in_one_browser(make):
    world = make()
    browser = world.app.browser()
    request, state = world.depart(browser)
    response = encoded(world.provider.response(request.id))
    answer = world.post(world.app.browser(), response, state)
    assert answer.status == 400
    assert answer.error == "Invalid samlResponse or relayState from identity provider"
    assert "code" in told(world.post(browser, response, state))
    answer = world.post(browser, response, state)
    assert answer.status == 400 and "Location" not in answer.headers


@pytest.mark.parametrize("form", [{}, {"SAMLResponse": "x"}, {"RelayState": "x"}, {"SAMLResponse": "x", "RelayState": "x"}])
def test_what_belongs_to_no_sign_in_is_told_on_a_page(make, form):
    answer = make().app.browser(on_domain=True).post("/saml2/idpresponse", form)
    assert answer.status == 400
    assert answer.error == "Invalid samlResponse or relayState from identity provider"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("%%%", "SAML Response is not valid Base64"),
        (encoded("<a/>"), "SAML Response could not be parsed"),
        (encoded("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>"), "SAML Response could not be parsed"),
        ("A" * 100_001, "SAML Response is too long"),
    ],
)
def test_what_is_no_response_is_refused(make, response, reason):
    world = make()
    browser = world.app.browser()
    _, state = world.depart(browser)
    assert refusal(world.post(browser, response, state)) == reason


def test_a_bomb_of_entities_is_refused_at_once(make):
    world = make()
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 20))
    bomb = f'<!DOCTYPE r [<!ENTITY e0 "x">{entities}]><r>&e19;</r>'
    browser = world.app.browser()
    _, state = world.depart(browser)
    assert refusal(world.post(browser, encoded(bomb), state)) == "SAML Response could not be parsed"


def test_a_missing_name_is_refused(make):
    answer = make().come(name_id="")
    assert refusal(answer) == "SAML Assertion has no NameID"


@pytest.mark.parametrize("name_id", [" jane", "jane\n", "\u2003jane", " "])
def test_a_name_with_space_around_it_is_refused(make, name_id):
    world = make()
    assert "code" in told(world.come())
    assert refusal(world.come(name_id=name_id)) == "SAML Assertion has no NameID"


def test_requests_are_signed_where_the_provider_wants_it(make):
    world = make(RequestSigningAlgorithm="rsa-sha256")
    location = depart(world.app, world.app.browser(), "Corp").location
    text = urlsplit(location).query
    query = dict(parse_qsl(text))
    assert query["SigAlg"] == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    certificate = world.idp.get_signing_certificate(UserPoolId=world.pool_id)["Certificate"]
    key = x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()
    signed = text[: text.index("&Signature=")].encode()
    key.verify(base64.b64decode(query["Signature"]), signed, padding.PKCS1v15(), hashes.SHA256())
    assert "SigAlg" not in dict(parse_qsl(urlsplit(depart(make().app, world.app.browser(), "Corp").location).query))


def test_a_prompt_is_passed_on(make):
    world = make()
    request, _ = world.depart(world.app.browser(), prompt="login")
    assert request.force_authn == "true"


def test_encrypted_assertions(make, tmp_path):
    world = make(EncryptedResponses="true")
    certificate = world.described["ActiveEncryptionCertificate"]
    again = world.idp.describe_identity_provider(UserPoolId=world.pool_id, ProviderName="Corp")
    assert again["IdentityProvider"]["ProviderDetails"]["ActiveEncryptionCertificate"] == certificate
    clear = world.come()
    assert refusal(clear) == "SAML Assertion must be encrypted"
    metadata = world.provider.metadata
    world.provider = SamlProvider(tmp_path, world.pool_id, world.acs, encryption=certificate, name="second")
    assert world.provider.metadata != metadata
    details = {"MetadataFile": world.provider.metadata, "EncryptedResponses": "true"}
    world.idp.update_identity_provider(UserPoolId=world.pool_id, ProviderName="Corp", ProviderDetails=details)
    for signing in [{"sign_response": True}, {"sign_response": False, "sign_assertion": True}]:
        answer = world.come(encrypt_assertion=True, **signing)
        assert "code" in told(answer)


def test_an_encrypted_assertion_needs_the_setting(make, tmp_path):
    world = make(EncryptedResponses="true")
    certificate = world.described["ActiveEncryptionCertificate"]
    world.provider = SamlProvider(tmp_path, world.pool_id, world.acs, encryption=certificate, name="second")
    details = {"MetadataFile": world.provider.metadata}
    world.idp.update_identity_provider(UserPoolId=world.pool_id, ProviderName="Corp", ProviderDetails=details)
    answer = world.come(encrypt_assertion=True)
    assert refusal(answer) == "SAML Assertion is encrypted, and the provider's EncryptedResponses is not true"


class TestUnasked:
    def relay_state(self, world, **more):
        query = {
            "identity_provider": "Corp",
            "client_id": world.app.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid email",
        } | more
        return urlencode(query)

    def test_the_provider_begins(self, make):
        world = make(IDPInit="true")
        response = encoded(world.provider.response(None))
        answer = world.post(world.app.browser(), response, self.relay_state(world))
        assert claims(tokens(world.app, answer)["id_token"])["cognito:username"] == "Corp_jane"
        # The same assertion again, from anywhere.
        answer = world.post(world.app.browser(), response, self.relay_state(world))
        assert refusal(answer) == "SAML Assertion was already used"

    def test_it_is_young(self, clocked):
        world = clocked(IDPInit="true")
        response = encoded(world.provider.response(None))
        clocked.move(360)
        answer = world.post(world.app.browser(), response, self.relay_state(world))
        assert refusal(answer) == "SAML Assertion has expired"

    def test_it_is_not_of_another_day(self, make, monkeypatch):
        world = make(IDPInit="true")
        # Its conditions hold all the same.
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        monkeypatch.setattr("saml2.s_utils.instant", lambda: tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ"))
        answer = world.post(world.app.browser(), encoded(world.provider.response(None)), self.relay_state(world))
        assert refusal(answer) == "SAML Assertion is not yet valid"

    def test_it_needs_the_setting(self, make):
        world = make()
        answer = world.post(world.app.browser(), encoded(world.provider.response(None)), self.relay_state(world))
        assert answer.status == 400
        assert answer.error == "Invalid samlResponse or relayState from identity provider"

    def test_its_clients_have_no_other_providers(self, make):
        world = make(IDPInit="true", providers=["COGNITO", "Corp"])
        answer = world.post(world.app.browser(), encoded(world.provider.response(None)), self.relay_state(world))
        assert answer.status == 400 and "Location" not in answer.headers

    def test_it_leads_to_registered_addresses_only(self, make):
        world = make(IDPInit="true")
        state = self.relay_state(world, redirect_uri="https://thief.example")
        answer = world.post(world.app.browser(), encoded(world.provider.response(None)), state)
        assert "thief" not in (answer.headers["Location"] or "")
        state = self.relay_state(world, identity_provider="Other")
        answer = world.post(world.app.browser(), encoded(world.provider.response(None)), state)
        assert answer.status == 400

    def test_an_answer_to_a_request_is_none(self, make):
        world = make(IDPInit="true")
        answer = world.post(world.app.browser(), encoded(world.provider.response("_some")), self.relay_state(world))
        assert refusal(answer) == "SAML Response InResponseTo is invalid"


class TestMetadata:
    def test_addresses_are_described(self, make):
        described = make().described
        assert described["SSORedirectBindingURI"] == "https://idp.example.com/sso"
        assert described["SLORedirectBindingURI"] == "https://idp.example.com/slo"
        assert "ActiveEncryptionCertificate" not in described

    def test_it_is_read_from_its_address_and_again_after_six_hours(self, clocked, tmp_path):
        publisher = Publisher("")
        document = SamlProvider(tmp_path, "us-west-2_None00001", "https://x.example", name="idp").metadata
        publisher.document = document
        world = clocked(MetadataURL=publisher.address)
        assert world.described["SSORedirectBindingURI"] == "https://idp.example.com/sso"
        assert "MetadataFile" not in world.described and publisher.asked == 1
        # Its key is another one than that of the document.
        assert refusal(world.come()) == "SAML Response signature is invalid. "
        assert publisher.asked == 1
        publisher.document = world.provider.metadata
        clocked.move(6 * 3600)
        location = depart(world.app, world.app.browser(), "Corp").location
        assert location.startswith("https://idp.example.com/sso?") and publisher.asked == 2
        publisher.stop()
        # The last one is as good for as long as nobody answers.
        clocked.move(6 * 3600)
        location = depart(world.app, world.app.browser(), "Corp").location
        assert location.startswith("https://idp.example.com/sso?")

    @pytest.mark.parametrize(
        ("status", "document", "headers"),
        [(404, "", {}), (200, "<html/>", {}), (200, "", {}), (302, "", {"Location": "file:///etc/passwd"})],
    )
    def test_what_is_none_is_refused(self, oauth_app, status, document, headers):
        publisher = Publisher(document, status, headers)
        app = oauth_app()
        create = dict(UserPoolId=app.pool_id, ProviderName="Corp", ProviderType="SAML")
        details = {"MetadataURL": publisher.address}
        with refused("InvalidParameterException", f"Error retrieving metadata from {publisher.address}"):
            app.idp.create_identity_provider(ProviderDetails=details, **create)
        publisher.stop()
        with refused("InvalidParameterException", f"Error retrieving metadata from {publisher.address}"):
            app.idp.create_identity_provider(ProviderDetails=details, **create)
        for address in ("file:///etc/passwd", "ftp://idp.example.com/metadata", "nowhere"):
            with refused("InvalidParameterException", f"Error retrieving metadata from {address}"):
                app.idp.create_identity_provider(ProviderDetails={"MetadataURL": address}, **create)
        with refused("InvalidParameterException", "Error parsing metadata from MetadataFile"):
            app.idp.create_identity_provider(ProviderDetails={"MetadataFile": "<a/>"}, **create)


class TestSignOut:
    def sign_out(self, world, browser):
        return browser.get("/logout", client_id=world.app.client_id, logout_uri=LOGOUT)

    def test_it_goes_by_the_provider(self, make):
        world = make(IDPSignout="true")
        browser = world.app.browser()
        assert "code" in told(world.come(browser))
        answer = self.sign_out(world, browser)
        assert answer.location.startswith("https://idp.example.com/slo?")
        query = dict(parse_qsl(urlsplit(answer.location).query))
        assert query.keys() == {"SAMLRequest", "RelayState", "SigAlg", "Signature"}
        message = inflated(query["SAMLRequest"])
        assert ">jane</saml2:NameID>" in message and "<saml2p:SessionIndex>" in message
        assert f">urn:amazon:cognito:sp:{world.pool_id}<" in message
        # The session here is over already.
        assert world.app.browser().cookies == {} and "cognito" not in browser.cookies
        back = browser.post("/saml2/logout", {"SAMLResponse": "x", "RelayState": query["RelayState"]})
        assert back.location == LOGOUT

    def test_only_where_the_provider_wants_it(self, make):
        world = make()
        browser = world.app.browser()
        assert "code" in told(world.come(browser))
        assert self.sign_out(world, browser).location == LOGOUT

    @pytest.mark.parametrize("state", ["x", "https://thief.example", ""])
    def test_the_way_back_is_sealed(self, make, state):
        world = make(IDPSignout="true")
        answer = world.app.browser(on_domain=True).post("/saml2/logout", {"SAMLResponse": "x", "RelayState": state})
        assert answer.status == 400 and "Location" not in answer.headers


class TestBuiltIn:
    def page(self, world, browser, **query):
        page = visit(browser, depart(world.app, browser, "Corp", **query).location)
        assert page.status == 200, page.text
        return page

    def test_the_tester_says_who_signs_in(self, make):
        world = make(MetadataURL="builtin", IDPSignout="true", mapping={"email": "email", "name": "name"})
        browser = world.app.browser()
        page = self.page(world, browser)
        assert page.form.fields.keys() == {"email", "name", "sub", "claims"}
        back = browser.submit(page, sub="AD\\ann", email="ann@example.com", name="Ann Lee")
        assert back.form.fields.keys() == {"SAMLResponse", "RelayState"}, back.text
        assert back.form.action == world.acs
        answer = browser.post("/saml2/idpresponse", back.form.fields)
        identified = claims(tokens(world.app, answer)["id_token"])
        assert identified["cognito:username"] == "Corp_AD\\ann"
        assert (identified["name"], identified["email"]) == ("Ann Lee", "ann@example.com")
        out = browser.get("/logout", client_id=world.app.client_id, logout_uri=LOGOUT)
        back = visit(browser, out.location)
        assert back.form.action.endswith("/saml2/logout")
        assert browser.post("/saml2/logout", back.form.fields).location == LOGOUT

    def test_a_hint_needs_no_page(self, make):
        world = make(MetadataURL="builtin")
        browser = world.app.browser()
        back = self.page(world, browser, login_hint="ann@example.com")
        answer = browser.post("/saml2/idpresponse", back.form.fields)
        assert claims(tokens(world.app, answer)["id_token"])["email"] == "ann@example.com"

    def test_it_answers_its_own_pool_only(self, make):
        world = make(MetadataURL="builtin")
        browser = world.app.browser()
        parts = urlsplit(depart(world.app, browser, "Corp").location)
        other = make(MetadataURL="builtin")
        theirs = urlsplit(depart(other.app, browser, "Corp").location)
        answer = browser.send("GET", f"{parts.path}?{theirs.query}")
        assert answer.status == 400 and answer.error == "The SAMLRequest is not one of this user pool's."
        own = inflated(dict(parse_qsl(parts.query))["SAMLRequest"])
        assert world.acs in own
        astray = own.replace(world.acs, "https://evil.example/saml2/idpresponse")
        astray = base64.b64encode(zlib.compress(astray.encode())[2:-4]).decode()
        for request in ("", "x", "AAAA", astray):
            answer = browser.get(parts.path, SAMLRequest=request)
            assert answer.status == 400


def test_a_provider_is_found_by_its_identifier(make):
    world = make()
    browser = world.app.browser()
    answer = browser.get("/oauth2/authorize", **world.app.query(idp_identifier="ann@corp.example"))
    assert answer.location.startswith("https://idp.example.com/sso?")
