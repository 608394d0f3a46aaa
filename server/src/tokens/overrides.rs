//! What a PreTokenGeneration function makes of tokens: the rules of its answer, and of what may not be
//! changed (facts/triggers.md §6.6). An answer of another shape is refused as a whole.

use serde_json::{Map, Value, json};

use crate::errors::{self, Result};
use crate::user_pools::GroupClaims;

/// Claims that no function changes, beside all of AWS's own prefix. `scope` is changed by scopes only
/// (assumed).
const FIXED: [&str; 22] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "client_id",
    "device_key",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "scope",
    "sub",
    "token_use",
    "username",
    "version",
];

/// Claims of an ID token that are not for values with members (documented).
const NEVER_COMPLEX: [&str; 4] = [
    "address",
    "email_verified",
    "phone_number_verified",
    "updated_at",
];

const GROUPS: &str = "cognito:groups";

/// A function's answer, read.
#[derive(Debug, Default, PartialEq)]
pub struct Overrides {
    /// In the place of the user's own groups and roles.
    groups: Option<GroupClaims>,
    id: Changes,
    access: Changes,
}

#[derive(Debug, Default, PartialEq)]
struct Changes {
    add: Map<String, Value>,
    suppress: Vec<String>,
    scopes_to_add: Vec<String>,
    scopes_to_suppress: Vec<String>,
}

impl Overrides {
    /// The answer to an event of the first version, which is about the ID token, and about groups.
    pub fn of_first_version(response: &Map<String, Value>) -> Result<Self> {
        let Some(details) = object(response, "claimsOverrideDetails")? else {
            return Ok(Self::default());
        };
        let id = Changes::read(details)?;
        if !id.add.values().all(Value::is_string) {
            return Err(errors::lambda_output_unrecognizable());
        }
        Ok(Self {
            groups: groups(details)?,
            id,
            access: Changes::default(),
        })
    }

    /// The answer to an event of the second or third version, which is about both tokens.
    pub fn of_later_version(response: &Map<String, Value>) -> Result<Self> {
        let Some(details) = object(response, "claimsAndScopeOverrideDetails")? else {
            return Ok(Self::default());
        };
        let changes = |name| match object(details, name)? {
            Some(changes) => Changes::read(changes),
            None => Ok(Changes::default()),
        };
        let id = changes("idTokenGeneration")?;
        let is_complex = |name: &&str| {
            let value = id.add.get(*name);
            value.is_some_and(|it| it.is_object() || it.is_array())
        };
        if NEVER_COMPLEX.iter().any(is_complex) {
            return Err(errors::lambda_output_unrecognizable());
        }
        Ok(Self {
            groups: groups(details)?,
            id,
            access: changes("accessTokenGeneration")?,
        })
    }

    /// The groups that both tokens tell of.
    pub fn replace(&mut self, groups: &mut GroupClaims) {
        if let Some(own) = self.groups.take() {
            *groups = own;
        }
    }

    pub fn change_id(&self, claims: &mut Map<String, Value>) {
        self.id.change(claims, None);
    }

    /// An access token may name an audience, if that is its client.
    pub fn change_access(&self, claims: &mut Map<String, Value>, client_id: &str) {
        self.access.change(claims, Some(client_id));
        self.access.change_scopes(claims);
    }
}

impl Changes {
    fn read(details: &Map<String, Value>) -> Result<Self> {
        let add = object(details, "claimsToAddOrOverride")?.cloned();
        let add = add.unwrap_or_default();
        let scopes_to_add = texts(details, "scopesToAdd")?;
        let is_scope = |it: &String| !it.is_empty() && !it.contains(char::is_whitespace);
        if add.values().any(Value::is_null) || !scopes_to_add.iter().all(is_scope) {
            return Err(errors::lambda_output_unrecognizable());
        }
        Ok(Self {
            add,
            suppress: texts(details, "claimsToSuppress")?,
            scopes_to_add,
            scopes_to_suppress: texts(details, "scopesToSuppress")?,
        })
    }

