//! Seeds in a store that has a state: what is there stays as it is.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::server::{OWNER, Server, settings};

/// A folder that goes when the test does.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cognitwin-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.join(name);
        fs::write(&file, text).unwrap();
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures/seeds")
        .join(name)
}

fn problem(file: &Path) -> String {
    let server = Server::new();
    server.apply(file).unwrap_err().to_string()
}

/// All that a caller sees of the pools of a region.
fn everything(server: &Server, region: &'static str) -> Value {
    let caller = crate::server::Caller { region, ..OWNER };
    let call = |operation: &str, body: Value| server.ok_as(caller, operation, body);
    let list = call("ListUserPools", json!({"MaxResults": 60}));
    let ids = list["UserPools"].as_array().unwrap().iter();
    ids.map(|pool| {
        let id = json!({"UserPoolId": pool["Id"]});
        let mut seen = vec![call("DescribeUserPool", id.clone())];
        for operation in [
            "ListUsers",
            "ListGroups",
            "GetUserPoolMfaConfig",
            "ListUserPoolClients",
            "GetLogDeliveryConfiguration",
        ] {
            seen.push(call(operation, id.clone()));
        }
        Value::from(seen)
    })
    .collect()
}

#[test]
fn a_seed_that_is_applied_again_changes_nothing() {
    for (name, region) in [
        ("Shop.template.json", "us-east-1"),
        ("members.yaml", "us-east-1"),
        ("members.translated.json", "us-east-1"),
        ("cognito-local", "local"),
        ("../demo.yaml", "us-west-2"),
    ] {
        let server = Server::new();
        server.apply(&fixture(name)).unwrap();
        let before = everything(&server, region);
        assert_ne!(before, json!([]), "{name}");
        server.advance(1000);
        server.apply(&fixture(name)).unwrap();
        assert_eq!(everything(&server, region), before, "{name}");
    }
}

#[test]
fn what_was_changed_since_stays_changed() {
    let folder = Folder::new("changed");
    let file = folder.write(
        "Stack.yaml",
        "Resources:\n  Pool:\n    Type: AWS::Cognito::UserPool\n    Properties: {UserPoolName: p, \
         MfaConfiguration: OPTIONAL, EnabledMfas: [SOFTWARE_TOKEN_MFA]}\n  \
         G: {Type: AWS::Cognito::UserPoolGroup, Properties: {UserPoolId: !Ref Pool, GroupName: g}}\n  \
         U: {Type: AWS::Cognito::UserPoolUser, Properties: {UserPoolId: !Ref Pool, Username: u}}\n  \
         M: {Type: AWS::Cognito::UserPoolUserToGroupAttachment, \
         Properties: {UserPoolId: !Ref Pool, GroupName: !Ref G, Username: !Ref U}}\n",
    );
    let server = Server::new();
    server.apply(&file).unwrap();
    let list = server.ok("ListUserPools", json!({"MaxResults": 60}));
    let id = &list["UserPools"][0]["Id"];
    let member = json!({"UserPoolId": id, "Username": "u", "GroupName": "g"});
    server.ok("AdminRemoveUserFromGroup", member);
    server.ok(
        "SetUserPoolMfaConfig",
        json!({"UserPoolId": id, "MfaConfiguration": "OFF"}),
    );
    let before = everything(&server, "us-east-1");
    server.apply(&file).unwrap();
    assert_eq!(everything(&server, "us-east-1"), before);
    let group = json!({"UserPoolId": id, "GroupName": "g"});
    assert_eq!(server.ok("ListUsersInGroup", group)["Users"], json!([]));
}

#[test]
fn parameters_come_from_the_command_line() {
    let mut settings = settings();
    settings.seed_parameters = vec![
        ("Stage".to_owned(), "dev".to_owned()),
        ("Stage".to_owned(), "prod".to_owned()),
        ("AWS::Region".to_owned(), "eu-west-3".to_owned()),
    ];
    let server = Server::with(settings);
    server.apply(&fixture("members.yaml")).unwrap();
    let pools = &everything(&server, "eu-west-3");
    assert_eq!(pools[0][0]["UserPool"]["Name"], "members-prod");
}

#[test]
fn a_stack_is_named_after_its_file() {
    let folder = Folder::new("named");
    let text = "Resources: {Pool: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: !Ref 'AWS::StackName'}}}";
    let server = Server::new();
    for name in ["Web.template.json.yaml", "Web App_1.yaml", "Web.yaml"] {
        server.apply(&folder.write(name, text)).unwrap();
    }
    let list = server.ok("ListUserPools", json!({"MaxResults": 60}));
    let names: Vec<_> = (list["UserPools"].as_array().unwrap().iter())
        .map(|pool| &pool["Name"])
        .collect();
    assert_eq!(names, ["Web-template-json", "Web-App-1", "Web"]);
}

