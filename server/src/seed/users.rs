//! Users of a seed: in the list of a pool, or one a line in a file of their own. They are taken in by
//! the thousand, so that a million of them are as many steps of the pool as a thousand requests.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use cognito_model::Timestamp;
use cognito_model::idp::{AdminCreateUser, AttributeType, MessageActionType, UserStatusType};
use serde_json::{Value, json};

use super::fields::Fields;
use super::progress::Progress;
use super::{Problem, document};
use crate::app::App;
use crate::errors;
use crate::store::{Pool, PoolState};
use crate::user_pools::{
    Factor, LinkedIdentity, NewUser, Password, Preferences, SoftwareToken, TotpSecret, User,
    parse_identities,
};

/// Users in one step of their pool.
const BATCH: usize = 1000;

/// A line of a file of users, at the most.
const LONGEST_LINE: usize = 1024 * 1024;

/// What is asked of a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Passwords {
    AsPolicyHasThem,
    /// Whatever another double took.
    Any,
}

/// A user who is checked as far as can be without the pool.
pub(super) struct Draft {
    path: String,
    username: String,
    sub: Option<String>,
    attributes: Vec<AttributeType>,
    identities: Vec<LinkedIdentity>,
    password: Option<String>,
    passwords: Passwords,
    is_temporary: bool,
    status: Option<UserStatusType>,
    enabled: bool,
    created: Timestamp,
    modified: Timestamp,
    second_factors: SecondFactors,
    groups: Vec<String>,
}

/// The users of a list.
pub(super) fn apply(
    app: &App,
    pool: &Pool,
    users: Vec<(Value, String)>,
    passwords: Passwords,
) -> Result<(), Problem> {
    let mut progress = Progress::new(users.len());
    let mut drafts = Vec::new();
    for (index, (user, path)) in users.into_iter().enumerate() {
        let mut fields = Fields::described(user, &path, "User")?;
        fields.belongs_to(pool.id())?;
        drafts.push(Draft::read(app, fields, passwords)?);
        if drafts.len() == BATCH {
            insert(app, pool, &mut drafts)?;
        }
        progress.advance(index);
    }
    insert(app, pool, &mut drafts)
}

