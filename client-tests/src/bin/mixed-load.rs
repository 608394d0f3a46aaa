//! Many connections at once, each living the lives of users: every answer is the right one, none is of the 500 class, and
//! nobody waits without end. Prints how many calls of each kind there were; what is not as it should be ends the program.
//!
//! `mixed-load ADDRESS CONNECTIONS SECONDS`
#![expect(
    clippy::unwrap_used,
    reason = "a panic is how it ends if anything is wrong"
)]

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use client_tests::srp::{Challenge, Prover};
use client_tests::wire::{Answer, Connection};
use serde_json::{Value, json};

const REGION: &str = "us-west-2";
const PASSWORD: &str = "Passw0rd!";
const CALLBACK: &str = "https://app.example/cb";
const SECRET: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
const TIMESTAMP: &str = "Tue Mar 5 07:08:09 UTC 2024";
/// Proofs cost the caller more than the server; one life of so many has one.
const LIVES_A_PROOF: usize = 8;

/// What all callers share.
struct Place {
    pool: String,
    client: String,
    identity_pool: String,
}

impl Place {
    fn new(address: &str) -> Self {
        let mut owner = Connection::signed(address, REGION).unwrap();
        let pool = json!({"PoolName": "load", "AutoVerifiedAttributes": ["email"]});
        let pool = owner.call("CreateUserPool", &pool).unwrap()["UserPool"]["Id"].clone();
        let client = json!({
            "UserPoolId": pool,
            "ClientName": "load",
            "ExplicitAuthFlows":
                ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthScopes": ["openid"],
            "CallbackURLs": [CALLBACK],
            "SupportedIdentityProviders": ["COGNITO"],
        });
        let client = owner.call("CreateUserPoolClient", &client).unwrap();
        let client = text(&client["UserPoolClient"]["ClientId"]);
        let group = json!({"UserPoolId": pool, "GroupName": "everybody"});
        owner.call("CreateGroup", &group).unwrap();
        let pool = text(&pool);
        let domain = json!({"UserPoolId": pool, "Domain": "load"});
        owner.call("CreateUserPoolDomain", &domain).unwrap();
        let provider = format!("cognito-idp.{REGION}.amazonaws.com/{pool}");
        let identity_pool = json!({
            "IdentityPoolName": "load",
            "AllowUnauthenticatedIdentities": false,
            "CognitoIdentityProviders": [{"ProviderName": provider, "ClientId": client}],
        });
        let create = "AWSCognitoIdentityService.CreateIdentityPool";
        let identity_pool = owner.call(create, &identity_pool).unwrap();
        let identity_pool = text(&identity_pool["IdentityPoolId"]);
        let roles = json!({
            "IdentityPoolId": identity_pool,
            "Roles": {"authenticated": "arn:aws:iam::000000000000:role/authenticated"},
        });
        let set = "AWSCognitoIdentityService.SetIdentityPoolRoles";
        owner.call(set, &roles).unwrap();
        Self {
            pool,
            client,
            identity_pool,
        }
    }
}

fn text(value: &Value) -> String {
    let text = value.as_str();
    text.unwrap_or_else(|| unreachable!("{value}")).to_owned()
}

/// One connection, and how many of each call went over it.
struct Caller<'a> {
    connection: Connection,
    place: &'a Place,
    counts: BTreeMap<String, u64>,
}

