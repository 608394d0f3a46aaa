//! `Debug` for structures with secrets: a sensitive member that is there prints `***`.

use std::fmt;

/// Stands for a secret in `Debug`; shows whether it is there, never what it is.
pub(crate) struct Redacted(pub(crate) bool);

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "***" } else { "None" })
    }
}

/// Whether a sensitive member is there: a required one always is.
pub(crate) trait Presence {
    fn is_present(&self) -> bool {
        true
    }
}

impl<T> Presence for Option<T> {
    fn is_present(&self) -> bool {
        self.is_some()
    }
}

impl Presence for String {}
impl<T> Presence for Vec<T> {}
impl<K, V> Presence for std::collections::BTreeMap<K, V> {}

macro_rules! redacted_debug {
    ($name:ident { $($field:ident $(: $sensitive:ident)?),* $(,)? }) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(
                        stringify!($field),
                        redacted_debug!(@value self, $field $(, $sensitive)?),
                    ))*
                    .finish()
            }
        }
    };
    (@value $self:ident, $field:ident) => { &$self.$field };
    (@value $self:ident, $field:ident, sensitive) => {
        &$crate::redacted_debug::Redacted($crate::redacted_debug::Presence::is_present(&$self.$field))
    };
}

pub(crate) use redacted_debug;
