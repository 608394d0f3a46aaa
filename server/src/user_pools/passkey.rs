//! The passkeys of one user: those registered, and the registration under way (facts/users.md §13).
//! What a browser sends is verified above, in `auth/webauthn.rs`.

use cognito_model::idp::WebAuthnCredentialDescription;
use cognito_model::{Blob, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::aws_time::MINUTE;
use crate::errors::{self, Result};
use crate::rare::Blank;

/// What a browser is asked to sign: 16 bytes (captured: aws/aws-sdk-net#4386).
pub type PasskeyChallenge = [u8; 16];

/// How long a registration may take. *Assumed*: as long as the session of a sign-in, so that whoever
/// needs the whole minute which the browser is told is still in time.
const REGISTRATION_SECONDS: i64 = 3 * MINUTE;

/// Documented (Developer Guide, passkey sign-in).
const MOST_PASSKEYS: usize = 20;

/// Names of providers, by the model id of their authenticators (AAGUID). *Assumed*: AWS makes a
/// friendly name and does not document how.
const PROVIDERS: [(u128, &str); 10] = [
    (0x08987058_cadc_4b81_b6e1_30de50dcbe96, "Windows Hello"),
    (0x6028b017_b1d4_4c02_b4b3_afcdafc96bb2, "Windows Hello"),
    (0x9ddd1817_af5a_4672_a2b9_3e3dd95000a9, "Windows Hello"),
    (0xadce0002_35bc_c60a_648b_0b25f1f05503, "Chrome on Mac"),
    (0xbada5566_a7aa_401f_bd96_45619a55120d, "1Password"),
    (0xd548826e_79b4_db40_a3d8_11116f7e8349, "Bitwarden"),
    (0x531126d6_e717_415c_9320_3d9aa6981239, "Dashlane"),
    (
        0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4,
        "Google Password Manager",
    ),
    (0xdd4ec289_e01d_41c9_bb89_70fa845d4bf2, "iCloud Keychain"),
    (0xfbfc3007_154e_4ecc_8c0b_6e020557d7bd, "iCloud Keychain"),
];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passkey {
    /// Base64url without padding, as browsers and the API write it.
    pub credential_id: Box<str>,
    /// A COSE key.
    pub public_key: Blob,
    /// Of COSE, too.
    pub algorithm: i32,
    /// How often it has signed, as it says itself; 0 where it does not count.
    pub counter: u32,
    /// The authenticator itself was told to sign for a verified user only.
    pub needs_user_verification: bool,
    /// The model of the authenticator.
    pub aaguid: Uuid,
    pub relying_party_id: Box<str>,
    pub attachment: Option<Box<str>>,
    pub transports: Vec<Box<str>>,
    pub created: Timestamp,
    /// Where it stands in listings, which go on after it even when it is gone.
    pub place: u64,
}

impl Passkey {
    pub fn describe(&self) -> WebAuthnCredentialDescription {
        WebAuthnCredentialDescription {
            credential_id: self.credential_id.to_string(),
            friendly_credential_name: self.friendly_name().to_owned(),
            relying_party_id: self.relying_party_id.to_string(),
            authenticator_attachment: self.attachment.as_deref().map(str::to_owned),
            authenticator_transports: self.transports.iter().map(ToString::to_string).collect(),
            created_at: self.created,
        }
    }

    /// `Roaming passkey` is documented (ListWebAuthnCredentials in the AWS CLI's reference), the others
    /// are *assumed* alike.
    fn friendly_name(&self) -> &'static str {
        let provider = PROVIDERS
            .iter()
            .find(|(aaguid, _)| *aaguid == self.aaguid.as_u128());
        match (provider, self.attachment.as_deref()) {
            (Some((_, name)), _) => name,
            (None, Some("cross-platform")) => "Roaming passkey",
            (None, Some(_)) => "Platform passkey",
            (None, None) => "Passkey",
        }
    }
}

/// Begun by StartWebAuthnRegistration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PasskeyRegistration {
    pub challenge: PasskeyChallenge,
    pub client_id: Box<str>,
    begun: Timestamp,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Passkeys {
    registered: Vec<Passkey>,
    /// One at a time: the newest counts.
    registration: Option<Box<PasskeyRegistration>>,
}

impl Blank for Passkeys {
    fn blank() -> &'static Self {
        static BLANK: Passkeys = Passkeys {
            registered: Vec::new(),
            registration: None,
        };
        &BLANK
    }
}

impl Passkeys {
    pub fn iter(&self) -> impl Iterator<Item = &Passkey> {
        self.registered.iter()
    }

    pub fn find(&self, credential_id: &str) -> Option<&Passkey> {
        self.iter().find(|it| &*it.credential_id == credential_id)
    }

    /// At most `limit` of them after a place, and the place to go on from if more are left.
    pub fn page(&self, after: u64, limit: usize) -> (Vec<&Passkey>, Option<u64>) {
        let mut rest = self.iter().filter(|it| it.place > after);
        let page: Vec<&Passkey> = rest.by_ref().take(limit).collect();
        let last = page.last().map(|it| it.place);
        (page, rest.next().and(last))
    }

    /// A registration that is begun is completed or replaced, so nobody comes to more than the most.
    pub fn check_room(&self) -> Result<()> {
        if self.registered.len() < MOST_PASSKEYS {
            Ok(())
        } else {
            Err(errors::limit_exceeded("passkeys of a user", MOST_PASSKEYS))
        }
    }

    pub fn begin(&mut self, challenge: PasskeyChallenge, client_id: &str, now: Timestamp) {
        self.registration = Some(Box::new(PasskeyRegistration {
            challenge,
            client_id: client_id.into(),
            begun: now,
        }));
    }

    /// The registration under way, if it is still alive.
    pub fn registration(&self, now: Timestamp) -> Result<&PasskeyRegistration> {
        self.registration
            .as_deref()
            .filter(|it| now.as_millis() < it.begun.as_millis() + REGISTRATION_SECONDS * 1000)
            .ok_or_else(errors::web_authn_challenge_not_found)
    }

    /// Ends the registration: its challenge is used up.
    pub fn register(&mut self, passkey: Passkey) {
        self.registration = None;
        let place = self.registered.last().map_or(0, |it| it.place) + 1;
        self.registered.push(Passkey { place, ..passkey });
    }

    pub fn remove(&mut self, credential_id: &str) {
        self.registered
            .retain(|it| &*it.credential_id != credential_id);
    }

    /// After a sign-in, with the counter that came with it.
    pub fn note_use(&mut self, credential_id: &str, counter: u32) {
        let mut all = self.registered.iter_mut();
        if let Some(passkey) = all.find(|it| &*it.credential_id == credential_id) {
            passkey.counter = counter;
        }
    }
}
