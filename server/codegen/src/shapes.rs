//! `shapes.rs`: the tables that requests are validated against, one static a shape that a request can hold.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::enum_order::in_aws_order;
use crate::model::{Error, Kind, Result, Shape};
use crate::names;
use crate::output::Service;
use crate::patterns;

pub(crate) fn shapes(service: &Service) -> Result<String> {
    let model = &service.model;
    let inputs: Vec<&str> = model.inputs().collect();
    let reachable = model.reachable(inputs.iter().copied())?;
    // A pattern is named after the first shape that has it.
    let mut patterns: BTreeMap<&str, String> = BTreeMap::new();
    let mut tables = String::new();
    let mut compiled = String::new();
    for name in reachable {
        let shape = model.shape(name)?;
        if let Some(text) = &shape.pattern
            && !patterns.contains_key(text.as_str())
        {
            let constant = format!("{}_PATTERN", names::constant(name));
            let _ = writeln!(
                compiled,
                "static {constant}: Pattern = Pattern::new({}, {});",
                names::literal(text),
                names::literal(&patterns::translate(text)?)
            );
            patterns.insert(text, constant);
        }
        let visibility = if inputs.contains(&name) { "pub " } else { "" };
        let _ = writeln!(
            tables,
            "{visibility}static {}: Shape = {};",
            names::constant(name),
            table(name, shape, &patterns)?
        );
        if shape.kind == Kind::Structure {
            tables.push('\n');
        }
    }
    let mut all: Vec<&str> = patterns.values().map(String::as_str).collect();
    all.sort_unstable();
    let list: Vec<String> = all.iter().map(|name| format!("&{name}")).collect();
    Ok(format!(
        "use crate::pattern::Pattern;\nuse crate::shape::{{Bounds, Member, Shape}};\n\n\
         {tables}\n\n{compiled}\n\
         /// Every pattern above.\npub static PATTERNS: &[&Pattern] = &[{}];\n",
        list.join(", ")
    ))
}

fn table(name: &str, shape: &Shape, patterns: &BTreeMap<&str, String>) -> Result<String> {
    let bounds = bounds(shape);
    let part = |reference: &Option<crate::model::Reference>| {
        reference
            .as_ref()
            .map(|reference| format!("&{}", names::constant(&reference.shape)))
            .ok_or_else(|| Error::new(format!("{name} does not say what it holds")))
    };
    let mut text = match shape.kind {
        Kind::Structure if shape.document => "Shape::Document".to_owned(),
        Kind::Structure => {
            let mut members = String::new();
            for (wire, target) in shape.members() {
                let constructor = if shape.required.iter().any(|other| other == wire) {
                    "required"
                } else {
                    "optional"
                };
                let _ = writeln!(
                    members,
                    "Member::{constructor}({wire:?}, &{}),",
                    names::constant(target)
                );
            }
            format!("Shape::Structure(&[{members}])")
        }
        Kind::List => format!("Shape::list({}, {bounds})", part(&shape.member)?),
        Kind::Map => format!(
            "Shape::map({}, {}, {bounds})",
            part(&shape.key)?,
            part(&shape.value)?
        ),
        Kind::String if !shape.values.is_empty() => {
            let values: Vec<String> = in_aws_order(&shape.values)
                .iter()
                .map(|value| format!("{value:?}"))
                .collect();
            format!("Shape::Enum(&[{}])", values.join(", "))
        }
        Kind::String => format!("Shape::string({bounds})"),
        Kind::Integer => format!("Shape::Integer({bounds})"),
        Kind::Long => format!("Shape::Long({bounds})"),
        Kind::Boolean => "Shape::Boolean".to_owned(),
        Kind::Timestamp => "Shape::Timestamp".to_owned(),
        Kind::Blob => format!("Shape::Blob({bounds})"),
    };
    if let Some(pattern) = shape.pattern.as_deref().and_then(|text| patterns.get(text)) {
        let _ = write!(text, ".matching(&{pattern})");
    }
    if shape.sensitive && matches!(shape.kind, Kind::String | Kind::List | Kind::Map) {
        text.push_str(".sensitive()");
    }
    Ok(text)
}

fn bounds(shape: &Shape) -> String {
    match (shape.min, shape.max) {
        (None, None) => "Bounds::NONE".to_owned(),
        (Some(min), None) => format!("Bounds::at_least({min})"),
        (None, Some(max)) => format!("Bounds::at_most({max})"),
        (Some(min), Some(max)) => format!("Bounds::between({min}, {max})"),
    }
}
