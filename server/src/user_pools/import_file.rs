//! The CSV file of an import: its header, and what a row says of a user. It is CSV of AWS's own kind:
//! values are not quoted, and a comma in a value has a backslash before it (facts/users.md §15).

use cognito_model::idp::{AttributeType, PasswordHashingAlgorithmType, UserPoolMfaType};

use super::{ImportedPassword, UserPool};
use crate::errors::{import_end, import_row};

/// Documented quotas of an import.
pub const MOST_BYTES: usize = 100 * 1024 * 1024;
const MOST_ROWS: usize = 500_000;
const MOST_CHARACTERS_OF_ROW: usize = 16_000;

const USERNAME: &str = "cognito:username";
const MFA_ENABLED: &str = "cognito:mfa_enabled";
const PASSWORD_HASH: &str = "password_hash";

/// The columns of a file for this pool, in the order of AWS's own header: standard attributes but
/// `sub`, the pool's, and two columns of the import itself.
pub fn import_header(pool: &UserPool) -> Vec<String> {
    let schema = pool.description.schema_attributes.iter().flatten();
    let names = schema
        .filter_map(|attribute| attribute.name.clone())
        .filter(|name| name != "sub");
    names
        .chain([MFA_ENABLED, USERNAME].map(str::to_owned))
        .collect()
}

pub struct ImportFile<'f> {
    columns: Vec<&'f str>,
    algorithm: Option<PasswordHashingAlgorithmType>,
    lines: Vec<(usize, &'f str)>,
}

/// What a row gives.
pub struct ImportedUser {
    pub username: String,
    pub attributes: Vec<AttributeType>,
    pub password: Option<ImportedPassword>,
    /// Which AWS documents only as the user's MFA: *assumed* to be codes by SMS, the only second factor
    /// that there was when imports came.
    pub has_mfa: bool,
}

impl<'f> ImportFile<'f> {
    /// A problem of the whole file ends the job.
    pub fn open(
        bytes: &'f [u8],
        pool: &UserPool,
        algorithm: Option<PasswordHashingAlgorithmType>,
    ) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| import_end::NOT_UTF8)?;
        let mut lines = text.lines().zip(1..).map(|(line, number)| (number, line));
        let (_, header) = lines.next().unwrap_or_default();
        if is_too_long(header) {
            return Err(import_end::WRONG_HEADER);
        }
        let columns: Vec<&str> = header.split(',').map(str::trim).collect();
        check_columns(&columns, &import_header(pool), algorithm)?;
        let lines: Vec<_> = lines
            .filter(|(_, line)| !line.trim().is_empty())
            .take(MOST_ROWS + 1)
            .collect();
        if lines.len() > MOST_ROWS {
            return Err(import_end::TOO_MANY_ROWS);
        }
        Ok(Self {
            columns,
            algorithm,
            lines,
        })
    }

    /// The rows, each with the number of its line.
    pub fn rows(&self) -> &[(usize, &'f str)] {
        &self.lines
    }

    /// What the log says where the row is no user of this pool.
    pub fn user(&self, row: &str, pool: &UserPool) -> Result<ImportedUser, &'static str> {
        if is_too_long(row) {
            return Err(import_row::TOO_LONG);
        }
        let values = values(row);
        if values.len() != self.columns.len() {
            return Err(import_row::WRONG_LENGTH);
        }
        let mut user = ImportedUser {
            username: String::new(),
            attributes: Vec::new(),
            password: None,
            has_mfa: false,
        };
        for (name, value) in self.columns.iter().zip(values) {
            let value = value.trim();
            match *name {
                USERNAME => value.clone_into(&mut user.username),
                MFA_ENABLED => user.has_mfa = has_mfa(value, pool)?,
                _ if value.is_empty() => {}
                PASSWORD_HASH => {
                    let algorithm = self.algorithm.ok_or(import_row::UNEXPECTED_HASH)?;
                    user.password = Some(ImportedPassword::parse(algorithm, value)?);
                }
                _ => user.attributes.push(AttributeType {
                    name: (*name).to_owned(),
                    value: Some(kept(name, value)?),
                }),
            }
        }
        if user.username.is_empty() || user.username.contains(char::is_whitespace) {
            return Err(import_row::BAD_USERNAME);
        }
        let has_phone = user.attributes.iter().any(|it| it.name == "phone_number");
        if user.has_mfa && !has_phone {
            // Where everybody must have a second factor, its address may come later (documented).
            if pool.description.mfa_configuration != Some(UserPoolMfaType::On) {
                return Err(import_row::MFA_WITHOUT_PHONE);
            }
            user.has_mfa = false;
        }
        let is_verified = |attribute: &str| {
            user.attributes.iter().any(|it| {
                it.name.strip_suffix("_verified") == Some(attribute)
                    && it.value.as_deref() == Some("true")
            })
        };
        let mut verified = pool.description.auto_verified_attributes.iter().flatten();
        if verified.any(|attribute| is_verified(attribute.as_str())) {
            Ok(user)
        } else {
            Err(import_row::NOT_VERIFIED)
        }
    }
}

