//! Every constraint of every member of every request, broken once: the whole text is worked out from the model.

use cognito_model::{Rejection, find, message, validate};
use serde_json::{Map, Value, json};

use crate::model::{Model, models, text};

/// Fits no pattern of the model but the one that takes everything, and no enumeration.
const BELL: char = '\u{7}';

#[test]
fn a_minimal_and_a_full_request_are_valid_and_become_typed_requests() {
    for model in models() {
        for (name, operation) in model.operations() {
            let info = find(model.service, name).expect("the operation is in the table");
            let input = text(&operation["input"]["shape"]);
            for request in [model.minimal(input), model.full(input)] {
                assert_eq!(validate(info.input, &request), Ok(()), "{name} {request}");
                (info.parses)(request).expect("a valid request has a type");
            }
        }
    }
}

#[test]
fn every_broken_constraint_is_told_in_aws_s_words() {
    let mut broken = 0;
    for model in models() {
        for (name, operation) in model.operations() {
            let info = find(model.service, name).expect("the operation is in the table");
            let mut breaker = Breaker {
                model: &model,
                check: &mut |request, expected| {
                    broken += 1;
                    let answer = validate(info.input, &request);
                    assert_eq!(answer, Err(expected), "{name}");
                },
            };
            breaker.visit(text(&operation["input"]["shape"]), "", &|value| value);
        }
    }
    assert!(broken > 5000, "only {broken} requests were tried");
}

#[test]
fn unknown_members_and_nulls_of_optional_members_are_no_errors() {
    for model in models() {
        for (name, operation) in model.operations() {
            let info = find(model.service, name).expect("the operation is in the table");
            let input = text(&operation["input"]["shape"]);
            let mut request = model.minimal(input);
            request["NoSuchMember"] = json!([{ "a": 1 }]);
            for (member, _, required) in model.members(input) {
                if !required {
                    request[member] = Value::Null;
                }
            }
            assert_eq!(validate(info.input, &request), Ok(()), "{name}");
            (info.parses)(request).expect("null is as good as absent");
        }
    }
}

#[test]
fn the_message_counts_its_items() {
    let items = ["a".to_owned(), "b".to_owned()];
    assert_eq!(message(&items[..1]), "1 validation error detected: a");
    assert_eq!(message(&items), "2 validation errors detected: a; b");
}

type Wrap<'a> = &'a dyn Fn(Value) -> Value;

/// Walks a request's shape; `wrap` puts a value of the shape it stands at into a whole, otherwise minimal request.
struct Breaker<'a> {
    model: &'a Model,
    check: &'a mut dyn FnMut(Value, Rejection),
}

