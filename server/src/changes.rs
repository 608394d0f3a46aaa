//! The change seam: a collection notes which of its rows it touched, and the storage writes those
//! rows, in this order, before the caller is answered. Memory storage wants none, so nothing is
//! noted and nothing is paid.

/// What kind of row changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
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
    ProvisionedLimit,
    ImportJob,
    User,
    IdentityPool,
    Identity,
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

    pub fn take(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.list)
    }
}
