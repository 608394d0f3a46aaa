//! Passkeys: what a browser is asked for, and whether what it answers holds (WebAuthn level 3;
//! facts/users.md §13, facts/auth.md §8). `passki` verifies, the one library that does so with the
//! cryptography which is here already; here are AWS's options, the rules of the pool, and AWS's refusals. What is stored of a passkey is in `user_pools/passkey.rs`.
//!
//! A sign-in takes four steps: [`RelyingParty::of`] and [`RelyingParty::offers`] tell whether WEB_AUTHN
//! is among the user's factors. A challenge is drawn from the server's randomness and kept in the
//! session. [`RelyingParty::request_options`] makes `CREDENTIAL_REQUEST_OPTIONS` of it, and
//! [`RelyingParty::check_assertion`] checks `CREDENTIAL`; `Passkeys::note_use` then keeps the counter.

use cognito_model::idp::UserVerificationType;
use cognito_model::{Blob, Timestamp};
use passki::{
    AuthenticationCredential, AuthenticationState, AuthenticatorAttachment, AuthenticatorTransport,
    ClientData, CredentialProtectionPolicy, Passki, PasskiError, RegistrationCredential,
    RegistrationState, StoredPasskey,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::errors::{self, ApiError, Result};
use crate::store::PoolState;
use crate::user_pools::{Passkey, PasskeyChallenge, Passkeys, User};

/// ES256 and RS256 are all that AWS recognizes (documented: Developer Guide, passkey sign-in).
const ALGORITHMS: [i64; 2] = [-7, -257];

/// What the browser is told, in milliseconds; of AWS's own samples.
const REGISTRATION_TIMEOUT: u32 = 60_000;
const SIGN_IN_TIMEOUT: u32 = 180_000;

/// A part of a credential, in characters of base 64: the largest attestations have a few thousand.
const LONGEST_PART: usize = 65_536;

/// WebAuthn's own limit, and more than a key of RSA with 8192 bits has.
const LONGEST_CREDENTIAL_ID: usize = 1023;
const LONGEST_PUBLIC_KEY: usize = 2048;

/// The place of the flags in authenticator data, and the one that says that the user was verified.
const FLAGS: usize = 32;
const USER_VERIFIED: u8 = 4;

/// Whom passkeys of a pool are for.
#[derive(Debug, Clone, PartialEq)]
pub struct RelyingParty {
    id: String,
    user_verification: UserVerificationType,
}

/// A right answer to a WEB_AUTHN challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    pub credential_id: String,
    /// To be kept, since the next one must be higher where the passkey counts at all.
    pub counter: u32,
    /// By a PIN, a finger or a face: such a sign-in can stand for two factors.
    pub is_user_verified: bool,
}

impl RelyingParty {
    /// Of a pool whose users may sign in with passkeys: the configured id, else the pool's own domain,
    /// a custom one before a prefix. User verification is preferred where nothing is set (all documented:
    /// Developer Guide, passkey sign-in).
    pub fn of(state: &PoolState) -> Result<Self> {
        let settings = state.settings();
        if !settings.takes_passkeys() {
            return Err(errors::web_authn_not_enabled());
        }
        let configuration = settings.mfa.web_authn.as_ref();
        let configured = configuration.and_then(|it| it.relying_party_id.clone());
        let domain = || {
            let domains = || state.domains().iter();
            let custom = domains().find(|it| it.is_custom());
            Some(custom.or_else(|| domains().next())?.host(settings.region()))
        };
        Ok(Self {
            id: configured
                .or_else(domain)
                .ok_or_else(errors::web_authn_configuration_missing)?,
            user_verification: configuration
                .and_then(|it| it.user_verification)
                .unwrap_or(UserVerificationType::Preferred),
        })
    }

    /// Whether a user with these passkeys can be asked for one.
    pub fn offers(&self, passkeys: &Passkeys) -> bool {
        self.usable(passkeys).next().is_some()
    }

