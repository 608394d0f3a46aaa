//! All state as rows: the server's own beside those of the store. The same rows are the snapshot, one JSON
//! document, and what a data folder keeps.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use tokio::sync::OnceCell;

use crate::app::App;
use crate::changes::Kind;
use crate::clock;
use crate::delivery::{Filter, Message};
use crate::keys::{ContentKey, KeySecrets, SealingKey, SigningKey};
use crate::store::{Disk, Extent, Restoring, Row, Store, StoredRow};

/// The first member of a snapshot, which tells it from every other document.
pub const MARKER: &str = "cognitwinSnapshot";
/// Raised with every change that an older version would not understand.
const VERSION: u64 = 1;

/// Whether a text is meant to be a snapshot.
pub fn is_one(text: &str) -> bool {
    let begin = text.trim_start().strip_prefix('{').map(str::trim_start);
    begin.is_some_and(|begin| begin.starts_with(&format!("\"{MARKER}\"")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'d> {
    #[serde(rename = "cognitwinSnapshot")]
    version: u64,
    #[serde(borrow, deserialize_with = "read_rows")]
    rows: Vec<DocumentRow<'d>>,
}

/// The rows, of which an error names the one that is wrong.
fn read_rows<'d, D: Deserializer<'d>>(document: D) -> Result<Vec<DocumentRow<'d>>, D::Error> {
    struct Rows;

    impl<'d> Visitor<'d> for Rows {
        type Value = Vec<DocumentRow<'d>>;

        fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
            text.write_str("a list of rows")
        }

        fn visit_seq<A: SeqAccess<'d>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut rows = Vec::new();
            loop {
                let row = list.next_element();
                let row = row.map_err(|error| {
                    A::Error::custom(format_args!("rows[{}]: {error}", rows.len()))
                });
                match row? {
                    Some(row) => rows.push(row),
                    None => return Ok(rows),
                }
            }
        }
    }

    document.deserialize_seq(Rows)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentRow<'d> {
    /// Of a row that belongs to a pool, or to an account in a region.
    #[serde(default, borrow)]
    owner: Cow<'d, str>,
    kind: Kind,
    #[serde(borrow)]
    key: Cow<'d, str>,
    #[serde(default)]
    place: u64,
    #[serde(borrow)]
    value: &'d RawValue,
}

/// The same, without its end and its value, which is JSON already.
#[derive(Serialize)]
struct RowHead<'r> {
    #[serde(skip_serializing_if = "str::is_empty")]
    owner: &'r str,
    kind: Kind,
    key: &'r str,
    #[serde(skip_serializing_if = "is_zero")]
    place: u64,
}

fn is_zero(place: &u64) -> bool {
    *place == 0
}

fn write_row(document: &mut Vec<u8>, owner: &str, row: &Row, value: &[u8]) -> io::Result<()> {
    let head = RowHead {
        owner,
        kind: row.kind,
        key: &row.key,
        place: row.place,
    };
    serde_json::to_writer(&mut *document, &head)?;
    // Within the braces.
    document.pop();
    document.extend(b",\"value\":");
    document.extend(value);
    document.push(b'}');
    Ok(())
}

/// What the rows of the server itself say.
#[derive(Default)]
struct ServerState {
    clock: Option<clock::State>,
    seed_draws: Option<[u8; 32]>,
    sealing_keys: Vec<SealingKey>,
    refresh_token_keys: Vec<ContentKey>,
    identity_key: Option<KeySecrets>,
    messages: Vec<(u64, Message)>,
}

impl ServerState {
    fn take(&mut self, row: &StoredRow<'_>) -> Result<(), String> {
        self.read(row)
            .map_err(|error| format!("{} {}: {error}", row.kind.name(), row.key))
    }

    fn read(&mut self, row: &StoredRow<'_>) -> serde_json::Result<()> {
        match row.kind {
            Kind::Clock => self.clock = Some(serde_json::from_slice(row.value)?),
            Kind::SeedDraws => self.seed_draws = Some(serde_json::from_slice(row.value)?),
            Kind::SealingKeys => self.sealing_keys = serde_json::from_slice(row.value)?,
            Kind::RefreshTokenKeys => self.refresh_token_keys = serde_json::from_slice(row.value)?,
            Kind::IdentityKey => {
                let key = serde_json::from_slice(row.value)?;
                SigningKey::restore_of_identity_pools(&key).map_err(serde::de::Error::custom)?;
                self.identity_key = Some(key);
            }
            _ => {
                let message: Message = serde_json::from_slice(row.value)?;
                if message.id != row.key {
                    return Err(serde::de::Error::custom("this is not its id"));
                }
                self.messages.push((row.place, message));
            }
        }
        Ok(())
    }

