"""A software authenticator: passkeys of several algorithms, honest or not."""

import hashlib
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cose
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG
NONE = b"\0" * 16
KEYS = {
    cose.ES256: lambda: ec.generate_private_key(ec.SECP256R1()),
    cose.RS256: lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    cose.EdDSA: ed25519.Ed25519PrivateKey.generate,
}


def bare(text: str) -> str:
    """Base64url without padding, as browsers write it."""
    return text.rstrip("=")


class Passkey:
    """One credential of an authenticator."""

    def __init__(self, algorithm=cose.ES256, aaguid=NONE):
        self.algorithm = algorithm
        self.aaguid = aaguid
        self.key = KEYS[algorithm]()
        self.id = os.urandom(20)

    @property
    def name(self) -> str:
        return bare(websafe_encode(self.id))

    def sign(self, message: bytes) -> bytes:
        if self.algorithm is cose.ES256:
            return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        if self.algorithm is cose.RS256:
            return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(message)

    def register(
        self,
        options,
        origin,
        *,
        rp=None,
        challenge=None,
        flags=FLAG.UP | FLAG.UV,
        attestation="none",
        kind=CollectedClientData.TYPE.CREATE,
        cross_origin=False,
        attachment="platform",
        transports=("internal",),
        forge=lambda signature: signature,
    ) -> dict:
        """What a browser answers to `CredentialCreationOptions`, as RegistrationResponseJSON."""
        client_data = CollectedClientData.create(
            kind, challenge or options["challenge"], origin, cross_origin=cross_origin
        )
        attested = AttestedCredentialData.create(
            self.aaguid, self.id, self.algorithm.from_cryptography_key(self.key.public_key())
        )
        rp_hash = hashlib.sha256((rp or options["rp"]["id"]).encode()).digest()
        data = AuthenticatorData.create(rp_hash, flags | FLAG.AT, 0, attested)
        statement = {}
        if attestation == "packed":
            signature = forge(self.sign(data + client_data.hash))
            statement = {"alg": self.algorithm.ALGORITHM, "sig": signature}
        answer = {
            "id": self.name,
            "rawId": self.name,
            "type": "public-key",
            "response": {
                "clientDataJSON": bare(websafe_encode(client_data)),
                "attestationObject": bare(websafe_encode(AttestationObject.create(attestation, data, statement))),
                "transports": list(transports),
            },
            "clientExtensionResults": {},
        }
        return answer | ({"authenticatorAttachment": attachment} if attachment else {})

    def sign_in(
        self,
        options,
        origin,
        *,
        rp=None,
        challenge=None,
        flags=FLAG.UP | FLAG.UV,
        counter=0,
        user=None,
        kind=CollectedClientData.TYPE.GET,
        forge=lambda signature: signature,
    ) -> dict:
        """What a browser answers to `CredentialRequestOptions`, as AuthenticationResponseJSON."""
        client_data = CollectedClientData.create(kind, challenge or options["challenge"], origin)
        rp_hash = hashlib.sha256((rp or options["rpId"]).encode()).digest()
        data = AuthenticatorData.create(rp_hash, flags, counter)
        response = {
            "clientDataJSON": bare(websafe_encode(client_data)),
            "authenticatorData": bare(websafe_encode(data)),
            "signature": bare(websafe_encode(forge(self.sign(data + client_data.hash)))),
        }
        if user is not None:
            response["userHandle"] = bare(websafe_encode(user.encode()))
        return {
            "id": self.name,
            "rawId": self.name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }


def cut(credential: dict, member: str, length: int) -> dict:
    """`credential` with only the first bytes of a member of its response."""
    whole = websafe_decode(credential["response"][member])
    response = credential["response"] | {member: bare(websafe_encode(whole[:length]))}
    return credential | {"response": response}
