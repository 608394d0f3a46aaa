//! A YAML or JSON document as one value, and the line on which a path of it stands. YAML is read
//! event by event, since only events have the tags of CloudFormation and their lines.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Tag};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Problem;

/// As deep as `serde_json` goes.
const DEEPEST: usize = 127;

/// What all aliases of one document may add to it, in values and bytes of text: an alias of aliases
/// of aliases is small to write and large to have.
const MOST_ALIASED: usize = 4 * 1024 * 1024;

/// The short forms of CloudFormation's functions.
const FUNCTIONS: [&str; 20] = [
    "Ref",
    "Condition",
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAtt",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "Transform",
];

pub(super) struct Document {
    pub(super) value: Value,
    /// The first of CloudFormation's tags, and its line: only a template may have them.
    pub(super) tag: Option<(String, usize)>,
}

/// JSON if it begins like an object of JSON, else YAML. An empty document is an empty seed.
pub(super) fn parse(text: &str) -> Result<Document, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{')
        && let Ok(Json(value)) = serde_json::from_str(text)
    {
        return Ok(Document { value, tag: None });
    }
    match Builder::default().build(text) {
        Ok(document) => Ok(document),
        Err(problem) if text.trim_start().starts_with('{') => {
            // Begun like JSON: one of the two readers knows better what is wrong.
            Err(serde_json::from_str::<Json>(text)
                .map_or_else(|error| of_json(&error), |_| problem))
        }
        Err(problem) => Err(problem),
    }
}

/// One line that is JSON.
pub(super) fn parse_line(text: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(text)
        .map(|Json(value)| value)
        .map_err(|error| Problem::at("", without_place(&error)))
}

fn of_json(error: &serde_json::Error) -> Problem {
    Problem::at("", without_place(error)).on_line(error.line())
}

fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((problem, _)) => problem.to_owned(),
        None => text,
    }
}

/// A value of JSON in which no object has a key twice: the first would be lost.
struct Json(Value);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Self)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Json(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("{key} is there twice")));
            }
            let Json(value) = access.next_value()?;
            map.insert(key, value);
        }
        Ok(map.into())
    }
}

/// A list or map that is not at its end yet.
struct Open {
    anchor: usize,
    tag: Option<&'static str>,
    value: Value,
    /// The key whose value comes next.
    key: Option<String>,
    /// What `<<` brings: only for the keys that the map itself has not.
    merged: Vec<Map<String, Value>>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Value>,
    anchors: HashMap<usize, Value>,
    aliased: usize,
    tag: Option<(String, usize)>,
}