#[test]
fn a_template_of_many_resources_is_ordered() {
    let folder = Folder::new("chain");
    let mut text = "Resources:\n  Pool: {Type: AWS::Cognito::UserPool}\n".to_owned();
    for index in (1..3000).rev() {
        text.push_str(&format!(
            "  G{index}: {{Type: X::Y::Z, DependsOn: G{}}}\n",
            index - 1
        ));
    }
    text.push_str("  G0: {Type: X::Y::Z, DependsOn: Pool}\n");
    let server = Server::new();
    server.apply(&folder.write("chain.yaml", &text)).unwrap();
    let circle = text.replace(
        "G0: {Type: X::Y::Z, DependsOn: Pool}",
        "G0: {Type: X::Y::Z, DependsOn: G2999}",
    );
    let circle = circle.replace(
        "G2999: {Type: X::Y::Z, DependsOn: G2998}",
        "G2999: {Type: X::Y::Z, DependsOn: G0}",
    );
    let file = folder.write("circle.yaml", &circle);
    assert!(
        problem(&file).ends_with("Circular dependency between resources: [G0, G2999]"),
        "{}",
        problem(&file)
    );
    let lost = text.replace("DependsOn: Pool", "DependsOn: Nobody");
    assert_eq!(
        problem(&folder.write("lost.yaml", &lost))
            .rsplit_once(": Resources.")
            .unwrap()
            .1,
        "G0.DependsOn: there is no parameter and no resource Nobody in this stack"
    );
    let circle = text.replace(
        "G0: {Type: X::Y::Z, DependsOn: Pool}",
        "G0: {Type: X::Y::Z, DependsOn: G2}",
    );
    let file = folder.write("circle.yaml", &circle);
    assert!(
        problem(&file).ends_with("Circular dependency between resources: [G0, G2, G1]"),
        "{}",
        problem(&file)
    );
}

#[test]
fn conditions_are_judged_once_and_in_order() {
    let folder = Folder::new("conditions");
    let with = |conditions: &str, condition: &str| {
        format!(
            "Conditions: {{{conditions}}}\nResources:\n  Pool: {{Type: AWS::Cognito::UserPool, Condition: {condition}, Properties: {{UserPoolName: p}}}}\n"
        )
    };
    // Each circle, wherever in a condition the other one is named.
    for (conditions, circle) in [
        ("A: !Not [!Condition A]", "[A]"),
        ("A: !Equals [x, !Condition A]", "[A]"),
        ("A: !Equals [x, !Join ['', [!If [A, y, z]]]]", "[A]"),
        (
            "A: !Equals [x, !If [B, !Condition C, z]], B: !Condition C, C: !Or [!Condition A, true]",
            "[A, B, C]",
        ),
    ] {
        let file = folder.write("circle.yaml", &with(conditions, "A"));
        let expected = format!("Conditions.A: Circular dependency between conditions: {circle}");
        assert!(problem(&file).ends_with(&expected), "{}", problem(&file));
    }
    // Each asks twice for the one before, and there are many.
    let mut conditions = "C0: !Equals [a, a]".to_owned();
    for index in 1..3000 {
        let before = index - 1;
        conditions.push_str(&format!(
            ", C{index}: !And [!Condition C{before}, !Equals [true, !Condition C{before}]]"
        ));
    }
    let server = Server::new();
    let file = folder.write("many.yaml", &with(&conditions, "C2999"));
    server.apply(&file).unwrap();
    let pools = server.ok("ListUserPools", json!({"MaxResults": 60}));
    assert_eq!(pools["UserPools"][0]["Name"], "p");
    // What nobody asks for need not be known.
    let conditions = "A: !Equals [!Ref Nobody, x], B: !Equals [x, x]";
    server
        .apply(&folder.write("unasked.yaml", &with(conditions, "B")))
        .unwrap();
    let file = folder.write("asked.yaml", &with(conditions, "A"));
    assert!(
        problem(&file).contains(": Conditions.A"),
        "{}",
        problem(&file)
    );
}

#[test]
fn texts_that_double_are_bounded() {
    let folder = Folder::new("doubling");
    let mut text =
        "Resources:\n  F0: {Type: AWS::Lambda::Function, Properties: {FunctionName: aaaaaaaaaa}}\n"
            .to_owned();
    for index in 1..60 {
        let name = format!("F{}", index - 1);
        text.push_str(&format!(
            "  F{index}: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: !Sub '${{{name}}}${{{name}}}'}}}}\n"
        ));
    }
    text.push_str("Outputs: {A: {Value: !Ref F59}}\n");
    // Names that become too long are made up; nothing grows without an end.
    Server::new()
        .apply(&folder.write("doubling.yaml", &text))
        .unwrap();

    let refs = vec!["!Ref P"; 3000].join(", ");
    let long = "x".repeat(100_000);
    let text = format!(
        "Parameters: {{P: {{Type: String, Default: {long}}}}}\nResources: {{}}\nOutputs: {{A: {{Value: !Join ['', [{refs}]]}}}}\n"
    );
    let told = problem(&folder.write("long.yaml", &text));
    assert!(
        told.ends_with("the template becomes too long a text"),
        "{told}"
    );
}
