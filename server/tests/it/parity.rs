//! The parity ledger: complete over the model, and true to what the operations say of themselves.

use std::collections::{BTreeMap, BTreeSet};
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
fn the_ledger_and_the_operations_say_the_same_of_what_is_only_stored() {
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
        let header = text.lines().take_while(|it| it.starts_with("//!"));
        let header: Vec<_> = header.map(|line| line[3..].trim()).collect();
        let header = header.join(" ");
        let members = row["members"].as_object().unwrap();
        let stored = members.iter().filter(|(_, status)| *status == "stored");
        let stored: Vec<_> = stored.map(|(member, _)| member.as_str()).collect();
        let says_so = ["nly stored", "changes nothing", "change nothing"];
        assert_eq!(
            says_so.iter().any(|it| header.contains(it)),
            !stored.is_empty(),
            "{name}: {header}"
        );
        // An operation that updates refers to the one that creates.
        if !header.contains("What is only stored is what") {
            for member in stored {
                let last = member.rsplit('.').next().unwrap();
                assert!(header.contains(last), "{name} stores {member}: {header}");
            }
        }
    }
}

/// The names of all fields that the server's code reads of anything.
fn read_fields(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_fields(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for after in text.split('.').skip(1) {
                let name = after.trim_start_matches("r#");
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                found.insert(name.chars().take_while(|c| is_part(*c)).collect());
            }
        }
    }
}

/// The field of each member, as `<structure>.<member>`.
fn fields_of_members(module: &str) -> BTreeMap<String, String> {
    let folder = env!("CARGO_MANIFEST_DIR");
    let types = fs::read_to_string(format!("{folder}/model/src/{module}/types.rs")).unwrap();
    let (mut fields, mut structure, mut renamed) = (BTreeMap::new(), "", None);
    for line in types.lines() {
        if let Some(named) = line.strip_prefix("pub struct ") {
            structure = named.split([' ', '{']).next().unwrap();
        } else if let Some((_, name)) = line.split_once("rename = \"") {
            renamed = name.split_once('"').map(|(name, _)| name.to_owned());
        } else if let Some((field, _)) = line
            .strip_prefix("    pub ")
            .and_then(|it| it.split_once(':'))
        {
            let field = field.trim_start_matches("r#");
            let pascal = |word: &str| word[..1].to_uppercase() + &word[1..];
            let member = renamed
                .take()
                .unwrap_or_else(|| field.split('_').map(pascal).collect());
            fields.insert(format!("{structure}.{member}"), field.to_owned());
        }
    }
    fields
}

/// What takes effect is read by some code, so what no code reads must stand in the ledger, itself or as a
/// part of what does.
#[test]
fn what_no_code_reads_is_not_said_to_take_effect() {
    // A text that AWS gives back and does nothing with, too; a class of which there is but one.
    const HARMLESS: [&str; 2] = [
        "ResourceServerScopeType.ScopeDescription",
        "LimitDefinitionType.LimitClass",
    ];

    struct Audit<'a> {
        shapes: &'a Value,
        fields: &'a BTreeMap<String, String>,
        read: &'a BTreeSet<String>,
        row: &'a Value,
        seen: usize,
    }

    impl Audit<'_> {
        fn walk(&mut self, shape: &str, path: &str) {
            let it = &self.shapes[shape];
            match it["type"].as_str().unwrap() {
                "list" => self.walk(it["member"]["shape"].as_str().unwrap(), path),
                "map" => self.walk(it["value"]["shape"].as_str().unwrap(), path),
                "structure" => {
                    let members = it["members"].as_object();
                    for (member, it) in members.into_iter().flatten() {
                        let path = format!("{path}.{member}");
                        let status = self.row["members"][path.trim_start_matches('.')].as_str();
                        if matches!(status, Some("stored" | "refused")) {
                            continue;
                        }
                        let name = format!("{shape}.{member}");
                        let field = &self.fields[&name];
                        assert!(
                            self.read.contains(field) || HARMLESS.contains(&&*name),
                            "{}: nobody reads {path}",
                            self.row["operation"]
                        );
                        self.seen += 1;
                        self.walk(it["shape"].as_str().unwrap(), &path);
                    }
                }
                _ => {}
            }
        }
    }

    let ledger = ledger(&Server::new());
    let mut read = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read_fields(&source, &mut read);
    let mut seen = 0;
    for service in ["cognito-idp", "cognito-identity"] {
        let model = model(service);
        let fields = fields_of_members(service.trim_start_matches("cognito-"));
        let rows = ledger["operations"].as_array().unwrap().iter();
        for row in rows.filter(|row| row["service"] == service) {
            let mut audit = Audit {
                shapes: &model["shapes"],
                fields: &fields,
                read: &read,
                row,
                seen: 0,
            };
            let operation = &model["operations"][row["operation"].as_str().unwrap()];
            audit.walk(operation["input"]["shape"].as_str().unwrap(), "");
            seen += audit.seen;
        }
    }
    assert!(seen > 700, "{seen}");
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