    /// Those that were registered for another id are of no use.
    fn usable<'p>(&self, passkeys: &'p Passkeys) -> impl Iterator<Item = &'p Passkey> {
        passkeys
            .iter()
            .filter(|it| *it.relying_party_id == *self.id)
    }

    /// `CredentialCreationOptions` of StartWebAuthnRegistration, as AWS documents them by a sample.
    pub fn creation_options(&self, user: &User, challenge: &PasskeyChallenge) -> Value {
        json!({
            "authenticatorSelection": {
                "requireResidentKey": true,
                "residentKey": "required",
                "userVerification": self.user_verification.as_str(),
            },
            "challenge": Passki::base64_encode(challenge),
            "excludeCredentials": described(user.passkeys.iter()),
            "pubKeyCredParams": ALGORITHMS.map(|alg| json!({"alg": alg, "type": "public-key"})),
            "rp": {"id": self.id, "name": self.id},
            "timeout": REGISTRATION_TIMEOUT,
            "user": {
                "displayName": user.username,
                "id": Passki::base64_encode(user.sub.as_bytes()),
                "name": user.username,
            },
        })
    }

    /// The passkey that a browser has made for the challenge. Whose make it is nobody asks, but an
    /// attestation that comes with it must hold.
    pub fn check_registration(
        &self,
        credential: Value,
        challenge: &PasskeyChallenge,
        now: Timestamp,
    ) -> Result<Passkey> {
        let credential: RegistrationCredential =
            serde_json::from_value(credential).map_err(not_valid)?;
        let response = &credential.response;
        check_lengths(&[&response.client_data_json, &response.attestation_object])?;
        // Made by its reader: the crate's own beginning would take entropy and time from elsewhere.
        let state: RegistrationState = serde_json::from_value(json!({
            "challenge": challenge,
            "user": {"id": "", "name": "", "displayName": ""},
            "user_verification": self.user_verification.as_str(),
        }))
        .map_err(errors::internal)?;
        let made = self
            .verifier(&response.client_data_json)
            .finish_passkey_registration(&credential, &state)
            .map_err(registration_refused)?;
        if !ALGORITHMS.contains(&made.algorithm.into()) {
            return Err(errors::web_authn_credential_not_supported());
        }
        if made.public_key.len() > LONGEST_PUBLIC_KEY
            || !(1..=LONGEST_CREDENTIAL_ID).contains(&made.credential_id.len())
        {
            return Err(errors::credential_not_valid());
        }
        let protection = made.cred_protect;
        Ok(Passkey {
            credential_id: Passki::base64_encode(&made.credential_id).into(),
            public_key: Blob::new(made.public_key),
            algorithm: made.algorithm,
            counter: made.counter,
            needs_user_verification: protection
                == Some(CredentialProtectionPolicy::UserVerificationRequired),
            aaguid: Uuid::from_bytes(made.aaguid),
            relying_party_id: self.id.as_str().into(),
            attachment: credential
                .authenticator_attachment
                .map(|it| attachment_name(it).into()),
            transports: made
                .transports
                .into_iter()
                .map(|it| transport_name(it).into())
                .collect(),
            created: now,
            place: 0,
        })
    }

    /// `CREDENTIAL_REQUEST_OPTIONS` of a WEB_AUTHN challenge: JSON within a text. Without passkeys it
    /// is what a user who is not there would be asked.
    pub fn request_options(&self, passkeys: &Passkeys, challenge: &PasskeyChallenge) -> String {
        json!({
            "hints": [],
            "attestation": "none",
            "attestationFormats": [],
            "challenge": Passki::base64_encode(challenge),
            "timeout": SIGN_IN_TIMEOUT,
            "rpId": self.id,
            "allowCredentials": described(self.usable(passkeys)),
            "userVerification": self.user_verification.as_str(),
        })
        .to_string()
    }

    /// Whether `CREDENTIAL`, a text of JSON, is the user's answer to the challenge. Whatever is wrong
    /// with it, the refusal is the same.
    pub fn check_assertion(
        &self,
        user: &User,
        credential: &str,
        challenge: &PasskeyChallenge,
    ) -> Result<Assertion> {
        let credential: AuthenticationCredential =
            serde_json::from_str(credential).map_err(not_valid)?;
        let response = &credential.response;
        check_lengths(&[
            &response.client_data_json,
            &response.authenticator_data,
            &response.signature,
        ])?;
        let passkey = self
            .usable(&user.passkeys)
            .find(|it| *it.credential_id == *credential.raw_id)
            .ok_or_else(errors::credential_not_valid)?;
        let state: AuthenticationState = serde_json::from_value(json!({
            "challenge": challenge,
            "allowed_credentials": [],
            "user_verification": self.user_verification.as_str(),
        }))
        .map_err(errors::internal)?;
        let mut stored = StoredPasskey::default();
        stored.public_key = passkey.public_key.as_bytes().to_vec();
        stored.algorithm = passkey.algorithm;
        stored.counter = passkey.counter;
        stored.cred_protect = passkey
            .needs_user_verification
            .then_some(CredentialProtectionPolicy::UserVerificationRequired);
        let result = self
            .verifier(&response.client_data_json)
            .finish_passkey_authentication(&credential, &state, &stored)
            .map_err(not_valid)?;
        // A browser that names a user at all names this one.
        if result
            .user_handle
            .is_some_and(|it| it != user.sub.as_bytes())
        {
            return Err(errors::credential_not_valid());
        }
        let data = Passki::base64_decode(&response.authenticator_data).map_err(not_valid)?;
        Ok(Assertion {
            credential_id: credential.raw_id,
            counter: result.counter,
            is_user_verified: data
                .get(FLAGS)
                .is_some_and(|flags| flags & USER_VERIFIED != 0),
        })
    }

    /// It knows one origin: that of the answer, if it may be one. So it refuses any other in its turn.
    fn verifier(&self, client_data: &str) -> Passki {
        let origin = ClientData::from_base64(client_data).map(|it| it.origin);
        let origins: Vec<String> = origin
            .into_iter()
            .filter(|it| self.may_be_used_at(it))
            .collect();
        Passki::new(&self.id, &origins, &self.id)
    }

    fn is_local(&self) -> bool {
        self.id == "localhost" || self.id.ends_with(".localhost")
    }

    /// Pages of the relying party and its subdomains, at any port; plain HTTP for `localhost` and its
    /// subdomains only, as browsers have it. An
    /// Android app: AWS looks its key up in the `.well-known` file of the relying party (documented),
    /// which is not asked for from here, so any key will do (*assumed*).
    fn may_be_used_at(&self, origin: &str) -> bool {
        if let Some(key) = origin.strip_prefix("android:apk-key-hash:") {
            return !key.is_empty();
        }
        let address = match origin.split_once("://") {
            Some(("https", address)) => address,
            Some(("http", address)) if self.is_local() => address,
            _ => return false,
        };
        let (host, port) = address.split_once(':').unwrap_or((address, "443"));
        let is_host = host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        is_host
            && port.parse::<u16>().is_ok()
            && host
                .strip_suffix(&self.id)
                .is_some_and(|subdomain| subdomain.is_empty() || subdomain.ends_with('.'))
    }
}

