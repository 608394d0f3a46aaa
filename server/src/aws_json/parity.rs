//! The parity ledger: what becomes of each member of each request. Exceptions stand in `server/parity.json`;
//! every other member of an operation that is there takes effect.

use cognito_model::{OperationInfo, Service, Shape};
use serde_json::{Map, Value, json};

use super::implemented;
use crate::{identity, idp};

/// Members by operation, sorted by it.
type Members = &'static [(&'static str, &'static [&'static str])];

fn stored(service: Service) -> Members {
    match service {
        Service::UserPools => idp::operations::STORED,
        Service::IdentityPools => identity::operations::STORED,
    }
}

fn refused(service: Service) -> Members {
    match service {
        Service::UserPools => idp::operations::REFUSED,
        Service::IdentityPools => identity::operations::REFUSED,
    }
}

fn of(members: Members, operation: &str) -> &'static [&'static str] {
    members
        .binary_search_by(|(name, _)| (*name).cmp(operation))
        .map_or(&[], |index| members[index].1)
}

/// The members that a request sets and that nothing follows from.
pub(super) fn stored_only(operation: &OperationInfo, input: &Value) -> Vec<&'static str> {
    let is_set = |path: &&&str| {
        let mut place = Some(input);
        for name in path.split('.') {
            place = place.and_then(|it| it.get(name));
        }
        place.is_some_and(|it| !it.is_null())
    };
    let members = of(stored(operation.service), operation.name).iter();
    members.filter(is_set).copied().collect()
}

/// Every operation with every member of its request.
pub fn ledger() -> Value {
    let (mut rows, mut there, mut totals) = (Vec::new(), 0, [0; 3]);
    for service in Service::ALL {
        for operation in service.operations() {
            let is_there = implemented(*service).contains(&operation.name);
            there += usize::from(is_there);
            let (stored, refused) = (
                of(stored(*service), operation.name),
                of(refused(*service), operation.name),
            );
            let members = match operation.input {
                Shape::Structure(members) => *members,
                _ => &[],
            };
            let names = members.iter().map(|member| member.name);
            // A member of a member stands beside it.
            let parts = stored.iter().chain(refused).filter(|it| it.contains('.'));
            let mut members = Map::new();
            for name in names.chain(parts.copied()) {
                let (index, status) = if !is_there || refused.contains(&name) {
                    (2, "refused")
                } else if stored.contains(&name) {
                    (1, "stored")
                } else {
                    (0, "simulated")
                };
                totals[index] += 1;
                members.insert(name.to_owned(), json!(status));
            }
            rows.push(json!({
                "service": service.name(),
                "operation": operation.name,
                "implemented": is_there,
                "members": members,
            }));
        }
    }
    json!({
        "totals": {
            "operations": rows.len(),
            "implemented": there,
            "members": {"simulated": totals[0], "stored": totals[1], "refused": totals[2]},
        },
        "operations": rows,
    })
}
