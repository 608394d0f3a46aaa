//! The outbox: what AWS would have sent, newest last. It keeps the last ten thousand messages. A
//! message is delivered once it is here; with a relay, an email once the relay has taken it.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cognito_model::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Deserializer, Serialize};
use tokio::sync::Notify;

use super::Sender;
use super::smtp::Relay;
use crate::changes::Kind;
use crate::store::{Journal, Row};

/// The states of a message: in the outbox and nowhere else, or given to one of the pool's functions.
pub const DELIVERED: &str = "DELIVERED";
pub const HANDED_OVER: &str = "HANDED_OVER";

/// Has a name, since one is never read from a text that it would borrow from.
type Status = &'static str;

const MOST_MESSAGES: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Medium {
    Email,
    Sms,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: String,
    #[serde(with = "rfc3339")]
    pub time: Timestamp,
    pub user_pool_id: String,
    /// The pool's. A caller is not shown it, but it is kept.
    #[serde(skip_serializing)]
    pub account: String,
    pub username: String,
    pub medium: Medium,
    pub destination: String,
    /// Of an email.
    pub subject: Option<String>,
    pub body: String,
    /// The code or temporary password in it.
    pub code: Option<String>,
    pub link: Option<String>,
    /// The source under which CustomMessage was asked, or would have been; that of a custom sender.
    pub trigger: String,
    /// `DELIVERED`, or `HANDED_OVER` to a custom sender; of an email on its way to the relay `PENDING`, and `FAILED` if it did not get there.
    #[serde(deserialize_with = "status")]
    pub status: Status,
    #[serde(skip, default = "Sender::usual")]
    pub sender: Sender,
}

/// What a caller wants to see; what is `None` matches everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub user_pool_id: Option<String>,
    pub account: Option<String>,
    /// Or the address that the message went to, by which its user may have signed up.
    pub username: Option<String>,
    /// Who answers to that name now.
    pub called: Option<String>,
    pub destination: Option<String>,
    pub medium: Option<Medium>,
    pub since: Option<Timestamp>,
}

impl Filter {
    pub fn matches(&self, message: &Message) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|it| it == value);
        is(&self.user_pool_id, &message.user_pool_id)
            && is(&self.account, &message.account)
            && (is(&self.username, &message.username)
                || is(&self.username, &message.destination)
                || self.called.as_ref() == Some(&message.username))
            && is(&self.destination, &message.destination)
            && self.medium.is_none_or(|medium| medium == message.medium)
            && self.since.is_none_or(|since| message.time >= since)
    }
}

/// Each with its place, in the order of their coming.
#[derive(Default)]
pub(super) struct Messages {
    list: Mutex<VecDeque<(u64, Message)>>,
    journal: Journal,
    /// How many came, of each medium.
    sent: [AtomicU64; 2],
}

impl Messages {
    pub fn set_status(&self, id: &str, status: &'static str) {
        let mut messages = self.list.lock();
        // The one that was just relayed is near the end.
        if let Some((place, message)) = messages.iter_mut().rev().find(|(_, it)| it.id == id) {
            message.status = status;
            self.note(|| Ok(vec![row(*place, message)?]));
        }
    }

    /// A disk that fails is told of at the next answer, and all after it.
    fn note(&self, rows: impl FnOnce() -> io::Result<Vec<Row>>) {
        let _ = self.journal.commit_rows(rows);
    }
}

/// A message with all that its row has.
#[derive(Serialize)]
struct Kept<'m> {
    account: &'m str,
    #[serde(flatten)]
    message: &'m Message,
}

fn row(place: u64, message: &Message) -> io::Result<Row> {
    let account = &message.account;
    let kept = Kept { account, message };
    Row::new(Kind::Message, &message.id, place, &kept)
}

#[derive(Default)]
pub struct Outbox {
    messages: Arc<Messages>,
    arrival: Notify,
    relay: OnceLock<Relay>,
}