/// A file of one user a line, in JSON, who names the pool by its UserPoolId.
pub(super) fn apply_lines(app: &App, file: &Path) -> Result<(), Problem> {
    let problem = |error| Problem::at("", error);
    let opened = File::open(file).map_err(problem)?;
    let length = opened.metadata().map_err(problem)?.len();
    let mut progress = Progress::new(usize::try_from(length).unwrap_or(usize::MAX));
    let mut reader = BufReader::new(opened);
    let mut batch: Option<(Arc<Pool>, Vec<Draft>)> = None;
    let (mut line, mut done) = (Vec::new(), 0);
    for number in 1.. {
        line.clear();
        let limit = LONGEST_LINE as u64 + 1;
        let read = reader.by_ref().take(limit).read_until(b'\n', &mut line);
        done += read.map_err(problem)?;
        if line.is_empty() {
            break;
        }
        if line.len() > LONGEST_LINE {
            return Err(Problem::at("", "a line has 1 MiB at the most").on_line(number));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let (pool, draft) = read_line(app, &line, number).map_err(|it| it.on_line(number))?;
        let (of, drafts) = batch.get_or_insert_with(|| (pool.clone(), Vec::new()));
        if of.id() != pool.id() || drafts.len() == BATCH {
            insert(app, of, drafts)?;
            *of = pool;
        }
        drafts.push(draft);
        progress.advance(done);
    }
    match batch {
        Some((pool, mut drafts)) => insert(app, &pool, &mut drafts),
        None => Ok(()),
    }
}

fn read_line(app: &App, line: &[u8], number: usize) -> Result<(Arc<Pool>, Draft), Problem> {
    let mut fields = Fields::of(document::parse_line(line)?, "")?;
    let Some(id) = fields.text("UserPoolId")? else {
        return Err(Problem::at("", "UserPoolId is wanted here"));
    };
    let Some(pool) = app.store.user_pool(&id) else {
        return Err(fields.problem("UserPoolId", errors::user_pool_not_found(&id)));
    };
    fields.set("UserPoolId", id);
    let mut draft = Draft::read(app, fields, Passwords::AsPolicyHasThem)?;
    draft.path = format!("line {number}");
    Ok((pool, draft))
}

/// Takes the drafts in, in one step.
fn insert(app: &App, pool: &Pool, drafts: &mut Vec<Draft>) -> Result<(), Problem> {
    let now = app.clock.now();
    let inserted = pool.write(|state| {
        // Those before one who is refused are in: the step itself is not refused.
        Ok(drafts.drain(..).try_for_each(|draft| {
            let path = draft.path.clone();
            draft
                .insert(app, pool, state, now)
                .map_err(|error| match path.strip_prefix("line ") {
                    Some(line) => Problem::at("", error).on_line(line.parse().unwrap_or(0)),
                    None => Problem::at(path, error),
                })
        }))
    });
    inserted.map_err(|error| Problem::at("", error))?
}

impl Draft {
    pub(super) fn read(
        app: &App,
        mut fields: Fields,
        passwords: Passwords,
    ) -> Result<Self, Problem> {
        fields.rename("Attributes", "UserAttributes");
        fields.ignore(&["MFAOptions"]);
        let path = fields.path().to_owned();
        let mut groups = Vec::new();
        for (group, path) in fields.list("Groups")? {
            match group {
                Value::String(group) => groups.push(group),
                _ => return Err(Problem::at(path, "the name of a group is wanted here")),
            }
        }
        let own = fields.take("Password");
        let is_temporary = own.is_none();
        let mut password = None;
        if let Some(own) = own {
            if fields.contains("TemporaryPassword") {
                let problem = "a user has this or Password, not both";
                return Err(fields.problem("TemporaryPassword", problem));
            }
            match (own, passwords) {
                (Value::String(own), Passwords::Any) => password = Some(own),
                // Both are passwords, under the same rules.
                (own, _) => fields.set("TemporaryPassword", own),
            }
        }
        let status =
            match fields.text("UserStatus")? {
                None => None,
                Some(text) => {
                    let status = text.parse::<UserStatusType>();
                    Some(status.map_err(|_| {
                        fields.problem("UserStatus", format!("{text} is not a status"))
                    })?)
                }
            };
        let enabled = fields.flag("Enabled")?.unwrap_or(true);
        let created = moment(&mut fields, "UserCreateDate")?.unwrap_or(app.clock.now());
        let modified = moment(&mut fields, "UserLastModifiedDate")?.unwrap_or(created);
        let second_factors = second_factors(&mut fields)?;
        let listed_sub = list_attributes(&mut fields)?;
        let sub = fields.text("Sub")?.or(listed_sub);
        if sub.as_deref().is_some_and(|sub| !is_sub(sub)) {
            return Err(fields.problem("Sub", "a sub has 1 to 55 letters, digits and dashes"));
        }
        let request = fields.request::<AdminCreateUser>()?;
        for (name, is_there) in [
            ("ValidationData", request.validation_data.is_some()),
            ("ClientMetadata", request.client_metadata.is_some()),
            (
                "DesiredDeliveryMediums",
                request.desired_delivery_mediums.is_some(),
            ),
            (
                "ForceAliasCreation",
                request.force_alias_creation == Some(true),
            ),
            (
                "MessageAction",
                request.message_action == Some(MessageActionType::Resend),
            ),
        ] {
            if is_there {
                let problem = "a seed sends no messages, asks no functions and moves no aliases";
                return Err(Problem::at(format!("{path}.{name}"), problem));
            }
        }
        let mut attributes = request.user_attributes.unwrap_or_default();
        let identities = take_identities(&mut attributes)
            .map_err(|problem| Problem::at(format!("{path}.UserAttributes.identities"), problem))?;
        Ok(Self {
            path,
            username: request.username,
            sub,
            attributes,
            identities,
            password: password.or(request.temporary_password),
            passwords,
            is_temporary,
            status,
            enabled,
            created,
            modified,
            second_factors,
            groups,
        })
    }

    /// Nothing where the user is there already.
    pub(super) fn insert(
        self,
        app: &App,
        pool: &Pool,
        state: &mut PoolState,
        now: Timestamp,
    ) -> errors::Result<()> {
        let settings = state.settings();
        let sub = self.sub;
        let new_sub = || sub.clone().unwrap_or_else(|| app.random.sub());
        let mut username = self.username;
        // Where an address is the username, ListUsers prints the sub.
        if sub.as_ref() == Some(&username) {
            for kind in settings.description.username_attributes.iter().flatten() {
                let name = kind.to_string();
                let address = self.attributes.iter().find(|it| it.name == name);
                if let Some(address) = address.and_then(|it| it.value.clone()) {
                    username = address;
                    break;
                }
            }
        }
        let new = NewUser::draft(&username, &self.attributes, settings, new_sub)?;
        if new.is_known(state.users()) {
            return Ok(());
        }
        // In a folder whoever has the sub is this user, whatever has become of the names since.
        if let Some(sub) = &sub
            && state.users().find(sub).is_some()
        {
            return super::stay(app, &self.path, errors::id_is_taken(sub));
        }
        if let Some(taken) = self
            .identities
            .iter()
            .find(|it| it.owner(state.users()).is_some())
        {
            return Err(errors::id_is_taken(&taken.value));
        }
        if let Err(error) = new.check_names(state.users(), false) {
            return super::stay(app, &self.path, error);
        }
        let mut user = new.into_user(self.created);
        let mut usual = UserStatusType::Confirmed;
        if let Some(text) = &self.password {
            let broken = settings.password_policy().broken_rule(text);
            if let Some(rule) = broken.filter(|_| self.passwords == Passwords::AsPolicyHasThem) {
                return Err(errors::password_did_not_conform(rule));
            }
            let hashed = Password::new(app.random.bytes(), pool.id(), &user.username, text);
            user.password = Some(if self.is_temporary {
                hashed.temporary(now)
            } else {
                hashed
            });
            if self.is_temporary {
                usual = UserStatusType::ForceChangePassword;
            }
        }
        user.status = self.status.unwrap_or(usual);
        user.enabled = self.enabled;
        user.modified = self.modified;
        self.second_factors.set_up(&mut user)?;
        if !self.identities.is_empty() {
            *user.identities = self.identities;
        }
        for group in &self.groups {
            user.groups.push(state.group(group)?.name().into());
        }
        state.insert_user(user);
        Ok(())
    }
}

/// The second factors of a seeded user.
struct SecondFactors {
    secret: Option<TotpSecret>,
    enabled: Vec<Factor>,
    preferred: Option<Factor>,
}

fn second_factors(fields: &mut Fields) -> Result<SecondFactors, Problem> {
    let factor = |name: &str| Factor::named(name).ok_or(format!("{name} is not a second factor"));
    let secret = match fields.text("SoftwareTokenSecret")? {
        None => None,
        Some(text) => Some(TotpSecret::from_base32(&text).ok_or_else(|| {
            fields.problem(
                "SoftwareTokenSecret",
                "this is not base 32 of 16 bytes or more",
            )
        })?),
    };
    let mut enabled: Vec<_> = secret.iter().map(|_| Factor::SoftwareToken).collect();
    for (name, path) in fields.list("UserMFASettingList")? {
        let name = name.as_str().unwrap_or_default();
        enabled.push(factor(name).map_err(|problem| Problem::at(path, problem))?);
    }
    let preferred = match fields.text("PreferredMfaSetting")? {
        None => None,
        Some(name) => {
            Some(factor(&name).map_err(|problem| fields.problem("PreferredMfaSetting", problem))?)
        }
    };
    enabled.extend(preferred);
    Ok(SecondFactors {
        secret,
        enabled,
        preferred,
    })
}

impl SecondFactors {
    /// As the API would: a factor is on only where it is set up.
    fn set_up(self, user: &mut User) -> errors::Result<()> {
        if let Some(secret) = self.secret {
            user.factors.software_token = Some(SoftwareToken::new(secret, None, 0));
        }
        if !self.enabled.is_empty() {
            let on = |factor| {
                let is_on = self.enabled.contains(&factor);
                is_on.then_some((true, self.preferred == Some(factor)))
            };
            let preferences = Preferences::of(on);
            *user.factors = user.factors.with(&preferences, &user.attributes)?;
        }
        Ok(())
    }
}

/// The attribute that no request can give: the identities of external providers, as the API prints them.
fn take_identities(
    attributes: &mut Vec<AttributeType>,
) -> Result<Vec<LinkedIdentity>, &'static str> {
    let Some(index) = attributes.iter().position(|it| it.name == "identities") else {
        return Ok(Vec::new());
    };
    let text = attributes.remove(index).value.unwrap_or_default();
    parse_identities(&text).ok_or("this is not what AdminGetUser prints")
}

