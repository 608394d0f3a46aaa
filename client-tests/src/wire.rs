//! A connection to the server that is kept open, and calls over it: as little between a measurement and the server
//! as there can be.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Whoever waits longer has been forgotten by the server.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Connection {
    stream: BufReader<TcpStream>,
    authorization: String,
}

pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Null where there is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Connection {
    /// Of a caller who signs nothing.
    pub fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
            authorization: String::new(),
        })
    }

    /// Of a caller with an access key, in this region.
    pub fn signed(address: &str, region: &str) -> Result<Self> {
        let mut connection = Self::open(address)?;
        connection.sign_in_region(region);
        Ok(connection)
    }

    /// From now on its calls are for this region.
    pub fn sign_in_region(&mut self, region: &str) {
        self.authorization = format!(
            "authorization: AWS4-HMAC-SHA256 Credential=test/20260101/{region}/cognito-idp/aws4_request, \
             SignedHeaders=host, Signature={}\r\n",
            "0".repeat(64)
        );
    }

    /// Any request; each of the headers ends its line.
    pub fn send(&mut self, request: &str, headers: &str, body: &str) -> Result<Answer> {
        let head = format!(
            "{request} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        self.stream.get_mut().write_all((head + body).as_bytes())?;
        let (mut line, mut length, mut location) = (String::new(), 0, None);
        self.stream.read_line(&mut line)?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| format!("{request} was answered {line:?}"))?;
        while line != "\r\n" {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err("the server has closed the connection".into());
            }
            if let Some((name, value)) = line.split_once(':') {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.trim().parse()?,
                    "location" => location = Some(value.trim().to_owned()),
                    _ => {}
                }
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer {
            status,
            location,
            body,
        })
    }

    /// A call of user pools, or of the service before a point; whatever the answer is.
    pub fn ask(&mut self, operation: &str, request: &Value) -> Result<Answer> {
        let service = match operation.contains('.') {
            true => "",
            false => "AWSCognitoIdentityProviderService.",
        };
        let headers = format!(
            "content-type: application/x-amz-json-1.1\r\nx-amz-target: {service}{operation}\r\n{}",
            self.authorization
        );
        self.send("POST /", &headers, &request.to_string())
    }

    /// One that succeeds.
    pub fn call(&mut self, operation: &str, request: &Value) -> Result<Value> {
        let answer = self.ask(operation, request)?;
        if answer.status == 200 {
            Ok(answer.json())
        } else {
            Err(format!("{operation} answered {} {}", answer.status, answer.json()).into())
        }
    }
}
