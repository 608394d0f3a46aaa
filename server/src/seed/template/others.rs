//! Resources of other services: they are not created, but a template may ask for their names and ARNs,
//! and gets what they might be.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Made, Stack};

impl Stack<'_> {
    pub(super) fn foreign(&self, id: &str, kind: &str, properties: &Value, path: &str) -> Made {
        let names = self.names(id);
        // Names that cannot be known are made up like those that nobody gave.
        let own = |property: &str| {
            let value = properties.get(property)?;
            match self.resolve(value, path) {
                Ok(Some(Value::String(name))) => Some(name),
                _ => None,
            }
        };
        let named = |property: &str| own(property).unwrap_or_else(|| names.long_name());
        let of = |reference: String, arn: String| Made {
            attributes: BTreeMap::from([("Arn", arn)]),
            reference,
            is_foreign: true,
        };
        let account = self.account();
        let global = |service: &str, resource: &str| {
            format!("arn:{}:{service}:{resource}", self.partition())
        };
        match kind {
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => {
                let name = own("FunctionName").unwrap_or_else(|| id.to_owned());
                let arn = self.arn("lambda", &format!("function:{name}"));
                of(name, arn)
            }
            "AWS::Lambda::Version" | "AWS::Lambda::Alias" => {
                let function = named("FunctionName");
                let function = function.rsplit(':').next().unwrap_or_default();
                let qualifier = own("Name").unwrap_or_else(|| "1".to_owned());
                let arn = self.arn("lambda", &format!("function:{function}:{qualifier}"));
                let mut made = of(arn.clone(), arn.clone());
                made.attributes.insert("Version", "1".to_owned());
                made.attributes.insert("FunctionArn", arn.clone());
                made.attributes.insert("AliasArn", arn);
                made
            }
            "AWS::IAM::Role" | "AWS::IAM::User" => {
                let property = if kind.ends_with("Role") {
                    "RoleName"
                } else {
                    "UserName"
                };
                let name = named(property);
                let kind = if kind.ends_with("Role") {
                    "role"
                } else {
                    "user"
                };
                let trail = own("Path").unwrap_or_else(|| "/".to_owned());
                let arn = global("iam", &format!(":{account}:{kind}{trail}{name}"));
                let mut made = of(name, arn);
                made.attributes.insert(
                    "RoleId",
                    format!(
                        "AROA{}",
                        names.uuid().replace('-', "").to_uppercase().split_at(16).0
                    ),
                );
                made
            }
            "AWS::IAM::OIDCProvider" => {
                let url = own("Url").unwrap_or_default();
                let host = url.trim_start_matches("https://").to_owned();
                let arn = global("iam", &format!(":{account}:oidc-provider/{host}"));
                of(arn.clone(), arn)
            }
            "AWS::IAM::SAMLProvider" => {
                let arn = global(
                    "iam",
                    &format!(":{account}:saml-provider/{}", named("Name")),
                );
                of(arn.clone(), arn)
            }
            "AWS::KMS::Key" => {
                let key = names.uuid();
                let arn = self.arn("kms", &format!("key/{key}"));
                let mut made = of(key.clone(), arn);
                made.attributes.insert("KeyId", key);
                made
            }
            "AWS::KMS::Alias" => {
                let alias = named("AliasName");
                of(alias.clone(), self.arn("kms", &alias))
            }
            "AWS::S3::Bucket" => {
                let name = own("BucketName").unwrap_or_else(|| names.long_name().to_lowercase());
                let arn = global("s3", &format!("::{name}"));
                of(name, arn)
            }
            "AWS::SNS::Topic" => {
                let arn = self.arn("sns", &named("TopicName"));
                let mut made = of(arn.clone(), arn.clone());
                made.attributes.insert("TopicArn", arn);
                made
            }
            "AWS::SQS::Queue" => {
                let name = named("QueueName");
                let url = format!("https://sqs.{}.amazonaws.com/{account}/{name}", self.region);
                let arn = self.arn("sqs", &name);
                let mut made = of(url, arn);
                made.attributes.insert("QueueName", name);
                made
            }
            "AWS::DynamoDB::Table" => {
                let name = named("TableName");
                let arn = self.arn("dynamodb", &format!("table/{name}"));
                of(name, arn)
            }
            "AWS::Logs::LogGroup" => {
                let name = named("LogGroupName");
                let arn = self.arn("logs", &format!("log-group:{name}:*"));
                of(name, arn)
            }
            "AWS::KinesisFirehose::DeliveryStream" => {
                let name = named("DeliveryStreamName");
                let arn = self.arn("firehose", &format!("deliverystream/{name}"));
                of(name, arn)
            }
            "AWS::CertificateManager::Certificate" => {
                let arn = self.arn("acm", &format!("certificate/{}", names.uuid()));
                of(arn.clone(), arn)
            }
            "AWS::SES::EmailIdentity" => {
                let name = named("EmailIdentity");
                let arn = self.arn("ses", &format!("identity/{name}"));
                of(name, arn)
            }
            "AWS::SecretsManager::Secret" => {
                let arn = self.arn("secretsmanager", &format!("secret:{}", named("Name")));
                of(arn.clone(), arn)
            }
            _ => {
                let service = kind.split("::").nth(1).unwrap_or("custom").to_lowercase();
                let name = names.long_name();
                let arn = self.arn(&service, &name);
                of(name, arn)
            }
        }
    }

    /// The function of SAM that stands at an ARN: its alias, where each deployment has one.
    pub(super) fn function_arn(&self, id: &str, properties: &Value) -> String {
        let made = self.foreign(id, "AWS::Serverless::Function", properties, "");
        let arn = made.attributes.get("Arn").cloned().unwrap_or_default();
        match properties.get("AutoPublishAlias").and_then(Value::as_str) {
            Some(alias) => format!("{arn}:{alias}"),
            None => arn,
        }
    }
}
