//! The outbox: what AWS would have sent, newest last. It keeps the last ten thousand messages. A
//! message is delivered once it is here; with a relay, an email once the relay has taken it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cognito_model::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Notify;

use super::Sender;
use super::smtp::Relay;

/// The states of a message: in the outbox and nowhere else, or given to one of the pool's functions.
pub const DELIVERED: &str = "DELIVERED";
pub const HANDED_OVER: &str = "HANDED_OVER";

const MOST_MESSAGES: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Medium {
    Email,
    Sms,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: String,
    #[serde(serialize_with = "rfc3339")]
    pub time: Timestamp,
    pub user_pool_id: String,
    #[serde(skip)]
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
    pub status: &'static str,
    #[serde(skip)]
    pub sender: Sender,
}

/// What a caller wants to see; what is `None` matches everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub user_pool_id: Option<String>,
    pub account: Option<String>,
    pub username: Option<String>,
    pub destination: Option<String>,
    pub medium: Option<Medium>,
    pub since: Option<Timestamp>,
}

impl Filter {
    fn matches(&self, message: &Message) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|it| it == value);
        is(&self.user_pool_id, &message.user_pool_id)
            && is(&self.account, &message.account)
            && is(&self.username, &message.username)
            && is(&self.destination, &message.destination)
            && self.medium.is_none_or(|medium| medium == message.medium)
            && self.since.is_none_or(|since| message.time >= since)
    }
}

/// The messages, and how many there were of each medium.
#[derive(Default)]
pub(super) struct Messages(Mutex<VecDeque<Message>>, [AtomicU64; 2]);

impl Messages {
    pub fn set_status(&self, id: &str, status: &'static str) {
        let mut messages = self.0.lock();
        // The one that was just relayed is near the end.
        if let Some(message) = messages.iter_mut().rev().find(|it| it.id == id) {
            message.status = status;
        }
    }
}

#[derive(Default)]
pub struct Outbox {
    messages: Arc<Messages>,
    arrival: Notify,
    relay: OnceLock<Relay>,
}

impl Outbox {
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

    pub fn deliver(&self, mut message: Message) {
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
        let mut messages = self.messages.0.lock();
        let is_relayed = message.medium == Medium::Email && message.status == DELIVERED;
        if let Some(relay) = self.relay.get().filter(|_| is_relayed) {
            // Under the lock, so that the relay finds the message whose status it sets.
            message.status = "PENDING";
            if !relay.send(&message) {
                message.status = "FAILED";
            }
        }
        if messages.len() == MOST_MESSAGES {
            messages.pop_front();
        }
        let count = &self.messages.1[usize::from(message.medium == Medium::Sms)];
        count.fetch_add(1, Ordering::Relaxed);
        messages.push_back(message);
        drop(messages);
        self.arrival.notify_waiters();
    }

    /// Oldest first.
    pub fn find(&self, filter: &Filter) -> Vec<Message> {
        self.messages
            .0
            .lock()
            .iter()
            .filter(|message| filter.matches(message))
            .cloned()
            .collect()
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

    /// Forgets what the filter finds.
    pub fn forget(&self, filter: &Filter) {
        let mut messages = self.messages.0.lock();
        messages.retain(|message| !filter.matches(message));
    }

    /// How many there were, of each medium: emails, text messages.
    pub fn sent(&self) -> [u64; 2] {
        self.messages
            .1
            .each_ref()
            .map(|count| count.load(Ordering::Relaxed))
    }
}

fn rfc3339<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    match jiff::Timestamp::from_millisecond(time.as_millis()) {
        Ok(time) => serializer.collect_str(&time),
        Err(_) => serializer.serialize_i64(time.as_millis()),
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
        outbox.forget(&Filter::default());
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