    fn change(&self, claims: &mut Map<String, Value>, own_audience: Option<&str>) {
        for (name, value) in &self.add {
            let is_own_audience =
                name == "aud" && own_audience.is_some() && value.as_str() == own_audience;
            // Attributes of developers are in no token, and come into none.
            if is_own_audience || !is_fixed(name) && !name.starts_with("dev:") {
                claims.insert(name.clone(), value.clone());
            }
        }
        for name in &self.suppress {
            if name == GROUPS {
                for name in [GROUPS, "cognito:roles", "cognito:preferred_role"] {
                    claims.remove(name);
                }
            } else if !is_fixed(name) {
                claims.remove(name);
            }
        }
    }

    fn change_scopes(&self, claims: &mut Map<String, Value>) {
        if self.scopes_to_add.is_empty() && self.scopes_to_suppress.is_empty() {
            return;
        }
        let scope = claims.get("scope").and_then(Value::as_str);
        let mut scopes: Vec<&str> = scope.unwrap_or_default().split_whitespace().collect();
        for scope in &self.scopes_to_add {
            if !scopes.contains(&scope.as_str()) {
                scopes.push(scope);
            }
        }
        scopes.retain(|scope| !self.scopes_to_suppress.iter().any(|it| it == scope));
        let scope = json!(scopes.join(" "));
        claims.insert("scope".to_owned(), scope);
    }
}

/// Whether a claim is nobody's to change but AWS's.
pub fn is_fixed(name: &str) -> bool {
    FIXED.contains(&name) || name.starts_with("cognito:")
}

/// Groups and roles are replaced as a whole: a member that is left out, or an answer of `null`, leaves
/// none. An answer that does not mention them leaves them as they are.
fn groups(details: &Map<String, Value>) -> Result<Option<GroupClaims>> {
    const NAME: &str = "groupOverrideDetails";
    if !details.contains_key(NAME) {
        return Ok(None);
    }
    let Some(given) = object(details, NAME)? else {
        return Ok(Some(GroupClaims::default()));
    };
    let preferred_role = match given.get("preferredRole") {
        None | Some(Value::Null) => None,
        Some(Value::String(role)) => Some(role.clone()).filter(|role| !role.is_empty()),
        Some(_) => return Err(errors::lambda_output_unrecognizable()),
    };
    Ok(Some(GroupClaims {
        groups: texts(given, "groupsToOverride")?,
        roles: texts(given, "iamRolesToOverride")?,
        preferred_role,
    }))
}

fn object<'v>(of: &'v Map<String, Value>, name: &str) -> Result<Option<&'v Map<String, Value>>> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(errors::lambda_output_unrecognizable()),
    }
}