impl Caller<'_> {
    fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    fn ask(&mut self, operation: &str, request: &Value) -> Answer {
        self.count(operation);
        let answer = self.connection.ask(operation, request);
        answer.unwrap_or_else(|error| unreachable!("{operation}: {error}"))
    }

    fn ok(&mut self, operation: &str, request: &Value) -> Value {
        let answer = self.ask(operation, request);
        assert_eq!(answer.status, 200, "{operation}: {}", answer.json());
        answer.json()
    }

    fn refuses(&mut self, operation: &str, request: &Value, kind: &str, message: &str) {
        let answer = self.ask(operation, request);
        let refusal = json!({"__type": kind, "message": message});
        assert_eq!(answer.json(), refusal, "{operation}");
        assert_eq!(answer.status, 400, "{operation}");
    }

    fn send(&mut self, what: &str, request: &str, headers: &str, body: &str) -> Answer {
        self.count(what);
        let answer = self.connection.send(request, headers, body);
        answer.unwrap_or_else(|error| unreachable!("{what}: {error}"))
    }

    fn flow(&mut self, flow: &str, parameters: &Value) -> Value {
        let client = &self.place.client;
        let request = json!({"ClientId": client, "AuthFlow": flow, "AuthParameters": parameters});
        self.ok("InitiateAuth", &request)
    }

    /// A user who signs up, lives, and is no more.
    fn life(&mut self, name: &str, number: usize) {
        let Place { pool, client, .. } = self.place;
        let email = format!("{name}@example.com");
        let attributes = json!([{"Name": "email", "Value": email}]);
        let request = json!({"ClientId": client, "Username": name, "Password": PASSWORD, "UserAttributes": attributes});
        let signed_up = self.ok("SignUp", &request);
        assert_eq!(signed_up["UserConfirmed"], false);
        let message = "User already exists";
        self.refuses("SignUp", &request, "UsernameExistsException", message);
        let sent = format!("GET /_cognitwin/messages?username={name}");
        let sent = self.send("messages", &sent, "", "").json();
        let code = text(&sent[0]["code"]);
        let request = json!({"ClientId": client, "Username": name, "ConfirmationCode": code});
        assert_eq!(self.ok("ConfirmSignUp", &request), json!({}));

        let password = json!({"USERNAME": name, "PASSWORD": PASSWORD});
        let tokens = self.flow("USER_PASSWORD_AUTH", &password)["AuthenticationResult"].clone();
        let request = json!({"AccessToken": tokens["AccessToken"]});
        let shown = self.ok("GetUser", &request);
        assert_eq!(shown["Username"], json!(name));
        self.administration(name, &text(&signed_up["UserSub"]));
        if number.is_multiple_of(LIVES_A_PROOF) {
            self.proof(name);
        }
        self.domain(name);
        self.credentials(&text(&tokens["IdToken"]));

        let refresh = json!({"REFRESH_TOKEN": tokens["RefreshToken"]});
        let refreshed = self.flow("REFRESH_TOKEN_AUTH", &refresh);
        assert_ne!(
            refreshed["AuthenticationResult"]["AccessToken"],
            Value::Null
        );
        let request = json!({"ClientId": client, "Token": tokens["RefreshToken"]});
        self.ok("RevokeToken", &request);
        let request = json!({"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh});
        let message = "Refresh Token has been revoked";
        self.refuses("InitiateAuth", &request, "NotAuthorizedException", message);

        let user = json!({"UserPoolId": pool, "Username": name});
        self.ok("AdminDeleteUser", &user);
        let message = "User does not exist.";
        self.refuses("AdminGetUser", &user, "UserNotFoundException", message);
    }

    fn administration(&mut self, name: &str, sub: &str) {
        let pool = &self.place.pool;
        let with = |more: Value| {
            let mut request = json!({"UserPoolId": pool, "Username": name});
            let members = request.as_object_mut().zip(more.as_object());
            let (request_members, more) = members.unwrap();
            request_members.extend(more.clone());
            request
        };
        let attributes = json!([{"Name": "nickname", "Value": sub}]);
        self.ok(
            "AdminUpdateUserAttributes",
            &with(json!({"UserAttributes": attributes})),
        );
        let shown = self.ok("AdminGetUser", &with(json!({})));
        let shown = shown["UserAttributes"].as_array().unwrap();
        assert!(shown.contains(&json!({"Name": "nickname", "Value": sub})));
        let group = with(json!({"GroupName": "everybody"}));
        self.ok("AdminAddUserToGroup", &group);
        let groups = self.ok("AdminListGroupsForUser", &with(json!({})));
        assert_eq!(groups["Groups"][0]["GroupName"], "everybody");
        let found = json!({"UserPoolId": pool, "Filter": format!("sub = \"{sub}\"")});
        let found = self.ok("ListUsers", &found);
        let found = found["Users"].as_array().unwrap();
        assert_eq!(
            (found.len(), &found[0]["Username"]),
            (1, &json!(name)),
            "{found:?}"
        );

        let request = json!({"UserPoolId": pool, "ClientName": name, "GenerateSecret": true});
        let made = self.ok("CreateUserPoolClient", &request)["UserPoolClient"].clone();
        let request = json!({"UserPoolId": pool, "ClientId": made["ClientId"]});
        let described = self.ok("DescribeUserPoolClient", &request)["UserPoolClient"].clone();
        assert_eq!(described, made);
        self.ok("DeleteUserPoolClient", &request);
    }

    fn proof(&mut self, name: &str) {
        let prover = Prover::new(SECRET).unwrap();
        let parameters = json!({"USERNAME": name, "SRP_A": prover.public_number()});
        let asked = self.flow("USER_SRP_AUTH", &parameters);
        assert_eq!(asked["ChallengeName"], "PASSWORD_VERIFIER");
        let parameter = |name: &str| asked["ChallengeParameters"][name].as_str().unwrap();
        let challenge = Challenge {
            user_id: parameter("USER_ID_FOR_SRP"),
            salt: parameter("SALT"),
            server_number: parameter("SRP_B"),
            secret_block: parameter("SECRET_BLOCK"),
        };
        let (_, pool) = self.place.pool.split_once('_').unwrap();
        let signature = prover.sign(pool, PASSWORD, &challenge, TIMESTAMP);
        let responses = json!({
            "USERNAME": name,
            "PASSWORD_CLAIM_SECRET_BLOCK": challenge.secret_block,
            "PASSWORD_CLAIM_SIGNATURE": signature.unwrap(),
            "TIMESTAMP": TIMESTAMP,
        });
        let client = &self.place.client;
        let request = json!({"ChallengeName": "PASSWORD_VERIFIER", "ClientId": client, "ChallengeResponses": responses});
        let answer = self.ok("RespondToAuthChallenge", &request);
        assert_ne!(answer["AuthenticationResult"]["AccessToken"], Value::Null);
    }

    /// Form, code, tokens, and who they are of.
    fn domain(&mut self, name: &str) {
        let client = &self.place.client;
        let callback = CALLBACK.replace(':', "%3A").replace('/', "%2F");
        let query = format!("client_id={client}&response_type=code&redirect_uri={callback}");
        let csrf = "11111111-1111-4111-8111-111111111111";
        let form_type = "content-type: application/x-www-form-urlencoded\r\n";
        let headers = format!("{form_type}cookie: XSRF-TOKEN={csrf}\r\n");
        let password = PASSWORD.replace('!', "%21");
        let form = format!("_csrf={csrf}&username={name}&password={password}");
        let answer = self.send("/login", &format!("POST /login?{query}"), &headers, &form);
        let place = answer.location.unwrap_or_default();
        let code = place.strip_prefix(&format!("{CALLBACK}?code="));
        let code = code.unwrap_or_else(|| unreachable!("{} {place}", answer.status));
        let form = format!(
            "grant_type=authorization_code&client_id={client}&redirect_uri={callback}&code={code}"
        );
        let answer = self.send("/oauth2/token", "POST /oauth2/token", form_type, &form);
        assert_eq!(answer.status, 200, "{}", answer.json());
        let bearer = format!(
            "authorization: Bearer {}\r\n",
            text(&answer.json()["access_token"])
        );
        let shown = self.send("/oauth2/userInfo", "GET /oauth2/userInfo", &bearer, "");
        assert_eq!(shown.json()["username"], json!(name));
        let answer = self.send("/oauth2/token", "POST /oauth2/token", form_type, &form);
        assert_eq!(answer.json(), json!({"error": "invalid_grant"}));
    }

    fn credentials(&mut self, token: &str) {
        let Place {
            pool,
            identity_pool,
            ..
        } = self.place;
        let logins = json!({format!("cognito-idp.{REGION}.amazonaws.com/{pool}"): token});
        let request = json!({"IdentityPoolId": identity_pool, "Logins": logins});
        let identity = self.ok("AWSCognitoIdentityService.GetId", &request)["IdentityId"].clone();
        let request = json!({"IdentityId": identity, "Logins": logins});
        let given = self.ok(
            "AWSCognitoIdentityService.GetCredentialsForIdentity",
            &request,
        );
        assert_eq!(given["IdentityId"], identity);
        assert!(text(&given["Credentials"]["AccessKeyId"]).starts_with("ASIA"));
        let request = json!({"IdentityIdsToDelete": [identity]});
        let deleted = self.ok("AWSCognitoIdentityService.DeleteIdentities", &request);
        assert_eq!(deleted["UnprocessedIdentityIds"], json!([]));
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [address, connections, seconds] = &*arguments else {
        unreachable!("see the head of this program's source for its arguments");
    };
    let connections: usize = connections.parse().unwrap();
    let place = Place::new(address);
    let until = Instant::now() + Duration::from_secs(seconds.parse().unwrap());
    let live = &|number: usize| {
        let mut caller = Caller {
            connection: Connection::signed(address, REGION).unwrap(),
            place: &place,
            counts: BTreeMap::new(),
        };
        for life in 0.. {
            caller.life(&format!("user-{number}-{life}"), number + life);
            if Instant::now() > until {
                break;
            }
        }
        caller.counts
    };
    let mut counts = BTreeMap::<String, u64>::new();
    thread::scope(|scope| {
        let callers: Vec<_> = (0..connections)
            .map(|number| scope.spawn(move || live(number)))
            .collect();
        for caller in callers {
            for (call, count) in caller.join().unwrap() {
                *counts.entry(call).or_default() += count;
            }
        }
    });
    let mut owner = Connection::signed(address, REGION).unwrap();
    let pool = json!({"UserPoolId": place.pool});
    let left = owner.call("ListUsers", &pool).unwrap();
    assert_eq!(left, json!({"Users": []}));
    let pool = json!({"IdentityPoolId": place.identity_pool, "MaxResults": 1});
    let left = owner.call("AWSCognitoIdentityService.ListIdentities", &pool);
    assert_eq!(left.unwrap()["Identities"], json!([]));
    println!("{}", json!(counts));
}
