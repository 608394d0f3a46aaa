//! Accounts are kept apart: what a suite sees of calls, and which calls its faults meet.

use http::Request;
use serde_json::{Value, json};

use crate::calls::{control, requests};
use crate::server::{Caller, NOBODY, OWNER, PASSWORD, Server, authorization, password_auth, text};

#[test]
fn each_call_is_of_an_account() {
    let server = Server::new();
    let other = Caller {
        region: "us-east-1",
        key: Some("111122223333"),
    };
    let sts = |key: Option<&str>, form: &str| {
        let mut request =
            Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        if let Some(key) = key {
            request = request.header("authorization", authorization(key, "us-east-1"));
        }
        let form = format!("Version=2011-06-15&{form}");
        server.send(request.body(form).unwrap()).status().as_u16()
    };
    let settings = json!({"IdentityPoolName": "i", "AllowUnauthenticatedIdentities": true});
    let pool = server.ok_as(other, "CreateIdentityPool", settings)["IdentityPoolId"].clone();
    let identity = server.ok_as(NOBODY, "GetId", json!({"IdentityPoolId": pool}));
    let token = server.ok_as(
        NOBODY,
        "GetOpenIdToken",
        json!({"IdentityId": identity["IdentityId"]}),
    );
    let assume = "Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::444455556666:role/r&RoleSessionName=se\
                  &WebIdentityToken=";
    let of_pool = format!("{assume}{}", text(&token["Token"]));
    let key = json!({"KeyId": "alias/a", "KeySpec": "AES_256"}).to_string();
    let user_pool =
        server.ok_as(other, "CreateUserPool", json!({"PoolName": "p"}))["UserPool"]["Id"].clone();
    let client = json!({"UserPoolId": user_pool, "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
    let client = server.ok_as(other, "CreateUserPoolClient", client);
    let client = client["UserPoolClient"]["ClientId"].clone();
    let bob = json!({"UserPoolId": user_pool, "Username": "bob", "TemporaryPassword": PASSWORD});
    server.ok_as(other, "AdminCreateUser", bob);
    let begun = server.ok_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&text(&client), "bob", PASSWORD),
    );
    let session = begun["Session"].clone();
    control(&server, "DELETE", "requests", Value::Null);

    assert_eq!(sts(Some("111122223333"), "Action=GetCallerIdentity"), 200);
    assert_eq!(sts(None, &of_pool), 200);
    server.call_target(other, "TrentService.GenerateDataKey", key.clone());
    server.call_as(
        NOBODY,
        "AssociateSoftwareToken",
        json!({"Session": session}),
    );
    let of_other = requests(&server, "?account=111122223333");
    let seen = of_other
        .iter()
        .map(|it| (text(&it["operation"]), it["userPoolId"].clone()));
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            ("GetCallerIdentity".to_owned(), Value::Null),
            ("AssumeRoleWithWebIdentity".to_owned(), pool.clone()),
            ("GenerateDataKey".to_owned(), Value::Null),
            ("AssociateSoftwareToken".to_owned(), user_pool),
        ]
    );
    // Without a pool of its own the role's account counts, without any nobody's does.
    for (form, account) in [
        (format!("{assume}x"), json!("444455556666")),
        ("Action=AssumeRoleWithWebIdentity".to_owned(), Value::Null),
        ("Action=GetCallerIdentity".to_owned(), Value::Null),
    ] {
        assert_eq!(sts(None, &form) / 100, 4);
        assert_eq!(requests(&server, "").last().unwrap()["account"], account);
    }
    let fault =
        json!({"operation": "*", "errorType": "A", "status": 503, "account": "111122223333"});
    control(&server, "POST", "faults", fault);
    assert_eq!(sts(Some("111122223333"), "Action=GetCallerIdentity"), 503);
    assert_eq!(sts(Some("444455556666"), "Action=GetCallerIdentity"), 200);
    assert_eq!(sts(None, &of_pool), 503);
    let data_key = |caller| {
        let response = server.call_target(caller, "TrentService.GenerateDataKey", key.clone());
        response.status().as_u16()
    };
    assert_eq!((data_key(other), data_key(OWNER)), (503, 200));
    let found = requests(&server, "?operation=GenerateDataKey&account=111122223333");
    assert_eq!(found[1]["errorType"], "A");
}
