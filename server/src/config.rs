//! The command line. One definition gives each flag, its environment variable and its help.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use crate::aws::{Credentials, is_account_id};
use crate::clock;
use clap::builder::{BoolishValueParser, Resettable};
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// A local double of Amazon Cognito: user pools, identity pools and the credentials they hand out,
/// offline, on one port.
#[derive(Debug, Parser)]
#[command(name = "cognitwin", version, args_conflicts_with_subcommands = true)]
pub struct Config {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: Serve,
}

impl Config {
    /// Of the command line and the environment, as [`Parser::try_parse`] does. A variable that is empty is none: that is what
    /// files for compose make of one that nobody has set.
    pub fn read() -> Result<Self, clap::Error> {
        let command = Self::command()
            .mut_args(without_empty)
            .mut_subcommands(|it| it.mut_args(without_empty));
        Self::from_arg_matches(&command.try_get_matches()?)
    }
}

fn without_empty(argument: Arg) -> Arg {
    // Kubernetes tells every container about a service of this name, in the words of Docker's links.
    let is_link = |value: &str| argument.get_id() == "port" && value.starts_with("tcp://");
    let value = argument.get_env().and_then(std::env::var_os);
    match value {
        Some(value) if value.is_empty() || value.to_str().is_some_and(is_link) => {
            argument.env(Resettable::Reset)
        }
        _ => argument,
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask a running server whether it is ready; exits 0 if so, else 1
    Healthcheck(Address),
    /// Validate seed files and folders; exits 0 if all are right, else 1
    Check {
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        parameters: SeedParameters,
    },
}

#[derive(Debug, Args)]
pub struct Address {
    /// Address to bind (the healthcheck asks it)
    #[arg(
        long,
        env = "COGNITWIN_HOST",
        default_value = "127.0.0.1",
        value_name = "ADDR",
        value_parser = host
    )]
    pub host: IpAddr,
    /// Port; 0 takes a free one
    #[arg(long, env = "COGNITWIN_PORT", default_value_t = 9229, value_name = "N")]
    pub port: u16,
}

/// Where things are whose request does not say it.
#[derive(Debug, Args)]
pub struct Place {
    /// Region of a request that is not signed and names no pool
    #[arg(long, env = "COGNITWIN_REGION", default_value = "us-east-1", value_name = "R", value_parser = region)]
    pub region: String,
    /// Account id in ARNs
    #[arg(long, env = "COGNITWIN_ACCOUNT", default_value = "000000000000", value_name = "N", value_parser = account)]
    pub account: String,
}

/// What the templates among the seeds are given.
#[derive(Debug, Default, Args)]
pub struct SeedParameters {
    /// Value of a parameter of a template that is a seed (repeatable)
    #[arg(
        long,
        env = "COGNITWIN_SEED_PARAMETER",
        value_name = "NAME=VALUE",
        value_parser = seed_parameters,
        hide_env_values = true
    )]
    pub seed_parameter: Vec<Parameters>,
}

/// Names with their values.
pub type Parameters = Arc<[(String, String)]>;