fn texts(of: &Map<String, Value>, name: &str) -> Result<Vec<String>> {
    let list = match of.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(errors::lambda_output_unrecognizable()),
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts: Option<_> = list.iter().map(text).collect();
    texts.ok_or_else(errors::lambda_output_unrecognizable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn later(details: &Value) -> Result<Overrides> {
        Overrides::of_later_version(&map(&json!({"claimsAndScopeOverrideDetails": details})))
    }

    fn first(details: &Value) -> Result<Overrides> {
        Overrides::of_first_version(&map(&json!({"claimsOverrideDetails": details})))
    }

    fn access(details: &Value, claims: &Value) -> Value {
        let mut claims = map(claims);
        let overrides = later(&json!({"accessTokenGeneration": details})).unwrap();
        overrides.change_access(&mut claims, "client");
        Value::Object(claims)
    }

    fn id(details: &Value, claims: &Value) -> Value {
        let mut claims = map(claims);
        let overrides = later(&json!({"idTokenGeneration": details})).unwrap();
        overrides.change_id(&mut claims);
        Value::Object(claims)
    }

    #[test]
    fn what_is_fixed_stays_whatever_a_function_says() {
        let fixed: Map<_, _> = FIXED
            .iter()
            .map(|it| ((*it).to_owned(), json!(1)))
            .collect();
        let other: Map<_, _> = FIXED
            .iter()
            .map(|it| ((*it).to_owned(), json!("x")))
            .collect();
        let details = json!({
            "claimsToAddOrOverride": other,
            "claimsToSuppress": FIXED,
        });
        assert_eq!(id(&details, &json!(fixed)), json!(fixed));
        assert_eq!(access(&details, &json!(fixed)), json!(fixed));
        let details = json!({
            "claimsToAddOrOverride": {"cognito:groups": ["x"], "cognito:username": "x", "dev:a": "x"},
            "claimsToSuppress": ["cognito:username"],
        });
        let claims = json!({"cognito:username": "alice"});
        assert_eq!(id(&details, &claims), claims);
    }

    #[test]
    fn an_access_token_may_name_its_own_client_as_audience() {
        let aud = |aud: &str| json!({"claimsToAddOrOverride": {"aud": aud}});
        assert_eq!(access(&aud("client"), &json!({})), json!({"aud": "client"}));
        assert_eq!(access(&aud("other"), &json!({})), json!({}));
        let claims = json!({"aud": "client"});
        assert_eq!(id(&aud("other"), &claims), claims);
    }

    #[test]
    fn suppressing_wins_and_groups_take_their_roles_along() {
        let details = json!({
            "claimsToAddOrOverride": {"a": "1", "b": [1, {"c": null}], "d": 1.5, "e": true},
            "claimsToSuppress": ["a", "cognito:groups", "email", "nothing"],
        });
        let claims = json!({
            "email": "a@b.c",
            "cognito:groups": ["g"],
            "cognito:roles": ["r"],
            "cognito:preferred_role": "r",
        });
        assert_eq!(
            id(&details, &claims),
            json!({"b": [1, {"c": null}], "d": 1.5, "e": true})
        );
    }

    #[test]
    fn scopes_are_added_once_and_suppressed() {
        let details =
            json!({"scopesToAdd": ["a", "b", "a", "c"], "scopesToSuppress": ["b", "own"]});
        assert_eq!(
            access(&details, &json!({"scope": "own a"})),
            json!({"scope": "a c"})
        );
        let details = json!({"scopesToSuppress": ["own"]});
        assert_eq!(
            access(&details, &json!({"scope": "own"})),
            json!({"scope": ""})
        );
    }

    #[test]
    fn groups_are_replaced_as_a_whole_or_not_at_all() {
        let groups = |details: &Value| first(details).unwrap().groups;
        assert_eq!(groups(&json!({})), None);
        assert_eq!(
            groups(&json!({"groupOverrideDetails": null})),
            Some(GroupClaims::default())
        );
        assert_eq!(
            groups(&json!({"groupOverrideDetails": {}})),
            Some(GroupClaims::default())
        );
        let given =
            json!({"groupsToOverride": ["g"], "iamRolesToOverride": null, "preferredRole": "r"});
        assert_eq!(
            groups(&json!({"groupOverrideDetails": given})),
            Some(GroupClaims {
                groups: vec!["g".to_owned()],
                roles: Vec::new(),
                preferred_role: Some("r".to_owned()),
            })
        );
    }

    #[test]
    fn an_answer_of_another_shape_is_refused() {
        let changes = |changes: &Value| later(&json!({"idTokenGeneration": changes}));
        for wrong in [
            later(&json!("text")),
            later(&json!([])),
            later(&json!({"idTokenGeneration": []})),
            later(&json!({"groupOverrideDetails": []})),
            later(&json!({"groupOverrideDetails": {"groupsToOverride": "g"}})),
            later(&json!({"groupOverrideDetails": {"groupsToOverride": [1]}})),
            later(&json!({"groupOverrideDetails": {"preferredRole": 1}})),
            changes(&json!({"claimsToAddOrOverride": []})),
            changes(&json!({"claimsToAddOrOverride": {"a": null}})),
            changes(&json!({"claimsToAddOrOverride": {"address": {"formatted": "x"}}})),
            changes(&json!({"claimsToAddOrOverride": {"updated_at": [1]}})),
            changes(&json!({"claimsToSuppress": "a"})),
            changes(&json!({"claimsToSuppress": [null]})),
            later(&json!({"accessTokenGeneration": {"scopesToAdd": ["a b"]}})),
            later(&json!({"accessTokenGeneration": {"scopesToAdd": [""]}})),
            later(&json!({"accessTokenGeneration": {"scopesToSuppress": {}}})),
            first(&json!(1)),
            first(&json!({"claimsToAddOrOverride": {"a": 1}})),
            first(&json!({"claimsToAddOrOverride": {"a": ["b"]}})),
        ] {
            assert_eq!(
                wrong.unwrap_err().to_string(),
                "InvalidLambdaResponseException: Unrecognizable lambda output"
            );
        }
        assert_eq!(later(&Value::Null).unwrap(), Overrides::default());
        assert_eq!(first(&Value::Null).unwrap(), Overrides::default());
    }
}
