//! Faults that a test asks for: the next matching calls fail, or are late. Where none is set, a call pays
//! one load of a number.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito_model::{ErrorCode, Service};
use http::StatusCode;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::random::Random;

const MOST_FAULTS: usize = 100;
const MOST_TEXT: usize = 1024;
const LONGEST_DELAY_MS: u64 = 60_000;

/// Operations that no model of ours has.
const OTHERS: [(&str, &str); 22] = [
    ("kms", "Decrypt"),
    ("kms", "GenerateDataKey"),
    ("oauth", "AddPasskey"),
    ("oauth", "Authorize"),
    ("oauth", "Confirm"),
    ("oauth", "ConfirmForgotPassword"),
    ("oauth", "ConfirmUser"),
    ("oauth", "Error"),
    ("oauth", "ForgotPassword"),
    ("oauth", "IdpResponse"),
    ("oauth", "Login"),
    ("oauth", "Logout"),
    ("oauth", "Register"),
    ("oauth", "ResendCode"),
    ("oauth", "Revoke"),
    ("oauth", "SamlLogout"),
    ("oauth", "SamlResponse"),
    ("oauth", "Signup"),
    ("oauth", "Token"),
    ("oauth", "UserInfo"),
    ("sts", "AssumeRoleWithWebIdentity"),
    ("sts", "GetCallerIdentity"),
];

/// What a test asks for.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wanted {
    /// `InitiateAuth`, `cognito-idp.InitiateAuth`, `cognito-idp.*`, `*`.
    operation: String,
    error_type: Option<String>,
    message: Option<String>,
    status: Option<u16>,
    /// How many calls; without it, all until it is taken back.
    times: Option<u64>,
    probability: Option<f64>,
    delay_ms: Option<u64>,
    user_pool_id: Option<String>,
    account: Option<String>,
}

impl Wanted {
    fn check(&self) -> Result<(), String> {
        let (service, operation) = self.name();
        let of_model = Service::ALL
            .iter()
            .filter(|it| service.is_none_or(|name| name == it.name()));
        let is_known = of_model
            .clone()
            .any(|it| operation == "*" || cognito_model::find(*it, operation).is_some())
            || OTHERS.iter().any(|(its_service, it)| {
                service.is_none_or(|name| name == *its_service)
                    && (operation == "*" || operation == *it)
            });
        if !is_known {
            return Err(format!(
                "operation: {:?} is not an operation",
                self.operation
            ));
        }
        if self.error_type.is_none() {
            if self.delay_ms.is_none() {
                return Err("errorType or delayMs is wanted".to_owned());
            }
            if self.status.is_some() || self.message.is_some() {
                return Err("status and message belong to an errorType".to_owned());
            }
        }
        let is_name = |it: &String| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            (1..=128).contains(&it.len()) && it.bytes().all(is_letter)
        };
        if self.error_type.as_ref().is_some_and(|it| !is_name(it)) {
            return Err("errorType: letters, digits and _, 128 at most".to_owned());
        }
        if self.message.as_ref().is_some_and(|it| it.len() > MOST_TEXT) {
            return Err(format!("message: {MOST_TEXT} bytes at most"));
        }
        if self.status.is_some_and(|it| !(400..=599).contains(&it)) {
            return Err("status: 400 to 599".to_owned());
        }
        if self.times == Some(0) {
            return Err("times: 1 or more".to_owned());
        }
        if self.probability.is_some_and(|it| !(it > 0.0 && it <= 1.0)) {
            return Err("probability: more than 0, 1 at most".to_owned());
        }
        if self.delay_ms.is_some_and(|it| it > LONGEST_DELAY_MS) {
            return Err(format!("delayMs: {LONGEST_DELAY_MS} at most"));
        }
        for id in [&self.user_pool_id, &self.account].into_iter().flatten() {
            if id.is_empty() || id.len() > 128 {
                return Err("userPoolId and account: 1 to 128 characters".to_owned());
            }
        }
        Ok(())
    }

    /// The service, where one is named, and the operation.
    fn name(&self) -> (Option<&str>, &str) {
        match self.operation.split_once('.') {
            Some((service, operation)) => (Some(service), operation),
            None => (None, &self.operation),
        }
    }

    fn matches(&self, target: &Target<'_>) -> bool {
        let (service, operation) = self.name();
        service.is_none_or(|it| it == target.service)
            && (operation == "*" || operation == target.operation)
            && (self.user_pool_id.is_none() || self.user_pool_id.as_deref() == target.user_pool_id)
            && (self.account.is_none() || self.account.as_deref() == target.account)
    }
}

