//! Looks, styles and terms: what the login pages of a client show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::server::{DAY, START_STAMP, Server, text, with};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
const CSS: &str = ".logo-customizable { max-width: 60%; }";

fn with_domain() -> (Server, String, String) {
    let server = Server::new();
    let (pool, client) = server.demo();
    server.ok(
        "CreateUserPoolDomain",
        json!({"UserPoolId": pool, "Domain": "demo"}),
    );
    (server, pool, client)
}

fn look(server: &Server, of: Value) -> Value {
    server.ok("GetUICustomization", of)["UICustomization"].clone()
}

#[test]
fn a_look_is_of_a_client_or_of_all() {
    let (server, pool, client) = with_domain();
    let of_client = json!({"UserPoolId": pool, "ClientId": client});
    assert_eq!(look(&server, of_client.clone()), json!({}));
    let all = server.ok(
        "SetUICustomization",
        json!({"UserPoolId": pool, "CSS": CSS}),
    );
    let expected = json!({
        "UserPoolId": pool, "ClientId": "ALL", "CSS": CSS, "CSSVersion": "20260101000000",
        "LastModifiedDate": START_STAMP, "CreationDate": START_STAMP,
    });
    assert_eq!(all["UICustomization"], expected);
    assert_eq!(look(&server, of_client.clone()), expected);
    server.advance(DAY);
    let own = with(
        of_client.clone(),
        json!({"ImageFile": STANDARD.encode(PNG)}),
    );
    let own = server.ok("SetUICustomization", own)["UICustomization"].clone();
    let path = format!("/{pool}/{client}/20260102000000/assets/images/image.jpg");
    assert_eq!(own["ImageUrl"], format!("http://localhost:9229{path}"));
    assert_eq!(own.get("CSS"), None);
    assert_eq!(look(&server, of_client.clone()), own);
    assert_eq!(look(&server, json!({"UserPoolId": pool})), expected);
    let image = server.get(&path);
    assert_eq!(image.status(), 200);
    assert_eq!(image.headers()["content-type"], "image/png");
    assert_eq!(image.body().as_ref(), PNG);
    for other in [
        format!("/{pool}/ALL/20260101000000/assets/images/image.jpg"),
        format!("/{pool}/{client}/20260101000000/assets/images/image.jpg"),
        format!("{path}/more"),
        "/assets/images/image.jpg".to_owned(),
    ] {
        assert_eq!(server.get(&other).status(), 404, "{other}");
    }
    // Neither CSS nor an image: the default again.
    server.ok("SetUICustomization", of_client.clone());
    assert_eq!(look(&server, of_client), expected);
}

#[test]
fn a_look_that_cannot_be_is_refused() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let invalid = "InvalidParameterException";
    let no_domain = "There has to be an existing domain associated with this user pool";
    for operation in ["SetUICustomization", "GetUICustomization"] {
        server.refuses(operation, json!({"UserPoolId": pool}), invalid, no_domain);
        server.refuses(
            operation,
            json!({"UserPoolId": pool, "ClientId": "nowhere"}),
            "ResourceNotFoundException",
            "User pool client nowhere does not exist.",
        );
    }
    server.ok(
        "CreateUserPoolDomain",
        json!({"UserPoolId": pool, "Domain": "demo"}),
    );
    let set = |more: Value| with(json!({"UserPoolId": pool, "ClientId": client}), more);
    server.refuses(
        "SetUICustomization",
        set(json!({"CSS": "body { color: red }"})),
        invalid,
        "Invalid CSS: body is not a customizable class.",
    );
    let large = [PNG, &[0; 100 * 1024]].concat();
    for image in [b"GIF89a".as_slice(), &large] {
        server.refuses(
            "SetUICustomization",
            set(json!({"ImageFile": STANDARD.encode(image)})),
            invalid,
            "ImageFile must be a PNG or JPEG image of 100 KB at the most.",
        );
    }
}