/// As options name passkeys.
fn described<'p>(passkeys: impl Iterator<Item = &'p Passkey>) -> Value {
    passkeys
        .map(|it| json!({"id": it.credential_id, "type": "public-key"}))
        .collect()
}

/// Before anything is made of them.
fn check_lengths(parts: &[&str]) -> Result<()> {
    if parts.iter().all(|part| part.len() <= LONGEST_PART) {
        Ok(())
    } else {
        Err(errors::credential_not_valid())
    }
}

fn not_valid(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ApiError {
    errors::credential_not_valid().caused_by(cause)
}

/// What is wrong with a registration, as far as AWS has an exception for it.
fn registration_refused(cause: PasskiError) -> ApiError {
    let refusal = match cause {
        PasskiError::ChallengeMismatch => errors::web_authn_challenge_not_found(),
        PasskiError::OriginMismatch { .. }
        | PasskiError::CrossOriginNotAllowed
        | PasskiError::TopOriginMismatch { .. } => errors::web_authn_origin_not_allowed(),
        PasskiError::RpIdHashMismatch => errors::web_authn_relying_party_mismatch(),
        PasskiError::UnsupportedAlgorithm(_)
        | PasskiError::UnsupportedAttestationFormat(_)
        | PasskiError::UserVerificationRequired => errors::web_authn_credential_not_supported(),
        _ => errors::credential_not_valid(),
    };
    refusal.caused_by(cause)
}

fn attachment_name(attachment: AuthenticatorAttachment) -> &'static str {
    match attachment {
        AuthenticatorAttachment::Platform => "platform",
        AuthenticatorAttachment::CrossPlatform => "cross-platform",
    }
}

fn transport_name(transport: AuthenticatorTransport) -> &'static str {
    match transport {
        AuthenticatorTransport::Usb => "usb",
        AuthenticatorTransport::Nfc => "nfc",
        AuthenticatorTransport::Ble => "ble",
        AuthenticatorTransport::SmartCard => "smart-card",
        AuthenticatorTransport::Hybrid => "hybrid",
        AuthenticatorTransport::Internal => "internal",
    }
}

#[cfg(test)]
mod tests;
