//! What a pool with threat protection remembers of its users' sign-ins and other activity
//! (facts/users.md §14). Every event is judged to be without risk: nothing here estimates one.

use cognito_model::Timestamp;
use cognito_model::idp::{
    AuthEventType, ChallengeName, ChallengeResponse, ChallengeResponseType, EventContextDataType,
    EventFeedbackType, EventResponseType, EventRiskType, EventType, FeedbackValueType,
    RiskDecisionType,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::errors::{self, Result};
use crate::rare::Blank;

/// AWS keeps them for two years; here are the newest of each user.
const MOST_EVENTS: usize = 1000;

/// One event as it comes about, or goes on.
pub struct Activity<'a> {
    pub id: Uuid,
    pub kind: EventType,
    pub response: EventResponseType,
    /// What was answered, and whether rightly.
    pub answered: &'a [(ChallengeName, ChallengeResponse)],
    pub address: &'a str,
    pub now: Timestamp,
}

/// Of one user, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthEvents(Vec<AuthEventType>);

impl Blank for AuthEvents {
    fn blank() -> &'static Self {
        static BLANK: AuthEvents = AuthEvents(Vec::new());
        &BLANK
    }
}

impl AuthEvents {
    /// Newest first, as AWS lists them.
    pub fn newest_first(&self) -> Vec<&AuthEventType> {
        self.0.iter().rev().collect()
    }

    /// Adds an event, or changes the one that it goes on with.
    pub fn note(&mut self, activity: &Activity<'_>) {
        let id = activity.id.to_string();
        let challenge_responses = activity
            .answered
            .iter()
            .map(|(name, response)| ChallengeResponseType {
                challenge_name: Some(*name),
                challenge_response: Some(*response),
            })
            .collect();
        let before = self
            .0
            .iter_mut()
            .find(|it| it.event_id.as_ref() == Some(&id));
        if let Some(event) = before {
            event.event_response = Some(activity.response);
            event.challenge_responses = Some(challenge_responses);
            return;
        }
        if self.0.len() == MOST_EVENTS {
            self.0.remove(0);
        }
        self.0.push(AuthEventType {
            event_id: Some(id),
            event_type: Some(activity.kind),
            creation_date: Some(activity.now),
            event_response: Some(activity.response),
            event_risk: Some(EventRiskType {
                risk_decision: Some(RiskDecisionType::NoRisk),
                risk_level: None,
                compromised_credentials_detected: Some(false),
            }),
            challenge_responses: Some(challenge_responses),
            event_context_data: Some(EventContextDataType {
                ip_address: Some(activity.address.to_owned()),
                ..Default::default()
            }),
            event_feedback: None,
        });
    }

    /// What an administrator thinks of an event.
    pub fn judge(&mut self, id: &str, value: FeedbackValueType, now: Timestamp) -> Result<()> {
        let mut events = self.0.iter_mut();
        let event = events
            .find(|it| it.event_id.as_deref() == Some(id))
            .ok_or_else(errors::auth_event_not_found)?;
        event.event_feedback = Some(EventFeedbackType {
            feedback_value: value,
            provider: "Admin".to_owned(),
            feedback_date: Some(now),
        });
        Ok(())
    }
}
