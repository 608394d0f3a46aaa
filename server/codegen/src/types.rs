//! `types.rs`: a struct for every structure and an enum for every enumeration that a call can carry.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::{Error, Kind, Model, Result, Shape};
use crate::names;
use crate::output::Service;

pub(crate) fn types(service: &Service) -> Result<String> {
    let model = &service.model;
    let reachable = model.reachable(model.inputs().chain(model.outputs()))?;
    let links: BTreeMap<&str, String> = model
        .operations
        .iter()
        .map(|(name, operation)| {
            let link = format!("/// <{}{name}.html>\n", service.reference);
            (operation.input.shape.as_str(), link)
        })
        .collect();
    let mut enums = String::new();
    let mut structs = String::new();
    let mut used = Used::default();
    for name in reachable {
        let shape = model.shape(name)?;
        if shape.exception || shape.document {
            continue;
        }
        if !shape.values.is_empty() {
            enums.push_str(&enumeration(name, shape)?);
        } else if shape.kind == Kind::Structure {
            structs.push_str(links.get(name).map_or("", String::as_str));
            structs.push_str(&structure(model, name, shape, &mut used)?);
        }
    }
    let mut out = String::new();
    if used.maps {
        out.push_str("use std::collections::BTreeMap;\n\n");
    }
    out.push_str("use serde::{Deserialize, Serialize};\n");
    if used.documents {
        out.push_str("use serde_json::Value;\n");
    }
    out.push('\n');
    if used.redactions {
        out.push_str("use crate::redacted_debug::redacted_debug;\n");
    }
    if !used.wire.is_empty() {
        let wire: Vec<&str> = used.wire.iter().copied().collect();
        let _ = writeln!(out, "use crate::wire::{{{}}};", wire.join(", "));
    }
    out.push_str("use crate::wire_enum::wire_enum;\n\n");
    Ok(out + &enums + &structs)
}

/// What the structs need imported.
#[derive(Default)]
struct Used {
    maps: bool,
    documents: bool,
    redactions: bool,
    wire: BTreeSet<&'static str>,
}

fn enumeration(name: &str, shape: &Shape) -> Result<String> {
    let mut out = format!("wire_enum! {{\n    {name} {{\n");
    let mut seen = BTreeSet::new();
    for value in &shape.values {
        let variant = names::variant(value);
        if !seen.insert(variant.clone()) {
            return Err(Error::new(format!("{name} has two values named {variant}")));
        }
        let _ = writeln!(out, "        {variant} = {value:?},");
    }
    Ok(out + "    }\n}\n\n")
}

fn structure(model: &Model, name: &str, shape: &Shape, used: &mut Used) -> Result<String> {
    let mut fields = String::new();
    let mut shown = Vec::new();
    let mut has_secrets = false;
    let mut seen = BTreeSet::new();
    for (wire, target) in shape.members() {
        let field = names::field(wire);
        if !seen.insert(field.clone()) {
            return Err(Error::new(format!("{name} has two members named {field}")));
        }
        let required = shape.required.iter().any(|other| other == wire);
        let mut attributes = Vec::new();
        if names::pascal_case(field.trim_start_matches("r#")) != wire {
            attributes.push(format!("rename = {wire:?}"));
        }
        let mut kind = rust_type(model, target, used)?;
        if !required {
            attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
            kind = format!("Option<{kind}>");
        }
        if !attributes.is_empty() {
            let _ = writeln!(fields, "#[serde({})]", attributes.join(", "));
        }
        let _ = writeln!(fields, "pub {field}: {kind},");
        if model.is_sensitive(target)? {
            has_secrets = true;
            shown.push(format!("{field}: sensitive"));
        } else {
            shown.push(field);
        }
    }
    let mut derives = vec!["Clone"];
    if !has_secrets {
        derives.push("Debug");
    }
    if has_default(model, shape)? {
        derives.push("Default");
    }
    derives.extend(["PartialEq", "Serialize", "Deserialize"]);
    let mut out = format!("#[derive({})]\n", derives.join(", "));
    if !fields.is_empty() {
        out.push_str("#[serde(rename_all = \"PascalCase\")]\n");
    }
    let _ = writeln!(out, "pub struct {name} {{\n{fields}}}\n");
    if has_secrets {
        used.redactions = true;
        let _ = writeln!(out, "redacted_debug! {{\n    {name} {{");
        for field in shown {
            let _ = writeln!(out, "        {field},");
        }
        out.push_str("    }\n}\n\n");
    }
    Ok(out)
}

fn rust_type(model: &Model, name: &str, used: &mut Used) -> Result<String> {
    let shape = model.shape(name)?;
    if shape.document {
        used.documents = true;
        return Ok("Value".to_owned());
    }
    if !shape.values.is_empty() || shape.kind == Kind::Structure {
        return Ok(name.to_owned());
    }
    Ok(match (shape.kind, &shape.member, &shape.value) {
        (Kind::List, Some(member), _) => {
            format!("Vec<{}>", rust_type(model, &member.shape, used)?)
        }
        (Kind::Map, _, Some(value)) => {
            used.maps = true;
            format!(
                "BTreeMap<String, {}>",
                rust_type(model, &value.shape, used)?
            )
        }
        (Kind::List | Kind::Map, ..) => {
            return Err(Error::new(format!("{name} does not say what it holds")));
        }
        (Kind::String | Kind::Structure, ..) => "String".to_owned(),
        (Kind::Integer, ..) => "i32".to_owned(),
        (Kind::Long, ..) => "i64".to_owned(),
        (Kind::Boolean, ..) => "bool".to_owned(),
        (Kind::Timestamp, ..) => {
            used.wire.insert("Timestamp");
            "Timestamp".to_owned()
        }
        (Kind::Blob, ..) => {
            used.wire.insert("Blob");
            "Blob".to_owned()
        }
    })
}

/// Everything has a default but a required enumeration, and what requires one.
fn has_default(model: &Model, shape: &Shape) -> Result<bool> {
    for (wire, target) in shape.members() {
        if !shape.required.iter().any(|other| other == wire) {
            continue;
        }
        let target = model.shape(target)?;
        if !target.values.is_empty()
            || target.kind == Kind::Structure && !target.document && !has_default(model, target)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}