impl Breaker<'_> {
    fn breaks(&mut self, request: Value, items: Vec<String>) {
        assert!(!items.is_empty());
        (self.check)(request, Rejection::Constraints(items));
    }

    fn visit(&mut self, name: &str, path: &str, wrap: Wrap<'_>) {
        let shape = self.model.shape(name);
        if shape["document"] == true {
            return;
        }
        self.wrong_types(shape, wrap);
        match text(&shape["type"]) {
            "structure" => self.structure(name, path, wrap),
            "list" => self.list(name, path, wrap),
            "map" => self.map(name, path, wrap),
            "string" => self.string(name, path, wrap),
            "integer" | "long" => self.number(name, path, wrap),
            "blob" => self.blob(name, path, wrap),
            "boolean" | "timestamp" => {}
            other => unreachable!("a {other} in a request"),
        }
    }

    fn wrong_types(&mut self, shape: &Value, wrap: Wrap<'_>) {
        let list = (json!([]), "Start of list found where not expected.");
        let object = (
            json!({}),
            "Start of structure or map found where not expected.",
        );
        let kind = text(&shape["type"]);
        let target = match kind {
            "string" => "a String",
            "integer" => "an Integer",
            "long" => "a Long",
            "boolean" => "a Boolean",
            "timestamp" => "a Timestamp",
            "blob" => "a Blob",
            _ => "",
        };
        let mut wrong = Vec::new();
        for (value, token) in [
            (json!("text"), "STRING_VALUE"),
            (json!(1.5), "NUMBER_VALUE"),
            (json!(u64::MAX), "NUMBER_VALUE"),
            (json!(true), "TRUE_VALUE"),
            (json!(false), "FALSE_VALUE"),
        ] {
            let fits = match kind {
                "string" | "blob" => value.is_string(),
                "boolean" => value.is_boolean(),
                "timestamp" => value.is_number(),
                _ => false,
            };
            if target.is_empty() {
                wrong.push((value, "Unexpected field type".to_owned()));
            } else if !fits {
                wrong.push((value, format!("{token} can not be converted to {target}")));
            }
        }
        if kind == "integer" {
            let text = "NUMBER_VALUE can not be converted to an Integer".to_owned();
            wrong.push((json!(2_147_483_648_i64), text));
        }
        if kind == "blob" {
            wrong.push((json!("a b"), "Invalid base64 value".to_owned()));
        }
        if kind != "list" {
            wrong.push((list.0, list.1.to_owned()));
        }
        if kind != "structure" && kind != "map" {
            wrong.push((object.0, object.1.to_owned()));
        }
        for (value, expected) in wrong {
            (self.check)(wrap(value), Rejection::Serialization(expected));
        }
    }

    fn structure(&mut self, name: &str, path: &str, wrap: Wrap<'_>) {
        let model = self.model;
        let minimal = model.minimal(name);
        for (member, target, required) in model.members(name) {
            let path = member_path(path, member);
            if required {
                let value = if model.is_sensitive(target) {
                    "Value"
                } else {
                    "Value null"
                };
                let item = format!(
                    "{value} at '{path}' failed to satisfy constraint: Member must not be null"
                );
                let mut absent = minimal.clone();
                if let Some(object) = absent.as_object_mut() {
                    object.remove(member);
                }
                self.breaks(wrap(absent), vec![item.clone()]);
                let mut null = minimal.clone();
                null[member] = Value::Null;
                self.breaks(wrap(null), vec![item]);
            }
            self.visit(target, &path, &|value| {
                let mut object = minimal.clone();
                object[member] = value;
                wrap(object)
            });
        }
    }

    fn list(&mut self, name: &str, path: &str, wrap: Wrap<'_>) {
        let model = self.model;
        let shape = model.shape(name);
        let member = text(&shape["member"]["shape"]);
        let element = model.minimal(member);
        let min = shape["min"].as_u64().unwrap_or(0);
        for (count, rule) in wrong_lengths(shape) {
            let value: Value = (0..count).map(|_| element.clone()).collect();
            let item = self.item(name, &value, path, &rule);
            self.breaks(wrap(value), vec![item]);
        }
        // The wrong element stands last, after as many right ones as the list needs.
        let with = |last: Value| {
            let right = min.saturating_sub(1);
            let mut elements = vec![element.clone(); usize::try_from(right).unwrap_or(0)];
            elements.push(last);
            Value::from(elements)
        };
        let value = with(Value::Null);
        if is_scalar(model.shape(member)) {
            let item = self.item(name, &value, path, "Member must not be null");
            self.breaks(wrap(value), vec![item]);
            for wrong in wrong_scalars(model.shape(member)) {
                let value = with(wrong);
                let rule = format!("Member must satisfy constraint: [{}]", self.rules(member));
                let item = self.item(name, &value, path, &rule);
                self.breaks(wrap(value), vec![item]);
            }
            self.wrong_types(model.shape(member), &|value| wrap(with(value)));
        } else {
            let path = format!("{path}.{}.member", min.max(1));
            let item = format!(
                "Value null at '{path}' failed to satisfy constraint: Member must not be null"
            );
            self.breaks(wrap(value), vec![item]);
            self.visit(member, &path, &|value| wrap(with(value)));
        }
    }

    fn map(&mut self, name: &str, path: &str, wrap: Wrap<'_>) {
        let model = self.model;
        let shape = model.shape(name);
        let (key, member) = (text(&shape["key"]["shape"]), text(&shape["value"]["shape"]));
        let entry = model.minimal(member);
        let with = |keys: Vec<String>, value: &Value| -> Value {
            keys.into_iter()
                .map(|key| (key, value.clone()))
                .collect::<Map<_, _>>()
                .into()
        };
        let keys_rule = format!("Map keys must satisfy constraint: [{}]", self.rules(key));
        for (count, rule) in wrong_lengths(shape) {
            let keys = model.keys(key, count);
            let all_fit = keys.iter().all(|text| self.fits(key, text));
            let value = with(keys, &entry);
            let mut items = Vec::new();
            if !all_fit {
                items.push(self.item(name, &value, path, &keys_rule));
            }
            items.push(self.item(name, &value, path, &rule));
            self.breaks(wrap(value), items);
        }
        for wrong in wrong_scalars(model.shape(key)) {
            let value = with(vec![text(&wrong).to_owned()], &entry);
            let item = self.item(name, &value, path, &keys_rule);
            self.breaks(wrap(value), vec![item]);
        }
        let keys = model.keys(key, 1);
        let value = with(keys.clone(), &Value::Null);
        if is_scalar(model.shape(member)) {
            let item = self.item(name, &value, path, "Member must not be null");
            self.breaks(wrap(value), vec![item]);
            for wrong in wrong_scalars(model.shape(member)) {
                let value = with(keys.clone(), &wrong);
                let rule = format!(
                    "Map value must satisfy constraint: [{}]",
                    self.rules(member)
                );
                let item = self.item(name, &value, path, &rule);
                self.breaks(wrap(value), vec![item]);
            }
            self.wrong_types(model.shape(member), &|value| {
                wrap(with(keys.clone(), &value))
            });
        } else {
            let path = format!("{path}.{}.member", keys[0]);
            let item = format!(
                "Value null at '{path}' failed to satisfy constraint: Member must not be null"
            );
            self.breaks(wrap(value), vec![item]);
            self.visit(member, &path, &|value| wrap(with(keys.clone(), &value)));
        }
    }

    fn string(&mut self, name: &str, path: &str, wrap: Wrap<'_>) {
        let shape = self.model.shape(name);
        if let Some(values) = shape["enum"].as_array() {
            let rule = enum_rule(values);
            for value in [json!("NO_SUCH_VALUE"), json!("")] {
                let item = self.item(name, &value, path, &rule);
                self.breaks(wrap(value), vec![item]);
            }
            return;
        }
        let pattern = shape["pattern"].as_str();
        let sample = self.model.sample_string(name);
        let mut wrong: Vec<String> = wrong_lengths(shape)
            .into_iter()
            .map(|(count, _)| {
                let last = sample.chars().last().unwrap_or('a');
                let endless = sample.chars().chain(std::iter::repeat(last));
                endless.take(usize::try_from(count).unwrap_or(0)).collect()
            })
            .collect();
        let min = shape["min"].as_u64().unwrap_or(0).max(1);
        let bells = BELL.to_string().repeat(usize::try_from(min).unwrap_or(1));
        if pattern.is_some_and(|pattern| !self.model.matches(pattern, &bells)) {
            wrong.push(bells);
        }
        for string in wrong {
            let length = string.chars().count() as u64;
            let value = Value::from(string.as_str());
            let mut items = Vec::new();
            if let Some(pattern) = pattern
                && !self.model.matches(pattern, &string)
            {
                let rule = format!("Member must satisfy regular expression pattern: {pattern}");
                items.push(self.item(name, &value, path, &rule));
            }
            for (count, rule) in wrong_lengths(shape) {
                if count == length {
                    items.push(self.item(name, &value, path, &rule));
                }
            }
            self.breaks(wrap(value), items);
        }
    }

    fn number(&mut self, name: &str, path: &str, wrap: Wrap<'_>) {
        let shape = self.model.shape(name);
        for (bound, step, words) in [
            ("max", 1, "less than or equal to"),
            ("min", -1, "greater than or equal to"),
        ] {
            if let Some(bound) = shape[bound].as_i64() {
                let value = json!(bound + step);
                let rule = format!("Member must have value {words} {bound}");
                let item = self.item(name, &value, path, &rule);
                self.breaks(wrap(value), vec![item]);
            }
        }
    }

    fn blob(&mut self, name: &str, path: &str, wrap: Wrap<'_>) {
        for (count, rule) in wrong_lengths(self.model.shape(name)) {
            // Three bytes are four letters; one or two more bytes are a quartet with padding.
            let whole = "QUFB".repeat(usize::try_from(count / 3).unwrap_or(0));
            let rest = ["", "QQ==", "QUE="][usize::try_from(count % 3).unwrap_or(0)];
            let item = format!(
                "Value 'java.nio.HeapByteBuffer[pos=0 lim={count} cap={count}]' at '{path}' \
                 failed to satisfy constraint: {rule}"
            );
            self.breaks(wrap(json!(whole + rest)), vec![item]);
        }
    }

    fn item(&self, name: &str, value: &Value, path: &str, rule: &str) -> String {
        let value = if self.model.is_sensitive(name) {
            String::new()
        } else {
            format!(" '{}'", java(value, true))
        };
        format!("Value{value} at '{path}' failed to satisfy constraint: {rule}")
    }

    /// Everything that a scalar inside a list or map has to satisfy.
    fn rules(&self, name: &str) -> String {
        let shape = self.model.shape(name);
        if let Some(values) = shape["enum"].as_array() {
            return enum_rule(values);
        }
        assert_eq!(shape["type"], "string", "{name}");
        let mut rules = Vec::new();
        if let Some(max) = shape["max"].as_i64() {
            rules.push(format!(
                "Member must have length less than or equal to {max}"
            ));
        }
        if let Some(min) = shape["min"].as_i64() {
            rules.push(format!(
                "Member must have length greater than or equal to {min}"
            ));
        }
        if let Some(pattern) = shape["pattern"].as_str() {
            rules.push(format!(
                "Member must satisfy regular expression pattern: {pattern}"
            ));
        }
        rules.join(", ")
    }

    fn fits(&self, name: &str, string: &str) -> bool {
        let shape = self.model.shape(name);
        let length = string.chars().count() as u64;
        shape["pattern"]
            .as_str()
            .is_none_or(|pattern| self.model.matches(pattern, string))
            && shape["min"].as_u64().is_none_or(|min| length >= min)
            && shape["max"].as_u64().is_none_or(|max| length <= max)
    }
}

