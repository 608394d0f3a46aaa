//! The parameters of a control call: only those that it knows, each once.

use std::collections::BTreeMap;
use std::time::Duration;

use cognito_model::Timestamp;

pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    pub(super) fn parse(query: &str, known: &[&str]) -> Result<Self, String> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !known.contains(&&*name) {
                return Err(format!("unknown parameter {name}"));
            }
            if fields
                .insert(name.to_string(), value.into_owned())
                .is_some()
            {
                return Err(format!("{name} is given twice"));
            }
        }
        Ok(Self(fields))
    }

    pub(super) fn get(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(super) fn required(&mut self, name: &str) -> Result<String, String> {
        self.get(name).ok_or_else(|| format!("{name} is missing"))
    }

    pub(super) fn since(&mut self) -> Result<Option<Timestamp>, String> {
        let Some(value) = self.get("since") else {
            return Ok(None);
        };
        let since: jiff::Timestamp = value
            .parse()
            .map_err(|_| "since must be a time such as 2027-01-01T00:00:00Z".to_owned())?;
        Ok(Some(Timestamp::from_millis(since.as_millisecond())))
    }

    /// At most `longest`.
    pub(super) fn wait(&mut self, longest: Duration) -> Result<Duration, String> {
        let Some(value) = self.get("wait") else {
            return Ok(Duration::ZERO);
        };
        let seconds = value.parse::<f64>().ok();
        let seconds = seconds.filter(|it| it.is_finite() && *it >= 0.0);
        let seconds = seconds.ok_or_else(|| "wait must be a number of seconds".to_owned())?;
        Ok(Duration::from_secs_f64(seconds.min(longest.as_secs_f64())))
    }
}
