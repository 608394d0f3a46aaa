//! A software authenticator, honest or not, against the checks of a sign-in. Registrations are tested
//! through the API, too: client-tests/python/test_boto3_passkeys.py.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use cognito_model::idp::UserStatusType;

use super::*;

const RP: &str = "example.com";
const ORIGIN: &str = "https://example.com";
const CHALLENGE: PasskeyChallenge = *b"of sixteen bytes";
const REFUSAL: &str = "InvalidParameterException: Credential data is not valid";

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const ATTESTED: u8 = 64;

enum Key {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Key {
    fn es256() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    fn rs256() -> Self {
        Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// The public half as COSE writes it.
    fn cose(&self) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
                let point = key.public_key().as_ref();
                let head = [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
                [&head, &point[1..33], &[0x22, 0x58, 32], &point[33..]].concat()
            }
            Self::Rs256(key) => {
                // {1: 3, 3: -257, -1: n, -2: e}
                let n = key.public_key().modulus().big_endian_without_leading_zero();
                let head = [0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0];
                [&head, n, &[0x21, 0x43, 1, 0, 1]].concat()
            }
            Self::EdDsa(key) => {
                // {1: 1, 3: -8, -1: 6, -2: x}
                let head = [0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32];
                [&head, key.public_key().as_ref()].concat()
            }
        }
    }
}

/// One passkey in the hand of somebody who may say anything with it.
struct Authenticator {
    key: Key,
    rp: &'static str,
    origin: &'static str,
    challenge: PasskeyChallenge,
    flags: u8,
    counter: u32,
    user_handle: Option<&'static str>,
}

impl Authenticator {
    fn new(key: Key) -> Self {
        Self {
            key,
            rp: RP,
            origin: ORIGIN,
            challenge: CHALLENGE,
            flags: PRESENT | VERIFIED,
            counter: 1,
            user_handle: Some("sub-alice"),
        }
    }

    fn id(&self) -> Vec<u8> {
        digest(&SHA256, &self.key.cose()).as_ref()[..20].to_vec()
    }

    fn client_data(&self, kind: &str) -> String {
        json!({
            "type": format!("webauthn.{kind}"),
            "challenge": Passki::base64_encode(&self.challenge),
            "origin": self.origin,
        })
        .to_string()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let rp = digest(&SHA256, self.rp.as_bytes());
        [rp.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// With an attestation of format `none`.
    fn register(&self) -> Value {
        let id = self.id();
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        let attested = [&[0; 16], &length[..], &id, &self.key.cose()].concat();
        let data = [self.data(self.flags | ATTESTED), attested].concat();
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let object = [
            b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59",
            &length[..],
            &data,
        ]
        .concat();
        json!({
            "id": Passki::base64_encode(&id),
            "rawId": Passki::base64_encode(&id),
            "type": "public-key",
            "response": {
                "clientDataJSON": Passki::base64_encode(self.client_data("create").as_bytes()),
                "attestationObject": Passki::base64_encode(&object),
                "transports": ["internal", "hybrid", "telepathy"],
            },
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        })
    }

    fn sign_in_with(&self, kind: &str) -> Value {
        let (client_data, data) = (self.client_data(kind), self.data(self.flags));
        let hash = digest(&SHA256, client_data.as_bytes());
        let signature = self.key.sign(&[&data, hash.as_ref()].concat());
        let id = Passki::base64_encode(&self.id());
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": {
                "clientDataJSON": Passki::base64_encode(client_data.as_bytes()),
                "authenticatorData": Passki::base64_encode(&data),
                "signature": Passki::base64_encode(&signature),
                "userHandle": self.user_handle.map(|it| Passki::base64_encode(it.as_bytes())),
            },
            "clientExtensionResults": {},
        })
    }

    fn sign_in(&self) -> Value {
        self.sign_in_with("get")
    }
}

fn relying_party(user_verification: UserVerificationType) -> RelyingParty {
    RelyingParty {
        id: RP.to_owned(),
        user_verification,
    }
}

/// User verification is preferred.
fn example() -> RelyingParty {
    relying_party(UserVerificationType::Preferred)
}

fn now() -> Timestamp {
    Timestamp::from_millis(0)
}

fn register(authenticator: &Authenticator) -> Result<Passkey> {
    example().check_registration(authenticator.register(), &CHALLENGE, now())
}

