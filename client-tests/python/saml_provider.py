"""A SAML identity provider of a test: pysaml2's, with xmlsec1 for its signatures. Browsers are not shown a page of it: a
test takes the response that it would post."""

import base64
import datetime
import functools
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
import saml2.entity
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORD
from saml2.config import IdPConfig
from saml2.metadata import create_metadata_string
from saml2.saml import NAME_FORMAT_UNSPECIFIED, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server

OTHER_POOL = "us-west-2_Another01"
AES = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
saml2.entity.pre_encryption_part = functools.partial(saml2.entity.pre_encryption_part, msg_enc=AES)
AUTHENTICATION = {"class_ref": PASSWORD, "authn_auth": "https://idp.example.com"}


def write_pair(folder, name):
    """A key and its own certificate, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.key", folder / f"{name}.pem"
    paths[0].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    paths[1].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return [str(path) for path in paths]


def service_provider(pool_id, acs, encryption=None):
    """What pysaml2 has to know of a user pool."""
    keys = ""
    if encryption:
        keys = (
            '<KeyDescriptor use="encryption"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
            f"<X509Certificate>{encryption}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        )
    return (
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" '
        f'entityID="urn:amazon:cognito:sp:{pool_id}"><SPSSODescriptor '
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f'{keys}<SingleLogoutService Binding="{BINDING_HTTP_POST}" Location="{acs.replace("idpresponse", "logout")}"/>'
        f'<AssertionConsumerService index="1" Binding="{BINDING_HTTP_POST}" Location="{acs}"/>'
        "</SPSSODescriptor></EntityDescriptor>"
    )


class SamlProvider:
    def __init__(self, folder, pool_id, acs, base="https://idp.example.com", encryption=None, name="idp"):
        self.acs, self.sp = acs, f"urn:amazon:cognito:sp:{pool_id}"
        key, certificate = write_pair(folder, name)
        self.settings = {
            "entityid": f"{base}/metadata",
            "key_file": key,
            "cert_file": certificate,
            "metadata": {"inline": [service_provider(it, acs, encryption) for it in (pool_id, OTHER_POOL)]},
            "service": {
                "idp": {
                    "endpoints": {
                        "single_sign_on_service": [(f"{base}/sso", BINDING_HTTP_REDIRECT)],
                        "single_logout_service": [(f"{base}/slo", BINDING_HTTP_REDIRECT)],
                    },
                    "policy": {"default": {"name_form": NAME_FORMAT_UNSPECIFIED, "attribute_restrictions": None}},
                }
            },
            "xmlsec_binary": "/usr/bin/xmlsec1",
        }
        config = IdPConfig().load(self.settings)
        self.metadata = create_metadata_string(None, config=config).decode()
        self.server = Server(config=config)
        # Of its own accord it takes an algorithm of the last century.
        security = self.server.sec
        security.encrypt_assertion = functools.partial(security.encrypt_assertion, key_type="aes-256")

    def asked(self, location):
        """The request and the state of a redirect to the provider."""
        query = dict(parse_qsl(urlsplit(location).query))
        request = self.server.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT)
        return request.message, query

    def response(self, in_response_to, name_id="jane", attributes=None, acs=None, sp=None, **settings):
        """The text of a response."""
        settings = {"sign_response": True, "sign_assertion": False} | settings
        response = self.server.create_authn_response(
            identity={"email": ["jane@example.com"]} if attributes is None else attributes,
            in_response_to=in_response_to,
            destination=acs or self.acs,
            sp_entity_id=sp or self.sp,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=name_id),
            authn=AUTHENTICATION,
            **settings,
        )
        return str(response)


def encoded(response):
    return base64.b64encode(response.encode()).decode()


def inflated(parameter):
    return zlib.decompress(base64.b64decode(parameter), -15).decode()


class Publisher:
    """Serves one document, on loopback; counts who has asked."""

    def __init__(self, document, status=200, headers=()):
        self.document, self.status, self.headers, self.asked = document, status, dict(headers), 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                body = outer.document.encode()
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/metadata"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