    /// As they are kept, the messages aside.
    fn rows(&self) -> io::Result<Vec<Row>> {
        let mut rows = Vec::new();
        if let Some(state) = &self.clock {
            rows.push(Row::new(Kind::Clock, "", 0, state)?);
        }
        rows.push(match &self.seed_draws {
            Some(draws) => Row::new(Kind::SeedDraws, "", 0, draws)?,
            None => Row::gone(Kind::SeedDraws, ""),
        });
        if !self.sealing_keys.is_empty() {
            rows.push(Row::new(Kind::SealingKeys, "", 0, &self.sealing_keys)?);
        }
        if !self.refresh_token_keys.is_empty() {
            let keys = &self.refresh_token_keys;
            rows.push(Row::new(Kind::RefreshTokenKeys, "", 0, keys)?);
        }
        rows.push(match &self.identity_key {
            Some(key) => Row::new(Kind::IdentityKey, "", 0, key)?,
            None => Row::gone(Kind::IdentityKey, ""),
        });
        Ok(rows)
    }

    /// The key of identity pools' tokens, where there is none or it is to be this one.
    fn restore_identity_key(&self, app: &App, is_whole: bool) -> io::Result<()> {
        let key = self.identity_key.as_ref();
        let key = key.map(SigningKey::restore_of_identity_pools).transpose()?;
        if is_whole || app.identity_key().is_none() {
            let cell = OnceCell::new_with(key.map(Arc::new));
            *app.identity_key.write() = Arc::new(cell);
        }
        Ok(())
    }

    /// What the server itself is, the outbox aside.
    fn of(app: &App, extent: Extent<'_>) -> Self {
        let is_whole = extent == Extent::All;
        Self {
            clock: is_whole.then(|| app.clock.state()),
            seed_draws: app.seed_draws.lock().filter(|_| is_whole),
            sealing_keys: app.sealer.keys().to_vec(),
            refresh_token_keys: app.refresh_tokens.keys().to_vec(),
            identity_key: app.identity_key().and_then(|key| key.secrets().ok()),
            messages: Vec::new(),
        }
    }

    fn messages(&mut self) -> Vec<(u64, Message)> {
        self.messages.sort_by_key(|(place, _)| *place);
        std::mem::take(&mut self.messages)
    }
}

/// A state that is read and right, but in nobody's place yet.
pub struct Snapshot {
    store: Store,
    server: ServerState,
}

impl Snapshot {
    /// The error says where in the document what is wrong.
    pub fn parse(app: &App, document: &[u8]) -> Result<Self, String> {
        let Document { version, rows } =
            serde_json::from_slice(document).map_err(|error| error.to_string())?;
        if version != VERSION {
            let wanted = format!("{MARKER}: {version} is not a version that this server reads");
            return Err(format!("{wanted} ({VERSION})"));
        }
        let mut rows: Vec<_> = rows.into_iter().enumerate().collect();
        rows.sort_by_key(|(index, row)| (!row.kind.is_pool(), *index));
        let restoring = Restoring::beside(&app.store);
        let mut server = ServerState::default();
        for (index, row) in rows {
            let row = StoredRow {
                owner: row.owner,
                kind: row.kind,
                key: row.key,
                place: row.place,
                value: row.value.get().as_bytes(),
            };
            let taken = restoring.take(&row).and_then(|is_taken| match is_taken {
                true => Ok(()),
                false => server.take(&row),
            });
            taken.map_err(|problem| format!("rows[{index}].value: {problem}"))?;
        }
        Ok(Self {
            store: restoring.finish(),
            server,
        })
    }

    /// Puts it in the place of a part of the state. A part of it brings its keys, so that its tokens are
    /// good here as well, and leaves the clock as it is.
    pub async fn install(mut self, app: &App, extent: Extent<'_>) -> Result<(), String> {
        let messages = self.server.messages();
        let brought = self.store.user_pools_of(extent);
        if let Extent::Account(account) = extent
            && self.has_nothing_of(extent)
            && !self.has_nothing_of(Extent::All)
        {
            return Err(format!("the snapshot has nothing of the account {account}"));
        }
        let is_durable = app.store.journal().is_durable();
        if is_durable && extent == Extent::All && self.server.refresh_token_keys.is_empty() {
            let own = app.refresh_tokens.first(&app.keys, &app.random).await;
            self.server
                .refresh_token_keys
                .push(own.map_err(|error| error.to_string())?);
        }
        let rows = match extent {
            Extent::All => self.server.rows().map_err(|error| error.to_string())?,
            _ => Vec::new(),
        };
        let former = app.store.replace(extent, &self.store, rows)?;
        let is_part = |message: &Message| {
            extent == Extent::All
                || former.contains(&message.user_pool_id)
                || brought.contains(&message.user_pool_id)
        };
        app.outbox.forget(is_part);
        let messages = messages.into_iter().filter(|(_, it)| is_part(it));
        app.outbox.restore(messages.collect());
        self.server
            .restore_identity_key(app, extent == Extent::All)
            .map_err(|error| error.to_string())?;
        if extent == Extent::All {
            app.clock.reset();
            if let Some(state) = self.server.clock {
                app.clock.restore(state);
            }
            *app.seed_draws.lock() = self.server.seed_draws;
            app.sealer.restore(self.server.sealing_keys);
            app.refresh_tokens.restore(self.server.refresh_token_keys);
        } else {
            app.sealer.accept(self.server.sealing_keys);
            app.refresh_tokens.accept(self.server.refresh_token_keys);
        }
        keep_server(app).await.map_err(|error| error.to_string())
    }

