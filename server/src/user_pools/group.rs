//! A group of users: its role and precedence, and what a user's groups claim in its tokens
//! (facts/tokens.md §6, facts/users.md §10).

use cognito_model::Timestamp;
use cognito_model::idp::{CreateGroupRequest, GroupType, UpdateGroupRequest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Group {
    pub description: GroupType,
}

impl Group {
    pub fn create(request: CreateGroupRequest, now: Timestamp) -> Self {
        Self {
            description: GroupType {
                group_name: Some(request.group_name),
                user_pool_id: Some(request.user_pool_id),
                description: request.description,
                role_arn: request.role_arn,
                precedence: request.precedence,
                last_modified_date: Some(now),
                creation_date: Some(now),
            },
        }
    }

    /// What the request leaves out stays as it is.
    pub fn update(&mut self, request: UpdateGroupRequest, now: Timestamp) {
        let group = &mut self.description;
        group.description = request.description.or(group.description.take());
        group.role_arn = request.role_arn.or(group.role_arn.take());
        group.precedence = request.precedence.or(group.precedence);
        group.last_modified_date = Some(now);
    }

    pub fn name(&self) -> &str {
        self.description.group_name.as_deref().unwrap_or_default()
    }

    /// Lower comes first; none at all comes last.
    fn rank(&self) -> i64 {
        self.description.precedence.map_or(i64::MAX, i64::from)
    }
}

/// What the groups of one user claim.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GroupClaims {
    pub groups: Vec<String>,
    /// Without repetition.
    pub roles: Vec<String>,
    /// The role of the group that comes first; none where two that share that place have different
    /// roles.
    pub preferred_role: Option<String>,
}

impl GroupClaims {
    pub fn of(mut groups: Vec<&Group>) -> Self {
        groups.sort_by_key(|group| group.rank());
        let mut claims = Self::default();
        for group in &groups {
            claims.groups.push(group.name().to_owned());
            if let Some(role) = &group.description.role_arn
                && !claims.roles.contains(role)
            {
                claims.roles.push(role.clone());
            }
        }
        let mut with_role = groups
            .iter()
            .filter(|group| group.description.role_arn.is_some());
        if let Some(first) = with_role.next() {
            let is_tied = with_role.any(|group| {
                group.rank() == first.rank()
                    && group.description.role_arn != first.description.role_arn
            });
            if !is_tied {
                claims
                    .preferred_role
                    .clone_from(&first.description.role_arn);
            }
        }
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, precedence: Option<i32>, role: Option<&str>) -> Group {
        Group {
            description: GroupType {
                group_name: Some(name.to_owned()),
                precedence,
                role_arn: role.map(str::to_owned),
                ..Default::default()
            },
        }
    }

    fn claims(groups: &[Group]) -> GroupClaims {
        GroupClaims::of(groups.iter().collect())
    }

    #[test]
    fn the_lowest_precedence_gives_the_preferred_role() {
        let claims = claims(&[
            group("none", None, Some("r0")),
            group("users", Some(5), Some("r5")),
            group("plain", Some(0), None),
            group("admins", Some(1), Some("r1")),
            group("again", Some(7), Some("r1")),
        ]);
        assert_eq!(claims.groups, ["plain", "admins", "users", "again", "none"]);
        assert_eq!(claims.roles, ["r1", "r5", "r0"]);
        assert_eq!(claims.preferred_role.as_deref(), Some("r1"));
    }

    #[test]
    fn a_tie_between_different_roles_prefers_none() {
        let tied = [
            group("a", Some(1), Some("r1")),
            group("b", Some(1), Some("r2")),
        ];
        assert_eq!(claims(&tied).preferred_role, None);
        let same = [
            group("a", Some(1), Some("r1")),
            group("b", Some(1), Some("r1")),
        ];
        assert_eq!(claims(&same).preferred_role.as_deref(), Some("r1"));
        let unranked = [group("a", None, Some("r1")), group("b", None, Some("r2"))];
        assert_eq!(claims(&unranked).preferred_role, None);
        assert_eq!(claims(&[]), GroupClaims::default());
    }
}
