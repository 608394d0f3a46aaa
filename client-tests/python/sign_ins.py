"""A user pool to sign in to, and what its clients calculate: hashes, codes, SRP."""

import base64
import hashlib
import hmac
import json
import urllib.parse
import urllib.request
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from pycognito.aws_srp import AWSSRP

FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
PASSWORD = "Passw0rd!"
ROLE = "arn:aws:iam::123456789012:role/sms"

INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")
INVALID_SESSION = ("NotAuthorizedException", "Invalid session for the user.")
EXPIRED_SESSION = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
USED_SESSION = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")
WRONG_CODE = ("CodeMismatchException", "Invalid code or auth state for the user.")
WRONG_TOTP = ("CodeMismatchException", "Invalid code received for user")
USED_TOTP = ("ExpiredCodeException", "Your software token has already been used once.")
REVOKED_ACCESS = ("NotAuthorizedException", "Access Token has been revoked")
REVOKED_REFRESH = ("NotAuthorizedException", "Refresh Token has been revoked")


def secret_hash(secret, username, client_id) -> str:
    digest = hmac.new(secret.encode(), (username + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def totp(secret: str, at: float) -> str:
    """The code of an authenticator app that was given this secret."""
    return TOTP(base64.b32decode(secret + "=" * (-len(secret) % 8)), 6, SHA1(), 30).generate(at).decode()


def another(code: str) -> str:
    """A wrong code of the same form."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


class SignIns:
    """A pool with one client, and every way into it. `mfa` gives it second factors."""

    def __init__(self, server, idp, *, mfa=None, factors=("totp", "sms", "email"), first=("PASSWORD",), **options):
        self.server, self.idp = server, idp
        client, secret = options.pop("client", {}), options.pop("secret", False)
        policies = {"SignInPolicy": {"AllowedFirstAuthFactors": list(first)}}
        if "sms" in factors:
            options.setdefault("SmsConfiguration", {"SnsCallerArn": ROLE, "ExternalId": "id"})
        self.id = idp.create_user_pool(PoolName="sign-ins", Policies=policies, **options)["UserPool"]["Id"]
        if mfa:
            self.require(mfa, factors)
        self.client_id, self.secret = self.add_client(GenerateSecret=secret, **client)

    def require(self, mfa, factors=("totp", "sms", "email")):
        configured = {
            "totp": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
            "sms": {"SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": ROLE, "ExternalId": "id"}}},
            "email": {"EmailMfaConfiguration": {"Message": "Code {####}", "Subject": "Code"}},
        }
        request = {}
        for factor in factors:
            request |= configured[factor]
        self.idp.set_user_pool_mfa_config(UserPoolId=self.id, MfaConfiguration=mfa, **request)

    def add_client(self, **settings):
        settings = {"ClientName": "app", "ExplicitAuthFlows": FLOWS} | settings
        made = self.idp.create_user_pool_client(UserPoolId=self.id, **settings)["UserPoolClient"]
        return made["ClientId"], made.get("ClientSecret")

    def add_user(self, username="alice", password=PASSWORD, *, permanent=True, **attributes):
        named = {"UserPoolId": self.id, "Username": username}
        listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
        temporary = {"TemporaryPassword": password} if password else {}
        self.idp.admin_create_user(**named, **temporary, MessageAction="SUPPRESS", UserAttributes=listed)
        if password and permanent:
            self.idp.admin_set_user_password(**named, Password=password, Permanent=True)
        return named

    def hashed(self, parameters, client_id=None):
        if self.secret and "USERNAME" in parameters and client_id in (None, self.client_id):
            own = secret_hash(self.secret, parameters["USERNAME"], self.client_id)
            return {"SECRET_HASH": own} | parameters
        return parameters

    def initiate(self, flow="USER_PASSWORD_AUTH", *, client_id=None, session=None, **parameters):
        more = {"Session": session} if session else {}
        return self.idp.initiate_auth(
            AuthFlow=flow,
            ClientId=client_id or self.client_id,
            AuthParameters=self.hashed(parameters, client_id),
            **more,
        )

    def admin_initiate(self, flow="ADMIN_USER_PASSWORD_AUTH", **parameters):
        return self.idp.admin_initiate_auth(
            UserPoolId=self.id, AuthFlow=flow, ClientId=self.client_id, AuthParameters=self.hashed(parameters)
        )

    def respond(self, challenge, session=None, *, client_id=None, **responses):
        more = {"Session": session} if session else {}
        return self.idp.respond_to_auth_challenge(
            ClientId=client_id or self.client_id,
            ChallengeName=challenge,
            ChallengeResponses=self.hashed(responses, client_id),
            **more,
        )

    def admin_respond(self, challenge, session=None, **responses):
        more = {"Session": session} if session else {}
        return self.idp.admin_respond_to_auth_challenge(
            UserPoolId=self.id,
            ClientId=self.client_id,
            ChallengeName=challenge,
            ChallengeResponses=self.hashed(responses),
            **more,
        )

    def sign_in(self, username="alice", password=PASSWORD, **parameters):
        """By password: the answer, whatever it is."""
        return self.initiate(USERNAME=username, PASSWORD=password, **parameters)

    def tokens(self, username="alice", password=PASSWORD, **parameters):
        return self.sign_in(username, password, **parameters)["AuthenticationResult"]

    def refresh(self, token, **parameters):
        return self.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, **parameters)["AuthenticationResult"]

    def rotate(self, token, *, client_id=None, **more):
        return self.idp.get_tokens_from_refresh_token(
            RefreshToken=token, ClientId=client_id or self.client_id, **more
        )["AuthenticationResult"]

    def srp(self, username="alice", password=PASSWORD, **device):
        """pycognito's half of an exchange."""
        return AWSSRP(
            username=username,
            password=password,
            pool_id=self.id,
            client_id=self.client_id,
            client=self.idp,
            client_secret=self.secret,
            **device,
        )

    def begin_srp(self, username="alice", password=PASSWORD, **more):
        """The challenge PASSWORD_VERIFIER, and the right answer to it."""
        srp = self.srp(username, password)
        parameters = srp.get_auth_params() | more
        challenge = self.initiate("USER_SRP_AUTH", **parameters)
        return challenge, srp.process_challenge(challenge["ChallengeParameters"], parameters)

    def enrol(self, access_token, name=None) -> str:
        """Sets an authenticator app up, and answers its secret."""
        secret = self.idp.associate_software_token(AccessToken=access_token)["SecretCode"]
        more = {"FriendlyDeviceName": name} if name else {}
        self.idp.verify_software_token(AccessToken=access_token, UserCode=totp(secret, self.now()), **more)
        return secret

    def prefer(self, username="alice", **settings):
        """`prefer(SoftwareTokenMfa=(True, False))`: whether the factor is on, and preferred."""
        request = {f"{name}Settings": {"Enabled": on, "PreferredMfa": best} for name, (on, best) in settings.items()}
        self.idp.admin_set_user_mfa_preference(UserPoolId=self.id, Username=username, **request)

    def alive(self, access_token) -> bool:
        try:
            self.idp.get_user(AccessToken=access_token)
        except self.idp.exceptions.NotAuthorizedException as refusal:
            assert refusal.response["Error"]["Message"] == REVOKED_ACCESS[1]
            return False
        return True

    def messages(self, **filters):
        query = urllib.parse.urlencode({"userPoolId": self.id} | filters)
        with urllib.request.urlopen(f"{self.server.url}/_cognitwin/messages?{query}", timeout=10) as answer:
            return json.load(answer)

    def code(self, **filters) -> str:
        return self.messages(**filters)[-1]["code"]

    def _clock(self, **change):
        request = urllib.request.Request(
            f"{self.server.url}/_cognitwin/clock",
            method="PUT" if change else "GET",
            data=json.dumps(change).encode() if change else None,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["now"]

    def now(self) -> float:
        return datetime.fromisoformat(self._clock()).timestamp()

    def move(self, seconds):
        self._clock(advanceSeconds=seconds)

    def freeze(self, is_frozen=True):
        self._clock(freeze=is_frozen)