/// Alice, who has registered this passkey.
fn alice(authenticator: &Authenticator) -> User {
    let mut user = User {
        username: "alice".to_owned(),
        sub: "sub-alice".to_owned(),
        attributes: Default::default(),
        status: UserStatusType::Confirmed,
        enabled: true,
        created: now(),
        modified: now(),
        password: None,
        imported_password: None,
        former_passwords: Vec::new(),
        groups: Vec::new(),
        identities: Default::default(),
        lockout: Default::default(),
        codes: Default::default(),
        attempts: Default::default(),
        passkeys: Default::default(),
        events: Default::default(),
        factors: Default::default(),
        devices: Default::default(),
        sign_ins: Default::default(),
    };
    user.passkeys.register(register(authenticator).unwrap());
    user
}

fn check(user: &User, credential: &Value) -> Result<Assertion> {
    example().check_assertion(user, &credential.to_string(), &CHALLENGE)
}

#[track_caller]
fn is_refused(user: &User, credential: &Value) {
    assert_eq!(check(user, credential).unwrap_err().to_string(), REFUSAL);
}

#[test]
fn a_passkey_of_either_algorithm_signs_in_again_and_again() {
    for key in [Key::es256(), Key::rs256()] {
        let mut authenticator = Authenticator::new(key);
        let mut user = alice(&authenticator);
        for counter in [2, 3, 9] {
            authenticator.counter = counter;
            let assertion = check(&user, &authenticator.sign_in()).unwrap();
            assert_eq!(
                assertion,
                Assertion {
                    credential_id: Passki::base64_encode(&authenticator.id()),
                    counter,
                    is_user_verified: true,
                }
            );
            user.passkeys.note_use(&assertion.credential_id, counter);
        }
    }
}

#[test]
fn a_user_with_passkeys_is_stored_and_comes_back() {
    let mut user = alice(&Authenticator::new(Key::es256()));
    user.passkeys.begin(CHALLENGE, "client", now());
    let secret = crate::user_pools::TotpSecret::new(&crate::random::Random::seeded(1));
    user.factors.pending_token = Some(secret);
    let row = serde_json::to_string(&user).unwrap();
    assert_eq!(serde_json::from_str::<User>(&row).unwrap(), user);
}

#[test]
fn a_registered_passkey_is_described() {
    let authenticator = Authenticator::new(Key::es256());
    let description = register(&authenticator).unwrap().describe();
    assert_eq!(
        serde_json::to_value(description).unwrap(),
        json!({
            "CredentialId": Passki::base64_encode(&authenticator.id()),
            "FriendlyCredentialName": "Platform passkey",
            "RelyingPartyId": RP,
            "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["internal", "hybrid"],
            "CreatedAt": 0,
        })
    );
}

#[test]
fn an_algorithm_that_was_not_offered_is_not_supported() {
    let authenticator = Authenticator::new(Key::EdDsa(Ed25519KeyPair::generate().unwrap()));
    assert_eq!(
        register(&authenticator).unwrap_err().code().as_str(),
        "WebAuthnCredentialNotSupportedException"
    );
}

