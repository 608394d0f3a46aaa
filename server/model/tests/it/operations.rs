//! The table of operations, and the names on the wire of everything a call can carry, against the model.

use cognito_model::{
    Auth, ErrorCode, Operation, OperationVisitor, Service, Shape, find, identity, idp,
};
use serde_json::Value;

use crate::model::{Model, models, text};

#[test]
fn the_table_says_what_the_model_says() {
    for model in models() {
        let table = model.service.operations();
        assert!(table.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(table.len(), model.operations().count());
        for (name, operation) in model.operations() {
            let info = find(model.service, name).expect("the operation is in the table");
            assert_eq!((info.name, info.service), (name, model.service));
            assert_eq!(info.has_output, operation["output"].is_object());
            assert_eq!(info.auth == Auth::None, operation["authtype"] == "none");
            let errors: Vec<&str> = info.errors.iter().map(|code| code.as_str()).collect();
            let declared = operation["errors"].as_array().expect("errors are a list");
            let declared: Vec<&str> = declared.iter().map(|error| text(&error["shape"])).collect();
            assert_eq!(errors, declared);
        }
        let metadata = &model.json["metadata"];
        assert_eq!(metadata["targetPrefix"], model.service.target_prefix());
        assert_eq!(metadata["endpointPrefix"], model.service.name());
    }
    assert!(find(Service::UserPools, "initiateAuth").is_none());
    assert!(find(Service::IdentityPools, "InitiateAuth").is_none());
}

#[test]
fn every_exception_of_the_model_is_an_error_code() {
    for model in models() {
        let shapes = model.json["shapes"].as_object().expect("shapes");
        for (name, shape) in shapes
            .iter()
            .filter(|(_, shape)| shape["exception"] == true)
        {
            let code: ErrorCode = name.parse().expect("the exception is an error code");
            assert_eq!(code.is_fault(), shape["fault"] == true);
        }
    }
    assert_eq!(
        ErrorCode::SerializationException.as_str(),
        "SerializationException"
    );
}

#[test]
fn the_tables_list_the_members_in_the_model_s_order() {
    for model in models() {
        for (name, operation) in model.operations() {
            let info = find(model.service, name).expect("the operation is in the table");
            compare(&model, text(&operation["input"]["shape"]), info.input);
        }
    }
}

fn compare(model: &Model, name: &str, shape: &Shape) {
    match shape {
        Shape::Structure(members) => {
            let written: Vec<&str> = members.iter().map(|member| member.name).collect();
            assert_eq!(written, ordered_members(model, name), "{name}");
            for (member, target, required) in model.members(name) {
                let table = members
                    .iter()
                    .find(|other| other.name == member)
                    .expect("the member is in the table");
                assert_eq!(table.required, required);
                compare(model, target, table.shape);
            }
        }
        Shape::List { member, .. } => {
            compare(model, text(&model.shape(name)["member"]["shape"]), member);
        }
        Shape::Map { key, value, .. } => {
            compare(model, text(&model.shape(name)["key"]["shape"]), key);
            compare(model, text(&model.shape(name)["value"]["shape"]), value);
        }
        _ => {}
    }
    assert_eq!(shape.is_sensitive(), {
        let is_structure = matches!(shape, Shape::Structure(_));
        !is_structure && model.is_sensitive(name)
    });
}

/// The members as the lines of the file have them.
fn ordered_members<'a>(model: &'a Model, name: &str) -> Vec<&'a str> {
    let key = |line: &'a str, indent: &str| {
        line.strip_prefix(indent)?
            .strip_prefix('"')?
            .strip_suffix("\": {")
    };
    model
        .text
        .lines()
        .skip_while(|line| *line != "  \"shapes\": {")
        .skip_while(|line| key(line, "    ") != Some(name))
        .skip(1)
        .take_while(|line| key(line, "    ").is_none())
        .filter_map(|line| key(line, "        "))
        .collect()
}

/// Reads and writes a call with every member there is: a member whose name is wrong would be lost.
struct RoundTrip(Model);

impl RoundTrip {
    fn turn<T: serde::Serialize + serde::de::DeserializeOwned>(&self, shape: &Value, name: &str) {
        let full = match shape["shape"].as_str() {
            Some(shape) => self.0.full(shape),
            None => Value::Null,
        };
        let typed: T = serde_json::from_value(full.clone()).expect(name);
        assert_eq!(serde_json::to_value(typed).expect(name), full, "{name}");
    }
}

impl OperationVisitor for RoundTrip {
    fn visit<O: Operation>(&mut self) {
        let operation = &self.0.json["operations"][O::NAME];
        assert_eq!(O::HAS_OUTPUT, operation["output"].is_object());
        self.turn::<O::Input>(&operation["input"], O::NAME);
        self.turn::<O::Output>(&operation["output"], O::NAME);
    }
}

#[test]
fn every_member_of_every_call_survives_a_round_trip() {
    for model in models() {
        match model.service {
            Service::UserPools => idp::visit_operations(&mut RoundTrip(model)),
            Service::IdentityPools => identity::visit_operations(&mut RoundTrip(model)),
        }
    }
}
