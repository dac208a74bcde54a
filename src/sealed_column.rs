//! Columns that hold sealed values: to seal them anew with another key, and to see with which keys they are sealed.

use crate::db::Db;
use crate::keys::{EncryptionKeys, Place};
use crate::{Error, Result};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Rows that are read and written at once.
const AT_ONCE: i64 = 500;

/// A column of sealed values, each in the [`Place`] of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SealedColumn {
    /// `table.column`.
    pub name: &'static str,
    /// By which the rows are known.
    id: &'static str,
    id_type: IdType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdType {
    Uuid,
    Text,
}

/// What became of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Resealed {
    pub done: u64,
    /// That no key of ours opens. They stay as they are.
    pub unreadable: u64,
}

/// How many values of a column are sealed with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// `table.column`.
    pub column: &'static str,
    /// The id of the key, in hexadecimal digits.
    pub key: String,
    pub values: i64,
    pub state: KeyState,
}

/// What a key is to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It seals.
    Current,
    /// It opens only.
    Former,
    /// `ENCRYPTION_KEY` does not name it, or names it and it does not open what is there.
    Missing,
}

impl SealedColumn {
    /// Of a table whose rows are known by a UUID.
    pub const fn new(name: &'static str, id: &'static str) -> Self {
        Self { name, id, id_type: IdType::Uuid }
    }

    /// Of a table whose rows are known by a name.
    pub const fn named(name: &'static str, id: &'static str) -> Self {
        Self { name, id, id_type: IdType::Text }
    }

    fn parts(&self) -> Result<(&'static str, &'static str)> {
        self.name.split_once('.').ok_or_else(|| Error::internal(format!("{} is no column of a table", self.name)))
    }

    fn place(&self, id: &str) -> Result<Place> {
        match self.id_type {
            IdType::Uuid => Ok(Place { column: self.name, row: id.parse::<Uuid>().map_err(Error::internal)? }),
            IdType::Text => Ok(Place::named(self.name, id)),
        }
    }

    const fn sql_type(&self) -> &'static str {
        match self.id_type {
            IdType::Uuid => "uuid",
            IdType::Text => "text",
        }
    }

    /// Seals anew, with the key in use, what another one sealed: batch by batch, each in a statement of its own, so
    /// that it can be broken off at any moment and begun again. A value that changed meanwhile is left to whoever wrote
    /// it. `tell` hears after each batch how many there were.
    pub async fn reseal(&self, db: &Db, keys: &EncryptionKeys, tell: &mut (dyn FnMut(u64) + Send)) -> Result<Resealed> {
        let (table, column) = self.parts()?;
        let (id, sql_type) = (self.id, self.sql_type());
        let read = format!(
            "select {id}::text, {column} from {table}
             where {id} > $1::{sql_type} and {column} is not null and substring({column} from 1 for 5) <> $2
             order by {id}
             limit $3"
        );
        let write = format!(
            "update {table} t set {column} = n.sealed
             from unnest($1::text[], $2::bytea[], $3::bytea[]) as n (id, was, sealed)
             where t.{id} = n.id::{sql_type} and t.{column} = n.was"
        );
        let mut resealed = Resealed::default();
        // nothing comes before it
        let mut last = match self.id_type {
            IdType::Uuid => Uuid::nil().to_string(),
            IdType::Text => String::new(),
        };
        loop {
            let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(read.clone()))
                .bind(&last)
                .bind(keys.current_head()?)
                .bind(AT_ONCE)
                .fetch_all(db)
                .await?;
            let Some((id, _)) = rows.last() else { return Ok(resealed) };
            last.clone_from(id);
            let (mut ids, mut were, mut are) = (Vec::new(), Vec::new(), Vec::new());
            for (id, was) in rows {
                let place = self.place(&id)?;
                let Ok(text) = keys.open(place, &was) else {
                    resealed.unreadable += 1;
                    continue;
                };
                are.push(keys.seal(place, &text)?);
                ids.push(id);
                were.push(was);
            }
            let written = sqlx::query(AssertSqlSafe(write.clone())).bind(ids).bind(were).bind(are).execute(db).await?;
            resealed.done += written.rows_affected();
            tell(resealed.done);
        }
    }

    /// With which keys its values are sealed. One value of each key is opened.
    pub async fn keys_in_use(&self, db: &Db, keys: &EncryptionKeys) -> Result<Vec<KeyUse>> {
        let (table, column) = self.parts()?;
        let id = self.id;
        let sql = format!(
            "select substring({column} from 2 for 4), count(*), (array_agg({id}::text order by {id}))[1],
                    (array_agg({column} order by {id}))[1]
             from {table}
             where {column} is not null
             group by 1
             order by 2 desc"
        );
        let rows: Vec<(Vec<u8>, i64, String, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(db).await?;
        let used = rows.into_iter().map(|(key, values, id, sealed)| {
            let state = match keys.open(self.place(&id)?, &sealed) {
                Ok(_) if keys.is_current(&sealed) => KeyState::Current,
                Ok(_) => KeyState::Former,
                Err(_) => KeyState::Missing,
            };
            Ok(KeyUse { column: self.name, key: hex::encode(key), values, state })
        });
        used.collect()
    }
}
