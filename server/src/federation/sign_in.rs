//! What becomes of somebody whom a provider knows: a new user, a user who comes again, or the user whom an
//! administrator linked. The pool's functions are asked in AWS's order (facts/triggers.md §4).

use cognito_model::idp::{
    AdminGetUser, AttributeType, CreateGroupRequest, EventResponseType, EventType,
};
use cognito_model::{Operation, Rejection};
use serde_json::{Value, json};
use uuid::Uuid;

use super::mapping::Mapped;
use super::{Claims, Proof};
use crate::accounts::{self, CONFIRM_SIGN_UP, Confirmed, SignUpQuestion};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::triggers::{self, Event, Question, Trigger};
use crate::user_pools::{
    Activity, Authentication, Client, Group, IdentityProvider, LinkedIdentity, NewUser, SUBJECT,
    User, UserPool,
};

/// Signs in whom the proof is about.
pub(crate) async fn sign_in(
    cx: &Context,
    pool: &Pool,
    client_id: &str,
    proof: &Proof,
) -> Result<Authentication> {
    let entry = Entry {
        cx,
        client_id,
        proof,
        new_sub: cx.app.random.sub(),
        event_id: cx.app.random.uuid(),
    };
    let step = |state: &mut PoolState| entry.take(state);
    let (sub, is_new) = triggers::settle(cx, || pool.write_through(client_id, step)).await?;
    if is_new {
        let confirmed = Confirmed {
            source: CONFIRM_SIGN_UP,
            client_id: Some(client_id),
            sub: &sub,
            metadata: None,
        };
        confirmed.tell(cx, pool).await?;
    }
    Ok(Authentication {
        sub,
        auth_time: cx.now_seconds(),
        event_id: entry.event_id,
        acr: None,
    })
}

struct Entry<'a> {
    cx: &'a Context,
    client_id: &'a str,
    proof: &'a Proof,
    new_sub: String,
    event_id: Uuid,
}