impl SeedParameters {
    pub fn values(&self) -> Vec<(String, String)> {
        self.seed_parameter
            .iter()
            .flat_map(|some| some.iter().cloned())
            .collect()
    }
}

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub address: Address,
    /// Seed file or folder, applied at the start (repeatable)
    #[arg(
        long,
        env = "COGNITWIN_SEED",
        value_name = "PATH",
        value_delimiter = ','
    )]
    pub seed: Vec<PathBuf>,
    /// Folder that keeps the state across restarts [default: in memory only]
    #[arg(long, env = "COGNITWIN_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub seed_parameters: SeedParameters,
    #[command(flatten)]
    pub place: Place,
    /// Base of the issuer and of every link handed out [default: http://localhost:<port>]
    #[arg(long, env = "COGNITWIN_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// `iss` of tokens: the public URL, the address that the caller used, or AWS's own
    #[arg(
        long,
        env = "COGNITWIN_ISSUER",
        default_value = "public",
        value_name = "MODE"
    )]
    pub issuer: IssuerMode,
    /// Every confirmation, reset and one-time code is this one [default: random]
    #[arg(long, env = "COGNITWIN_CODE", value_name = "DIGITS", value_parser = code)]
    pub code: Option<String>,
    /// Lambda API that runs the functions of triggers, as LocalStack, moto and SAM have one [env, if that is not set: AWS_ENDPOINT_URL=]
    #[arg(long, env = "AWS_ENDPOINT_URL_LAMBDA", value_name = "URL", value_parser = endpoint)]
    pub lambda_endpoint: Option<http::Uri>,
    /// What may be such an API for all AWS clients of an environment.
    #[arg(skip)]
    pub shared_endpoint: Option<String>,
    /// Runs one Lambda function here: NAME=http://… posts the event, NAME=exec:COMMAND starts a command [env, separated by commas: COGNITWIN_LAMBDA=]
    #[arg(long, value_name = "NAME=TARGET", value_parser = lambda)]
    pub lambda: Vec<LambdaFunction>,
    /// Custom senders get codes in clear, instead of as AWS Encryption SDK messages
    #[arg(long, env = "COGNITWIN_PLAIN_CODES", value_parser = BoolishValueParser::new())]
    pub plain_codes: bool,
    /// The login pages list users to sign in as, without a password
    #[arg(long, env = "COGNITWIN_LOGIN_PICKER", value_parser = BoolishValueParser::new())]
    pub login_picker: bool,
    /// SMTP server that every email is also sent to: smtp://[USER:PASSWORD@]HOST[:PORT], or smtps://
    #[arg(
        long,
        env = "COGNITWIN_SMTP",
        value_name = "URL",
        hide_env_values = true
    )]
    pub smtp: Option<String>,
    /// Check signatures, with the keys of --credentials and those of credentials issued here
    #[arg(long, env = "COGNITWIN_VERIFY_SIGNATURES", value_parser = BoolishValueParser::new())]
    pub verify_signatures: bool,
    /// An access key and its secret that signatures are checked with (repeatable)
    #[arg(
        long,
        env = "COGNITWIN_CREDENTIALS",
        value_name = "KEY=SECRET",
        value_delimiter = ',',
        hide_env_values = true,
        value_parser = accepted_key
    )]
    pub credentials: Vec<AcceptedKey>,
    /// PEM file with the certificate chain for HTTPS [default: self-signed, made on first use]
    #[arg(
        long,
        env = "COGNITWIN_TLS_CERT",
        value_name = "F",
        requires = "tls_key"
    )]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the key of that certificate
    #[arg(
        long,
        env = "COGNITWIN_TLS_KEY",
        value_name = "F",
        requires = "tls_cert"
    )]
    pub tls_key: Option<PathBuf>,
    /// How much to log on stderr: error, warn, info, debug, trace, off
    #[arg(
        long,
        env = "COGNITWIN_LOG",
        default_value = "info",
        value_name = "LEVEL"
    )]
    pub log: tracing_subscriber::filter::LevelFilter,
    /// One line of text, or one JSON object, for each log entry
    #[arg(
        long,
        env = "COGNITWIN_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,
}

/// Without any flag, and on a free port.
impl Default for Serve {
    fn default() -> Self {
        let Settings {
            region, account, ..
        } = Settings::default();
        Self {
            address: Address {
                host: Ipv4Addr::LOCALHOST.into(),
                port: 0,
            },
            seed: Vec::new(),
            data: None,
            seed_parameters: SeedParameters::default(),
            place: Place { region, account },
            public_url: None,
            issuer: IssuerMode::Public,
            code: None,
            lambda_endpoint: None,
            shared_endpoint: None,
            lambda: Vec::new(),
            plain_codes: false,
            login_picker: false,
            smtp: None,
            verify_signatures: false,
            credentials: Vec::new(),
            tls_cert: None,
            tls_key: None,
            log: tracing_subscriber::filter::LevelFilter::OFF,
            log_format: LogFormat::Text,
        }
    }
}

