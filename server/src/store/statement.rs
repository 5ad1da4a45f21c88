//! A statement put together from fixed pieces of SQL and bound values: for lists, whose conditions and orders vary.
//! What a person typed is always a bound value.

/// A value to bind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Number(i64),
    Text(String),
}

/// SQL in which each `$` stands for the next of its values.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    sql: String,
    pub(super) values: Vec<Value>,
}

impl Statement {
    /// Appends a fixed piece with the values of its `$`.
    pub(super) fn push(&mut self, piece: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(piece);
        self.values.extend(values);
    }

    /// Appends another statement.
    pub(super) fn append(&mut self, other: &Self) {
        self.push(&other.sql, other.values.iter().cloned());
    }

    /// True where nothing was appended yet.
    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    /// The SQL with `$1`, `$2` and so on.
    pub(super) fn numbered(&self) -> String {
        let mut sql = String::with_capacity(self.sql.len() + 2 * self.values.len());
        let mut number = 0;
        for c in self.sql.chars() {
            sql.push(c);
            if c == '$' {
                number += 1;
                sql.push_str(&number.to_string());
            }
        }
        sql
    }
}

/// Binds the values of `$statement` to the sqlx query that `$make` makes of its text.
macro_rules! bound {
    ($statement:expr, $make:path) => {{
        let mut query = $make(sqlx::AssertSqlSafe($statement.numbered()));
        for value in &$statement.values {
            query = match value {
                $crate::store::statement::Value::Number(number) => query.bind(*number),
                $crate::store::statement::Value::Text(text) => query.bind(text.clone()),
            };
        }
        query
    }};
}

pub(super) use bound;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_through() {
        let mut statement = Statement::default();
        statement.push("SELECT 1 WHERE (a, b) < ($, $)", [Value::Number(1), Value::Text("x".into())]);
        let mut end = Statement::default();
        end.push(" LIMIT $", [Value::Number(5)]);
        statement.append(&end);
        assert_eq!(statement.numbered(), "SELECT 1 WHERE (a, b) < ($1, $2) LIMIT $3");
        assert_eq!(statement.values.len(), 3);
    }
}
