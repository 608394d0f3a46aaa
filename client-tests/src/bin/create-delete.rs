//! What is made and deleted again takes no memory for good, nor do sign-ins, codes, messages, and calls: the memory of
//! the process is the same after many rounds as after the first ones. Journal and outbox are full before anything is
//! measured, and the clock passes every term between the rounds, so that what may be forgotten is. Prints the sizes in KiB
//! after each round; what grows, or is not as it should be, ends the program.
//!
//! `create-delete ADDRESS PROCESS`
#![expect(
    clippy::unwrap_used,
    reason = "a panic is how it ends if anything is wrong"
)]

use client_tests::wire::Connection;
use serde_json::{Value, json};

const REGION: &str = "us-west-2";
const POOL: &str = "us-west-2_Demo12345";
const CLIENT: &str = "1example23456789localclient";
const IDENTITY_POOL: &str = "us-west-2:11111111-2222-4333-8444-555555555555";
const PASSWORD: &str = "Passw0rd!";

/// How often each thing is done in a round.
const TIMES: usize = 500;
/// Between two measurements that are compared.
const ROUNDS: usize = 4;
/// Something of 128 bytes that stays each time would exceed it.
const MOST_GROWTH: u64 = (TIMES * ROUNDS * 128 / 1024) as u64;
/// What stays each time shows in each comparison. What only settles, as an allocator does while the journal's calls of
/// one kind give way to those of another, comes to its end before this many.
const MOST_COMPARISONS: usize = 6;
const MOST_MESSAGES: usize = 10_000;

/// Something that leaves nothing behind; the number is another one each time.
type Deed = fn(&mut Owner, usize);

struct Owner(Connection);

impl Owner {
    fn ok(&mut self, operation: &str, request: &Value) -> Value {
        let answer = self.0.call(operation, request);
        answer.unwrap_or_else(|error| unreachable!("{error}"))
    }

    fn refuses(&mut self, operation: &str, request: &Value) {
        let answer = self.0.ask(operation, request).unwrap();
        assert_eq!(answer.status, 400, "{operation}: {}", answer.json());
    }

    fn control(&mut self, request: &str, body: &Value) -> Value {
        let answer = self.0.send(request, "", &body.to_string()).unwrap();
        assert!(answer.status < 300, "{request}: {}", answer.json());
        answer.json()
    }

    /// A pool with something of each kind in it.
    fn user_pool(&mut self, number: usize) {
        let pool = json!({"PoolName": "p", "UserPoolTags": {"a": "b"}});
        let pool = self.ok("CreateUserPool", &pool)["UserPool"]["Id"].clone();
        let with = |name: &str, value: &str| json!({"UserPoolId": pool, name: value});
        self.ok("CreateUserPoolClient", &with("ClientName", "c"));
        self.ok("CreateGroup", &with("GroupName", "g"));
        let domain = with("Domain", &format!("flat-{number}"));
        self.ok("CreateUserPoolDomain", &domain);
        let server = json!({"UserPoolId": pool, "Identifier": "api", "Name": "api"});
        self.ok("CreateResourceServer", &server);
        self.ok("AdminCreateUser", &with("Username", "u"));
        self.ok("DeleteUserPoolDomain", &domain);
        self.ok("DeleteUserPool", &json!({"UserPoolId": pool}));
    }

    /// In the pool that stays: what is deleted by itself.
    fn parts(&mut self, _: usize) {
        let with = |name: &str, value: &str| json!({"UserPoolId": POOL, name: value});
        let client = self.ok("CreateUserPoolClient", &with("ClientName", "c"));
        let client = client["UserPoolClient"]["ClientId"].as_str().unwrap();
        self.ok("DeleteUserPoolClient", &with("ClientId", client));
        self.ok("CreateGroup", &with("GroupName", "g"));
        self.ok("DeleteGroup", &with("GroupName", "g"));
    }

    fn invitation(&mut self, number: usize) {
        let name = format!("full-{number}");
        let user = json!({"UserPoolId": POOL, "Username": name, "UserAttributes": [
            {"Name": "email", "Value": format!("{name}@example.com")},
        ]});
        self.ok("AdminCreateUser", &user);
        let user = json!({"UserPoolId": POOL, "Username": name});
        self.ok("AdminDeleteUser", &user);
    }

    /// A user who is invited, whose name is another one each time, and who signs in.
    fn user(&mut self, number: usize) {
        let name = format!("flat-{number}");
        let user = json!({"UserPoolId": POOL, "Username": name, "UserAttributes": [
            {"Name": "email", "Value": format!("{name}@example.com")},
        ]});
        self.ok("AdminCreateUser", &user);
        let password =
            json!({"UserPoolId": POOL, "Username": name, "Password": PASSWORD, "Permanent": true});
        self.ok("AdminSetUserPassword", &password);
        self.ok("InitiateAuth", &sign_in(&name, PASSWORD));
        self.ok(
            "AdminDeleteUser",
            &json!({"UserPoolId": POOL, "Username": name}),
        );
    }

