//! The table entry of a shape: what a value may be, as far as the model says.

use crate::pattern::Pattern;

/// A least and a greatest value, length or size; what the model leaves out is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub min: Option<i64>,
    pub max: Option<i64>,
}

impl Bounds {
    pub const NONE: Self = Self {
        min: None,
        max: None,
    };

    pub const fn at_least(min: i64) -> Self {
        Self {
            min: Some(min),
            max: None,
        }
    }

    pub const fn at_most(max: i64) -> Self {
        Self {
            min: None,
            max: Some(max),
        }
    }

    pub const fn between(min: i64, max: i64) -> Self {
        Self {
            min: Some(min),
            max: Some(max),
        }
    }

    /// The greatest value, where `value` is above it.
    pub fn exceeded_by(self, value: i64) -> Option<i64> {
        self.max.filter(|max| value > *max)
    }

    /// The least value, where `value` is below it.
    pub fn missed_by(self, value: i64) -> Option<i64> {
        self.min.filter(|min| value < *min)
    }
}

/// A member of a structure.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// As on the wire.
    pub name: &'static str,
    pub required: bool,
    pub shape: &'static Shape,
}

impl Member {
    pub const fn required(name: &'static str, shape: &'static Shape) -> Self {
        Self {
            name,
            required: true,
            shape,
        }
    }

    pub const fn optional(name: &'static str, shape: &'static Shape) -> Self {
        Self {
            name,
            required: false,
            shape,
        }
    }
}

/// A shape, and the constraints that a value of it has to satisfy.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// The members stand in the model's order, which is the order of the errors.
    Structure(&'static [Member]),
    List {
        member: &'static Self,
        bounds: Bounds,
        sensitive: bool,
    },
    Map {
        key: &'static Self,
        value: &'static Self,
        bounds: Bounds,
        sensitive: bool,
    },
    String {
        bounds: Bounds,
        pattern: Option<&'static Pattern>,
        sensitive: bool,
    },
    /// The values stand in the order in which AWS names them in an error.
    Enum(&'static [&'static str]),
    Integer(Bounds),
    Long(Bounds),
    Boolean,
    Timestamp,
    Blob(Bounds),
    /// Any JSON value.
    Document,
}

impl Shape {
    pub const fn list(member: &'static Self, bounds: Bounds) -> Self {
        Self::List {
            member,
            bounds,
            sensitive: false,
        }
    }

    pub const fn map(key: &'static Self, value: &'static Self, bounds: Bounds) -> Self {
        Self::Map {
            key,
            value,
            bounds,
            sensitive: false,
        }
    }

    pub const fn string(bounds: Bounds) -> Self {
        Self::String {
            bounds,
            pattern: None,
            sensitive: false,
        }
    }

    /// The same string, with a pattern.
    pub const fn matching(mut self, text: &'static Pattern) -> Self {
        if let Self::String { pattern, .. } = &mut self {
            *pattern = Some(text);
        }
        self
    }

    /// The same shape, whose values no answer and no log may repeat.
    pub const fn sensitive(mut self) -> Self {
        if let Self::List { sensitive, .. }
        | Self::Map { sensitive, .. }
        | Self::String { sensitive, .. } = &mut self
        {
            *sensitive = true;
        }
        self
    }

    /// Whether values must not be repeated: the shape is sensitive, or is a list or map of something sensitive.
    pub const fn is_sensitive(&self) -> bool {
        match self {
            Self::List {
                member, sensitive, ..
            } => *sensitive || member.is_sensitive(),
            Self::Map {
                key,
                value,
                sensitive,
                ..
            } => *sensitive || key.is_sensitive() || value.is_sensitive(),
            Self::String { sensitive, .. } => *sensitive,
            _ => false,
        }
    }
}
