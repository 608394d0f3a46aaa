//! The change seam: a collection notes which of its rows it touched, and the storage writes those
//! rows, in this order, before the caller is answered. Memory storage wants none, so nothing is
//! noted and nothing is paid.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($kind:ident,)+) => {
        /// What kind of row it is. A pool's own row comes before those that belong to it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($kind,)+
        }

        impl Kind {
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// As it is written: it never changes.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)+
                }
            }
        }
    };
}

kinds! {
    Clock,
    SeedDraws,
    SealingKeys,
    RefreshTokenKeys,
    IdentityKey,
    Message,
    ProvisionedLimit,
    UserPool,
    SigningKeys,
    Client,
    IdentityProvider,
    Group,
    Domain,
    ResourceServer,
    UiCustomization,
    ManagedLoginBranding,
    Terms,
    Replica,
    SigningCertificate,
    ImportJob,
    AuthorizationCode,
    User,
    IdentityPool,
    Identity,
}

impl Kind {
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether it is the row of a pool itself, with which all its other rows go.
    pub fn is_pool(self) -> bool {
        matches!(self, Self::UserPool | Self::IdentityPool)
    }
}

/// One touched row; whether it is there or gone is read from the collection itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    pub key: String,
}

/// The changes of one write.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    wanted: bool,
    list: Vec<Change>,
}

impl Changes {
    pub fn wanted(wanted: bool) -> Self {
        Self {
            wanted,
            list: Vec::new(),
        }
    }

    pub fn note(&mut self, kind: Kind, key: &str) {
        if self.wanted {
            self.list.push(Change {
                kind,
                key: key.to_owned(),
            });
        }
    }

    /// From now on, or from now on no longer.
    pub fn want(&mut self, wanted: bool) {
        self.wanted = wanted;
        self.list.clear();
    }

    pub fn are_wanted(&self) -> bool {
        self.wanted
    }

    pub fn take(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.list)
    }
}