#[test]
fn the_options_of_a_sign_in_are_those_of_aws() {
    let authenticator = Authenticator::new(Key::es256());
    let mut user = alice(&authenticator);
    let options = |user: &User| {
        let text = example().request_options(&user.passkeys, &CHALLENGE);
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let expected = json!({
        "hints": [],
        "attestation": "none",
        "attestationFormats": [],
        "challenge": Passki::base64_encode(&CHALLENGE),
        "timeout": 180_000,
        "rpId": RP,
        "allowCredentials": [
            {"id": Passki::base64_encode(&authenticator.id()), "type": "public-key"},
        ],
        "userVerification": "preferred",
    });
    assert_eq!(options(&user), expected);
    assert!(example().offers(&user.passkeys));

    // Of another relying party, a passkey is of no use.
    let mut other = register(&authenticator).unwrap();
    other.relying_party_id = "example.org".into();
    *user.passkeys = Passkeys::default();
    user.passkeys.register(other);
    assert_eq!(options(&user)["allowCredentials"], json!([]));
    assert!(!example().offers(&user.passkeys));
    is_refused(&user, &authenticator.sign_in());
}

#[test]
fn whatever_is_signed_wrongly_is_refused() {
    let honest = || Authenticator {
        counter: 2,
        ..Authenticator::new(Key::es256())
    };
    type Lie = fn(&mut Authenticator);
    let lies: [(&str, Lie); 9] = [
        ("origin", |it| it.origin = "https://example.org"),
        ("plain origin", |it| it.origin = "http://example.com"),
        ("relying party", |it| it.rp = "example.org"),
        ("challenge", |it| it.challenge = *b"another sixteen."),
        ("absent user", |it| it.flags = VERIFIED),
        ("backup without its being possible", |it| it.flags |= 0x10),
        ("counter that stands", |it| it.counter = 1),
        ("counter gone back", |it| it.counter = 0),
        ("somebody else's", |it| it.user_handle = Some("sub-bob")),
    ];
    for (what, lie) in lies {
        let mut authenticator = honest();
        authenticator.counter = 1;
        let user = alice(&authenticator);
        authenticator.counter = 2;
        lie(&mut authenticator);
        let refusal = check(&user, &authenticator.sign_in()).unwrap_err();
        assert_eq!(refusal.to_string(), REFUSAL, "{what}");
    }
    let authenticator = honest();
    is_refused(
        &alice(&Authenticator::new(Key::es256())),
        &authenticator.sign_in(),
    );
}

#[test]
fn whatever_is_changed_after_signing_is_refused() {
    let mut authenticator = Authenticator::new(Key::es256());
    let user = alice(&authenticator);
    authenticator.counter = 2;
    let right = authenticator.sign_in();
    check(&user, &right).unwrap();
    let changed = |member: &str, value: Value| {
        let mut credential = right.clone();
        credential["response"][member] = value;
        credential
    };
    for member in ["clientDataJSON", "authenticatorData", "signature"] {
        let text = right["response"][member].as_str().unwrap();
        let bytes = Passki::base64_decode(text).unwrap();
        for place in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1;
            is_refused(
                &user,
                &changed(member, json!(Passki::base64_encode(&flipped))),
            );
            let cut = Passki::base64_encode(&bytes[..place]);
            is_refused(&user, &changed(member, json!(cut)));
        }
        for value in [
            json!(null),
            json!(7),
            json!("*"),
            json!("A".repeat(1 << 20)),
        ] {
            is_refused(&user, &changed(member, value));
        }
    }
    // A registration is no sign-in.
    is_refused(&user, &authenticator.sign_in_with("create"));
    is_refused(&user, &authenticator.register());
    for text in ["", "{}", "null", "[]", "\"text\"", &"[".repeat(10_000)] {
        let refusal = example().check_assertion(&user, text, &CHALLENGE);
        assert_eq!(refusal.unwrap_err().to_string(), REFUSAL, "{text}");
    }
}

#[test]
fn a_passkey_that_does_not_count_is_fine() {
    let mut authenticator = Authenticator::new(Key::es256());
    authenticator.counter = 0;
    let user = alice(&authenticator);
    assert_eq!(check(&user, &authenticator.sign_in()).unwrap().counter, 0);
}

#[test]
fn user_verification_is_told_and_may_be_required() {
    let mut authenticator = Authenticator::new(Key::es256());
    let user = alice(&authenticator);
    authenticator.counter = 2;
    authenticator.flags = PRESENT;
    let credential = authenticator.sign_in();
    assert!(!check(&user, &credential).unwrap().is_user_verified);
    let strict = relying_party(UserVerificationType::Required);
    let refusal = strict.check_assertion(&user, &credential.to_string(), &CHALLENGE);
    assert_eq!(refusal.unwrap_err().to_string(), REFUSAL);
    authenticator.flags |= VERIFIED;
    let credential = authenticator.sign_in().to_string();
    strict
        .check_assertion(&user, &credential, &CHALLENGE)
        .unwrap();
}

#[test]
fn a_user_handle_is_not_needed() {
    let mut authenticator = Authenticator::new(Key::es256());
    let user = alice(&authenticator);
    authenticator.counter = 2;
    authenticator.user_handle = None;
    check(&user, &authenticator.sign_in()).unwrap();
}

#[test]
fn origins_are_those_of_the_relying_party() {
    for origin in [
        "https://example.com",
        "https://example.com:8443",
        "https://www.example.com",
        "https://a.b.example.com:443",
        "android:apk-key-hash:abc",
    ] {
        assert!(example().may_be_used_at(origin), "{origin}");
    }
    for origin in [
        "",
        "example.com",
        "http://example.com",
        "https://example.com.evil.net",
        "https://notexample.com",
        "https://evil.net/.example.com",
        "https://evil.net?.example.com",
        "https://evil.net@example.com",
        "https://example.com:99999",
        "https://example.com:80:80",
        "https://example.com/",
        "http://localhost",
        "android:apk-key-hash:",
    ] {
        assert!(!example().may_be_used_at(origin), "{origin}");
    }
    let local = RelyingParty {
        id: "localhost".to_owned(),
        ..example()
    };
    for origin in [
        "http://localhost",
        "http://localhost:3000",
        "https://localhost:3000",
        "http://app.localhost:3000",
    ] {
        assert!(local.may_be_used_at(origin), "{origin}");
    }
    assert!(!local.may_be_used_at("http://example.com"));
}
