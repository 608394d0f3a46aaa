//! `operations.rs`: a marker type and a table row for every operation. `error_code.rs`: every error code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::names;
use crate::output::Service;

/// The codes of the KMS calls that decrypt a custom sender's code; only two operations of that service are here.
const KMS: [&str; 6] = [
    "DryRunOperationException",
    "IncorrectKeyException",
    "InvalidCiphertextException",
    "InvalidGrantTokenException",
    "InvalidKeyUsageException",
    "NotFoundException",
];

/// The codes of the protocol's front end, which no service model names.
const PROTOCOL: [&str; 13] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "NotImplementedException",
    "RequestEntityTooLargeException",
    "RequestTimeoutException",
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
];

pub(crate) fn operations(service: &Service) -> String {
    let mut operations: Vec<_> = service.model.operations.iter().collect();
    operations.sort_unstable_by_key(|(name, _)| *name);
    let mut out = format!(
        "use super::{{shapes, types}};\nuse crate::operation::operations;\n\n\
         operations! {{\n    {}\n",
        service.variant
    );
    for (name, operation) in operations {
        let output = operation
            .output
            .as_ref()
            .map(|output| format!(" -> {}", output.shape))
            .unwrap_or_default();
        let auth = match operation.authtype.as_deref() {
            Some("none") => "None",
            _ => "Iam",
        };
        let _ = writeln!(
            out,
            "\n    {name}({}){output} {{\n        input: {},\n        auth: {auth},\n        errors: [",
            operation.input.shape,
            names::constant(&operation.input.shape)
        );
        for error in &operation.errors {
            let _ = writeln!(out, "            {},", error.shape);
        }
        out.push_str("        ],\n    }\n");
    }
    out + "}\n"
}

pub(crate) fn error_codes(services: &[Service]) -> String {
    let mut codes: BTreeSet<&str> = PROTOCOL.into_iter().chain(KMS).collect();
    let mut faults = BTreeSet::new();
    for service in services {
        for (name, shape) in service.model.shapes.iter() {
            if shape.exception {
                codes.insert(name);
            }
            if shape.fault {
                faults.insert(name);
            }
        }
    }
    let mut out = String::from(
        "use crate::wire_enum::wire_enum;\n\nwire_enum! {\n\
         \x20   /// What `__type` says in an error's answer: the exceptions of both models, KMS's, and the protocol's own.\n\
         \x20   ErrorCode {\n",
    );
    for code in codes {
        let _ = writeln!(out, "        {code} = {code:?},");
    }
    let faults: Vec<String> = faults.iter().map(|code| format!("Self::{code}")).collect();
    let _ = writeln!(
        out,
        "    }}\n}}\n\nimpl ErrorCode {{\n\
         /// Whether the model calls it the service's fault (an answer of the 500 class).\n\
         pub const fn is_fault(self) -> bool {{ matches!(self, {}) }}\n}}\n",
        faults.join(" | ")
    );
    out
}
