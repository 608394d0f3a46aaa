//! The bytes of a connection, over a real one: HTTP/1.1, HTTP/2, TLS, or none of them.
#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use cognitwin::http::{Listener, Tls, serve};
use cognitwin_fuzz::World;
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the server has nothing to say before it is told that nothing more comes.
const SILENCE: Duration = Duration::from_millis(2);
/// How long it may take to end the connection then.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    static SERVER: (World, SocketAddr) = {
        let world = World::new();
        let server = world.runtime.block_on(Listener::bind(([127, 0, 0, 1], 0).into())).unwrap();
        let address = server.address().unwrap();
        world.runtime.spawn(serve(server, world.app.clone(), Tls::self_signed(), std::future::pending()));
        (world, address)
    };
}

async fn talk(address: SocketAddr, data: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    // The server may end the connection before it has read everything.
    if stream.write_all(data).await.is_ok() {
        while let Ok(Ok(1..)) = timeout(SILENCE, stream.read_buf(&mut answer)).await {}
        let _ = stream.shutdown().await;
        let rest = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(rest.is_ok(), "the connection stays open");
    }
    answer
}

fuzz_target!(|data: &[u8]| {
    SERVER.with(|(world, address)| {
        let answer = world.runtime.block_on(talk(*address, data));
        // A body is one line, and so no line in it begins like this.
        let said = String::from_utf8_lossy(&answer);
        for line in said.split("\r\n") {
            let is_fault = line.starts_with("HTTP/1.1 5") && !line.starts_with("HTTP/1.1 501");
            assert!(!is_fault, "{said}");
        }
        world.restore_anyway();
    });
});
