//! Risk configurations and log delivery: what they may be (documentation of SetRiskConfiguration and
//! SetLogDeliveryConfiguration).

use std::net::IpAddr;

use cognito_model::Timestamp;
use cognito_model::idp::{
    AdvancedSecurityModeType, EventSourceName, LogConfigurationType, LogLevel,
    RiskConfigurationType, SetRiskConfigurationRequest, UserPoolTierType,
};

use super::UserPool;
use crate::errors::{self, Result};

impl UserPool {
    /// Threat protection is on in either of its modes.
    pub fn check_threat_protection(&self) -> Result<()> {
        let add_ons = self.description.user_pool_add_ons.as_ref();
        let is_on =
            add_ons.is_some_and(|it| it.advanced_security_mode != AdvancedSecurityModeType::Off);
        if is_on {
            Ok(())
        } else {
            Err(errors::add_on_not_enabled())
        }
    }

    /// Whether the pool lets nobody in from an address.
    pub fn blocks(&self, client_id: &str, address: &str) -> bool {
        let configuration = self
            .risk_configurations
            .get(client_id)
            .or_else(|| self.risk_configurations.get(""));
        let exceptions = configuration.and_then(|it| it.risk_exception_configuration.as_ref());
        let Some(exceptions) = exceptions.filter(|_| self.check_threat_protection().is_ok()) else {
            return false;
        };
        let Ok(address) = address.parse() else {
            return false;
        };
        let mut blocked = exceptions.blocked_ip_range_list.iter().flatten();
        blocked.any(|range| IpRange::parse(range).is_some_and(|range| range.contains(address)))
    }

    /// The pool with a risk configuration, of a client or of all that have none of their own. The
    /// request replaces what was there.
    pub fn with_risk(
        &self,
        request: SetRiskConfigurationRequest,
        now: Timestamp,
    ) -> Result<(Self, RiskConfigurationType)> {
        self.check_threat_protection()?;
        if let Some(exceptions) = &request.risk_exception_configuration {
            let ranges = exceptions
                .blocked_ip_range_list
                .iter()
                .chain(&exceptions.skipped_ip_range_list);
            if let Some(range) = ranges
                .flatten()
                .find(|range| IpRange::parse(range).is_none())
            {
                return Err(errors::invalid_setting(
                    "RiskExceptionConfiguration",
                    &format!("{range} is no CIDR range."),
                ));
            }
        }
        if let Some(takeover) = &request.account_takeover_risk_configuration {
            let actions = &takeover.actions;
            let actions = [
                &actions.low_action,
                &actions.medium_action,
                &actions.high_action,
            ];
            let notifies = actions.into_iter().flatten().any(|action| action.notify);
            if notifies && takeover.notify_configuration.is_none() {
                return Err(errors::invalid_setting(
                    "AccountTakeoverRiskConfiguration",
                    "NotifyConfiguration is required where an action notifies.",
                ));
            }
        }
        let key = request.client_id.clone().unwrap_or_default();
        let configuration = RiskConfigurationType {
            user_pool_id: Some(request.user_pool_id),
            client_id: request.client_id,
            compromised_credentials_risk_configuration: request
                .compromised_credentials_risk_configuration,
            account_takeover_risk_configuration: request.account_takeover_risk_configuration,
            risk_exception_configuration: request.risk_exception_configuration,
            last_modified_date: Some(now),
        };
        let mut pool = self.clone();
        pool.risk_configurations.insert(key, configuration.clone());
        Ok((pool, configuration))
    }

    pub fn risk_configuration(&self, client_id: Option<&str>) -> RiskConfigurationType {
        let key = client_id.unwrap_or_default();
        // Of what was never set, only whose it would be (assumed).
        self.risk_configurations
            .get(key)
            .cloned()
            .unwrap_or_else(|| RiskConfigurationType {
                user_pool_id: Some(self.id().to_owned()),
                client_id: client_id.map(str::to_owned),
                ..Default::default()
            })
    }

    /// The pool with other destinations of its logs.
    pub fn with_logs(&self, configurations: Vec<LogConfigurationType>) -> Result<Self> {
        for (index, configuration) in configurations.iter().enumerate() {
            let source = configuration.event_source;
            if configurations[..index]
                .iter()
                .any(|it| it.event_source == source)
            {
                return Err(errors::invalid_setting(
                    "LogConfigurations",
                    "each EventSource stands once.",
                ));
            }
            let level = match source {
                EventSourceName::UserNotification => LogLevel::Error,
                EventSourceName::UserAuthEvents => LogLevel::Info,
            };
            if configuration.log_level != level {
                let rule = format!("{source} takes LogLevel {level}.");
                return Err(errors::invalid_setting("LogConfigurations", &rule));
            }
            let destinations = [
                configuration.cloud_watch_logs_configuration.is_some(),
                configuration.s3_configuration.is_some(),
                configuration.firehose_configuration.is_some(),
            ];
            if destinations.into_iter().filter(|there| *there).count() != 1 {
                return Err(errors::invalid_setting(
                    "LogConfigurations",
                    "each needs one destination.",
                ));
            }
            match source {
                EventSourceName::UserNotification if !destinations[0] => {
                    let rule = "userNotification takes CloudWatchLogsConfiguration.";
                    return Err(errors::invalid_setting("LogConfigurations", rule));
                }
                EventSourceName::UserAuthEvents
                    if self.description.user_pool_tier != Some(UserPoolTierType::Plus) =>
                {
                    let tier = self
                        .description
                        .user_pool_tier
                        .map_or("ESSENTIALS", |tier| tier.as_str());
                    return Err(errors::feature_unavailable_in_tier(
                        "User activity log export",
                        tier,
                    ));
                }
                _ => {}
            }
        }
        let mut pool = self.clone();
        pool.log_configurations = configurations;
        Ok(pool)
    }
}

/// `192.0.2.0/24`, `2001:db8::/32`.
#[derive(Clone, Copy)]
struct IpRange {
    address: IpAddr,
    length: u32,
}

impl IpRange {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let length = length.parse::<u8>().ok()?.into();
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (length <= longest).then_some(Self { address, length })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(range), IpAddr::V4(address)) => {
                let differing = u32::from(range) ^ u32::from(address);
                differing.leading_zeros() >= self.length
            }
            (IpAddr::V6(range), IpAddr::V6(address)) => {
                let differing = u128::from(range) ^ u128::from(address);
                differing.leading_zeros() >= self.length
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_contains_what_begins_alike() {
        let within = |range: &str, address: &str| {
            IpRange::parse(range)
                .unwrap()
                .contains(address.parse().unwrap())
        };
        assert!(within("192.0.2.0/24", "192.0.2.255") && !within("192.0.2.0/24", "192.0.3.0"));
        assert!(within("0.0.0.0/0", "8.8.8.8") && within("127.0.0.1/32", "::ffff:127.0.0.1"));
        assert!(within("2001:db8::/32", "2001:db8:ffff::1") && !within("::/0", "8.8.8.8"));
        assert!(!within("2001:db8::/32", "2001:db9::1"));
    }

    #[test]
    fn ranges_are_addresses_with_a_length() {
        for range in ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32"] {
            assert!(IpRange::parse(range).is_some(), "{range}");
        }
        for range in [
            "",
            "192.0.2.0",
            "192.0.2.0/33",
            "300.0.0.0/8",
            "::/129",
            "a/8",
        ] {
            assert!(IpRange::parse(range).is_none(), "{range}");
        }
    }
}