impl Outbox {
    /// One whose messages are kept, if the server keeps anything.
    pub fn of(journal: Journal) -> Self {
        let messages = Messages {
            journal,
            ..Messages::default()
        };
        Self {
            messages: Arc::new(messages),
            ..Self::default()
        }
    }

    /// From now on, emails also go to this SMTP server. Needs a runtime.
    pub fn relay_to(&self, url: &str) -> Result<(), String> {
        let relay = Relay::start(url, self.messages.clone())?;
        let _ = self.relay.set(relay);
        Ok(())
    }

    /// Until the emails that wait for the relay are gone.
    pub async fn finish(&self) {
        if let Some(relay) = self.relay.get() {
            relay.finish().await;
        }
    }

    pub fn deliver(&self, message: Message) {
        tracing::info!(
            pool = message.user_pool_id,
            username = message.username,
            medium = ?message.medium,
            destination = message.destination,
            code = message.code,
            link = message.link,
            subject = message.subject,
            "message"
        );
        self.take(message);
    }

    /// Takes in what the log has already.
    pub fn take(&self, mut message: Message) {
        let mut messages = self.messages.list.lock();
        let is_relayed = message.medium == Medium::Email && message.status == DELIVERED;
        if let Some(relay) = self.relay.get().filter(|_| is_relayed) {
            // Under the lock, so that the relay finds the message whose status it sets.
            message.status = "PENDING";
            if !relay.send(&message) {
                message.status = "FAILED";
            }
        }
        let count = &self.messages.sent[usize::from(message.medium == Medium::Sms)];
        count.fetch_add(1, Ordering::Relaxed);
        let oldest = if messages.len() >= MOST_MESSAGES {
            messages.pop_front()
        } else {
            None
        };
        let place = messages.back().map_or(1, |(place, _)| place + 1);
        self.messages.note(|| {
            let oldest = oldest
                .iter()
                .map(|(_, it)| Row::gone(Kind::Message, &it.id));
            Ok(oldest.chain([row(place, &message)?]).collect())
        });
        messages.push_back((place, message));
        drop(messages);
        self.arrival.notify_waiters();
    }

    /// Oldest first.
    pub fn find(&self, filter: &Filter) -> Vec<Message> {
        let messages = self.messages.list.lock();
        let found = messages.iter().filter(|(_, it)| filter.matches(it));
        found.map(|(_, message)| message.clone()).collect()
    }

    /// As [`Outbox::find`], but holds until there is one, or the time is over.
    pub async fn wait(&self, filter: &Filter, longest: Duration) -> Vec<Message> {
        let search = async {
            loop {
                let arrival = self.arrival.notified();
                tokio::pin!(arrival);
                arrival.as_mut().enable();
                let found = self.find(filter);
                if !found.is_empty() {
                    return found;
                }
                arrival.await;
            }
        };
        tokio::time::timeout(longest, search)
            .await
            .unwrap_or_default()
    }

    /// How many there were, of each medium: emails, text messages.
    pub fn sent(&self) -> [u64; 2] {
        let sent = self.messages.sent.each_ref();
        sent.map(|count| count.load(Ordering::Relaxed))
    }

    pub fn forget(&self, is_it: impl Fn(&Message) -> bool) {
        let mut messages = self.messages.list.lock();
        self.messages.note(|| {
            let gone = messages.iter().filter(|(_, it)| is_it(it));
            Ok(gone
                .map(|(_, message)| Row::gone(Kind::Message, &message.id))
                .collect())
        });
        messages.retain(|(_, message)| !is_it(message));
    }

    pub fn rows(&self, is_it: impl Fn(&Message) -> bool) -> io::Result<Vec<Row>> {
        let messages = self.messages.list.lock();
        let wanted = messages.iter().filter(|(_, it)| is_it(it));
        // Their order counts, not what was between them.
        let placed = (1..).zip(wanted);
        placed
            .map(|(place, (_, message))| row(place, message))
            .collect()
    }

