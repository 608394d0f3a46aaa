//! The attribute schema of a user pool: AWS's twenty standard attributes and the pool's own, and
//! what may be declared (facts/wire.md §2.3, §2.4).

use cognito_model::idp::{
    AttributeDataType, NumberAttributeConstraintsType, SchemaAttributeType,
    StringAttributeConstraintsType,
};

use crate::errors::{self, Result};

const MOST_LENGTH: i64 = 2048;
/// Custom attributes in one pool (facts/wire.md §4).
const MOST_CUSTOM: usize = 50;

/// In the order in which AWS lists them.
const STANDARD: [&str; 20] = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];

/// The attributes that a user of the pool can have.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'a>(&'a [SchemaAttributeType]);

impl<'a> Schema<'a> {
    pub fn new(attributes: &'a [SchemaAttributeType]) -> Self {
        Self(attributes)
    }

    pub fn find(&self, name: &str) -> Option<&'a SchemaAttributeType> {
        self.0
            .iter()
            .find(|attribute| attribute.name.as_deref() == Some(name))
    }

    /// The names of required attributes, `sub` aside: nobody can give that one.
    pub fn required(&self) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(|attribute| attribute.required == Some(true))
            .filter_map(|attribute| attribute.name.as_deref())
            .filter(|name| *name != "sub")
    }

    pub fn is_standard(name: &str) -> bool {
        STANDARD.contains(&name)
    }

    /// Whether a declaration says no more than what every pool has anyway.
    pub fn is_default(attribute: &SchemaAttributeType) -> bool {
        let name = attribute.name.as_deref().unwrap_or_default();
        Self::is_standard(name) && *attribute == standard(name)
    }

    /// A schema with more custom attributes; standard ones are there already.
    pub fn extended(
        mut schema: Vec<SchemaAttributeType>,
        declared: Vec<SchemaAttributeType>,
    ) -> Result<Vec<SchemaAttributeType>> {
        for attribute in declared {
            let Some(name) = attribute.name.clone() else {
                return Err(errors::invalid_setting(
                    "CustomAttributes",
                    "each attribute needs a Name.",
                ));
            };
            push_custom(&mut schema, attribute, &name)?;
        }
        Ok(schema)
    }

    /// The schema of a new pool, from what its request declares.
    pub fn of_new_pool(declared: Vec<SchemaAttributeType>) -> Result<Vec<SchemaAttributeType>> {
        let mut schema: Vec<_> = STANDARD.into_iter().map(standard).collect();
        for attribute in declared {
            let Some(name) = attribute.name.clone() else {
                return Err(errors::invalid_setting(
                    "Schema",
                    "each attribute needs a Name.",
                ));
            };
            match schema
                .iter_mut()
                .find(|known| known.name.as_deref() == Some(&*name))
            {
                Some(known) if Self::is_standard(&name) => {
                    change_standard(known, attribute, &name)?;
                }
                Some(_) => return Err(errors::attribute_exists(&name)),
                None => push_custom(&mut schema, attribute, &name)?,
            }
        }
        Ok(schema)
    }
}

fn push_custom(
    schema: &mut Vec<SchemaAttributeType>,
    declared: SchemaAttributeType,
    name: &str,
) -> Result<()> {
    let attribute = custom(declared, name)?;
    if schema.iter().any(|known| known.name == attribute.name) {
        return Err(errors::attribute_exists(
            attribute.name.as_deref().unwrap_or_default(),
        ));
    }
    if schema.len() - STANDARD.len() >= MOST_CUSTOM {
        return Err(errors::limit_exceeded("custom attributes", MOST_CUSTOM));
    }
    schema.push(attribute);
    Ok(())
}

fn standard(name: &str) -> SchemaAttributeType {
    let data_type = match name {
        "email_verified" | "phone_number_verified" => AttributeDataType::Boolean,
        "updated_at" => AttributeDataType::Number,
        _ => AttributeDataType::String,
    };
    let lengths = match name {
        "sub" => ("1", "2048"),
        "birthdate" => ("10", "10"),
        _ => ("0", "2048"),
    };
    SchemaAttributeType {
        name: Some(name.to_owned()),
        attribute_data_type: Some(data_type),
        developer_only_attribute: Some(false),
        mutable: Some(name != "sub"),
        required: Some(name == "sub"),
        number_attribute_constraints: (data_type == AttributeDataType::Number).then(|| {
            NumberAttributeConstraintsType {
                min_value: Some("0".to_owned()),
                max_value: None,
            }
        }),
        string_attribute_constraints: (data_type == AttributeDataType::String).then(|| {
            StringAttributeConstraintsType {
                min_length: Some(lengths.0.to_owned()),
                max_length: Some(lengths.1.to_owned()),
            }
        }),
    }
}

