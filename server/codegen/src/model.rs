//! AWS's model as botocore publishes it, reduced to what this project uses.
//!
//! The types are a whitelist: what they do not name (above all the prose) is dropped when botocore's file is read.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// What went wrong, for a person who runs the generator.
#[derive(Debug)]
pub(crate) struct Error(String);

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn at(path: &Path, cause: impl fmt::Display) -> Self {
        Self(format!("{}: {cause}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Model {
    pub(crate) metadata: Ordered<serde_json::Value>,
    pub(crate) operations: Ordered<Operation>,
    pub(crate) shapes: Ordered<Shape>,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) input: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Reference>,
    #[serde(default)]
    pub(crate) errors: Vec<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authtype: Option<String>,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Boolean,
    Timestamp,
    Blob,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) required: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) members: Option<Ordered<Reference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(rename = "enum", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) sensitive: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) exception: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) fault: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) document: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Model {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::at(path, e))?;
        serde_json::from_str(&text).map_err(|e| Error::at(path, e))
    }

    pub(crate) fn forget_pattern(&mut self, name: &str) {
        if let Some(shape) = self.shapes.get_mut(name) {
            shape.pattern = None;
        }
    }

    pub(crate) fn shape(&self, name: &str) -> Result<&Shape> {
        self.shapes
            .get(name)
            .ok_or_else(|| Error::new(format!("the model names the shape {name} but lacks it")))
    }

    /// The names of all shapes that can be reached from `roots`, the roots included.
    pub(crate) fn reachable<'a>(
        &'a self,
        roots: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeSet<&'a str>> {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<&str> = roots.collect();
        while let Some(name) = waiting.pop() {
            if seen.insert(name) {
                waiting.extend(self.shape(name)?.references());
            }
        }
        Ok(seen)
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = &str> {
        self.operations
            .iter()
            .map(|(_, operation)| operation.input.shape.as_str())
    }

    pub(crate) fn outputs(&self) -> impl Iterator<Item = &str> {
        self.operations
            .iter()
            .filter_map(|(_, operation)| Some(operation.output.as_ref()?.shape.as_str()))
    }

    /// Whether values of this shape must not be printed: it is sensitive itself, or a list or map of something sensitive.
    pub(crate) fn is_sensitive(&self, name: &str) -> Result<bool> {
        let shape = self.shape(name)?;
        if shape.sensitive {
            return Ok(true);
        }
        for part in [&shape.member, &shape.key, &shape.value]
            .into_iter()
            .flatten()
        {
            if self.is_sensitive(&part.shape)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Shape {
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members
            .iter()
            .flat_map(Ordered::iter)
            .map(|(name, member)| (name, member.shape.as_str()))
    }

    fn references(&self) -> impl Iterator<Item = &str> {
        self.members().map(|(_, shape)| shape).chain(
            [&self.member, &self.key, &self.value]
                .into_iter()
                .flatten()
                .map(|reference| reference.shape.as_str()),
        )
    }
}

/// A JSON object in the order of the file: the order of members decides the order of AWS's validation errors.
#[derive(Debug)]
pub(crate) struct Ordered<T>(Vec<(String, T)>);

impl<T> Ordered<T> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0
            .iter_mut()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.iter()
            .find_map(|(other, value)| (other == name).then_some(value))
    }
}

impl<T: Serialize> Serialize for Ordered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries(std::marker::PhantomData))
    }
}
