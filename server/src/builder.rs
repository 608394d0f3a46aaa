//! Settings of a server, and the one way to start it.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::app::App;
use crate::clock::{self, Moment};
use crate::config::{self, IssuerMode, Seed, Serve, Settings};
use crate::control;
use crate::http::{Listener, Tls};
use crate::server::{Error, Prepared, Server};

/// How a server is to be: each method is a setting, and [`Builder::start`] the end of them. What a setting is
/// for, and what it is without, is told in the README; the port is a free one, though. The environment sets nothing.
#[derive(Debug, Default)]
#[must_use = "a server begins with start()"]
pub struct Builder {
    serve: Serve,
    seeds: Vec<Seed>,
    clock: Option<clock::State>,
    /// What is wrong with the first setting that is.
    problem: Option<String>,
}

impl Builder {
    /// As the command line says.
    #[doc(hidden)]
    pub fn of(mut serve: Serve) -> Self {
        let seeds = std::mem::take(&mut serve.seed).into_iter();
        Self {
            seeds: seeds.map(Seed::Path).collect(),
            serve,
            ..Self::default()
        }
    }

    /// Starts the server: it answers once this has returned. It has threads of its own, so that it answers
    /// whatever the caller's runtime does meanwhile.
    pub async fn start(self) -> Result<Server, Error> {
        Server::start(self).await
    }

    /// Address to bind, `127.0.0.1` without.
    pub fn host(mut self, host: impl Into<IpAddr>) -> Self {
        self.serve.address.host = host.into();
        self
    }

    /// Port to bind, a free one without.
    pub fn port(mut self, port: u16) -> Self {
        self.serve.address.port = port;
        self
    }

    /// A seed file, or a folder of them. Seeds are applied in the order in which they are named.
    pub fn seed(mut self, path: impl Into<PathBuf>) -> Self {
        self.seeds.push(Seed::Path(path.into()));
        self
    }

    /// What a seed file would hold, in YAML or JSON.
    pub fn seed_text(mut self, text: impl AsRef<str>) -> Self {
        self.seeds.push(Seed::Text(text.as_ref().into()));
        self
    }

    /// A parameter of the templates among the seeds.
    pub fn seed_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let parameter = [(name.into(), value.into())];
        let parameters = &mut self.serve.seed_parameters.seed_parameter;
        parameters.push(parameter.into());
        self
    }

    /// Folder that keeps the state.
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.serve.data = Some(folder.into());
        self
    }

    /// The clock runs on from this moment, after a reset again.
    pub fn clock_from(mut self, moment: Moment) -> Self {
        self.clock = Some(clock::State::running_from(moment));
        self
    }

    /// The clock stands at this moment until it is moved, after a reset again.
    pub fn frozen_at(mut self, moment: Moment) -> Self {
        self.clock = Some(clock::State::frozen_at(moment));
        self
    }

    /// Region of a request that is not signed and names no pool, `us-east-1` without.
    pub fn region(self, region: &str) -> Self {
        self.checked("region", region, config::region, |serve, region| {
            serve.place.region = region;
        })
    }

    /// Account id in ARNs, `000000000000` without.
    pub fn account(self, account: &str) -> Self {
        self.checked("account", account, config::account, |serve, account| {
            serve.place.account = account;
        })
    }

    /// Base of the issuer and of every link handed out, `http://localhost:<port>` without.
    pub fn public_url(self, url: &str) -> Self {
        self.checked("public_url", url, config::public_url, |serve, url| {
            serve.public_url = Some(url);
        })
    }

    /// What the `iss` of tokens is.
    pub fn issuer(mut self, issuer: IssuerMode) -> Self {
        self.serve.issuer = issuer;
        self
    }

    /// Every confirmation, reset and one-time code is this one.
    pub fn code(self, digits: &str) -> Self {
        self.checked("code", digits, config::code, |serve, code| {
            serve.code = Some(code);
        })
    }

    /// What runs a Lambda function: an address, or `exec:` and a command.
    pub fn lambda(self, name: &str, target: &str) -> Self {
        let text = format!("{name}={target}");
        self.checked("lambda", &text, config::lambda, |serve, function| {
            serve.lambda.push(function);
        })
    }

    /// A Lambda API that runs all other functions. Its calls are signed with the credentials that the
    /// environment has for AWS, else with `test`.
    pub fn lambda_endpoint(self, url: &str) -> Self {
        self.checked("lambda_endpoint", url, config::endpoint, |serve, url| {
            serve.lambda_endpoint = Some(url);
        })
    }

    /// Custom senders get codes in clear.
    pub fn plain_codes(mut self) -> Self {
        self.serve.plain_codes = true;
        self
    }

    /// The login pages list users to sign in as, without a password.
    pub fn login_picker(mut self) -> Self {
        self.serve.login_picker = true;
        self
    }

    /// SMTP server that every email is also sent to.
    pub fn smtp(mut self, url: impl Into<String>) -> Self {
        self.serve.smtp = Some(url.into());
        self
    }

    /// Checks signatures, with these access keys and those of credentials that the server issues.
    pub fn verify_signatures<'k>(
        mut self,
        keys: impl IntoIterator<Item = (&'k str, &'k str)>,
    ) -> Self {
        self.serve.verify_signatures = true;
        for (key, secret) in keys {
            match config::accepted_key(&format!("{key}={secret}")) {
                Ok(accepted) => self.serve.credentials.push(accepted),
                // The text is a secret.
                Err(_) => self.refuse("verify_signatures: a key and its secret are wanted"),
            }
        }
        self
    }

    /// PEM files with the certificate chain for HTTPS and its key. Without them the certificate is
    /// self-signed, and made when the first client wants it.
    pub fn tls(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.serve.tls_cert = Some(certificate.into());
        self.serve.tls_key = Some(key.into());
        self
    }

    fn checked<T>(
        mut self,
        name: &str,
        text: &str,
        parse: fn(&str) -> Result<T, String>,
        put: impl FnOnce(&mut Serve, T),
    ) -> Self {
        match parse(text) {
            Ok(value) => put(&mut self.serve, value),
            Err(problem) => self.refuse(&format!("{name}: {text}: {problem}")),
        }
        self
    }

    fn refuse(&mut self, problem: &str) {
        self.problem.get_or_insert_with(|| problem.to_owned());
    }

    /// A server that is bound and in the state that its folder and its seeds want.
    #[doc(hidden)]
    pub async fn prepare(self) -> Result<Prepared, Error> {
        let Self { serve, seeds, .. } = self;
        if let Some(problem) = self.problem {
            return Err(Error::from(problem));
        }
        let tls = match (&serve.tls_cert, &serve.tls_key) {
            (Some(certificate), Some(key)) => Tls::from_files(certificate, key)?,
            _ => Tls::self_signed(),
        };
        let address = SocketAddr::new(serve.address.host, serve.address.port);
        let listener = Listener::bind(address)
            .await
            .map_err(|error| format!("{address}: {error}"))?;
        let address = listener.address()?;
        let settings = Settings {
            seed: seeds,
            clock: self.clock,
            ..Settings::of(&serve, address.port())?
        };
        let app = App::new(settings)?;
        if let Some(url) = &serve.smtp {
            let relay = app.outbox.relay_to(url);
            relay.map_err(|error| format!("--smtp: {error}"))?;
        }
        control::begin(&app, serve.data.as_deref())
            .await
            .map_err(|error| error.to_string())?;
        Ok(Prepared {
            listener,
            address,
            app,
            tls,
        })
    }
}