/// A fault that waits for its calls.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    id: String,
    #[serde(flatten)]
    wanted: Wanted,
    /// Calls that it still waits for, where it is for a number of them.
    times_left: Option<u64>,
    /// Calls that have met it.
    met: u64,
}

/// The call that may meet one.
#[derive(Debug)]
pub struct Target<'a> {
    pub service: &'a str,
    pub operation: &'a str,
    pub user_pool_id: Option<&'a str>,
    pub account: Option<&'a str>,
}

/// The refusal that a test wanted.
#[derive(Debug)]
pub struct Injected {
    pub status: StatusCode,
    pub code: Cow<'static, str>,
    pub message: String,
}

impl Injected {
    fn of(wanted: &Wanted) -> Option<Self> {
        let name = wanted.error_type.as_ref()?;
        let known = ErrorCode::ALL.iter().find(|code| code.as_str() == name);
        let code = match known {
            Some(code) => Cow::Borrowed(code.as_str()),
            None => Cow::Owned(name.clone()),
        };
        // What no operation declares, and every service of AWS may answer.
        let usual = match &**name {
            "InternalFailure" | "InternalServerError" => StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceUnavailable" | "ServiceUnavailableException" => StatusCode::SERVICE_UNAVAILABLE,
            _ if known.is_some_and(|code| code.is_fault()) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let given = wanted.status.and_then(|it| StatusCode::from_u16(it).ok());
        Some(Self {
            status: given.unwrap_or(usual),
            code,
            // AWS's own words for its throttling; nobody's for the others.
            message: wanted.message.clone().unwrap_or_else(|| match &**name {
                "ThrottlingException" | "TooManyRequestsException" => "Rate exceeded".to_owned(),
                _ => "A fault that was asked for".to_owned(),
            }),
        })
    }
}

#[derive(Default)]
pub struct Faults {
    list: Mutex<Vec<Fault>>,
    count: AtomicUsize,
}

impl Faults {
    pub fn add(&self, wanted: Wanted, random: &Random) -> Result<Fault, String> {
        wanted.check()?;
        let fault = Fault {
            id: random.uuid().to_string(),
            times_left: wanted.times,
            met: 0,
            wanted,
        };
        let mut list = self.list.lock();
        if list.len() == MOST_FAULTS {
            return Err(format!("{MOST_FAULTS} faults at most"));
        }
        list.push(fault.clone());
        self.count.store(list.len(), Ordering::Release);
        Ok(fault)
    }

    pub fn list(&self) -> Vec<Fault> {
        self.list.lock().clone()
    }

    /// Takes back one; false if there is none.
    pub fn remove(&self, id: &str) -> bool {
        self.retain(|fault| fault.id != id)
    }

    pub fn clear(&self) {
        self.retain(|_| false);
    }

    pub fn clear_account(&self, account: &str) {
        self.retain(|fault| fault.wanted.account.as_deref() != Some(account));
    }

    fn retain(&self, keep: impl Fn(&Fault) -> bool) -> bool {
        let mut list = self.list.lock();
        let before = list.len();
        list.retain(keep);
        self.count.store(list.len(), Ordering::Release);
        list.len() < before
    }

    /// What a call meets, after its delay: of the faults that match it, and that chance gives it, the first that refuses it
    /// and the first that only delays it.
    pub async fn meet(&self, target: &Target<'_>, random: &Random) -> Result<(), Injected> {
        if self.count.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let delay = self.strike(target, random, |it| it.error_type.is_none());
        let refusal = self.strike(target, random, |it| it.error_type.is_some());
        let met = || delay.iter().chain(&refusal);
        let millis = met()
            .filter_map(|it| it.delay_ms)
            .fold(0, u64::saturating_add);
        if millis > 0 {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        match met().find_map(Injected::of) {
            Some(injected) => Err(injected),
            None => Ok(()),
        }
    }

    fn strike(
        &self,
        target: &Target<'_>,
        random: &Random,
        is_one: impl Fn(&Wanted) -> bool,
    ) -> Option<Wanted> {
        let mut list = self.list.lock();
        let index = list.iter().position(|fault| {
            is_one(&fault.wanted)
                && fault.wanted.matches(target)
                && fault
                    .wanted
                    .probability
                    .is_none_or(|it| random.fraction() < it)
        })?;
        let fault = &mut list[index];
        fault.met += 1;
        let wanted = fault.wanted.clone();
        if let Some(left) = &mut fault.times_left {
            *left -= 1;
            if *left == 0 {
                list.remove(index);
                self.count.store(list.len(), Ordering::Release);
            }
        }
        Some(wanted)
    }
}
