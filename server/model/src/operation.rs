//! What is known of an operation without running it: its name, types, table, authorisation and errors.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error_code::ErrorCode;
use crate::shape::Shape;

/// The API an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    UserPools,
    IdentityPools,
}

impl Service {
    pub const ALL: &'static [Self] = &[Self::UserPools, Self::IdentityPools];

    /// The name that requests are signed for, and that ARNs and IAM actions begin with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserPools => "cognito-idp",
            Self::IdentityPools => "cognito-identity",
        }
    }

    /// The part of `X-Amz-Target` before the dot.
    pub const fn target_prefix(self) -> &'static str {
        match self {
            Self::UserPools => "AWSCognitoIdentityProviderService",
            Self::IdentityPools => "AWSCognitoIdentityService",
        }
    }

    /// All operations, sorted by name.
    pub const fn operations(self) -> &'static [OperationInfo] {
        match self {
            Self::UserPools => crate::idp::OPERATIONS,
            Self::IdentityPools => crate::identity::OPERATIONS,
        }
    }
}

/// How a call is authorised before the operation looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Auth {
    /// Signed with AWS credentials.
    Iam,
    /// Unsigned: what the request holds (a token, a code, a client id) is all there is.
    None,
}

/// An operation as a type, so that a handler's request and response follow from its name.
pub trait Operation {
    const NAME: &'static str;
    const SERVICE: Service;
    const INPUT: &'static Shape;
    const AUTH: Auth;
    /// The errors the model declares, in its order; the front end's own can always happen as well.
    const ERRORS: &'static [ErrorCode];
    /// Whether the model declares an output; an operation without one answers an empty body.
    const HAS_OUTPUT: bool;
    type Input: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
    type Output: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
}

/// Something to be done with every operation as a type; [`crate::idp::visit_operations`] does it.
pub trait OperationVisitor {
    fn visit<O: Operation>(&mut self);
}

/// An operation as a value, for what is looked up by name.
#[derive(Debug)]
pub struct OperationInfo {
    pub name: &'static str,
    pub service: Service,
    pub input: &'static Shape,
    pub auth: Auth,
    pub errors: &'static [ErrorCode],
    pub has_output: bool,
    /// Tries whether the typed request can be made of a value.
    pub parses: fn(Value) -> Result<(), serde_json::Error>,
}

impl OperationInfo {
    pub(crate) const fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            service: O::SERVICE,
            input: O::INPUT,
            auth: O::AUTH,
            errors: O::ERRORS,
            has_output: O::HAS_OUTPUT,
            parses: parses::<O::Input>,
        }
    }
}

fn parses<T: DeserializeOwned>(value: Value) -> Result<(), serde_json::Error> {
    serde_json::from_value::<T>(value).map(drop)
}

/// The operation of that exact name.
pub fn find(service: Service, name: &str) -> Option<&'static OperationInfo> {
    let operations = service.operations();
    operations
        .binary_search_by(|operation| operation.name.cmp(name))
        .ok()
        .and_then(|index| operations.get(index))
}

/// Declares a marker for every operation of a service, and the service's table; `types` and `shapes` are the caller's.
macro_rules! operations {
    (
        $service:ident
        $($name:ident($request:ident) $(-> $response:ident)? {
            input: $input:ident,
            auth: $auth:ident,
            errors: [$($error:ident),* $(,)?],
        })+
    ) => {
        $(
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl $crate::Operation for $name {
                const NAME: &'static str = stringify!($name);
                const SERVICE: $crate::Service = $crate::Service::$service;
                const INPUT: &'static $crate::Shape = &shapes::$input;
                const AUTH: $crate::Auth = $crate::Auth::$auth;
                const ERRORS: &'static [$crate::ErrorCode] = &[$($crate::ErrorCode::$error),*];
                const HAS_OUTPUT: bool = operations!(@has_output $($response)?);
                type Input = types::$request;
                type Output = operations!(@output $($response)?);
            }
        )+

        /// Every operation of the service, sorted by name.
        pub static OPERATIONS: &[$crate::OperationInfo] = &[
            $($crate::OperationInfo::of::<$name>()),+
        ];

        /// Visits every operation of the service, sorted by name.
        pub fn visit_operations(visitor: &mut impl $crate::OperationVisitor) {
            $(visitor.visit::<$name>();)+
        }
    };
    (@has_output) => { false };
    (@has_output $response:ident) => { true };
    (@output) => { () };
    (@output $response:ident) => { types::$response };
}

pub(crate) use operations;