/// A standard attribute keeps its type; being required, mutable and its bounds may be declared.
fn change_standard(
    known: &mut SchemaAttributeType,
    declared: SchemaAttributeType,
    name: &str,
) -> Result<()> {
    let other_type = declared
        .attribute_data_type
        .is_some_and(|it| Some(it) != known.attribute_data_type);
    let frees_sub =
        name == "sub" && (declared.mutable == Some(true) || declared.required == Some(false));
    if other_type || frees_sub || declared.developer_only_attribute == Some(true) {
        return Err(errors::standard_attribute_is_fixed(name));
    }
    let declared = with_constraints_of_its_type(
        SchemaAttributeType {
            attribute_data_type: known.attribute_data_type,
            ..declared
        },
        name,
    )?;
    known.required = declared.required.or(known.required);
    known.mutable = declared.mutable.or(known.mutable);
    if let Some(constraints) = declared.string_attribute_constraints {
        let kept = known
            .string_attribute_constraints
            .take()
            .unwrap_or_default();
        known.string_attribute_constraints = Some(StringAttributeConstraintsType {
            min_length: constraints.min_length.or(kept.min_length),
            max_length: constraints.max_length.or(kept.max_length),
        });
    }
    if let Some(constraints) = declared.number_attribute_constraints {
        let kept = known
            .number_attribute_constraints
            .take()
            .unwrap_or_default();
        known.number_attribute_constraints = Some(NumberAttributeConstraintsType {
            min_value: constraints.min_value.or(kept.min_value),
            max_value: constraints.max_value.or(kept.max_value),
        });
    }
    Ok(())
}

/// A custom attribute as AWS lists it: `custom:<name>`, or `dev:custom:<name>`.
fn custom(declared: SchemaAttributeType, name: &str) -> Result<SchemaAttributeType> {
    if declared.attribute_data_type.is_none() {
        return Err(errors::missing_attribute_data_type());
    }
    if declared.required == Some(true) {
        return Err(errors::required_custom_attribute());
    }
    let developer_only = declared.developer_only_attribute == Some(true);
    let prefix = if developer_only {
        "dev:custom:"
    } else {
        "custom:"
    };
    let bare = name.strip_prefix(prefix).unwrap_or(name);
    let mut attribute = with_constraints_of_its_type(declared, bare)?;
    attribute.name = Some(format!("{prefix}{bare}"));
    attribute.developer_only_attribute = Some(developer_only);
    attribute.required = Some(false);
    // Assumed: the default is not established (wire.md §2.3); Terraform and CDK send it.
    attribute.mutable = Some(attribute.mutable.unwrap_or(true));
    match attribute.attribute_data_type {
        Some(AttributeDataType::String) => {
            attribute
                .string_attribute_constraints
                .get_or_insert_default();
        }
        Some(AttributeDataType::Number) => {
            attribute
                .number_attribute_constraints
                .get_or_insert_default();
        }
        _ => {}
    }
    Ok(attribute)
}