fn is_scalar(shape: &Value) -> bool {
    !["structure", "list", "map"].contains(&text(&shape["type"]))
}

/// One more than the most, one less than the least, and what is said of it.
fn wrong_lengths(shape: &Value) -> Vec<(u64, String)> {
    let mut wrong = Vec::new();
    if let Some(max) = shape["max"].as_u64() {
        let rule = format!("Member must have length less than or equal to {max}");
        wrong.push((max + 1, rule));
    }
    if let Some(min) = shape["min"].as_u64().filter(|min| *min > 0) {
        let rule = format!("Member must have length greater than or equal to {min}");
        wrong.push((min - 1, rule));
    }
    wrong
}

/// Strings that break a constraint each; for an element of a list, where it does not matter which.
fn wrong_scalars(shape: &Value) -> Vec<Value> {
    if shape["enum"].is_array() {
        return vec![json!("NO_SUCH_VALUE")];
    }
    let mut wrong: Vec<Value> = wrong_lengths(shape)
        .into_iter()
        .map(|(count, _)| json!("a".repeat(usize::try_from(count).unwrap_or(0))))
        .collect();
    if shape["pattern"].is_string() {
        wrong.push(json!(BELL.to_string()));
    }
    wrong
}

fn member_path(parent: &str, member: &str) -> String {
    let (first, rest) = member.split_at(1);
    let name = first.to_lowercase() + rest;
    if parent.is_empty() {
        name
    } else {
        format!("{parent}.{name}")
    }
}

/// What Java's `toString` makes of a list, a map or a scalar; structures are left out.
fn java(value: &Value, outermost: bool) -> String {
    match value {
        Value::String(string) => string.clone(),
        Value::Array(elements) => {
            let parts: Vec<String> = elements.iter().map(|value| java(value, false)).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Object(entries) if outermost => {
            let parts: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{key}={}", java(value, false)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Object(_) => "{...}".to_owned(),
        other => other.to_string(),
    }
}

/// The enumeration's values by the bucket of a hash table that each falls into, the last of the model first.
fn enum_rule(values: &[Value]) -> String {
    let mut buckets = vec![Vec::new(); 32];
    for value in values.iter().map(text) {
        let hash = value.bytes().fold(0_u32, |hash, byte| {
            hash.wrapping_mul(31).wrapping_add(byte.into())
        });
        buckets[(hash % 32) as usize].insert(0, value);
    }
    format!(
        "Member must satisfy enum value set: [{}]",
        buckets.concat().join(", ")
    )
}