impl Builder {
    fn build(mut self, text: &str) -> Result<Document, Problem> {
        for event in Parser::new_from_str(text) {
            let (event, span) = event
                .map_err(|error| Problem::at("", error.info()).on_line(error.marker().line()))?;
            let line = span.start.line();
            self.take(event, line)
                .map_err(|message| Problem::at("", message).on_line(line))?;
        }
        Ok(Document {
            value: self
                .root
                .filter(|value| !value.is_null())
                .unwrap_or_else(|| Value::Object(Map::new())),
            tag: self.tag,
        })
    }

    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_key = self.wants_key();
                let value = if is_key {
                    Value::String(text.into_owned())
                } else {
                    scalar(&text, style, tag.as_deref())?
                };
                let function = self.function(tag.as_deref(), line)?;
                if is_key && function.is_some() {
                    return Err("a key of a map has no function".to_owned());
                }
                self.place(wrap(function, value), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.enter(Value::Array(Vec::new()), anchor, tag.as_deref(), line)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.enter(Value::Object(Map::new()), anchor, tag.as_deref(), line)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(mut open) = self.open.pop() else {
                    return Ok(());
                };
                if let Value::Object(map) = &mut open.value {
                    for (key, value) in open.merged.into_iter().flatten() {
                        map.entry(key).or_insert(value);
                    }
                }
                self.place(wrap(open.tag, open.value), open.anchor)
            }
            Event::Alias(anchor) => {
                let Some(value) = self.anchors.get(&anchor) else {
                    return Err("an alias within what it stands for".to_owned());
                };
                self.aliased += size(value);
                if self.aliased > MOST_ALIASED {
                    return Err("the aliases stand for too much".to_owned());
                }
                let value = value.clone();
                if self.open.len() + depth(&value) > DEEPEST {
                    return Err("nested too deep".to_owned());
                }
                self.place(value, 0)
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                Err("one document is wanted in a file".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        let open = self.open.last();
        open.is_some_and(|open| open.value.is_object() && open.key.is_none())
    }

    fn enter(
        &mut self,
        value: Value,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<(), String> {
        if self.open.len() >= DEEPEST {
            return Err("nested too deep".to_owned());
        }
        if self.wants_key() {
            return Err("a key of a map is wanted here".to_owned());
        }
        let tag = self.function(tag, line)?;
        self.open.push(Open {
            anchor,
            tag,
            value,
            key: None,
            merged: Vec::new(),
        });
        Ok(())
    }

    /// The function that a tag is the short form of.
    fn function(&mut self, tag: Option<&Tag>, line: usize) -> Result<Option<&'static str>, String> {
        let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else {
            return Ok(None);
        };
        let name = tag.suffix();
        match FUNCTIONS.iter().find(|it| **it == name) {
            Some(function) => {
                self.tag.get_or_insert_with(|| (format!("!{name}"), line));
                Ok(Some(*function))
            }
            None if name.is_empty() => Ok(None),
            None => Err(format!(
                "{} is not a tag of a seed or a template",
                tag.original()
            )),
        }
    }

    fn place(&mut self, value: Value, anchor: usize) -> Result<(), String> {
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
            self.aliased += size(&value);
            if self.aliased > MOST_ALIASED {
                return Err("the anchors stand for too much".to_owned());
            }
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        match (&mut open.value, open.key.take()) {
            (Value::Array(list), _) => list.push(value),
            (Value::Object(_), Some(key)) if key == "<<" => {
                let sources = match value {
                    Value::Array(list) => list,
                    one => vec![one],
                };
                for source in sources {
                    let Value::Object(source) = source else {
                        return Err("<< takes maps only".to_owned());
                    };
                    open.merged.push(source);
                }
            }
            (Value::Object(map), Some(key)) => {
                if map.contains_key(&key) {
                    return Err(format!("{key} is there twice"));
                }
                map.insert(key, value);
            }
            (_, _) => match value {
                Value::String(key) => open.key = Some(key),
                _ => return Err("a key of a map is wanted here".to_owned()),
            },
        }
        Ok(())
    }
}

fn wrap(function: Option<&'static str>, value: Value) -> Value {
    let Some(function) = function else {
        return value;
    };
    let name = match function {
        "Ref" | "Condition" => function.to_owned(),
        other => format!("Fn::{other}"),
    };
    Value::Object(Map::from_iter([(name, value)]))
}

/// A plain scalar is a number where JSON has such a number: what begins with `+` or 0 is a telephone
/// number or an account, not a quantity.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    if let Some(tag) = tag
        && let Some(core) = tag.core_suffix()
    {
        return match core {
            "str" => Ok(text.into()),
            "null" | "bool" | "int" | "float" => plain(text),
            _ => Err(format!(
                "{} is not a tag of a seed or a template",
                tag.original()
            )),
        };
    }
    if style == ScalarStyle::Plain {
        plain(text)
    } else {
        Ok(text.into())
    }
}

fn plain(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && text.bytes().all(|byte| b"0123456789+-.eE".contains(&byte)) =>
        {
            match serde_json::from_str::<Value>(text) {
                Ok(number @ Value::Number(_)) => number,
                Err(error) if error.to_string().starts_with("number out of range") => {
                    return Err(format!("{text} is no number that can be kept"));
                }
                _ => text.into(),
            }
        }
        _ => text.into(),
    })
}

fn size(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(size).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + size(value)).sum(),
        _ => 0,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The line of the last part of a path that the document itself has. JSON is YAML too.