impl Entry<'_> {
    /// Whose `sub`, and whether the user is new.
    fn take(&self, state: &mut PoolState) -> Result<(String, bool)> {
        let (client, settings) = (state.client(self.client_id)?, state.settings());
        let name = &self.proof.provider;
        let provider = state.identity_providers().get(name);
        let provider = provider.filter(|_| client.supports_provider(name));
        let provider = provider.ok_or_else(|| errors::provider_is_gone(name))?;
        if settings.blocks(self.client_id, &self.cx.user_address(false, None)) {
            return Err(errors::blocked_for_security());
        }
        let subject = &self.proof.subject;
        let username = format!("{name}_{subject}");
        // Captured: facts/oauth.md §13.3.
        let username = if settings.is_case_sensitive() {
            username
        } else {
            username.to_lowercase()
        };
        check_username(settings, &username)?;
        let claims = self.ask_inbound(settings, provider, &username)?;
        let claims = claims.as_ref().unwrap_or(&self.proof.claims);
        let mapped = Mapped::of(provider, client, settings.schema(), claims);
        let users = state.users();
        let linked = || {
            let mut attributes = users.attributes_of_provider(name).into_iter();
            attributes.find_map(|it| users.find_by_identity(name, it, mapped.get(it)?))
        };
        if let Some(user) = users
            .find_by_identity(name, SUBJECT, subject)
            .or_else(linked)
        {
            let changed = self.greet(state, client, user, &mapped)?;
            let (username, sub) = (changed.username.clone(), changed.sub.clone());
            accounts::check_names(state, user, &changed)?;
            state.update_user(&username, |user| *user = changed)?;
            return Ok((sub, false));
        }
        if users.find(&username).is_some() {
            return Err(errors::federated_user_exists(&username));
        }
        let user = self.welcome(settings, provider, username, &mapped)?;
        let sub = user.sub.clone();
        if let Some(group) = user.groups.first()
            && state.groups().get(group).is_none()
        {
            let group = group_of(settings, provider, group);
            state.add_group(Group::create(group, self.cx.now))?;
        }
        state.insert_user(user);
        Ok((sub, true))
    }

    /// A user who comes for the first time.
    fn welcome(
        &self,
        settings: &UserPool,
        provider: &IdentityProvider,
        username: String,
        mapped: &Mapped<'_>,
    ) -> Result<User> {
        let (cx, proof) = (self.cx, self.proof);
        let attributes = mapped.of_new_user()?;
        let attribute = |(name, value): (&str, &str)| AttributeType {
            name: name.to_owned(),
            value: Some(value.to_owned()),
        };
        // Aliases that federated users do not have, and are told of (captured: facts/triggers.md §2).
        let aliases = [
            ("cognito:email_alias", ""),
            ("cognito:phone_number_alias", ""),
        ];
        let told: Vec<_> = attributes.iter().chain(aliases).map(attribute).collect();
        let question = SignUpQuestion {
            source: "PreSignUp_ExternalProvider",
            client_id: self.client_id,
            username: &username,
            given: &told,
            // Captured: amplify-js#8823.
            validation_data: Some(&[]),
            metadata: None,
        };
        let wishes = question.wishes(cx, settings)?;
        let issuer = proof.issuer.as_deref();
        let identity = LinkedIdentity::primary(provider, &proof.subject, issuer, cx.now);
        let sub = self.new_sub.clone();
        let mut user = NewUser::of_provider(username, sub, attributes, identity, cx.now);
        wishes.apply_to_federated(&mut user)?;
        let group = format!("{}_{}", settings.id(), provider.name());
        user.groups.push(group.into());
        self.note(settings, &mut user);
        Ok(user)
    }

    /// A user who comes again: as the user is from now on.
    fn greet(
        &self,
        state: &PoolState,
        client: &Client,
        user: &User,
        mapped: &Mapped<'_>,
    ) -> Result<User> {
        let settings = state.settings();
        if !user.enabled {
            return Err(errors::user_is_disabled());
        }
        let mut request = json!({
            "userAttributes": triggers::user_attributes(settings, user),
            "validationData": {},
        });
        if client.hides_user_existence() {
            request["userNotFound"] = json!(false);
        }
        self.ask(settings, Trigger::PreAuthentication, user, request)?;
        let mut changed = user.clone();
        mapped.refresh(&mut changed)?;
        if changed != *user {
            changed.modified = self.cx.now;
        }
        if self.proof.issuer.is_some() {
            let identities = changed.identities.iter_mut();
            for it in identities.filter(|it| it.provider_name == self.proof.provider) {
                it.issuer.clone_from(&self.proof.issuer);
            }
        }
        let request = json!({
            "userAttributes": triggers::user_attributes(settings, &changed),
            "newDeviceUsed": false,
        });
        self.ask(settings, Trigger::PostAuthentication, &changed, request)?;
        self.note(settings, &mut changed);
        Ok(changed)
    }

    fn ask(
        &self,
        settings: &UserPool,
        trigger: Trigger,
        user: &User,
        request: Value,
    ) -> Result<()> {
        triggers::ask(self.cx, settings, trigger, || {
            let question = Question {
                source: &format!("{}_Authentication", trigger.name()),
                client_id: Some(self.client_id),
                username: &user.username,
                request,
                response: Some(json!({})),
            };
            Event::new(settings, trigger, question)
        })
        .map(drop)
    }

    /// InboundFederation may give other claims than the provider's; an empty answer leaves them
    /// (documented: facts/triggers.md §6.10).
    fn ask_inbound(
        &self,
        settings: &UserPool,
        provider: &IdentityProvider,
        username: &str,
    ) -> Result<Option<Claims>> {
        let answer = triggers::ask(self.cx, settings, Trigger::InboundFederation, || {
            let question = Question {
                source: "InboundFederation_ExternalProvider",
                client_id: Some(self.client_id),
                username,
                request: json!({
                    "providerName": provider.name(),
                    "providerType": provider.provider_type(),
                    "attributes": self.proof.told,
                }),
                response: Some(json!({"userAttributesToMap": {}})),
            };
            Event::new(settings, Trigger::InboundFederation, question)
        })?;
        match answer.as_ref().and_then(|it| it.get("userAttributesToMap")) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(claims)) if claims.is_empty() => Ok(None),
            Some(Value::Object(claims)) => Ok(Some(claims.clone())),
            Some(_) => Err(errors::lambda_output_unrecognizable()),
        }
    }

    fn note(&self, settings: &UserPool, user: &mut User) {
        if settings.check_threat_protection().is_ok() {
            user.events.note(&Activity {
                id: self.event_id,
                kind: EventType::SignIn,
                response: EventResponseType::Pass,
                answered: &[],
                address: &self.cx.user_address(false, None),
                now: self.cx.now,
            });
        }
    }
}

/// As of every user whom an operation names.
fn check_username(pool: &UserPool, username: &str) -> Result<()> {
    let given = json!({"UserPoolId": pool.id(), "Username": username});
    cognito_model::validate(AdminGetUser::INPUT, &given).map_err(|rejection| match rejection {
        Rejection::Serialization(message) => errors::wrong_type(message),
        Rejection::Constraints(items) => errors::federated_username(cognito_model::message(&items)),
    })
}

/// All who come from one provider are in it (captured: facts/captured.md 96).
fn group_of(settings: &UserPool, provider: &IdentityProvider, name: &str) -> CreateGroupRequest {
    CreateGroupRequest {
        group_name: name.to_owned(),
        user_pool_id: settings.id().to_owned(),
        description: Some(format!(
            "Autogenerated group for users who sign in using {}",
            provider.name()
        )),
        role_arn: None,
        precedence: None,
    }
}

/// The claim by which a provider names its users, letter by letter: who differs by a space is somebody else,
/// whom nobody could address.
pub(super) fn subject(provider: &IdentityProvider, claims: &Claims) -> Result<String> {
    let mapping = provider.description.attribute_mapping.as_ref();
    let claim = mapping.and_then(|it| it.get("username"));
    let claim = claim.map_or_else(
        || super::subject_claim(provider.provider_type()),
        String::as_str,
    );
    let subject = match claims.get(claim) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    subject
        .filter(|it| !it.is_empty() && it.trim() == it)
        .ok_or_else(errors::username_mapping_required)
}
