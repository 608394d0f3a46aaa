//! How far a long seed is: one line on a terminal, nothing anywhere else.

use std::io::{IsTerminal, Write, stderr};

/// Users between two looks at the line.
const STEP: usize = 1000;

pub(super) struct Progress {
    whole: usize,
    users: usize,
    is_shown: bool,
}

impl Progress {
    /// `whole` is how much there is, in whatever [`Progress::advance`] counts.
    pub(super) fn new(whole: usize) -> Self {
        Self {
            whole,
            users: 0,
            is_shown: stderr().is_terminal(),
        }
    }

    /// One user more.
    pub(super) fn advance(&mut self, done: usize) {
        self.users += 1;
        if self.is_shown && self.users.is_multiple_of(STEP) {
            let percent = (done * 100).checked_div(self.whole).unwrap_or(100).min(100);
            let bar = "#".repeat(percent * 30 / 100);
            let _ = write!(
                stderr(),
                "\rseeding users [{bar:<30}] {percent:>3} % {}",
                self.users
            );
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown && self.users >= STEP {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