impl Serve {
    /// With what clap does not read of the environment: it would cut functions at commas, or not at all.
    pub fn with_environment(mut self) -> Result<Self, String> {
        const LAMBDA: &str = "COGNITWIN_LAMBDA";
        if let (true, Some(text)) = (self.lambda.is_empty(), variable(LAMBDA)) {
            self.lambda =
                lambdas(&text).map_err(|problem| format!("{LAMBDA}: {text}: {problem}"))?;
        }
        self.shared_endpoint = variable("AWS_ENDPOINT_URL");
        Ok(self)
    }
}

fn host(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    inner
        .unwrap_or(text)
        .parse()
        .map_err(|_| "it is neither an IP address nor localhost".to_owned())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// What the `iss` of a user pool's tokens is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IssuerMode {
    /// `<public-url>/<poolId>`
    Public,
    /// `<the caller's scheme and Host>/<poolId>`
    Host,
    /// `https://cognito-idp.<region>.amazonaws.com/<poolId>`
    Aws,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// The state that a server starts with, or a part of it.
#[derive(Debug, Clone)]
pub enum Seed {
    /// A file, or a folder of them.
    Path(PathBuf),
    /// What a file would hold.
    Text(Arc<str>),
}

/// What the server needs of the command line once it runs.
#[derive(Debug, Clone)]
pub struct Settings {
    pub region: String,
    pub account: String,
    /// Without a slash at the end.
    pub public_url: String,
    pub issuer: IssuerMode,
    /// The code that every code is.
    pub code: Option<String>,
    pub lambda: Vec<LambdaFunction>,
    /// Whether custom senders get codes in clear.
    pub plain_codes: bool,
    pub login_picker: bool,
    pub lambda_api: Option<LambdaApi>,
    pub verify_signatures: bool,
    /// Access key id → secret access key.
    pub credentials: BTreeMap<String, String>,
    /// For the templates among the seeds.
    pub seed_parameters: Vec<(String, String)>,
    /// The seeds, which a reset applies again.
    pub seed: Vec<Seed>,
    /// How the clock stands at the start and after a reset, if not at the system's time.
    pub clock: Option<clock::State>,
}

/// As without any flag.
impl Default for Settings {
    fn default() -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            public_url: "http://localhost:9229".to_owned(),
            issuer: IssuerMode::Public,
            code: None,
            lambda: Vec::new(),
            lambda_api: None,
            plain_codes: false,
            login_picker: false,
            verify_signatures: false,
            credentials: Default::default(),
            seed_parameters: Vec::new(),
            seed: Vec::new(),
            clock: None,
        }
    }
}

impl Settings {
    /// `port` is the real one, known once the socket is bound.
    pub fn of(serve: &Serve, port: u16) -> Result<Self, String> {
        let public_url = serve
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://localhost:{port}"));
        Ok(Self {
            lambda_api: LambdaApi::of(serve, &public_url)?,
            public_url,
            region: serve.place.region.clone(),
            account: serve.place.account.clone(),
            issuer: serve.issuer,
            code: serve.code.clone(),
            lambda: serve.lambda.clone(),
            plain_codes: serve.plain_codes,
            login_picker: serve.login_picker,
            verify_signatures: serve.verify_signatures,
            credentials: serve.credentials.iter().map(|it| it.0.clone()).collect(),
            seed_parameters: serve.seed_parameters.values(),
            seed: serve.seed.iter().cloned().map(Seed::Path).collect(),
            clock: None,
        })
    }
}

/// Where Lambda's API is, and who this server is there.
#[derive(Debug, Clone)]
pub struct LambdaApi {
    pub endpoint: http::Uri,
    pub credentials: Credentials,
}

