//! The resources of Cognito: their properties as requests of the API
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html>).

use std::collections::BTreeMap;
use std::sync::Arc;

use cognito_model::idp::{DeliveryMediumType, MessageActionType};
use serde_json::{Map, Value, json};

use super::{Made, Stack};
use crate::delivery::{self, DELIVERED, Kind, Medium, Message, Sender};
use crate::errors;
use crate::seed::fields::Fields;
use crate::seed::users::{Draft, Passwords};
use crate::seed::{Problem, identity_pools, settings, user_pools};
use crate::store::Pool;
use crate::user_pools::User;

fn made<const N: usize>(reference: &str, attributes: [(&'static str, String); N]) -> Made {
    Made {
        reference: reference.to_owned(),
        attributes: BTreeMap::from(attributes),
        is_foreign: false,
    }
}

impl Stack<'_> {
    pub(super) fn create(
        &mut self,
        id: &str,
        kind: &str,
        mut fields: Fields,
    ) -> Result<Made, Problem> {
        match kind {
            "UserPool" => return self.create_user_pool(id, fields),
            "IdentityPool" => return self.create_identity_pool(id, fields),
            "IdentityPoolRoleAttachment" => return self.attach_roles(id, fields),
            "IdentityPoolPrincipalTag" => {
                return identity_pools::apply_tags(self.app, fields).map(|it| made(&it, []));
            }
            _ => {}
        }
        let app = self.app;
        let pool = self.pool(&mut fields)?;
        let is_new = self.new_pools.contains(pool.id());
        let name_or = |fields: &mut Fields, property: &str| -> Result<String, Problem> {
            let name = match fields.text(property)? {
                Some(name) => name,
                None => self.names(id).short_name(),
            };
            fields.set(property, &*name);
            Ok(name)
        };
        // The id of something of one client, as CloudFormation writes it.
        let of_client = |fields: &Fields| {
            let client_id = fields.get("ClientId").and_then(Value::as_str);
            format!("{}|{}", pool.id(), client_id.unwrap_or_default())
        };
        match kind {
            "UserPoolClient" => self.create_client(id, &pool, fields),
            "UserPoolGroup" => {
                let name = name_or(&mut fields, "GroupName")?;
                user_pools::apply_group(app, &pool, fields)?;
                Ok(made(&name, []))
            }
            "UserPoolUser" => {
                let name = name_or(&mut fields, "Username")?;
                self.create_user(id, &pool, fields)?;
                Ok(made(&name, []))
            }
            "UserPoolUserToGroupAttachment" => {
                let group = fields.text("GroupName")?.unwrap_or_default();
                let user = fields.text("Username")?.unwrap_or_default();
                let path = fields.path().to_owned();
                fields.ignore(&["UserPoolId"]);
                fields.end("AWS::Cognito::UserPoolUserToGroupAttachment has no such property")?;
                if is_new {
                    pool.write(|state| state.add_to_group(&user, &group))
                        .map_err(|error| Problem::at(path, error))?;
                }
                Ok(made(&format!("{}|{group}|{user}", pool.id()), []))
            }
            "UserPoolDomain" => {
                let name = fields.get("Domain").and_then(Value::as_str);
                let name = name.unwrap_or_default().to_owned();
                user_pools::apply_domain(app, &pool, fields)?;
                let front =
                    pool.read(|state| state.domain(&name).map(|it| it.cloud_front_domain()));
                let front = front.ok().flatten().unwrap_or_default();
                Ok(made(
                    &name,
                    [("CloudFrontDistribution", front), ("Id", name.clone())],
                ))
            }
            "UserPoolResourceServer" => {
                let identifier = fields.get("Identifier").and_then(Value::as_str);
                let identifier = identifier.unwrap_or_default().to_owned();
                user_pools::apply_resource_server(&pool, fields)?;
                Ok(made(&identifier, []))
            }
            "UserPoolIdentityProvider" => {
                let name = fields.get("ProviderName").and_then(Value::as_str);
                let name = name.unwrap_or_default().to_owned();
                user_pools::apply_provider(app, &pool, fields)?;
                Ok(made(&name, []))
            }
            "UserPoolRiskConfigurationAttachment" => {
                let reference = of_client(&fields);
                settings::apply_risk(app, &pool, fields)?;
                Ok(made(&reference, []))
            }
            "UserPoolUICustomizationAttachment" => {
                let reference = of_client(&fields);
                settings::apply_look(app, &pool, fields)?;
                Ok(made(&reference, []))
            }
            "LogDeliveryConfiguration" => {
                if !fields.contains("LogConfigurations") {
                    fields.set("LogConfigurations", json!([]));
                }
                settings::apply_logs(&pool, fields)?;
                Ok(made(pool.id(), [("Id", pool.id().to_owned())]))
            }
            "ManagedLoginBranding" => {
                // It changes nothing but what describing the resource shows.
                fields.flag("ReturnMergedResources")?;
                let style = settings::apply_style(app, &pool, fields, Some(self.names(id).uuid()))?;
                let reference = format!("{}|{style}", pool.id());
                Ok(made(&reference, [("ManagedLoginBrandingId", style)]))
            }
            "Terms" => {
                let terms = settings::apply_terms(app, &pool, fields, Some(self.names(id).uuid()))?;
                let reference = format!("{}|{terms}", pool.id());
                Ok(made(&reference, [("TermsId", terms)]))
            }
            _ => Err(Problem::at(
                format!("Resources.{id}.Type"),
                format!("AWS::Cognito::{kind} cannot be created here"),
            )),
        }
    }

    /// The pool that a resource is of.
    fn pool(&self, fields: &mut Fields) -> Result<Arc<Pool>, Problem> {
        let Some(id) = fields.text("UserPoolId")? else {
            return Err(fields.problem("UserPoolId", "the id of a user pool is wanted here"));
        };
        let pool = self.app.store.user_pool(&id);
        pool.ok_or_else(|| fields.problem("UserPoolId", errors::user_pool_not_found(&id)))
    }

    fn create_user_pool(&mut self, id: &str, mut fields: Fields) -> Result<Made, Problem> {
        // A field of a description, which is no property.
        if let Some(name) = ["PoolName", "Name", "Id", "SchemaAttributes"]
            .iter()
            .find(|it| fields.contains(it))
        {
            return Err(fields.problem(name, "AWS::Cognito::UserPool has no such property"));
        }
        fields.rename("UserPoolName", "PoolName");
        let names = self.names(id);
        if !fields.contains("PoolName") {
            fields.set("PoolName", names.short_name());
        }
        let name = fields
            .get("PoolName")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let mfa = second_factors(&mut fields)?;
        let (pool, is_new) =
            user_pools::find_or_create(self.app, fields, Some(names.user_pool_id()))?;
        if is_new {
            if let Some(mfa) = mfa {
                settings::apply_mfa(self.app, &pool, mfa)?;
            }
            self.new_pools.insert(pool.id().to_owned());
        } else if pool.read(|state| state.settings().description.name != name) {
            // Perhaps another template's, in a file of the same name.
            tracing::warn!(
                "seed: {id} of the stack {} is there already, under another name: {}",
                self.name,
                pool.id()
            );
        }
        let provider = format!(
            "cognito-idp.{}.amazonaws.com/{}",
            pool.scope().region,
            pool.id()
        );
        let arn = pool.read(|state| state.settings().description.arn.clone());
        Ok(made(
            pool.id(),
            [
                ("Arn", arn.unwrap_or_default()),
                ("ProviderURL", format!("https://{provider}")),
                ("ProviderName", provider),
                ("UserPoolId", pool.id().to_owned()),
            ],
        ))
    }

    fn create_client(&self, id: &str, pool: &Pool, mut fields: Fields) -> Result<Made, Problem> {
        let names = self.names(id);
        if !fields.contains("ClientName") {
            fields.set("ClientName", names.short_name());
        }
        for name in ["ClientId", "ClientSecret"] {
            if fields.contains(name) {
                let problem = "AWS::Cognito::UserPoolClient has no such property";
                return Err(fields.problem(name, problem));
            }
        }
        fields.set("ClientId", names.client_id());
        if fields.flag("GenerateSecret")? == Some(true) {
            fields.set("ClientSecret", names.client_secret());
        }
        let client_id = user_pools::apply_client(self.app, pool, fields)?;
        let (name, secret) = pool.read(|state| {
            let client = state.client(&client_id).ok();
            let name = client.map(|client| client.name().to_owned());
            let secret = client.and_then(|client| client.secrets.first());
            (name, secret.map(|secret| secret.value.clone()))
        });
        let mut made = made(
            &client_id,
            [
                ("Name", name.unwrap_or_default()),
                ("ClientId", client_id.clone()),
            ],
        );
        if let Some(secret) = secret {
            made.attributes.insert("ClientSecret", secret);
        }
        Ok(made)
    }

    /// As AdminCreateUser does: with a temporary password, which the outbox has.
    fn create_user(&self, id: &str, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
        let app = self.app;
        let metadata = fields.split(&["ClientMetadata", "ValidationData"]);
        if !metadata.is_empty() {
            tracing::info!("seed: {id} is created without asking the pool's functions");
        }
        let mut invitation = fields.split(&["MessageAction", "DesiredDeliveryMediums"]);
        let action = invitation.text("MessageAction")?;
        let action = action.map(|action| action.parse::<MessageActionType>());
        let is_silent = match action {
            None => false,
            Some(Ok(MessageActionType::Suppress)) => true,
            Some(_) => return Err(invitation.problem("MessageAction", "SUPPRESS is wanted here")),
        };
        let mut media = Vec::new();
        for (medium, path) in invitation.list("DesiredDeliveryMediums")? {
            let medium = medium.as_str().and_then(|it| it.parse().ok());
            media.push(medium.ok_or_else(|| Problem::at(path, "EMAIL or SMS is wanted here"))?);
        }
        let length = pool.read(|state| state.settings().password_policy().minimum_length());
        let password = app.random.password(length);
        fields.set("TemporaryPassword", &*password);
        fields.set("Sub", self.names(id).sub());
        fields.set("UserPoolId", pool.id());
        let path = fields.path().to_owned();
        let draft = Draft::read(app, fields, Passwords::AsPolicyHasThem)?;
        let now = app.clock.now();
        let messages = pool
            .write(|state| {
                let known = state.users().len();
                draft.insert(app, pool, state, now)?;
                let user = state.users().find(&self.names(id).sub());
                Ok(
                    match user.filter(|_| state.users().len() > known && !is_silent) {
                        Some(user) => {
                            self.invitations(pool, state.settings(), user, &media, &password)
                        }
                        None => Vec::new(),
                    },
                )
            })
            .map_err(|error| Problem::at(path, error))?;
        for message in messages {
            app.outbox.deliver(message);
        }
        Ok(())
    }

    fn invitations(
        &self,
        pool: &Pool,
        settings: &crate::user_pools::UserPool,
        user: &User,
        media: &[DeliveryMediumType],
        password: &str,
    ) -> Vec<Message> {
        // As AdminCreateUser: by SMS where nothing else is wanted and there is a number.
        let mut ways = vec![("phone_number", Medium::Sms), ("email", Medium::Email)];
        if !media.is_empty() {
            ways.retain(|(_, medium)| {
                media.contains(match medium {
                    Medium::Sms => &DeliveryMediumType::Sms,
                    Medium::Email => &DeliveryMediumType::Email,
                })
            });
        }
        let to = ways
            .into_iter()
            .filter_map(|(name, medium)| Some((user.attributes.get(name)?.to_owned(), medium)));
        let most = media.len().max(1);
        to.take(most)
            .map(|(destination, medium)| {
                let (subject, body) = delivery::template(settings, Kind::Invitation, medium);
                Message {
                    id: self.app.random.uuid().to_string(),
                    time: self.app.clock.now(),
                    account: settings.account().to_owned(),
                    user_pool_id: pool.id().to_owned(),
                    username: user.username.clone(),
                    medium,
                    destination,
                    subject: subject.map(str::to_owned),
                    body: delivery::expand(body, &user.username, password, None),
                    code: Some(password.to_owned()),
                    link: None,
                    trigger: "CustomMessage_AdminCreateUser".to_owned(),
                    status: DELIVERED,
                    sender: Sender::of(settings.description.email_configuration.as_ref()),
                }
            })
            .collect()
    }

    fn create_identity_pool(&self, id: &str, mut fields: Fields) -> Result<Made, Problem> {
        let names = self.names(id);
        if !fields.contains("IdentityPoolName") {
            fields.set("IdentityPoolName", names.short_name());
        }
        for name in ["CognitoStreams", "PushSync", "CognitoEvents"] {
            if fields.take(name).is_some() {
                tracing::info!("seed: {id} is created without {name}, which is of Cognito Sync");
            }
        }
        for name in [
            "IdentityPoolId",
            "Roles",
            "RoleMappings",
            "PrincipalTagAttributeMaps",
        ] {
            if fields.contains(name) {
                let problem = "AWS::Cognito::IdentityPool has no such property";
                return Err(fields.problem(name, problem));
            }
        }
        // A list of keys and values here, a map in the API.
        if fields.get("IdentityPoolTags").is_some_and(Value::is_array) {
            let mut tags = Map::new();
            for (tag, path) in fields.list("IdentityPoolTags")? {
                let mut tag = Fields::loose(tag, &path)?;
                let key = tag.text("Key")?.unwrap_or_default();
                let value = tag.text("Value")?.unwrap_or_default();
                tag.end("a tag has a Key and a Value")?;
                tags.insert(key, value.into());
            }
            fields.set("IdentityPoolTags", tags);
        }
        let name = fields.get("IdentityPoolName").and_then(Value::as_str);
        let name = name.unwrap_or_default().to_owned();
        fields.set("IdentityPoolId", names.identity_pool_id());
        let pool_id = identity_pools::apply_one(self.app, fields)?;
        Ok(made(&pool_id, [("Name", name), ("Id", pool_id.clone())]))
    }

    fn attach_roles(&self, id: &str, mut fields: Fields) -> Result<Made, Problem> {
        // Here a mapping may name its provider by a property, since keys of a template are literal.
        let mut mappings = Map::new();
        for (mapping, path) in fields.entries("RoleMappings")? {
            let key = path
                .rsplit_once("RoleMappings.")
                .map(|(_, key)| key.to_owned());
            let mut mapping = Fields::loose(mapping, &path)?;
            let key = mapping
                .text("IdentityProvider")?
                .or(key)
                .unwrap_or_default();
            mappings.insert(key, mapping.into_value());
        }
        if !mappings.is_empty() {
            fields.set("RoleMappings", mappings);
        }
        if !fields.contains("Roles") {
            fields.set("Roles", json!({}));
        }
        let pool = identity_pools::apply_roles(self.app, fields)?;
        Ok(made(&pool, [("Id", format!("{pool}-{id}"))]))
    }
}

/// What CloudFormation has beside the properties that CreateUserPool takes.
fn second_factors(fields: &mut Fields) -> Result<Option<Fields>, Problem> {
    let enabled = fields.list("EnabledMfas")?;
    let message = fields.take("EmailAuthenticationMessage");
    let subject = fields.take("EmailAuthenticationSubject");
    let mut mfa = fields.split(&[]);
    let mut web_authn = Map::new();
    for (property, member) in [
        ("WebAuthnRelyingPartyID", "RelyingPartyId"),
        ("WebAuthnUserVerification", "UserVerification"),
        ("WebAuthnFactorConfiguration", "FactorConfiguration"),
    ] {
        if let Some(value) = fields.take(property) {
            web_authn.insert(member.to_owned(), value);
        }
    }
    if !web_authn.is_empty() {
        mfa.set("WebAuthnConfiguration", web_authn);
    }
    let mut takes_email = message.is_some() || subject.is_some();
    for (factor, path) in enabled {
        match factor.as_str() {
            Some("SMS_MFA") => {
                let sms = fields.get("SmsConfiguration").cloned();
                let text = fields.get("SmsAuthenticationMessage").cloned();
                let mut members = Map::new();
                members.extend(sms.map(|it| ("SmsConfiguration".to_owned(), it)));
                members.extend(text.map(|it| ("SmsAuthenticationMessage".to_owned(), it)));
                mfa.set("SmsMfaConfiguration", members);
            }
            Some("SOFTWARE_TOKEN_MFA") => {
                mfa.set("SoftwareTokenMfaConfiguration", json!({"Enabled": true}));
            }
            Some("EMAIL_OTP") => takes_email = true,
            _ => {
                let problem = "SMS_MFA, SOFTWARE_TOKEN_MFA or EMAIL_OTP is wanted here";
                return Err(Problem::at(path, problem));
            }
        }
    }
    if takes_email {
        let mut members = Map::new();
        members.extend(message.map(|it| ("Message".to_owned(), it)));
        members.extend(subject.map(|it| ("Subject".to_owned(), it)));
        mfa.set("EmailMfaConfiguration", members);
    }
    if mfa.is_empty() {
        return Ok(None);
    }
    if let Some(mode) = fields.take("MfaConfiguration") {
        mfa.set("MfaConfiguration", mode);
    }
    Ok(Some(mfa))
}