    /// Of one who stays: tokens that are revoked, and passwords that are wrong; and of others who never were.
    fn sign_ins(&mut self, number: usize) {
        let tokens = self.ok("InitiateAuth", &sign_in("alice", PASSWORD));
        let token = &tokens["AuthenticationResult"]["RefreshToken"];
        self.ok("RevokeToken", &json!({"ClientId": CLIENT, "Token": token}));
        self.refuses("InitiateAuth", &sign_in(&format!("no-{number}"), PASSWORD));
    }

    /// Codes of the domain that nobody exchanges.
    fn codes(&mut self, _: usize) {
        const CSRF: &str = "11111111-1111-4111-8111-111111111111";
        let request = format!(
            "POST /login?client_id={CLIENT}&response_type=code&redirect_uri=https%3A%2F%2Flocalhost"
        );
        let headers = format!(
            "content-type: application/x-www-form-urlencoded\r\ncookie: XSRF-TOKEN={CSRF}\r\n"
        );
        let form = format!("_csrf={CSRF}&username=alice&password=Passw0rd%21");
        let answer = self.0.send(&request, &headers, &form).unwrap();
        let place = answer.location.unwrap_or_default();
        assert!(
            place.starts_with("https://localhost?code="),
            "{} {place}",
            answer.status
        );
    }

    fn identities(&mut self, _: usize) {
        let pool = json!({"IdentityPoolId": IDENTITY_POOL});
        let identity = self.ok("AWSCognitoIdentityService.GetId", &pool)["IdentityId"].clone();
        let of_it = json!({"IdentityId": identity});
        self.ok(
            "AWSCognitoIdentityService.GetCredentialsForIdentity",
            &of_it,
        );
        let deleted = json!({"IdentityIdsToDelete": [identity]});
        self.ok("AWSCognitoIdentityService.DeleteIdentities", &deleted);
        let pool = json!({"IdentityPoolName": "i", "AllowUnauthenticatedIdentities": true});
        let pool = self.ok("AWSCognitoIdentityService.CreateIdentityPool", &pool);
        let pool = json!({"IdentityPoolId": pool["IdentityPoolId"]});
        self.ok("AWSCognitoIdentityService.GetId", &pool);
        self.ok("AWSCognitoIdentityService.DeleteIdentityPool", &pool);
    }

    /// Each account and region is a scope of its own.
    fn scopes(&mut self, number: usize) {
        self.0.sign_in_region(&format!("us-east-{number}"));
        let pool = self.ok("CreateUserPool", &json!({"PoolName": "p"}));
        let pool = json!({"UserPoolId": pool["UserPool"]["Id"]});
        self.ok("DeleteUserPool", &pool);
        self.0.sign_in_region(REGION);
    }

    fn faults(&mut self, number: usize) {
        let fault =
            json!({"operation": "ListUsers", "errorType": format!("E{number}"), "times": 1});
        self.control("POST /_cognitwin/faults", &fault);
        let _ = self.0.ask("ListUsers", &json!({"UserPoolId": POOL}));
        self.control("DELETE /_cognitwin/faults", &Value::Null);
    }
}

fn sign_in(username: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": {"USERNAME": username, "PASSWORD": password},
    })
}

/// What the process takes of the machine's memory, in KiB.
fn resident(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let size = line.map(|line| line.trim().trim_end_matches(" kB").parse());
    size.unwrap().unwrap()
}

/// The size of the process after a round of one thing, and after the terms of all that it left.
fn round(owner: &mut Owner, deed: Deed, number: &mut usize, process: &str) -> u64 {
    for _ in 0..TIMES {
        *number += 1;
        deed(owner, *number);
    }
    let passed = json!({"advanceSeconds": 3_456_000});
    owner.control("PUT /_cognitwin/clock", &passed);
    resident(process)
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [address, process] = &*arguments else {
        unreachable!("see the head of this program's source for its arguments");
    };
    let mut owner = Owner(Connection::signed(address, REGION).unwrap());
    // Each user is sent a message. Twice as many come as are kept, since the ring that keeps them has spare places.
    for number in 0..2 * MOST_MESSAGES {
        owner.invitation(number);
    }
    let deeds: [(&str, Deed); 8] = [
        ("user pools", Owner::user_pool),
        ("clients and groups", Owner::parts),
        ("users", Owner::user),
        ("sign-ins", Owner::sign_ins),
        ("codes", Owner::codes),
        ("identities", Owner::identities),
        ("scopes", Owner::scopes),
        ("faults", Owner::faults),
    ];
    let mut number = 0;
    let mut too_much = Vec::new();
    for (name, deed) in deeds {
        // The first round of each is the warm-up.
        let mut sizes = vec![round(&mut owner, deed, &mut number, process)];
        let mut has_grown = true;
        while has_grown && sizes.len() <= MOST_COMPARISONS * ROUNDS {
            let before = sizes.last().copied().unwrap_or_default();
            sizes.extend((0..ROUNDS).map(|_| round(&mut owner, deed, &mut number, process)));
            let after = sizes.last().copied().unwrap_or_default();
            has_grown = after > before + MOST_GROWTH;
        }
        println!("{name:<20} {sizes:?}");
        if has_grown {
            too_much.push(format!("{name} take more with each round: {sizes:?}"));
        }
    }
    assert!(too_much.is_empty(), "{too_much:#?}");
}