impl LambdaApi {
    /// As AWS's own SDKs find an endpoint and credentials. An address that is this server's own, for the
    /// clients that share its environment, is none.
    fn of(serve: &Serve, public_url: &str) -> Result<Option<Self>, String> {
        let shared = || {
            let text = serve.shared_endpoint.as_ref()?;
            (text.trim_end_matches('/') != public_url).then(|| {
                endpoint(text).map_err(|problem| format!("AWS_ENDPOINT_URL: {text}: {problem}"))
            })
        };
        let endpoint = match &serve.lambda_endpoint {
            Some(endpoint) => Some(endpoint.clone()),
            None => shared().transpose()?,
        };
        let text = |name| variable(name).unwrap_or_else(|| "test".to_owned());
        Ok(endpoint.map(|endpoint| Self {
            endpoint,
            credentials: Credentials {
                access_key_id: text("AWS_ACCESS_KEY_ID"),
                secret_access_key: text("AWS_SECRET_ACCESS_KEY"),
                session_token: variable("AWS_SESSION_TOKEN"),
            },
        }))
    }
}

pub(crate) fn endpoint(text: &str) -> Result<http::Uri, String> {
    address(text)
        .filter(|it| it.query().is_none())
        .ok_or_else(|| "http://HOST[:PORT] or https://HOST[:PORT] is wanted".to_owned())
}

/// One that may be posted to.
fn address(text: &str) -> Option<http::Uri> {
    let address: http::Uri = text.parse().ok()?;
    let is_usable = matches!(address.scheme_str(), Some("http" | "https"))
        && address.host().is_some_and(|host| !host.is_empty())
        && !address.authority()?.as_str().contains('@');
    is_usable.then_some(address)
}

/// An access key id and its secret, which no log shows.
#[derive(Clone)]
pub struct AcceptedKey((String, String));

impl std::fmt::Debug for AcceptedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.0)
    }
}

pub(crate) fn accepted_key(text: &str) -> Result<AcceptedKey, String> {
    match text.split_once('=') {
        Some((key, secret)) if !key.is_empty() && !secret.is_empty() => {
            Ok(AcceptedKey((key.to_owned(), secret.to_owned())))
        }
        _ => Err("KEY=SECRET is wanted".to_owned()),
    }
}

/// A function that is run elsewhere than in AWS Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LambdaFunction {
    pub name: String,
    pub target: LambdaTarget,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaTarget {
    /// The event is posted there, and the answer is the response's body.
    Http(http::Uri),
    /// A shell command: the event on its standard input, the answer on its standard output.
    Exec(String),
}

/// `NAME=TARGET`, and more of them behind commas. A piece that does not begin so goes on with the target
/// before it, whose comma is its own.
fn lambdas(text: &str) -> Result<Vec<LambdaFunction>, String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let begins = |piece: &str| {
        piece.split_once('=').is_some_and(|(name, target)| {
            !name.is_empty()
                && name.bytes().all(is_name)
                && (target.starts_with("http") || target.starts_with("exec:"))
        })
    };
    let mut texts: Vec<String> = Vec::new();
    for piece in text.split(',') {
        match texts.last_mut() {
            Some(last) if !begins(piece) => {
                last.push(',');
                last.push_str(piece);
            }
            _ => texts.push(piece.to_owned()),
        }
    }
    texts.iter().map(|text| lambda(text)).collect()
}

pub(crate) fn lambda(text: &str) -> Result<LambdaFunction, String> {
    let wanted = "NAME=http://HOST[:PORT][/PATH] or NAME=exec:COMMAND is wanted";
    let (name, target) = text.split_once('=').ok_or(wanted)?;
    let target = match target.strip_prefix("exec:") {
        Some(command) if !command.trim().is_empty() => LambdaTarget::Exec(command.to_owned()),
        Some(_) => return Err(wanted.to_owned()),
        None => LambdaTarget::Http(address(target).ok_or(wanted)?),
    };
    if name.is_empty() {
        return Err(wanted.to_owned());
    }
    Ok(LambdaFunction {
        name: name.to_owned(),
        target,
    })
}