    /// Puts messages back, oldest first, behind those that are there.
    pub fn restore(&self, restored: Vec<(u64, Message)>) {
        let mut messages = self.messages.list.lock();
        let mut rows = Vec::new();
        for (place, message) in restored {
            let place = place.max(messages.back().map_or(1, |(last, _)| last + 1));
            rows.push(row(place, &message));
            messages.push_back((place, message));
        }
        while messages.len() > MOST_MESSAGES {
            let oldest = messages.pop_front();
            rows.extend(oldest.map(|(_, it)| Ok(Row::gone(Kind::Message, &it.id))));
        }
        self.messages.note(|| rows.into_iter().collect());
        drop(messages);
        self.arrival.notify_waiters();
    }
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
    let status = String::deserialize(deserializer)?;
    let known = [DELIVERED, HANDED_OVER].into_iter();
    // An email that waited for the relay waits no longer.
    Ok(known
        .into_iter()
        .find(|it| *it == status)
        .unwrap_or("FAILED"))
}

mod rfc3339 {
    use cognito_model::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        match jiff::Timestamp::from_millisecond(time.as_millis()) {
            Ok(time) => serializer.collect_str(&time),
            Err(_) => serializer.serialize_i64(time.as_millis()),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time: jiff::Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Timestamp::from_millis(time.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(username: &str, millis: i64) -> Message {
        Message {
            id: username.to_owned(),
            time: Timestamp::from_millis(millis),
            user_pool_id: "p".to_owned(),
            account: "000000000000".to_owned(),
            username: username.to_owned(),
            medium: Medium::Email,
            destination: format!("{username}@example.com"),
            subject: None,
            body: String::new(),
            code: None,
            link: None,
            trigger: String::new(),
            status: "DELIVERED",
            sender: Sender::of(None),
        }
    }

    #[test]
    fn messages_are_found_by_what_is_asked_oldest_first() {
        let outbox = Outbox::default();
        outbox.deliver(message("alice", 1));
        outbox.deliver(message("bob", 2));
        outbox.deliver(message("alice", 3));
        let names = |filter: Filter| {
            outbox
                .find(&filter)
                .iter()
                .map(|it| it.time.as_millis())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(Filter::default()), [1, 2, 3]);
        assert_eq!(
            names(Filter {
                username: Some("alice".to_owned()),
                ..Filter::default()
            }),
            [1, 3]
        );
        assert_eq!(
            names(Filter {
                since: Some(Timestamp::from_millis(2)),
                ..Filter::default()
            }),
            [2, 3]
        );
        assert_eq!(
            names(Filter {
                medium: Some(Medium::Sms),
                ..Filter::default()
            }),
            [0_i64; 0]
        );
        outbox.forget(|_| true);
        assert_eq!(outbox.sent(), [3, 0]);
        assert_eq!(names(Filter::default()), [0_i64; 0]);
    }

    #[tokio::test]
    async fn a_caller_can_wait_for_a_message() {
        let outbox = Arc::new(Outbox::default());
        let waiting = {
            let outbox = outbox.clone();
            tokio::spawn(async move {
                outbox
                    .wait(&Filter::default(), Duration::from_secs(60))
                    .await
            })
        };
        tokio::task::yield_now().await;
        outbox.deliver(message("alice", 1));
        assert_eq!(waiting.await.unwrap().len(), 1);
        let nobody = Filter {
            username: Some("bob".to_owned()),
            ..Filter::default()
        };
        assert!(outbox.wait(&nobody, Duration::ZERO).await.is_empty());
    }

    #[test]
    fn the_oldest_goes_when_the_outbox_is_full() {
        let outbox = Outbox::default();
        for number in 0..=10_000 {
            outbox.deliver(message("alice", number));
        }
        let kept = outbox.find(&Filter::default());
        assert_eq!((kept.len(), kept[0].time.as_millis()), (MOST_MESSAGES, 1));
    }
}
