//! A device that a user has confirmed, and that may be remembered (facts/users.md §12, facts/auth.md §9).

use cognito_model::Timestamp;
use cognito_model::idp::{AttributeType, DeviceType};
use serde::{Deserialize, Serialize};

use crate::rare::Blank;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    pub key: Box<str>,
    pub name: Option<Box<str>>,
    /// As the device chose it: positive numbers, their shortest two's complement.
    pub salt: Box<[u8]>,
    pub verifier: Box<[u8]>,
    pub is_remembered: bool,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub last_authenticated: Timestamp,
    pub last_address: Box<str>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("key", &self.key)
            .field("is_remembered", &self.is_remembered)
            .finish_non_exhaustive()
    }
}

impl Device {
    /// As its own user sees it.
    pub fn describe(&self) -> DeviceType {
        let name = self.name.as_deref().map(|name| ("device_name", name));
        let attributes = [Some(("device_status", "valid")), name]
            .into_iter()
            .flatten()
            .chain([("last_ip_used", &*self.last_address)]);
        self.described(attributes.map(|(name, value)| (name, value.to_owned())))
    }

    /// As an administrator sees it: with the attributes for developers. `arn` is that of the pool.
    pub fn describe_to_administrator(&self, owner: &str, arn: &str) -> DeviceType {
        let remembered = if self.is_remembered {
            "remembered"
        } else {
            "not_remembered"
        };
        let name = self.name.as_deref().map(|name| ("device_name", name));
        let attributes = [Some(("device_status", "valid")), name]
            .into_iter()
            .flatten()
            .map(|(name, value)| (name, value.to_owned()))
            .chain([
                (
                    "dev:device_arn",
                    format!("{arn}/owner/{owner}/device/{}", self.key),
                ),
                ("dev:device_owner", owner.to_owned()),
                ("last_ip_used", self.last_address.to_string()),
                ("dev:device_remembered_status", remembered.to_owned()),
                ("dev:device_sdk", "aws-sdk".to_owned()),
            ]);
        self.described(attributes)
    }

    fn described(&self, attributes: impl Iterator<Item = (&'static str, String)>) -> DeviceType {
        DeviceType {
            device_key: Some(self.key.to_string()),
            device_attributes: Some(
                attributes
                    .map(|(name, value)| AttributeType {
                        name: name.to_owned(),
                        value: Some(value),
                    })
                    .collect(),
            ),
            device_create_date: Some(self.created),
            device_last_modified_date: Some(self.modified),
            // In whole seconds, unlike the others (captured: facts/wire.md §1).
            device_last_authenticated_date: Some(Timestamp::from_millis(
                self.last_authenticated.as_millis() / 1000 * 1000,
            )),
        }
    }
}

/// The devices of one user, in the order of their confirmation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Devices(Vec<Device>);

impl Blank for Devices {
    fn blank() -> &'static Self {
        static BLANK: Devices = Devices(Vec::new());
        &BLANK
    }
}

impl Devices {
    pub fn all(&self) -> &[Device] {
        &self.0
    }

    pub fn find(&self, key: &str) -> Option<&Device> {
        self.0.iter().find(|device| &*device.key == key)
    }

    pub fn find_mut(&mut self, key: &str) -> Option<&mut Device> {
        self.0.iter_mut().find(|device| &*device.key == key)
    }

    pub fn add(&mut self, device: Device) {
        self.0.push(device);
    }

    /// Whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|device| &*device.key != key);
        self.0.len() < before
    }
}