fn is_sub(text: &str) -> bool {
    (1..=55).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Makes a map of attributes the list of names and values that AWS takes, and answers `sub`, which
/// comes apart.
fn list_attributes(fields: &mut Fields) -> Result<Option<String>, Problem> {
    let mut list = match fields.take("UserAttributes") {
        None => return Ok(None),
        Some(Value::Array(list)) => list,
        Some(Value::Object(map)) => map
            .into_iter()
            .map(|(name, value)| {
                // YAML makes a flag of true and a number of 12.
                let value = match value {
                    Value::Bool(_) | Value::Number(_) => json!(value.to_string()),
                    other => other,
                };
                json!({"Name": name, "Value": value})
            })
            .collect(),
        Some(_) => {
            let problem = "a map, or a list of Name and Value, is wanted here";
            return Err(fields.problem("UserAttributes", problem));
        }
    };
    let sub = list
        .iter()
        .position(|it| it.get("Name").is_some_and(|name| name == "sub"));
    let sub = sub.map(|index| list.remove(index));
    fields.set("UserAttributes", list);
    Ok(sub.and_then(|it| Some(it.get("Value")?.as_str()?.to_owned())))
}

/// A time as AWS's CLI prints it, or epoch seconds as the API does.
fn moment(fields: &mut Fields, name: &str) -> Result<Option<Timestamp>, Problem> {
    match fields.take(name) {
        None => Ok(None),
        Some(Value::String(text)) => match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Ok(Some(Timestamp::from_millis(moment.as_millisecond()))),
            Err(error) => Err(fields.problem(name, error)),
        },
        Some(number) => {
            let moment: Timestamp =
                serde_json::from_value(number).map_err(|error| fields.problem(name, error))?;
            if jiff::Timestamp::from_millisecond(moment.as_millis()).is_err() {
                return Err(fields.problem(name, "out of the range of time"));
            }
            Ok(Some(moment))
        }
    }
}
