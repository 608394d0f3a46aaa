//! The lives of a pool. A reset begins a new one: the pool keeps its keys, its users keep their subs, and the clock may go
//! back with it, so nothing else would end what was issued before.

use aws_lc_rs::digest::{SHA256, digest};
use uuid::Uuid;

use crate::random::Random;
use crate::user_pools::SignIns;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// Nil for the first.
    pub(super) id: Uuid,
    /// Whether the pool came as a snapshot, whose tokens are as good after each reset as at the start.
    pub(super) brings_tokens: bool,
}

impl Life {
    pub fn id(self) -> Uuid {
        self.id
    }

    /// A new id of a sign-in, which its tokens carry: after a reset, one that says of which life it is.
    pub fn new_origin_jti(self, random: &Random) -> Uuid {
        let id = random.uuid();
        if self.id.is_nil() {
            id
        } else {
            self.marked(id)
        }
    }

    /// Whether what a sign-in of a user gave, issued at a second, is dead.
    pub fn has_ended(self, sign_ins: &SignIns, origin_jti: Option<Uuid>, issued: i64) -> bool {
        !self.has(origin_jti) || sign_ins.has_ended(origin_jti, issued)
    }

    /// Whether a sign-in is of this life, as far as its tokens tell.
    fn has(self, origin_jti: Option<Uuid>) -> bool {
        let is_mine = |id| self.marked(id) == id;
        self.id.is_nil() || self.brings_tokens || origin_jti.is_none_or(is_mine)
    }

    /// The last of its bytes, which are free in a UUID, mark the others.
    fn marked(self, id: Uuid) -> Uuid {
        let mut bytes = id.into_bytes();
        let mark = digest(&SHA256, &[self.id.as_bytes(), &bytes[..12]].concat());
        bytes[12..].copy_from_slice(&mark.as_ref()[..4]);
        Uuid::from_bytes(bytes)
    }
}
