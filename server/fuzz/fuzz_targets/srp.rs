//! A sign-in by SRP, a value a line: SRP_A, user name, secret block, signature, time, user name. A line that is `$` is
//! what an honest client says there.
#![no_main]

use client_tests::srp::{Challenge, Prover};
use cognitwin_fuzz::{CLIENT, PASSWORD, POOL, with};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const SECRET: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
const TIME: &str = "Tue Mar 5 07:08:09 UTC 2024";

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut next = |honest: &str| match lines.next() {
        None | Some("$") => honest.to_owned(),
        Some(line) => line.to_owned(),
    };
    let prover = Prover::new(SECRET).unwrap();
    let public = next(&prover.public_number());
    let username = next("alice");
    with(|world| {
        let request = json!({
            "ClientId": CLIENT,
            "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": {"USERNAME": username, "SRP_A": public},
        });
        let (status, asked) = world.call("InitiateAuth", request.to_string());
        if status != 200 {
            return;
        }
        let parameters = &asked["ChallengeParameters"];
        let parameter = |name: &str| parameters[name].as_str().unwrap();
        let challenge = Challenge {
            user_id: parameter("USER_ID_FOR_SRP"),
            salt: parameter("SALT"),
            server_number: parameter("SRP_B"),
            secret_block: parameter("SECRET_BLOCK"),
        };
        let (_, pool) = POOL.split_once('_').unwrap();
        let honest = prover.sign(pool, PASSWORD, &challenge, TIME).unwrap();
        let block = next(challenge.secret_block);
        let signature = next(&honest);
        let time = next(TIME);
        let responses = json!({
            "USERNAME": next(challenge.user_id),
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": signature,
            "TIMESTAMP": time,
        });
        let answer = json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ClientId": CLIENT,
            "Session": asked["Session"],
            "ChallengeResponses": responses,
        });
        let (status, answer) = world.call("RespondToAuthChallenge", answer.to_string());
        assert!(
            status != 200 || signature == honest,
            "what proves nothing was taken: {answer}"
        );
    });
});