/// `NAME=VALUE`, and more of them behind commas. A piece that does not begin so goes on with the value
/// before it, whose comma is its own.
fn seed_parameters(text: &str) -> Result<Parameters, String> {
    let is_name = |name: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b':';
        (!name.is_empty() && name.bytes().all(is_part)) || name.starts_with("{{resolve:")
    };
    let mut parameters: Vec<(String, String)> = Vec::new();
    for piece in text.split(',') {
        match (piece.split_once('='), parameters.last_mut()) {
            (Some((name, value)), _) if is_name(name) => {
                parameters.push((name.to_owned(), value.to_owned()));
            }
            (_, Some((_, value))) => {
                value.push(',');
                value.push_str(piece);
            }
            (_, None) => return Err("NAME=VALUE is wanted".to_owned()),
        }
    }
    Ok(parameters.into())
}

pub(crate) fn region(text: &str) -> Result<String, String> {
    let is_region = (5..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_region {
        Ok(text.to_owned())
    } else {
        Err("not an AWS region".to_owned())
    }
}

pub(crate) fn account(text: &str) -> Result<String, String> {
    if is_account_id(text) {
        Ok(text.to_owned())
    } else {
        Err("an AWS account id has 12 digits".to_owned())
    }
}

pub(crate) fn code(text: &str) -> Result<String, String> {
    let is_code = (4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code {
        Ok(text.to_owned())
    } else {
        Err("a code has 4 to 8 digits".to_owned())
    }
}

pub(crate) fn public_url(text: &str) -> Result<String, String> {
    match text.parse::<http::Uri>() {
        Ok(uri)
            if matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some()
                && uri.query().is_none() =>
        {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("not an http or https URL".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Config::command().debug_assert();
    }

    #[test]
    fn a_comma_in_a_seed_parameter_is_its_own_unless_a_name_follows() {
        let pairs = |text: &str| seed_parameters(text).map(|pairs| pairs.to_vec());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("A=1,B="), Ok(vec![pair("A", "1"), pair("B", "")]));
        assert_eq!(
            pairs("Urls=http://a?x=1,http://b?y=2,AWS::StackName=s"),
            Ok(vec![
                pair("Urls", "http://a?x=1,http://b?y=2"),
                pair("AWS::StackName", "s")
            ])
        );
        assert!(pairs("nothing").is_err());
        assert!(pairs("=x").is_err());
    }

    #[test]
    fn a_comma_in_a_command_is_its_own_unless_a_function_follows() {
        let told = |text: &str| -> Vec<_> {
            let functions = lambdas(text).unwrap();
            let told = functions.into_iter().map(|it| match it.target {
                LambdaTarget::Exec(command) => (it.name, command),
                LambdaTarget::Http(address) => (it.name, address.to_string()),
            });
            told.collect()
        };
        let pair = |name: &str, target: &str| (name.to_owned(), target.to_owned());
        assert_eq!(
            told("a=exec:echo 1,2, X=3,b-c_1=http://h/?x=1,2,d=exec:cat"),
            [
                pair("a", "echo 1,2, X=3"),
                pair("b-c_1", "http://h/?x=1,2"),
                pair("d", "cat")
            ]
        );
        assert!(lambdas("cat").is_err());
        assert!(lambdas("a=exec:,b=exec:cat").is_err());
    }

    #[test]
    fn a_public_url_loses_its_last_slash() {
        assert_eq!(
            public_url("https://cognito.test:8443/base/"),
            Ok("https://cognito.test:8443/base".into())
        );
        assert!(public_url("ftp://a").is_err());
        assert!(public_url("http://a?b").is_err());
        assert!(public_url("nonsense").is_err());
    }
}
