//! The room that the files of import jobs take together, and how it is given back.

use bytes::Bytes;
use http::Request;
use serde_json::json;

use crate::server::{DAY, Server, text};

/// The largest file that a job takes.
const LARGEST: usize = 100 * 1024 * 1024;

/// Where the file of a new job goes.
fn address(server: &Server, pool: &str) -> String {
    let role = "arn:aws:iam::000000000000:role/import";
    let request = json!({"JobName": "job", "UserPoolId": pool, "CloudWatchLogsRoleArn": role});
    let job = server.ok("CreateUserImportJob", request);
    text(&job["UserImportJob"]["PreSignedUrl"])
}

fn upload(server: &Server, address: &str, file: &Bytes) -> u16 {
    let request = Request::put(address).body(file.clone()).unwrap();
    server.send(request).status().as_u16()
}

#[test]
fn files_that_nobody_imports_make_room_for_those_of_other_pools() {
    let server = Server::new();
    let (forgotten, _) = server.demo();
    let other = server.ok("CreateUserPool", json!({"PoolName": "other"}));
    let other = text(&other["UserPool"]["Id"]);
    let file = Bytes::from(vec![b' '; LARGEST]);
    for _ in 0..5 {
        assert_eq!(upload(&server, &address(&server, &forgotten), &file), 200);
    }
    let waiting = address(&server, &other);
    assert_eq!(upload(&server, &waiting, &file), 503);
    assert_eq!(upload(&server, &waiting, &Bytes::new()), 200);
    server.advance(DAY);
    let later = address(&server, &other);
    assert_eq!(upload(&server, &later, &file), 200);
    server.ok("DeleteUserPool", json!({"UserPoolId": other}));
    for _ in 0..5 {
        assert_eq!(upload(&server, &address(&server, &forgotten), &file), 200);
    }
}
