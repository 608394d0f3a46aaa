//! The sessions and secret blocks whose answers are being judged: while the pool's functions are asked no
//! lock is held, and one session must not be judged twice meanwhile.

use std::collections::HashSet;

use parking_lot::Mutex;

/// Bounded by the requests at hand.
#[derive(Debug, Default)]
pub struct Answers(Mutex<HashSet<Box<str>>>);

/// Keeps others from answering the same, until it is dropped.
#[derive(Debug)]
pub struct Answering<'a> {
    answers: &'a Answers,
    texts: Vec<&'a str>,
}

impl Answers {
    /// `None` where somebody is about to answer one of these.
    pub fn begin<'a>(&'a self, texts: impl Iterator<Item = &'a str>) -> Option<Answering<'a>> {
        let texts: Vec<_> = texts.collect();
        let mut taken = self.0.lock();
        if texts.iter().any(|text| taken.contains(*text)) {
            return None;
        }
        taken.extend(texts.iter().map(|text| Box::from(*text)));
        Some(Answering {
            answers: self,
            texts,
        })
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        let mut taken = self.answers.0.lock();
        for text in &self.texts {
            taken.remove(*text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_second_waits_for_the_drop() {
        let answers = Answers::default();
        let first = answers.begin(["a", "b"].into_iter()).unwrap();
        assert!(answers.begin(["b", "c"].into_iter()).is_none());
        assert!(answers.begin(["c"].into_iter()).is_some());
        drop(first);
        assert!(answers.begin(["b", "c"].into_iter()).is_some());
        assert!(answers.0.lock().is_empty());
    }
}