/// Constraints of another type are dropped; those of its own must be numbers in order.
fn with_constraints_of_its_type(
    mut attribute: SchemaAttributeType,
    name: &str,
) -> Result<SchemaAttributeType> {
    let data_type = attribute.attribute_data_type;
    if data_type != Some(AttributeDataType::String) {
        attribute.string_attribute_constraints = None;
    }
    if data_type != Some(AttributeDataType::Number) {
        attribute.number_attribute_constraints = None;
    }
    if let Some(constraints) = &attribute.string_attribute_constraints {
        let bound = |text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => match text.parse::<i64>() {
                Ok(bound) if bound >= 0 => Ok(Some(bound)),
                _ => Err(errors::invalid_attribute_constraints("String", name)),
            },
        };
        let (least, most) = (
            bound(&constraints.min_length)?,
            bound(&constraints.max_length)?,
        );
        if least.max(most).is_some_and(|length| length > MOST_LENGTH) {
            return Err(errors::string_attribute_too_long(name));
        }
        if least.zip(most).is_some_and(|(least, most)| most < least) {
            return Err(errors::attribute_maximum_below_minimum(name, "length"));
        }
    }
    if let Some(constraints) = &attribute.number_attribute_constraints {
        let bound = |text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => text
                .parse::<f64>()
                .ok()
                .filter(|bound| bound.is_finite())
                .map(Some)
                .ok_or_else(|| errors::invalid_attribute_constraints("Number", name)),
        };
        let (least, most) = (
            bound(&constraints.min_value)?,
            bound(&constraints.max_value)?,
        );
        if least.zip(most).is_some_and(|(least, most)| most < least) {
            return Err(errors::attribute_maximum_below_minimum(name, "value"));
        }
    }
    Ok(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, data_type: AttributeDataType) -> SchemaAttributeType {
        SchemaAttributeType {
            name: Some(name.to_owned()),
            attribute_data_type: Some(data_type),
            ..Default::default()
        }
    }

    fn refusal(attribute: SchemaAttributeType) -> String {
        Schema::of_new_pool(vec![attribute])
            .unwrap_err()
            .message()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn a_bare_pool_has_the_twenty_standard_attributes() {
        let schema = Schema::of_new_pool(Vec::new()).unwrap();
        assert_eq!(schema.len(), 20);
        let sub = &schema[0];
        assert_eq!((sub.mutable, sub.required), (Some(false), Some(true)));
        assert!(
            Schema::new(&schema)
                .find("updated_at")
                .unwrap()
                .number_attribute_constraints
                .is_some()
        );
        assert_eq!(Schema::new(&schema).required().count(), 0);
    }

    #[test]
    fn custom_attributes_are_listed_under_their_prefix() {
        let developer = SchemaAttributeType {
            developer_only_attribute: Some(true),
            ..declared("mydev", AttributeDataType::String)
        };
        let schema =
            Schema::of_new_pool(vec![declared("tier", AttributeDataType::String), developer])
                .unwrap();
        assert_eq!(schema[20].name.as_deref(), Some("custom:tier"));
        assert_eq!(schema[21].name.as_deref(), Some("dev:custom:mydev"));
    }

    #[test]
    fn what_may_not_be_declared_is_refused_in_the_words_of_aws() {
        let required = SchemaAttributeType {
            required: Some(true),
            ..declared("tier", AttributeDataType::String)
        };
        assert_eq!(
            refusal(required),
            "Required custom attributes are not supported currently."
        );
        assert_eq!(
            refusal(declared("family_name", AttributeDataType::Number)),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute family_name"
        );
        let untyped = SchemaAttributeType {
            attribute_data_type: None,
            ..declared("tier", AttributeDataType::String)
        };
        assert_eq!(
            refusal(untyped),
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
        );
        let bounds = |least: &str, most: &str| SchemaAttributeType {
            string_attribute_constraints: Some(StringAttributeConstraintsType {
                min_length: Some(least.to_owned()),
                max_length: Some(most.to_owned()),
            }),
            ..declared("tier", AttributeDataType::String)
        };
        assert_eq!(
            refusal(bounds("a", "1")),
            "Invalid StringAttributeConstraints for schema attribute tier"
        );
        assert_eq!(
            refusal(bounds("0", "2049")),
            "user.tier: String attributes cannot have a length of more than 2048"
        );
        assert_eq!(
            refusal(bounds("5", "4")),
            "user.tier: Max length cannot be less than min length."
        );
        let numbers = SchemaAttributeType {
            number_attribute_constraints: Some(NumberAttributeConstraintsType {
                min_value: Some("5".to_owned()),
                max_value: Some("4".to_owned()),
            }),
            ..declared("age", AttributeDataType::Number)
        };
        assert_eq!(
            refusal(numbers),
            "user.age: Max value cannot be less than min value."
        );
    }

    #[test]
    fn a_standard_attribute_can_be_made_required_and_keeps_its_bounds() {
        let email = SchemaAttributeType {
            required: Some(true),
            string_attribute_constraints: Some(StringAttributeConstraintsType {
                min_length: None,
                max_length: Some("100".to_owned()),
            }),
            ..declared("email", AttributeDataType::String)
        };
        let schema = Schema::of_new_pool(vec![email]).unwrap();
        let schema = Schema::new(&schema);
        assert_eq!(schema.required().collect::<Vec<_>>(), ["email"]);
        let bounds = schema
            .find("email")
            .unwrap()
            .string_attribute_constraints
            .clone()
            .unwrap();
        assert_eq!(
            (bounds.min_length.as_deref(), bounds.max_length.as_deref()),
            (Some("0"), Some("100"))
        );
    }
}
