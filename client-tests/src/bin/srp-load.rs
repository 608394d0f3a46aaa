//! Signs in by SRP over and over, and prints what `bench` reads. Only the two calls are timed: the proofs, which
//! cost the caller as much as the server, are worked out between rounds of the one and rounds of the other.
//!
//! `srp-load ADDRESS CONNECTIONS SECONDS USER_POOL_ID CLIENT_ID USERNAME PASSWORD`

use std::env;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use client_tests::srp::{Challenge, Prover};
use client_tests::wire::{Connection, Result};
use serde_json::{Value, json};

/// How many sign-ins a connection begins before it completes them.
const ROUND: usize = 8;
const SECRET: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
const TIMESTAMP: &str = "Tue Mar 5 07:08:09 UTC 2024";

struct Account<'a> {
    user_pool_id: &'a str,
    client_id: &'a str,
    username: &'a str,
    password: &'a str,
}

impl Account<'_> {
    fn begin(&self, prover: &Prover) -> Value {
        let parameters = json!({"USERNAME": self.username, "SRP_A": prover.public_number()});
        json!({"AuthFlow": "USER_SRP_AUTH", "ClientId": self.client_id, "AuthParameters": parameters})
    }

    fn complete(&self, prover: &Prover, asked: &Value) -> Result<Value> {
        let parameter = |name: &str| asked["ChallengeParameters"][name].as_str();
        let parameter = |name| parameter(name).ok_or("this is no challenge");
        let challenge = Challenge {
            user_id: parameter("USER_ID_FOR_SRP")?,
            salt: parameter("SALT")?,
            server_number: parameter("SRP_B")?,
            secret_block: parameter("SECRET_BLOCK")?,
        };
        let (_, pool_name) = self.user_pool_id.split_once('_').ok_or("no user pool id")?;
        let signature = prover
            .sign(pool_name, self.password, &challenge, TIMESTAMP)
            .ok_or("the challenge has no answer")?;
        let responses = json!({
            "USERNAME": self.username,
            "PASSWORD_CLAIM_SECRET_BLOCK": challenge.secret_block,
            "PASSWORD_CLAIM_SIGNATURE": signature,
            "TIMESTAMP": TIMESTAMP,
        });
        Ok(json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ClientId": self.client_id,
            "ChallengeResponses": responses,
        }))
    }
}

/// Does the work of every connection at once, and says how long all of it took.
fn at_once<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(T) -> Result<R> + Sync,
) -> Result<(Vec<R>, Duration)> {
    let began = Instant::now();
    let done: Result<Vec<R>> = thread::scope(|scope| {
        let threads: Vec<_> = items
            .into_iter()
            .map(|item| scope.spawn(|| work(item)))
            .collect();
        let joined = threads.into_iter().map(|it| it.join());
        joined
            .map(|it| it.map_err(|_| "a thread panicked")?)
            .collect()
    });
    Ok((done?, began.elapsed()))
}

fn run(arguments: &[String]) -> Result<Value> {
    let [
        address,
        connections,
        seconds,
        user_pool_id,
        client_id,
        username,
        password,
    ] = arguments
    else {
        return Err("see the head of this program's source for its arguments".into());
    };
    let account = Account {
        user_pool_id,
        client_id,
        username,
        password,
    };
    let prover = Prover::new(SECRET).ok_or("no secret number")?;
    let begin = account.begin(&prover);
    let until = Duration::from_secs(seconds.parse()?);
    let mut lines = (0..connections.parse()?)
        .map(|_| Connection::open(address))
        .collect::<Result<Vec<_>>>()?;

    let (mut sign_ins, mut beginning, mut completing) = (0, Duration::ZERO, Duration::ZERO);
    while beginning + completing < until {
        let (asked, took) = at_once(lines, |mut line| {
            let asked = (0..ROUND).map(|_| line.call("InitiateAuth", &begin));
            let asked = asked.collect::<Result<Vec<_>>>()?;
            Ok((line, asked))
        })?;
        beginning += took;
        let (proved, _) = at_once(asked, |(line, asked)| {
            let answers = asked.iter().map(|it| account.complete(&prover, it));
            Ok((line, answers.collect::<Result<Vec<_>>>()?))
        })?;
        let (done, took) = at_once(proved, |(mut line, answers)| {
            for answer in &answers {
                let tokens = line.call("RespondToAuthChallenge", answer)?;
                if tokens["AuthenticationResult"]["AccessToken"].is_null() {
                    return Err(format!("no tokens: {tokens}").into());
                }
            }
            Ok(line)
        })?;
        completing += took;
        sign_ins += done.len() * ROUND;
        lines = done;
    }
    Ok(json!({
        "requests": sign_ins,
        "seconds": (beginning + completing).as_secs_f64(),
        "beginning_seconds": beginning.as_secs_f64(),
    }))
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
