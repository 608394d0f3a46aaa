//! The relay: every email of the outbox also goes to an SMTP server, by a bounded queue behind the
//! operations, so that none of them waits for it or fails with it.

use std::sync::Arc;
use std::time::Duration;

use cognito_model::idp::EmailConfigurationType;
use lettre::message::{Mailbox, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Email, Tokio1Executor};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::outbox::{Message, Messages};

/// Emails that wait. Those that come when so many do are not relayed.
const LONGEST_QUEUE: usize = 1000;
/// For each step of the conversation with the server.
const PATIENCE: Duration = Duration::from_secs(5);
/// Assumed to be what AWS's own mails come from; documented for pools without a configuration.
const DEFAULT_FROM: &str = "no-reply@verificationemail.com";

/// Who a pool's emails come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    from: String,
    reply_to: Option<String>,
}

impl Sender {
    /// Of a message whose pool is not known any more.
    pub fn usual() -> Self {
        Self::of(None)
    }

    pub fn of(configuration: Option<&EmailConfigurationType>) -> Self {
        let reply_to = configuration.and_then(|it| it.reply_to_email_address.clone());
        let from = configuration.and_then(|it| {
            // An ARN may name a domain, which is no address.
            let identity = it.source_arn.as_deref().and_then(|arn| arn.split_once('/'));
            let identity = identity.map(|(_, identity)| identity.to_owned());
            it.from
                .clone()
                .or_else(|| identity.filter(|it| it.contains('@')))
        });
        Self {
            from: from
                .or_else(|| reply_to.clone())
                .unwrap_or_else(|| DEFAULT_FROM.to_owned()),
            reply_to,
        }
    }
}

pub(super) struct Relay {
    queue: Mutex<Option<mpsc::Sender<Message>>>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

impl Relay {
    /// `smtp://`, or `smtps://` and `?tls=` for TLS, with user and password where the server wants
    /// them. The error does not repeat the URL, which may hold a password.
    pub fn start(url: &str, messages: Arc<Messages>) -> Result<Self, String> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| format!("not an SMTP URL: {error}"))?
            .timeout(Some(PATIENCE))
            .build();
        let (queue, mut waiting) = mpsc::channel::<Message>(LONGEST_QUEUE);
        let worker = tokio::spawn(async move {
            while let Some(message) = waiting.recv().await {
                let status = match relay(&transport, &message).await {
                    Ok(()) => "DELIVERED",
                    Err(error) => {
                        let (id, to) = (&message.id, &message.destination);
                        tracing::warn!(id, to, %error, "an email was not relayed");
                        "FAILED"
                    }
                };
                messages.set_status(&message.id, status);
            }
        });
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            worker: Mutex::new(Some(worker)),
        })
    }

    /// Whether there was room for it.
    pub fn send(&self, message: &Message) -> bool {
        let queue = self.queue.lock();
        let sent = queue
            .as_ref()
            .is_some_and(|queue| queue.try_send(message.clone()).is_ok());
        if !sent {
            let (id, to) = (&message.id, &message.destination);
            tracing::warn!(id, to, "an email was not relayed: the queue is full");
        }
        sent
    }

    /// Until those that wait are gone; none is taken any more.
    pub async fn finish(&self) {
        drop(self.queue.lock().take());
        let worker = self.worker.lock().take();
        if let Some(worker) = worker {
            let _ = worker.await;
        }
    }
}

async fn relay(
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    message: &Message,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let address = |text: &str| text.parse::<Mailbox>();
    let mut email = Email::builder()
        .from(address(&message.sender.from)?)
        .to(address(&message.destination)?)
        .subject(message.subject.clone().unwrap_or_default());
    if let Some(reply_to) = &message.sender.reply_to {
        email = email.reply_to(address(reply_to)?);
    }
    let email = email.singlepart(SinglePart::html(message.body.clone()))?;
    transport.send(email).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_says_who_its_emails_come_from() {
        let from = |configuration: EmailConfigurationType| Sender::of(Some(&configuration)).from;
        assert_eq!(Sender::of(None).from, DEFAULT_FROM);
        let arn = |identity: &str| {
            Some(format!(
                "arn:aws:ses:us-east-1:000000000000:identity/{identity}"
            ))
        };
        let of_arn = EmailConfigurationType {
            source_arn: arn("a@example.com"),
            ..Default::default()
        };
        assert_eq!(from(of_arn.clone()), "a@example.com");
        let named = EmailConfigurationType {
            from: Some("App <app@example.com>".to_owned()),
            ..of_arn
        };
        assert_eq!(from(named), "App <app@example.com>");
        let replies = EmailConfigurationType {
            source_arn: arn("example.com"),
            reply_to_email_address: Some("help@example.com".to_owned()),
            ..Default::default()
        };
        assert_eq!(from(replies), "help@example.com");
    }
}
