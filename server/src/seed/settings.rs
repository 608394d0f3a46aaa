//! What operations of their own set of a user pool: second factors, threat protection, logs, and the
//! looks of its pages.

use cognito_model::idp::{
    CreateManagedLoginBranding, CreateTerms, SetLogDeliveryConfiguration, SetRiskConfiguration,
    SetUICustomization, SetUserPoolMfaConfig,
};
use serde_json::Value;

use super::Problem;
use super::fields::Fields;
use crate::app::App;
use crate::errors;
use crate::store::Pool;
use crate::user_pools::{ALL_CLIENTS, Branding, ManagedLoginBranding, Terms, UiCustomization};

/// What GetUserPoolMfaConfig prints beside MfaConfiguration.
pub(super) const MFA: [&str; 4] = [
    "SmsMfaConfiguration",
    "SoftwareTokenMfaConfiguration",
    "EmailMfaConfiguration",
    "WebAuthnConfiguration",
];

/// Lists beside a pool's own fields.
pub(super) struct Additions {
    logs: Option<Value>,
    path: String,
    risks: Vec<(Value, String)>,
    looks: Vec<(Value, String)>,
    styles: Vec<(Value, String)>,
    terms: Vec<(Value, String)>,
}

impl Additions {
    pub(super) fn take(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self {
            logs: fields.take("LogConfigurations"),
            path: fields.path().to_owned(),
            risks: fields.list("RiskConfigurations")?,
            looks: fields.list("UICustomizations")?,
            styles: fields.list("ManagedLoginBrandings")?,
            terms: fields.list("Terms")?,
        })
    }

    pub(super) fn apply(self, app: &App, pool: &Pool) -> Result<(), Problem> {
        if let Some(logs) = self.logs {
            let fields = serde_json::json!({"LogConfigurations": logs});
            apply_logs(pool, Fields::of(fields, &self.path)?)?;
        }
        for (risk, path) in self.risks {
            apply_risk(
                app,
                pool,
                Fields::described(risk, &path, "RiskConfiguration")?,
            )?;
        }
        for (look, path) in self.looks {
            apply_look(
                app,
                pool,
                Fields::described(look, &path, "UICustomization")?,
            )?;
        }
        for (style, path) in self.styles {
            let mut fields = Fields::described(style, &path, "ManagedLoginBranding")?;
            let id = fields.text("ManagedLoginBrandingId")?;
            apply_style(app, pool, fields, id)?;
        }
        for (terms, path) in self.terms {
            let mut fields = Fields::described(terms, &path, "Terms")?;
            let id = fields.text("TermsId")?;
            apply_terms(app, pool, fields, id)?;
        }
        Ok(())
    }
}

pub(super) fn apply_mfa(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.belongs_to(pool.id())?;
    let path = fields.path().to_owned();
    let request = fields.request::<SetUserPoolMfaConfig>()?;
    pool.write(|state| {
        let settings = state.settings().with_mfa(request, app.clock.now())?;
        state.set_settings(settings);
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))
}

pub(super) fn apply_logs(pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.belongs_to(pool.id())?;
    let path = fields.path().to_owned();
    let request = fields.request::<SetLogDeliveryConfiguration>()?;
    pool.write(|state| {
        let settings = state.settings();
        if settings.log_configurations.is_empty() {
            let settings = settings.with_logs(request.log_configurations)?;
            state.set_settings(settings);
        }
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))
}

pub(super) fn apply_risk(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&["LastModifiedDate"]);
    fields.belongs_to(pool.id())?;
    of_all_clients(&mut fields)?;
    let path = fields.path().to_owned();
    let request = fields.request::<SetRiskConfiguration>()?;
    pool.write(|state| {
        let client_id = request.client_id.as_deref();
        if let Some(client_id) = client_id {
            state.client(client_id)?;
        }
        let key = client_id.unwrap_or_default();
        if !state.settings().risk_configurations.contains_key(key) {
            let (settings, _) = state.settings().with_risk(request, app.clock.now())?;
            state.set_settings(settings);
        }
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))
}

pub(super) fn apply_look(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&["ImageUrl", "CSSVersion", "LastModifiedDate", "CreationDate"]);
    fields.belongs_to(pool.id())?;
    of_all_clients(&mut fields)?;
    let path = fields.path().to_owned();
    let request = fields.request::<SetUICustomization>()?;
    pool.write(|state| {
        let client_id = request.client_id.as_deref().unwrap_or(ALL_CLIENTS);
        if client_id != ALL_CLIENTS {
            state.client(client_id)?;
        }
        if state.domains().is_empty() {
            return Err(errors::domain_needed());
        }
        if state.login_pages().own_customization(client_id).is_some() {
            return Ok(());
        }
        let look = UiCustomization::new(
            pool.id(),
            client_id,
            request.css,
            request.image_file,
            None,
            app.clock.now(),
        )?;
        state.set_customization(client_id, look);
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))
}

/// The id of the style that the client has.
pub(super) fn apply_style(
    app: &App,
    pool: &Pool,
    mut fields: Fields,
    id: Option<String>,
) -> Result<String, Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate"]);
    fields.belongs_to(pool.id())?;
    let path = fields.path().to_owned();
    let request = fields.request::<CreateManagedLoginBranding>()?;
    pool.write(|state| {
        if let Some(style) = state.login_pages().branding_of(&request.client_id) {
            return Ok(style.id().to_owned());
        }
        let id = id.unwrap_or_else(|| app.random.uuid().to_string());
        let branding = Branding {
            use_cognito_provided_values: request.use_cognito_provided_values,
            settings: request.settings,
            assets: request.assets,
        };
        state.add_branding(ManagedLoginBranding::create(
            id.clone(),
            pool.id(),
            request.client_id,
            branding,
            app.clock.now(),
        )?)?;
        Ok(id)
    })
    .map_err(|error| Problem::at(path, error))
}

/// The id of the client's terms of this name.
pub(super) fn apply_terms(
    app: &App,
    pool: &Pool,
    mut fields: Fields,
    id: Option<String>,
) -> Result<String, Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate"]);
    fields.belongs_to(pool.id())?;
    let path = fields.path().to_owned();
    let request = fields.request::<CreateTerms>()?;
    pool.write(|state| {
        let (client_id, name) = (&request.client_id, &request.terms_name);
        if let Some(terms) = state.login_pages().terms_of(client_id, name) {
            return Ok(terms.id().to_owned());
        }
        let id = id.unwrap_or_else(|| app.random.uuid().to_string());
        state.add_terms(Terms::create(request, id.clone(), app.clock.now()))?;
        Ok(id)
    })
    .map_err(|error| Problem::at(path, error))
}

/// What holds for all clients is printed, and written in templates, as that of the client `ALL`.
fn of_all_clients(fields: &mut Fields) -> Result<(), Problem> {
    if let Some(client_id) = fields.text("ClientId")?
        && client_id != ALL_CLIENTS
    {
        fields.set("ClientId", client_id);
    }
    Ok(())
}
