//! XML of strangers: no document type, so no entities, and no nesting that a stack could not hold.

use cognito_model::Timestamp;
use uppsala::{Document, NodeId, Parser};

const MOST_DEPTH: u32 = 64;

/// `None` if it is not well-formed, or more than SAML needs.
pub(super) fn parse(text: &str) -> Option<Document<'_>> {
    let parser = Parser::new()
        .with_max_depth(MOST_DEPTH)
        .with_forbid_dtd(true);
    parser.parse(text).ok()
}

/// An element of a document that is read.
#[derive(Clone, Copy)]
pub(super) struct Element<'d, 'a> {
    document: &'d Document<'a>,
    pub(super) node: NodeId,
}

impl<'d, 'a> Element<'d, 'a> {
    /// The document's own, if it is this one.
    pub(super) fn root(document: &'d Document<'a>, namespace: &str, name: &str) -> Option<Self> {
        let node = document.document_element()?;
        let root = Self { document, node };
        root.is(namespace, name).then_some(root)
    }

    pub(super) fn is(self, namespace: &str, name: &str) -> bool {
        let element = self.document.element(self.node);
        element.is_some_and(|it| it.matches_name_ns(namespace, name))
    }

    pub(super) fn children(
        self,
        namespace: &'d str,
        name: &'d str,
    ) -> impl Iterator<Item = Self> + use<'d, 'a> {
        let document = self.document;
        let children = document.children(self.node).into_iter();
        children
            .map(move |node| Self { document, node })
            .filter(move |child| child.is(namespace, name))
    }

    /// The only one of its kind; of two there is none.
    pub(super) fn child(self, namespace: &'d str, name: &'d str) -> Option<Self> {
        let mut children = self.children(namespace, name);
        children.next().filter(|_| children.next().is_none())
    }

    pub(super) fn attribute(self, name: &str) -> Option<&'d str> {
        self.document.get_attribute(self.node, name)
    }

    /// All text in it, as what is signed has it: comments break nothing off.
    pub(super) fn text(self) -> String {
        self.whole_text().trim().to_owned()
    }

    /// The same with the space around it, where that tells one from another.
    pub(super) fn whole_text(self) -> String {
        self.document.text_content_deep(self.node)
    }

    pub(super) fn parent(self) -> Option<Self> {
        let node = self.document.parent(self.node)?;
        Some(self.at(node))
    }

    /// Another one of the same document.
    pub(super) fn at(self, node: NodeId) -> Self {
        Self { node, ..self }
    }

    pub(super) fn time(self, name: &str) -> Result<Option<Timestamp>, ()> {
        self.attribute(name)
            .map(|text| {
                let time: jiff::Timestamp = text.parse().map_err(|_| ())?;
                Ok(Timestamp::from_millis(time.as_millisecond()))
            })
            .transpose()
    }
}

/// A text within an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' | '\n' | '\t' => escaped.push_str(&format!("&#{};", c as u32)),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// As SAML writes times.
pub(super) fn written(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.as_millis())
        .map(|it| it.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}
