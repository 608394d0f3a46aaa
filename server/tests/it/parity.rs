//! The parity ledger: complete over the model, and true to what the operations say of themselves.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::server::{OWNER, Server, json_of};

fn ledger(server: &Server) -> Value {
    json_of(&server.get("/_cognitwin/parity"))
}

fn model(service: &str) -> Value {
    let folder = env!("CARGO_MANIFEST_DIR");
    let text = fs::read(format!("{folder}/../fixtures/model/{service}.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn every_member_of_every_operation_is_in_the_ledger() {
    let ledger = ledger(&Server::new());
    let mut seen = 0;
    for service in ["cognito-idp", "cognito-identity"] {
        let model = model(service);
        for (name, operation) in model["operations"].as_object().unwrap() {
            let rows = ledger["operations"].as_array().unwrap();
            let row = rows
                .iter()
                .find(|it| it["service"] == service && it["operation"] == *name)
                .unwrap();
            let shape = operation["input"]["shape"].as_str().unwrap();
            let members = model["shapes"][shape]["members"].as_object();
            for member in members.into_iter().flatten().map(|(name, _)| name) {
                let status = row["members"][member].as_str();
                let known = ["simulated", "stored", "refused"];
                assert!(
                    status.is_some_and(|it| known.contains(&it)),
                    "{name} {member}"
                );
            }
            seen += 1;
        }
    }
    assert_eq!(ledger["totals"]["operations"], seen);
    assert_eq!(seen, 141 + 23);
    println!("{}", ledger["totals"]);
}

#[test]
fn an_operation_that_says_that_it_only_stores_stands_in_the_ledger() {
    let ledger = ledger(&Server::new());
    for row in ledger["operations"].as_array().unwrap() {
        let (service, name) = (
            row["service"].as_str().unwrap(),
            row["operation"].as_str().unwrap(),
        );
        let module = service.trim_start_matches("cognito-");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{module}/operations"));
        let stem: String = name.chars().fold(String::new(), |mut stem, c| {
            if c.is_uppercase() && !stem.is_empty() {
                stem.push('_');
            }
            stem.extend(c.to_lowercase());
            stem
        });
        let Ok(text) = fs::read_to_string(folder.join(format!("{stem}.rs"))) else {
            continue;
        };
        let header: String = text
            .lines()
            .take_while(|it| it.starts_with("//!"))
            .collect();
        if header.contains("Only stored:") || header.contains("change nothing in AWS's answers") {
            let members = row["members"].as_object().unwrap();
            assert!(members.values().any(|it| it == "stored"), "{name}");
        }
    }
}

#[test]
fn an_answer_names_what_was_only_stored() {
    let server = Server::new();
    let request = json!({
        "PoolName": "p",
        "IssuerConfiguration": null,
        "UserPoolAddOns": {"AdvancedSecurityMode": "OFF", "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"}},
    });
    let response = server.call_as(OWNER, "CreateUserPool", request);
    assert_eq!(response.status(), 200, "{}", json_of(&response));
    assert_eq!(
        response.headers()["x-cognitwin-stored-only"],
        "UserPoolAddOns.AdvancedSecurityAdditionalFlows"
    );
    let response = server.call_as(OWNER, "CreateUserPool", json!({"PoolName": "p"}));
    assert!(!response.headers().contains_key("x-cognitwin-stored-only"));
    // Nothing is stored of what is refused.
    let (_, client) = server.demo();
    let request = json!({"ClientId": client, "Username": "nobody", "AnalyticsMetadata": {"AnalyticsEndpointId": "a"}});
    let request = json!({"ConfirmationCode": "1", "ClientId": client, "Username": request["Username"],
        "AnalyticsMetadata": request["AnalyticsMetadata"]});
    let response = server.call_as(OWNER, "ConfirmSignUp", request);
    assert_eq!(response.status(), 400);
    assert!(!response.headers().contains_key("x-cognitwin-stored-only"));
}