    fn has_nothing_of(&self, extent: Extent<'_>) -> bool {
        let found = |_: &str, _: Row| Err(io::ErrorKind::AlreadyExists.into());
        self.store.rows(extent, &mut { found }).is_ok()
    }

    /// Adds what is not there: pools by their ids, limits, and the keys of its tokens. The clock and the
    /// outbox stay those of the server.
    pub fn merge(self, app: &App) -> Result<(), String> {
        app.store.add(&self.store)?;
        self.server
            .restore_identity_key(app, false)
            .map_err(|error| error.to_string())?;
        app.sealer.accept(self.server.sealing_keys);
        app.refresh_tokens.accept(self.server.refresh_token_keys);
        Ok(())
    }
}

/// All state, or that of one account, as one document.
pub fn write(app: &App, extent: Extent<'_>) -> io::Result<Vec<u8>> {
    let mut document = format!("{{\"{MARKER}\":{VERSION},\"rows\":[").into_bytes();
    let mut pools = Vec::new();
    let mut separator = "\n";
    let mut take = |owner: &str, row: Row| {
        let Some(value) = &row.value else {
            return Ok(());
        };
        document.extend(separator.as_bytes());
        separator = ",\n";
        write_row(&mut document, owner, &row, value)
    };
    for row in ServerState::of(app, extent).rows()? {
        take("", row)?;
    }
    app.store.rows(extent, &mut |owner, row| {
        if row.kind == Kind::UserPool {
            pools.push(owner.to_owned());
        }
        take(owner, row)
    })?;
    let is_part =
        |message: &Message| extent == Extent::All || pools.contains(&message.user_pool_id);
    for row in app.outbox.rows(is_part)? {
        take("", row)?;
    }
    document.extend(b"\n]}\n");
    Ok(document)
}

/// Keeps what the server itself is: with keys for all that is to be found again, made before they are
/// first needed.
pub(crate) async fn keep_server(app: &App) -> crate::errors::Result<()> {
    if !app.store.journal().is_durable() {
        return Ok(());
    }
    app.refresh_tokens.first(&app.keys, &app.random).await?;
    app.store
        .journal()
        .commit_rows(|| ServerState::of(app, Extent::All).rows())
}

/// Keeps how the clock stands.
pub(crate) fn keep_clock(app: &App) {
    let row = || Ok(vec![Row::new(Kind::Clock, "", 0, &app.clock.state())?]);
    // A disk that fails is told of at the next answer, and all after it.
    let _ = app.store.journal().commit_rows(row);
}

/// Takes over what a folder keeps, and keeps there all that changes from now on, once the disk begins.
/// Whether there was anything in it.
pub async fn open(
    app: &Arc<App>,
    folder: &Path,
) -> Result<(Arc<Disk>, bool), Box<dyn std::error::Error + Send + Sync>> {
    let restoring = Restoring::beside(&app.store);
    let mut server = ServerState::default();
    let mut is_new = true;
    let disk = Disk::open(folder, &mut |row| {
        is_new = false;
        if restoring.take(&row)? {
            return Ok(());
        }
        server.take(&row)
    })?;
    if !is_new {
        let store = restoring.finish();
        Snapshot { store, server }.install(app, Extent::All).await?;
    }
    let disk = Arc::new(disk);
    app.store.attach(disk.clone())?;
    keep_server(app).await?;
    Ok((disk, !is_new))
}

/// Puts a state that seeds have made in the place of a part of the present one.
pub(crate) async fn succeed(app: &App, seeded: &App, extent: Extent<'_>) -> Result<(), String> {
    let former = app.store.replace(extent, &seeded.store, Vec::new())?;
    let is_part =
        |message: &Message| extent == Extent::All || former.contains(&message.user_pool_id);
    app.outbox.forget(is_part);
    // A template's users are invited.
    let invited = seeded.outbox.find(&Filter::default());
    if !invited.is_empty() {
        let brought = seeded.store.user_pools_of(extent);
        for message in invited {
            if brought.contains(&message.user_pool_id) {
                app.outbox.take(message);
            }
        }
    }
    if extent == Extent::All {
        app.clock.restore(app.settings.clock.unwrap_or_default());
    }
    // Where a seed is a snapshot, it brings keys.
    if let (None, Some(key)) = (app.identity_key(), seeded.identity_key()) {
        *app.identity_key.write() = Arc::new(OnceCell::new_with(Some(key)));
    }
    app.sealer.accept(seeded.sealer.keys().to_vec());
    app.refresh_tokens
        .accept(seeded.refresh_tokens.keys().to_vec());
    keep_server(app).await.map_err(|error| error.to_string())
}