#[test]
fn a_client_has_one_style() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let of_client = json!({"UserPoolId": pool, "ClientId": client});
    let create = with(of_client.clone(), json!({"UseCognitoProvidedValues": true}));
    let made =
        server.ok("CreateManagedLoginBranding", create.clone())["ManagedLoginBranding"].clone();
    let id = text(&made["ManagedLoginBrandingId"]);
    assert_eq!(
        made,
        json!({
            "ManagedLoginBrandingId": id, "UserPoolId": pool, "UseCognitoProvidedValues": true,
            "CreationDate": START_STAMP, "LastModifiedDate": START_STAMP,
        })
    );
    server.refuses(
        "CreateManagedLoginBranding",
        create,
        "ManagedLoginBrandingExistsException",
        &format!("Managed login branding already exists for client {client}."),
    );
    let merged = with(of_client.clone(), json!({"ReturnMergedResources": true}));
    let merged = server.ok("DescribeManagedLoginBrandingByClient", merged);
    let settings = &merged["ManagedLoginBranding"]["Settings"];
    assert_eq!(settings["componentClasses"]["buttons"]["borderRadius"], 8.0);
    let named = json!({"UserPoolId": pool, "ManagedLoginBrandingId": id});
    let own = json!({"componentClasses": {"buttons": {"borderRadius": 1.5}}});
    let asset =
        json!({"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": "AAAA"});
    let more = json!({"Settings": own, "Assets": [asset]});
    let updated =
        server.ok("UpdateManagedLoginBranding", with(named.clone(), more))["ManagedLoginBranding"]
            .clone();
    assert_eq!(updated["UseCognitoProvidedValues"], false);
    assert_eq!(updated["Settings"], own);
    assert_eq!(updated["Assets"], json!([asset]));
    let described = server.ok("DescribeManagedLoginBranding", named.clone());
    assert_eq!(described["ManagedLoginBranding"], updated);
    assert_eq!(
        server.ok("DescribeManagedLoginBrandingByClient", of_client.clone()),
        described
    );
    let replaced = with(asset, json!({"Bytes": "BBBB"}));
    let again = server.ok(
        "UpdateManagedLoginBranding",
        with(named.clone(), json!({"Assets": [replaced]})),
    );
    assert_eq!(again["ManagedLoginBranding"]["Assets"], json!([replaced]));
    assert_eq!(again["ManagedLoginBranding"]["Settings"], own);
    assert_eq!(
        server.ok("DeleteManagedLoginBranding", named.clone()),
        Value::Null
    );
    for operation in ["DescribeManagedLoginBranding", "DeleteManagedLoginBranding"] {
        server.refuses(
            operation,
            named.clone(),
            "ResourceNotFoundException",
            &format!("Managed login branding {id} does not exist."),
        );
    }
    server.refuses(
        "DescribeManagedLoginBrandingByClient",
        of_client,
        "ResourceNotFoundException",
        &format!("Managed login branding does not exist for client {client}."),
    );
}

#[test]
fn a_style_that_cannot_be_is_refused() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let create = |more: Value| with(json!({"UserPoolId": pool, "ClientId": client}), more);
    let asset = json!({"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG"});
    for (more, message) in [
        (
            json!({"UseCognitoProvidedValues": true, "Settings": {}}),
            "Settings and Assets cannot be specified when UseCognitoProvidedValues is true.",
        ),
        (
            json!({"Assets": [asset]}),
            "Each asset needs either Bytes or ResourceId.",
        ),
    ] {
        server.refuses(
            "CreateManagedLoginBranding",
            create(more),
            "InvalidParameterException",
            message,
        );
    }
    server.refuses(
        "UpdateManagedLoginBranding",
        json!({"UserPoolId": pool}),
        "InvalidParameterException",
        "ManagedLoginBrandingId is required.",
    );
}

#[test]
fn a_pool_has_twenty_styles() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for _ in 0..20 {
        let client = server.client(&pool, json!({}));
        server.ok(
            "CreateManagedLoginBranding",
            json!({"UserPoolId": pool, "ClientId": client}),
        );
    }
    let client = server.client(&pool, json!({}));
    server.refuses(
        "CreateManagedLoginBranding",
        json!({"UserPoolId": pool, "ClientId": client}),
        "LimitExceededException",
        "Exceeded maximum number of managed login branding styles: 20",
    );
}

fn terms(pool: &str, client: &str, name: &str) -> Value {
    json!({
        "UserPoolId": pool, "ClientId": client, "TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE",
        "Links": {"cognito:default": "https://example.com/terms"},
    })
}