pub(super) fn line_of(text: &str, path: &str) -> Option<usize> {
    /// A list, or a map, that is open: how long the path is that leads to it, and where in it we are.
    struct Place {
        length: usize,
        index: Option<usize>,
        has_key: bool,
    }
    /// Steps into the next element of a list.
    fn step(places: &mut [Place], at: &mut String) -> bool {
        let Some(place) = places.last_mut() else {
            return true;
        };
        if let Some(index) = &mut place.index {
            at.truncate(place.length);
            at.push_str(&format!("[{index}]"));
            *index += 1;
            return true;
        }
        place.has_key = !place.has_key;
        !place.has_key
    }

    let mut at = String::new();
    let mut places: Vec<Place> = Vec::new();
    let mut best = (0, None);
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else {
            break;
        };
        let line = span.start.line();
        match &event {
            Event::Scalar(..) | Event::Alias(_) => {
                if !step(&mut places, &mut at)
                    && let (Some(place), Event::Scalar(key, ..)) = (places.last(), &event)
                {
                    at.truncate(place.length);
                    if !at.is_empty() {
                        at.push('.');
                    }
                    at.push_str(key);
                }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                step(&mut places, &mut at);
                places.push(Place {
                    length: at.len(),
                    index: matches!(event, Event::SequenceStart(..)).then_some(0),
                    has_key: false,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                places.pop();
                continue;
            }
            _ => continue,
        }
        let is_on_the_way = path
            .strip_prefix(at.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        if is_on_the_way && !at.is_empty() && at.len() > best.0 {
            best = (at.len(), Some(line));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        parse(text).unwrap().value
    }

    fn refusal(text: &str) -> String {
        parse(text).err().unwrap().to_string()
    }

    #[test]
    fn yaml_and_json_are_told_apart_by_content() {
        assert_eq!(value("a: [1, two]"), json!({"a": [1, "two"]}));
        assert_eq!(value("{\"a\": [1, \"two\"]}"), json!({"a": [1, "two"]}));
        assert_eq!(value("{a: [1, two]}"), json!({"a": [1, "two"]}));
        assert_eq!(value("\u{feff}{\"a\": 1}"), json!({"a": 1}));
        assert_eq!(value("# nothing"), json!({}));
    }

    #[test]
    fn numbers_are_those_of_json() {
        assert_eq!(
            value("[1, -2.5, 1e3, +15550100, 012345678901, 0x10, 1.2.3, 2010-09-09, .inf, OFF]"),
            json!([
                1,
                -2.5,
                1e3,
                "+15550100",
                "012345678901",
                "0x10",
                "1.2.3",
                "2010-09-09",
                ".inf",
                "OFF"
            ])
        );
        assert_eq!(
            value("[!!str 1, '1', ~, True]"),
            json!(["1", "1", null, true])
        );
        assert_eq!(
            refusal("a:\n  b: 1e999"),
            "2: 1e999 is no number that can be kept"
        );
    }

    #[test]
    fn short_forms_become_functions() {
        assert_eq!(
            value("a: !Sub '${B}'\nc: !If [!Condition d, !Ref e, !GetAtt f.g]"),
            json!({
                "a": {"Fn::Sub": "${B}"},
                "c": {"Fn::If": [{"Condition": "d"}, {"Ref": "e"}, {"Fn::GetAtt": "f.g"}]},
            })
        );
        assert_eq!(
            parse("a:\n- !Ref b").unwrap().tag,
            Some(("!Ref".to_owned(), 2))
        );
        assert_eq!(
            refusal("a: !Magic b"),
            "1: !Magic is not a tag of a seed or a template"
        );
    }

    #[test]
    fn anchors_and_merges_are_bounded() {
        assert_eq!(
            value("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a"),
            json!({"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2}})
        );
        let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..30 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            laughs.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(
            refusal(&laughs).contains("stand for too much"),
            "{}",
            refusal(&laughs)
        );
        assert_eq!(
            refusal("a: &a [*a]"),
            "1: an alias within what it stands for"
        );
        assert_eq!(refusal("a: {<<: 1}"), "1: << takes maps only");
    }

    #[test]
    fn nesting_is_bounded() {
        for open in ["[", "{a: ", "- "] {
            let deep = open.repeat(100_000);
            assert!(parse(&deep).is_err());
        }
        assert!(parse(&"{\"a\":".repeat(100_000)).is_err());
        let chain: String = (1..80)
            .map(|level| format!("a{level}: &a{level} [[*a{}]]\n", level - 1))
            .collect();
        assert!(refusal(&format!("a0: &a0 [x]\n{chain}")).contains("nested too deep"));
    }

    #[test]
    fn a_key_is_there_once() {
        assert_eq!(refusal("a: 1\nb: 2\na: 3"), "3: a is there twice");
        assert_eq!(refusal("{\n\"a\": 1,\n\"a\": 3}"), "3: a is there twice");
        assert_eq!(
            refusal("a: 1\n---\nb: 2"),
            "2: one document is wanted in a file"
        );
    }

    #[test]
    fn a_path_has_a_line() {
        let text = "UserPools:\n- Id: a\n  Clients:\n  - ClientId: x\n  - ClientId: y\n    graph.facebook.com: z\nB: [1,\n 2]\n";
        for (path, line) in [
            ("UserPools", Some(1)),
            ("UserPools[0].Id", Some(2)),
            ("UserPools[0].Clients[1]", Some(5)),
            ("UserPools[0].Clients[1].ClientId", Some(5)),
            ("UserPools[0].Clients[1].graph.facebook.com", Some(6)),
            ("UserPools[0].Clients[1].nothing", Some(5)),
            ("B[1]", Some(8)),
            ("Nowhere", None),
        ] {
            assert_eq!(line_of(text, path), line, "{path}");
        }
        let json = "{\n  \"a\": {\n    \"b\": [\n      {\"c\": 1}\n    ]\n  }\n}";
        assert_eq!(line_of(json, "a.b[0].c"), Some(4));
    }
}
