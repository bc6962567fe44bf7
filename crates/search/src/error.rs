//! What the index answers instead of an answer.
//!
//! A query is never an error: any text a reader types has an answer, if only an empty one.

/// Why the index could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder cannot be used.
    #[error("Папка поискового указателя недоступна: {0}. Проверьте права и место на диске")]
    Io(#[from] std::io::Error),
    /// The index cannot be read or written.
    #[error("Поисковый указатель повреждён или занят: {0}. Выполните fond reindex")]
    Engine(#[from] tantivy::TantivyError),
    /// The catalogue that feeds the index could not answer.
    #[error("Каталог не отдал записи для поиска: {0}")]
    Feed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps the complaint of a [`crate::Feed`].
    pub fn feed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Feed(cause.into())
    }
}