#[test]
fn terms_are_kept_by_client_and_name() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let request = terms(&pool, &client, "terms-of-use");
    let made = server.ok("CreateTerms", request.clone())["Terms"].clone();
    let stamps = json!({"CreationDate": START_STAMP, "LastModifiedDate": START_STAMP});
    let id = text(&made["TermsId"]);
    assert_eq!(
        made,
        with(with(request.clone(), stamps), json!({"TermsId": id}))
    );
    server.refuses(
        "CreateTerms",
        request,
        "TermsExistsException",
        &format!("Terms terms-of-use already exist for client {client}."),
    );
    let privacy = server.ok("CreateTerms", terms(&pool, &client, "privacy-policy"));
    let named = json!({"UserPoolId": pool, "TermsId": id});
    server.refuses(
        "UpdateTerms",
        with(named.clone(), json!({"TermsName": "privacy-policy"})),
        "TermsExistsException",
        &format!("Terms privacy-policy already exist for client {client}."),
    );
    server.advance(1000);
    let links = json!({"cognito:spanish": "https://example.com/es"});
    let updated = server.ok("UpdateTerms", with(named.clone(), json!({"Links": links})));
    let expected = with(
        made,
        json!({"Links": links, "LastModifiedDate": START_STAMP + 1.0}),
    );
    assert_eq!(updated["Terms"], expected);
    let by_client = json!({"UserPoolId": pool, "ClientId": client, "TermsName": "terms-of-use"});
    assert_eq!(server.ok("DescribeTerms", named.clone()), updated);
    assert_eq!(
        server.ok("DescribeTermsByClient", by_client.clone()),
        updated
    );
    let list = json!({"UserPoolId": pool, "MaxResults": 1});
    let first = server.ok("ListTerms", list.clone());
    assert_eq!(
        first["Terms"],
        json!([{
            "TermsId": id, "TermsName": "terms-of-use", "Enforcement": "NONE",
            "CreationDate": START_STAMP, "LastModifiedDate": START_STAMP + 1.0,
        }])
    );
    let second = server.ok(
        "ListTerms",
        with(list, json!({"NextToken": first["NextToken"]})),
    );
    assert_eq!(second["Terms"][0]["TermsId"], privacy["Terms"]["TermsId"]);
    assert_eq!(second.get("NextToken"), None);
    assert_eq!(server.ok("DeleteTerms", named.clone()), Value::Null);
    let gone = format!("Terms {id} do not exist.");
    for operation in ["DescribeTerms", "DeleteTerms", "UpdateTerms"] {
        server.refuses(operation, named.clone(), "ResourceNotFoundException", &gone);
    }
    server.refuses(
        "DescribeTermsByClient",
        by_client,
        "ResourceNotFoundException",
        &format!("Terms terms-of-use do not exist for client {client}."),
    );
}

#[test]
fn a_pool_has_forty_terms() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for _ in 0..20 {
        let client = server.client(&pool, json!({}));
        for name in ["terms-of-use", "privacy-policy"] {
            server.ok("CreateTerms", terms(&pool, &client, name));
        }
    }
    let client = server.client(&pool, json!({}));
    server.refuses(
        "CreateTerms",
        terms(&pool, &client, "terms-of-use"),
        "LimitExceededException",
        "Exceeded maximum number of terms documents: 40",
    );
}

#[test]
fn what_belongs_to_a_client_goes_with_it() {
    let (server, pool, client) = with_domain();
    let of_client = json!({"UserPoolId": pool, "ClientId": client});
    server.ok(
        "SetUICustomization",
        with(
            of_client.clone(),
            json!({"ImageFile": STANDARD.encode(PNG)}),
        ),
    );
    let style = server.ok("CreateManagedLoginBranding", of_client.clone());
    server.ok("CreateTerms", terms(&pool, &client, "terms-of-use"));
    server.ok("DeleteUserPoolClient", of_client);
    let path = format!("/{pool}/{client}/20260101000000/assets/images/image.jpg");
    assert_eq!(server.get(&path).status(), 404);
    let id = text(&style["ManagedLoginBranding"]["ManagedLoginBrandingId"]);
    server.refuses(
        "DescribeManagedLoginBranding",
        json!({"UserPoolId": pool, "ManagedLoginBrandingId": id}),
        "ResourceNotFoundException",
        &format!("Managed login branding {id} does not exist."),
    );
    assert_eq!(
        server.ok("ListTerms", json!({"UserPoolId": pool})),
        json!({"Terms": []})
    );
}