fn is_too_long(line: &str) -> bool {
    line.chars().nth(MOST_CHARACTERS_OF_ROW).is_some()
}

/// Every column once, in any order. AWS's sample of a file with password hashes leaves attributes
/// out, so such a file may.
fn check_columns(
    columns: &[&str],
    header: &[String],
    algorithm: Option<PasswordHashingAlgorithmType>,
) -> Result<(), &'static str> {
    let has = |name: &str| columns.contains(&name);
    if algorithm.is_some() && !has(PASSWORD_HASH) {
        return Err(import_end::NO_HASH_COLUMN);
    }
    let is_whole = match algorithm {
        None => header.iter().all(|name| has(name)),
        Some(_) => has(USERNAME),
    };
    let is_known = |name: &str| name == PASSWORD_HASH || header.iter().any(|it| it == name);
    let mut once = columns.iter().enumerate();
    if is_whole && once.all(|(at, name)| is_known(name) && !columns[..at].contains(name)) {
        Ok(())
    } else {
        Err(import_end::WRONG_HEADER)
    }
}

fn values(row: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut parts = row.split(',').peekable();
    while let Some(part) = parts.next() {
        let comma_belongs_to_it = part.ends_with('\\') && parts.peek().is_some();
        if let Some(value) = values.last_mut() {
            value.push_str(if comma_belongs_to_it {
                &part[..part.len() - 1]
            } else {
                part
            });
            if comma_belongs_to_it {
                value.push(',');
            }
        }
        if !comma_belongs_to_it && parts.peek().is_some() {
            values.push(String::new());
        }
    }
    values
}

/// Flags come as `TRUE` and `FALSE`, and a date of birth as mm/dd/yyyy.
fn kept(name: &str, value: &str) -> Result<String, &'static str> {
    match name {
        "email_verified" | "phone_number_verified" => Ok(value.to_ascii_lowercase()),
        "birthdate" => jiff::civil::Date::strptime("%m/%d/%Y", value)
            .map(|date| date.to_string())
            .map_err(|_| import_row::BAD_BIRTHDATE),
        _ => Ok(value.to_owned()),
    }
}

/// Whether the user's own MFA is on; a blank stands for what the pool asks for.
fn has_mfa(value: &str, pool: &UserPool) -> Result<bool, &'static str> {
    let is_on = match value.to_ascii_lowercase().as_str() {
        "" => return Ok(false),
        "true" => true,
        "false" => false,
        _ => return Err(import_row::BAD_MFA),
    };
    let may_be = match pool.description.mfa_configuration {
        Some(UserPoolMfaType::On) => is_on,
        Some(UserPoolMfaType::Optional) => true,
        _ => !is_on,
    };
    may_be.then_some(is_on).ok_or(import_row::BAD_MFA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_after_a_backslash_is_a_part_of_the_value() {
        assert_eq!(
            values(r"a,1 Any Street\, Any Town,"),
            ["a", "1 Any Street, Any Town", ""]
        );
        assert_eq!(values(r"a\"), [r"a\"]);
        assert_eq!(values(""), [""]);
    }

    #[test]
    fn a_date_of_birth_comes_the_american_way() {
        assert_eq!(kept("birthdate", "02/01/1985").as_deref(), Ok("1985-02-01"));
        assert_eq!(
            kept("birthdate", "1985-02-01"),
            Err(import_row::BAD_BIRTHDATE)
        );
    }
}
