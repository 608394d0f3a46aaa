//! Plan, ask, commit: how an operation asks the pool's functions without holding a lock and without
//! leaving anything half-done.
//!
//! A step over a pool asks within its write, before its first change. Where the answer is not there
//! yet, the write breaks off and has changed nothing; the function is asked while nothing is locked;
//! then the step is taken again from its beginning, sees the pool as it is by then, and finds the
//! answer. So every check holds at the moment of the change, and a function that calls back into the
//! server finds no trace of the operation. A failure is an answer, too: it ends most steps with nothing
//! changed, but the step decides.

use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::{Event, Trigger, function, invoke};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::user_pools::UserPool;

/// The `response` that a function gave.
pub type Answer = Map<String, Value>;

/// No step has so many questions; functions that change what is asked must not keep it from its end.
const MOST_QUESTIONS: usize = 16;

/// A function that changes its own question hears it once more, and no more often.
const MOST_TIMES: usize = 2;

/// What the functions have been asked in one step of a request.
#[derive(Debug, Default)]
pub struct Dialogue(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    answered: Vec<(Event, Result<Answer>)>,
    /// What was asked and is asked otherwise by now.
    dropped: Vec<Event>,
    /// How many of them the step has used.
    used: usize,
    open: Option<Event>,
}

/// Takes a step as often as it takes until each of its questions has an answer.
pub async fn settle<T>(cx: &Context, mut step: impl FnMut() -> Result<T>) -> Result<T> {
    *cx.dialogue.0.lock() = State::default();
    resume(cx, &mut step).await
}

/// As [`settle`], of a step that has more to wait for than functions: the answers so far hold.
pub async fn resume<T>(cx: &Context, mut step: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        cx.dialogue.0.lock().used = 0;
        let result = step();
        let Some(event) = cx.dialogue.0.lock().open.take() else {
            return result;
        };
        debug_assert!(result.is_err(), "a step went on without its answer");
        let answer = invoke(cx, &event).await;
        cx.dialogue.0.lock().answered.push((event, answer));
    }
}

/// Whether the step breaks off, to be taken again once a function has answered.
pub fn is_asking(cx: &Context) -> bool {
    cx.dialogue.0.lock().open.is_some()
}

/// What the pool's function says, within a step that [`settle`] takes; `None` where there is no such
/// function.
pub fn ask(
    cx: &Context,
    pool: &UserPool,
    trigger: Trigger,
    event: impl FnOnce() -> Option<Event>,
) -> Result<Option<Answer>> {
    if function(pool, trigger).is_none() {
        return Ok(None);
    }
    let Some(event) = event() else {
        return Ok(None);
    };
    let mut state = cx.dialogue.0.lock();
    let used = state.used;
    match state.answered.get(used) {
        Some((asked, answer)) if asked.is_like(&event) => {
            let answer = answer.clone();
            state.used += 1;
            answer.map(Some)
        }
        _ => {
            // Another question than last time: what came after it is no answer to it.
            let changed: Vec<_> = state.answered.drain(used..).map(|(it, _)| it).collect();
            state.dropped.extend(changed);
            let times = state.dropped.iter().filter(|it| it.is_of(&event)).count();
            if times >= MOST_TIMES || used + state.dropped.len() >= MOST_QUESTIONS {
                return Err(errors::trigger_changes_question(trigger.name()));
            }
            state.open = Some(event);
            Err(errors::internal("a function has not answered yet"))
        }
    }
}
